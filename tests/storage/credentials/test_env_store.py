import pytest

from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials import EnvStore, KeyStore
from coderouter_cli.storage.credentials.env_store import own_variable
from coderouter_cli.system.redaction import Secret

OURS, THEIRS = "ours-0123456789abc", "theirs-0123456789"


def store(**environ: str) -> EnvStore:
    return EnvStore(environ, {"anthropic": "ANTHROPIC_API_KEY"})


def test_our_own_variable_wins_over_the_usual_one() -> None:
    both = store(CODEROUTER_ANTHROPIC_API_KEY=OURS, ANTHROPIC_API_KEY=THEIRS)

    assert both.get("anthropic") == Secret(OURS)
    assert store(ANTHROPIC_API_KEY=THEIRS).get("anthropic") == Secret(THEIRS)
    assert both.variable("anthropic") == "CODEROUTER_ANTHROPIC_API_KEY"


def test_an_empty_variable_is_not_set() -> None:
    found = store(CODEROUTER_ANTHROPIC_API_KEY="  ", ANTHROPIC_API_KEY=THEIRS)

    assert found.get("anthropic") == Secret(THEIRS)
    assert store(ANTHROPIC_API_KEY="").get("anthropic") is None


def test_a_provider_without_a_usual_variable_has_ours() -> None:
    assert own_variable("z.ai") == "CODEROUTER_Z_AI_API_KEY"
    assert store(CODEROUTER_Z_AI_API_KEY=OURS).get("z.ai") == Secret(OURS)


def test_load_and_list_hold_what_is_set() -> None:
    some: KeyStore = store(ANTHROPIC_API_KEY=THEIRS)

    assert some.load(["openai", "anthropic"]) == {"anthropic": Secret(THEIRS)}
    assert some.list(["openai", "anthropic"]) == ("anthropic",)


def test_a_variable_that_holds_no_key_is_named() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY") as caught:
        store(ANTHROPIC_API_KEY="two words here").get("anthropic")

    assert "two words" not in caught.value.sentence()


def test_it_cannot_be_changed_and_says_how_to() -> None:
    for change in (store().delete, lambda name: store().set(name, Secret(OURS))):
        with pytest.raises(KeyStoreError) as caught:
            change("anthropic")
        assert "CODEROUTER_ANTHROPIC_API_KEY" in caught.value.next_step
