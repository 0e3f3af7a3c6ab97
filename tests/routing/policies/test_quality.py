from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.policies.quality import QUALITY


def test_ordinary_work_asks_for_more_than_a_cheap_model() -> None:
    assert QUALITY.name == "quality"
    for phase in (Phase.PLAN, Phase.IMPLEMENT, Phase.DEBUG, Phase.TEST):
        assert QUALITY.bar(phase, Difficulty.NORMAL, 93) > 80
