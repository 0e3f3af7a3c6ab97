"""Streams as vendors write them, with things in between that no reader knows."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client

MODEL = "\1"
"""Where a stream names its model."""


def sse(event: str | None, *, gap: str = " ", **data: Any) -> str:
    """One event; its type is its name."""
    named = {"type": event, **data} if event else data
    head = f"event:{gap}{event}\n" if event else ""
    return f"{head}data:{gap}{json.dumps(named)}".replace(json.dumps(MODEL), MODEL)


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> str:
    """One event of Chat's."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return sse(None, id="c", object="chat.completion.chunk", model=MODEL, choices=choices, **more)


_MESSAGE = {"id": "m", "type": "message", "role": "assistant"}
_TEXT = {"type": "output_text", "text": '"model"'}
BEGINNING: Mapping[Client, list[str]] = {
    MESSAGES: [
        sse(
            "message_start",
            x={"model": "no"},
            message={**_MESSAGE, "content": [], "model": MODEL, "usage": {"input_tokens": 3, "new": [1.0]}},
        ),
        sse("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    ],
    RESPONSES: [
        sse("response.created", response={"id": "r", "model": MODEL, "output": [{"model": "no"}]}),
        sse("response.output_item.added", output_index=0, item={**_MESSAGE, "content": []}),
    ],
    CHAT: [chunk({"role": "assistant", "content": ""})],
}
MIDDLE: Mapping[Client, str] = {
    MESSAGES: sse("content_block_delta", index=0, delta={"type": "text_delta", "text": '"model": é'}),
    RESPONSES: sse(
        "response.output_text.delta", gap="", output_index=0, content_index=0, item_id="m", delta='"model"'
    ),
    CHAT: chunk({"content": "model"}, logprobs=None),
}
ENDING: Mapping[Client, list[str]] = {
    MESSAGES: [
        sse("content_block_stop", index=0),
        sse(
            "message_delta",
            delta={"stop_reason": "end_turn", "stop_sequence": None, "container": None},
            usage={"output_tokens": 7},
            context_management={"applied_edits": []},
        ),
        sse("message_stop"),
    ],
    RESPONSES: [
        sse("response.output_item.done", output_index=0, item={**_MESSAGE, "content": [_TEXT]}),
        sse(
            "response.completed",
            response={"id": "r", "model": MODEL, "usage": {"input_tokens": 3, "output_tokens": 7}},
        ),
    ],
    CHAT: [
        chunk({}, "stop"),
        chunk(usage={"prompt_tokens": 3, "completion_tokens": 7}),
        "data: [DONE]",
    ],
}
_NAMELESS = [
    ": OPENROUTER PROCESSING",
    ":",
    'event: ping\ndata: {"type": "ping"}',
    "id: 7\nretry: 3000",
    "event: empty",
    'data: {"type":"something.else",\ndata: "lines":2}',
    "x-unknown-field: 1\ndata",
]
_NAMING = [
    'event: brand_new\ndata: {"type":"brand_new","model":"no","deep":{"model":"no"}}',
    'event: unread\ndata: {"model": "no", broken',
]
"""Not for Chat, whose events have no names: there an object with a model is one of its chunks."""


@st.composite
def streams(draw: st.DrawFn, client: Client) -> str:
    """A whole answer."""
    noise = st.lists(st.sampled_from(_NAMELESS if client is CHAT else _NAMELESS + _NAMING), max_size=2)
    blocks = [*BEGINNING[client]]
    for _ in range(draw(st.integers(1, 4))):
        blocks += [*draw(noise), MIDDLE[client]]
    blocks += ENDING[client]
    lead = draw(st.sampled_from(["", ": hello\n\n", "\ufeff", "\n"]))
    line = draw(st.sampled_from(["\n", "\r\n"]))
    end = line * draw(st.integers(2, 3))
    return lead + "".join(block.replace("\n", line) + end for block in blocks)
