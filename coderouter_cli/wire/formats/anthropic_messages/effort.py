"""How hard to think, in the words of the format: ``output_config.effort`` and ``thinking``."""

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model

OFF = "none"
_LADDER = (OFF, "minimal", "low", "medium", "high", "xhigh", "max")


def nearest_effort(effort: str | None, model: Model, dialect: Dialect) -> str | None:
    """The model's word nearest to the client's; None when there is nothing to say.

    Between two equally near words the stronger one is taken, as DeepSeek does (its medium is high).
    ``none`` is not a word of this format: thinking is switched off instead.
    """
    if effort is None:
        return None
    word = dialect.effort_map.get(effort, effort)
    known = [word for word in model.capabilities.efforts if word != OFF]
    if word in known:
        return word
    candidates = [other for other in known if other in _LADDER]
    if word not in _LADDER or not candidates:
        return None
    rank = _LADDER.index(word)
    return min(candidates, key=lambda other: (abs(_LADDER.index(other) - rank), -_LADDER.index(other)))


def weakest_effort(model: Model) -> str | None:
    """The least the model can do, for a client that wants no thinking from one that always thinks."""
    return next((word for word in model.capabilities.efforts if word != OFF), None)


def thinking_fields(
    conversation: Conversation, model: Model, dialect: Dialect
) -> tuple[JsonObject, str | None]:
    """``thinking`` (empty: say nothing) and the effort word, for a request written anew.

    A model without effort words knows thinking only with a token budget: it is left as it is, off.
    """
    if not model.capabilities.efforts:
        return {}, None
    if conversation.thinking is False or (conversation.effort == OFF and not conversation.thinking):
        if model.capabilities.thinking_can_be_off:
            return {"thinking": {"type": "disabled"}}, None
        return _adaptive(dialect), weakest_effort(model)
    effort = nearest_effort(conversation.effort, model, dialect)
    if effort is None and not conversation.thinking:
        return {}, None
    return _adaptive(dialect), effort


def _adaptive(dialect: Dialect) -> JsonObject:
    """The one way of thinking that current Claude models take.

    Other providers know it from Claude Code, which asks for nothing else. A client of another format
    shows the thinking, so Anthropic is asked for a readable summary.
    """
    if dialect.vendor is None:
        return {"thinking": {"type": "adaptive"}}
    return {"thinking": {"type": "adaptive", "display": "summarized"}}
