"""A conversation of any format as a Chat request."""

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.fitting import fitted_body, fitted_sampling, most_output
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields
from coderouter_cli.wire.formats.openai_chat.history import write_messages
from coderouter_cli.wire.formats.openai_chat.tools import write_choice, write_tools
from coderouter_cli.wire.openai_fields import routing_fields, sampling_fields, tool_fields
from coderouter_cli.wire.schema import is_strict
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolnames import flat_name

_ANY_OBJECT = {"type": "object"}
MAX_STOPS = 4
"""OpenAI's limit; the smallest of the servers we know that name none of their own."""


def render(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Write a request.

    Fields come in a fixed order and hang on the conversation alone: the same prefix gives the same
    bytes. Thinking that only its origin can read, and the client's cache marks, are not carried: Chat
    has no place for the one, and its providers cache every prefix by themselves.
    """
    body: JsonObject = {
        "model": model.name_on_wire,
        "messages": write_messages(conversation, model, dialect),
        **_tools(conversation, model, dialect),
        **effort_fields(conversation.effort, thinking=conversation.thinking, model=model, dialect=dialect),
        **_limits(conversation, model, dialect),
        **_output(conversation, dialect),
        **fitted_sampling(sampling_fields(conversation, model), model, dialect, ()),
        **routing_fields(conversation, dialect),
        "stream": conversation.stream,
    }
    if conversation.stream:
        body["stream_options"] = {"include_usage": True}
    return fitted_body(body, dialect)


def clamped(max_output: int, model: Model, dialect: Dialect) -> int:
    """The most tokens the model may answer with, within what it and the provider accept."""
    return max(1, min(max_output, most_output(model, dialect)))


def _tools(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Tools and the choice among them; none at all for a client that wants none called, where the
    provider cannot be told so."""
    choice = conversation.tool_choice
    if choice is not None and choice.mode == "none" and dialect.refuses_choice("none"):
        return {}
    tools = write_tools(conversation, dialect)
    return tool_fields(conversation, tools, write_choice(conversation, model, dialect))


def _limits(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    fields: JsonObject = {}
    if conversation.max_output is not None:
        fields[dialect.max_tokens_field] = clamped(conversation.max_output, model, dialect)
    if conversation.stop:
        most = MAX_STOPS if dialect.max_stops is None else dialect.max_stops
        fields["stop"] = list(conversation.stop[:most])
    return fields


def _output(conversation: Conversation, dialect: Dialect) -> JsonObject:
    schema = conversation.output_schema
    if schema is None:
        return {}
    if schema == _ANY_OBJECT and conversation.output_name is None:
        return {"response_format": {"type": "json_object"}}
    described: JsonObject = {
        "name": flat_name(conversation.output_name or "answer"),
        "schema": fitted(schema, dialect.schema),
    }
    if is_strict(described["schema"]):
        described["strict"] = True
    return {"response_format": {"type": "json_schema", "json_schema": described}}
