import pytest

from coderouter_cli.errors import ConfigError
from coderouter_cli.simulation.field import Occasion, Terms, make_field, request_for
from tests.routing.field import model
from tests.simulation.world import EASY, HARD, NOW, beat, catalog, field


def test_the_router_itself_says_who_is_good_enough() -> None:
    found = field()
    named = {need: {found.models[index].id for index in good} for need, good in found.good.items()}
    assert named[HARD] == {"opus"}
    assert "sonnet" in named[EASY]
    assert found.meets(found.requested, HARD)


def test_the_model_asked_for_is_priced_out_of_reach_too() -> None:
    known = catalog("opus", "sonnet", "flash")
    found = make_field(known, ["deepseek"], known.models["opus"], Terms("balanced", 20, NOW))
    assert [one.id for one in found.models] == ["flash"]
    assert [one.id for one in found.priced] == ["flash", "opus"]
    assert found.asked.id == "opus"
    assert all(found.good.values()), "the best within reach serves what nobody is good enough for"


def test_keys_that_reach_nothing_and_unknown_prices_are_said() -> None:
    known = catalog()
    with pytest.raises(ConfigError, match="within reach"):
        make_field(known, ["openai"], known.models["opus"], Terms("balanced", 20, NOW))
    with pytest.raises(ConfigError, match="not known"):
        make_field(known, ["anthropic"], model("opus", priced=False), Terms("balanced", 20, NOW))


def test_in_a_warm_tool_loop_only_the_model_at_work_is_offered() -> None:
    found = field()
    warm = Occasion(EASY, (), beat(0, 1, 41_000, 40_000), (0, 40_000, 0), 1, 5, "codex")
    assert [one.model.id for one in request_for(found, warm).offers] == ["sonnet"]
    cold = Occasion(EASY, (), beat(0, 9, 41_000, 40_000), (0, 0, 0), 1, 5, "codex")
    asked = request_for(found, cold)
    assert (len(asked.offers), asked.gone_cold, asked.in_tool_loop) == (3, True, True)
