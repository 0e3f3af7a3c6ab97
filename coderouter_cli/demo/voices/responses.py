"""OpenAI Responses, as OpenAI and DeepSeek speak it.

Events and fields: the types of the openai 3.54.0 SDK. There is no ``[DONE]``. OpenAI shows reasoning as a
summary, if one was asked for, and seals it in ``encrypted_content``; DeepSeek sends it as it is, in
``content`` (https://api-docs.deepseek.com/guides/responses_api). OpenAI also seals the arguments that a
tool's schema calls ``encrypted``, and answers a ``compaction_trigger`` with one sealed item.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, zip_longest

from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.script import (
    Call,
    HttpError,
    Piece,
    ProviderName,
    Refuse,
    Reply,
    Say,
    StreamError,
    Think,
)
from coderouter_cli.demo.voices.base import Context, argument_text, event, openai_error, slices, spend
from coderouter_cli.domain.conversation import JsonObject

_KINDS = {401: "invalid_request_error", 429: "requests", 500: "server_error", 503: "server_error"}
_INCOMPLETE = {
    "max_tokens": "max_output_tokens",
    "model_context_window_exceeded": "max_output_tokens",
    "refusal": "content_filter",
}
_ECHOED = ("instructions", "max_output_tokens", "metadata", "prompt_cache_key", "reasoning", "text", "user")

Event = tuple[str, JsonObject]
"""An event's type and its fields, before it gets its sequence number."""


class ResponsesVoice:
    """The Responses format."""

    def whole(self, reply: Reply, context: Context) -> bytes:
        """A finished response object."""
        items = _items(reply, context)
        return dump(_response(reply, context, _status(reply), items))

    def events(self, reply: Reply, context: Context) -> list[bytes]:
        """From ``response.created`` to the terminal event, numbered."""
        opening = _response(reply, context, "in_progress", [])
        items = _items(reply, context)
        ending = _response(reply, context, _status(reply), items)
        found: list[Event] = [
            ("response.created", {"response": opening}),
            ("response.in_progress", {"response": opening}),
            *_item_events(reply, items, context),
            (f"response.{_status(reply)}", {"response": ending}),
        ]
        return [_framed(name, fields, number) for number, (name, fields) in enumerate(found)]

    def error(self, error: HttpError, provider: ProviderName, request_id: str) -> bytes:
        """The error object."""
        del request_id
        return openai_error(error, _KINDS.get(error.status, "invalid_request_error"), provider)

    def stream_error(self, fault: StreamError, sequence: int) -> bytes:
        """The ``error`` event."""
        fields: JsonObject = {"code": fault.kind, "message": fault.message, "param": None}
        return _framed("error", fields, sequence)


def _framed(name: str, fields: JsonObject, number: int) -> bytes:
    return event(name, {"type": name, "sequence_number": number, **fields})


def _status(reply: Reply) -> str:
    worded = any(isinstance(piece, Refuse) for piece in reply.pieces)
    return "incomplete" if reply.reason in _INCOMPLETE and not worded else "completed"


def _response(reply: Reply, context: Context, status: str, items: list[JsonObject]) -> JsonObject:
    body = context.body
    over = status != "in_progress"
    reason = {"reason": _INCOMPLETE[reply.reason]} if status == "incomplete" else None
    return {
        "id": context.new_id("resp_", length=48),
        "object": "response",
        "created_at": context.created,
        "status": status,
        "background": False,
        "completed_at": context.created if status == "completed" else None,
        "error": None,
        "incomplete_details": reason,
        "model": context.model,
        "output": items,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "service_tier": (reply.service_tier or "default") if over else (body.get("service_tier") or "auto"),
        "store": body.get("store", True),
        "temperature": 1.0,
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": [_normal_tool(tool) for tool in body.get("tools") or ()],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(reply, context) if over and reply.usage else None,
        **{name: body.get(name) for name in _ECHOED},
    }


def _normal_tool(tool: JsonObject) -> JsonObject:
    """A function tool as Responses understands it: strict unless it says otherwise."""
    return {"strict": True, **tool} if tool.get("type") == "function" else tool


def _usage(reply: Reply, context: Context) -> JsonObject:
    """Input includes what was cached, unlike Anthropic's. DeepSeek has no cache writes to report."""
    spent = spend(reply, context.counted)
    details = {"cached_tokens": spent.read}
    if context.provider == "openai":
        details["cache_write_tokens"] = spent.write
    return {
        "input_tokens": spent.prompt,
        "input_tokens_details": details,
        "output_tokens": spent.output,
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
        "total_tokens": spent.prompt + spent.output,
    }


def _items(reply: Reply, context: Context) -> list[JsonObject]:
    asked = context.body.get("input")
    last = asked[-1] if isinstance(asked, list) and asked else {}
    if context.provider == "openai" and last.get("type") == "compaction_trigger":
        return [_compaction_item(reply, context)]
    return [_item(i, piece, reply, context) for i, piece in enumerate(reply.pieces)]


def _compaction_item(reply: Reply, context: Context) -> JsonObject:
    """A summary that only OpenAI can read; Codex wants exactly one (measured with 0.169.0)."""
    text = "".join(piece.text for piece in reply.pieces if isinstance(piece, Say))
    name = context.new_id("cmp_", length=48)
    return {"id": name, "type": "compaction", "encrypted_content": context.sign(text)}


def _item(index: int, piece: Piece, reply: Reply, context: Context) -> JsonObject:
    if isinstance(piece, Think):
        return _reasoning_item(index, piece, context)
    if isinstance(piece, Call):
        return _call_item(index, piece, context)
    last = index == len(reply.pieces) - 1
    message: JsonObject = {
        "id": context.new_id("msg_", index, 48),
        "type": "message",
        "status": "incomplete" if last and _status(reply) == "incomplete" else "completed",
        "content": [_content(piece.text, refusal=isinstance(piece, Refuse))],
        "role": "assistant",
    }
    if context.provider == "openai":
        message["phase"] = "commentary" if reply.calls else "final_answer"
    return message


def _content(text: str, *, refusal: bool) -> JsonObject:
    if refusal:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _reasoning_item(index: int, piece: Think, context: Context) -> JsonObject:
    item: JsonObject = {"id": context.new_id("rs_", index, 48), "type": "reasoning", "summary": []}
    if context.provider == "deepseek":
        item["content"] = [{"type": "reasoning_text", "text": piece.text}]
        return item
    if _wants_summary(context):
        item["summary"] = [{"type": "summary_text", "text": piece.text}]
    if "reasoning.encrypted_content" in (context.body.get("include") or ()):
        item["encrypted_content"] = piece.signature or context.sign(piece.text)
    return item


def _wants_summary(context: Context) -> bool:
    reasoning = context.body.get("reasoning")
    return isinstance(reasoning, dict) and reasoning.get("summary") is not None


def _call_item(index: int, call: Call, context: Context) -> JsonObject:
    made = context.new_id("call_", index)
    item: JsonObject = {"status": "completed", "call_id": made if call.id is None else call.id}
    if _is_custom(call, context.body):
        item |= {"id": context.new_id("ctc_", index, 48), "type": "custom_tool_call", "name": call.name}
        item["input"] = argument_text(call)
    else:
        item |= {"id": context.new_id("fc_", index, 48), "type": "function_call", "name": call.name}
        item["arguments"] = argument_text(_sealed(call, context))
    if call.namespace:
        item["namespace"] = call.namespace
    return item


def _sealed(call: Call, context: Context) -> Call:
    """The call with its ``encrypted`` arguments sealed (https://github.com/openai/codex/pull/26210)."""
    if isinstance(call.arguments, str) or context.provider != "openai":
        return call
    tool = next((tool for tool in all_tools(context.body) if tool.get("name") == call.name), {})
    stated = (tool.get("parameters") or {}).get("properties") or {}
    sealed = {
        name: context.sign(value)
        for name, value in call.arguments.items()
        if isinstance(value, str) and (stated.get(name) or {}).get("encrypted") is True
    }
    return replace(call, arguments={**call.arguments, **sealed})


def _is_custom(call: Call, body: JsonObject) -> bool:
    return any(tool.get("type") == "custom" and tool.get("name") == call.name for tool in all_tools(body))


def all_tools(body: JsonObject) -> Iterator[JsonObject]:
    """Every tool of a request: the list's own, those inside namespaces, and those that are an input item."""
    items = body.get("input")
    extra = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    added = [item.get("tools") or () for item in extra if item.get("type") == "additional_tools"]
    for tool in chain(body.get("tools") or (), *added):
        if isinstance(tool, dict):
            yield tool
            yield from (inner for inner in tool.get("tools") or () if isinstance(inner, dict))


def _item_events(reply: Reply, items: list[JsonObject], context: Context) -> Iterator[Event]:
    """The items one after the other; with ``interleave``, the calls at the end go side by side."""
    sides: list[list[Event]] = []
    for index, item in enumerate(items):
        events = list(_one_item(index, item, reply, context))
        if reply.interleave and item["type"].endswith("_call"):
            sides.append(events)
        else:
            yield from events
    for row in zip_longest(*sides):
        yield from (found for found in row if found is not None)


def _one_item(index: int, item: JsonObject, reply: Reply, context: Context) -> Iterator[Event]:
    place: JsonObject = {"item_id": item["id"], "output_index": index}
    yield "response.output_item.added", {"output_index": index, "item": _skeleton(item)}
    if item["type"] == "reasoning":
        yield from _reasoning_events(place, item, reply)
    elif item["type"] == "message":
        yield from _part_events(place, item["content"][0], reply)
    elif item["type"].endswith("_call"):
        field = "input" if item["type"] == "custom_tool_call" else "arguments"
        name = f"response.{'custom_tool_call_input' if field == 'input' else 'function_call_arguments'}"
        for text in slices(item[field], reply.chunk):
            yield f"{name}.delta", {**place, "delta": text, **_obfuscation(context)}
        yield f"{name}.done", {**place, field: item[field]}
    yield "response.output_item.done", {"output_index": index, "item": item}


def _skeleton(item: JsonObject) -> JsonObject:
    empty: dict[str, JsonObject] = {
        "message": {"content": [], "status": "in_progress"},
        "function_call": {"arguments": "", "status": "in_progress"},
        "custom_tool_call": {"input": "", "status": "in_progress"},
        "reasoning": {"summary": []},
        "compaction": {},
    }
    return {key: value for key, value in item.items() if key != "content"} | empty[item["type"]]


def _reasoning_events(place: JsonObject, item: JsonObject, reply: Reply) -> Iterator[Event]:
    for part in item.get("content", ()):
        yield from _part_events(place, part, reply)
    for number, part in enumerate(item["summary"]):
        here = {**place, "summary_index": number}
        name = "response.reasoning_summary"
        yield f"{name}_part.added", {**here, "part": {"type": "summary_text", "text": ""}}
        for text in slices(part["text"], reply.chunk):
            yield f"{name}_text.delta", {**here, "delta": text}
        yield f"{name}_text.done", {**here, "text": part["text"]}
        yield f"{name}_part.done", {**here, "part": part}


def _part_events(place: JsonObject, part: JsonObject, reply: Reply) -> Iterator[Event]:
    kind = part["type"]
    field = "refusal" if kind == "refusal" else "text"
    name = f"response.{kind}"
    here = {**place, "content_index": 0}
    extra: JsonObject = {"logprobs": []} if kind == "output_text" else {}
    yield "response.content_part.added", {**here, "part": {**part, field: ""}}
    for text in slices(part[field], reply.chunk):
        yield f"{name}.delta", {**here, "delta": text, **extra}
    yield f"{name}.done", {**here, field: part[field], **extra}
    yield "response.content_part.done", {**here, "part": part}


def _obfuscation(context: Context) -> JsonObject:
    """Padding that hides the length of a delta, unless the client declined it."""
    options = context.body.get("stream_options")
    declined = isinstance(options, dict) and options.get("include_obfuscation") is False
    return {} if declined or context.provider != "openai" else {"obfuscation": "Zk3x9"}
