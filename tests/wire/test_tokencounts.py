"""Counts that include one another, told apart; and usage from any provider's format into any client's."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.anthropic_messages.usage import write_usage as write_messages
from coderouter_cli.wire.formats.openai_chat.usage import write_usage as write_chat
from coderouter_cli.wire.formats.openai_responses.usage import write_usage as write_responses
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.tokencounts import Stated, settle

counts = st.integers(0, 10**6)
WRITERS: dict[FormatName, Callable[[Usage], JsonObject]] = {
    FormatName.ANTHROPIC_MESSAGES: write_messages,
    FormatName.OPENAI_RESPONSES: write_responses,
    FormatName.OPENAI_CHAT: write_chat,
}


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    output = draw(counts)
    return Usage(
        input=draw(counts),
        cache_read=draw(counts),
        cache_write=draw(counts),
        cache_write_long=draw(counts),
        output=output,
        reasoning=draw(st.integers(0, output)),
    )


def stated(**said: int | None) -> Stated:
    usual: dict[str, int | None] = dict.fromkeys(
        ("prompt", "cached", "written", "written_long", "output", "reasoning"), 0
    )
    return Stated(**{**usual, "total": None, **said})  # type: ignore[arg-type]  # only the total is None


@pytest.mark.parametrize("provider", FormatName)
@pytest.mark.parametrize("client", FormatName)
@given(usage=usages())
def test_every_number_reaches_every_client(provider: FormatName, client: FormatName, usage: Usage) -> None:
    read = format_of(provider).read_usage(WRITERS[provider](usage), None)
    assert read == usage
    told = format_of(client).read_usage(WRITERS[client](read), None)
    assert told == usage


@given(usages(), st.booleans(), st.booleans())
def test_the_total_tells_what_is_included_in_what(
    usage: Usage, cache_apart: bool, thought_apart: bool
) -> None:
    cached, written = usage.cache_read, usage.cache_write + usage.cache_write_long
    said = Stated(
        prompt=usage.input if cache_apart else usage.prompt,
        cached=cached,
        written=written,
        written_long=usage.cache_write_long,
        output=usage.output - usage.reasoning if thought_apart else usage.output,
        reasoning=usage.reasoning,
        total=usage.total,
    )
    # The readings may coincide: the cache may be as large as the reasoning.
    assume(cached + written != usage.reasoning)
    assert settle(said, None) == usage


@given(st.builds(Stated, counts, counts, counts, counts, counts, counts, st.none() | counts))
def test_the_classes_add_up_to_the_total_or_the_difference_shows(said: Stated) -> None:
    usage = settle(said, "flex")
    assert usage.reasoning <= usage.output
    assert usage.tier == "flex"
    if said.total is not None:
        assert usage.total + usage.discrepancy == said.total
    assert usage.discrepancy <= 0


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        (stated(prompt=35, output=12, total=109), Usage(35, output=74, reasoning=62)),
        (stated(prompt=10, output=2, reasoning=20, total=32), Usage(10, output=22, reasoning=20)),
        (stated(prompt=100, cached=90, output=5, total=195), Usage(100, 90, output=5)),
        (stated(prompt=100, cached=120, output=5, total=105), Usage(0, 100, output=5)),
        (stated(prompt=100, cached=120, output=5), Usage(100, 120, output=5)),
        (stated(prompt=10, output=5, total=12), Usage(10, output=5, discrepancy=-3)),
    ],
)
def test_readings_of_those_who_differ(said: Stated, usage: Usage) -> None:
    assert settle(said, None) == usage
