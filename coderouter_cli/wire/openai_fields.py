"""Fields that the two OpenAI formats write alike."""

import hashlib
from collections.abc import Iterable

from coderouter_cli.domain.conversation import Conversation, JsonObject, Text
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.estimate import BILLING_PREFIX
from coderouter_cli.wire.tiers import openai_tier


def system_text(system: Iterable[Text]) -> str:
    """The system prompt as one text, without Claude Code's attribution block.

    That block changes with every request and defeats every prefix cache but Anthropic's
    (https://github.com/anthropics/claude-code/issues/68900).
    """
    texts = (block.text for block in system)
    return "\n\n".join(text for text in texts if text and not text.startswith(BILLING_PREFIX))


def tool_fields(conversation: Conversation, tools: list[JsonObject], choice: object) -> JsonObject:
    """Tools and how to call them, as written for the format; nothing at all without tools."""
    if not tools:
        return {}
    fields: JsonObject = {"tools": tools}
    if choice is not None:
        fields["tool_choice"] = choice
    if conversation.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = conversation.parallel_tool_calls
    return fields


def sampling_fields(conversation: Conversation, model: Model) -> JsonObject:
    """Temperature and top_p, where the model takes them."""
    if not model.capabilities.sampling:
        return {}
    wanted = {"temperature": conversation.temperature, "top_p": conversation.top_p}
    return {key: value for key, value in wanted.items() if value is not None}


def routing_fields(conversation: Conversation, dialect: Dialect) -> JsonObject:
    """Tier and cache key: of the session, or for OpenAI of what the conversation begins with when it names
    none (28 % cached without a key, 49 % with one: https://github.com/juspay/neurolink/pull/1766)."""
    tier = openai_tier(conversation)
    fields: JsonObject = {} if tier is None else {"service_tier": tier}
    hint = conversation.session_hint or (_opening(conversation) if dialect.vendor is not None else None)
    if hint:
        fields["prompt_cache_key"] = cache_key(hint)
    return fields


def _opening(conversation: Conversation) -> str:
    """What stays the same while a conversation grows."""
    parts = (part for message in conversation.messages[:1] for part in message.parts)
    first = [part.text for part in parts if isinstance(part, Text)]
    return "\0".join([system_text(conversation.system), *first])


def cache_key(hint: str) -> str:
    """A name for the session that says nothing about it: requests with one name share a cache."""
    return hashlib.sha256(hint.encode("utf-8", "surrogatepass")).hexdigest()[:32]
