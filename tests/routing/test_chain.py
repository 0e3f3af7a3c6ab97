"""Who serves the request when the first choice cannot."""

from dataclasses import replace

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.routing.case import Case, assess
from coderouter_cli.routing.chain import chain_from
from tests.routing.field import REQUEST, model, target


def view(
    name: str, cost: int, *, below: bool = False, quality: int = 80, own_format: bool = True
) -> CandidateView:
    form = FormatName.ANTHROPIC_MESSAGES if own_format else FormatName.OPENAI_RESPONSES
    return CandidateView(target(model(name), form), quality, 0, Picodollars(cost), below_bar=below)


def names(first: str, views: list[CandidateView], case: Case) -> list[str]:
    return [chosen.model for chosen in chain_from(target(model(first)), views, case)]


CASE = assess(replace(REQUEST, offers=(), direct=None))


def test_at_most_three() -> None:
    views = [view(name, cost) for cost, name in enumerate(("haiku", "luna", "flash", "terra", "sol"))]
    assert len(names("haiku", views, CASE)) == 3


def test_another_provider_comes_first() -> None:
    views = [view("haiku", 1), view("sonnet", 2), view("flash", 9)]
    assert names("haiku", views, CASE) == ["haiku", "flash", "sonnet"]


def test_good_enough_comes_before_another_provider() -> None:
    views = [view("opus", 1), view("flash", 1, below=True), view("sonnet", 9)]
    assert names("opus", views, CASE) == ["opus", "sonnet", "flash"]


def test_the_clients_format_comes_before_a_translation() -> None:
    views = [view("haiku", 1), view("luna", 1, own_format=False), view("flash", 9)]
    assert names("haiku", views, CASE) == ["haiku", "flash", "luna"]


def test_then_the_cheaper_and_below_the_bar_the_better() -> None:
    good = [view("haiku", 1), view("terra", 3), view("luna", 2)]
    assert names("haiku", good, CASE) == ["haiku", "luna", "terra"]
    weak = [view("opus", 1), view("luna", 2, below=True), view("sol", 9, below=True, quality=90)]
    assert names("opus", weak, CASE) == ["opus", "sol", "luna"]


def test_the_clients_own_model_is_the_last_resort() -> None:
    case = assess(replace(REQUEST, offers=()))
    views = [view("haiku", 1), view("luna", 2), view("flash", 3), view("opus", 99)]
    assert names("haiku", views, case) == ["haiku", "luna", "opus"]
    assert names("haiku", [view("haiku", 1)], case) == ["haiku", "opus"]
    assert names("haiku", [view("haiku", 1), view("opus", 2), view("luna", 3)], case) == [
        "haiku",
        "luna",
        "opus",
    ]
    assert names("opus", [view("opus", 1), view("luna", 2)], case) == ["opus", "luna"]


def test_a_model_that_cannot_serve_is_no_resort() -> None:
    lost = replace(view("opus", 1), losses=("images",))
    case = replace(assess(replace(REQUEST, offers=())), candidates=(lost, view("haiku", 1)))
    assert names("haiku", [view("haiku", 1)], case) == ["haiku"]


def test_the_same_model_elsewhere_is_an_alternative() -> None:
    case = replace(CASE, direct=None)
    mirror = replace(view("haiku", 2), target=replace(target(model("haiku")), provider="openrouter"))
    chain = chain_from(target(model("haiku")), [view("haiku", 1), mirror], case)
    assert [chosen.provider for chosen in chain] == ["anthropic", "openrouter"]
