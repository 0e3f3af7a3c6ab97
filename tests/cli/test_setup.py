"""`init` whole: what it writes, what it leaves alone, and what a failing step leaves behind."""

import asyncio
import re
import socket
import stat
import tomllib
from pathlib import Path

import pytest

from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.restoring import patched_clients
from coderouter_cli.daemon.process import find
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.storage.settings import DEFAULT_PORT
from tests.cli.home import KEY, TAIL, Done, Home, newer_ledger, urls

CLAUDE = '{\n   "model": "opus" ,\n\t"env": {"FOO": "1"}\n}'
CODEX = '# mine [x]\r\nmodel = "gpt-6.1-sol" # why\r\n'
TOKEN = re.compile(r"crt_[A-Za-z0-9_\-]{43}")


def with_clients(home: Home) -> None:
    home.write(home.claude, CLAUDE)
    home.write(home.codex, CODEX)
    home.variables["ANTHROPIC_API_KEY"] = KEY


async def in_thread(home: Home, *arguments: str) -> Done:
    """A command while the scripted provider answers beside it."""
    return await asyncio.to_thread(home.run, *arguments)


def test_keys_settings_token_and_clients_are_written(home: Home) -> None:
    with_clients(home)
    done = home.init("--port", "7123")

    assert "crt_" not in done.text
    assert KEY not in done.text
    assert tomllib.loads(home.config.read_text())["port"] == 7123
    assert tomllib.loads(home.config.read_text())["key_store"] == "file"
    token = home.paths.token_file.read_text().strip()
    assert TOKEN.fullmatch(token)
    assert f'"ANTHROPIC_BASE_URL": "http://127.0.0.1:7123", "ANTHROPIC_AUTH_TOKEN": "{token}"' in (
        home.claude.read_text()
    )
    assert tomllib.loads(home.codex.read_text())["model_providers"]["coderouter"]["base_url"] == (
        "http://127.0.0.1:7123/v1"
    )
    assert home.run("keys", "list").out.startswith("anthropic: env:ANTHROPIC_API_KEY")
    home.variables.clear()
    assert home.run("keys", "list").out.startswith(f"anthropic: file (…{TAIL})")


def test_what_is_secret_is_private(home: Home) -> None:
    with_clients(home)
    home.init()

    paths = home.paths
    for file in (paths.token_file, paths.credentials_file, paths.patches_file, paths.config_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    for directory in (paths.config_dir, paths.state_dir, paths.backups_dir, paths.data_dir, paths.log_dir):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700, directory


def test_a_client_without_settings_gets_its_file(home: Home) -> None:
    home.variables["OPENAI_API_KEY"] = KEY
    home.init("--client", "codex", "--client", "claude-code", "--client", "codex")

    assert [one.client for one in patched_clients(Journal(home.paths))] == ["codex", "claude-code"]
    assert home.claude.exists()
    assert home.codex.exists()


def test_without_a_client_it_says_how_to_name_one(home: Home) -> None:
    home.variables["OPENAI_API_KEY"] = KEY

    assert "--client claude-code" in home.init().out
    assert not home.claude.parent.exists()


@pytest.mark.parametrize("store", ["keyring", "file", "env"])
def test_without_a_key_nothing_is_written(home: Home, store: str) -> None:
    home.write(home.claude, CLAUDE)
    home.variables |= {"MOONSHOT_API_KEY": KEY, "CODEROUTER_ANTHROPIC_API_KEY": KEY}
    before = home.snapshot()

    done = home.run("init", "--yes", "--key-store", store)
    as_json = home.run("init", "--key-store", store, "--json")

    assert done.code == as_json.code == 78
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "DEEPSEEK_API_KEY"):
        assert variable in done.err
        assert variable in as_json.error["next_step"]
    assert as_json.error["code"] == "missing_key"
    assert home.snapshot() == before


@pytest.mark.parametrize("where", ["first run", "later run"])
def test_a_dry_run_writes_nothing_at_all(home: Home, where: str) -> None:
    with_clients(home)
    if where == "later run":
        home.init("--port", "7123")
        home.variables["OPENAI_API_KEY"] = KEY
    before = home.snapshot()

    done = home.run("init", "--dry-run", "--port", "7124", "--key-store", "file")
    as_json = home.run("init", "--dry-run", "--port", "7124", "--key-store", "file", "--json")

    assert done.code == as_json.code == 0
    assert home.snapshot() == before
    assert "http://127.0.0.1:7124" in done.out
    for text in (done.text, as_json.text):
        assert not TOKEN.search(text)
        assert KEY not in text
        assert "[model_providers.coderouter]" in text or where == "later run"
    assert as_json.data["dry_run"] is True
    assert as_json.data["port"] == 7124
    assert [client["changed"] for client in as_json.data["clients"]] == [True, True]
    assert "Older ones: codex" in done.out or where == "later run"


def test_the_json_of_a_real_run(home: Home) -> None:
    with_clients(home)
    done = home.init("--port", "7123", "--json")

    assert done.data == {
        "dry_run": False,
        "port": 7123,
        "key_store": "file",
        "keys": ["anthropic"],
        "notes": done.data["notes"],
        "running": False,
        "clients": [
            {"name": "claude-code", "file": str(home.claude), "changed": True},
            {"name": "codex", "file": str(home.codex), "changed": True},
        ],
    }


def test_without_a_usable_keyring_the_other_places_are_named(home: Home) -> None:
    with_clients(home)
    before = home.snapshot()

    done = home.run("init", "--yes", "--no-verify", "--no-start")

    assert done.code == 69
    assert "--key-store file" in done.err
    assert "--key-store env" in done.err
    assert home.snapshot() == before


def test_a_keyring_that_forgets_is_noticed_before_a_client_is_touched(home: Home) -> None:
    with_clients(home)
    home.with_keyring("Forgetful")
    before = home.snapshot()

    done = home.run("init", "--yes", "--no-verify", "--no-start", "--key-store", "keyring")

    assert done.code == 69
    assert "does not give it back" in done.err
    assert home.snapshot() == before


def test_keys_go_to_the_keyring_by_default(home: Home) -> None:
    with_clients(home)
    home.with_keyring()

    assert home.run("init", "--yes", "--no-verify", "--no-start").code == 0
    assert home.keyring == {"coderouter/anthropic": KEY}
    assert not home.paths.credentials_file.exists()


def test_keys_move_to_the_new_store_and_leave_no_copy(home: Home) -> None:
    with_clients(home)
    home.with_keyring()
    home.run("init", "--yes", "--no-verify", "--no-start")
    del home.variables["ANTHROPIC_API_KEY"]

    home.init()

    assert home.keyring == {}
    assert KEY in home.paths.credentials_file.read_text()
    assert tomllib.loads(home.config.read_text())["key_store"] == "file"


def test_keys_from_the_environment_are_kept_nowhere(home: Home) -> None:
    with_clients(home)
    home.with_keyring()
    done = home.run("init", "--yes", "--no-verify", "--no-start", "--key-store", "env")

    assert done.code == 0
    assert home.keyring == {}
    assert not [path for path in home.user.rglob("*") if path.is_file() and KEY in path.read_text()]


def test_a_second_init_writes_no_client_file(home: Home) -> None:
    with_clients(home)
    home.init("--port", "7123")
    before = home.snapshot()
    del home.variables["ANTHROPIC_API_KEY"]

    done = home.init()

    after = home.snapshot()
    for file in (home.claude, home.codex, home.config, home.paths.patches_file, home.paths.credentials_file):
        name = str(file.relative_to(home.user))
        assert after[name] == before[name]
    assert done.out.count("pointed here already") == 2


def test_another_port_changes_the_address_and_nothing_else(home: Home) -> None:
    with_clients(home)
    home.write(home.config, '# mine\n\nport = 7123 # a good one\nlane = "direct"\n')
    home.init()
    claude, codex = home.claude.read_bytes(), home.codex.read_bytes()

    home.init("--port", "7124")

    assert home.claude.read_bytes() == claude.replace(b"127.0.0.1:7123", b"127.0.0.1:7124")
    assert home.codex.read_bytes() == codex.replace(b"127.0.0.1:7123", b"127.0.0.1:7124")
    assert home.config.read_text() == (
        '# mine\n\nport = 7124 # a good one\nlane = "direct"\nkey_store = "file"\n'
    )


def test_a_taken_port_is_refused_with_its_owner(home: Home) -> None:
    with_clients(home)
    before = home.snapshot()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = home.run("init", "--yes", "--no-verify", "--key-store", "file", "--port", str(port))

    assert done.code == 75
    assert f"Port {port} is taken by" in done.err
    assert re.search(r"python|pytest", done.err)
    assert home.snapshot() == before


def test_a_busy_configured_port_gives_way_and_is_told(home: Home) -> None:
    with_clients(home)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        home.write(home.config, f"port = {port}\n")
        done = home.init("--json")

    assert f"Port {port} is taken by" in done.err
    assert f"CodeRouter will use port {done.data['port']}." in done.err
    assert done.data["port"] != port
    assert f"port = {done.data['port']}\n" in home.config.read_text()
    assert f"127.0.0.1:{done.data['port']}" in home.claude.read_text()


def test_the_default_port_is_used_when_it_is_free(home: Home) -> None:
    with_clients(home)

    preview = home.run("init", "--dry-run", "--key-store", "file", "--json")

    busy = f"Port {DEFAULT_PORT} is taken" in preview.err
    assert (preview.data["port"] == DEFAULT_PORT) is not busy


def test_when_the_second_client_cannot_be_patched_the_first_is_put_back(home: Home) -> None:
    with_clients(home)
    home.init("--client", "codex")
    home.run("uninstall")
    # Something lies where the original of Codex's file is to be kept.
    backup = Journal(home.paths)._backup(home.codex)
    backup.mkdir(parents=True)
    before = (home.claude.read_bytes(), home.codex.read_bytes())

    done = home.run("init", "--yes", "--no-verify", "--no-start")

    assert done.code == 78
    assert str(backup) in done.err
    assert (home.claude.read_bytes(), home.codex.read_bytes()) == before
    assert patched_clients(Journal(home.paths)) == ()


def test_a_client_file_that_cannot_be_edited_stops_everything(home: Home) -> None:
    with_clients(home)
    home.write(home.claude, '{\n  "env": {}, // mine\n}')
    before = home.snapshot()

    done = home.run("init", "--yes", "--no-verify", "--key-store", "file")

    assert done.code == 65
    assert "line 2" in done.err
    assert home.snapshot() == before


def test_what_beats_the_change_is_told(home: Home) -> None:
    with_clients(home)
    home.variables["CLAUDE_CODE_USE_BEDROCK"] = "1"

    done = home.run("init", "--dry-run", "--key-store", "file")

    assert "Amazon Bedrock" in done.out


async def test_a_key_the_provider_refuses_changes_nothing(home: Home) -> None:
    with_clients(home)
    before = home.snapshot()
    async with ScriptedProvider(keys={"anthropic": "another-key"}) as provider:
        done = await in_thread(home, "init", "--yes", "--key-store", "file", "--no-start", *urls(provider))

    assert done.code == 78
    assert "anthropic does not take its key" in done.err
    assert "Nothing was changed" in done.err
    assert home.snapshot() == before
    assert [seen.key for seen in provider.seen] == [KEY]


async def test_a_key_the_provider_takes_is_asked_about_once_and_free_of_charge(home: Home) -> None:
    with_clients(home)
    async with ScriptedProvider(keys={"anthropic": KEY}) as provider:
        done = await in_thread(home, "init", "--yes", "--key-store", "file", "--no-start", *urls(provider))

    assert done.code == 0
    assert [(seen.method, seen.format) for seen in provider.seen] == [("GET", None)]
    assert (
        tomllib.loads(home.config.read_text())["providers"]["anthropic"]["url"]
        == (provider.roots["anthropic"])
    )


def test_a_provider_that_cannot_be_asked_is_only_a_note(home: Home) -> None:
    with_clients(home)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    options = ("--key-store", "file", "--no-start", "--provider-url", f"anthropic={url}")

    done = home.run("init", "--yes", *options)

    assert done.code == 0
    assert "anthropic could not be asked about its key" in done.err
    assert "127.0.0.1" in home.claude.read_text()


def test_a_daemon_is_started_and_a_running_one_reads_the_new_settings(home: Home) -> None:
    with_clients(home)
    options = ("--yes", "--no-verify", "--key-store", "file")
    first = home.run("init", *options, "--port", "0", "--json")
    running = find(home.paths)
    assert running is not None
    assert first.data["running"] is True
    assert first.data["port"] == running.hint.port
    del home.variables["ANTHROPIC_API_KEY"]
    home.variables["OPENAI_API_KEY"] = KEY

    home.run("init", *options)

    again = find(home.paths)
    assert again is not None
    assert again.hint.instance == running.hint.instance
    providers = home.run("status", "--json").data["daemon"]["providers"]
    assert [provider["name"] for provider in providers] == ["anthropic", "openai"]
    assert home.run("init", *options, "--key-store", "env").code == 0
    fresh = find(home.paths)
    assert fresh is not None
    assert fresh.hint.instance != running.hint.instance
    assert fresh.hint.port == running.hint.port


def test_a_daemon_that_does_not_start_leaves_the_clients_alone(home: Home) -> None:
    with_clients(home)
    newer_ledger(home)
    before = (home.claude.read_bytes(), home.codex.read_bytes())

    done = home.run("init", "--yes", "--no-verify", "--key-store", "file", "--port", "0")

    assert done.code == 65
    assert "newer CodeRouter" in done.err
    assert (home.claude.read_bytes(), home.codex.read_bytes()) == before


def test_a_key_typed_in_a_file_of_another_home_is_left_alone(home: Home, tmp_path: Path) -> None:
    with_clients(home)
    home.init()
    stranger = tmp_path / "stranger"
    home.variables["CODEROUTER_HOME"] = str(stranger)
    home.variables.pop("ANTHROPIC_API_KEY")

    assert home.run("init", "--yes", "--key-store", "file", "--no-start").code == 78
    assert not stranger.exists()
