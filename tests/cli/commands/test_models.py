"""`models`: what the router may choose from."""

from tests.cli.home import KEY, Home


def test_without_a_key_none_is_within_reach(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')

    assert "coderouter keys set" in home.run("models").out
    assert home.run("models", "--json").data == {"models": []}


def test_a_key_brings_its_providers_models(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\nexclude_models = ["deepseek-v4-flash"]\n')
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
