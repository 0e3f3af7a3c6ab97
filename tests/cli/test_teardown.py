"""`uninstall` whole: the user's own bytes come back, and what cannot be done is said."""

import json
import os
import signal
import tomllib
from pathlib import Path

import psutil
import pytest

from coderouter_cli.daemon.process import find
from tests.cli.home import KEY, Home

BOM = b"\xef\xbb\xbf"
CLAUDE = {
    "plain": b'{\n  "model": "opus"\n}\n',
    "odd indent, no end": b'{\n   "model": "opus" ,\n\t"env": {"FOO": "1"}\n}',
    "CRLF": b'{\r\n    "hooks": {},\r\n    "env": {\r\n        "FOO": "1"\r\n    }\r\n}\r\n',
    "BOM": BOM + '{"name": "Ünïcode", "env": {}}'.encode(),
    "blank": b"",
    "another gateway": b'{"env": {"ANTHROPIC_BASE_URL": "https://gw.example", "ANTHROPIC_AUTH_TOKEN": "t"}}',
}
CODEX = {
    "comments": b'# mine\nmodel = "gpt-6.1-sol" # why\n\n# end\n[mcp_servers.x] # [no]\ncommand = "x"\n',
    "CRLF, no end": b'# mine\r\nmodel = "gpt-6.1-sol"\r\n[tui]\r\n  theme = "dark"',
    "odd indent": b'\t model  =  "gpt-6.1-sol"\n   [ tui ]\n\t\ttheme="dark"\n',
    "BOM": BOM + '# Ünïcode\nmodel = "gpt-6.1-sol"\n'.encode(),
    "blank": b"\n\n",
    "another provider": b'model_provider = "azure" # mine\n[model_providers.azure]\nname = "Azure"\n',
}


def installed(home: Home, *options: str) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "claude-code", "--client", "codex", *options)


@pytest.mark.parametrize("claude", CLAUDE.values(), ids=CLAUDE)
def test_claude_codes_settings_come_back_byte_for_byte(home: Home, claude: bytes) -> None:
    home.write(home.claude, claude)
    installed(home)
    assert home.claude.read_bytes() != claude

    done = home.run("uninstall", "--json")

    assert done.code == 0
    assert home.claude.read_bytes() == claude
    assert done.data["clients"][0]["outcome"] == "restored"


@pytest.mark.parametrize("codex", CODEX.values(), ids=CODEX)
def test_codexs_configuration_comes_back_byte_for_byte(home: Home, codex: bytes) -> None:
    home.write(home.codex, codex)
    installed(home)
    assert home.codex.read_bytes() != codex

    done = home.run("uninstall")

    assert done.code == 0
    assert home.codex.read_bytes() == codex
    assert f"{home.codex}: as it was before, byte for byte." in done.out


def test_files_that_were_not_there_are_gone_again(home: Home) -> None:
    installed(home)
    done = home.run("uninstall")

    assert done.code == 0
    assert done.out.count("removed: CodeRouter had made it") == 2
    assert not home.claude.parent.exists()
    assert not home.codex.parent.exists()
    assert "Your ledger stays in" in done.out


def test_later_changes_are_kept(home: Home) -> None:
    home.write(home.claude, '{\n  "model": "opus"\n}\n')
    home.write(home.codex, 'model = "gpt-6.1-sol"\n')
    installed(home)
    home.write(home.claude, home.claude.read_text().replace('"opus"', '"sonnet"'))
    home.write(home.codex, home.codex.read_text() + '[projects."/x"]\ntrust_level = "trusted"\n')

    done = home.run("uninstall")

    assert done.code == 0
    assert done.out.count("later changes are kept") == 2
    assert json.loads(home.claude.read_text()) == {"model": "sonnet"}
    assert tomllib.loads(home.codex.read_text()) == {
        "model": "gpt-6.1-sol",
        "projects": {"/x": {"trust_level": "trusted"}},
    }


def test_a_file_that_no_longer_parses_is_left_and_said(home: Home) -> None:
    installed(home)
    home.write(home.claude, "{ broken")

    done = home.run("uninstall")

    assert done.code == 65
    assert "could not be changed" in done.out
    assert "Remove ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN" in done.out
    assert home.claude.read_text() == "{ broken"
    assert not home.codex.exists()


def test_the_only_copy_of_an_original_is_never_purged(home: Home) -> None:
    home.write(home.claude, '{"model": "opus"}')
    installed(home)
    home.write(home.claude, "{ broken")

    done = home.run("uninstall", "--purge", "--yes", "--json")

    assert done.code == 65
    assert done.data["purged"] is False
    assert home.paths.patches_file.exists()
    assert [file.read_bytes() for file in home.paths.backups_dir.iterdir()] == [b'{"model": "opus"}']
    home.claude.unlink()
    assert home.run("uninstall", "--purge", "--yes").code == 0
    assert not home.coderouter.exists()


@pytest.mark.parametrize("lost", ["missing", "damaged"])
def test_without_the_journal_the_clients_do_not_stay_behind(home: Home, lost: str) -> None:
    home.write(home.claude, '{\n  "model": "opus"\n}\n')
    home.write(home.codex, '# mine\nmodel_provider = "azure"\n')
    installed(home)
    if lost == "missing":
        home.paths.patches_file.unlink()
    else:
        home.write(home.paths.patches_file, "{")

    done = home.run("uninstall")

    assert done.code == (0 if lost == "missing" else 65)
    assert json.loads(home.claude.read_text()) in ({"model": "opus"}, {"model": "opus", "env": {}})
    assert home.codex.read_text() == '# mine\nmodel_provider = "azure"\n'
    assert "nothing was put back" in done.out
    assert ("patches.json is damaged" in done.out) is (lost == "damaged")


def test_on_a_home_never_used_there_is_nothing_to_do(home: Home) -> None:
    home.write(home.claude, '{"env": {"ANTHROPIC_AUTH_TOKEN": "somebody elses"}}')
    before = home.snapshot()

    assert home.run("uninstall").code == 0
    assert home.run("uninstall", "--purge", "--yes").code == 0
    assert home.snapshot() == before


def test_the_daemon_is_stopped_last(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.run("init", "--yes", "--no-verify", "--key-store", "file", "--client", "codex", "--port", "0")
    assert find(home.paths) is not None

    done = home.run("uninstall", "--json")

    assert (done.code, done.data["stopped"]) == (0, True)
    assert find(home.paths) is None
    assert not home.codex.exists()
    assert home.run("uninstall", "--json").data == {
        "clients": [], "stopped": False, "purged": False, "problems": [],
    }  # fmt: skip


def test_a_daemon_that_was_killed_is_no_obstacle(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.run("init", "--yes", "--no-verify", "--key-store", "file", "--client", "codex", "--port", "0")
    running = find(home.paths)
    assert running is not None
    os.kill(running.hint.pid, signal.SIGKILL)
    psutil.wait_procs([process for process in psutil.Process().children() if process.pid == running.hint.pid])

    done = home.run("uninstall")

    assert done.code == 0
    assert "was not running" in done.out
    assert not home.codex.exists()


def test_purge_removes_everything_of_ours_and_nothing_else(home: Home) -> None:
    home.write(home.coderouter / "notes.txt", "mine")
    home.write(home.coderouter / "data" / "mine.sqlite3", "mine")
    home.coderouter.chmod(0o700)
    home.with_keyring()
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.run("init", "--yes", "--no-verify", "--no-start", "--client", "codex")
    home.run("start", "--port", "0")
    assert home.keyring

    done = home.run("uninstall", "--purge", "--yes")

    assert done.code == 0, done
    assert home.keyring == {}
    assert sorted(home.snapshot()) == [
        "coderouter", "coderouter/data", "coderouter/data/mine.sqlite3", "coderouter/notes.txt",
    ]  # fmt: skip
    assert "stays: it holds files that are not CodeRouter's" in done.out


def test_the_systems_own_directories_are_left_as_they_were(home: Home) -> None:
    home.variables |= {"CODEROUTER_HOME": "", "ANTHROPIC_API_KEY": KEY}
    home.init("--client", "codex", "--port", "7123")
    assert [path for path in home.user.rglob("config.toml") if "coderouter" in path.parts]

    assert home.run("uninstall", "--purge", "--yes").code == 0

    assert [path for path in home.user.rglob("*") if path.is_file() or path.name == "coderouter"] == []


def test_keys_that_cannot_be_reached_are_said_to_be_there_and_can_be_purged_later(home: Home) -> None:
    home.with_keyring()
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.run("init", "--yes", "--no-verify", "--no-start", "--client", "codex")
    home.with_keyring("Locked")

    done = home.run("uninstall", "--purge", "--yes")

    assert done.code == 65
    assert "The keys are still there: the keyring is locked" in done.out
    assert sorted(path.name for path in home.coderouter.iterdir()) == ["config.toml"]
    home.with_keyring()
    assert home.run("uninstall", "--purge", "--yes").code == 0
    assert home.keyring == {}
    assert not home.coderouter.exists()


def test_purging_is_asked_about(home: Home, tmp_path: Path) -> None:
    installed(home)
    before = home.snapshot()

    silent = home.spawn("uninstall", "--purge")
    refused = home.spawn("uninstall", "--purge", typed="n\n")

    assert silent.code == refused.code == 64
    assert "--yes" in silent.err
    assert home.snapshot() == before
    assert home.spawn("uninstall", "--purge", typed="y\n").code == 0
    assert not home.coderouter.exists()


def test_codex_sessions_made_through_us_still_load(home: Home) -> None:
    installed(home)
    session = {"type": "session_meta", "payload": {"model_provider": "coderouter"}}
    home.write(home.codex.parent / "sessions" / "2026" / "a.jsonl", json.dumps(session) + "\n")

    assert home.run("uninstall").code == 0
    left = tomllib.loads(home.codex.read_text())
    assert set(left) == {"model_providers"}
    assert "base_url" not in left["model_providers"]["coderouter"]
    again = home.run("uninstall")
    assert (again.code, tomllib.loads(home.codex.read_text())) == (0, left)
    assert home.run("uninstall", "--purge", "--yes").code == 0
    assert not home.codex.exists()
