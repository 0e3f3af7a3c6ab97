"""Offers as candidates."""

from dataclasses import replace

from coderouter_cli.domain.conversation import Conversation, Message, Text
from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.routing.candidates import asks_for_long_cache, views_of
from coderouter_cli.routing.request import Offer
from tests.routing.field import REQUEST, TALK, model, offer

OLD = replace(model("opus", score=79), id="old")
WORSE = replace(offer(OLD, warm=1_000), undercut_by=frozenset({"haiku"}))
BETTER = offer("haiku", warm=2_000)


def seen(better: Offer) -> CandidateView:
    """The old model beside another."""
    worse, _ = views_of(replace(REQUEST, offers=(WORSE, better)), 5, follows=True)
    return worse


def test_somebody_who_is_cheaper_no_worse_and_no_less_warm_dominates() -> None:
    assert seen(BETTER).dominated_by == "haiku"
    assert seen(replace(BETTER, warm_tokens=1_000)).dominated_by == "haiku"


def test_but_not_who_is_colder_worse_down_or_dearer() -> None:
    assert seen(replace(BETTER, warm_tokens=999)).dominated_by is None
    assert seen(replace(BETTER, model=model("haiku", score=78))).dominated_by is None
    assert seen(replace(BETTER, available=False)).dominated_by is None
    assert seen(offer("luna", warm=2_000)).dominated_by is None


def test_the_long_cache_counts_only_where_there_is_one() -> None:
    """OpenAI's and DeepSeek's caches do not know Anthropic's mark."""
    marked = replace(TALK, system=(Text("x", cache="1h"),))
    request = replace(REQUEST, offers=(offer("opus"), offer("luna")))
    plain, long = (views_of(replace(request, conversation=talk), 5, follows=True) for talk in (TALK, marked))
    assert (long[0].early_cost or 0) > (plain[0].early_cost or 0)
    assert long[1].early_cost == plain[1].early_cost


def test_the_mark_may_stand_anywhere() -> None:
    short, long = Text("x", cache="5m"), Text("x", cache="1h")

    def talk(system: Text, message: Text) -> Conversation:
        return replace(TALK, system=(system,), messages=(Message("user", (Text("y"), message)),))

    assert not asks_for_long_cache(TALK)
    assert not asks_for_long_cache(talk(short, short))
    assert asks_for_long_cache(talk(long, short))
    assert asks_for_long_cache(talk(short, long))


def test_nothing_follows_on_a_request_of_its_own() -> None:
    (view,) = views_of(replace(REQUEST, offers=(offer("opus"),)), 1, follows=False)
    assert view.next_cost == 0
    assert view.expected_cost == view.early_cost
