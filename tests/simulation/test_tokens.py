import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.simulation.tokens import factor_of


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("claude-sonnet-4-5-20250929", 1.0),
        ("claude-sonnet-4-20250514", 1.0),
        ("claude-opus-4-6", 1.0),
        ("claude-3-7-sonnet-20250219", 1.0),
        ("claude-haiku-4-5-20251001", 1.0),
        ("claude-opus-4-7", 1.3),
        ("claude-opus-7-1", 1.3),
        ("gpt-5-codex", 0.8),
        ("gpt-5.1-codex-max", 0.8),
        ("qwen3:8b", 0.85),
    ],
)
def test_a_recorded_name_has_the_tokenizer_of_its_line(name: str, factor: float) -> None:
    assert factor_of(name, load_catalog(prices=False)) == factor
