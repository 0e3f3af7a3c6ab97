"""The catalog as a table, and as data."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.cli.render import show
from coderouter_cli.cli.views.models import model_data, models_view
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.phase import Phase

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> Model:
    """A model of the bundled catalog, with its price."""
    return load_catalog().models["claude-opus-5-5"]


def test_no_model_says_what_to_do() -> None:
    assert models_view([], {}, NOW) == (
        "No model is within reach: there is no provider key. Set one with `coderouter keys set`.",
    )


def test_a_line_has_prices_and_scores(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    show(models_view([model], {}, NOW))

    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == [
        "Model", "Provider", "in", "cached", "out", "plan", "impl", "debug", "test", "docs", "edit",
    ]  # fmt: skip
    data = model_data(model, None, NOW)
    prices = data["usd_per_million"]
    scores = [str(data["quality"][phase.value]["score"]) for phase in Phase]
    assert line.split() == [
        "claude-opus-5-5", "anthropic", prices["input"], prices["cached"], prices["output"], *scores,
    ]  # fmt: skip


def test_the_whole_catalog_fits_into_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coderouter_cli.cli.render._PIPE_WIDTH", 80)
    catalog = load_catalog()
    models = list(catalog.models.values())

    show(models_view(models, dict.fromkeys(catalog.models, "x"), NOW)[:1])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(models) + 1
    assert max(map(len, lines)) <= 80


def test_unknown_figures_are_no_zeros(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    bare = replace(model, card=None, quality={})
    show(models_view([bare], {}, NOW))

    assert capsys.readouterr().out.splitlines()[1].split()[2:] == ["unknown"] * 3 + ["-"] * 6
    data = model_data(bare, None, NOW)
    assert (data["usd_per_million"], data["price_source"], data["quality"]) == (None, None, {})


def test_a_beaten_model_is_marked_and_its_better_named(
    model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    show(models_view([model], {model.id: "better", "absent": "other"}, NOW))

    text = capsys.readouterr().out
    assert f"{model.id} *" in text
    assert f"* {model.id}: better is no dearer and no worse in any phase." in text
    assert "absent" not in text
    assert model_data(model, "better", NOW)["dominated_by"] == "better"
