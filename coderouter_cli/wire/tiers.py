"""How fast and how dear, in the words of the two vendors.

OpenAI: ``auto``, ``default``, ``flex`` (half the price), ``priority`` or ``fast`` (twice), ``ultrafast``.
Anthropic: ``auto`` (priority where the organisation has bought some) and ``standard_only``. A word never buys
what the client did not ask for: Anthropic's ``speed`` has no counterpart here.
"""

from coderouter_cli.domain.conversation import Conversation, FormatName

_TO_OPENAI = {"standard_only": "default"}
_TO_ANTHROPIC = {"default": "standard_only", "flex": "standard_only"}


def openai_tier(conversation: Conversation) -> str | None:
    """The ``service_tier`` for OpenAI; None: say nothing."""
    asked = conversation.service_tier
    if asked is None or conversation.format is not FormatName.ANTHROPIC_MESSAGES:
        return asked
    return _TO_OPENAI.get(asked)


def anthropic_tier(conversation: Conversation) -> str | None:
    """The ``service_tier`` for Anthropic; None: say nothing, which is ``auto`` there."""
    asked = conversation.service_tier
    if asked is None or conversation.format is FormatName.ANTHROPIC_MESSAGES:
        return asked
    return _TO_ANTHROPIC.get(asked)
