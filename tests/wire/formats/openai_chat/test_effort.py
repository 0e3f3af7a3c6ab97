"""Effort and thinking in a provider's words."""

import pytest

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields, switch_keys
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


ROUTER = Dialect("openrouter", effort_field="reasoning", efforts=("none", "low", "high", "xhigh"))
QWEN = Dialect(
    "qwen",
    thinking_switch="enable_thinking",
    effort_field="none",
    thinking_budgets={"low": 1000, "medium": 5000, "high": 9000},
)
OPEN = Dialect("open", thinking_switch="chat_template_kwargs", efforts=("low", "high"))
MINIMAX = Dialect("minimax", effort_field="none")


@pytest.mark.parametrize(
    ("effort", "thinking", "to", "fields"),
    [
        ("max", None, ROUTER, {"reasoning": {"effort": "xhigh"}}),
        ("none", None, ROUTER, {"reasoning": {"effort": "none"}}),
        (None, True, ROUTER, {"reasoning": {"enabled": True}}),
        (None, None, ROUTER, {}),
        ("high", True, QWEN, {"enable_thinking": True, "thinking_budget": 9000}),
        ("xhigh", True, QWEN, {"enable_thinking": True, "thinking_budget": 9000}),
        (None, True, QWEN, {"enable_thinking": True, "thinking_budget": 5000}),
        ("high", False, QWEN, {"enable_thinking": False}),
        ("high", None, QWEN, {}),
        ("high", True, OPEN, {"chat_template_kwargs": {"enable_thinking": True}, "reasoning_effort": "high"}),
        ("none", None, OPEN, {"chat_template_kwargs": {"enable_thinking": False}}),
        ("high", True, MINIMAX, {}),
        ("none", False, MINIMAX, {}),
    ],
)
def test_the_fields_of_other_providers(
    effort: str | None, thinking: bool | None, to: Dialect, fields: JsonObject
) -> None:
    assert effort_fields(effort, thinking=thinking, model=GPT, dialect=to) == fields


def test_the_fields_by_which_thinking_is_switched() -> None:
    assert switch_keys(ROUTER) == frozenset()
    assert switch_keys(QWEN) == {"enable_thinking", "thinking_budget"}
    assert switch_keys(DEEPSEEK) == {"thinking"}


def test_a_model_whose_words_the_endpoint_does_not_know_gets_none() -> None:
    known = Dialect("x", efforts=("turbo",))
    assert effort_fields("high", thinking=None, model=GPT, dialect=known) == {}
