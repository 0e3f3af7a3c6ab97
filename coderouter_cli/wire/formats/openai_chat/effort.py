"""How hard the model should think, in the words a provider knows.

DeepSeek and others of its dialect switch thinking with a ``thinking`` object beside
``reasoning_effort`` (https://api-docs.deepseek.com/guides/thinking_mode); OpenAI knows the effort only,
with the word ``none`` for no thinking.
"""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Dialect, Model

OFF = "none"
_LADDER = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def effort_fields(effort: str | None, *, thinking: bool | None, model: Model, dialect: Dialect) -> JsonObject:
    """The fields that say how hard to think, none when the provider's default is to be used."""
    off = effort == OFF or thinking is False
    if off and not model.capabilities.thinking_can_be_off:
        off, effort = False, _weakest(model) if effort == OFF else effort
    fields: JsonObject = {}
    if has_thinking_switch(dialect) and (off or thinking is not None):
        fields["thinking"] = {"type": "disabled" if off else "enabled"}
        if off:
            return fields
    word = provider_effort(OFF if off else effort, model, dialect)
    if word is not None:
        fields["reasoning_effort"] = word
    return fields


def provider_effort(effort: str | None, model: Model, dialect: Dialect) -> str | None:
    """The model's nearest effort to the client's word; None when there is nothing to say.

    Between two equally near words the stronger one is taken, as DeepSeek does (medium is its high).
    """
    efforts = model.capabilities.efforts
    if effort is None or not efforts:
        return None
    word = dialect.effort_map.get(effort, effort)
    if word in efforts:
        return word
    candidates = [known for known in efforts if known in _LADDER and known != OFF]
    if word not in _LADDER or not candidates:
        return None
    wanted = _LADDER.index(word)
    return min(candidates, key=lambda known: (abs(_LADDER.index(known) - wanted), -_LADDER.index(known)))


def has_thinking_switch(dialect: Dialect) -> bool:
    """Whether the provider takes DeepSeek's ``thinking`` object."""
    return dialect.reasoning_content and "thinking" not in dialect.drop_fields


def _weakest(model: Model) -> str | None:
    return next((word for word in model.capabilities.efforts if word != OFF), None)
