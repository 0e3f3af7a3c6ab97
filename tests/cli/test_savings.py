import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.cli.savings import CatalogName, key_set, named_catalog
from coderouter_cli.errors import UsageError

CATALOG = load_catalog(prices=False)


def test_keys_are_all_or_names() -> None:
    assert key_set("all", CATALOG) == frozenset(CATALOG.providers)
    assert key_set(" Anthropic, openai,", CATALOG) == {"anthropic", "openai"}


@pytest.mark.parametrize("text", ["", ",", "nobody", "anthropic,nobody"])
def test_a_name_that_is_none_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        key_set(text, CATALOG)
    assert "anthropic" in (refused.value.next_step or "")


def test_the_posts_catalog_is_the_posts() -> None:
    assert named_catalog(CatalogName.POST).opus().id == "claude-opus-4-7"
    assert named_catalog(CatalogName.TODAY).opus().id != "claude-opus-4-7"
