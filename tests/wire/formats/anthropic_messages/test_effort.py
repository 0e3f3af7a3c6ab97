from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.wire.formats.anthropic_messages.effort import (
    nearest_effort,
    thinking_fields,
    weakest_effort,
)
from tests.wire.formats.anthropic_messages.kit import COMPATIBLE, VENDOR, conversation, model

CLAUDE = model()
DEEPSEEK = model("deepseek-flash", efforts=("none", "low", "high", "max"))
SHOWN = {"thinking": {"type": "adaptive", "display": "summarized"}}
ADAPTIVE = {"thinking": {"type": "adaptive"}}
OFF = {"thinking": {"type": "disabled"}}


@pytest.mark.parametrize(
    ("effort", "claude", "deepseek"),
    [
        (None, None, None),
        ("none", "low", "low"),
        ("minimal", "low", "low"),
        ("low", "low", "low"),
        ("medium", "medium", "high"),
        ("high", "high", "high"),
        ("xhigh", "xhigh", "high"),
        ("max", "max", "max"),
        ("odd", None, None),
    ],
)
def test_the_nearest_word(effort: str | None, claude: str | None, deepseek: str | None) -> None:
    assert nearest_effort(effort, CLAUDE, VENDOR) == claude
    assert nearest_effort(effort, DEEPSEEK, COMPATIBLE) == deepseek


def test_of_two_equally_near_words_the_stronger_one() -> None:
    assert nearest_effort("medium", DEEPSEEK, VENDOR) == "high"


def test_a_word_of_the_models_own_needs_no_place_on_the_ladder() -> None:
    own = model(efforts=("ultra",))
    assert nearest_effort("ultra", own, VENDOR) == "ultra"
    assert nearest_effort("high", own, VENDOR) is None


def test_the_weakest() -> None:
    assert weakest_effort(CLAUDE) == "low"
    assert weakest_effort(DEEPSEEK) == "low"
    assert weakest_effort(model(efforts=())) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ({}, None)),
        ({"thinking": True}, (SHOWN, None)),
        ({"effort": "high"}, (SHOWN, "high")),
        ({"effort": "odd"}, ({}, None)),
        ({"effort": "none"}, (OFF, None)),
        ({"effort": "none", "thinking": True}, (SHOWN, "low")),
        ({"thinking": False, "effort": "high"}, (OFF, None)),
    ],
)
def test_what_a_request_says_of_thinking(asked: dict[str, Any], expected: Any) -> None:
    assert thinking_fields(conversation(**asked), CLAUDE, VENDOR) == expected


def test_a_model_that_always_thinks_does_so_as_little_as_it_can() -> None:
    always = model(thinking_can_be_off=False)
    assert thinking_fields(conversation(thinking=False), always, VENDOR) == (SHOWN, "low")


def test_a_model_without_effort_words_is_told_nothing() -> None:
    assert thinking_fields(conversation(effort="high"), model(efforts=()), VENDOR) == ({}, None)


def test_how_thinking_is_shown_is_the_vendors_own_field() -> None:
    assert thinking_fields(conversation(effort="low"), DEEPSEEK, COMPATIBLE) == (ADAPTIVE, "low")
    assert thinking_fields(conversation(thinking=True), CLAUDE, replace(VENDOR, vendor=None))[0] == ADAPTIVE
