"""The tools the scripted clients declare (`kits.toml`), each in its client's own shape."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from coderouter_cli.demo.asks import ClientName
from coderouter_cli.demo.prose import guidance
from coderouter_cli.domain.conversation import JsonObject

PATCH_GRAMMAR = """start: begin_patch hunk+ end_patch
begin_patch: "*** Begin Patch" LF
end_patch: "*** End Patch" LF?
hunk: add_hunk | delete_hunk | update_hunk
add_hunk: "*** Add File: " filename LF add_line+
delete_hunk: "*** Delete File: " filename LF
update_hunk: "*** Update File: " filename LF change_move? change?
filename: /(.+)/
add_line: "+" /(.*)/ LF -> line
change_move: "*** Move to: " filename LF
change: (change_context | change_line)+ eof_line?
change_context: ("@@" | "@@ " /(.+)/) LF
change_line: ("+" | "-" | " ") /(.*)/ LF
eof_line: "*** End of File" LF
%import common.LF
"""
SUMMARY_ORDERS = ("CRITICAL: Respond with TEXT ONLY", "You are performing a CONTEXT CHECKPOINT COMPACTION")
"""How Claude Code and Codex begin the order to summarise a conversation."""
_SUBAGENT = frozenset({"Bash", "Read", "Skill", "ToolSearch"})


@dataclass(frozen=True, slots=True)
class Kit:
    """A tool: what it does, its parameters as ``name:type``, the size of its description in characters."""

    name: str
    does: str
    size: int
    required: list[str]
    optional: list[str]

    def description(self) -> str:
        """What it does, and how to use it."""
        return f"{self.does}\n\n{guidance(self.size, self.name)}"

    def schema(self) -> JsonObject:
        """The JSON schema of its arguments."""
        pairs = [parameter.split(":") for parameter in (*self.required, *self.optional)]
        return {
            "type": "object",
            "properties": {name: _property(self.name, name, kind) for name, kind in pairs},
            "required": [parameter.split(":")[0] for parameter in self.required],
            "additionalProperties": False,
        }


@cache
def kits() -> Mapping[ClientName, tuple[Kit, ...]]:
    """The tools of each client, in the order they are declared."""
    text = resources.files(__package__).joinpath("kits.toml").read_text("utf-8")
    clients: tuple[ClientName, ...] = ("claude-code", "codex", "cursor")
    found = tomllib.loads(text)
    return {client: tuple(Kit(**kit) for kit in found[client]) for client in clients}


@cache
def claude_code_tools(*, subagent: bool) -> tuple[JsonObject, ...]:
    """Claude Code's tools; a subagent has the ones for reading and running only."""
    chosen = [kit for kit in kits()["claude-code"] if not subagent or kit.name in _SUBAGENT]
    tools: list[JsonObject] = [
        {"name": kit.name, "description": kit.description(), "input_schema": kit.schema()} for kit in chosen
    ]
    placeholder: JsonObject = {
        "name": "DeferredToolPlaceholder",
        "description": "Stands for the tools that are found by ToolSearch.",
        "input_schema": {"type": "object", "properties": {}},
        "defer_loading": True,
    }
    return (*tools, placeholder)


@cache
def codex_tools() -> tuple[JsonObject, ...]:
    """Codex's functions, and its custom tool for patches. Its hosted tools (web search) are switched off."""
    functions: list[JsonObject] = [
        {
            "type": "function",
            "name": kit.name,
            "description": kit.description(),
            "strict": False,
            "parameters": kit.schema(),
        }
        for kit in kits()["codex"]
    ]
    patch: JsonObject = {
        "type": "custom",
        "name": "apply_patch",
        "description": "Edit files by a patch. The input is the patch itself, not JSON.",
        "format": {"type": "grammar", "syntax": "lark", "definition": PATCH_GRAMMAR},
    }
    return (*functions, patch)


@cache
def cursor_tools() -> tuple[JsonObject, ...]:
    """Cursor's tools."""
    return tuple(
        {
            "type": "function",
            "function": {"name": kit.name, "description": kit.description(), "parameters": kit.schema()},
        }
        for kit in kits()["cursor"]
    )


def _property(tool: str, name: str, kind: str) -> JsonObject:
    return {"type": kind, "description": guidance(150, tool, name)}
