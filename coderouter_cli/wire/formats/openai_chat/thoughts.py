"""Reasoning in Chat messages: for the eye in ``reasoning_content``, for its maker in ``reasoning_details``.

``reasoning_details`` is OpenRouter's field
(https://openrouter.ai/docs/use-cases/reasoning-tokens): a list of entries that a client sends back as
they came. Ours are of its type ``reasoning.encrypted`` and hold an envelope each. Chat joins the texts of
an answer and keeps no order between text, reasoning and calls, so text and place are in the envelope too.

Gemini signs tool calls and refuses one that comes back without its signature, or with another model's
(https://ai.google.dev/gemini-api/docs/thought-signatures).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Maker,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
)
from coderouter_cli.domain.model import Model
from coderouter_cli.wire.envelope import Place, open_text, unwrap, wrap
from coderouter_cli.wire.read import as_list, as_object, as_str

DETAILS = "reasoning_details"
EXTRA = "extra_content"
"""Where Gemini puts the thought signature of a tool call."""
_TYPE = "reasoning.encrypted"
_FORMAT = FormatName.OPENAI_CHAT
_UNSIGNED = "skip_thought_signature_validator"
"""What Google's documentation says to send for a call that another model made."""


class Details:
    """The entries of one answer, as its parts go by."""

    def __init__(self, maker: Maker | None) -> None:
        self._maker = maker
        self._count = 0
        self._place = Place(0, 0)

    def text(self, said: str) -> None:
        """More of the answer's text."""
        self._place = replace(self._place, characters=self._place.characters + len(said))

    def call(self) -> None:
        """One more tool call."""
        self._place = replace(self._place, calls=self._place.calls + 1)

    def entry(self, part: Reasoning) -> JsonObject | None:
        """The entry of reasoning that stands here; None when there is nothing to carry."""
        sealed = None if self._maker is None else wrap(part, self._maker, place=self._place)
        if sealed is None:
            return None
        entry = {"type": _TYPE, "data": sealed, "format": "unknown", "index": self._count}
        self._count += 1
        return entry


def details_of(parts: Iterable[Part], maker: Maker | None) -> list[JsonObject]:
    """The entries of a whole answer."""
    details = Details(maker)
    found: list[JsonObject | None] = []
    for part in parts:
        if isinstance(part, Reasoning):
            found.append(details.entry(part))
        elif isinstance(part, Text):
            details.text(part.text)
        elif isinstance(part, ToolCall):
            details.call()
    return [entry for entry in found if entry is not None]


def shown_reasoning(message: JsonObject) -> str:
    """The thinking in a message or a delta: DeepSeek's field, or OpenRouter's.

    Some servers fill both with the same text.
    """
    return as_str(message.get("reasoning_content")) or as_str(message.get("reasoning"))


def thoughts_in(message: JsonObject) -> list[Reasoning]:
    """The reasoning of an assistant's message in a history: what envelopes hold, else what it shows."""
    return [part for part, _ in _placed(message)]


def with_thoughts(message: JsonObject, prose: Iterable[Part], calls: Iterable[ToolCall]) -> tuple[Part, ...]:
    """An assistant's parts, with its reasoning in the places where it stood."""
    placed = _placed(message)
    return (*_between_text(placed, prose), *_between_calls(placed, calls))


def open_thoughts(parts: Iterable[Part], provider: str) -> str:
    """The reasoning a provider may get back in the open."""
    texts = (open_text(part, provider) for part in parts if isinstance(part, Reasoning))
    return "\n\n".join(text for text in texts if text.strip())


def signatures(parts: Iterable[Part], model: Model) -> dict[str, str]:
    """The thought signatures this very model gave, by the ids of their calls."""
    opaques = (part.opaque for part in parts if isinstance(part, Reasoning) and part.opaque is not None)
    return {opaque.call_id or "": opaque.data for opaque in opaques if _is_signature(opaque, model)}


def signed(entries: list[JsonObject], ids: Iterable[str], known: dict[str, str]) -> list[JsonObject]:
    """Entries of ``tool_calls`` for Gemini, each with its signature; ``ids`` are the calls' own.

    Of parallel calls only the first has one, and must have one.
    """
    out = []
    for index, (entry, call_id) in enumerate(zip(entries, ids, strict=True)):
        signature = known.get(call_id) or signature_of(entry) or ("" if index else _UNSIGNED)
        out.append({**entry, EXTRA: {"google": {"thought_signature": signature}}} if signature else entry)
    return out


def signature_of(entry: JsonObject) -> str:
    """The thought signature in an entry of ``tool_calls``; empty when there is none."""
    return as_str(as_object(as_object(entry.get(EXTRA)).get("google")).get("thought_signature"))


def thought_of(signature: str, call_id: str) -> Reasoning:
    """A call's thought signature as reasoning before the call."""
    return Reasoning("", Opaque(_FORMAT, "thought", signature, call_id=call_id))


def _is_signature(opaque: Opaque, model: Model) -> bool:
    maker = opaque.maker
    own = maker is not None and (maker.provider, maker.model) == (model.provider, model.id)
    return own and opaque.kind == "thought"


def _placed(message: JsonObject) -> list[tuple[Reasoning, Place]]:
    found = [
        (Reasoning(envelope.text, envelope.opaque), envelope.place)
        for entry in as_list(message.get(DETAILS))
        if (envelope := unwrap(as_object(entry).get("data"))) is not None
        and envelope.text is not None
        and envelope.place is not None
    ]
    shown = shown_reasoning(message)
    return found or ([(Reasoning(shown), Place(0, 0))] if shown else [])


def _between_text(placed: list[tuple[Reasoning, Place]], prose: Iterable[Part]) -> Iterator[Part]:
    """Prose with the reasoning that came before the first call, its text cut where reasoning stood."""
    waiting = [(thought, place.characters) for thought, place in placed if place.calls == 0]
    passed = 0
    for part in prose:
        end = passed + (len(part.text) if isinstance(part, Text) else 0)
        yield from _cut(part, [(thought, at - passed) for thought, at in waiting if at <= end])
        waiting = [(thought, at) for thought, at in waiting if at > end]
        passed = end
    yield from (thought for thought, _ in waiting)


def _cut(part: Part, thoughts: list[tuple[Reasoning, int]]) -> Iterator[Part]:
    if not isinstance(part, Text):
        yield from (thought for thought, _ in thoughts)
        yield part
        return
    done = 0
    for thought, at in thoughts:
        if at > done:
            yield Text(part.text[done:at])
            done = at
        yield thought
    if done < len(part.text) or not thoughts:
        yield replace(part, text=part.text[done:])


def _between_calls(placed: list[tuple[Reasoning, Place]], calls: Iterable[ToolCall]) -> Iterator[Part]:
    waiting = [(part, place.calls) for part, place in placed if place.calls > 0]
    for count, call in enumerate(calls):
        while waiting and waiting[0][1] <= count:
            yield waiting.pop(0)[0]
        yield call
    yield from (thought for thought, _ in waiting)
