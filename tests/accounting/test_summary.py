import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.accounting.figures import Comparison, Summary
from coderouter_cli.accounting.summary import bypass_of, summarise, summary_json
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.exchange import Baselines, Row, Status
from coderouter_cli.domain.money import Picodollars, from_usd
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.usage import Usage, UsageSource

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def usd(amount: str | None) -> Picodollars | None:
    return None if amount is None else from_usd(Decimal(amount))


def money(cost: str | None, requested: str | None, opus: str | None = None, listed: str | None = None) -> Row:
    return replace(ROW, cost=usd(cost), baselines=Baselines(usd(requested), usd(opus), usd(listed)))


ROW = Row(
    id="01",
    started_at=START,
    client="claude-code",
    format=FormatName.ANTHROPIC_MESSAGES,
    lane=Lane.SMART,
    bypass=None,
    kind=RequestKind.TURN,
    phase=Phase.IMPLEMENT,
    difficulty=Difficulty.NORMAL,
    requested_model="claude-opus-5-5",
    model="deepseek-flash",
    provider="deepseek",
    fidelity=Fidelity.SANITISED,
    session=None,
    status=Status.DONE,
    http_status=200,
    usage=Usage(input=10, output=2),
    usage_source=UsageSource.REPORTED,
    cost=Picodollars(0),
    baselines=Baselines(None, None, None),
    attempts=1,
)

amounts = st.none() | st.integers(0, 10**15).map(Picodollars)
rows = st.builds(
    replace,
    st.just(ROW),
    started_at=st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds)),
    lane=st.sampled_from(Lane),
    bypass=st.sampled_from([None, "safety_check", "fallback"]),
    phase=st.sampled_from(Phase),
    model=st.sampled_from(["claude-opus-5-5", "claude-haiku-5-5", "deepseek-flash"]),
    status=st.sampled_from(Status),
    usage_source=st.none() | st.sampled_from(UsageSource),
    cost=amounts,
    baselines=st.builds(Baselines, amounts, amounts, amounts),
    attempts=st.integers(1, 3),
)


def test_a_report_by_hand() -> None:
    summary = summarise(
        [
            money("0.10", "0.50", "0.50", "2.00"),
            replace(money("0.30", "0.20", "0.40", "1.00"), phase=Phase.DEBUG, model="claude-opus-5-5"),
            replace(
                money("0.25", "0.25", "0.25", "0.25"), lane=Lane.DIRECT, bypass="direct_lane", client="codex"
            ),
        ]
    )
    assert (summary.requests, summary.routed, summary.bypassed) == (3, 2, 1)
    assert summary.bypasses == (("direct_lane", 1),)
    assert summary.clients == (("claude-code", 2), ("codex", 1))
    assert summary.spend.actual == usd("0.65")
    assert summary.spend.requested == Comparison(3, from_usd(Decimal("0.65")), from_usd(Decimal("0.95")))
    assert summary.spend.requested.saved == usd("0.30")
    assert summary.spend.requested.saved_pct == pytest.approx(100 * 30 / 95)
    assert summary.spend.opus_share == pytest.approx(30 / 65)
    assert [line.phase for line in summary.by_phase] == [Phase.IMPLEMENT, Phase.DEBUG]
    assert [(line.model, line.requests, line.cost) for line in summary.by_model] == [
        ("deepseek-flash", 2, usd("0.35")),
        ("claude-opus-5-5", 1, usd("0.30")),
    ]


def test_a_loss_is_shown_as_a_loss() -> None:
    spend = summarise([money("0.50", "0.20")]).spend
    assert spend.requested.saved == usd("-0.30")
    assert spend.requested.saved_pct == pytest.approx(-150)


def test_a_row_of_unknown_cost_is_on_neither_side() -> None:
    spend = summarise([money("0.10", "0.50"), money(None, "9.00")]).spend
    assert (spend.actual, spend.unknown) == (usd("0.10"), 1)
    assert spend.requested == Comparison(1, from_usd(Decimal("0.10")), from_usd(Decimal("0.50")))


def test_a_row_without_a_baseline_is_paid_for_but_not_compared() -> None:
    spend = summarise([money("0.10", "0.50"), money("3.00", None)]).spend
    assert (spend.actual, spend.unknown) == (usd("3.10"), 0)
    assert spend.requested.saved == usd("0.40")


def test_an_open_exchange_is_not_of_unknown_cost_yet() -> None:
    running = replace(money(None, None), status=Status.OPEN, usage=None, usage_source=None)
    summary = summarise([running, replace(running, status=Status.ORPHANED)])
    assert summary.spend.unknown == 1
    assert dict(summary.statuses) == {Status.OPEN: 1, Status.ORPHANED: 1}
    assert summary.usage_sources == ()


@pytest.mark.parametrize(
    ("lane", "bypass", "expected"),
    [
        (Lane.SMART, None, None),
        (Lane.SMART, "safety_check", "safety_check"),
        (Lane.DIRECT, None, "direct_lane"),
        (Lane.DIRECT, "direct_lane", "direct_lane"),
    ],
)
def test_what_counts_as_bypassed(lane: Lane, bypass: str | None, expected: str | None) -> None:
    assert bypass_of(replace(ROW, lane=lane, bypass=bypass)) == expected


def test_a_day_is_a_365th_of_a_year() -> None:
    summary = summarise([money("1", "2"), replace(money("1", "2"), started_at=START + timedelta(days=1))])
    assert summary.span == timedelta(days=1)
    assert summary.annualised(from_usd(Decimal(2))) == usd("730")
    assert summary.annualised(from_usd(Decimal(-2))) == usd("-730")


def test_one_moment_says_nothing_about_a_year() -> None:
    assert summarise([ROW, ROW]).annualised(from_usd(Decimal(1))) is None
    assert summary_json(summarise([ROW]))["annualised"] is None


def test_an_empty_ledger() -> None:
    told = summary_json(summarise([]))
    assert told["requests"] == told["routed"] == told["bypassed"] == 0
    assert told["by_phase"] == told["by_model"] == []
    assert told["spend"]["actual_usd"] == "0.00"
    assert told["spend"]["saved_pct"] is None
    assert told["spend"]["opus_share"] is None
    assert told["usage_sources"] == {"reported": 0, "partial": 0, "estimated": 0}
    assert told["period"] is None


def test_the_json_of_a_report() -> None:
    told = summary_json(
        summarise(
            [
                money("0.10", "0.50", "0.60", "2.00"),
                replace(money("0.000000000001", "0.50", "0.60", "2.00"), attempts=2),
                replace(money("0.30", "0.20", "0.40", "1.00"), phase=Phase.DEBUG, model="claude-opus-5-5"),
            ]
        )
    )
    assert list(told)[:6] == ["requests", "routed", "bypassed", "by_phase", "spend", "usage_sources"]
    first = told["by_phase"][0]
    assert (first["phase"], first["requests"], first["share"]) == ("implement", 2, 0.6667)
    model = first["models"][0]
    assert (model["model"], model["requests"], model["share"]) == ("deepseek-flash", 2, 1.0)
    spend = told["spend"]
    assert spend["actual_usd"] == "0.400000000001"
    assert spend["baselines"] == {"requested_usd": "1.20", "all_opus_usd": "1.60", "list_price_usd": "5.00"}
    assert spend["saved_usd"] == "0.799999999999"
    assert spend["saved_pct"] == 66.67
    assert spend["opus_share"] == 0.75
    assert told["retried"] == 1
    assert json.loads(json.dumps(told)) == told


@given(st.lists(rows, max_size=30))
def test_every_request_is_counted_once(some: list[Row]) -> None:
    summary = summarise(some)
    assert summary.requests == len(some) == summary.routed + summary.bypassed
    assert summary.bypassed == sum(count for _, count in summary.bypasses)
    assert summary.requests == sum(count for _, count in summary.statuses)
    assert summary.requests == sum(line.requests for line in summary.by_phase)
    assert summary.requests == sum(line.requests for line in summary.by_model)
    for line in summary.by_phase:
        assert line.requests == sum(model.requests for model in line.models) > 0


@given(st.lists(rows, max_size=30))
def test_every_picodollar_is_counted_once(some: list[Row]) -> None:
    summary = summarise(some)
    paid = sum(row.cost for row in some if row.cost is not None)
    assert summary.spend.actual == paid
    assert paid == sum(line.cost for line in summary.by_phase) == sum(line.cost for line in summary.by_model)
    assert summary.spend.opus <= summary.spend.actual
    both = [(row.cost, row.baselines.all_opus) for row in some]
    saved = sum(other - cost for cost, other in both if cost is not None and other is not None)
    assert summary.spend.all_opus.saved == saved


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(some: list[Row], chance: Random) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)
    assert summarise(shuffled) == summarise(some)


@given(st.lists(rows, max_size=10), st.lists(rows, max_size=10))
def test_two_ledgers_add_up(one: list[Row], other: list[Row]) -> None:
    def sums(summary: Summary) -> tuple[int, ...]:
        spend = summary.spend
        return (summary.requests, summary.routed, spend.actual, spend.unknown, spend.requested.saved)

    together = sums(summarise(one + other))
    apart = zip(sums(summarise(one)), sums(summarise(other)), strict=True)
    assert together == tuple(sum(pair) for pair in apart)
