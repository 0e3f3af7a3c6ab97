"""A recorded thread as a replay needs it: prompts that grow, moments, and who spoke when.

Prompts are in estimated tokens. Two things a replay must know are not written down and are inferred:

- What of the history is still a prefix. A prompt that grows continues the one before. One that has
  shrunk by more than a tenth was cut or summarised: what the provider then really read is what is left.
- Whether the client asked for the long cache: where the last write that was recorded went.

Prices depend on the hour and the weekday, and on the day. So moments are moved by whole weeks into the week
before the one whose prices are asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.domain.transcript import Need, Step, Thread, Transcript
from coderouter_cli.simulation.tokens import factor_of

_CUT = 0.9
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Beat:
    """One step. ``turn`` counts the thread's human turns. ``kept`` is how much of the prompt before is still
    the beginning of this one; ``fresh`` as in `Step`. ``at`` is the moment of its prices."""

    turn: int
    at: datetime
    prompt: int
    kept: int
    output: int
    fresh: bool
    long: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """One thread. ``key`` tells it from others, the same in every run; ``transcript`` numbers its session.
    ``texts`` and ``needs`` are those of its turns."""

    key: str
    transcript: int
    client: str
    beats: tuple[Beat, ...]
    texts: tuple[str, ...]
    needs: tuple[Need | None, ...]

    @property
    def turns(self) -> int:
        """How many human turns there are."""
        return len(self.texts)


def scenes_of(transcripts: Iterable[Transcript], catalog: Catalog, now: datetime) -> tuple[Scene, ...]:
    """Every thread of every session, priced in the week before ``now`` (aware)."""
    return tuple(
        Scene(
            key=f"{transcript.session}/{thread.agent or ''}",
            transcript=number,
            client=transcript.client,
            beats=tuple(_beats(thread, catalog, now)),
            texts=tuple(turn.text for turn in thread.turns),
            needs=tuple(turn.need for turn in thread.turns),
        )
        for number, transcript in enumerate(transcripts)
        for thread in transcript.threads
    )


def _beats(thread: Thread, catalog: Catalog, now: datetime) -> Iterator[Beat]:
    before, at, long = 0, None, False
    shift = _WEEK * ((now - next(thread.steps).at) // _WEEK)
    for number, turn in enumerate(thread.turns):
        for place, step in enumerate(turn.steps):
            factor = factor_of(step.model, catalog)
            prompt = round(step.usage.prompt / factor)
            long = _is_long(step, long)
            at = step.at + shift if at is None else max(at, step.at + shift)
            fresh = step.fresh or place == 0
            output = round(step.usage.output / factor)
            yield Beat(number, at, prompt, _kept(before, prompt, step, factor), output, fresh, long)
            before = prompt


def _kept(before: int, prompt: int, step: Step, factor: float) -> int:
    if prompt >= _CUT * before:
        return min(before, prompt)
    return min(before, prompt, round(step.usage.cache_read / factor))


def _is_long(step: Step, before: bool) -> bool:  # noqa: FBT001 - a state handed from step to step
    if step.usage.cache_write == step.usage.cache_write_long:
        return before
    return step.usage.cache_write_long > step.usage.cache_write
