"""How hard the model should think, in the words and fields a provider knows.

OpenAI knows the effort only, with the word ``none`` for no thinking. DeepSeek and others switch thinking
with an object beside it (https://api-docs.deepseek.com/guides/thinking_mode), Qwen with a flag
(https://www.alibabacloud.com/help/en/model-studio/deep-thinking), open servers with a flag for the
chat template, and OpenRouter puts all of it into one object
(https://openrouter.ai/docs/use-cases/reasoning-tokens).
"""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, budget_for, known_efforts, nearest_effort, weakest_effort

_TEMPLATE = "chat_template_kwargs"


def effort_fields(effort: str | None, *, thinking: bool | None, model: Model, dialect: Dialect) -> JsonObject:
    """The fields that say how hard to think, none when the provider's default is to be used."""
    off = effort == OFF or thinking is False
    if off and not model.capabilities.thinking_can_be_off:
        off, effort = False, weakest_effort(model, dialect) if effort == OFF else effort
    asked = off or thinking is not None
    switch = _switch(dialect, effort, off=off) if asked else {}
    if off and switch:
        return switch
    word = nearest_effort(OFF if off else effort, known_efforts(model, dialect), dialect)
    return switch | _effort(dialect, word, on=None if thinking is None else not off)


def switch_keys(dialect: Dialect) -> frozenset[str]:
    """The body fields by which this provider's thinking is switched."""
    switch = dialect.thinking_switch
    if switch == "none":
        return frozenset()
    return frozenset({switch, "thinking_budget"} if switch == "enable_thinking" else {switch})


def _switch(dialect: Dialect, effort: str | None, *, off: bool) -> JsonObject:
    """Thinking on or off, in the provider's way; nothing where the effort says it."""
    if dialect.thinking_switch == "thinking":
        return {"thinking": {"type": "disabled" if off else "enabled"}}
    if dialect.thinking_switch == _TEMPLATE:
        return {_TEMPLATE: {"enable_thinking": not off}}
    if dialect.thinking_switch != "enable_thinking":
        return {}
    budget = None if off else budget_for(effort, dialect)
    return {"enable_thinking": not off} | ({} if budget is None else {"thinking_budget": budget})


def _effort(dialect: Dialect, word: str | None, *, on: bool | None) -> JsonObject:
    """The effort where the provider looks for it; ``on`` is what the client said of thinking."""
    if dialect.effort_field == "none":
        return {}
    if dialect.effort_field == "reasoning_effort":
        return {} if word is None else {"reasoning_effort": word}
    if word is not None:
        return {"reasoning": {"effort": word}}
    return {} if on is None else {"reasoning": {"enabled": on}}
