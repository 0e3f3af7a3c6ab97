"""How hard to think, in the words of the format: ``output_config.effort`` and ``thinking``.

``none`` is not a word of this format: thinking is switched off instead.
"""

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, budget_for, nearest_effort, thinking_efforts, weakest_effort

LEAST_BUDGET = 1024
"""The smallest ``budget_tokens`` of the format."""


def thinking_fields(
    conversation: Conversation, model: Model, dialect: Dialect
) -> tuple[JsonObject, str | None]:
    """``thinking`` (empty: say nothing) and the effort word, for a request written anew.

    A model without effort words knows thinking only with a token budget: unless the provider names one,
    it is left as it is, off.
    """
    if not model.capabilities.efforts and not dialect.thinking_budgets:
        return {}, None
    if conversation.thinking is False or (conversation.effort == OFF and not conversation.thinking):
        if not model.capabilities.thinking_can_be_off:
            return asking_fields(dialect, budget_for(None, dialect)), weakest_effort(model, dialect)
        return ({} if dialect.thinking_on == "none" else {"thinking": {"type": "disabled"}}), None
    effort = nearest_effort(conversation.effort, thinking_efforts(model, dialect), dialect)
    if effort is None and not conversation.thinking:
        return {}, None
    return asking_fields(dialect, budget_for(conversation.effort, dialect)), effort


def with_room(fields: JsonObject, most: int) -> JsonObject:
    """The fields with a budget that leaves room for an answer of ``most`` tokens; none when there is none.

    "`max_tokens` must be greater than `thinking.budget_tokens`."
    """
    thinking = fields.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    if thinking is None or not isinstance(budget, int) or budget < most:
        return fields
    rest = {key: value for key, value in fields.items() if key != "thinking"}
    if most <= LEAST_BUDGET:
        return rest
    return {**fields, "thinking": {**thinking, "budget_tokens": most - 1}}


def asking_fields(dialect: Dialect, budget: int | None) -> JsonObject:
    """What asks for thinking; nothing where the provider knows no such field.

    Adaptive thinking is the one way that current Claude models take, and other providers know it from
    Claude Code, which asks for nothing else. A client of another format shows the thinking, so Anthropic
    is asked for a readable summary.
    """
    if dialect.thinking_on == "none":
        return {}
    if dialect.thinking_on == "enabled":
        tokens = {} if budget is None else {"budget_tokens": max(budget, LEAST_BUDGET)}
        return {"thinking": {"type": "enabled", **tokens}}
    if dialect.vendor is None:
        return {"thinking": {"type": "adaptive"}}
    return {"thinking": {"type": "adaptive", "display": "summarized"}}
