"""`restart`: another process on the same port; never a daemon less than before by mistake."""

from coderouter_cli.daemon.process import find
from tests.cli.home import Home


def test_it_comes_back_on_the_same_port_and_only_with_settings_that_work(home: Home) -> None:
    home.run("start", "--port", "0")
    before = find(home.paths)
    assert before is not None

    after = home.run("restart", "--json")
    assert after.code == 0
    assert after.data["port"] == before.hint.port
    assert after.data["pid"] != before.hint.pid
    assert after.data["started"] is True

    home.write(home.config, 'lane = "wild"\n')
    assert home.run("restart").code == 78
    still = find(home.paths)
    assert still is not None
    assert still.hint.pid == after.data["pid"]
