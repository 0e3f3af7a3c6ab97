import pytest

from coderouter_cli.simulation.needs import drawn
from coderouter_cli.simulation.savings import OPTIMUM, OURS, POLICIES, Savings, replay
from tests.simulation.world import EASY, HARD, field, growing, scene

THREAD = growing((0, 3), (2, 3), (8, 3))


def always(*needs: object) -> object:
    return lambda scene, seed: needs


def test_every_policy_has_a_line_and_the_optimum_no_regret() -> None:
    ticks: list[int] = []
    found = replay([THREAD], field(), drawn, 3, lambda: ticks.append(1))
    assert [line.policy for line in found.lines] == list(POLICIES)
    assert (found.transcripts, found.threads, found.turns, found.steps, found.draws) == (1, 1, 3, 9, 3)
    assert len(ticks) == 3
    assert found.regret_pct(OPTIMUM) == 0
    assert found.regret_pct(OURS) >= 0
    for line in found.lines:
        assert line.least <= line.cost <= line.most


def test_shares_and_switches_are_counted() -> None:
    found = replay([THREAD], field(), always(EASY, HARD, EASY), 1)  # type: ignore[arg-type]  # a draw
    assert found.line("always-requested").share_at_bar == 1
    assert found.line("always-requested").switches == 0
    assert found.line("always-cheapest").share_at_bar == pytest.approx(0 / 9)
    assert found.line("sticky").switches == 1
    assert found.line("per-turn-cheapest").switches == 2
    assert found.line(OURS).share_at_bar == 1


def test_a_transcript_is_dearer_only_by_five_percent_and_five_cents() -> None:
    cheap = scene(*growing((0, 1)).beats, key="a", transcript=0)
    found = replay([cheap], field(), drawn, 2)
    assert found.dearer == 0


def test_nothing_to_replay_is_nothing() -> None:
    found = replay([], field(), drawn, 1)
    assert isinstance(found, Savings)
    assert (found.steps, found.dearer, found.regret_pct(OURS)) == (0, 0.0, 0.0)
