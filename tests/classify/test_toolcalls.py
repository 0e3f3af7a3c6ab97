"""Tool calls of Claude Code, Codex and others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.toolcalls import Action, FileKind, ToolAction, edits_code, file_kind, inspect
from coderouter_cli.domain.conversation import ToolCall, ToolKind

PATCH = "*** Begin Patch\n*** Update File: src/a.py\n@@\n-x\n+y\n*** Add File: docs/b.md\n+z\n*** End Patch"


def call(name: str, arguments: object) -> ToolCall:
    return ToolCall("c1", name, arguments if isinstance(arguments, str) else json.dumps(arguments))


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        ("Edit", {"file_path": "/p/a.py", "old_string": "x"}, ToolAction(Action.EDIT, ("/p/a.py",))),
        ("Write", {"content": '"path": "no"', "file_path": "/p/a.py"}, ToolAction(Action.EDIT, ("/p/a.py",))),
        ("MultiEdit", {"edits": []}, ToolAction(Action.EDIT)),
        ("NotebookEdit", {"notebook_path": "a.ipynb"}, ToolAction(Action.EDIT, ("a.ipynb",))),
        ("Read", {"file_path": "/p/a.py"}, ToolAction(Action.READ)),
        ("Grep", {"pattern": "x"}, ToolAction(Action.READ)),
        ("Bash", {"command": "ls"}, ToolAction(Action.READ)),
        ("Bash", {"command": "npm install"}, ToolAction(Action.COMMAND)),
        ("Bash", {"command": "npm test"}, ToolAction(Action.TEST)),
        ("Bash", {"command": "cat > a.md <<EOF\nx\nEOF"}, ToolAction(Action.EDIT, ("a.md",))),
        ("TodoWrite", {"todos": []}, ToolAction(Action.OTHER)),
        ("Agent", {"prompt": "fix"}, ToolAction(Action.OTHER)),
        ("exec_command", {"cmd": "cargo test"}, ToolAction(Action.TEST)),
        ("functions.exec_command", {"cmd": "cargo test"}, ToolAction(Action.TEST)),
        ("shell", {"command": ["bash", "-lc", "rg x"]}, ToolAction(Action.READ)),
        ("shell", {"command": ["apply_patch", PATCH]}, ToolAction(Action.EDIT, ("src/a.py", "docs/b.md"))),
        ("apply_patch", PATCH, ToolAction(Action.EDIT, ("src/a.py", "docs/b.md"))),
        ("apply_patch", {"input": PATCH}, ToolAction(Action.EDIT, ("src/a.py", "docs/b.md"))),
        ("exec", 'await tools.exec_command({cmd: "pytest -q"})', ToolAction(Action.TEST)),
        ("exec", f"await tools.apply_patch(`{PATCH}`)", ToolAction(Action.EDIT, ("src/a.py", "docs/b.md"))),
        ("str_replace_based_edit_tool", {"command": "view", "path": "a.py"}, ToolAction(Action.READ)),
        (
            "str_replace_based_edit_tool",
            {"command": "create", "path": "a.py"},
            ToolAction(Action.EDIT, ("a.py",)),
        ),
        ("edit_file", {"target_file": "a.py"}, ToolAction(Action.EDIT, ("a.py",))),
        ("mcp__server__read_file", {"path": "a"}, ToolAction(Action.READ)),
        ("get_weather", {}, ToolAction(Action.OTHER)),
        ("", "", ToolAction(Action.OTHER)),
    ],
)
def test_inspect(name: str, arguments: object, action: ToolAction) -> None:
    assert inspect(call(name, arguments)) == action


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/p/src/app.py", FileKind.SOURCE),
        ("src/testing_tools/app.py", FileKind.SOURCE),
        ("src/latest.py", FileKind.SOURCE),
        ("requirements.txt", FileKind.SOURCE),
        ("/p/tests/helpers.py", FileKind.TEST),
        ("test_app.py", FileKind.TEST),
        ("app_test.go", FileKind.TEST),
        ("web/app.test.tsx", FileKind.TEST),
        ("web/app.spec.ts", FileKind.TEST),
        ("src/FooTests.cs", FileKind.TEST),
        ("src/FooTest.java", FileKind.TEST),
        ("conftest.py", FileKind.TEST),
        (r"C:\\p\\tests\\a.py", FileKind.TEST),
        ("README", FileKind.DOC),
        ("docs/guide.md", FileKind.DOC),
        ("docs/index.html", FileKind.DOC),
        ("tests/README.md", FileKind.DOC),
        ("CHANGELOG.rst", FileKind.DOC),
        ("CLAUDE.md", FileKind.DOC),
    ],
)
def test_file_kind(path: str, kind: FileKind) -> None:
    assert file_kind(path) is kind


def test_edits_code() -> None:
    assert edits_code(call("Edit", {"file_path": "a.py"}))
    assert edits_code(call("apply_patch", PATCH))
    assert not edits_code(call("Write", {"file_path": "plan.md"}))
    assert not edits_code(call("Read", {"file_path": "a.py"}))


@given(st.sampled_from(["Edit", "Bash", "exec", "apply_patch", "shell"]), st.text(max_size=300))
def test_any_arguments_are_read(name: str, arguments: str) -> None:
    found = inspect(ToolCall("c1", name, arguments, kind=ToolKind.CUSTOM))
    assert found.action in set(Action)
    assert all(found.files)
