"""What every command starts from."""

from coderouter_cli.cli.context import current
from coderouter_cli.domain.decision import Lane
from tests.cli.home import Home


def test_the_environment_says_where_everything_is(home: Home) -> None:
    for name, value in home.environ.items():
        home.monkeypatch.setenv(name, value)
    context = current()

    assert context.user_home == home.user
    assert context.paths.config_file == home.config
    assert context.environ["CODEROUTER_HOME"] == str(home.coderouter)
    assert context.clock.now().tzinfo is not None


def test_settings_are_read_each_time(home: Home) -> None:
    assert home.context.settings().lane is Lane.SMART
    home.write(home.config, 'lane = "direct"\n')
    assert home.context.settings().lane is Lane.DIRECT


def test_a_working_directory_that_is_gone_is_no_obstacle(home: Home) -> None:
    home.monkeypatch.chdir(home.user)
    assert home.context.working_directory() == home.user
    doomed = home.root / "doomed"
    doomed.mkdir()
    home.monkeypatch.chdir(doomed)
    doomed.rmdir()

    assert home.context.working_directory() == home.user
