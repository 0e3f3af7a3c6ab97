"""`status`: honest about the daemon and about each client."""

import json
import time

from coderouter_cli.daemon.process import find
from coderouter_cli.system.clock import SystemClock
from coderouter_cli.system.local_token import new_token, save_token
from tests.cli.home import KEY, Home
from tests.storage.ledger.samples import keep_estimates


def test_a_home_never_used(home: Home) -> None:
    done = home.run("status")
    as_json = home.run("status", "--json")

    assert done.code == as_json.code == 69
    assert "CodeRouter is not running. Start it with `coderouter start`." in done.out
    assert "Claude Code: not found" in done.out
    assert as_json.data["running"] is False
    assert as_json.data["daemon"] is None
    assert as_json.data["ledger"] == str(home.paths.ledger_file)
    assert home.snapshot() == {}


def test_clients_are_found_and_told_apart(home: Home) -> None:
    home.write(home.claude, "{}")
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "codex")

    told = home.run("status").out
    assert "Claude Code: not set up (`coderouter init`)" in told
    assert "Codex: points here" in told


def test_a_client_that_was_changed_behind_our_back_is_said_so(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "claude-code", "--port", "7123")
    settings = json.loads(home.claude.read_text())
    settings["env"]["ANTHROPIC_BASE_URL"] = "https://gw.example.com"
    home.write(home.claude, json.dumps(settings))

    assert "was set up, but its settings were changed since" in home.run("status").out
    client = home.run("status", "--json").data["clients"][0]
    assert (client["patched"], client["points_here"]) == (True, False)


def test_what_beats_our_settings_is_told(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "claude-code")
    home.variables["CLAUDE_CODE_USE_BEDROCK"] = "1"

    assert "but: Claude Code talks to Amazon Bedrock" in home.run("status").out


def test_a_damaged_journal_does_not_hide_the_rest(home: Home) -> None:
    home.write(home.paths.patches_file, "{")

    done = home.run("status")

    assert done.code == 69
    assert "Codex: not found" in done.out
    assert done.out.count("patches.json is damaged") == 1


def test_it_works_where_the_directory_is_gone(home: Home) -> None:
    doomed = home.user / "doomed"
    doomed.mkdir()
    home.monkeypatch.chdir(doomed)
    doomed.rmdir()

    assert home.run("status").code == 69


def test_a_running_daemon_its_keys_and_its_failing_access(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')
    home.run("start", "--port", "0")
    running = find(home.paths)
    assert running is not None

    bare = home.run("status")
    assert bare.code == 0
    assert f"runs on port {running.hint.port} (process {running.hint.pid})." in bare.out
    assert "providers: none: set a key" in bare.out

    home.variables["DEEPSEEK_API_KEY"] = KEY
    home.run("restart")
    keyed = home.run("status", "--json")
    assert keyed.code == 0
    assert [provider["name"] for provider in keyed.data["daemon"]["providers"]] == ["deepseek"]
    assert (keyed.data["running"], keyed.data["outdated"]) == (True, False)
    assert "providers: deepseek" in home.run("status").out

    save_token(home.paths.token_file, new_token())
    locked_out = home.run("status")
    assert locked_out.code == 0
    assert "It does not answer this command line: run `coderouter restart`." in locked_out.out


def test_a_running_daemon_says_how_close_its_estimates_are(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')
    home.paths.ensure()
    keep_estimates(home.paths, SystemClock().now(), 935, 20)
    home.run("start", "--port", "0")

    def figures() -> list[dict[str, object]]:
        found: list[dict[str, object]] = home.run("status", "--json").data["daemon"]["estimates"]
        return found

    deadline = time.monotonic() + 15
    while not (found := figures()):
        assert time.monotonic() < deadline
    (figure,) = found
    assert (figure["model"], figure["factor"], figure["samples"]) == ("deepseek-v4-pro", 1.1, 20)
    assert home.run("status", "--json").data["daemon"]["learned"] == []
    assert "estimates for deepseek-v4-pro: within 0.0 % for 90 % of requests" in home.run("status").out
