"""Reads what an answer used, on the side; never touches the answer itself."""

from collections.abc import Iterable

from coderouter_cli.domain.conversation import JsonObject, Text
from coderouter_cli.domain.events import Answer, Event, PartDelta, UsageSeen
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.wire.estimate import estimate_output


class Meter:
    """Usage of one attempt.

    The provider's final numbers are the truth. Until they come, its numbers so far are a lower
    bound for the input, and the output is what we have seen, counted by our own estimate.
    """

    def __init__(self, model: Model, prompt_tokens: int) -> None:
        self._factor = model.token_factor
        self._prompt_tokens = prompt_tokens
        self._seen: UsageSeen | None = None
        self._texts: list[str] = []
        self._answered = False

    def see(self, events: Iterable[Event]) -> None:
        """Take note of events as they pass."""
        for event in events:
            self._answered = True
            if isinstance(event, UsageSeen):
                self._seen = event
            elif isinstance(event, PartDelta):
                self._texts.append(event.text)

    def see_answer(self, answer: Answer) -> None:
        """Take note of a whole answer."""
        self._answered = True
        if answer.usage is not None:
            self._seen = UsageSeen(answer.usage, answer.raw_usage or {}, final=True)
        else:
            self._texts.append("".join(part.text for part in answer.parts if isinstance(part, Text)))

    @property
    def raw(self) -> JsonObject | None:
        """The provider's own usage object, as last seen."""
        return None if self._seen is None else self._seen.raw

    def reading(self) -> tuple[Usage | None, UsageSource | None]:
        """Usage and how it is known; both None while the provider has not begun to answer."""
        if not self._answered:
            return None, None
        if self._seen is None:
            prompt = round(self._prompt_tokens * self._factor)
            return Usage(input=prompt, output=self._output()), UsageSource.ESTIMATED
        if self._seen.final:
            return self._seen.usage, UsageSource.REPORTED
        return self._with_output(self._seen.usage), UsageSource.PARTIAL

    def _with_output(self, usage: Usage) -> Usage:
        return Usage(
            input=usage.input,
            cache_read=usage.cache_read,
            cache_write=usage.cache_write,
            cache_write_long=usage.cache_write_long,
            output=max(usage.output, self._output()),
            reasoning=usage.reasoning,
            tier=usage.tier,
        )

    def _output(self) -> int:
        return round(estimate_output((Text("".join(self._texts)),)) * self._factor)
