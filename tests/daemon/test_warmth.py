"""What the daemon remembers of prompts and models."""

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.domain.session import Prefix

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
