"""The report a person reads, from rows built by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rich.console import Console

from coderouter_cli.accounting.summary import summarise
from coderouter_cli.cli.views.report import report_view
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.exchange import Baselines, Row, Status
from coderouter_cli.domain.money import PICO_PER_USD, Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.usage import Usage, UsageSource

ROW = Row(
    id="A",
    started_at=datetime(2026, 11, 23, tzinfo=UTC),
    client="claude-code",
    format=FormatName.ANTHROPIC_MESSAGES,
    lane=Lane.SMART,
    bypass=None,
    kind=RequestKind.TURN,
    phase=Phase.DEBUG,
    difficulty=Difficulty.HARD,
    requested_model="claude-opus-4-7",
    model="deepseek-flash",
    provider="deepseek",
    fidelity=Fidelity.SANITISED,
    session=None,
    status=Status.DONE,
    http_status=200,
    usage=Usage(input=10, output=5),
    usage_source=UsageSource.REPORTED,
    cost=Picodollars(PICO_PER_USD),
    baselines=Baselines(*(Picodollars(n * PICO_PER_USD) for n in (4, 5, 20))),
    attempts=1,
)


def shown(*rows: Row, width: int = 110) -> str:
    console = Console(width=width, record=True, force_terminal=False)
    with console.capture() as captured:
        for part in report_view(summarise(rows)):
            console.print(part)
    return captured.get()


def test_an_empty_ledger_says_what_to_do() -> None:
    assert "coderouter init" in shown()


def test_traffic_phases_and_money() -> None:
    direct = replace(
        ROW, id="B", lane=Lane.DIRECT, bypass="direct_lane", model="claude-opus-4-7", phase=Phase.PLAN
    )
    text = shown(ROW, ROW, ROW, direct)
    assert "75.0 %" in text
    assert "25.0 %" in text
    assert "direct lane" in text
    assert "deepseek-flash 100 %" in text
    assert "$4.00" in text
    assert "$16.00" in text
    assert "75.0 %" in text
    assert "Opus took 25.0 % of it" in text


def test_a_loss_is_shown_as_one() -> None:
    text = shown(replace(ROW, cost=Picodollars(6 * PICO_PER_USD)))
    assert "-$2.00" in text
    assert "-50.0 %" in text


def test_unknown_costs_and_cut_answers_are_named() -> None:
    text = shown(ROW, replace(ROW, id="C", status=Status.CUT, cost=None, usage_source=UsageSource.PARTIAL))
    assert "1 request at unknown cost" in text
    assert "1 cut" in text
    assert "1 reported, 1 partial, 0 estimated" in text


def test_a_year_is_only_told_from_an_hour_on() -> None:
    short = shown(ROW, replace(ROW, started_at=ROW.started_at + timedelta(minutes=5)))
    assert "A year at this pace: shown from an hour of use on." in short
    long = shown(ROW, replace(ROW, started_at=ROW.started_at + timedelta(days=1)))
    assert "A year at this pace: $730.00 spent, $2,190.00 saved (an estimate)." in long


def test_a_narrow_terminal_loses_no_number() -> None:
    assert "$1.00" in shown(ROW, width=60)
