"""`uninstall` as a command; what it does is held in tests/cli/test_teardown.py."""

from tests.cli.home import KEY, Home


def test_json_asks_nothing_and_tells_each_file(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "codex")

    done = home.run("uninstall", "--purge", "--json")

    assert done.code == 0
    assert done.data == {
        "clients": [{"client": "codex", "file": str(home.codex), "outcome": "removed", "left": []}],
        "stopped": False,
        "purged": True,
        "problems": [],
    }
    assert home.snapshot() == {}


def test_without_purge_nothing_is_asked(home: Home) -> None:
    assert home.run("uninstall").code == 0
