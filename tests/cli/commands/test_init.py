"""`init` as a command; what it does is held in tests/cli/test_setup.py."""

from tests.cli.home import KEY, Home


def test_json_asks_nothing(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.write(home.codex, "")

    done = home.run("init", "--json", "--no-verify", "--no-start", "--key-store", "file")

    assert done.code == 0
    assert done.data["clients"][0]["changed"] is True


def test_the_installed_clients_are_the_default(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    command = home.bare_path / "codex"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)

    done = home.run("init", "--dry-run", "--yes", "--key-store", "file", "--json")

    assert [client["name"] for client in done.data["clients"]] == ["codex"]
