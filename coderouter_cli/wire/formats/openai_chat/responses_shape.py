"""Responses-shaped bodies on Chat's path.

Cursor's agent mode posts them to ``/chat/completions`` and expects Chat's answers
(https://github.com/gabrii/Cursor-Azure-GPT-5/issues/69). They are turned into Chat bodies here; tool
definitions keep their flat shape, which `tools` reads. Items that Chat has no place for are refused
when leaving them out would change the conversation, and left out when it would not.
"""

import itertools
from typing import Any

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    as_str,
    objects,
    opt_object,
    opt_str,
    path_to,
    req_list,
    req_str,
    wrong,
)

_NO_PLACE = frozenset(
    {
        "background",
        "client_metadata",
        "include",
        "instructions",
        "max_tool_calls",
        "previous_response_id",
        "text",
        "truncation",
    }
)
_ITEM_ONLY = frozenset({"type", "id", "status", "phase"})


def is_responses_shaped(body: JsonObject) -> bool:
    """Whether a body on Chat's path has Responses' ``input`` and no ``messages``."""
    return not body.get("messages") and body.get("input") is not None


def as_chat_body(body: JsonObject) -> JsonObject:
    """The body in Chat's shape; the body itself when it has it.

    Raises:
        BadRequestError: ``input`` cannot be read, or the rest of the conversation is kept elsewhere.
    """
    if not is_responses_shaped(body):
        return body
    if body.get("previous_response_id") is not None:
        raise BadRequestError(
            "`previous_response_id` refers to a conversation that is kept elsewhere.",
            next_step="Send the whole conversation.",
        )
    items = _items(body)
    out: JsonObject = {}
    for key, value in body.items():
        if key == "input":
            out["messages"] = [*_instructions(body), *_messages(items)]
        elif key == "max_output_tokens":
            out["max_completion_tokens"] = value
        elif key == "reasoning":
            out["reasoning_effort"] = opt_str(opt_object(body, "reasoning") or {}, "effort", "reasoning")
        elif key not in _NO_PLACE and key != "messages":
            out[key] = value
    return {**out, **_tools(body, items), **_response_format(body)}


def _items(body: JsonObject) -> list[JsonObject]:
    value: Any = body["input"]
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if not isinstance(value, list):
        raise wrong("input", "a string or a list")
    return objects(value, "input")


def _instructions(body: JsonObject) -> list[JsonObject]:
    text = opt_str(body, "instructions")
    return [{"role": "system", "content": text}] if text else []


def _tools(body: JsonObject, items: list[JsonObject]) -> JsonObject:
    """The tools of the body and of its ``additional_tools`` items."""
    added = [
        tool
        for index, item in enumerate(items)
        if item.get("type") == "additional_tools"
        for tool in req_list(item, "tools", path_to("input", index))
    ]
    return {"tools": [*as_list(body.get("tools")), *added]} if added else {}


def _response_format(body: JsonObject) -> JsonObject:
    wanted = opt_object(opt_object(body, "text") or {}, "format", "text")
    if wanted is None or wanted.get("type") in (None, "text"):
        return {}
    if wanted["type"] != "json_schema":
        return {"response_format": wanted}
    described = {key: value for key, value in wanted.items() if key != "type"}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _messages(items: list[JsonObject]) -> list[JsonObject]:
    """Items as messages; what the model said in one go is one message, as Chat has it."""
    read = (_message(item, path_to("input", index)) for index, item in enumerate(items))
    messages: list[JsonObject] = []
    for role, group in itertools.groupby(filter(None, read), key=lambda message: message.get("role")):
        turn = list(group)
        messages += [_together(turn)] if role == "assistant" else turn
    return messages


def _together(turn: list[JsonObject]) -> JsonObject:
    """The messages of one turn as one; of a field that several have, the first counts."""
    out: JsonObject = {}
    for message in reversed(turn):
        out |= message
    for key in ("content", "tool_calls"):
        said = [value for message in turn if (value := message.get(key))]
        if said:
            out[key] = said[0] if len(said) == 1 else [part for value in said for part in _as_parts(value)]
    return out


def _as_parts(value: Any) -> list[Any]:
    return [{"type": "text", "text": value}] if isinstance(value, str) else as_list(value)


def _content(value: Any) -> Any:
    """Content in Chat's names; what is no list of parts is left for the reader of messages to judge."""
    return (
        [_part(part) if isinstance(part, dict) else part for part in value]
        if isinstance(value, list)
        else value
    )


def _part(part: JsonObject) -> JsonObject:
    kind = part.get("type")
    if kind in ("input_text", "output_text"):
        return {"type": "text", "text": part.get("text")}
    if kind == "input_image" and isinstance(part.get("image_url"), str):
        image = {"url": part["image_url"]}
        detail = {"detail": part["detail"]} if isinstance(part.get("detail"), str) else {}
        return {"type": "image_url", "image_url": {**image, **detail}}
    if kind == "input_file":
        return {"type": "file", "file": {key: value for key, value in part.items() if key != "type"}}
    return part


def _message(item: JsonObject, at: str) -> JsonObject | None:
    kind = opt_str(item, "type", at) or "message"
    if kind == "message":
        req_str(item, "role", at)
        kept = {key: value for key, value in item.items() if key not in _ITEM_ONLY}
        return {**kept, "content": _content(item.get("content"))}
    if kind == "function_call":
        function = {"name": req_str(item, "name", at), "arguments": opt_str(item, "arguments", at) or ""}
        return _calling(item, at, {"type": "function", "function": function})
    if kind == "custom_tool_call":
        custom = {"name": req_str(item, "name", at), "input": req_str(item, "input", at)}
        return _calling(item, at, {"type": "custom", "custom": custom})
    if kind in ("function_call_output", "custom_tool_call_output"):
        return {
            "role": "tool",
            "tool_call_id": req_str(item, "call_id", at),
            "content": _content(item.get("output")),
        }
    if kind == "reasoning":
        return _thinking(item)
    if kind == "item_reference":
        raise BadRequestError(f"`{at}` refers to an item that is kept elsewhere.", next_step="Send the item.")
    return None


def _calling(item: JsonObject, at: str, call: JsonObject) -> JsonObject:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": req_str(item, "call_id", at), **call}],
    }


def _thinking(item: JsonObject) -> JsonObject | None:
    texts = [
        as_str(as_object(part).get("text"))
        for key in ("summary", "content")
        for part in as_list(item.get(key))
    ]
    text = "\n\n".join(text for text in texts if text)
    return {"role": "assistant", "reasoning_content": text} if text else None
