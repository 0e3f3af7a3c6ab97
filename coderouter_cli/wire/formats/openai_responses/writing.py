"""The events of one output item on its way to a client.

Each writer gives events as (type, fields) pairs; the encoder adds what all events have.
"""

from coderouter_cli.domain.conversation import (
    JsonObject,
    Maker,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
)
from coderouter_cli.wire.formats.openai_responses.calls import CALL_TYPES
from coderouter_cli.wire.formats.openai_responses.outputs import (
    call_item,
    content_of,
    item_type,
    message_item,
    output_item,
    reasoning_item,
)

Wire = list[tuple[str, JsonObject]]
ADDED = "response.output_item.added"
DONE = "response.output_item.done"


class MessageWriter:
    """A message with one content part: text or a refusal."""

    def __init__(self, part: Text | Refusal, identity: str) -> None:
        self._skeleton = part
        self._family = "response.refusal" if isinstance(part, Refusal) else "response.output_text"
        self._place: JsonObject = {"item_id": identity, "content_index": 0}
        self._extra: JsonObject = {} if isinstance(part, Refusal) else {"logprobs": []}
        self._id = identity

    def begin(self) -> Wire:
        part = content_of(self._skeleton, "")
        return [
            (ADDED, {"item": message_item(self._skeleton, self._id, "in_progress")}),
            ("response.content_part.added", {**self._place, "part": part}),
        ]

    def delta(self, text: str) -> Wire:
        return [(f"{self._family}.delta", {**self._place, "delta": text, **self._extra})]

    def end(self, part: Part) -> Wire:
        whole = part if isinstance(part, Text | Refusal) else self._skeleton
        key = "refusal" if isinstance(whole, Refusal) else "text"
        return [
            (f"{self._family}.done", {**self._place, key: whole.text, **self._extra}),
            ("response.content_part.done", {**self._place, "part": content_of(whole, whole.text)}),
            (DONE, {"item": message_item(whole, self._id, "completed")}),
        ]


class ReasoningWriter:
    """Reasoning as one summary part, which begins with its first text."""

    def __init__(self, part: Reasoning, identity: str, maker: Maker | None) -> None:
        self._skeleton = part
        self._id = identity
        self._maker = maker
        self._place: JsonObject = {"item_id": identity, "summary_index": 0}
        self._open = False

    def begin(self) -> Wire:
        return [(ADDED, {"item": reasoning_item(Reasoning(""), self._id, None)})]

    def delta(self, text: str) -> Wire:
        wire: Wire = [("response.reasoning_summary_text.delta", {**self._place, "delta": text})]
        if not self._open:
            self._open = True
            part = {"type": "summary_text", "text": ""}
            wire.insert(0, ("response.reasoning_summary_part.added", {**self._place, "part": part}))
        return wire

    def end(self, part: Part) -> Wire:
        whole = part if isinstance(part, Reasoning) else self._skeleton
        wire: Wire = []
        if self._open:
            summary = {"type": "summary_text", "text": whole.text}
            wire.append(("response.reasoning_summary_text.done", {**self._place, "text": whole.text}))
            wire.append(("response.reasoning_summary_part.done", {**self._place, "part": summary}))
        wire.append((DONE, {"item": reasoning_item(whole, self._id, self._maker)}))
        return wire


class CallWriter:
    """A call of a function or of a custom tool."""

    def __init__(self, part: ToolCall, identity: str) -> None:
        custom = part.kind is ToolKind.CUSTOM
        self._skeleton = part
        self._id = identity
        self._key = "input" if custom else "arguments"
        self._family = f"response.{'custom_tool_call_input' if custom else 'function_call_arguments'}"

    def begin(self) -> Wire:
        return [(ADDED, {"item": call_item(self._skeleton, self._id, "in_progress")})]

    def delta(self, text: str) -> Wire:
        return [(f"{self._family}.delta", {"item_id": self._id, "delta": text})]

    def end(self, part: Part) -> Wire:
        whole = part if isinstance(part, ToolCall) else self._skeleton
        return [
            (f"{self._family}.done", {"item_id": self._id, self._key: whole.arguments}),
            (DONE, {"item": call_item(whole, self._id, "completed")}),
        ]


class WholeCallWriter:
    """A call of a tool that has an item type of its own, whole: such an item does not grow."""

    def __init__(self, part: ToolCall, identity: str) -> None:
        self._skeleton = part
        self._id = identity

    def begin(self) -> Wire:
        return []

    def delta(self, _: str) -> Wire:
        return []

    def end(self, part: Part) -> Wire:
        whole = part if isinstance(part, ToolCall) else self._skeleton
        begun = {"item": call_item(whole, self._id, "in_progress")}
        return [(ADDED, begun), (DONE, {"item": call_item(whole, self._id, "completed")})]


class OpaqueWriter:
    """An item of this format that only its client knows."""

    def __init__(self, part: Part, identity: str) -> None:
        self._item = output_item(part, identity, None)

    def begin(self) -> Wire:
        return [(ADDED, {"item": self._item})]

    def delta(self, _: str) -> Wire:
        return []

    def end(self, _: Part) -> Wire:
        return [(DONE, {"item": self._item})]


Writer = MessageWriter | ReasoningWriter | CallWriter | WholeCallWriter | OpaqueWriter


def writer_for(part: Part, identity: str, maker: Maker | None) -> Writer:
    """The writer of a part's item; the part has one (see `outputs.item_type`)."""
    if isinstance(part, Text | Refusal):
        return MessageWriter(part, identity)
    if isinstance(part, Reasoning):
        return ReasoningWriter(part, identity, maker)
    if isinstance(part, ToolCall):
        grows = item_type(part) in CALL_TYPES
        return CallWriter(part, identity) if grows else WholeCallWriter(part, identity)
    return OpaqueWriter(part, identity)
