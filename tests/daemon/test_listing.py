"""Lists of models: one object that is each vendor's list, and Codex's catalogue."""

import itertools

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.listing import decoded, model_entry, model_list

MODELS = list(load_catalog(prices=False).models.values())[:7]
NAMES = [model.id for model in MODELS]


def listed(query: str) -> list[str]:
    return [entry["id"] for entry in model_list(MODELS, f"/v1/models{query}")["data"]]


@pytest.mark.parametrize("query", ["", "?limit=1000", "?limit=0007", "?limit=x", "?limit=-1", "?limit=1e3"])
def test_a_list_is_whole_unless_less_is_asked_for(query: str) -> None:
    answer = model_list(MODELS, f"/v1/models{query}")
    assert listed(query) == NAMES
    assert (answer["has_more"], answer["first_id"], answer["last_id"]) == (False, NAMES[0], NAMES[-1])


@pytest.mark.parametrize("size", range(1, 9))
def test_pages_add_up_to_the_list_in_both_directions(size: int) -> None:
    forward: list[str] = []
    for _ in itertools.count():
        after = f"&after_id={forward[-1]}" if forward else ""
        answer = model_list(MODELS, f"/v1/models?limit={size}{after}")
        forward += [entry["id"] for entry in answer["data"]]
        if not answer["has_more"]:
            break
    assert forward == NAMES
    assert listed(f"?limit={size}&before_id={NAMES[5]}") == NAMES[:5][-size:]


def test_nothing_to_list() -> None:
    assert model_list([], "/v1/models") == {"object": "list", "data": [], "has_more": False}
    assert listed(f"?before_id={NAMES[0]}") == []
    assert listed("?after_id=nobody&limit=2") == NAMES[:2]


def test_codex_gets_a_catalogue_that_changes_nothing() -> None:
    assert model_list(MODELS, "/v1/models?client_version=0.169.0") == {"models": []}


def test_an_entry_is_what_both_vendors_promise() -> None:
    entry = model_entry(MODELS[0])
    assert {"id", "object", "created", "owned_by"} <= entry.keys()
    assert {"id", "type", "display_name", "created_at", "lifecycle"} <= entry.keys()


def test_a_name_in_a_path() -> None:
    assert decoded("qwen%2Fqwen3") == "qwen/qwen3"
    assert decoded("%ff%zz") == "\ufffd%zz"
