"""Effort and thinking in a provider's words."""

import pytest

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields
from tests.wire.formats.openai_chat.kit import DEEPSEEK, OPENAI, model

GPT = model(efforts=("none", "minimal", "low", "medium", "high", "xhigh"))
FLASH = model(efforts=("low", "high", "max"))
PLAIN = model()
ALWAYS = model(efforts=("low", "high"), thinking_can_be_off=False)


@pytest.mark.parametrize(
    ("effort", "thinking", "on", "to", "fields"),
    [
        (None, None, FLASH, DEEPSEEK, {}),
        ("high", None, FLASH, DEEPSEEK, {"reasoning_effort": "high"}),
        ("high", True, FLASH, DEEPSEEK, {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("high", False, FLASH, DEEPSEEK, {"thinking": {"type": "disabled"}}),
        ("none", None, FLASH, DEEPSEEK, {"thinking": {"type": "disabled"}}),
        (None, False, GPT, OPENAI, {"reasoning_effort": "none"}),
        ("high", False, GPT, OPENAI, {"reasoning_effort": "none"}),
        (None, True, GPT, OPENAI, {}),
        (None, False, PLAIN, OPENAI, {}),
        ("none", False, ALWAYS, OPENAI, {"reasoning_effort": "low"}),
        ("high", False, ALWAYS, OPENAI, {"reasoning_effort": "high"}),
        (None, False, ALWAYS, DEEPSEEK, {"thinking": {"type": "enabled"}}),
    ],
)
def test_the_fields(
    effort: str | None, thinking: bool | None, on: Model, to: Dialect, fields: JsonObject
) -> None:
    assert effort_fields(effort, thinking=thinking, model=on, dialect=to) == fields
