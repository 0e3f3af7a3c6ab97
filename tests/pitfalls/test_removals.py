"""Every pitfall has a test, and every test fails when the rule it stands for is taken out."""

import ast
import re
from pathlib import Path

import pytest

from tests.pitfalls.removal import FAILED, Copy
from tests.pitfalls.removals import REMOVALS

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy.make(tmp_path_factory.mktemp("tree"))


def named_tests() -> set[int]:
    """The numbers of the pitfalls that have tests."""
    names = (
        node.name
        for path in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {int(found[1]) for name in names if (found := re.match(r"test_p(\d\d)_", name))}


def test_every_pitfall_has_a_test_and_a_removal() -> None:
    assert named_tests() == set(range(1, 64)) == set(REMOVALS)


@pytest.mark.parametrize("number", sorted(REMOVALS), ids="p{:02}".format)
def test_the_test_fails_without_its_rule(number: int, copy: Copy) -> None:
    for removals in REMOVALS[number]:
        code, output = copy.run(number, removals)
        assert code == FAILED, f"removed {[one.rule for one in removals]}\n{output[-3000:]}"
