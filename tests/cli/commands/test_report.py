"""`report`: the ledger's sums, to the picodollar."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from coderouter_cli.cli.commands.report import make_report
from coderouter_cli.domain.exchange import Baselines, Status
from coderouter_cli.domain.money import PICO_PER_USD, Picodollars, usd_string
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import UsageError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.cli.home import Home
from tests.storage.ledger.samples import START, closing, opening, unanswered

FIRST = START + timedelta(seconds=1)
COSTS = (1, 333_333_333_333, 2 * PICO_PER_USD + 7)


@pytest.fixture
def filled(home: Home) -> Home:
    """Three answered requests at odd prices, one cut, one failed, one still open."""
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    for number, cost in enumerate(COSTS, 1):
        client = "codex" if number == 1 else "claude-code"
        writer.open(replace(opening(number, client), phase=tuple(Phase)[number]))
        baselines = Baselines(Picodollars(3 * cost), Picodollars(5 * cost), Picodollars(7 * cost + 1))
        writer.close(replace(closing(number), cost=Picodollars(cost), baselines=baselines))
    writer.open(opening(4))
    writer.close(replace(closing(4, Status.CUT), cost=None))
    writer.open(opening(5))
    writer.close(unanswered(5))
    writer.open(opening(6)).result(5)
    writer.shutdown(5.0)
    return home


def test_an_empty_home_shows_an_empty_report(home: Home) -> None:
    done = home.run("report")

    assert done.code == 0
    assert "No requests yet" in done.out
    data = home.run("report", "--json").data
    assert (data["requests"], data["spend"]["actual_usd"], data["period"]) == (0, "0.00", None)
    assert home.snapshot() == {}


def test_the_json_equals_sql_to_the_picodollar(filled: Home) -> None:
    totals = LedgerReader(filled.paths).totals()
    data = filled.run("report", "--json").data

    spend = data["spend"]
    assert totals["cost"] == sum(COSTS)
    assert spend["actual_usd"] == usd_string(Picodollars(totals["cost"]))
    assert Decimal(spend["actual_usd"]) * PICO_PER_USD == totals["cost"]
    known = totals["baseline_requested"] - 5_000_000_000  # the cut row's, whose cost is unknown
    assert spend["comparisons"]["requested"]["baseline_usd"] == usd_string(Picodollars(known))
    assert spend["saved_usd"] == usd_string(Picodollars(known - totals["cost"]))
    assert (data["requests"], data["spend"]["unknown_cost"]) == (totals["rows"], totals["cost_unknown"])
    assert data["statuses"] == {"done": 3, "cut": 1, "failed": 1, "open": 1}
    assert {status: totals[status] for status in data["statuses"]} == data["statuses"]
    phases = [Decimal(line["cost_usd"]) for line in data["by_phase"]]
    assert sum(phases) * PICO_PER_USD == totals["cost"]


@pytest.mark.parametrize(
    ("options", "requests", "cost"),
    [
        ((), 6, sum(COSTS)),
        (("--client", "codex"), 4, COSTS[0]),
        (("--client", "claude-code"), 2, COSTS[1] + COSTS[2]),
        (("--client", "cursor"), 0, 0),
        (("--since", (FIRST + timedelta(seconds=1)).isoformat()), 5, COSTS[1] + COSTS[2]),
        (("--until", (FIRST + timedelta(seconds=1)).isoformat()), 1, COSTS[0]),
        (("--since", "2026-03-01", "--until", "2026-03-03", "--client", "codex"), 4, COSTS[0]),
        (("--since", "1m"), 0, 0),
    ],
)
def test_a_period_and_a_client(filled: Home, options: tuple[str, ...], requests: int, cost: int) -> None:
    data = filled.run("report", "--json", *options).data

    assert data["requests"] == requests
    assert Decimal(data["spend"]["actual_usd"]) * PICO_PER_USD == cost


def test_a_person_sees_the_money_and_what_is_unknown(filled: Home) -> None:
    text = filled.run("report").out

    assert "$2.33" in text
    assert "2 requests at unknown cost" in text
    assert "1 cut" in text
    assert "deepseek-v4-pro" in text


def test_unknown_names_are_the_users_mistake(home: Home) -> None:
    with pytest.raises(UsageError, match="no client"):
        make_report(home.context, None, None, "emacs")
    with pytest.raises(UsageError, match="not a time"):
        make_report(home.context, None, "soon", None)
