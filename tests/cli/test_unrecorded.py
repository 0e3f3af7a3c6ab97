"""Clients that point here without a record of it."""

import json
import tomllib

import pytest

from coderouter_cli.cli.unrecorded import take_out
from coderouter_cli.clients import client_named
from coderouter_cli.clients.restoring import Outcome
from tests.cli.home import KEY, Home


def patched_without_record(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "claude-code", "--client", "codex")
    home.paths.patches_file.unlink()


@pytest.mark.parametrize("name", ["claude-code", "codex"])
def test_a_file_without_our_token_is_not_touched(home: Home, name: str) -> None:
    client = client_named(name)
    assert take_out(home.context, client, keep_history_table=True) == ()
    file = client.config_file(home.environ, home.user)
    home.write(file, "not even readable")

    assert take_out(home.context, client, keep_history_table=False) == ()
    assert file.read_text() == "not even readable"


def test_our_keys_are_taken_out_and_the_rest_stays(home: Home) -> None:
    patched_without_record(home)
    settings = json.loads(home.claude.read_text())
    home.write(home.claude, json.dumps({**settings, "model": "opus"}))
    home.write(home.codex, home.codex.read_text() + '[projects."/x"]\ntrust_level = "trusted"\n')

    (claude,) = take_out(home.context, client_named("claude-code"), keep_history_table=False)
    (codex,) = take_out(home.context, client_named("codex"), keep_history_table=False)

    assert (claude.outcome, codex.outcome) == (Outcome.MERGED, Outcome.MERGED)
    assert "no record" in claude.left[0]
    assert json.loads(home.claude.read_text())["model"] == "opus"
    assert "ANTHROPIC" not in home.claude.read_text()
    assert tomllib.loads(home.codex.read_text()) == {"projects": {"/x": {"trust_level": "trusted"}}}


def test_a_file_of_ours_alone_goes(home: Home) -> None:
    patched_without_record(home)

    take_out(home.context, client_named("codex"), keep_history_table=False)

    assert not home.codex.exists()


def test_sessions_keep_their_inert_table(home: Home) -> None:
    patched_without_record(home)
    home.write(home.codex, 'model = "x"\n' + home.codex.read_text())

    take_out(home.context, client_named("codex"), keep_history_table=True)

    left = tomllib.loads(home.codex.read_text())
    assert set(left) == {"model", "model_providers"}
    assert take_out(home.context, client_named("codex"), keep_history_table=False) == ()


@pytest.mark.parametrize("name", ["claude-code", "codex"])
def test_a_token_in_a_file_we_cannot_read_is_reported(home: Home, name: str) -> None:
    client = client_named(name)
    file = home.write(client.config_file(home.environ, home.user), f"{{ crt_{'a' * 43}")

    (report,) = take_out(home.context, client, keep_history_table=False)

    assert report.outcome is Outcome.LEFT
    assert client.manual_steps() in report.left
    assert file.read_text().startswith("{ crt_")


def test_a_token_in_a_place_we_do_not_write_to_is_reported(home: Home) -> None:
    text = json.dumps({"apiKeyHelper": f"echo crt_{'a' * 43}"})
    home.write(home.claude, text)

    (report,) = take_out(home.context, client_named("claude-code"), keep_history_table=False)

    assert report.outcome is Outcome.LEFT
    assert home.claude.read_text() == text
