from coderouter_cli.cli.views.savings import savings_data, savings_view
from coderouter_cli.domain.money import PICO_PER_USD, Picodollars
from coderouter_cli.simulation.error import CacheError
from coderouter_cli.simulation.savings import POLICIES, Line, Savings

COSTS = dict(zip(POLICIES, (100, 1, 60, 55, 70, 44, 40), strict=True))
LINES = tuple(
    Line(policy, Picodollars(cost * PICO_PER_USD), Picodollars(0), Picodollars(200 * PICO_PER_USD), 2.25, 0.5)
    for policy, cost in COSTS.items()
)
FOUND = Savings(LINES, transcripts=3, threads=4, turns=5, steps=6, draws=2, dearer=0.015)


def test_the_data_is_exact_and_measured_against_both_ends() -> None:
    data = savings_data(FOUND, CacheError(total=-0.1, median=0.2, transcripts=3))
    ours = next(line for line in data["policies"] if line["policy"] == "ours")
    assert ours == {
        "policy": "ours",
        "cost_usd": "44.00",
        "cost_range_usd": ["0.00", "200.00"],
        "switches": 2.2,
        "regret_pct": 10.0,
        "share_at_bar": 0.5,
        "saved_pct": 56.0,
    }
    assert data["dearer_than_sticky"] == 0.015
    assert data["cache_error"] == {"total_pct": -10.0, "median_pct": 20.0, "transcripts": 3}


def test_the_remarks_say_what_is_compared_and_how_sure_it_is() -> None:
    told = "\n".join(line for line in savings_view(FOUND, None, "opus", 2) if isinstance(line, str))
    assert "asks for opus" in told
    assert "1.5 % of sessions cost more" in told
    assert "estimates" in told
    assert "2 lines could not be read" in told
    assert "off by" not in told
    assert savings_data(FOUND, None)["cache_error"] is None
