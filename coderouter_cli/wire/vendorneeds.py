"""What a request asks that only the vendor of its own format can give: checks that every format shares.

``compaction``: a history that its vendor holds in a form of its own, or is asked to put into one.
``sealed_messages``: what one of Codex's agents wrote to another, sealed by OpenAI. ``citations``: documents
the answer must cite. ``logprobs``, ``audio``, ``moderation``: parts of the answer that only OpenAI gives.
``logit_bias``: tokens of its vendor's own tokenizer. ``speakers``: names that tell several people apart.
``data_residency``: a region the prompt must not leave. ``prefill``: the beginning of the answer.
``server_tools``, ``server_state``: what runs, or is kept, at the vendor.
"""

from collections.abc import Mapping
from functools import partial

from coderouter_cli.domain.conversation import Conversation, Document, FormatName
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.losses import Check, parts_in, unknown_in

COMPACTIONS = frozenset({"compaction", "compaction_summary", "context_compaction"})
"""The types of a part that stands for a history."""
SEALED = "encrypted_content"
"""The type of a part that one of Codex's agents wrote to another."""
VENDOR_PARTS = COMPACTIONS | {SEALED}

_MESSAGES, _RESPONSES, _CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
_FIELDS: Mapping[FormatName, Mapping[str, str]] = {
    _MESSAGES: {
        "mcp_servers": "server_tools",
        "container": "server_state",
        "inference_geo": "data_residency",
        "context_management.compact": "compaction",
    },
    _RESPONSES: {
        "previous_response_id": "server_state",
        "conversation": "server_state",
        "prompt": "server_state",
        "background.on": "server_state",
        "context_management": "compaction",
        "include.logprobs": "logprobs",
        "top_logprobs": "logprobs",
        "moderation": "moderation",
    },
    _CHAT: {
        "logprobs.on": "logprobs",
        "modalities.audio": "audio",
        "moderation": "moderation",
        "logit_bias.set": "logit_bias",
        "messages.names": "speakers",
    },
}
"""The fields in `Conversation.dropped` that another provider cannot do without a loss, and its code. What is
not here is a wish (``seed``, ``top_k``, ``verbosity``), a setting of the vendor's own books (``metadata``,
``store``), or has no meaning elsewhere (``diagnostics``)."""
_CODES = (
    "server_tools",
    "server_state",
    "compaction",
    "sealed_messages",
    "citations",
    "logprobs",
    "audio",
    "moderation",
    "logit_bias",
    "speakers",
    "data_residency",
    "prefill",
)


def vendor_checks(target: FormatName) -> tuple[Check, ...]:
    """The checks for a request written in this format."""
    return tuple((code, partial(_loses, target, code)) for code in _CODES)


def _loses(target: FormatName, code: str, conversation: Conversation, dialect: Dialect) -> bool:
    fields = _FIELDS[conversation.format]
    asked = (name for name in conversation.dropped if fields.get(name) == code)
    if any(_is_dropped(name, target, conversation, dialect) for name in asked):
        return True
    if code == "prefill":
        return target is not _MESSAGES and _is_prefilled(conversation)
    if code == "citations":
        cited = (isinstance(part, Document) and part.cited for part in parts_in(conversation))
        return dialect.vendor is not _MESSAGES and any(cited)
    kinds = {"compaction": COMPACTIONS, "sealed_messages": frozenset({SEALED})}.get(code, frozenset[str]())
    return any(part.kind in kinds and part.origin is not dialect.vendor for part in unknown_in(conversation))


def _is_prefilled(conversation: Conversation) -> bool:
    """Whether the answer is to continue the assistant's last words, which only Messages can say."""
    messages = conversation.messages
    return conversation.format is _MESSAGES and bool(messages) and messages[-1].role == "assistant"


def _is_dropped(name: str, target: FormatName, conversation: Conversation, dialect: Dialect) -> bool:
    """Whether a field does not get there: another format has no place for it, a dialect may refuse it, and
    what one provider keeps no other has."""
    if _FIELDS[conversation.format].get(name) == "server_state":
        return dialect.vendor is not conversation.format
    return conversation.format is not target or dialect.refuses(name.partition(".")[0])
