"""`start`: one daemon, healthy when the command returns, or an error that names the reason."""

import re
import socket

from coderouter_cli.daemon.process import find
from tests.cli.home import KEY, Home, newer_ledger


def test_it_returns_when_the_daemon_answers_and_leaves_a_running_one_alone(home: Home) -> None:
    home.variables["DEEPSEEK_API_KEY"] = KEY
    first = home.run("start", "--port", "0", "--json")
    running = find(home.paths)
    assert running is not None
    assert first.data == {
        "started": True,
        "port": running.hint.port,
        "pid": running.hint.pid,
        "instance": running.hint.instance,
        "version": running.hint.version,
    }

    second = home.run("start")
    assert second.code == 0
    assert "already running" in second.out
    assert str(running.hint.port) in second.out
    assert home.run("start", "--json").data == {**first.data, "started": False}


def test_a_taken_port_is_75_with_its_owner(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        home.write(home.config, f"port = {port}\n")
        done = home.run("start")
        as_json = home.run("start", "--json")

    assert done.code == as_json.code == 75
    assert re.search(rf"Port {port} is taken by (python|pytest)", done.err)
    assert as_json.error["code"] == "port_taken"
    assert "init --port" in as_json.error["next_step"]


def test_a_ledger_it_must_not_touch_stops_it(home: Home) -> None:
    newer_ledger(home)

    done = home.run("start", "--port", "0")

    assert done.code == 65
    assert "newer CodeRouter" in done.err


def test_settings_that_do_not_work_leave_nothing_behind(home: Home) -> None:
    home.write(home.config, 'lane = "wild"\n')
    before = home.snapshot()

    assert home.run("start").code == 78
    assert home.snapshot() == before
