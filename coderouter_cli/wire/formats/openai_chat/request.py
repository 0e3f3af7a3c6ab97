"""A client's Chat request as a conversation."""

from typing import Any

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.effort import OFF
from coderouter_cli.wire.formats.openai_chat.messages import parse_messages
from coderouter_cli.wire.formats.openai_chat.responses_shape import as_chat_body
from coderouter_cli.wire.formats.openai_chat.tools import WEB_SEARCH, parse_choice, parse_tools
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    as_str,
    opt_bool,
    opt_float,
    opt_int,
    opt_list,
    opt_object,
    opt_str,
    req_list,
    req_str,
    wrong,
)

_CARRIED = frozenset(
    {
        "function_call",
        "functions",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "n",
        "parallel_tool_calls",
        "prompt_cache_key",
        "reasoning",
        "reasoning_effort",
        "response_format",
        "service_tier",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_p",
        "user",
        WEB_SEARCH,
    }
)


def parse(body: JsonObject) -> Conversation:
    """Read a request; a Responses-shaped one on this path too (see `responses_shape`).

    ``dropped`` names every other field that is set (``logprobs``, ``modalities``, ``seed``).

    Raises:
        BadRequestError: the body is not a Chat request, or asks for several answers; the message
            names the field.
    """
    body = as_chat_body(body)
    _refuse_many(body)
    tools = parse_tools(body)
    system, messages = parse_messages(_messages(body), tools)
    choice, allowed = parse_choice(body)
    schema, schema_name = _output(body)
    effort, thinking = asked_thinking(body)
    return Conversation(
        format=FormatName.OPENAI_CHAT,
        model=req_str(body, "model"),
        messages=messages,
        system=system,
        tools=tuple(tool for tool in tools if allowed is None or tool.name in allowed),
        tool_choice=choice,
        parallel_tool_calls=_parallel(body),
        max_output=_max_output(body),
        temperature=opt_float(body, "temperature"),
        top_p=opt_float(body, "top_p"),
        stop=_stop(body),
        effort=effort,
        thinking=thinking,
        output_schema=schema,
        output_name=schema_name,
        stream=opt_bool(body, "stream") or False,
        include_usage=asks_for_usage(body),
        session_hint=opt_str(body, "prompt_cache_key") or opt_str(body, "user"),
        service_tier=opt_str(body, "service_tier"),
        dropped=_dropped(body),
    )


def _dropped(body: JsonObject) -> tuple[str, ...]:
    names = [key for key, value in body.items() if key not in _CARRIED and value is not None]
    if body.get("logprobs") is True:
        names.append("logprobs.on")
    if "audio" in as_list(body.get("modalities")):
        names.append("modalities.audio")
    if body.get("logit_bias"):
        names.append("logit_bias.set")
    if len(_speakers(body)) > 1:
        names.append("messages.names")
    return tuple(names)


def _speakers(body: JsonObject) -> frozenset[str]:
    """The names that messages of people carry; one name alone tells nobody apart."""
    said = (as_object(message) for message in as_list(body.get("messages")))
    people = (message for message in said if message.get("role") != "function")
    return frozenset(as_str(message.get("name")) for message in people) - {""}


def asks_for_usage(body: JsonObject) -> bool:
    """Whether the client asked for a usage chunk in its stream."""
    options = opt_object(body, "stream_options") or {}
    return opt_bool(options, "include_usage", "stream_options") or False


def _messages(body: JsonObject) -> list[Any]:
    values = req_list(body, "messages")
    if not values:
        raise BadRequestError("`messages` is empty.")
    return values


def _refuse_many(body: JsonObject) -> None:
    if (opt_int(body, "n") or 1) > 1:
        raise BadRequestError("`n` must be 1.", means="CodeRouter asks for one answer at a time.")


def _max_output(body: JsonObject) -> int | None:
    limit = opt_int(body, "max_completion_tokens")
    return opt_int(body, "max_tokens") if limit is None else limit


def _parallel(body: JsonObject) -> bool | None:
    """The old ``function_call`` has room for one call only."""
    return False if body.get("functions") else opt_bool(body, "parallel_tool_calls")


def _stop(body: JsonObject) -> tuple[str, ...]:
    value = body.get("stop")
    if isinstance(value, str):
        return (value,)
    values = opt_list(body, "stop") or []
    if not all(isinstance(word, str) for word in values):
        raise wrong("stop", "a string or a list of strings")
    return tuple(values)


def asked_thinking(body: JsonObject) -> tuple[str | None, bool | None]:
    """The effort, and whether to think at all.

    The effort is OpenAI's field or OpenRouter's ``reasoning.effort``, which Cursor sends too; DeepSeek's
    ``thinking`` is a switch, and without it the effort says.
    """
    effort = opt_str(body, "reasoning_effort")
    if effort is None:
        effort = opt_str(opt_object(body, "reasoning") or {}, "effort", "reasoning")
    switch = opt_str(opt_object(body, "thinking") or {}, "type", "thinking")
    if switch is not None:
        return effort, switch != "disabled"
    return effort, None if effort is None else effort != OFF


def _output(body: JsonObject) -> tuple[JsonObject | None, str | None]:
    """Schema and name of the answer's format; "any JSON object" is a schema too."""
    wanted = opt_object(body, "response_format") or {}
    kind = opt_str(wanted, "type", "response_format")
    if kind == "json_object":
        return {"type": "object"}, None
    if kind != "json_schema":
        return None, None
    described = opt_object(wanted, "json_schema", "response_format") or {}
    at = "response_format.json_schema"
    return opt_object(described, "schema", at) or {}, opt_str(described, "name", at)
