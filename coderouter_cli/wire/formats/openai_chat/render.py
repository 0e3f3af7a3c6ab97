"""A conversation of any format as a Chat request."""

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields
from coderouter_cli.wire.formats.openai_chat.history import write_messages
from coderouter_cli.wire.formats.openai_chat.tools import write_choice, write_tools
from coderouter_cli.wire.openai_fields import routing_fields, sampling_fields, tool_fields
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
        **tool_fields(conversation, write_tools(conversation, dialect), write_choice(conversation, model)),
        **effort_fields(conversation.effort, thinking=conversation.thinking, model=model, dialect=dialect),
        **_limits(conversation, model, dialect),
        **_output(conversation),
        **sampling_fields(conversation, model),
        **routing_fields(conversation),
        "stream": conversation.stream,
    }
    if conversation.stream:
        body["stream_options"] = {"include_usage": True}
    return {key: value for key, value in body.items() if key not in dialect.drop_fields}


def clamped(max_output: int, model: Model) -> int:
    """The most tokens the model may answer with, within what it accepts."""
    return max(1, min(max_output, model.max_output))


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
