"""A conversation of any format as a Chat request."""

import hashlib

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields
from coderouter_cli.wire.formats.openai_chat.history import write_messages
from coderouter_cli.wire.formats.openai_chat.tools import write_choice, write_tools
from coderouter_cli.wire.schema import is_strict
from coderouter_cli.wire.toolnames import flat_name

_ANY_OBJECT = {"type": "object"}
_MAX_STOPS = 4


def render(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Write a request.

    Fields come in a fixed order and hang on the conversation alone: the same prefix gives the same
    bytes. Thinking that only its origin can read, and the client's cache marks, are not carried: Chat
    has no place for the one, and its providers cache every prefix by themselves.
    """
    body: JsonObject = {
        "model": model.name_on_wire,
        "messages": write_messages(conversation, dialect),
        **_tools(conversation, model, dialect),
        **effort_fields(conversation.effort, thinking=conversation.thinking, model=model, dialect=dialect),
        **_limits(conversation, model, dialect),
        **_output(conversation),
        **_sampling(conversation, model),
        **_routing(conversation),
        "stream": conversation.stream,
    }
    if conversation.stream:
        body["stream_options"] = {"include_usage": True}
    return {key: value for key, value in body.items() if key not in dialect.drop_fields}


def clamped(max_output: int, model: Model) -> int:
    """The most tokens the model may answer with, within what it accepts."""
    return max(1, min(max_output, model.max_output))


def cache_key(hint: str) -> str:
    """A name for the session that says nothing about it: requests with one name share a cache."""
    return hashlib.sha256(hint.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _tools(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    tools = write_tools(conversation, dialect)
    if not tools:
        return {}
    fields: JsonObject = {"tools": tools}
    choice = write_choice(conversation, model)
    if choice is not None:
        fields["tool_choice"] = choice
    if conversation.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = conversation.parallel_tool_calls
    return fields


def _limits(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    fields: JsonObject = {}
    if conversation.max_output is not None:
        fields[dialect.max_tokens_field] = clamped(conversation.max_output, model)
    if conversation.stop:
        fields["stop"] = list(conversation.stop[:_MAX_STOPS])
    return fields


def _output(conversation: Conversation) -> JsonObject:
    schema = conversation.output_schema
    if schema is None:
        return {}
    if schema == _ANY_OBJECT and conversation.output_name is None:
        return {"response_format": {"type": "json_object"}}
    described: JsonObject = {"name": flat_name(conversation.output_name or "answer"), "schema": schema}
    if is_strict(schema):
        described["strict"] = True
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _sampling(conversation: Conversation, model: Model) -> JsonObject:
    if not model.capabilities.sampling:
        return {}
    wanted = {"temperature": conversation.temperature, "top_p": conversation.top_p}
    return {key: value for key, value in wanted.items() if value is not None}


def _routing(conversation: Conversation) -> JsonObject:
    """Tier and cache key; a tier of Anthropic's is another thing."""
    fields: JsonObject = {}
    if conversation.service_tier is not None and conversation.format is not FormatName.ANTHROPIC_MESSAGES:
        fields["service_tier"] = conversation.service_tier
    if conversation.session_hint:
        fields["prompt_cache_key"] = cache_key(conversation.session_hint)
    return fields
