"""A response's output items: to parts, and from parts."""

import hashlib
from collections.abc import Iterable

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Maker,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.wire.envelope import opened, wrap
from coderouter_cli.wire.formats.openai_responses.calls import CALL_TYPES, whole_calls
from coderouter_cli.wire.formats.openai_responses.clienttools import CLIENT_CALL_OF, client_item
from coderouter_cli.wire.formats.openai_responses.compaction import compaction_item
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.toolids import minted_id
from coderouter_cli.wire.toolnames import ToolNames
from coderouter_cli.wire.vendorneeds import COMPACTIONS

_FORMAT = FormatName.OPENAI_RESPONSES
GAP = "\n\n"
"""Between the parts of a reasoning text."""
_PREFIX = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "tool_search_call": "tsc",
    "local_shell_call": "lsh",
    "shell_call": "sh",
    "apply_patch_call": "apc",
    "compaction": "cmp",
}


def parts_of(item: JsonObject, index: int, names: ToolNames, seed: str) -> list[Part]:
    """A finished item's parts. ``index`` and ``seed`` make ids for calls that came without one."""
    kind = as_str(item.get("type"))
    if kind == "message":
        return [part for content in as_list(item.get("content")) if (part := _content(as_object(content)))]
    if kind == "reasoning":
        opaque = carrier(item, _texts(as_list(item.get("summary"))))
        return [Reasoning(reasoning_text(item), opaque, as_str(item.get("id")) or None)]
    if kind in CALL_TYPES:
        return list(whole_calls(item, names, minted_id(seed, index)))
    return [Unknown(_FORMAT, kind, item)]


def _content(content: JsonObject) -> Part | None:
    if content.get("type") == "refusal":
        return Refusal(as_str(content.get("refusal")))
    text = content.get("text")
    return Text(text) if isinstance(text, str) else None


def reasoning_text(item: JsonObject) -> str:
    """Summary and open reasoning, blank lines between their parts."""
    return GAP.join(_texts([*as_list(item.get("summary")), *as_list(item.get("content"))]))


def _texts(parts: list[object]) -> list[str]:
    return [text for part in parts if (text := as_str(as_object(part).get("text")))]


def carrier(item: JsonObject, texts: Iterable[str]) -> Opaque | None:
    """The encrypted reasoning of an item; ``texts`` are the parts of its summary.

    A provider that shows its reasoning in the open (DeepSeek) needs none back, and its own blob makes
    OpenAI refuse the whole history later, so it never reaches the client.
    """
    data = item.get("encrypted_content")
    if not isinstance(data, str) or not data or as_list(item.get("content")):
        return None
    lengths = tuple(map(len, texts))
    return Opaque(_FORMAT, "encrypted", data, cuts=lengths if len(lengths) > 1 else ())


def reasoning_of(item: JsonObject) -> Reasoning:
    """The reasoning of an item in a client's history, whatever carrier stands in it."""
    data = as_str(item.get("encrypted_content"))
    opaque = Opaque(_FORMAT, "encrypted", data) if data else None
    return opened(Reasoning(reasoning_text(item), opaque))


def item_type(part: Part) -> str | None:
    """The type of the item that a part becomes; None when the format has none for it."""
    if isinstance(part, Text | Refusal):
        return "message"
    if isinstance(part, Reasoning):
        return "reasoning"
    if isinstance(part, ToolCall):
        return _call_type(part)
    return part.kind if isinstance(part, Unknown) and part.origin is _FORMAT else None


def _call_type(call: ToolCall) -> str:
    if call.kind is ToolKind.CLIENT:
        return CLIENT_CALL_OF.get(call.name, "function_call")
    return "custom_tool_call" if call.kind is ToolKind.CUSTOM else "function_call"


def item_id(kind: str, response_id: str, index: int) -> str:
    """An item's id; the same for the same answer and place."""
    digest = hashlib.sha256(f"{response_id}:{index}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_PREFIX.get(kind, 'item')}_{digest[:32]}"


def compacted(parts: Iterable[Part], response_id: str) -> JsonObject | None:
    """The one item of an answer to a ``compaction_trigger``: the provider's own, or the summary it wrote;
    None when it wrote none. Codex gives the turn up unless there is exactly one (measured, 0.169.0)."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Unknown) and part.origin is _FORMAT and part.kind in COMPACTIONS:
            return part.value
        texts += [part.text] if isinstance(part, Text) else []
    summary = "\n\n".join(texts).strip()
    return compaction_item(summary, item_id("compaction", response_id, 0)) if summary else None


def content_of(part: Text | Refusal, text: str) -> JsonObject:
    """A message's one content part."""
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def message_item(part: Text | Refusal, identity: str, status: str) -> JsonObject:
    """A message; its content is empty until it is completed."""
    content = [] if status == "in_progress" else [content_of(part, part.text)]
    return {"id": identity, "type": "message", "status": status, "role": "assistant", "content": content}


def reasoning_item(part: Reasoning, identity: str, maker: Maker | None) -> JsonObject:
    """Reasoning as a summary, with what only its ``maker`` can read in an envelope.

    Without a maker the format's own encrypted reasoning goes out as it is.
    """
    return {
        "id": identity,
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": part.text}] if part.text else [],
        "encrypted_content": _bare(part.opaque) if maker is None else wrap(part, maker),
    }


def _bare(opaque: Opaque | None) -> str | None:
    own = opaque is not None and opaque.origin is _FORMAT and opaque.kind == "encrypted"
    return opaque.data if opaque is not None and own else None


def call_item(part: ToolCall, identity: str, status: str) -> JsonObject:
    """A call in the client's terms: bare name, namespace beside it, raw text for a custom tool."""
    kind = _call_type(part)
    if kind not in CALL_TYPES:
        return client_item(part, identity, status)
    item: JsonObject = {
        "id": identity,
        "type": kind,
        "status": status,
        CALL_TYPES[kind]: part.arguments,
        "call_id": part.id,
        "name": part.name,
    }
    return item if part.namespace is None else {**item, "namespace": part.namespace}


def output_item(part: Part, identity: str, maker: Maker | None) -> JsonObject | None:
    """The finished item of a part; None when the format has none for it."""
    if isinstance(part, Text | Refusal):
        return message_item(part, identity, "completed")
    if isinstance(part, Reasoning):
        return reasoning_item(part, identity, maker)
    if isinstance(part, ToolCall):
        return call_item(part, identity, "completed")
    return part.value if isinstance(part, Unknown) and part.origin is _FORMAT else None
