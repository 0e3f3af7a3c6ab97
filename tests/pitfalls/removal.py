"""A rule taken out of a copy of the package, and the test that must notice.

A removal is an edit of one file: the text that is the rule, and what stands there without it. The edit is
made in a copy of the tree; the pitfall's tests are run there and have to fail, by an assertion and not
because nothing works any more.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NEEDED = ("coderouter_cli", "tests/pitfalls", "tests/wire", "tests/harness.py", "tests/conftest.py")
FAILED = 1
"""pytest's exit code when tests ran and some failed."""


@dataclass(frozen=True)
class Removal:
    """``rule`` stands in ``file`` (below the package) exactly once; ``without`` takes its place."""

    file: str
    rule: str
    without: str


@dataclass(frozen=True)
class Copy:
    """A copy of the tree that may be damaged."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> "Copy":
        """Copy what the pitfalls' tests need."""
        for name in _NEEDED:
            source, goal = ROOT / name, root / name
            goal.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, goal)
        shutil.copy(ROOT / "pyproject.toml", root)
        (root / "tests" / "__init__.py").touch()
        return cls(root)

    def run(self, number: int, removals: tuple[Removal, ...]) -> tuple[int, str]:
        """pytest's exit code and output for one pitfall, with these rules removed."""
        originals = {self._path(one): self._path(one).read_text(encoding="utf-8") for one in removals}
        try:
            for one in removals:
                self._remove(one)
            return self._tests(number)
        finally:
            for path, original in originals.items():
                path.write_text(original, encoding="utf-8")

    def _path(self, removal: Removal) -> Path:
        return self.root / "coderouter_cli" / removal.file

    def _remove(self, removal: Removal) -> None:
        path = self._path(removal)
        code = path.read_text(encoding="utf-8")
        found = code.count(removal.rule)
        assert found == 1, f"{removal.file} has the rule {found} times: {removal.rule!r}"
        path.write_text(code.replace(removal.rule, removal.without), encoding="utf-8")

    def _tests(self, number: int) -> tuple[int, str]:
        # -B: a file that changes twice within a second would be taken from its old bytecode.
        arguments = ["-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
        done = subprocess.run(
            [sys.executable, *arguments, "tests/pitfalls", "-k", f"test_p{number:02}_"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr
