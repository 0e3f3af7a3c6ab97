from coderouter_cli.simulation.cache import Costs
from coderouter_cli.simulation.ours import ours
from tests.simulation.world import EASY, HARD, beat, field, growing, scene


def named(costs: Costs, needs: tuple[object, ...]) -> list[str]:
    where = field()
    return [where.models[index].id for index in ours(costs, where, needs)]  # type: ignore[arg-type]  # needs


def test_the_router_stays_inside_a_turn_and_meets_the_bar_of_each() -> None:
    where = field()
    thread = growing((0, 4), (2, 4), (2, 4))
    found = named(Costs(thread, where.priced), (EASY, HARD, EASY))
    assert found[4:8] == ["opus"] * 4
    assert len(set(found[:4])) == 1
    assert "opus" not in found[:4]


def test_it_does_not_leave_a_warm_model_for_a_step_or_two() -> None:
    """60k tokens warm on opus: two exchanges on a cold sonnet would be dearer."""
    where = field("opus", "sonnet")
    costs = Costs(growing((0, 6), (1, 1), start=60_000), where.priced)
    found = [where.models[index].id for index in ours(costs, where, (HARD, EASY))]
    assert found == ["opus"] * 7


def test_a_model_that_has_gone_cold_is_weighed_anew_inside_a_turn() -> None:
    where = field("opus", "sonnet")
    steps = scene(
        beat(0, 0, 60_000, 0, fresh=True),
        beat(1, 1, 61_000, 60_000, fresh=True),
        beat(1, 30, 62_000, 61_000),
    )
    found = [where.models[index].id for index in ours(Costs(steps, where.priced), where, (HARD, EASY))]
    assert found[-1] == "sonnet"
