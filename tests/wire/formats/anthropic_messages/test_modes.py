"""Effort and thinking of a client's own body, for another provider and for another model of Anthropic's."""

from typing import Any

import pytest

from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.anthropic_messages.dialect import must_change, sanitise
from tests.wire.formats.anthropic_messages.kit import VENDOR, model

BUDGETS = {"low": 2000, "high": 30_000}
QWEN = Dialect(
    "qwen",
    thinking_on="enabled",
    thinking_budgets=BUDGETS,
    fields=frozenset({"model", "messages", "max_tokens", "thinking"}),
)
SILENT = Dialect("vllm", thinking_on="none")
OLLAMA = Dialect("ollama", thinking_on="enabled")
ADAPTIVE = Dialect("deepseek")


def body(thinking: Any, effort: str | None = None, most: int = 64_000) -> dict[str, Any]:
    config = {} if effort is None else {"output_config": {"effort": effort}}
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": "m", "messages": messages, "max_tokens": most, "thinking": thinking, **config}


@pytest.mark.parametrize(
    ("dialect", "asked", "effort", "sent"),
    [
        (ADAPTIVE, {"type": "adaptive", "display": "updates"}, "high", {"type": "adaptive"}),
        (ADAPTIVE, {"type": "between_tools"}, None, {"type": "adaptive"}),
        (
            ADAPTIVE,
            {"type": "enabled", "budget_tokens": 5000},
            None,
            {"type": "enabled", "budget_tokens": 5000},
        ),
        (ADAPTIVE, {"type": "disabled"}, None, {"type": "disabled"}),
        (OLLAMA, {"type": "adaptive"}, "high", {"type": "enabled"}),
        (QWEN, {"type": "adaptive"}, "high", {"type": "enabled", "budget_tokens": 30_000}),
        (QWEN, {"type": "adaptive"}, "minimal", {"type": "enabled", "budget_tokens": 2000}),
        (QWEN, {"type": "adaptive"}, None, {"type": "enabled", "budget_tokens": 30_000}),
        (QWEN, {"type": "enabled", "budget_tokens": 7000}, "low", {"type": "enabled", "budget_tokens": 7000}),
        (QWEN, {"type": "disabled"}, "low", {"type": "disabled"}),
        (SILENT, {"type": "adaptive"}, "high", None),
        (SILENT, {"type": "enabled", "budget_tokens": 5000}, "high", None),
        (SILENT, {"type": "disabled"}, "high", None),
    ],
)
def test_thinking_is_asked_for_in_the_providers_way(
    dialect: Dialect, asked: Any, effort: str | None, sent: Any
) -> None:
    assert sanitise(body(asked, effort), model(thinking_can_be_off=True), dialect).get("thinking") == sent


@pytest.mark.parametrize(
    ("most", "sent"),
    [
        (64_000, {"type": "enabled", "budget_tokens": 30_000}),
        (30_000, {"type": "enabled", "budget_tokens": 29_999}),
        (1025, {"type": "enabled", "budget_tokens": 1024}),
        (1024, None),
        (10, None),
    ],
)
def test_a_budget_leaves_room_for_the_answer(most: int, sent: Any) -> None:
    assert sanitise(body({"type": "adaptive"}, "high", most), model(), QWEN).get("thinking") == sent


def test_who_thinks_always_is_asked_for_the_least() -> None:
    target = model(thinking_can_be_off=False)
    assert sanitise(body({"type": "disabled"}), target, QWEN)["thinking"]["type"] == "enabled"
    assert "thinking" not in sanitise(body({"type": "disabled"}), target, SILENT)
    assert sanitise(body({"type": "disabled"}), target, VENDOR)["thinking"] == {"type": "adaptive"}


NEWEST = {"sampling": False, "prefill": False}


@pytest.mark.parametrize(
    ("change", "able", "expected"),
    [
        ({}, NEWEST, False),
        ({"thinking": {"type": "adaptive"}}, NEWEST, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, NEWEST, True),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, {"budgets": True}, False),
        ({"thinking": {"type": "between_tools"}}, NEWEST, True),
        ({"thinking": {"type": "between_tools"}}, {**NEWEST, "between_tools": True}, False),
        ({"thinking": {"type": "adaptive"}}, {"efforts": ()}, True),
        ({"thinking": {"type": "disabled"}}, {"thinking_can_be_off": False}, True),
        ({"thinking": {"type": "disabled"}}, {"thinking_can_be_off": True}, False),
        ({"top_k": 5}, NEWEST, True),
        ({"top_k": 5}, {"sampling": True}, False),
        (
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]},
            NEWEST,
            True,
        ),
        (
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]},
            {"prefill": True},
            False,
        ),
        (
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "x"}]},
            {"system_turns": False},
            True,
        ),
        (
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "x"}]},
            NEWEST,
            False,
        ),
    ],
)
def test_what_another_model_of_anthropics_would_refuse(
    change: dict[str, Any], able: dict[str, Any], expected: bool
) -> None:
    asked = {**body({"type": "adaptive"}), **change}
    if "thinking" not in change:
        del asked["thinking"]
    target = model(**able)
    assert must_change(asked, target) is expected
    assert not must_change(sanitise(asked, target, VENDOR), target)
