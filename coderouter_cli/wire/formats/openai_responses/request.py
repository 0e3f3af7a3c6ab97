"""A client's Responses request as a conversation."""

from collections.abc import Iterable
from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Message,
    Text,
    Tool,
    ToolChoice,
)
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.effort import OFF
from coderouter_cli.wire.formats.openai_responses.compaction import TRIGGER
from coderouter_cli.wire.formats.openai_responses.items import parse_items
from coderouter_cli.wire.formats.openai_responses.tools import distinct, parse_choice, parse_tools
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    opt_bool,
    opt_float,
    opt_int,
    opt_list,
    opt_object,
    opt_str,
    req_str,
    wrong,
)

_CARRIED = frozenset(
    {
        "input",
        "instructions",
        "max_output_tokens",
        "model",
        "parallel_tool_calls",
        "prompt_cache_key",
        "reasoning",
        "service_tier",
        "stream",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_p",
        "user",
    }
)

_LOGPROBS = "message.output_text.logprobs"


def parse(body: JsonObject) -> Conversation:
    """Read a request.

    ``dropped`` names every other field that is set, such as ``previous_response_id``: a conversation
    that lives at OpenAI can be continued there only.

    Raises:
        BadRequestError: the body is not a Responses request; the message names the field.
    """
    messages, added = _input(body)
    choice, allowed = parse_choice(body)
    schema, schema_name = _output(body)
    reasoning = opt_object(_updated(body, "reasoning"), "reasoning") or {}
    effort = opt_str(reasoning, "effort", "reasoning")
    compact = wants_compaction(body)
    instructions = opt_str(body, "instructions")
    return Conversation(
        format=FormatName.OPENAI_RESPONSES,
        model=req_str(body, "model"),
        messages=messages,
        system=(Text(instructions),) if instructions else (),
        tools=_allowed(distinct((*parse_tools(opt_list(body, "tools") or [], "tools"), *added)), allowed),
        tool_choice=ToolChoice("none") if compact else choice,
        parallel_tool_calls=opt_bool(body, "parallel_tool_calls"),
        max_output=opt_int(body, "max_output_tokens"),
        temperature=opt_float(body, "temperature"),
        top_p=opt_float(body, "top_p"),
        effort=effort,
        thinking=None if effort is None else effort != OFF,
        output_schema=schema,
        output_name=schema_name,
        stream=opt_bool(body, "stream") or False,
        session_hint=opt_str(body, "prompt_cache_key") or opt_str(body, "user"),
        service_tier=opt_str(body, "service_tier"),
        dropped=_dropped(body),
        compact=compact,
    )


def wants_compaction(body: JsonObject) -> bool:
    """Whether the input asks for nothing but a ``compaction`` item (see `compaction`)."""
    return any(as_object(item).get("type") == TRIGGER for item in as_list(body.get("input")))


def _dropped(body: JsonObject) -> tuple[str, ...]:
    names = [key for key, value in body.items() if key not in _CARRIED and value is not None]
    if _LOGPROBS in as_list(body.get("include")):
        names.append("include.logprobs")
    if body.get("background") is True:
        names.append("background.on")
    return tuple(names)


def _updated(body: JsonObject, field: str) -> JsonObject:
    """The body, or the newest ``configuration_update`` item that sets the field anew."""
    items = map(as_object, reversed(as_list(body.get("input"))))
    updates = (item for item in items if item.get("type") == "configuration_update")
    return next((item for item in updates if item.get(field) is not None), body)


def _input(body: JsonObject) -> tuple[tuple[Message, ...], tuple[Tool, ...]]:
    value: Any = body.get("input")
    if isinstance(value, str):
        return (Message("user", (Text(value),)),), ()
    if isinstance(value, list):
        return parse_items(value, "input")
    if value is None:
        raise BadRequestError("`input` is required.")
    raise wrong("input", "a string or a list")


def _allowed(tools: Iterable[Tool], names: frozenset[str] | None) -> tuple[Tool, ...]:
    """The tools the client's choice allows: no other format can offer a tool and forbid it."""
    return tuple(tool for tool in tools if names is None or tool.name in names)


def _output(body: JsonObject) -> tuple[JsonObject | None, str | None]:
    """Schema and name of the answer's format; "any JSON object" is a schema too."""
    text = opt_object(_updated(body, "text"), "text") or {}
    wanted = opt_object(text, "format", "text") or {}
    kind = opt_str(wanted, "type", "text.format")
    if kind == "json_schema":
        return opt_object(wanted, "schema", "text.format") or {}, opt_str(wanted, "name", "text.format")
    return ({"type": "object"} if kind == "json_object" else None), None
