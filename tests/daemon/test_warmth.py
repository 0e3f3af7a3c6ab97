"""What the daemon remembers of prompts and models."""

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.domain.session import Prefix
from coderouter_cli.domain.usage import Usage

CATALOG = load_catalog(prices=False)
OPUS, LUNA = CATALOG.models["claude-opus-5-5"], CATALOG.models["gpt-6-luna"]
HEAD = (Prefix(b"head", 5_000),)
LONGER = (*HEAD, Prefix(b"turn", 6_000))


@pytest.fixture
def book() -> WarmthBook:
    return WarmthBook()


def test_a_prompt_is_warm_where_it_went_until_its_time_is_over(book: WarmthBook) -> None:
    book.answered("c", OPUS, HEAD, 100.0, as_asked=True)
    assert book.warm_tokens(OPUS, LONGER, 100.0 + OPUS.cache_ttl_s - 0.1) == 5_000
    assert book.warm_tokens(OPUS, LONGER, 100.0 + OPUS.cache_ttl_s) == 0
    assert book.warm_tokens(LUNA, LONGER, 101.0) == 0


def test_conversations_share_what_they_have_in_common(book: WarmthBook) -> None:
    book.answered("one", OPUS, HEAD, 0.0, as_asked=True)
    assert book.warm_tokens(OPUS, (*HEAD, Prefix(b"another turn", 9_000)), 1.0) == 5_000


def test_imagined_warmth_is_kept_apart_from_the_real_one(book: WarmthBook) -> None:
    book.imagined(OPUS, LONGER, 0.0)
    assert book.baseline_warm_tokens(OPUS, LONGER, 1.0) == 6_000
    assert book.warm_tokens(OPUS, LONGER, 1.0) == 0


def test_who_answered_last(book: WarmthBook) -> None:
    assert book.incumbent("c") is None
    book.answered("c", OPUS, HEAD, 0.0, as_asked=True)
    book.answered("c", LUNA, HEAD, 1.0, as_asked=False)
    assert book.incumbent("c") == LUNA.id
    assert not book.never_left("c", OPUS.id)


def test_a_client_that_changes_its_model_itself_was_not_diverted(book: WarmthBook) -> None:
    book.answered("c", OPUS, HEAD, 0.0, as_asked=True)
    book.answered("c", LUNA, HEAD, 1.0, as_asked=True)
    assert book.never_diverted("c")
    book.answered("c", OPUS, HEAD, 2.0, as_asked=False)
    book.answered("c", OPUS, HEAD, 3.0, as_asked=True)
    assert not book.never_diverted("c")


def test_what_has_expired_and_what_is_too_much_is_forgotten(book: WarmthBook) -> None:
    for number in range(70_000):
        book.answered("c", OPUS, (Prefix(number.to_bytes(4), 5_000),), 0.0, as_asked=True)
    assert book.warm_tokens(OPUS, (Prefix((69_999).to_bytes(4), 5_000),), 1.0) == 5_000
    assert book.warm_tokens(OPUS, (Prefix((0).to_bytes(4), 5_000),), 1.0) == 0
    for number in range(5_000):
        book.answered(f"c{number}", OPUS, HEAD, 0.0, as_asked=True)
    assert book.incumbent("c") is None
    assert book.incumbent("c4999") == OPUS.id


def test_what_is_asked_to_be_kept_for_an_hour_is(book: WarmthBook) -> None:
    """And reading it with a shorter mark does not shorten that; OpenAI knows no such mark."""
    long = tuple(Prefix(prefix.digest, prefix.tokens, long=True) for prefix in HEAD)
    book.answered("c", OPUS, (*long, LONGER[1]), 0.0, as_asked=True)
    book.answered("c", OPUS, LONGER, 100.0, as_asked=True)
    assert book.warm_tokens(OPUS, LONGER, 399.0) == 6_000
    assert book.warm_tokens(OPUS, LONGER, 3_599.0) == 5_000
    assert book.warm_tokens(OPUS, LONGER, 3_600.0) == 0
    book.answered("c", LUNA, long, 0.0, as_asked=True)
    assert book.warm_tokens(LUNA, LONGER, LUNA.cache_ttl_s) == 0


def test_a_provider_that_keeps_less_than_it_should_is_trusted_less(book: WarmthBook) -> None:
    """It reads half of what was expected, again and again; the same prompt elsewhere is not discounted."""
    for _ in range(60):
        book.answered("c", OPUS, LONGER, 0.0, as_asked=True)
        book.measured(OPUS, LONGER, 1.0, Usage(input=3_000, cache_read=3_000))
    assert book.share_of_hits(OPUS) == pytest.approx(0.5, abs=0.01)
    assert book.warm_tokens(OPUS, LONGER, 1.0) == pytest.approx(3_000, abs=40)
    book.answered("c", LUNA, LONGER, 0.0, as_asked=True)
    assert book.warm_tokens(LUNA, LONGER, 1.0) == 6_000
    for _ in range(60):
        book.measured(OPUS, LONGER, 1.0, Usage(input=10, cache_read=5_990))
    assert book.share_of_hits(OPUS) == pytest.approx(1.0, abs=0.01)


def test_a_miss_that_nobody_expected_to_be_a_hit_teaches_nothing(book: WarmthBook) -> None:
    book.measured(OPUS, LONGER, 1.0, Usage(input=6_000))
    short = (Prefix(b"short", 900),)
    book.answered("c", OPUS, short, 0.0, as_asked=True)
    book.measured(OPUS, short, 1.0, Usage(input=900))
    book.measured(OPUS, (), 1.0, Usage(input=900))
    assert book.share_of_hits(OPUS) == 1.0
