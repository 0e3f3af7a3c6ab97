"""A running daemon is told; with one, see commands/test_lane and commands/test_keys."""

from coderouter_cli.cli.live import refresh, refresh_line
from coderouter_cli.daemon.process import find
from coderouter_cli.system.local_token import new_token, save_token
from tests.cli.home import Home


def test_without_a_daemon_there_is_nobody_to_tell(home: Home) -> None:
    assert refresh(home.paths) is None
    (line,) = refresh_line(None)
    assert "when it starts" in line


def test_a_daemon_that_takes_it_needs_no_word_and_one_that_does_not_does(home: Home) -> None:
    home.run("start", "--port", "0")
    assert find(home.paths) is not None
    assert refresh(home.paths) is True
    assert refresh_line(True) == ()

    save_token(home.paths.token_file, new_token())
    assert refresh(home.paths) is False
    (line,) = refresh_line(False)
    assert "coderouter restart" in line
