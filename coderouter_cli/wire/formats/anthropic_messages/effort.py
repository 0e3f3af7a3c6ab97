"""How hard to think, in the words of the format: ``output_config.effort`` and ``thinking``.

``none`` is not a word of this format: thinking is switched off instead.
"""

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, nearest_effort, thinking_efforts, weakest_effort


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
    effort = nearest_effort(conversation.effort, thinking_efforts(model), dialect)
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
