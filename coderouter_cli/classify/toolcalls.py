"""What one tool call does: which kind of action, on which files.

Knows the tools of Claude Code (Bash, Edit, Write, Read ...), Codex (exec_command, shell, apply_patch,
the JavaScript ``exec``) and the common names of other agents. Arguments of edits are searched, not
parsed: they may hold a whole file.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from coderouter_cli.classify import commands
from coderouter_cli.classify.matching import Words
from coderouter_cli.domain.conversation import ToolCall


class Action(StrEnum):
    """The kind of a tool call."""

    EDIT = "edit"
    READ = "read"
    COMMAND = "command"
    TEST = "test"
    """A command that runs tests."""
    OTHER = "other"


class FileKind(StrEnum):
    """The kind of a file, by its path."""

    SOURCE = "source"
    TEST = "test"
    DOC = "doc"


@dataclass(frozen=True, slots=True)
class ToolAction:
    """One tool call; ``files`` are the paths an edit touches."""

    action: Action
    files: tuple[str, ...] = ()


_EDITORS = Words(
    """
    edit write multiedit notebookedit apply_patch applypatch patch str_replace_editor write_file edit_file
    str_replace_based_edit_tool create_file search_replace replace_in_file write_to_file update_file
    insert_edit_into_file replace_string_in_file multi_replace_string_in_file edit_notebook delete_file
    apply_diff insert_content
    """
)
_READERS = Words(
    """
    read grep glob ls notebookread webfetch websearch web_search web_fetch read_file read_many_files list_dir
    list_directory list_files search search_files codebase_search grep_search file_search semantic_search view
    view_image view_file find fetch get_errors read_lints
    """
)
_SHELLS = Words(
    """
    bash shell powershell terminal exec exec_command shell_command local_shell run_command
    run_terminal_cmd run_in_terminal run_shell_command execute_command write_stdin
    """
)
_VIEW = re.compile(r'"command"\s*:\s*"view"')
_PATCH_FILE = re.compile(r"\*\*\* (?:Update|Add|Delete) File: ([^\n\\\"]+)")
_PATCH_MARK = "*** Begin Patch"
_PATH_KEYS = (
    '"file_path"',
    '"path"',
    '"notebook_path"',
    '"target_file"',
    '"filePath"',
    '"filename"',
    '"file"',
)
_STRING = re.compile(r'\s*:\s*"((?:[^"\\]|\\.){1,1000})"')
_NAMESPACE = re.compile(r"__|\.")

_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|e2e|testing|fixtures|cypress)/"
    r"|(?:^|/)(?:test_[^/]*|conftest\.py|[^/]*(?:_test|_spec|\.test|\.spec|-test|Tests?|Spec)\.\w+)$"
)
_DOC_FILE = re.compile(
    r"\.(?:md|mdx|rst|adoc|markdown)$|(?:^|/)(?:docs?|documentation)/[^/]*\.(?:txt|html)$"
    r"|(?:^|/)(?:readme|changelog|license|contributing|authors|notice)[^/]*$",
    re.IGNORECASE,
)


def inspect(call: ToolCall) -> ToolAction:
    """What a call does; an unknown tool is `Action.OTHER`."""
    name = _NAMESPACE.split(call.name)[-1].lower()
    if name in _EDITORS:
        return _edit(name, call.arguments)
    if name in _READERS:
        return ToolAction(Action.READ)
    if name in _SHELLS:
        return _command(call.arguments)
    return ToolAction(Action.OTHER)


def file_kind(path: str) -> FileKind:
    """Whether a path is documentation, a test, or source (everything else)."""
    plain = path.replace("\\\\", "/").replace("\\", "/")
    if _DOC_FILE.search(plain):
        return FileKind.DOC
    return FileKind.TEST if _TEST_FILE.search(plain) else FileKind.SOURCE


def edits_code(call: ToolCall) -> bool:
    """Whether a call changes a file that is not documentation."""
    found = inspect(call)
    return found.action is Action.EDIT and any(file_kind(path) is not FileKind.DOC for path in found.files)


def _edit(name: str, arguments: str) -> ToolAction:
    if name.startswith("str_replace") and _VIEW.search(arguments):
        return ToolAction(Action.READ)
    return ToolAction(Action.EDIT, _patched(arguments) or _named_path(arguments))


def _patched(arguments: str) -> tuple[str, ...]:
    return tuple(_PATCH_FILE.findall(arguments)) if _PATCH_MARK in arguments else ()


def _named_path(arguments: str) -> tuple[str, ...]:
    for key in _PATH_KEYS:
        position = arguments.find(key)
        found = _STRING.match(arguments, position + len(key)) if position >= 0 else None
        if found:
            return (found[1],)
    return ()


def _command(arguments: str) -> ToolAction:
    patched = _patched(arguments)
    if patched:
        return ToolAction(Action.EDIT, patched)
    command = commands.command_text(arguments)
    if commands.runs_tests(command):
        return ToolAction(Action.TEST)
    written = commands.written_file(command)
    if written:
        return ToolAction(Action.EDIT, (written,))
    return ToolAction(Action.READ if commands.only_reads(command) else Action.COMMAND)
