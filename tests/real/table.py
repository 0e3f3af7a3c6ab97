"""The table of the real clients: who did what over which provider, and with how many requests.

A cell is recorded as a property of its test, so that it reaches the end of a run whichever process ran the
test. `tests/conftest.py` prints the table whenever there are cells.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import pytest

PROPERTY = "real client cell"
_FIRST = ("anthropic", "deepseek", "openai", "chat-only", "compatible")
_WIDTH = 100
_WIDEST = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario of one client over one provider.

    ``requests`` is how many generating requests reached a provider through us, ``direct`` how many reach
    the vendor without us. ``why`` says why the two may differ; ``ok`` is whether the test's claims hold.
    """

    client: str
    scenario: str
    provider: str
    requests: int
    direct: int
    ok: bool
    why: str = ""

    @property
    def text(self) -> str:
        """What stands in the table."""
        if not self.ok:
            return f"FAIL {self.requests}/{self.direct}"
        same = self.requests == self.direct
        return f"{self.requests} = {self.direct}" if same else f"{self.requests} (direct {self.direct})"


@dataclass(slots=True)
class Counted:
    """What a test fills in while its cell is open."""

    requests: int = 0
    expected: int | None = None
    why: str = ""

    def differs(self, expected: int, why: str) -> None:
        """The number of requests is rightly another one than the direct run's."""
        self.expected, self.why = expected, why


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """Takes the cells of one test."""

    record: Callable[[str, object], None]
    subtests: pytest.Subtests

    @contextmanager
    def cell(self, client: str, scenario: str, provider: str, direct: int) -> Iterator[Counted]:
        """One cell; its test goes on with the next provider when this one fails.

        The number of requests must be the direct run's, unless the cell says which other one and why.
        """
        counted, ok = Counted(), False
        with self.subtests.test(provider):
            try:
                yield counted
                expected = direct if counted.expected is None else counted.expected
                assert counted.requests == expected, f"{direct} requests without us: {counted.why}"
                ok = True
            finally:
                cell = Cell(client, scenario, provider, counted.requests, direct, ok, counted.why)
                self.record(PROPERTY, asdict(cell))


def cells_of(reports: Iterable[object]) -> list[Cell]:
    """The cells of a run's reports, each once."""
    last = [one for one in reports if isinstance(one, pytest.TestReport) and one.when == "teardown"]
    found = [value for one in last for name, value in one.user_properties if name == PROPERTY]
    return [Cell(**value) for value in found if isinstance(value, dict)]


def lines(cells: list[Cell]) -> Iterator[str]:
    """The table: a part for each client, a row for each scenario, a column for each provider."""
    for client in sorted({cell.client for cell in cells}):
        own = [cell for cell in cells if cell.client == client]
        yield ""
        yield f"{client}: requests to a provider through CodeRouter = requests to the vendor without it"
        yield from _part(own)
        reasons = {cell.why: cell.scenario for cell in reversed(own) if cell.why}
        for why, scenario in reversed(reasons.items()):
            yield f"  {scenario}: {why}"


def _part(cells: list[Cell]) -> Iterator[str]:
    providers = sorted({cell.provider for cell in cells}, key=_place)
    scenarios = sorted({cell.scenario for cell in cells})
    texts = {(cell.scenario, cell.provider): cell.text for cell in cells}
    first = max(len(name) for name in scenarios) + 1
    others = min(_WIDEST, (_WIDTH - first) // len(providers))
    yield _row("", providers, first, others)
    for scenario in scenarios:
        yield _row(scenario, [texts.get((scenario, name), "-") for name in providers], first, others)


def _place(provider: str) -> tuple[int, str]:
    """The vendors first, then who plays them."""
    return (_FIRST.index(provider) if provider in _FIRST else len(_FIRST), provider)


def _row(head: str, texts: list[str], first: int, others: int) -> str:
    return (head.ljust(first) + "".join(text.rjust(others) for text in texts)).rstrip()
