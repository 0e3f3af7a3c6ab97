"""Points in time, as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from coderouter_cli.cli.options import moment
from coderouter_cli.errors import UsageError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_so_long_ago(text: str, ago: timedelta) -> None:
    assert moment(text, NOW) == NOW - ago


def test_a_date_and_a_time_with_its_zone() -> None:
    assert moment("2026-11-01T10:00:00+02:00", NOW) == datetime(2026, 11, 1, 8, tzinfo=UTC)
    local = datetime(2026, 11, 1).astimezone(UTC)
    assert moment("2026-11-01", NOW) == local
    assert moment(None, NOW) is None


@pytest.mark.parametrize("text", ["", "yesterday", "7", "d7", "-3d", "2026-13-01", "999999w"])
def test_anything_else_is_the_users_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        moment(text, NOW)
