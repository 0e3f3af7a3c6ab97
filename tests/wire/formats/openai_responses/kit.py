"""Responses bodies and streams written by hand, and the models and dialects the tests speak of."""

import json
from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Maker,
    Message,
    Opaque,
    Reasoning,
    Text,
    Tool,
    ToolKind,
)
from coderouter_cli.domain.events import Event
from coderouter_cli.domain.model import Capabilities, Dialect, Model
from coderouter_cli.wire.envelope import wrap
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from tests.wire.grammar import decode_at_every_split

GPT = Maker("openai", FormatName.OPENAI_RESPONSES, "gpt-6.1-sol")
CLAUDE = Maker("anthropic", FormatName.ANTHROPIC_MESSAGES, "claude-opus-5-5")
FLASH = Maker("deepseek", FormatName.OPENAI_RESPONSES, "deepseek-flash")
OPENAI = Dialect("openai-responses", vendor=FormatName.OPENAI_RESPONSES)
COMPATIBLE = Dialect(
    "compatible-openai-responses",
    drop_fields=frozenset({"client_metadata", "service_tier"}),
    drop_server_tools=True,
    developer_role=False,
    foreign_thinking="drop",
    custom_tools=False,
)
DEEPSEEK = Dialect(
    "deepseek-responses",
    drop_fields=frozenset({"client_metadata", "service_tier"}),
    drop_server_tools=True,
    developer_role=False,
    foreign_thinking="drop",
    custom_tools=False,
    reasoning_content=True,
    effort_map={"minimal": "low", "medium": "high", "xhigh": "high"},
)

SHELL = Tool("shell", "Runs a command.", {"type": "object", "properties": {"cmd": {"type": "string"}}})
PATCH = Tool(
    "apply_patch", "Edits files.", kind=ToolKind.CUSTOM, grammar={"type": "grammar", "syntax": "lark"}
)
SLEEP = Tool("sleep", "Waits.", {"type": "object", "properties": {}}, namespace="clock")
TOOLS = (SHELL, PATCH, SLEEP)


def model(name: str = "served", *, max_output: int = 8192, **able: Any) -> Model:
    """A model with these capabilities."""
    able.setdefault("efforts", ("none", "low", "medium", "high"))
    return Model(
        id=name,
        provider="p",
        family="f",
        max_input=100_000,
        max_output=max_output,
        capabilities=Capabilities(**able),
        quality={},
        card=None,
        cache_ttl_s=1800,
    )


def conversation(*messages: Message, **fields: Any) -> Conversation:
    """A conversation of another format, unless it says otherwise."""
    fields.setdefault("format", FormatName.ANTHROPIC_MESSAGES)
    return Conversation(model="asked", messages=messages or (Message("user", (Text("hi"),)),), **fields)


def body(*items: JsonObject, **fields: Any) -> JsonObject:
    """A request of Codex's shape with these input items."""
    return {"model": "asked", "input": list(items), "store": False, "stream": True, **fields}


def say(role: str, text: str) -> JsonObject:
    """A message item."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def call(call_id: str, name: str = "shell", arguments: str = "{}", **extra: Any) -> JsonObject:
    """A function call item."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments, **extra}


def result(call_id: str, output: Any = "ok", kind: str = "function_call_output") -> JsonObject:
    """A tool output item."""
    return {"type": kind, "call_id": call_id, "output": output}


def thought(text: str) -> JsonObject:
    """Open reasoning."""
    return {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": text}]}


def stream(*events: JsonObject | str) -> bytes:
    """Server-sent events named by their type; a string goes out as it is."""
    return "".join(event if isinstance(event, str) else _event(event) for event in events).encode()


def _event(event: JsonObject) -> str:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n"


def created(**response: Any) -> JsonObject:
    """The first event."""
    return {"type": "response.created", "response": {"id": "resp_1", "model": "served", **response}}


def added(index: int, item: JsonObject) -> JsonObject:
    """An item begins."""
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, item: JsonObject) -> JsonObject:
    """An item is finished."""
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def of(kind: str, index: int, **fields: Any) -> JsonObject:
    """An event of an item, without the ``response.`` before its type."""
    return {"type": f"response.{kind}", "output_index": index, **fields}


def sealed(maker: Maker, text: str, kind: Any = "open", data: str = "", cuts: Any = ()) -> JsonObject:
    """The reasoning item of a client that was shown this maker's reasoning."""
    opaque = None if kind == "open" else Opaque(maker.format, kind, data, cuts=cuts)
    return {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text}] if text else [],
        "encrypted_content": wrap(Reasoning(text, opaque), maker),
    }


def completed(status: str = "completed", **response: Any) -> JsonObject:
    """The last event."""
    fields = {"id": "resp_1", "status": status, "output": [], **response}
    return {"type": f"response.{status}", "response": fields}


def decode(data: bytes, *tools: Tool) -> list[Event]:
    """The stream's events, proved to be the same at every split."""
    return decode_at_every_split(lambda: OPENAI_RESPONSES.decoder(tools), data)


def context(*tools: Tool) -> ReplyContext:
    """A client that asked for ``wished-model``."""
    return ReplyContext("wished-model", "resp_9", 1764000001, 1000, tools)


def events_of(data: bytes) -> list[JsonObject]:
    """The data of every event we wrote, each named by its own type."""
    found = []
    for block in data.decode().split("\n\n")[:-1]:
        name, _, text = block.partition("\ndata: ")
        value: JsonObject = json.loads(text)
        assert name == f"event: {value['type']}"
        found.append(value)
    return found
