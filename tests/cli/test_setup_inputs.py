"""What `init` is to set up, from options, environment and a person."""

import tomllib

import pytest

from coderouter_cli.cli.setup_inputs import name_and_url
from coderouter_cli.errors import UsageError
from tests.cli.home import KEY, TAIL, Home
from tests.cli.terminal import converse

OTHER = "sk-canary-9876543210-zyx"
INIT = ["init", "--no-verify", "--no-start", "--client", "codex"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("anthropic=https://example.com", "https://example.com"),
        ("anthropic=https://EXAMPLE.com:8443/v1/", "https://example.com:8443/v1"),
        ("anthropic=http://127.0.0.1:9", "http://127.0.0.1:9"),
        ("anthropic=http://localhost/a=b", "http://localhost/a=b"),
        ("anthropic=http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_an_address_of_a_provider(text: str, url: str) -> None:
    assert name_and_url(text) == ("anthropic", url)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://example.com", "NAME=URL"),
        ("=https://example.com", "NAME=URL"),
        ("anthropic=", "not a URL"),
        ("anthropic=example.com", "not a URL"),
        ("anthropic=http://example.com", "scheme is http"),
        ("anthropic=http://127.0.0.1.example.com", "scheme is http"),
        ("anthropic=ftp://127.0.0.1", "scheme is ftp"),
        ("anthropic=https://user:canary@example.com", "password"),
        ("anthropic=https://example.com/?key=canary", "query"),
        ("anthropic=https://example.com/../x", "has . or .."),
    ],
)
def test_any_other_address_is_refused_without_its_secrets(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        name_and_url(text)
    assert says in caught.value.what
    assert "canary" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("option", "code", "says"),
    [
        (["--provider-url", "nobody=https://example.com"], 64, "Known: anthropic"),
        (["--provider-url", "anthropic=http://example.com"], 64, "https"),
        (["--provider-url", "openai=http://127.0.0.2:1"], 78, "https"),
        (["--client", "cursor"], 64, "Known clients: claude-code, codex."),
    ],
)
def test_what_cannot_be_set_up_changes_nothing(home: Home, option: list[str], code: int, says: str) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    before = home.snapshot()

    done = home.run("init", "--yes", "--no-verify", "--no-start", "--key-store", "file", *option)

    assert done.code == code
    assert says in done.err
    assert home.snapshot() == before


def test_a_damaged_key_in_the_environment_is_named_and_not_repeated(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = "canary canary"

    done = home.run("init", "--yes", "--key-store", "file")

    assert done.code == 78
    assert "ANTHROPIC_API_KEY" in done.err
    assert "canary" not in done.err


def test_keys_are_taken_from_the_environment_without_what_surrounds_them(home: Home) -> None:
    home.variables |= {"ANTHROPIC_API_KEY": f"  {KEY}\n", "OPENAI_API_KEY": " ", "DEEPSEEK_API_KEY": OTHER}

    assert home.init("--json").data["keys"] == ["anthropic", "deepseek"]
    assert home.paths.credentials_file.read_text().count(KEY) == 1


def test_a_provider_of_the_users_own_gives_its_key_in_the_environment_too(home: Home) -> None:
    home.variables |= {"MY_OWN_API_KEY": KEY, "MOONSHOT_API_KEY": OTHER}
    own = '[providers.my-own]\nurl = "http://127.0.0.1:9"\nformats = ["openai_chat"]\n'
    home.write(home.config, own)

    assert home.init("--json").data["keys"] == ["my-own"]


def test_an_address_is_added_to_the_settings_beside_what_is_there(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.write(home.config, '[providers.anthropic] # mine\nkey_env = "ANTHROPIC_API_KEY"\n')

    home.init("--provider-url", "anthropic=http://127.0.0.1:9", "--provider-url", "openai=http://localhost:9")

    assert "[providers.anthropic] # mine" in home.config.read_text()
    assert tomllib.loads(home.config.read_text())["providers"] == {
        "anthropic": {"key_env": "ANTHROPIC_API_KEY", "url": "http://127.0.0.1:9"},
        "openai": {"url": "http://localhost:9"},
    }


def test_a_person_is_asked_for_keys_and_they_are_not_shown(home: Home) -> None:
    code, shown = converse(
        home,
        [*INIT, "--key-store", "file"],
        ("anthropic key (Enter to skip): ", f"{KEY}\n"),
        ("openai key (Enter to skip): ", "\n"),
        ("deepseek key (Enter to skip): ", f"{OTHER}\n"),
        ("Make these changes? [Y/n]:", "\n"),
    )

    assert code == 0, shown
    assert KEY not in shown
    assert OTHER not in shown
    assert "crt_" not in shown
    assert "+[model_providers.coderouter]" in shown
    assert "Keys for anthropic, deepseek are in: file." in shown
    listed = home.run("keys", "list").out
    assert f"anthropic: file (…{TAIL})" in listed
    assert "openai: no key" in listed


def test_a_person_may_say_no(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY

    code, shown = converse(home, [*INIT, "--key-store", "file"], ("Make these changes? [Y/n]:", "n\n"))

    assert code == 1
    assert "Nothing was changed." in shown
    assert home.snapshot() == {}


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_person_may_go_away(home: Home, key: str) -> None:
    code, shown = converse(home, [*INIT, "--key-store", "file"], ("anthropic key (Enter to skip): ", key))

    assert code == 1
    assert "Nothing was changed." in shown
    assert "Traceback" not in shown
    assert home.snapshot() == {}


def test_a_person_who_skips_every_key_is_told_how_to_go_on(home: Home) -> None:
    code, shown = converse(
        home,
        [*INIT, "--key-store", "file"],
        ("anthropic key (Enter to skip): ", "\n"),
        ("openai key (Enter to skip): ", "\n"),
        ("deepseek key (Enter to skip): ", "\n"),
    )

    assert code == 78
    assert "DEEPSEEK_API_KEY" in shown
    assert home.snapshot() == {}


def test_nobody_types_a_key_that_could_not_be_kept(home: Home) -> None:
    code, shown = converse(home, INIT)

    assert code == 69
    assert "--key-store file" in shown
    assert "anthropic key" not in shown
    assert home.snapshot() == {}


def test_without_a_terminal_somebody_has_to_say_yes(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    before = home.snapshot()

    nobody = home.spawn(*INIT, "--key-store", "file")
    piped = home.spawn(*INIT, "--key-store", "file", typed="y\n")

    assert nobody.code == 64
    assert "--yes" in nobody.err
    assert before == {}
    assert piped.code == 0
    assert home.codex.exists()
