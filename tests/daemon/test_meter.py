"""What an answer used, by what was seen of it."""

from pathlib import Path

import pytest

from coderouter_cli.accounting.cost import attempt_cost
from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.demo.script import Reply, Say, Tokens
from coderouter_cli.domain.conversation import FormatName, Reasoning, Text, ToolCall
from coderouter_cli.domain.events import (
    Answer,
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.wire.estimate import estimate_output
from coderouter_cli.wire.registry import format_of
from tests.daemon.kit import Client, ask, each_client, each_mode
from tests.harness import daemon_with

MODELS = load_catalog(prices=False).models
OPUS, LUNA = MODELS["claude-opus-5-5"], MODELS["gpt-6-luna"]
BROKEN = Failed(Failure(FailureKind.OVERLOADED, "busy"))
TEXT = "Some words that were said before it broke off."
SAID: tuple[Event, ...] = (
    Started(),
    PartStarted(0, Text("")),
    PartDelta(0, TEXT[:20]),
    PartDelta(0, TEXT[20:]),
)


def meter(*events: Event, prompt: int = 1_000) -> Meter:
    made = Meter(OPUS, prompt)
    made.see(events)
    return made


@pytest.mark.parametrize("events", [(), (Ping(),), (BROKEN,), (Ping(), Ping(), BROKEN)])
def test_a_provider_that_never_began_has_used_nothing(events: tuple[Event, ...]) -> None:
    assert meter(*events).reading() == (None, None)


def test_without_any_numbers_all_is_an_estimate_in_the_models_own_tokens() -> None:
    usage, source = meter(*SAID).reading()
    output = round(estimate_output((Text(TEXT),)) * OPUS.token_factor)
    assert (usage, source) == (Usage(input=1_300, output=output), UsageSource.ESTIMATED)
    other = Meter(LUNA, 1_000)
    other.see(SAID)
    assert other.reading()[0] == Usage(input=800, output=round(estimate_output((Text(TEXT),)) * 0.8))


def test_early_numbers_are_a_lower_bound_and_the_output_is_what_was_seen() -> None:
    early = UsageSeen(Usage(input=7, cache_read=90, output=1), {"input_tokens": 7}, final=False)
    usage, source = meter(Started(), early, *SAID[1:], BROKEN).reading()
    assert usage is not None
    assert (usage.input, usage.cache_read, source) == (7, 90, UsageSource.PARTIAL)
    assert usage.output == round(estimate_output((Text(TEXT),)) * OPUS.token_factor)
    large = UsageSeen(Usage(output=5_000), {}, final=False)
    assert meter(*SAID, large).reading() == (Usage(output=5_000), UsageSource.PARTIAL)


def test_the_last_word_is_the_truth_also_when_it_is_zero() -> None:
    zero = UsageSeen(Usage(), {"input_tokens": 0}, final=True)
    read = meter(*SAID, zero, Stopped(StopReason.END_TURN))
    assert read.reading() == (Usage(), UsageSource.REPORTED)
    assert read.raw == {"input_tokens": 0}


def test_every_part_counts_once_whether_it_grew_or_came_whole() -> None:
    call = ToolCall("c1", "run", '{"command": "pytest -q"}')
    thought = Reasoning("Let me see.")
    grown = meter(
        Started(),
        PartStarted(0, Reasoning("")),
        PartDelta(0, "Let me "),
        PartDelta(0, "see."),
        PartEnded(0, thought),
        PartStarted(1, ToolCall("c1", "run", "")),
        PartEnded(1, call),
        PartStarted(2, Text("")),
        PartDelta(2, "Half"),
    )
    usage, _ = grown.reading()
    assert usage is not None
    assert usage.output == round(estimate_output((thought, call, Text("Half"))) * OPUS.token_factor)


def test_a_whole_answer_without_numbers_is_estimated_with_its_calls() -> None:
    parts = (Text("Done."), ToolCall("c1", "run", '{"command": "pytest -q tests/daemon"}'))
    read = Meter(OPUS, 10)
    read.see_answer(Answer(parts, StopReason.TOOL_USE))
    expected = Usage(input=13, output=round(estimate_output(parts) * OPUS.token_factor))
    assert read.reading() == (expected, UsageSource.ESTIMATED)
    assert read.raw is None


def test_a_whole_answers_numbers_are_its_last_word() -> None:
    read = Meter(OPUS, 10)
    read.see_answer(Answer((Text("x"),), StopReason.END_TURN, usage=Usage(output=3), raw_usage={"o": 3}))
    assert (read.reading(), read.raw) == ((Usage(output=3), UsageSource.REPORTED), {"o": 3})


@each_client
@each_mode
@pytest.mark.parametrize("asked", ["claude-opus-5-5", "gpt-6.1-sol", "deepseek-flash"])
async def test_a_row_can_be_priced_again_from_what_the_provider_said(
    client: Client, stream: bool, asked: str, daemon_home: Path
) -> None:
    told = Tokens(input=70, cache_read=3_000, cache_write=200, cache_write_long=900, output=40)
    reply = Reply((Say("Hello."),), tokens=told, service_tier="priority")
    async with daemon_with(daemon_home, reply) as daemon:
        body = client.body(model=asked, stream=stream)
        assert (await ask(daemon, client, body, {"x-coderouter-lane": "direct"})).status == 200
        kept = daemon.record()
        models = daemon.front.pipeline.around.market.catalog.models
    (attempt,) = kept.attempts
    assert attempt.raw_usage is not None
    assert attempt.usage is not None
    spoken = {
        (target["provider"], target["model"]): FormatName(target["format"])
        for target in kept.opening.decision["chain"]
    }
    wire = format_of(spoken[attempt.provider, attempt.model])
    again = wire.read_usage(attempt.raw_usage, attempt.usage.tier)
    assert again == attempt.usage
    assert again.cache_read == 3_000
    cost = attempt_cost(models[attempt.model].card, again, kept.opening.started_at)
    assert cost is not None
    assert cost == attempt.cost == kept.row.cost
    assert kept.row.usage == attempt.usage


def test_a_piece_that_nobody_can_read_is_no_answer_and_is_remembered() -> None:
    meter = Meter(LUNA, 100)
    meter.see([Unreadable()])
    assert meter.unreadable
    assert meter.reading() == (None, None)
