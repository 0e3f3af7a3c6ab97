"""Tool call ids: safe, injective, the same every time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.wire.toolids import MAX_CHAT_ID, MAX_ID, minted_id, safe_id

SAFE = re.compile(r"[a-zA-Z0-9_-]+")
ids = st.text(max_size=90) | st.from_regex(r"[a-zA-Z]{1,8}[:.][0-9]", fullmatch=True)


@pytest.mark.parametrize("raw", ["toolu_01A09q90qw90lq917835lq9", "call_abc-DEF_0", "a"])
def test_an_id_that_every_provider_takes_is_left_alone(raw: str) -> None:
    assert safe_id(raw) == raw


@pytest.mark.parametrize("raw", ["Bash:0", "functions.x:0", "", "gü", "a" * 65, "a\n", "\ud800"])
def test_any_other_id_is_made_safe(raw: str) -> None:
    made = safe_id(raw)
    assert SAFE.fullmatch(made)
    assert len(made) <= MAX_ID
    assert made != raw


def test_the_readable_start_of_an_unsafe_id_is_kept() -> None:
    assert safe_id("Bash:0").startswith("Bash_0_")


def test_a_chat_id_has_at_most_40_characters() -> None:
    responses_id = "fc_0f0e50a1476a6c35006912c58dc9f8819192c25864eb16f07f"
    assert safe_id(responses_id) == responses_id
    assert len(safe_id(responses_id, MAX_CHAT_ID)) == MAX_CHAT_ID


@given(ids, st.sampled_from([MAX_ID, MAX_CHAT_ID]))
def test_a_made_id_is_safe_short_and_final(raw: str, limit: int) -> None:
    made = safe_id(raw, limit)
    assert SAFE.fullmatch(made)
    assert len(made) <= limit
    assert safe_id(made, limit) == made


@given(ids, ids, st.sampled_from([MAX_ID, MAX_CHAT_ID]))
def test_different_ids_stay_different(one: str, other: str, limit: int) -> None:
    assert (safe_id(one, limit) == safe_id(other, limit)) == (one == other)


@given(st.text(max_size=20), st.integers(0, 50))
def test_a_minted_id_is_safe_for_every_provider_and_reproducible(seed: str, position: int) -> None:
    made = minted_id(seed, position)
    assert made == minted_id(seed, position)
    assert safe_id(made, MAX_CHAT_ID) == made


def test_minted_ids_differ_by_answer_and_by_position() -> None:
    made = {minted_id(seed, position) for seed in ("r1", "r2", "\udfff") for position in range(4)}
    assert len(made) == 12
