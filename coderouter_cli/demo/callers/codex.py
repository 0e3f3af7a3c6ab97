"""Codex 0.169.0, as measured: Responses requests with developer messages, functions and ``apply_patch``."""

import json
from collections.abc import Sequence

from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers.base import (
    TITLE_SCHEMA,
    Caller,
    Headers,
    Outgoing,
    Result,
    Taken,
    ToolUse,
    events,
    fragment,
    is_stream,
    join,
)
from coderouter_cli.demo.callers.kits import codex_tools
from coderouter_cli.demo.chance import uuid_of
from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.prose import guidance
from coderouter_cli.domain.conversation import FormatName, JsonObject

VERSION = "0.169.0"
_CHECKPOINT = (
    "You are performing a CONTEXT CHECKPOINT COMPACTION. Write a handoff summary for another model that will "
    "resume the task."
)
_RESUMED = "Another language model started to solve this problem and left this summary:\n"
_KEPT = {
    "message": ("type", "role", "content"),
    "reasoning": ("type", "summary", "content", "encrypted_content"),
    "function_call": ("type", "name", "namespace", "arguments", "call_id"),
    "custom_tool_call": ("type", "name", "namespace", "input", "call_id"),
}
"""What Codex sends back of each kind of item; ids and states stay behind."""


class Codex:
    """One conversation (thread) of Codex."""

    def __init__(self, outline: Outline, key: str) -> None:
        self._outline = outline
        self._thread = uuid_of("thread", key)
        self._opening = [
            _message("developer", guidance(21000, "codex")),
            _message(
                "developer",
                f"<permissions instructions>\n{guidance(5000, 'sandbox')}\n</permissions instructions>",
            ),
            _message("user", f"# AGENTS.md instructions\n\n{guidance(6000, 'project', outline.language)}"),
            _message("user", _environment(outline)),
        ]
        self._items = list(map(fragment, self._opening))
        self._asks: list[str] = []
        self._turn = 0
        self._planning = False

    def title(self) -> Outgoing:
        """The prompt of the session and the first ask, with all tools and a schema for the answer."""
        ask = _message("user", f"Name this session in a few words.\n\n{self._asks[0]}")
        shape = {"type": "json_schema", "name": "title", "strict": True, "schema": TITLE_SCHEMA}
        items = [*map(fragment, self._opening), fragment(ask)]
        return self._outgoing(items, source="thread_title", text={"verbosity": "low", "format": shape})

    def begin(self, text: str, *, planning: bool) -> None:
        """A user message; plan mode is a developer message before it."""
        if planning != self._planning:
            mode = "# Plan Mode (Conversational)" if planning else "# Collaboration Mode: Default"
            self._items.append(fragment(_message("developer", mode)))
        self._planning = planning
        self._turn += 1
        self._asks.append(text)
        self._items.append(fragment(_message("user", text)))

    def request(self) -> Outgoing:
        """All items so far."""
        return self._outgoing(self._items)

    def take(self, body: bytes) -> Taken:
        """Output items go into the history, but for ids and states."""
        items, taken = _read(body)
        if taken.problem is None:
            kept = [{name: item[name] for name in _KEPT[item["type"]] if item.get(name)} for item in items]
            self._items += map(fragment, kept)
        return taken

    def peek(self, body: bytes) -> Taken:
        """Only read it."""
        return _read(body)[1]

    def give(self, results: Sequence[Result]) -> None:
        """One output item for each call."""
        for result in results:
            kind = "custom_tool_call_output" if result.use.custom else "function_call_output"
            output = f"Exit code: {int(result.failed)}\nWall time: 0.4 seconds\nOutput:\n{result.text}"
            self._items.append(fragment({"type": kind, "call_id": result.use.id, "output": output}))

    def compaction(self) -> Outgoing:
        """The history without tools, and the order to summarise it."""
        items = [*self._items, fragment(_message("user", _CHECKPOINT))]
        return self._outgoing(items, kind="compaction", tools=())

    def compact(self, summary: str) -> None:
        """The prompt, what the user asked, and the summary."""
        kept = [*self._opening, *(_message("user", ask) for ask in self._asks)]
        self._items = list(map(fragment, [*kept, _message("user", _RESUMED + summary)]))

    def subagent(self) -> Caller:
        """A thread of its own."""
        return Codex(self._outline, self._thread)

    def _outgoing(
        self,
        items: Sequence[bytes],
        *,
        kind: str = "turn",
        source: str = "user",
        text: JsonObject | None = None,
        tools: tuple[JsonObject, ...] | None = None,
    ) -> Outgoing:
        settings: JsonObject = {
            "tools": codex_tools() if tools is None else tools,
            "tool_choice": "auto",
            "parallel_tool_calls": True,
            "reasoning": {"effort": "medium", "summary": "auto"},
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": self._thread,
            "text": text or {"verbosity": "low"},
            "client_metadata": {"session_id": self._thread},
        }
        if not settings["tools"]:
            del settings["tools"], settings["tool_choice"], settings["parallel_tool_calls"]
        head = b'{"model":' + dump(self._outline.model) + b',"stream":true,"input":['
        body = join(head, items, b"]," + dump(settings)[1:])
        return Outgoing(FormatName.OPENAI_RESPONSES, self._headers(kind, source), body)

    def _headers(self, kind: str, source: str) -> Headers:
        metadata = {
            "request_kind": kind,
            "thread_source": source,
            "turn_trigger": "user",
            "turn_id": f"{self._turn}",
            "sandbox_mode": "workspace-write",
            "model": self._outline.model,
            "reasoning_effort": "medium",
        }
        return (
            ("user-agent", f"codex_exec/{VERSION} (Linux; x86_64)"),
            ("originator", "codex_exec"),
            ("session-id", self._thread),
            ("thread-id", self._thread),
            ("x-client-request-id", self._thread),
            ("x-codex-beta-features", "remote_compaction_v2"),
            ("x-codex-turn-metadata", json.dumps(metadata)),
            ("accept", "text/event-stream"),
        )


def _message(role: str, text: str) -> JsonObject:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def _environment(outline: Outline) -> str:
    facts = f"<cwd>~/projects/{outline.language}-app</cwd>\n<shell>bash</shell>"
    return f"<environment_context>\n{facts}\n</environment_context>"


def _use(item: JsonObject) -> ToolUse:
    return ToolUse(item["call_id"], item["name"], custom=item["type"] == "custom_tool_call")


def _read(body: bytes) -> tuple[list[JsonObject], Taken]:
    """The items of an answer, and what they say."""
    items, problem = _read_items(body)
    if problem is not None:
        return items, Taken(problem=problem)
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    uses = [_use(item) for item in items if item["type"].endswith("_call")]
    return items, Taken("".join(part.get("text", "") for part in parts), tuple(uses))


def _read_items(body: bytes) -> tuple[list[JsonObject], str | None]:
    """The finished items of a stream or of a whole response, and what is wrong with it."""
    if not is_stream(body):
        response = json.loads(body)
        return response["output"], None if response["status"] == "completed" else str(response["status"])
    items: list[JsonObject] = []
    for event in events(body):
        kind = event["type"]
        if kind == "response.output_item.done":
            items.append(event["item"])
        elif kind == "response.completed":
            return items, None if items else "the answer has no items"
        elif kind in {"response.failed", "response.incomplete", "error"}:
            return items, kind
    return items, "the stream ended without response.completed"
