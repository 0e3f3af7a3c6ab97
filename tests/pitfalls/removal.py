"""A rule taken out of a copy of the package, and the test that must notice.

A removal is an edit of the package that takes one rule away where it is at home. It is made in a copy of the
tree; the pitfall's tests are run there and have to fail by an assertion, not because nothing works any more.
"""

import ast
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.pitfalls.forking import Forking, Ran

ROOT = Path(__file__).resolve().parents[2]
_HERE = "tests/pitfalls"
_NEEDED = ("coderouter_cli", _HERE, "tests/harness.py", "tests/wire/__init__.py", "tests/wire/grammar.py")
_TEST = re.compile(r"test_p(\d\d)_")
_FAILURE = re.compile(r"^FAILED .*$", re.MULTILINE)
_BY_ASSERTION = re.compile(r" - (AssertionError|assert )")
_LONG_AGO = (1, 1)
"""No bytecode is as old as a source of this time, so that a changed file is always compiled anew."""


@dataclass(frozen=True)
class Edit:
    """``rule`` stands in ``file`` (below the package) exactly once; ``without`` takes its place."""

    file: str
    rule: str
    without: str


@dataclass(frozen=True)
class Removal:
    """One rule taken out; ``home`` says in a few words which."""

    home: str
    edits: tuple[Edit, ...]


@cache
def named_tests() -> Mapping[int, frozenset[str]]:
    """The files that hold tests of each pitfall, by its number."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for path in (ROOT / _HERE).glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (match := _TEST.match(node.name)):
                found[int(match[1])].add(path.name)
    return {number: frozenset(names) for number, names in found.items()}


@dataclass(frozen=True)
class Copy:
    """A copy of the tree that may be damaged."""

    root: Path
    pytest: Forking

    @classmethod
    def make(cls, root: Path) -> "Copy":
        """Copy what the pitfalls' tests need, bytecode included."""
        for name in _NEEDED:
            source, goal = ROOT / name, root / name
            goal.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, goal)
            else:
                shutil.copy2(source, goal)
        shutil.copy2(ROOT / "pyproject.toml", root)
        (root / "tests" / "__init__.py").touch()
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "400"}
        return cls(root, Forking(root, environment))

    def verdict(self, number: int, removed: Removal) -> str | None:
        """None when the pitfall's tests fail by an assertion without this rule; else what happened."""
        with self._without(removed):
            done = self._tests(number)
        failures = _FAILURE.findall(done.output)
        if done.code != 1 or not failures:
            return f"exit code {done.code}\n{done.output[-3000:]}"
        if not all(map(_BY_ASSERTION.search, failures)):
            return f"it broke more than its rule\n{done.output[-3000:]}"
        return None

    def close(self) -> None:
        """End what runs in it."""
        self.pytest.close()

    @contextmanager
    def _without(self, removed: Removal) -> Iterator[None]:
        paths = {self.root / "coderouter_cli" / edit.file for edit in removed.edits}
        kept = {path: (path.read_bytes(), path.stat()) for path in paths}
        try:
            for edit in removed.edits:
                self._remove(edit)
            yield
        finally:
            for path, (original, stat) in kept.items():
                path.write_bytes(original)
                os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def _remove(self, edit: Edit) -> None:
        path = self.root / "coderouter_cli" / edit.file
        code = path.read_text(encoding="utf-8")
        found = code.count(edit.rule)
        assert found == 1, f"{edit.file} has the rule {found} times: {edit.rule!r}"
        path.write_text(code.replace(edit.rule, edit.without), encoding="utf-8")
        os.utime(path, _LONG_AGO)

    def _tests(self, number: int) -> Ran:
        files = [f"{_HERE}/{name}" for name in sorted(named_tests()[number])]
        options = ["-q", "-x", "-rf", "--tb=short", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"]
        return self.pytest.run([*options, *files, "-k", f"test_p{number:02}_"])
