"""`models`: what the router may choose from."""

from coderouter_cli.system.clock import SystemClock
from tests.cli.home import KEY, Home
from tests.storage.ledger.samples import keep_estimates


def test_without_a_key_none_is_within_reach(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')

    assert "coderouter keys set" in home.run("models").out
    assert home.run("models", "--json").data == {"models": []}


def test_a_key_brings_its_providers_models(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\ndeny_models = ["deepseek-v4-flash"]\n')
    home.variables["DEEPSEEK_API_KEY"] = KEY

    models = home.run("models", "--json").data["models"]

    assert models
    assert {model["provider"] for model in models} == {"deepseek"}
    assert "deepseek-v4-flash" not in {model["id"] for model in models}
    assert all(float(model["usd_per_million"]["output"]) > 0 for model in models)


def test_all_of_them_with_prices_and_quality(home: Home) -> None:
    home.write(
        home.config,
        'key_store = "env"\n\n[[models]]\nid = "mine"\nprovider = "openai"\n'
        "max_input = 1000\nmax_output = 100\n",
    )
    models = home.run("models", "--all", "--json").data["models"]
    text = home.run("models", "--all").out

    by_id = {model["id"]: model for model in models}
    assert {model["provider"] for model in models} >= {"anthropic", "openai", "deepseek"}
    assert by_id["mine"]["usd_per_million"] is None
    assert by_id["mine"]["legacy"] is True
    assert [name for name in by_id if name not in text] == []
    assert "unknown" in text
    dominated = [model for model in models if model["dominated_by"]]
    assert dominated
    assert f"* {dominated[0]['id']}: {dominated[0]['dominated_by']} is no dearer" in text


def test_the_check_names_models_that_nobody_should_choose(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')
    home.variables["ANTHROPIC_API_KEY"] = KEY

    pairs = home.run("models", "--check", "--json").data["dominated"]
    text = home.run("models", "--check").out

    assert {"model": "claude-fable-5-2", "by": "claude-opus-5-5"} in pairs
    assert "claude-opus-5" not in {pair["model"] for pair in pairs}, "it can do what its successor refuses"
    assert all(f"{pair['model']}: {pair['by']} is no dearer" in text for pair in pairs)
    home.variables.pop("ANTHROPIC_API_KEY")
    assert "No model is beaten" in home.run("models", "--check").out


def test_how_close_estimates_are_is_shown_where_it_is_known(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')
    home.variables["DEEPSEEK_API_KEY"] = KEY
    assert {model["estimate"] for model in home.run("models", "--json").data["models"]} == {None}

    home.paths.ensure()
    keep_estimates(home.paths, SystemClock().now(), 935, 20)
    by_id = {model["id"]: model for model in home.run("models", "--json").data["models"]}
    assert by_id["deepseek-v4-pro"]["estimate"] == {
        "model": "deepseek-v4-pro",
        "factor": 1.1,
        "error_p90": 0.0,
        "error_p90_before": 0.0909,
        "samples": 20,
    }
    assert by_id["deepseek-flash"]["estimate"] is None
    text = home.run("models").out
    assert "estimates for deepseek-v4-pro: within 0.0 % for 90 % of requests, from 20 requests" in text

    home.write(home.paths.ledger_file, b"not a database" * 1_000)
    broken = home.run("models", "--json")
    assert broken.code == 0
    assert {model["estimate"] for model in broken.data["models"]} == {None}
