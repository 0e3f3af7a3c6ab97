"""What goes wrong at a provider, and what Codex shows of it without us."""

from dataclasses import dataclass

from coderouter_cli.demo.script import (
    CloseAfter,
    CloseBeforeHeaders,
    HttpError,
    Outcome,
    Reply,
    Say,
    Script,
    StreamError,
)
from tests.real.codex import Codex, Shown
from tests.real.scripts import Sequence

_LONG = Reply((Say("word " * 50),))
_AT_ONCE = (("retry-after", "0"),)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong. ``words`` are in the error that is shown when it lasts.

    ``remembered``: we leave a provider alone for a while after it.
    """

    name: str
    outcome: Outcome
    words: tuple[str, ...] = ()
    remembered: bool = False

    def once(self) -> Script:
        """It happens to the first request only."""
        return Sequence((self.outcome,), lambda _: Reply())

    def always(self) -> Script:
        """It happens to every request."""
        return lambda _: self.outcome


def _broken(fault: CloseAfter | CloseBeforeHeaders | StreamError) -> Reply:
    return Reply(_LONG.pieces, fault=fault)


PASSING = (
    Trouble("a byte at a time", Reply(slice_size=1)),
    Trouble("429 once", HttpError(429, "Rate limit reached.", headers=_AT_ONCE)),
    Trouble("500 once", HttpError(500, "Out of order.")),
    Trouble("529 once", HttpError(529, "Overloaded.", kind="overloaded_error")),
    Trouble("no answer once", _broken(CloseBeforeHeaders())),
    Trouble("cut once", _broken(CloseAfter(events=6))),
    Trouble("cut clean once", _broken(CloseAfter(events=6, how="clean"))),
    Trouble("error in stream once", _broken(StreamError(events=6))),
    Trouble("error at start once", _broken(StreamError(events=1))),
)
LASTING = (
    Trouble("400", HttpError(400, "This is no request."), ("This is no request.",)),
    Trouble(
        "too long",
        HttpError(
            400,
            "Your input exceeds the context window of this model.",
            code="context_length_exceeded",
            param="input",
        ),
        ("ran out of room in the model's context window",),
    ),
    Trouble(
        "401",
        HttpError(401, "Incorrect API key provided."),
        ("Incorrect API key provided.",),
        remembered=True,
    ),
    Trouble("402", HttpError(402, "Insufficient Balance"), ("Insufficient Balance",)),
    Trouble("429", HttpError(429, "Rate limit reached.", headers=_AT_ONCE), ("429",), remembered=True),
    Trouble(
        "no quota",
        HttpError(429, "No quota is left.", kind="insufficient_quota", code="insufficient_quota"),
        ("Quota exceeded",),
    ),
    Trouble("500", HttpError(500, "Out of order."), ("Out of order.",)),
    Trouble("529", HttpError(529, "Overloaded.", kind="overloaded_error"), ("Overloaded.",), remembered=True),
    Trouble("cut", _broken(CloseAfter(events=6)), ("before",)),
    Trouble("error in stream", _broken(StreamError(events=6)), ("before completion",)),
)


async def survive(codex: Codex, trouble: Trouble) -> None:
    """It passes, and the person is answered."""
    codex.machine.provider.script = trouble.once()
    shown = await codex.ask("Say done.")
    assert (shown.code, shown.text) == (0, "Done."), shown.screen


async def fail(codex: Codex, trouble: Trouble) -> Shown:
    """It lasts, and the person is told."""
    codex.machine.provider.script = trouble.always()
    shown = await codex.ask("Say done.")
    assert (shown.code, shown.text) == (1, ""), shown.screen
    return shown
