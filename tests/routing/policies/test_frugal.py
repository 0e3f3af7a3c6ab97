from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.policies.frugal import FRUGAL


def test_a_cheap_model_may_do_ordinary_debugging() -> None:
    assert FRUGAL.name == "frugal"
    assert FRUGAL.bar(Phase.DEBUG, Difficulty.NORMAL, 93) <= 80 < FRUGAL.bar(Phase.DEBUG, Difficulty.HARD, 93)
