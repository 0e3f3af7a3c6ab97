"""A conversation of any format as a Messages request."""

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Text
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.estimate import BILLING_PREFIX
from coderouter_cli.wire.fitting import fitted_body, fitted_sampling, is_forced, most_output
from coderouter_cli.wire.formats.anthropic_messages.caching import mark, with_breakpoints
from coderouter_cli.wire.formats.anthropic_messages.effort import thinking_fields, with_room
from coderouter_cli.wire.formats.anthropic_messages.history import history, leading_system
from coderouter_cli.wire.formats.anthropic_messages.shape import answer_format, shape_in_words
from coderouter_cli.wire.formats.anthropic_messages.tools import tool_fields
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.tiers import anthropic_tier

DEFAULT_MAX_TOKENS = 64_000
"""For clients that set no limit, which this format demands; what Claude Code asks for when in doubt."""


def render(conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
    """Write a request.

    Fields come in a fixed order and hang on the conversation alone: the same prefix gives the same
    bytes, cache marks aside.
    """
    body: JsonObject = {"model": model.name_on_wire}
    body |= tool_fields(conversation, dialect)
    system = _system((*leading_system(conversation), *shape_in_words(conversation)), dialect)
    if system:
        body["system"] = system
    fold = dialect.fold_system or not model.capabilities.system_turns
    body["messages"] = history(conversation, dialect, provider=model.provider, fold=fold)
    body["max_tokens"] = clamped(conversation.max_output, model, dialect)
    body |= _thinking(conversation, model, dialect, most=body["max_tokens"])
    body |= _sampling(conversation, model, dialect, body)
    body |= _routing(conversation)
    body["stream"] = conversation.stream
    kept = fitted_body(body, dialect)
    return with_breakpoints(kept) if dialect.cache_control else kept


def clamped(max_output: int | None, model: Model, dialect: Dialect) -> int:
    """The most tokens the model may answer with, within what it accepts; never more than was asked for."""
    return min(DEFAULT_MAX_TOKENS if max_output is None else max_output, most_output(model, dialect))


def _system(texts: tuple[Text, ...], dialect: Dialect) -> list[JsonObject]:
    return [
        {"type": "text", "text": block.text, **_mark(block, dialect)}
        for block in texts
        if block.text.strip() and not (dialect.strip_billing_block and block.text.startswith(BILLING_PREFIX))
    ]


def _mark(block: Text, dialect: Dialect) -> JsonObject:
    return mark(block.cache) if block.cache is not None and dialect.cache_control else {}


def _thinking(conversation: Conversation, model: Model, dialect: Dialect, *, most: int) -> JsonObject:
    """How to think, and the shape of the answer; ``most`` is the limit of tokens."""
    fields, effort = thinking_fields(conversation, model, dialect)
    fields = with_room(fields, most)
    if is_forced(conversation) and model.capabilities.thinking_can_be_off:
        # "Thinking may not be enabled when tool_choice forces tool use."
        fields, effort = {}, None
    config: JsonObject = {} if effort is None else {"effort": effort}
    shape = answer_format(conversation)
    if shape is not None:
        config["format"] = {**shape, "schema": fitted(shape["schema"], dialect.schema)}
    return {**fields, "output_config": config} if config else fields


def _sampling(conversation: Conversation, model: Model, dialect: Dialect, body: JsonObject) -> JsonObject:
    """Stop sequences, and sampling where the model takes it.

    OpenAI's temperature goes up to 2, Anthropic's to 1; one of the two settings at most, and none beside
    thinking.
    """
    fields: JsonObject = {}
    stops = [stop for stop in conversation.stop if stop.strip()]
    if stops:
        fields["stop_sequences"] = stops[: dialect.max_stops]
    if not model.capabilities.sampling or body.get("thinking", {}).get("type") in {"adaptive", "enabled"}:
        return fields
    if conversation.temperature is not None:
        fields["temperature"] = min(conversation.temperature, 1.0)
    elif conversation.top_p is not None:
        fields["top_p"] = conversation.top_p
    return fitted_sampling(fields, model, dialect, ())


def _routing(conversation: Conversation) -> JsonObject:
    """The service tier, and the session hint where it is Anthropic's own; OpenAI's is for OpenAI alone."""
    fields: JsonObject = {}
    if conversation.session_hint and conversation.format is FormatName.ANTHROPIC_MESSAGES:
        fields["metadata"] = {"user_id": conversation.session_hint}
    tier = anthropic_tier(conversation)
    return fields if tier is None else {**fields, "service_tier": tier}
