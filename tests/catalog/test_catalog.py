import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.models import listed_card, read_models
from coderouter_cli.catalog.providers import custom_provider
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.money import to_usd
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.warmth import simulate
from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.router import route
from tests.routing.field import EASY, REQUEST, offer

CATALOG = load_catalog(prices=False)
PRICED = load_catalog()
POST = (
    "claude-opus-4-7",
    "claude-sonnet-4-6",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5-mini",
    "deepseek-v4-pro",
    "deepseek-v4-flash",
)
ANTHROPIC, RESPONSES, CHAT = FormatName


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-opus-4-7-20260416", "claude-opus-4-7"),
        ("claude-sonnet-5-5[1m]", "claude-sonnet-5-5"),
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("claude-opus-4.7", "claude-opus-4-7"),
        ("openai/gpt-5.4-2026-03-05", "gpt-5.4"),
        ("gpt-5.6", "gpt-5.6-sol"),
        ("deepseek-v4-flash", "deepseek-v4-flash"),
        ("deepseek-v4.1-flash-1017", "deepseek-flash"),
        ("minimax-m3", "MiniMax-M3"),
        ("GLM-5.3", "glm-5.3"),
    ],
)
def test_a_name_is_resolved(name: str, model: str) -> None:
    found = CATALOG.resolve(name)
    assert found is not None
    assert found.id == model


@pytest.mark.parametrize(
    "name",
    ["coderouter-auto", "gpt-6.2-sol", "claude-opus-9", "gpt-5", "", "opus", "bedrock/claude-opus-5-5"],
)
def test_a_name_nobody_knows(name: str) -> None:
    assert CATALOG.resolve(name) is None


@pytest.mark.parametrize("name", sorted(CATALOG.models))
def test_every_model_is_found_by_its_names_and_served_by_its_provider(name: str) -> None:
    model = CATALOG.models[name]
    for known in (name, name.upper(), f"{model.provider}/{name}", f"{name}[1m]", *model.aliases):
        assert CATALOG.resolve(known) is model
        assert CATALOG.provider_for(known, ANTHROPIC) is CATALOG.providers[model.provider]


def test_the_provider_of_an_unknown_name() -> None:
    assert CATALOG.provider_for("gpt-6.2-sol", RESPONSES) is CATALOG.providers["openai"]
    assert CATALOG.provider_for("claude-opus-9", ANTHROPIC) is CATALOG.providers["anthropic"]
    assert CATALOG.provider_for("coderouter-auto", RESPONSES) is None


def test_without_a_provider_a_prefix_leads_nowhere() -> None:
    assert Catalog(models={}, providers={}).provider_for("claude-opus-9", ANTHROPIC) is None


def test_todays_opus() -> None:
    assert CATALOG.opus().id == "claude-opus-5-5"
    assert not CATALOG.opus().legacy


def test_a_catalog_without_opus_has_no_such_baseline() -> None:
    with pytest.raises(ConfigError, match="Opus"):
        Catalog(models={}, providers={}).opus()


def test_other_roots() -> None:
    changed = CATALOG.with_roots({"anthropic": "http://127.0.0.1:9/"})
    assert changed.providers["anthropic"].root == "http://127.0.0.1:9"
    assert changed.providers["openai"] is CATALOG.providers["openai"]
    assert CATALOG.providers["anthropic"].root == "https://api.anthropic.com"


@pytest.mark.parametrize(
    ("roots", "message"),
    [
        ({"nobody": "https://x.example"}, "no provider 'nobody'"),
        ({"openai": "http://x.example"}, "not an https URL"),
    ],
)
def test_roots_that_cannot_be(roots: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CATALOG.with_roots(roots)


def test_a_users_own_provider_and_model() -> None:
    mine = custom_provider("mine", "http://127.0.0.1:11434", [CHAT], "MINE_KEY")
    model = replace(CATALOG.models["deepseek-flash"], id="qwen-local", provider="mine", aliases=("local",))
    changed = CATALOG.with_providers((mine,), (model,))
    assert changed.resolve("mine/local") is model
    assert changed.provider_for("qwen-local", CHAT) is mine
    assert "mine" not in CATALOG.providers
    assert "qwen-local" not in CATALOG.models


def test_a_users_model_replaces_ours() -> None:
    mine = replace(CATALOG.models["gpt-5.5"], max_output=5)
    assert CATALOG.with_providers((), (mine,)).models["gpt-5.5"].max_output == 5


def test_a_model_of_nobody() -> None:
    with pytest.raises(ConfigError, match="which is not defined") as refused:
        CATALOG.with_providers((), (replace(CATALOG.models["gpt-5.5"], provider="nobody"),))
    assert "anthropic" in refused.value.next_step


def test_choosing_turns_everything_else_into_legacy() -> None:
    chosen = CATALOG.choosing(POST)
    assert {name for name, model in chosen.models.items() if not model.legacy} == set(POST)
    assert chosen.opus().id == "claude-opus-4-7"
    assert chosen.models.keys() == CATALOG.models.keys()


def test_choosing_without_opus_keeps_its_baseline() -> None:
    assert CATALOG.choosing(["claude-haiku-5-5"]).opus().id == "claude-opus-5-5"


def test_choosing_what_is_not_there() -> None:
    with pytest.raises(ConfigError, match="no model 'gpt-9'"):
        CATALOG.choosing(["gpt-9"])


def test_a_catalog_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        CATALOG.models["x"] = CATALOG.opus()  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        CATALOG.models = {}  # type: ignore[misc]


def test_dominated_models_of_today() -> None:
    pairs = dict(PRICED.dominated())
    assert pairs["deepseek-v4-pro"] == "deepseek-flash"
    assert pairs["claude-opus-5"] == "claude-opus-5-5"
    assert pairs["gpt-5.5"] == "gpt-6.1-sol"
    current = {name for name, model in PRICED.models.items() if not model.legacy and name not in pairs}
    assert {
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
        "gpt-6.1-sol",
        "gpt-6-luna",
    } <= current
    assert CATALOG.dominated() == ()


def test_a_legacy_model_has_something_better_beside_it() -> None:
    """Nothing is kept from the router that it might have needed."""
    legacy = {name for name, model in PRICED.models.items() if model.legacy}
    assert legacy - set(dict(PRICED.dominated())) <= {"gpt-5-mini"}


def test_the_posts_findings_come_out_of_the_figures() -> None:
    """Among the post's models, in May 2026: who is good at what, by score alone."""
    models = {name: PRICED.models[name] for name in POST}

    def score(name: str, phase: Phase) -> int:
        return models[name].quality[phase].score

    # "V4-Pro and Opus both score top-tier on plan-quality": level with the other flagships behind Opus.
    others = ("gpt-5.5", "gpt-5.4", "claude-sonnet-4-6")
    assert all(abs(score("deepseek-v4-pro", Phase.PLAN) - score(name, Phase.PLAN)) <= 1 for name in others)
    # "Opus is still the first pick for genuinely reasoning-heavy debug work."
    assert max(POST, key=lambda name: score(name, Phase.DEBUG)) == "claude-opus-4-7"
    assert (
        score("claude-opus-4-7", Phase.DEBUG)
        - max(score(name, Phase.DEBUG) for name in POST if name != "claude-opus-4-7")
        >= 3
    )
    # V4-Flash for tests and documents, gpt-5-mini for small edits: near enough to Opus there.
    assert score("deepseek-v4-flash", Phase.DOCUMENT) >= 70
    assert score("deepseek-v4-flash", Phase.TEST) > score("claude-sonnet-4-6", Phase.TEST)
    assert score("gpt-5-mini", Phase.SMALL_EDIT) >= score("gpt-5-mini", Phase.PLAN) + 10
    # Long builds are where V4-Pro falls behind.
    assert score("deepseek-v4-pro", Phase.IMPLEMENT) <= score("deepseek-v4-pro", Phase.PLAN) - 5


@pytest.mark.parametrize("prices", [True, False])
def test_the_price_library_is_loaded_only_for_prices(prices: bool) -> None:
    program = (
        "import sys; from coderouter_cli.catalog.catalog import load_catalog; "
        f"catalog = load_catalog(prices={prices}); "
        "print('genai_prices' in sys.modules, any(model.card for model in catalog.models.values()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(prices), str(prices)]


PEAK, OFF_PEAK = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "at", "warm", "cold"),
    [
        ("claude-opus-5-5", OFF_PEAK, "3.2", "32.0"),
        ("claude-opus-4-7", OFF_PEAK, "5.5", "40.0"),
        ("claude-sonnet-5-5", OFF_PEAK, "1.6", "16.0"),
        ("claude-haiku-5-5", OFF_PEAK, "0.11", "0.80"),
        ("gpt-5.5", OFF_PEAK, "5.5", "32.5"),
        ("gpt-6.1-terra", OFF_PEAK, "0.80", "8.0"),
        ("gpt-6-luna", OFF_PEAK, "0.11", "0.80"),
        ("deepseek-v4-pro", PEAK, "0.73", "8.4"),
        ("deepseek-v4-pro", OFF_PEAK, "0.36", "4.2"),
        ("deepseek-flash", PEAK, "0.16", "1.9"),
        ("deepseek-flash", OFF_PEAK, "0.08", "0.96"),
        ("glm-5.3", OFF_PEAK, "2.1", "8.9"),
    ],
)
def test_one_agent_step_in_cents(name: str, at: datetime, warm: str, cold: str) -> None:
    """60k of prefix, 2k new, 500 out: worked out by hand from two public price lists."""
    model = PRICED.models[name]
    assert model.card is not None
    for held, expected in ((60_000, warm), (0, cold)):
        step = replace(simulate(62_000, held, model), output=500)
        cents = to_usd(model.card.cost(step, at)) * 100
        assert cents.quantize(Decimal(expected), ROUND_HALF_UP) == Decimal(expected)


def test_a_new_model_takes_part_at_once() -> None:
    """One table of `models.toml` more, and a price: it is offered, scored for every phase, and weighed."""
    table = read_table("models.toml")
    newcomer = {
        "provider": "openai",
        "family": "nova",
        "figures": [{"benchmark": "swe-bench-pro", "value": 80.0, "source": "whatmodel"}],
    }
    card = listed_card("nova", {"input": Decimal("0.01"), "output": Decimal("0.05")}, "a test")
    models = read_models({**table, "models": {**table["models"], "nova": newcomer}}, {"nova": card})
    nova = models["nova"]
    assert not nova.legacy
    assert set(nova.quality) == set(Phase)
    asked = replace(REQUEST, offers=(offer("opus"), offer("haiku"), offer(nova)), classification=EASY)
    assert route(asked).chosen.model == "nova"
