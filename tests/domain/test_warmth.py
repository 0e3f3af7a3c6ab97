from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.model import Capabilities, Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard, RateRule, Rates
from coderouter_cli.domain.session import Prefix
from coderouter_cli.domain.usage import Usage
from coderouter_cli.domain.warmth import (
    bills_writes,
    converted,
    held_prefixes,
    simulate,
    tokens_of,
    warm_prefix,
)

PREFIXES = (Prefix(b"system", 1000), Prefix(b"turn-1", 5000), Prefix(b"turn-2", 9000))


def rates(write: int) -> Rates:
    return Rates(Picodollars(100), Picodollars(10), Picodollars(write), Picodollars(200), Picodollars(500))


def model(*, write: int | None = 125, factor: float = 1.0, minimum: int = 1024) -> Model:
    card = None if write is None else RateCard("m", rates(write))
    return Model(
        id="m",
        provider="p",
        family="f",
        max_input=10**6,
        max_output=10**5,
        capabilities=Capabilities(),
        quality={},
        card=card,
        cache_ttl_s=300,
        cache_min_tokens=minimum,
        token_factor=factor,
    )


@pytest.mark.parametrize(
    ("expiries", "now", "warm"),
    [
        ({}, 0.0, 0),
        ({b"system": 300.0}, 299.9, 1000),
        ({b"system": 300.0}, 300.0, 0),
        ({b"system": 300.0, b"turn-2": 300.0}, 10.0, 9000),
        ({b"system": 600.0, b"turn-2": 300.0}, 400.0, 1000),
        ({b"another conversation": 600.0}, 1.0, 0),
    ],
)
def test_the_longest_live_checkpoint_is_warm(expiries: Mapping[bytes, float], now: float, warm: int) -> None:
    assert warm_prefix(PREFIXES, expiries, now) == warm


def test_what_is_too_short_to_be_cached_is_not_warm() -> None:
    assert warm_prefix(PREFIXES, {b"system": 9.0}, 1.0, minimum=1001) == 0
    assert warm_prefix(PREFIXES, {b"system": 9.0}, 1.0, minimum=1000) == 1000


def test_no_prefixes_no_warmth() -> None:
    assert warm_prefix((), {b"system": 9.0}, 1.0) == 0


def test_writes_are_billed_where_a_rate_says_so() -> None:
    assert bills_writes(model())
    assert not bills_writes(model(write=100))
    assert not bills_writes(model(write=None))
    later = RateCard("m", rates(100), rules=(RateRule(rates(125)),))
    assert bills_writes(replace(model(), card=later))


def test_a_warm_prompt_is_read_and_its_tail_written() -> None:
    usage = simulate(62_000, 60_000, model())
    assert (usage.input, usage.cache_read, usage.cache_write, usage.cache_write_long) == (0, 60_000, 2_000, 0)


def test_the_tail_goes_to_the_long_cache_when_the_client_asked_for_it() -> None:
    usage = simulate(62_000, 60_000, model(), long=True)
    assert (usage.cache_read, usage.cache_write, usage.cache_write_long) == (60_000, 0, 2_000)


def test_where_writes_are_free_the_tail_is_plain_input() -> None:
    usage = simulate(62_000, 60_000, model(write=100))
    assert (usage.input, usage.cache_read, usage.cache_write) == (2_000, 60_000, 0)


def test_below_the_smallest_prefix_nothing_is_cached() -> None:
    assert simulate(1023, 1023, model()).input == 1023
    short = simulate(5000, 1023, model())
    assert (short.cache_read, short.cache_write) == (0, 5000)


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.booleans(),
    st.sampled_from([100, 125]),
    st.integers(0, 5000),
)
def test_the_whole_prompt_is_always_accounted_for(
    prompt: int, warm: int, long: bool, write: int, minimum: int
) -> None:
    priced = model(write=write, minimum=minimum)
    usage = simulate(prompt, warm, priced, long=long)
    assert usage.prompt == prompt
    assert usage.output == 0
    assert usage.cache_read in {0, min(prompt, warm)}
    assert usage.cache_read == 0 or usage.cache_read >= minimum


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_warmth_never_costs_more(prompt: int, one: int, other: int) -> None:
    cold, warm = sorted((one, other))
    price = rates(125)
    assert price.cost(simulate(prompt, warm, model())) <= price.cost(simulate(prompt, cold, model()))


def test_tokens_of_a_tokenizer() -> None:
    assert tokens_of(model(factor=1.3), 1000) == 1300
    assert converted(1300, model(factor=1.3), model(factor=0.8)) == 800
    assert converted(10**17 + 1, model(factor=1.3), model(factor=1.3)) == 10**17 + 1


@pytest.mark.parametrize(
    ("usage", "held"),
    [
        (Usage(input=5, cache_read=5_000, cache_write=4_000), 3),
        (Usage(input=100, cache_write=8_900), 3),
        (Usage(input=4_000, cache_write=5_000), 2),
        (Usage(input=4_000, cache_read=5_000), 2),
        (Usage(input=8_000, cache_write_long=1_000), 1),
        (Usage(input=9_000), 0),
        (Usage(), 3),
    ],
    ids=["all", "nearly all", "up to a mark", "read alone", "the head", "no marks", "unknown"],
)
def test_what_was_read_or_written_is_held_where_writes_are_billed(usage: Usage, held: int) -> None:
    assert held_prefixes(PREFIXES, usage, model()) == PREFIXES[:held]


def test_caching_by_itself_holds_all() -> None:
    assert held_prefixes(PREFIXES, Usage(input=9_000), model(write=100)) == PREFIXES
    assert held_prefixes((), Usage(input=9_000), model()) == ()
