from collections import Counter
from dataclasses import replace

from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.simulation.needs import classified, drawn
from tests.simulation.world import HARD, growing


def test_a_draw_is_the_same_every_time_and_another_for_another_seed_or_thread() -> None:
    one = growing(*[(1, 1)] * 30)
    assert drawn(one, 1) == drawn(one, 1)
    assert drawn(one, 1) != drawn(one, 2)
    assert drawn(one, 1) != drawn(replace(one, key="other"), 1)


def test_draws_have_the_stated_shares() -> None:
    many = growing(*[(1, 1)] * 4_000)
    found = drawn(many, 0)
    hard = Counter(need.difficulty for need in found)
    assert abs(hard[Difficulty.HARD] / 4_000 - 0.2) < 0.03
    assert abs(hard[Difficulty.EASY] / 4_000 - 0.4) < 0.03
    assert abs(Counter(need.phase for need in found)[Phase.DEBUG] / 4_000 - 0.417 / 0.996) < 0.03


def test_a_recorded_need_is_kept_and_a_text_is_read() -> None:
    two = replace(growing((0, 1), (1, 1), (1, 1)), needs=(HARD, None, None))
    said = replace(two, texts=("", "Fix the crash in the login handler, here is the traceback", ""))
    assert drawn(said, 3)[0] == HARD
    read = classified(said, 3)
    assert read[0] == HARD
    assert read[1].phase is Phase.DEBUG
    assert read[2] == drawn(said, 3)[2]
