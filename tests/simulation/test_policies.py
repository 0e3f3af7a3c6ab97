from coderouter_cli.simulation.cache import NEVER, Costs
from coderouter_cli.simulation.policies import RIVALS, price_of
from tests.simulation.world import EASY, HARD, NORMAL, field, growing

THREAD = growing((0, 2), (2, 2), (2, 2), (2, 1))
NEEDS = (EASY, HARD, EASY, NORMAL)


def names(policy: str) -> list[str]:
    where = field()
    costs = Costs(THREAD, where.priced)
    return [where.models[index].id for index in RIVALS[policy](costs, where, NEEDS)]


def test_what_was_asked_for_is_always_that() -> None:
    assert set(names("always-requested")) == {"opus"}


def test_the_cheapest_is_cheap_whatever_the_need() -> None:
    assert set(names("always-cheapest")) == {"haiku"}


def test_by_list_price_the_model_follows_the_need() -> None:
    by_turn = names("per-turn-cheapest")
    assert by_turn == names("per-request-cheapest")
    assert by_turn[2:4] == ["opus", "opus"]
    assert "opus" not in by_turn[:2] + by_turn[4:]


def test_sticky_goes_up_and_never_down() -> None:
    found = names("sticky")
    assert found[0] == found[1] != "opus"
    assert found[2:] == ["opus"] * 5


def test_the_price_of_choices_is_the_sum_of_their_steps_with_what_they_left_warm() -> None:
    where = field()
    costs = Costs(THREAD, where.priced)
    stays = [costs.cost(step, 0, step - 1 if step else NEVER) for step in range(7)]
    assert price_of(costs, (0,) * 7) == sum(stays)
    there_and_back = (1, 1, 0, 0, 1, 1, 1)
    lasts = (NEVER, 0, NEVER, 2, 1, 4, 5)
    steps = zip(range(7), there_and_back, lasts, strict=True)
    assert price_of(costs, there_and_back) == sum(costs.cost(*step) for step in steps)
