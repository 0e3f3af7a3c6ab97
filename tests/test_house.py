"""The house's own rules, held by the tools that know them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "coderouter_cli"
ELSEWHERE = {"bench", "ingress", "pitfalls", "real", "sdk"}
"""Folders of tests that drive the whole product rather than one module."""
WHOLE_PACKAGE = {"test_properties.py", "test_post_table.py"}
"""Files of tests about a whole package."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "tool",
    [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command as main; main()"),
    ],
    ids=["ruff-check", "ruff-format", "mypy", "import-linter"],
)
def test_tool_is_content(tool: tuple[str, ...]) -> None:
    done = run(*tool)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_unit_test_file_mirrors_a_module() -> None:
    strays = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        relative = path.relative_to(ROOT / "tests")
        if len(relative.parts) == 1 or relative.parts[0] in ELSEWHERE or path.name in WHOLE_PACKAGE:
            continue
        module = PACKAGE / relative.with_name(relative.name.removeprefix("test_"))
        if not module.exists() and not module.with_suffix("").is_dir():
            strays.append(str(relative))
    assert strays == []


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))
    ]
    assert hidden == []


def test_broad_excepts_stand_only_at_the_two_outermost_edges() -> None:
    broad = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        for _ in re.finditer(
            r"except (Exception|BaseException)?\s*(as \w+)?:", path.read_text(encoding="utf-8")
        )
    ]
    assert broad == ["cli/main.py", "daemon/app.py"]
