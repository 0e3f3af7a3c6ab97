from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.wire.formats.anthropic_messages.effort import thinking_fields
from tests.wire.formats.anthropic_messages.kit import COMPATIBLE, VENDOR, conversation, model

CLAUDE = model()
DEEPSEEK = model("deepseek-flash", efforts=("none", "low", "high", "max"))
SHOWN = {"thinking": {"type": "adaptive", "display": "summarized"}}
ADAPTIVE = {"thinking": {"type": "adaptive"}}
OFF = {"thinking": {"type": "disabled"}}


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
