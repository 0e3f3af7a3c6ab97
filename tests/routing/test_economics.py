"""Expected costs, against figures worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.money import Picodollars
from coderouter_cli.routing.economics import (
    GROWTH,
    OUTPUT,
    SAFETY_CHECK_TOKENS,
    Forecast,
    Prospect,
    check_price,
    forecast,
    next_turn,
)
from tests.routing.field import CARDS, NOW, model

PICO_PER_CENT = 10**10
SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def costs(total: float, early: float) -> Forecast:
    """A forecast from USD per million tokens times tokens."""
    return Forecast(Picodollars(round(total * 10**6)), Picodollars(round(early * 10**6)))


def cents(name: str, warm: int, at: datetime = NOW) -> float:
    found = forecast(model(name), Prospect(prompt=62_000, warm=warm, exchanges=1, at=at))
    assert found is not None
    return found.total / PICO_PER_CENT


@pytest.mark.parametrize(
    ("name", "warm", "cold"),
    [
        ("opus", 3.2, 32.0),
        ("opus-4-7", 5.5, 40.0),
        ("sonnet", 1.6, 16.0),
        ("gpt-5.5", 5.5, 32.5),
        ("terra", 0.80, 8.0),
        ("haiku", 0.11, 0.80),
        ("luna", 0.11, 0.80),
    ],
)
def test_one_step_of_an_agent(name: str, warm: float, cold: float) -> None:
    """A prefix of 60,000 tokens, 2,000 new ones, 500 out; in cents, from the published prices."""
    assert cents(name, 60_000) == pytest.approx(warm, abs=0.006)
    assert cents(name, 0) == pytest.approx(cold, abs=0.006)


def test_deepseek_costs_twice_as_much_at_its_peak() -> None:
    assert cents("flash", 0) == pytest.approx(1.92, abs=0.006)
    assert cents("flash", 0, SUNDAY) == pytest.approx(0.96, abs=0.006)
    assert cents("flash", 60_000, SUNDAY) == pytest.approx(0.078, abs=0.0006)


def test_a_turn_by_hand() -> None:
    """Three exchanges on warm opus: 10,000 tokens of which 8,000 are held, 1,500 more each time."""
    read, write, output = 0.2, 5, 20
    first = 8_000 * read + 2_000 * write + OUTPUT * output
    second = 10_000 * read + GROWTH * write + OUTPUT * output
    third = 11_500 * read + GROWTH * write + OUTPUT * output
    found = forecast(model("opus"), Prospect(prompt=10_000, warm=8_000, exchanges=3, at=NOW))
    assert found == costs(first + second + third, first + second)


def test_a_turn_that_grows_into_the_dear_tier() -> None:
    """Haiku from 99,000 tokens: the second exchange, at 100,500, is priced five times higher as a whole."""
    cheap = 99_000 * 0.125 + OUTPUT * 0.5
    dear = 99_000 * 0.05 + GROWTH * 0.625 + OUTPUT * 2.5
    found = forecast(model("haiku"), Prospect(prompt=99_000, warm=0, exchanges=2, at=NOW))
    assert found == costs(cheap + dear, cheap)


def test_a_prompt_too_short_to_cache_is_plain_input() -> None:
    found = forecast(model("opus"), Prospect(prompt=500, warm=500, exchanges=1, at=NOW))
    assert found == costs(500 * 4 + OUTPUT * 20, 500 * 4 + OUTPUT * 20)


def test_the_long_cache_costs_more_to_write() -> None:
    found = forecast(model("opus"), Prospect(prompt=10_000, warm=0, exchanges=1, at=NOW, long=True))
    assert found is not None
    assert found.total == (10_000 * 8 + OUTPUT * 20) * 10**6


def test_a_wordier_tokenizer_costs_more() -> None:
    ahead = Prospect(prompt=60_000, warm=0, exchanges=4, at=NOW)
    plain, wordy = forecast(model("opus"), ahead), forecast(model("opus", token_factor=1.3), ahead)
    assert plain is not None
    assert wordy is not None
    assert wordy.total == pytest.approx(plain.total * 1.3, rel=0.001)


def test_an_unknown_price_is_unknown() -> None:
    assert forecast(model("opus", priced=False), Prospect(60_000, 0, 5, NOW)) is None


def test_the_next_turn_by_hand() -> None:
    """Two turns of three exchanges on opus, which keeps a prompt over 78 % of the pauses between turns.

    This one ends at 63,000 tokens; the next begins with 64,500 and has 49,140 of them warm if this one was
    on opus, 45,240 if opus stood still with 58,000.
    """
    found = next_turn(model("opus"), Prospect(prompt=60_000, warm=58_000, exchanges=3, at=NOW))
    assert found is not None
    begin = 60_000 + 3 * GROWTH
    stays, left = (60_000 + 2 * GROWTH) * 78 // 100, 58_000 * 78 // 100
    rest = (begin + begin + GROWTH) * 0.2 + 2 * GROWTH * 5 + 3 * OUTPUT * 20
    assert found.stays == round((stays * 0.2 + (begin - stays) * 5 + rest) * 10**6)
    assert found.left == round((left * 0.2 + (begin - left) * 5 + rest) * 10**6)


def test_a_cache_that_lasts_is_worth_more() -> None:
    """The one-hour cache outlives 96 of 100 pauses, where the client asks for it."""
    short = next_turn(model("opus"), Prospect(60_000, 0, 1, NOW))
    long = next_turn(model("opus"), Prospect(60_000, 0, 1, NOW, long=True))
    assert short is not None
    assert long is not None
    assert long.stays < short.stays
    assert long.left > short.left, "it costs more to write"


def test_an_unknown_price_is_unknown_next_turn_too() -> None:
    assert next_turn(model("opus", priced=False), Prospect(60_000, 58_000, 5, NOW)) is None


def test_safety_checks_by_hand() -> None:
    """36,000 tokens at 2 USD per million are 7.2 cents each; five of them, three in the first half."""
    each = SAFETY_CHECK_TOKENS * 2
    assert check_price(model("claude-sonnet-5"), 5, NOW) == costs(5 * each, 3 * each)
    assert check_price(None, 5, NOW) == costs(0, 0)
    assert check_price(model("claude-sonnet-5", priced=False), 5, NOW) == costs(0, 0)


PROSPECTS = st.builds(
    Prospect,
    prompt=st.integers(1, 300_000),
    warm=st.integers(0, 300_000),
    exchanges=st.integers(1, 16),
    at=st.just(NOW),
    long=st.booleans(),
)


@given(st.sampled_from(sorted(CARDS)), PROSPECTS, st.sampled_from([0.85, 1.0, 1.3]))
def test_the_closed_form_is_the_sum_of_single_exchanges(name: str, ahead: Prospect, factor: float) -> None:
    priced = model(name, token_factor=factor)
    single, warm = [], ahead.warm
    for step in range(ahead.exchanges):
        prompt = ahead.prompt + step * GROWTH
        one = forecast(priced, replace(ahead, prompt=prompt, warm=warm, exchanges=1))
        assert one is not None
        single.append(one.total)
        warm = prompt
    half = (ahead.exchanges + 1) // 2
    found = forecast(priced, ahead)
    assert found is not None
    a_token_each = ahead.exchanges * 12 * 10**6
    assert found.total == pytest.approx(sum(single), abs=a_token_each)
    assert found.early == pytest.approx(sum(single[:half]), abs=a_token_each)


@given(st.sampled_from(sorted(CARDS)), PROSPECTS)
def test_warmth_never_costs(name: str, ahead: Prospect) -> None:
    cold, warm = forecast(model(name), replace(ahead, warm=0)), forecast(model(name), ahead)
    assert cold is not None
    assert warm is not None
    assert 0 < warm.early <= warm.total <= cold.total


@given(st.sampled_from(sorted(CARDS)), PROSPECTS, st.sampled_from([0.85, 1.0, 1.3]))
def test_the_next_turn_is_a_turn_like_any_other(name: str, ahead: Prospect, factor: float) -> None:
    """Whoever stays, or was left, is forecast anew with what outlives the pause."""
    of = model(name, token_factor=factor)
    found = next_turn(of, ahead)
    assert found is not None
    end = ahead.prompt + (ahead.exchanges - 1) * GROWTH
    kept = 96 if ahead.long and of.cache_long_ttl_s else 78
    for cost, warm in ((found.stays, end), (found.left, min(ahead.warm, ahead.prompt))):
        again = forecast(of, replace(ahead, prompt=end + GROWTH, warm=warm * kept // 100))
        assert again is not None
        assert again.total == cost


@given(st.sampled_from(sorted(CARDS)), PROSPECTS, st.sampled_from([0.85, 1.0, 1.3]))
def test_who_stays_never_pays_more_next_turn(name: str, ahead: Prospect, factor: float) -> None:
    """The model that serves a turn holds more afterwards than one that stood still, but for the few tokens
    that rounding takes from a prompt that was warm as a whole."""
    found = next_turn(model(name, token_factor=factor), ahead)
    assert found is not None
    assert 0 < found.stays <= found.left
