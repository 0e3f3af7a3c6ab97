from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from coderouter_cli.catalog.dominance import dominated_anywhere, dominated_pairs, undercutters
from coderouter_cli.domain.model import Capabilities, Model, Quality
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.rates import RateCard, RateRule, Rates


def rates(price: int) -> Rates:
    return Rates(*[Picodollars(price)] * 5)


def model(
    name: str, price: int, score: int, *rules: RateRule, special: Mapping[Phase, int] | None = None
) -> Model:
    marks = dict.fromkeys(Phase, score) | dict(special or {})
    return Model(
        id=name,
        provider="p",
        family="f",
        max_input=10**6,
        max_output=10**5,
        capabilities=Capabilities(),
        quality={phase: Quality(mark, "test", "2026-11-23") for phase, mark in marks.items()},
        card=RateCard(name, rates(price), rules),
        cache_ttl_s=300,
    )


OLD, NEW = model("old", 10, 70), model("new", 5, 80)


def test_cheaper_and_better_dominates() -> None:
    assert dominated_pairs([OLD, NEW]) == (("old", "new"),)


@pytest.mark.parametrize(
    "other",
    [
        model("new", 11, 80),
        model("new", 5, 80, special={Phase.TEST: 69}),
        replace(NEW, provider="q"),
        replace(NEW, legacy=True),
        replace(NEW, card=None),
        replace(NEW, token_factor=2.5),
    ],
    ids=["dearer", "worse at one phase", "elsewhere", "legacy", "no price", "more tokens for the same text"],
)
def test_what_does_not_dominate(other: Model) -> None:
    assert dominated_pairs([OLD, other]) == ()


@pytest.mark.parametrize("other", [model("new", 10, 71), model("new", 9, 70)], ids=["better", "cheaper"])
def test_one_advantage_is_enough(other: Model) -> None:
    assert dominated_pairs([OLD, other]) == (("old", "new"),)


def test_equals_do_not_dominate_each_other() -> None:
    assert dominated_pairs([OLD, replace(OLD, id="twin")]) == ()


def test_a_surcharge_for_long_prompts_counts() -> None:
    assert dominated_pairs([OLD, model("new", 5, 80, RateRule(rates(11), over_tokens=100_000))]) == ()


def test_a_surcharge_at_some_hours_of_working_days_counts() -> None:
    peak = RateRule(rates(11), minutes_utc=(60, 240), weekdays=frozenset(range(5)))
    assert dominated_pairs([OLD, model("new", 5, 80, peak)]) == ()


def test_a_price_of_the_past_does_not_count() -> None:
    fallen = model("new", 100, 80, RateRule(rates(5), since=datetime(2026, 11, 1, tzinfo=UTC)))
    assert dominated_pairs([OLD, fallen]) == (("old", "new"),)


def test_the_best_of_several_is_named() -> None:
    assert dominated_pairs([OLD, NEW, model("newest", 5, 90)]) == (("old", "newest"), ("new", "newest"))


class TestAcrossProviders:
    ELSEWHERE = replace(NEW, provider="q")

    def test_another_provider_counts(self) -> None:
        assert dominated_pairs([OLD, self.ELSEWHERE]) == ()
        assert dominated_anywhere([OLD, self.ELSEWHERE]) == (("old", "new"),)
        assert undercutters([OLD, self.ELSEWHERE]) == {"old": frozenset({"new"})}

    @pytest.mark.parametrize(
        "less",
        [
            replace(ELSEWHERE, max_input=10**6 - 1),
            replace(ELSEWHERE, cache_ttl_s=299),
            replace(ELSEWHERE, cache_min_tokens=2_048),
            replace(ELSEWHERE, capabilities=Capabilities(vision=False)),
        ],
        ids=["shorter prompts", "forgets sooner", "keeps only long ones", "sees nothing"],
    )
    def test_but_only_who_is_no_less_able(self, less: Model) -> None:
        assert dominated_anywhere([OLD, less]) == ()
        assert undercutters([OLD, less]) == {}

    def test_efforts_are_a_set(self) -> None:
        old = replace(OLD, capabilities=Capabilities(efforts=("low", "high")))
        new = replace(self.ELSEWHERE, capabilities=Capabilities(efforts=("low", "high", "max")))
        assert dominated_anywhere([old, new]) == (("old", "new"),)
        assert dominated_anywhere([replace(old, id="o"), replace(new, capabilities=Capabilities())]) == ()

    def test_undercutting_does_not_ask_how_good(self) -> None:
        worse = replace(self.ELSEWHERE, quality=model("w", 5, 10).quality)
        assert undercutters([OLD, worse]) == {"old": frozenset({"new"})}
        twins = replace(OLD, id="twin")
        assert undercutters([OLD, twins]) == {"old": frozenset({"twin"}), "twin": frozenset({"old"})}
        assert undercutters([OLD, replace(worse, legacy=True)]) == {}
