"""A conversation of any format as a Responses request."""

import hashlib

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Text
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, nearest_effort
from coderouter_cli.wire.formats.openai_responses.history import history
from coderouter_cli.wire.formats.openai_responses.tools import write_choice, write_tools
from coderouter_cli.wire.schema import is_strict
from coderouter_cli.wire.toolnames import flat_name

ENCRYPTED = "reasoning.encrypted_content"
"""What to ask back in ``include``; refused by models that do not reason."""
MIN_OUTPUT = 16
"""OpenAI refuses a smaller ``max_output_tokens``."""
_BILLING = "x-anthropic-billing-header:"


def render(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Write a request.

    Stateless (``store`` is false), with the encrypted reasoning asked back so that it can travel in the
    client's history. Fields come in a fixed order and hang on the conversation alone: the same prefix
    gives the same bytes. Cache marks of the client are not carried: OpenAI caches every prefix by itself.
    """
    body: JsonObject = {"model": model.name_on_wire}
    instructions = _instructions(conversation.system)
    if instructions:
        body["instructions"] = instructions
    body["input"] = history(conversation, dialect)
    body |= _tools(conversation, dialect)
    body |= _thinking(conversation, model, dialect)
    body |= _output(conversation, model)
    body |= _sampling(conversation, model)
    body |= _routing(conversation)
    body["store"] = False
    body["stream"] = conversation.stream
    return {key: value for key, value in body.items() if key not in dialect.drop_fields}


def clamped(max_output: int, model: Model) -> int:
    """The most tokens the model may answer with, within what it and the format accept."""
    return max(MIN_OUTPUT, min(max_output, model.max_output))


def cache_key(hint: str) -> str:
    """A name for the session that says nothing about it: requests with one name share a cache."""
    return hashlib.sha256(hint.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _instructions(system: tuple[Text, ...]) -> str:
    """The system prompt without Claude Code's attribution block, which differs in every request and
    would defeat the prompt cache (https://github.com/anthropics/claude-code/issues/68900)."""
    return "\n\n".join(part.text for part in system if part.text and not part.text.startswith(_BILLING))


def _tools(conversation: Conversation, dialect: Dialect) -> JsonObject:
    tools = write_tools(conversation.tools, dialect) if dialect.tools else []
    if not tools:
        return {}
    fields: JsonObject = {"tools": tools}
    choice = write_choice(conversation, dialect)
    if choice is not None:
        fields["tool_choice"] = choice
    if conversation.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = conversation.parallel_tool_calls
    return fields


def _thinking(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """A client that switched thinking off gets the least the model can do."""
    efforts = model.capabilities.efforts
    if not efforts:
        return {}
    wanted = OFF if conversation.thinking is False else conversation.effort
    effort = nearest_effort(wanted, efforts, dialect)
    fields: JsonObject = {} if effort is None else {"reasoning": {"effort": effort}}
    fields["include"] = [ENCRYPTED]
    return fields


def _output(conversation: Conversation, model: Model) -> JsonObject:
    fields: JsonObject = {}
    if conversation.output_schema is not None:
        fields["text"] = {
            "format": {
                "type": "json_schema",
                "name": flat_name(conversation.output_name or "answer"),
                "schema": conversation.output_schema,
                "strict": is_strict(conversation.output_schema),
            }
        }
    if conversation.max_output is not None:
        fields["max_output_tokens"] = clamped(conversation.max_output, model)
    return fields


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
