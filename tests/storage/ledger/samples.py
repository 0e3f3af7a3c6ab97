"""Exchanges for the tests, and a home to keep them in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.exchange import Attempt, Baselines, Closing, Opening, Progress, Status
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.paths import Paths

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
USAGE = Usage(
    input=10, cache_read=2_000, cache_write=300, cache_write_long=0, output=40, reasoning=5, tier="flex"
)
COST = Picodollars(1_234_567_890)
BASELINES = Baselines(Picodollars(5_000_000_000), Picodollars(9_000_000_000), None)


def home(tmp_path: Path) -> Paths:
    paths = Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)})
    paths.ensure()
    return paths


def name(number: int) -> str:
    """An id; a greater number gives a greater one."""
    return f"01{number:024d}"


def opening(number: int = 1, client: str = "codex") -> Opening:
    return Opening(
        id=name(number),
        started_at=START + timedelta(seconds=number, milliseconds=7),
        client=client,
        format=FormatName.OPENAI_RESPONSES,
        lane=Lane.SMART,
        bypass=None,
        kind=RequestKind.TURN,
        phase=Phase.DEBUG,
        difficulty=Difficulty.HARD,
        confidence=0.75,
        requested_model="gpt-6.1-sol",
        model="deepseek-v4-pro",
        provider="deepseek",
        fidelity=Fidelity.TRANSLATED,
        session="5e55",
        conversation="c0ff",
        stream=True,
        estimate=2_310,
        decision={"reasons": [{"code": "phase", "detail": "stack trace"}], "horizon": 3},
    )


def attempt(number: int = 1, failure: str | None = None) -> Attempt:
    return Attempt(
        number=number,
        provider="deepseek",
        model="deepseek-v4-pro",
        fidelity=Fidelity.TRANSLATED,
        started_at=START + timedelta(milliseconds=number),
        duration_ms=900,
        http_status=503 if failure else 200,
        failure=failure,
        usage=None if failure else USAGE,
        usage_source=None if failure else UsageSource.REPORTED,
        raw_usage=None if failure else {"prompt_tokens": 2_310, "details": {"cached": 0}},
        cost=None if failure else COST,
    )


def progress(number: int = 1) -> Progress:
    return Progress(
        id=name(number),
        provider="openai",
        model="gpt-6.1-luna",
        fidelity=Fidelity.RAW,
        first_byte_ms=120,
        usage=USAGE,
        usage_source=UsageSource.PARTIAL,
        cost=COST,
        baselines=BASELINES,
    )


def closing(number: int = 1, status: Status = Status.DONE) -> Closing:
    return Closing(
        id=name(number),
        status=status,
        http_status=200,
        provider="deepseek",
        model="deepseek-v4-pro",
        fidelity=Fidelity.TRANSLATED,
        duration_ms=1_500,
        first_byte_ms=250,
        usage=USAGE,
        usage_source=UsageSource.REPORTED,
        cost=COST,
        baselines=BASELINES,
        attempts=(attempt(1, "overloaded"), attempt(2)),
    )


def unanswered(number: int = 1) -> Closing:
    """An exchange that no provider began to answer."""
    return replace(
        closing(number, Status.FAILED),
        http_status=529,
        first_byte_ms=None,
        usage=None,
        usage_source=None,
        cost=None,
        baselines=Baselines(None, None, None),
        attempts=(attempt(1, "overloaded"),),
    )


def keep_estimates(paths: Paths, began: datetime, reported: int, count: int, first: int = 1) -> None:
    """Rows of one model whose prompts we took for 1,000 tokens and whose provider reported so many."""
    writer = LedgerWriter(paths)
    writer.start()
    for number in range(first, first + count):
        writer.open(replace(opening(number), started_at=began, estimate=1_000))
        usage = Usage(input=reported - 100, cache_read=60, cache_write=30, cache_write_long=10, output=5)
        writer.close(replace(closing(number), usage=usage))
    writer.shutdown(5.0)
