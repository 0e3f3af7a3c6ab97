"""Service tiers of the two vendors."""

import pytest

from coderouter_cli.domain.conversation import Conversation, FormatName
from coderouter_cli.wire.tiers import anthropic_tier, openai_tier


@pytest.mark.parametrize(
    ("origin", "asked", "openai", "anthropic"),
    [
        (FormatName.ANTHROPIC_MESSAGES, None, None, None),
        (FormatName.ANTHROPIC_MESSAGES, "auto", None, "auto"),
        (FormatName.ANTHROPIC_MESSAGES, "standard_only", "default", "standard_only"),
        (FormatName.OPENAI_RESPONSES, "auto", "auto", None),
        (FormatName.OPENAI_RESPONSES, "default", "default", "standard_only"),
        (FormatName.OPENAI_CHAT, "flex", "flex", "standard_only"),
        (FormatName.OPENAI_RESPONSES, "priority", "priority", None),
        (FormatName.OPENAI_RESPONSES, "ultrafast", "ultrafast", None),
    ],
)
def test_a_tier_has_the_other_vendors_word(
    origin: FormatName, asked: str | None, openai: str | None, anthropic: str | None
) -> None:
    conversation = Conversation(format=origin, model="m", messages=(), service_tier=asked)
    assert openai_tier(conversation) == openai
    assert anthropic_tier(conversation) == anthropic
