"""Answers to what a person says to CodeRouter alone (``@cr why``): in the client's own format, from here.

Nothing is sent to a provider. The exchange has a row all the same, so that what clients sent is what the
ledger counts: bypass ``command``, no model, a cost of nothing, and not a word of what was said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coderouter_cli.daemon.hearing import AUTO, CHEAP, DIRECT, WHY, WHY_NOT, Command, Heard
from coderouter_cli.daemon.market import Market
from coderouter_cli.daemon.plan import Moment, reply_context
from coderouter_cli.daemon.rulebook import model_meant
from coderouter_cli.daemon.whose import conversation_key, hashed
from coderouter_cli.domain.conversation import JsonObject, Text
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.events import (
    Answer,
    Event,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.exchange import Baselines, Closing, Opening, Status
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.domain.usage import Usage
from coderouter_cli.errors import LedgerError
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.providers.headers import Headers
from coderouter_cli.routing.control import Rules, denial
from coderouter_cli.routing.reasons import loss_words, usd
from coderouter_cli.routing.tell import next_switch, why, why_not
from coderouter_cli.storage.ledger.rows import Record
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json

BYPASS = "command"
NOBODY = "none"
"""The model and the provider of a row that none answered."""
_VERSION = 1
_HELP = """\
What CodeRouter understands, on a line of its own:
- `@cr opus`, `@cr sonnet`, `@cr MODEL`: that model, or the best of that family
- `@cr cheap`: the frugal strategy
- `@cr direct`: the model that your client asks for
- `@cr auto`: back to your settings
- `@cr why`, `@cr why not MODEL`: the reasons for the last choice

With other text it holds for that turn; alone, for the conversation, until `@cr auto`."""
_SET = {
    AUTO: "Your settings choose again in this conversation.",
    CHEAP: "The frugal strategy holds for this conversation, until `@cr auto`.",
    DIRECT: "Your client's own model answers in this conversation, until `@cr auto`.",
}

Remembered = Callable[[str], Record | None]
"""From a conversation's key to its last routed exchange; None when the ledger knows none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A command's answer: the row's two ends, and the bytes for the client."""

    opening: Opening
    closing: Closing
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are answered. ``last`` reads the ledger."""

    market: Market
    last: Remembered

    def reply(self, command: Command, heard: Heard, request: ClientRequest, moment: Moment) -> Reply:
        """Answer a command. Reads the disk: not for the event loop."""
        key = conversation_key(heard.origin, request.conversation, prefixes(request.conversation))
        opening = _opening(command, heard, request, moment, key)
        headers = (
            ("x-coderouter-request-id", moment.id),
            ("x-coderouter-lane", opening.lane.value),
            ("x-coderouter-model", NOBODY),
        )
        text = self._text(command, heard, key)
        return Reply(opening, _closing(moment), headers, _written(text, request, moment, heard.origin.client))

    def _text(self, command: Command, heard: Heard, key: str) -> str:
        if command.rules is not None:
            return _set(command.word, command.rules, heard, self.market)
        if command.word == WHY or command.word.startswith(WHY_NOT):
            return self._why(command.word.removeprefix(WHY).removeprefix(" not "), key)
        model = meant(command.word, self.market)
        if model is None:
            return f"CodeRouter does not know {_quoted(command.word)}.\n\n{_HELP}"
        return f"{model.id} cannot be asked: {_unreachable(model, self.market)}."

    def _why(self, other: str, key: str) -> str:
        try:
            record = self.last(key)
        except LedgerError as error:
            return error.sentence()
        if record is None:
            return "Nothing was routed in this conversation yet."
        if other:
            return _why_not(other, self.market, record.opening.decision)
        return "\n".join(_reasons(record, self.market))


def meant(word: str, market: Market) -> Model | None:
    """The model a person means by a word, with this market's best for a family."""
    return model_meant(word, market.catalog, (model for _, model in market.models()))


def not_chosen(decision: JsonObject, model: Model, market: Market) -> str:
    """Why a model of the catalog was not chosen, whether it was a candidate or not."""
    return why_not(decision, model.id) or f"{model.id} was no candidate: {_unreachable(model, market)}."


def _unreachable(model: Model, market: Market) -> str:
    if model.provider not in market.keyed:
        return f"there is no key for {model.provider} (`coderouter keys set {model.provider}`)"
    if not market.allows(model):
        return loss_words("denied_by_config")
    if model.legacy:
        return "it is an older model, only served when it is asked for by name"
    return "it was not within reach then"


def _set(word: str, rules: Rules, heard: Heard, market: Market) -> str:
    if rules.model is None:
        return _SET[word]
    denied = denial(heard.voices, market.catalog.models[rules.model].provider, rules.model)
    if denied is not None:
        return f"{rules.model} cannot be asked here: {loss_words(denied)}."
    return f"{rules.model} answers in this conversation, until `@cr auto`."


def _why_not(name: str, market: Market, decision: JsonObject) -> str:
    model = meant(name, market)
    if model is None:
        return f"CodeRouter knows no model called {_quoted(name)}."
    return not_chosen(decision, model, market)


def _reasons(record: Record, market: Market) -> Iterator[str]:
    decision, row = record.opening.decision, record.row
    yield from why(decision)
    if row.cost is not None:
        asked = row.baselines.requested
        beside = "" if asked is None else f"; on {row.requested_model} it would have been {usd(asked)}"
        yield f"That exchange cost {usd(row.cost)}{beside}."
    chosen = market.catalog.models.get(decision["chain"][0]["model"])
    yield next_switch(decision, None if chosen is None else chosen.cache_ttl_s)


def _quoted(word: str) -> str:
    shown = "".join(char for char in word[:40] if char.isprintable() and char != "`")
    return f"`{shown}`"


def _closing(moment: Moment) -> Closing:
    return Closing(
        id=moment.id,
        status=Status.DONE,
        http_status=200,
        provider=NOBODY,
        model=NOBODY,
        fidelity=Fidelity.RAW,
        duration_ms=0,
        first_byte_ms=None,
        usage=None,
        usage_source=None,
        cost=Picodollars(0),
        baselines=Baselines(None, None, None),
        attempts=(),
    )


def _opening(command: Command, heard: Heard, request: ClientRequest, moment: Moment, key: str) -> Opening:
    origin = heard.origin
    said = WHY if command.word.startswith(WHY) else ("help" if command.rules is None else "set")
    return Opening(
        id=moment.id,
        started_at=moment.now,
        client=origin.client,
        format=request.format,
        lane=Lane.SMART,
        bypass=BYPASS,
        kind=origin.kind,
        phase=Phase.DOCUMENT,
        difficulty=Difficulty.EASY,
        confidence=1.0,
        requested_model=request.conversation.model,
        model=NOBODY,
        provider=NOBODY,
        fidelity=Fidelity.RAW,
        session=None if origin.session is None else hashed(origin.session),
        conversation=key,
        stream=request.conversation.stream,
        estimate=0,
        decision={"version": _VERSION, "command": said},
    )


def _written(text: str, request: ClientRequest, moment: Moment, client: str) -> bytes:
    wire, context = format_of(request.format), reply_context(request, moment, client)
    if not request.conversation.stream:
        answer = Answer((Text(text),), StopReason.END_TURN, usage=_NOTHING, raw_usage={})
        return compact_json(wire.encode_answer(answer, context))
    encoder = wire.encoder(context)
    return b"".join(encoder.feed(event) for event in _events(text))


_NOTHING = Usage()


def _events(text: str) -> Iterator[Event]:
    yield Started()
    yield PartStarted(0, Text(""))
    yield PartDelta(0, text)
    yield PartEnded(0, Text(text))
    yield UsageSeen(_NOTHING, {}, final=True)
    yield Stopped(StopReason.END_TURN)
