"""Streams after the documented event shapes (https://platform.claude.com/docs/en/build-with-claude/streaming)."""

from typing import Any

from coderouter_cli.domain.conversation import Opaque, Reasoning, Text, ToolCall
from coderouter_cli.domain.events import (
    Event,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.usage import Usage
from tests.wire.formats.anthropic_messages.kit import MESSAGES, NATIVE, sse

START_USAGE: dict[str, Any] = {
    "input_tokens": 43,
    "cache_creation_input_tokens": 300,
    "cache_read_input_tokens": 12_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 1,
    "service_tier": "standard",
}
START = {
    "type": "message_start",
    "message": {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": START_USAGE,
    },
}
DELTA_USAGE: dict[str, Any] = {
    "input_tokens": 61,
    "output_tokens": 89,
    "output_tokens_details": {"thinking_tokens": 7},
}
STOP = {"type": "message_stop"}


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def more(index: int, kind: str, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


def end(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def delta(reason: str | None, usage: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    ending = {"stop_reason": reason, "stop_sequence": None, **fields}
    return {"type": "message_delta", "delta": ending} | ({} if usage is None else {"usage": usage})


GOLDEN = sse(
    START,
    begin(0, type="thinking", thinking="", signature=""),
    {"type": "ping"},
    more(0, "thinking_delta", thinking="Let me "),
    more(0, "thinking_delta", thinking="sée."),
    more(0, "signature_delta", signature=NATIVE),
    end(0),
    begin(1, type="text", text=""),
    more(1, "text_delta", text="漢字 🙂"),
    end(1),
    begin(2, type="tool_use", id="toolu_01", name="Read", input={}),
    more(2, "input_json_delta", partial_json=""),
    more(2, "input_json_delta", partial_json='{"path": '),
    more(2, "input_json_delta", partial_json='"a.py"}'),
    end(2),
    delta("tool_use", DELTA_USAGE),
    STOP,
)
FIRST = Usage(input=43, cache_read=12_000, cache_write=100, cache_write_long=200, output=1, tier="standard")
LAST = Usage(
    input=61,
    cache_read=12_000,
    cache_write=100,
    cache_write_long=200,
    output=89,
    reasoning=7,
    tier="standard",
)
THOUGHT = Reasoning("Let me sée.", Opaque(MESSAGES, "signature", NATIVE))
CALL = ToolCall("toolu_01", "Read", '{"path": "a.py"}')
GOLDEN_EVENTS: list[Event] = [
    Started("msg_01", "claude-opus-5-5"),
    UsageSeen(FIRST, START_USAGE, final=False),
    PartStarted(0, Reasoning("")),
    Ping(),
    PartDelta(0, "Let me "),
    PartDelta(0, "sée."),
    PartEnded(0, THOUGHT),
    PartStarted(1, Text("")),
    PartDelta(1, "漢字 🙂"),
    PartEnded(1, Text("漢字 🙂")),
    PartStarted(2, ToolCall("toolu_01", "Read", "")),
    PartDelta(2, '{"path": '),
    PartDelta(2, '"a.py"}'),
    PartEnded(2, CALL),
    UsageSeen(LAST, {**START_USAGE, **DELTA_USAGE}, final=True),
    Stopped(StopReason.TOOL_USE),
]
