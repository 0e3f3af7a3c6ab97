"""A client's Messages request as a conversation."""

from typing import Any, Literal

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Message
from coderouter_cli.wire.formats.anthropic_messages.blocks import parse_content, parse_texts
from coderouter_cli.wire.formats.anthropic_messages.tools import parse_choice, parse_tools
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    as_str,
    objects,
    opt_bool,
    opt_float,
    opt_int,
    opt_list,
    opt_object,
    opt_str,
    path_to,
    req_list,
    req_str,
    wrong,
)

_ROLES: dict[str, Literal["user", "assistant", "system"]] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}
_CARRIED = frozenset(
    [
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "max_tokens",
        "temperature",
        "top_p",
        "stop_sequences",
        "thinking",
        "output_config",
        "metadata",
        "service_tier",
        "safeguards",
        "stream",
    ]
)


def parse(body: JsonObject) -> Conversation:
    """Read a request. ``max_tokens`` may be missing: a request to count tokens has none.

    Raises:
        BadRequestError: the body is not a request of this format.
    """
    choice, parallel = parse_choice(body)
    config = opt_object(body, "output_config") or {}
    messages = objects(req_list(body, "messages"), "messages")
    return Conversation(
        format=FormatName.ANTHROPIC_MESSAGES,
        model=req_str(body, "model"),
        messages=_messages(messages),
        system=parse_texts(body.get("system"), "system"),
        tools=parse_tools(body),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        max_output=opt_int(body, "max_tokens"),
        temperature=opt_float(body, "temperature"),
        top_p=opt_float(body, "top_p"),
        stop=_stops(body),
        effort=turn_effort(messages) or opt_str(config, "effort", "output_config"),
        thinking=_thinking(body),
        output_schema=_schema(config),
        stream=opt_bool(body, "stream") or False,
        session_hint=as_str((opt_object(body, "metadata") or {}).get("user_id")) or None,
        service_tier=opt_str(body, "service_tier"),
        safeguards=bool(body.get("safeguards")),
        dropped=_dropped(body),
    )


def _dropped(body: JsonObject) -> tuple[str, ...]:
    names = [key for key, value in body.items() if key not in _CARRIED and not _says_nothing(key, value)]
    edits = map(as_object, as_list(as_object(body.get("context_management")).get("edits")))
    if any(as_str(edit.get("type")).startswith("compact") for edit in edits):
        names.append("context_management.compact")
    return tuple(names)


def _says_nothing(field: str, value: Any) -> bool:
    """Whether a field is as good as absent; a prompt may be read anywhere unless a region is named."""
    return value is None or (field == "inference_geo" and value in ("global", "not_available"))


def _messages(messages: list[JsonObject]) -> tuple[Message, ...]:
    read = (_message(message, path_to("messages", index)) for index, message in enumerate(messages))
    return tuple(message for message in read if message is not None)


def _message(message: JsonObject, at: str) -> Message | None:
    """One message; None for a system message that only changes settings."""
    role = req_str(message, "role", at)
    if role not in _ROLES:
        raise wrong(path_to(at, "role"), "user, assistant or system")
    if role == "system" and message.get("content") is None:
        return None
    parts = parse_content(message, at)
    return Message(_ROLES[role], parts) if parts else None


def turn_effort(messages: list[JsonObject]) -> str | None:
    """What the newest system message sets for the turns behind it (beta per-turn-control-2026-07-01)."""
    settings = (m.get("output_config") for m in reversed(messages) if m.get("role") == "system")
    efforts = (as_object(setting).get("effort") for setting in settings)
    return next((effort for effort in efforts if isinstance(effort, str)), None)


def _thinking(body: JsonObject) -> bool | None:
    thinking = opt_object(body, "thinking")
    return None if thinking is None else req_str(thinking, "type", "thinking") != "disabled"


def _schema(config: JsonObject) -> JsonObject | None:
    shape = opt_object(config, "format", "output_config")
    return None if shape is None else opt_object(shape, "schema", "output_config.format")


def _stops(body: JsonObject) -> tuple[str, ...]:
    stops: list[Any] = opt_list(body, "stop_sequences") or []
    for index, stop in enumerate(stops):
        if not isinstance(stop, str):
            raise wrong(path_to("stop_sequences", index), "a string")
    return tuple(stops)
