import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.system.clock import SystemClock
from coderouter_cli.system.ids import ALPHABET, ID_LENGTH, ExchangeIds


@dataclass
class SetClock:
    """A clock that shows what it is told."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 3, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def test_an_id_has_26_characters_of_crockfords_alphabet() -> None:
    name = ExchangeIds(SystemClock()).next()

    assert len(name) == ID_LENGTH
    assert set(name) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_the_first_ten_characters_are_the_unix_milliseconds() -> None:
    clock = SetClock(datetime.fromtimestamp(1_469_918_176.385, UTC))

    assert ExchangeIds(clock).next().startswith("01ARYZ6S41")  # the example of the ULID specification


@given(st.lists(st.integers(min_value=-200_000_000, max_value=200_000_000), min_size=2, max_size=50))
def test_ids_grow_however_the_clock_jumps(jumps: list[int]) -> None:
    clock = SetClock()
    ids = ExchangeIds(clock)
    names = []
    for jump in jumps:
        clock.moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=jump)
        names.append(ids.next())

    assert names == sorted(set(names))


def test_ids_grow_when_the_clock_shows_a_time_before_1970() -> None:
    ids = ExchangeIds(SetClock(datetime(1960, 1, 1, tzinfo=UTC)))

    assert ids.next() < ids.next()


def test_threads_never_get_the_same_id() -> None:
    ids = ExchangeIds(SetClock())
    names: list[str] = []

    def take() -> None:
        names.extend([ids.next() for _ in range(500)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(names)) == 4000
