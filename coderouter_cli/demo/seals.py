"""Signed and sealed reasoning, and the checks when it comes back.

Anthropic signs thinking: a block that was altered, or signed by somebody else, is refused, and the newest
models also refuse one whose prefix (tools, system, messages before it) has changed, or whose predecessor is
missing while an earlier block is there: thinking may be left out from the beginning of the history, from its
end or altogether, but not from between. A block of another model is dropped without an error
(https://platform.claude.com/docs/en/build-with-claude/preserved-thinking).
OpenAI seals reasoning in ``encrypted_content`` and refuses what it cannot open.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from coderouter_cli.demo.claude import Claude
from coderouter_cli.demo.prompts import as_blocks, dump, shown_tools, unmarked
from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import JsonObject

_SEPARATOR = b"|"
_OPENAI_PREFIX = "gAAAAAB"
_BOUND = (
    "The block is bound to a different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)
_MISSING = "The `thinking` block that preceded this one when it was created is missing from this request."
_THINKING = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature says: the model that thought, the prefix it saw, the text it wrote, and which thinking
    came before it (empty: none)."""

    model: str
    prefix: str
    text: str
    after: str = ""


def sign(model: str, prefix: str, text: str, after: str = "") -> str:
    """A signature over a thinking text; ``prefix`` and ``after`` are `prefix_digest` and `last_thought` of
    the request."""
    fields = (model, prefix, _digest(text.encode()), after)
    payload = _SEPARATOR.join(field.encode() for field in fields)
    return base64.b64encode(_SEPARATOR.join((payload, _digest(payload).encode()))).decode()


def opened(signature: object) -> Seal | None:
    """The seal in a signature of ours; None for any other."""
    if not isinstance(signature, str):
        return None
    try:
        parts = base64.b64decode(signature, validate=True).split(_SEPARATOR)
    except (binascii.Error, ValueError):
        return None
    if len(parts) != 5 or _digest(_SEPARATOR.join(parts[:4])).encode() != parts[4]:
        return None
    return Seal(*(part.decode() for part in parts[:4]))


def encrypt(model: str, text: str) -> str:
    """OpenAI's ``encrypted_content``."""
    return _OPENAI_PREFIX + sign(model, "", text)


def is_encrypted(content: object) -> bool:
    """Whether ``encrypted_content`` is one we made."""
    if not isinstance(content, str) or not content.startswith(_OPENAI_PREFIX):
        return False
    return opened(content.removeprefix(_OPENAI_PREFIX)) is not None


def prefix_digest(body: JsonObject) -> str:
    """A digest of everything a model sees of a Messages request, cache marks and thinking aside."""
    return _prefixes(body)[-1][0]


def last_thought(body: JsonObject) -> str:
    """Which thinking block is the last of a request; empty when there is none."""
    return _prefixes(body)[-1][1]


def thinking_problems(body: JsonObject, model: Claude) -> Iterator[HttpError]:
    """What is wrong with the thinking that came back."""
    found = list(_thinking_blocks(body))
    if not found:
        return
    prefixes = _prefixes(body)
    for i, j, block in found:
        seal = opened(block.get("signature", block.get("data")))
        where = f"messages.{i}.content.{j}: Invalid `signature` in `{block['type']}` block"
        if seal is None or not _is_text(block, seal):
            yield HttpError(400, where)
        elif seal.model == model.name and _binds(body, model):
            prefix, thought = prefixes[i]
            if seal.prefix != prefix:
                yield HttpError(400, f"{where}. {_BOUND}")
            if thought and seal.after != thought:
                yield HttpError(400, f"{where}. {_BOUND} {_MISSING}")


def _is_text(block: JsonObject, seal: Seal) -> bool:
    """Whether the text is the one that was signed; with display "omitted" there is none."""
    text = block.get("thinking", "")
    return text == "" or (isinstance(text, str) and _digest(text.encode()) == seal.text)


def _binds(body: JsonObject, model: Claude) -> bool:
    """Whether a block with another prefix is an error; the client may ask to have it dropped instead."""
    thinking = body.get("thinking")
    binding = thinking.get("block_binding") if isinstance(thinking, dict) else None
    drops = isinstance(binding, dict) and binding.get("prefix_mismatch_behavior") == "drop_block"
    return model.binds_thinking and not drops


def _thinking_blocks(body: JsonObject) -> Iterator[tuple[int, int, JsonObject]]:
    for i, message in enumerate(body["messages"]):
        if message["role"] == "assistant":
            for j, block in enumerate(as_blocks(message["content"])):
                if block.get("type") in _THINKING:
                    yield i, j, block


def _prefixes(body: JsonObject) -> list[tuple[str, str]]:
    """For each message the digest of all before it but thinking, and which thinking was the last before it;
    at the end the same of all.

    An assistant message that continues another one has the prefix of the first: they are one turn.
    """
    head = [unmarked(shown_tools(body)), unmarked(as_blocks(body.get("system")))]
    state = hashlib.sha256(dump(head))
    found: list[tuple[str, str]] = []
    before, thought = None, ""
    for message in body["messages"]:
        role = message["role"]
        continues = role == before == "assistant"
        found.append(found[-1] if continues else (state.hexdigest()[:24], thought))
        for block in as_blocks(message.get("content")):
            if block.get("type") in _THINKING:
                thought = _digest(dump(block.get("signature", block.get("data"))))
            else:
                state.update(role.encode() + dump(unmarked(block)))
        before = role
    return [*found, (state.hexdigest()[:24], thought)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]
