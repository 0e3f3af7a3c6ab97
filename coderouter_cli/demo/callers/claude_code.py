"""Claude Code 2.1.330, as measured: Messages requests with its headers, system blocks and cache marks.

Left out: ``safeguards`` (auto mode), which only Anthropic answers.
"""

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
from coderouter_cli.demo.callers.kits import claude_code_tools
from coderouter_cli.demo.chance import hex_id, uuid_of
from coderouter_cli.demo.claude import claude
from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.prose import guidance
from coderouter_cli.domain.conversation import FormatName, JsonObject

VERSION = "2.1.330"
_MARK = {"cache_control": {"type": "ephemeral"}}
_BETAS = (
    "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,"
    "per-turn-control-2026-07-01,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,"
    "advanced-tool-use-2025-11-20,effort-2025-11-24"
)
_TITLE_BETA = ",structured-outputs-2025-12-15,redact-thinking-2026-02-12"
_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
_IDENTITY = "You are Claude Code, Anthropic's official CLI for Claude."
_NAMING = "You are naming a coding session. Answer with a JSON object that has a short title."
_COMPACT = (
    "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools. Summarise the conversation in <summary> tags."
)
_PLAN = "Plan mode is active. Do not edit files or run commands that change anything; present a plan instead."
_PLAN_LEFT = "## Exited Plan Mode\n\nYou have exited plan mode. You can now edit files and run commands."
_CONTINUED = "This session is being continued from a previous conversation that ran out of context.\n\n"


class ClaudeCode:
    """One conversation of Claude Code; a subagent is another one of the same session."""

    def __init__(self, outline: Outline, key: str, agent: str | None = None) -> None:
        self._outline = outline
        self._key = key
        self._agent = agent
        self._session = uuid_of("session", key)
        model = claude(outline.model)
        self._system_turns = model is not None and model.system_turns
        self._messages: list[JsonObject] = []
        self._sent: list[bytes] = []
        self._first = ""
        self._planning = False
        self._system = self._system_blocks()

    def title(self) -> Outgoing:
        """A small request without tools that wants a JSON object."""
        body = {
            "model": self._outline.model,
            "messages": [{"role": "user", "content": [{"type": "text", "text": self._first}]}],
            "system": [
                {"type": "text", "text": self._billing()},
                {"type": "text", "text": _IDENTITY},
                {"type": "text", "text": f"{_NAMING}\n\n{guidance(2600, 'title')}"},
            ],
            "tools": [],
            "metadata": self._metadata(),
            "max_tokens": 32000,
            "output_config": {"format": {"type": "json_schema", "schema": TITLE_SCHEMA}},
            "stream": True,
        }
        return Outgoing(FormatName.ANTHROPIC_MESSAGES, self._headers(_TITLE_BETA), dump(body))

    def begin(self, text: str, *, planning: bool) -> None:
        """The first turn brings the environment along; plan mode is a system turn or a reminder."""
        blocks: list[JsonObject] = []
        first = not self._messages
        self._first = self._first or text
        if first:
            blocks.append(_reminder(f"# claudeMd\n{guidance(7000, 'project', self._outline.language)}"))
        notes = [_environment(self._outline)] if first else []
        if planning != self._planning:
            notes.append(_PLAN if planning else _PLAN_LEFT)
        self._planning = planning
        if notes and not self._system_turns:
            blocks.append(_reminder("\n\n".join(notes)))
        self._add("user", [*blocks, {"type": "text", "text": text}])
        if notes and self._system_turns:
            self._messages.append({"role": "system", "content": "\n\n".join(notes)})

    def request(self) -> Outgoing:
        """The history with a cache mark on its last user block."""
        return self._outgoing(self._messages)

    def take(self, body: bytes) -> Taken:
        """Content blocks go into the history as they came."""
        blocks, taken = _read(body)
        if taken.problem is None:
            self._messages.append({"role": "assistant", "content": blocks})
        return taken

    def peek(self, body: bytes) -> Taken:
        """Only read it."""
        return _read(body)[1]

    def give(self, results: Sequence[Result]) -> None:
        """One user message with all results."""
        self._add("user", [_result_block(result) for result in results])

    def compaction(self) -> Outgoing:
        """The whole conversation with all tools, and the order to summarise it."""
        order = {"role": "user", "content": [{"type": "text", "text": _COMPACT}]}
        return self._outgoing([*self._messages, order])

    def compact(self, summary: str) -> None:
        """The summary becomes a user message of its own."""
        self._messages = [{"role": "user", "content": [{"type": "text", "text": _CONTINUED + summary}]}]
        self._sent = []

    def subagent(self) -> Caller:
        """Its conversation has an id, other instructions and fewer tools."""
        return ClaudeCode(self._outline, self._key, agent=hex_id(17, "agent", self._key))

    def _add(self, role: str, blocks: list[JsonObject]) -> None:
        """To the history; consecutive user blocks are one message, as Claude Code sends them."""
        if self._messages and self._messages[-1]["role"] == role:
            blocks = [*self._messages.pop()["content"], *blocks]
            del self._sent[len(self._messages) :]
        self._messages.append({"role": role, "content": blocks})

    def _outgoing(self, messages: list[JsonObject]) -> Outgoing:
        marked = max(i for i, message in enumerate(messages) if message["role"] == "user")
        for message in messages[len(self._sent) : marked]:
            self._sent.append(fragment(message))
        last = messages[marked]
        content = [*last["content"][:-1], {**last["content"][-1], **_MARK}]
        tail = [fragment({**last, "content": content}), *(fragment(m) for m in messages[marked + 1 :])]
        head = b'{"model":' + dump(self._outline.model) + b',"messages":['
        body = join(head, [*self._sent[:marked], *tail], b"]," + self._settings())
        return Outgoing(FormatName.ANTHROPIC_MESSAGES, self._headers(), body)

    def _settings(self) -> bytes:
        settings = {
            "system": self._system,
            "tools": claude_code_tools(subagent=self._agent is not None),
            "metadata": self._metadata(),
            "max_tokens": 64000 if self._agent else 128000,
            "thinking": {"type": "adaptive", "display": "updates"},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "output_config": {"effort": "medium"},
            "stream": True,
        }
        return dump(settings)[1:]

    def _system_blocks(self) -> list[JsonObject]:
        instructions = guidance(2900 if self._agent else 5600, "instructions", self._agent is None)
        return [
            {"type": "text", "text": self._billing()},
            {"type": "text", "text": _IDENTITY},
            {"type": "text", "text": instructions, **_MARK},
        ]

    def _billing(self) -> str:
        mark = " cc_is_subagent=true;" if self._agent else ""
        version = f"{VERSION}.{hex_id(3, 'fingerprint', self._key)}"
        return f"x-anthropic-billing-header: cc_version={version}; cc_entrypoint=cli;{mark}"

    def _metadata(self) -> JsonObject:
        ids = {"device_id": hex_id(64, "device"), "account_uuid": "", "session_id": self._session}
        return {"user_id": json.dumps(ids, separators=(",", ":"))}

    def _headers(self, more_betas: str = "") -> Headers:
        headers = (
            ("user-agent", f"claude-cli/{VERSION} (external, cli)"),
            ("x-claude-code-session-id", self._session),
            ("x-app", "cli"),
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", _BETAS + more_betas),
            ("anthropic-dangerous-direct-browser-access", "true"),
            ("x-stainless-lang", "js"),
            ("x-stainless-package-version", "0.128.0"),
            ("x-stainless-retry-count", "0"),
            ("x-stainless-timeout", "600"),
        )
        return (*headers, ("x-claude-code-agent-id", self._agent)) if self._agent else headers


def _reminder(text: str) -> JsonObject:
    return {"type": "text", "text": f"<system-reminder>\n{text}\n</system-reminder>"}


def _environment(outline: Outline) -> str:
    facts = f"Working directory: ~/projects/{outline.language}-app\nPlatform: linux\nModel: {outline.model}"
    return f"# Environment\n{facts}\n\n{guidance(8600, 'environment')}"


def _result_block(result: Result) -> JsonObject:
    block: JsonObject = {"type": "tool_result", "tool_use_id": result.use.id, "content": result.text}
    return {**block, "is_error": True} if result.failed else block


def _read(body: bytes) -> tuple[list[JsonObject], Taken]:
    message, problem = _read_stream(body) if is_stream(body) else (json.loads(body), None)
    blocks: list[JsonObject] = message.get("content") or []
    if problem is None and (message.get("stop_reason") is None or not blocks):
        problem = "the answer has no content or no stop reason"
    if problem is not None:
        return blocks, Taken(problem=problem)
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    uses = [ToolUse(block["id"], block["name"]) for block in blocks if block["type"] == "tool_use"]
    return blocks, Taken(text, tuple(uses))


def _read_stream(body: bytes) -> tuple[JsonObject, str | None]:
    """The message that a stream builds up, and what is wrong with the stream."""
    message: JsonObject = {}
    blocks: dict[int, JsonObject] = {}
    inputs: dict[int, str] = {}
    for event in events(body):
        kind = event["type"]
        if kind == "message_start":
            message = dict(event["message"])
        elif kind == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        elif kind == "content_block_delta":
            _apply(event["delta"], blocks[event["index"]], inputs, event["index"])
        elif kind == "message_delta":
            message |= event["delta"]
        elif kind == "error":
            return message, str(event["error"]["message"])
        elif kind == "message_stop":
            for index, text in inputs.items():
                blocks[index]["input"] = json.loads(text or "{}")
            return message | {"content": [blocks[index] for index in sorted(blocks)]}, None
    return message, "the stream ended without message_stop"


def _apply(delta: JsonObject, block: JsonObject, inputs: dict[int, str], index: int) -> None:
    if delta["type"] == "input_json_delta":
        inputs[index] = inputs.get(index, "") + delta["partial_json"]
    elif delta["type"] in _DELTAS:
        name = _DELTAS[delta["type"]]
        block[name] = block.get(name, "") + delta[name]
