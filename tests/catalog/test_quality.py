"""The rule of `models.toml`, repeated by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.quality import Benchmark, Figure, derive, read_rule, stated
from coderouter_cli.domain.model import Quality
from coderouter_cli.domain.phase import Phase

TABLE = read_table("models.toml")
RULE = read_rule(TABLE)
PHASES = tuple(Phase)
values = st.floats(0, 100)


def scores(*figures: Figure) -> dict[str, int]:
    return {phase.value: quality.score for phase, quality in derive(figures, RULE).items()}


def of_model(name: str) -> dict[str, int]:
    return scores(*(Figure(**figure) for figure in TABLE["models"][name]["figures"]))


def test_the_rule_covers_every_phase() -> None:
    assert set(RULE.phases) == set(Phase)


@pytest.mark.parametrize(("value", "score"), [(0, 40), (28.1, 60), (56.2, 80), (78.1, 90), (100, 100)])
def test_step_1_two_lines_through_floor_yardstick_and_hundred(value: float, score: float) -> None:
    assert RULE.benchmarks["commit0"].score(value) == pytest.approx(score)


@given(values, values, st.floats(1, 99), st.floats(0, 79))
def test_step_1_never_falls(one: float, other: float, yardstick: float, floor: float) -> None:
    benchmark = Benchmark("b", "short", yardstick, "independent", floor)
    low, high = sorted((one, other))
    assert floor <= benchmark.score(low) <= benchmark.score(high) <= 100.000001


def test_step_2_a_makers_figure_is_discounted_against_an_independent_yardstick_only() -> None:
    verified = Figure("swe-bench-verified", 82.5, "openhands")
    boasted = Figure("swe-bench-verified", 82.5 / 0.9, "deepseek", maker=True)
    # The same score, less five points because nobody confirms it.
    assert scores(verified)["plan"] == 80
    assert scores(boasted)["plan"] == 75
    assert scores(Figure("swe-bench-pro", 64.3, "deepseek", maker=True))["plan"] == 80


def test_step_3_independent_figures_set_a_makers_aside() -> None:
    maker = Figure("swe-bench-verified", 99.0, "deepseek", maker=True)
    one, other = (
        Figure("swe-bench-verified", 60.0, "openhands"),
        Figure("swe-bench-verified", 70.0, "whatmodel"),
    )
    assert scores(maker, one, other) == scores(one, other)
    assert scores(one, other)["plan"] == round(65 / 82.5 * 80)


def test_step_4_one_confirmed_figure_takes_the_penalty_off_the_skill() -> None:
    maker = Figure("terminal-bench-2-1", 84.4, "openai-gpt-5-6", maker=True)
    confirmed = Figure("terminal-bench-4-0", 16.0, "whatmodel")
    assert scores(maker)["implement"] == 75
    assert scores(maker, confirmed)["implement"] == 80


def test_step_5_length_tells() -> None:
    issues = Figure("swe-bench-verified", 82.5, "openhands")
    builds = Figure("commit0", 0.0, "openhands")
    tests = Figure("swt-bench", 40.4, "openhands")
    assert scores(issues, builds, tests) == {
        "plan": 80,
        "implement": 60,  # (80 + 40) / 2
        "debug": 67,  # (2 x 80 + 40) / 3
        "test": 53,  # (80 + 2 x 40) / 3
        "document": 80,
        "small_edit": 80,
    }


def test_step_5_a_skill_without_a_figure_is_left_out_and_said_to_be() -> None:
    only_long = derive([Figure("terminal-bench-4-0", 58.0, "whatmodel")], RULE)
    assert {
        quality.score for phase, quality in only_long.items() if phase.value in {"plan", "debug", "test"}
    } == {90}
    assert all(quality.source.startswith("estimate: from ") for quality in only_long.values())


def test_step_6_documents_and_small_edits_are_closer() -> None:
    weak = scores(Figure("swe-bench-verified", 41.25, "openhands"))
    assert (weak["plan"], weak["document"], weak["small_edit"]) == (40, 60, 60)
    strong = scores(Figure("swe-bench-verified", 91.25, "openhands"))
    assert (strong["plan"], strong["document"]) == (90, 85)


def test_a_source_names_the_figures_and_the_latest_date() -> None:
    figures = [
        Figure("swe-bench-verified", 73.2, "openhands", of="the preview"),
        Figure("swe-bench-pro", 50.0, "deepseek", maker=True),
    ]
    assert derive(figures, RULE)[Phase.PLAN] == Quality(
        score=67,
        source=(
            "SWE-bench Verified 73.2 (OpenHands index, of the preview), "
            "SWE-bench Pro 50 (DeepSeek model cards, maker's own)"
        ),
        date="2026-08-13",
    )


def test_a_stated_score_keeps_its_word() -> None:
    assert stated({Phase.PLAN: 70}, "my own tests", date(2026, 11, 23)) == {
        Phase.PLAN: Quality(70, "my own tests", "2026-11-23")
    }


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # The post's models: the yardstick, and what the same rule makes of the others.
        ("claude-opus-4-7", (80, 80, 80, 80, 80, 80)),
        ("gpt-5.5", (74, 78, 77, 80, 77, 77)),
        ("gpt-5.4", (73, 77, 76, 71, 76, 76)),
        ("claude-sonnet-4-6", (72, 72, 72, 60, 76, 76)),
        ("deepseek-v4-pro", (73, 68, 70, 69, 77, 77)),
        ("deepseek-v4-flash", (64, 69, 67, 64, 72, 72)),
        ("gpt-5-mini", (60, 52, 55, 60, 70, 70)),
        # Today's.
        ("claude-opus-5-5", (94, 93, 93, 94, 87, 87)),
        ("claude-sonnet-5-5", (90, 90, 90, 90, 85, 85)),
        ("claude-haiku-5-5", (80, 80, 80, 80, 80, 80)),
        ("gpt-6.1-sol", (90, 90, 90, 90, 85, 85)),
        ("gpt-6-luna", (81, 81, 81, 81, 81, 81)),
        ("deepseek-flash", (80, 80, 80, 80, 80, 80)),
    ],
)
def test_what_the_rule_makes_of_the_figures(model: str, expected: tuple[int, ...]) -> None:
    """Plan, implement, debug, test, document, small edit."""
    assert tuple(of_model(model)[phase.value] for phase in PHASES) == expected


@given(
    st.lists(
        st.builds(
            Figure,
            benchmark=st.sampled_from(sorted(RULE.benchmarks)),
            value=values,
            source=st.sampled_from(sorted(RULE.sources)),
            maker=st.booleans(),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_figures_give_a_score_for_every_phase(figures: list[Figure]) -> None:
    derived = derive(figures, RULE)
    assert set(derived) == set(Phase)
    for quality in derived.values():
        assert 0 <= quality.score <= 100
        assert quality.source
        assert date.fromisoformat(quality.date) <= date(2026, 11, 23)
