"""P8 to P10, P12, P13, P28, P41 and P42: the thinking of earlier turns."""

from collections.abc import Mapping

from tests.pitfalls.removal import Edit, Removal, removal
from tests.pitfalls.removals.places import CHAT, MESSAGES, RESPONSES

REASONING: Mapping[int, tuple[Removal, ...]] = {
    8: (
        removal(
            "to Anthropic",
            Edit(f"{MESSAGES}/cleaning.py", "return block if native else None", "return block"),
        ),
        removal(
            "a raw body with foreign thinking",
            Edit(
                f"{MESSAGES}/losses.py",
                "return opaque is None or opaque.maker is not None or not is_anthropic(opaque.data)",
                "return False",
            ),
        ),
        removal(
            "a hexadecimal signature",
            Edit("wire/natives.py", "and _HEX.fullmatch(signature) is None", "and _HEX is not None"),
        ),
        removal(
            "Anthropic's at a compatible provider",
            Edit(
                f"{MESSAGES}/cleaning.py",
                'if dialect.foreign_thinking == "drop" and (native or redacted):',
                "if False:",
            ),
        ),
        removal(
            "OpenAI's at Anthropic",
            Edit(f"{MESSAGES}/history.py", "or opaque.origin is not _FORMAT or not is_anthropic", "or not is_anthropic"),
        ),
        removal(
            "to OpenAI",
            Edit(f"{RESPONSES}/dialect.py", "if encrypted and not is_openai(encrypted):", "if False:"),
        ),
        removal(
            "an item without a carrier at OpenAI",
            Edit(
                f"{RESPONSES}/dialect.py",
                "return None if stateless and (not encrypted or",
                "return None if stateless and (",
            ),
        ),
        removal(
            "a raw body with a foreign carrier",
            Edit(
                f"{RESPONSES}/dialect.py",
                "return opaque is None or opaque.maker is not None or not is_openai(opaque.data)",
                "return False",
            ),
        ),
    ),
    9: (
        removal(
            "the signature alone",
            Edit(
                f"{MESSAGES}/cleaning.py",
                "return block if native else None",
                'return block if native else {k: v for k, v in block.items() if k != "signature"}',
            ),
        ),
        removal(
            "an empty message",
            Edit(
                f"{MESSAGES}/cleaning.py",
                'return {**message, "content": blocks} if blocks else None',
                'return {**message, "content": blocks}',
            ),
        ),
        removal(
            "the field where nobody checks it",
            Edit(
                f"{MESSAGES}/cleaning.py",
                'return block if redacted or "signature" in block else {**block, "signature": ""}',
                "return block",
            ),
        ),
        removal(
            "the signature alone in a healed request",
            Edit(
                "wire/forget.py",
                "kept = [block for block in content if as_object(block).get(\"type\") not in _BLOCKS]",
                'kept = [{k: v for k, v in block.items() if k != "signature"} for block in content]',
            ),
        ),
        removal(
            "the same request once more",
            Edit("daemon/course.py", "if better is None or _same_call(self.request, way, better):", "if better is None:"),
        ),
        removal("sent again without thinking", Edit("providers/heal.py", "_C.THINKING_SIGNATURE: _without_thinking,", "")),
    ),
    10: (
        removal(
            "a signature as encrypted reasoning",
            Edit(
                f"{RESPONSES}/history.py",
                "if opaque is None or not (is_for(opaque, provider, _FORMAT) or _is_bare(opaque)):",
                "if opaque is None:",
            ),
        ),
        removal(
            "a field that OpenAI does not know",
            Edit(
                f"{CHAT}/history.py",
                "if calls and dialect.reasoning_content:",
                "if calls:",
            ),
        ),
    ),
    12: (
        removal("the floor on Chat", Edit(f"{CHAT}/history.py", " or NO_THOUGHT", "")),
        removal("the floor for Chat clients", Edit(f"{CHAT}/dialect.py", " or NO_THOUGHT", "")),
        removal(
            "the floor on Messages",
            Edit(f"{MESSAGES}/history.py", 'if floored and role == "assistant" else', "if False else"),
        ),
        removal(
            "the floor for Messages clients",
            Edit(
                f"{MESSAGES}/cleaning.py",
                'if dialect.reasoning_content and message.get("role") == "assistant":',
                "if False:",
            ),
        ),
        removal(
            "in the history of a Messages client",
            Edit(f"{MESSAGES}/answer.py", 'signature = wrap(part, maker) or ""', 'signature = ""'),
        ),
        removal(
            "in the history of a Responses client",
            Edit(f"{RESPONSES}/outputs.py", "_bare(part.opaque) if maker is None else wrap(part, maker)", "None"),
        ),
        removal(
            "in the history of a Chat client",
            Edit(
                f"{CHAT}/thoughts.py",
                "sealed = None if self._maker is None else wrap(part, self._maker, place=self._place)",
                "sealed = None",
            ),
        ),
        removal(
            "back to its maker only",
            Edit(
                "wire/envelope.py",
                'return part.text if opaque.maker.provider == provider else ""',
                "return part.text",
            ),
        ),
        removal(
            "back on Messages",
            Edit(
                f"{MESSAGES}/history.py",
                'text = open_text(part, provider) if dialect.reasoning_content else ""',
                'text = ""',
            ),
        ),
        removal(
            "back on Chat",
            Edit(f"{CHAT}/history.py", "open_thoughts(message.parts, model.provider) or", "None or"),
        ),
    ),
    13: (
        removal(
            "the floor",
            Edit(f"{RESPONSES}/history.py", "settle(items, reasoning_floor=dialect.reasoning_content)", "settle(items, reasoning_floor=False)"),
        ),
        removal(
            "the floor for Responses clients",
            Edit(f"{RESPONSES}/dialect.py", "settle(kept, reasoning_floor=dialect.reasoning_content)", "settle(kept, reasoning_floor=False)"),
        ),
        removal(
            "its own reasoning",
            Edit(f"{RESPONSES}/history.py", "return reasoning_item(text) if text.strip() else None", "return None"),
        ),
        removal(
            "open reasoning that was relayed",
            Edit(f"{RESPONSES}/dialect.py", "if dialect.reasoning_content or is_envelope(", "if is_envelope("),
        ),
        removal(
            "one call after the other",
            Edit(f"{RESPONSES}/pairing.py", "if _is_assistant(item):\n                self._turn.append(index)", "if _is_assistant(item):\n                self._close_turn()\n                self._turn.append(index)"),
        ),
    ),
    28: (
        removal(
            "the parts of a summary",
            Edit(f"{RESPONSES}/outputs.py", "cuts=lengths if len(lengths) > 1 else ()", "cuts=()"),
        ),
        removal(
            "the same place for a folded message",
            Edit(
                f"{MESSAGES}/cleaning.py",
                "before = self._done[-1] if self._done else None",
                "before = self._done[0] if self._done else None",
            ),
            Edit(f"{MESSAGES}/cleaning.py", "self._done[-1] = {**before,", "self._done[0] = {**before,"),
        ),
        removal(
            "reasoning of all turns",
            Edit(
                f"{RESPONSES}/history.py",
                "items = [item for message in conversation.messages for item in _items(message, dialect, provider)]",
                "items = [item for message in conversation.messages for item in _items(message, dialect, provider)"
                ' if item["type"] != "reasoning"'
                ' or message is [one for one in conversation.messages if one.role == "assistant"][-1]]',
            ),
        ),
        removal(
            "ids that depend on the place alone",
            Edit(f"{MESSAGES}/pairing.py", "position = len(self._calls)", "position = len(self._messages)"),
        ),
    ),
    41: (
        removal(
            "out to a Messages client",
            Edit(f"{MESSAGES}/answer.py", 'signature = wrap(part, maker) or ""', 'signature = ""'),
        ),
        removal(
            "out to a Responses client",
            Edit(f"{RESPONSES}/outputs.py", "_bare(part.opaque) if maker is None else wrap(part, maker)", "_bare(part.opaque)"),
        ),
        removal(
            "out to a Chat client",
            Edit(f"{CHAT}/encoder.py", 'entry = self._details.entry(event.part) if isinstance(event.part, Reasoning) else None', "entry = None"),
        ),
        removal(
            "out to a Chat client in one piece",
            Edit(f"{CHAT}/answer.py", "details = details_of(answer.parts, context.maker)", "details = []"),
        ),
        removal(
            "in from a Messages client",
            Edit(f"{MESSAGES}/blocks.py", "yield opened(reasoning_of(block))", "yield reasoning_of(block)"),
        ),
        removal(
            "in from a Messages client to Anthropic",
            Edit(f"{MESSAGES}/cleaning.py", "return restored(opened(reasoning_of(block)), dialect, provider)", "return None"),
        ),
        removal(
            "in from a Responses client",
            Edit(f"{RESPONSES}/items.py", "(opened(Reasoning(", "((Reasoning("),
        ),
        removal(
            "in from a Responses client to OpenAI",
            Edit(f"{RESPONSES}/dialect.py", "if is_envelope(encrypted):", "if False:"),
        ),
        removal(
            "in from a Chat client",
            Edit(f"{CHAT}/thoughts.py", "for entry in as_list(message.get(DETAILS))", "for entry in ()"),
        ),
        removal(
            "to nobody else who speaks the format",
            Edit(
                "wire/envelope.py",
                "(opaque.maker.provider, opaque.origin) == (provider, origin)",
                "opaque.origin == origin",
            ),
        ),
        removal(
            "redacted thinking",
            Edit(f"{MESSAGES}/history.py", 'if opaque.kind == "redacted":', "if False:"),
        ),
    ),
    42: (
        removal(
            "in a stream",
            Edit(f"{RESPONSES}/encoder.py", "if kind is None or self._context.compact:", 'if kind in {None, "reasoning"}:'),
        ),
        removal(
            "in a whole answer",
            Edit(
                f"{RESPONSES}/outputs.py",
                "return reasoning_item(part, identity, maker)",
                "return reasoning_item(part, identity, maker) if part.text else None",
            ),
        ),
    ),
}
