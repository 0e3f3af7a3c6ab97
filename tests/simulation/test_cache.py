from dataclasses import replace

import pytest

from coderouter_cli.domain.money import PICO_PER_USD
from coderouter_cli.simulation.cache import NEVER, Costs
from tests.routing.field import model
from tests.simulation.world import beat, growing, scene


def costs(*beats: object, names: tuple[str, ...] = ("opus", "sonnet")) -> Costs:
    return Costs(scene(*beats), [model(name) for name in names])  # type: ignore[arg-type]  # beats


def test_a_model_holds_its_last_prompt_until_its_time_is_over() -> None:
    table = costs(beat(0, 0, 40_000, 0), beat(0, 4.9, 41_000, 40_000), beat(0, 9.9, 42_000, 41_000))
    assert table.warm(1, 0, NEVER) == 0
    assert table.warm(1, 0, 0) == 40_000
    assert table.warm(2, 0, 0) == 0
    assert table.warm(2, 0, 1) == 0, "five minutes to the second are over"


def test_what_was_cut_in_between_is_lost_to_all() -> None:
    table = costs(beat(0, 0, 40_000, 0), beat(0, 1, 9_000, 3_000), beat(0, 2, 50_000, 9_000))
    assert (table.warm(1, 0, 0), table.warm(2, 0, 0), table.warm(2, 0, 1)) == (3_000, 3_000, 9_000)


def test_a_cold_step_writes_the_prompt_and_a_warm_one_reads_it() -> None:
    table = costs(beat(0, 0, 60_000, 0), beat(0, 1, 60_000, 60_000))
    answer = 400 * 20 * PICO_PER_USD // 10**6
    assert table.cost(0, 0, NEVER) == 60_000 * 5 * PICO_PER_USD // 10**6 + answer
    assert table.cost(1, 0, 0) == 60_000 * PICO_PER_USD // 5 // 10**6 + answer


def test_a_run_is_the_sum_of_its_steps() -> None:
    table = Costs(growing((0, 4)), [model("opus")])
    steps = [table.cost(0, 0, NEVER), *(table.cost(step, 0, step - 1) for step in (1, 2, 3))]
    assert table.run_cost(range(4), 0, NEVER) == sum(steps)


def test_the_long_cache_lives_for_an_hour_where_there_is_one() -> None:
    long = replace(model("opus"), cache_long_ttl_s=3_600)
    short = replace(model("sonnet"), cache_long_ttl_s=0)
    beats = scene(beat(0, 0, 40_000, 0, long=True), beat(0, 30, 41_000, 40_000, long=True))
    assert Costs(beats, [long, short]).warm(1, 0, 0) == 40_000
    assert Costs(beats, [long, short]).warm(1, 1, 0) == 0
    usage = Costs(beats, [long]).usage(0, 0, NEVER)
    assert (usage.cache_write, usage.cache_write_long) == (0, 40_000)


def test_worth_bounds_what_a_cache_saves() -> None:
    table = Costs(growing((0, 3), (2, 3)), [model("opus"), model("haiku")])
    for index in (0, 1):
        for step in range(3, 6):
            saved = table.cost(step, index, NEVER) - table.cost(step, index, 2)
            assert 0 < saved <= table.worth(3, index, 2)


def test_a_model_undercuts_another_that_is_dearer_at_everything() -> None:
    table = Costs(growing((0, 3)), [model("opus"), model("sonnet")])
    assert (table.undercuts(1, 0), table.undercuts(0, 1)) == (True, False)
    twins = Costs(growing((0, 3)), [model("opus"), replace(model("opus"), id="twin")])
    assert (twins.undercuts(0, 1), twins.undercuts(1, 0)) == (True, False)


def test_a_model_without_a_price_takes_no_part() -> None:
    with pytest.raises(ValueError, match="has no price"):
        Costs(growing((0, 1)), [model("opus", priced=False)])
