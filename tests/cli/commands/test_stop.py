"""`stop`: says whether it had to, and who now points at nothing."""

from coderouter_cli.daemon.process import find
from tests.cli.home import KEY, Home


def test_nothing_to_stop_is_no_error(home: Home) -> None:
    done = home.run("stop")

    assert (done.code, done.out) == (0, "CodeRouter was not running.\n")
    assert home.run("stop", "--json").data == {"stopped": False, "patched_clients": []}
    assert home.snapshot() == {}


def test_clients_that_still_point_here_are_named(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.init("--client", "claude-code", "--client", "codex")
    assert home.run("start", "--port", "0").code == 0

    done = home.run("stop")

    assert done.code == 0
    assert "CodeRouter is stopped." in done.out
    assert "claude-code and codex still point here and will hang" in done.out
    assert find(home.paths) is None
    assert home.run("stop", "--json").data == {
        "stopped": False,
        "patched_clients": ["claude-code", "codex"],
    }
