"""A conversation of any format as a Responses request."""

from typing import Any

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, known_efforts, nearest_effort
from coderouter_cli.wire.fitting import fitted_body, fitted_sampling, is_forceable, most_output
from coderouter_cli.wire.formats.openai_responses.caching import marked_prompt, with_marks
from coderouter_cli.wire.formats.openai_responses.history import history
from coderouter_cli.wire.formats.openai_responses.tools import write_choice, write_tools
from coderouter_cli.wire.openai_fields import routing_fields, sampling_fields, system_text, tool_fields
from coderouter_cli.wire.schema import is_strict
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolnames import flat_name

ENCRYPTED = "reasoning.encrypted_content"
"""What to ask back in ``include``; refused by models that do not reason."""
MIN_OUTPUT = 16
"""OpenAI refuses a smaller ``max_output_tokens``."""


def render(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Write a request.

    Stateless (``store`` is false), with the encrypted reasoning asked back so that it can travel in the
    client's history. Fields come in a fixed order and hang on the conversation alone: the same prefix
    gives the same bytes.
    """
    body: JsonObject = {"model": model.name_on_wire}
    takes_marks = dialect.vendor is FormatName.OPENAI_RESPONSES and model.capabilities.cache_breakpoints
    prompt = marked_prompt(conversation.system) if takes_marks else []
    instructions = system_text(conversation.system)
    if instructions and not prompt:
        body["instructions"] = instructions
    items = [*prompt, *history(conversation, dialect, model.provider)]
    body["input"] = with_marks(items, accepted=takes_marks)
    body |= _tools(conversation, model, dialect)
    body |= _thinking(conversation, model, dialect)
    body |= _output(conversation, model, dialect)
    body |= fitted_sampling(sampling_fields(conversation, model), model, dialect, ())
    body |= routing_fields(conversation, dialect)
    body["store"] = False
    body["stream"] = conversation.stream
    return fitted_body(body, dialect)


def clamped(max_output: int, model: Model, dialect: Dialect) -> int:
    """The most tokens the model may answer with, within what it, the provider and the format accept."""
    return max(MIN_OUTPUT, min(max_output, most_output(model, dialect)))


def _tools(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    choice = conversation.tool_choice
    if choice is not None and choice.mode == "none" and dialect.refuses_choice("none"):
        return {}
    tools = write_tools(conversation.tools, dialect) if dialect.tools else []
    asked: Any = write_choice(conversation, dialect)
    if choice is not None and not is_forceable(choice.mode, model, dialect):
        asked = "auto"
    return tool_fields(conversation, tools, asked)


def _thinking(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """A client that switched thinking off gets the least the model can do."""
    efforts = known_efforts(model, dialect)
    if not efforts:
        return {}
    wanted = OFF if conversation.thinking is False else conversation.effort
    effort = nearest_effort(wanted, efforts, dialect)
    fields: JsonObject = {} if effort is None else {"reasoning": {"effort": effort}}
    fields["include"] = [ENCRYPTED]
    return fields


def _output(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    fields: JsonObject = {}
    if conversation.output_schema is not None:
        fields["text"] = {"format": _shape(conversation.output_schema, conversation.output_name, dialect)}
    if conversation.max_output is not None:
        fields["max_output_tokens"] = clamped(conversation.max_output, model, dialect)
    return fields


def _shape(schema: JsonObject, name: str | None, dialect: Dialect) -> JsonObject:
    if schema == {"type": "object"} and name is None:
        return {"type": "json_object"}
    accepted = fitted(schema, dialect.schema)
    head = {"type": "json_schema", "name": flat_name(name or "answer")}
    return {**head, "schema": accepted, "strict": is_strict(accepted)}
