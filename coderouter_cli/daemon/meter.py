"""Reads what an answer used, on the side; never touches the answer itself."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from coderouter_cli.domain.conversation import JsonObject, Part, Text
from coderouter_cli.domain.events import (
    Answer,
    Event,
    Failed,
    PartDelta,
    PartEnded,
    Ping,
    Stopped,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.domain.warmth import tokens_of
from coderouter_cli.wire.estimate import estimate_output


class Meter:
    """Usage of one attempt.

    The provider's final numbers are the truth. Until they come, its numbers so far are a lower
    bound for the input, and the output is what we have seen, counted by our own estimate. An error or
    a ping is no answer: a provider that sent nothing else has done no work.
    """

    def __init__(self, model: Model, prompt_tokens: int) -> None:
        self._model = model
        self._prompt_tokens = prompt_tokens
        self._seen: UsageSeen | None = None
        self._whole: list[Part] = []
        self._growing: defaultdict[int, list[str]] = defaultdict(list)
        self._answered = False
        self.complete = False
        """Whether the answer has come to its end."""
        self.unreadable = False
        """Whether some of it could not be read, so that nobody knows what the client was given."""

    def see(self, events: Iterable[Event]) -> None:
        """Take note of events as they pass."""
        for event in events:
            self._answered = self._answered or not isinstance(event, Failed | Ping | Unreadable)
            self.unreadable = self.unreadable or isinstance(event, Unreadable)
            self.complete = self.complete or isinstance(event, Stopped)
            if isinstance(event, UsageSeen):
                self._seen = event
            elif isinstance(event, PartDelta):
                self._growing[event.key].append(event.text)
            elif isinstance(event, PartEnded):
                self._growing.pop(event.key, None)
                self._whole.append(event.part)

    def see_answer(self, answer: Answer) -> None:
        """Take note of a whole answer."""
        self._answered = True
        self.complete = True
        self._whole += answer.parts
        if answer.usage is not None:
            self._seen = UsageSeen(answer.usage, answer.raw_usage or {}, final=True)

    @property
    def raw(self) -> JsonObject | None:
        """The provider's own usage object, as last seen."""
        return None if self._seen is None else self._seen.raw

    def reading(self) -> tuple[Usage | None, UsageSource | None]:
        """Usage and how it is known; both None while the provider has not begun to answer."""
        if not self._answered:
            return None, None
        if self._seen is None:
            prompt = tokens_of(self._model, self._prompt_tokens)
            return Usage(input=prompt, output=self._output()), UsageSource.ESTIMATED
        if self._seen.final:
            return self._seen.usage, UsageSource.REPORTED
        usage = self._seen.usage
        return replace(usage, output=max(usage.output, self._output())), UsageSource.PARTIAL

    def _output(self) -> int:
        growing = (Text("".join(texts)) for texts in self._growing.values())
        return tokens_of(self._model, estimate_output((*self._whole, *growing)))
