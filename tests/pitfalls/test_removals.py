"""Every pitfall has a test, and every test fails when a rule it stands for is taken out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pitfalls.removal import Copy, Removal, named_tests
from tests.pitfalls.removals import REMOVALS

EVERY = [(number, one) for number, several in sorted(REMOVALS.items()) for one in several]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One copy for each process of a run."""
    made = Copy.make(tmp_path_factory.mktemp("tree"))
    yield made
    made.close()


def test_every_pitfall_has_a_test_and_a_removal() -> None:
    assert set(named_tests()) == set(range(1, 64)) == set(REMOVALS)


def test_no_two_removals_are_the_same() -> None:
    assert len({(number, one.home) for number, one in EVERY}) == len(EVERY)
    assert len({(number, one.edits) for number, one in EVERY}) == len(EVERY)


@pytest.mark.parametrize(
    ("number", "removed"), EVERY, ids=[f"p{number:02}-{one.home.replace(' ', '-')}" for number, one in EVERY]
)
def test_the_test_fails_without_its_rule(number: int, removed: Removal, copy: Copy) -> None:
    assert copy.verdict(number, removed) is None


def test_the_tests_pass_in_an_undamaged_copy(copy: Copy, tmp_path: Path) -> None:
    assert "exit code 0" in (copy.verdict(1, Removal("nothing", ())) or "")
