"""How hard the model should think, in the words a provider knows.

DeepSeek and others of its dialect switch thinking with a ``thinking`` object beside
``reasoning_effort`` (https://api-docs.deepseek.com/guides/thinking_mode); OpenAI knows the effort only,
with the word ``none`` for no thinking.
"""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import OFF, nearest_effort, weakest_effort


def effort_fields(effort: str | None, *, thinking: bool | None, model: Model, dialect: Dialect) -> JsonObject:
    """The fields that say how hard to think, none when the provider's default is to be used."""
    off = effort == OFF or thinking is False
    if off and not model.capabilities.thinking_can_be_off:
        off, effort = False, weakest_effort(model) if effort == OFF else effort
    fields: JsonObject = {}
    if has_thinking_switch(dialect) and (off or thinking is not None):
        fields["thinking"] = {"type": "disabled" if off else "enabled"}
        if off:
            return fields
    word = nearest_effort(OFF if off else effort, model.capabilities.efforts, dialect)
    if word is not None:
        fields["reasoning_effort"] = word
    return fields


def has_thinking_switch(dialect: Dialect) -> bool:
    """Whether the provider takes DeepSeek's ``thinking`` object."""
    return dialect.reasoning_content and "thinking" not in dialect.drop_fields
