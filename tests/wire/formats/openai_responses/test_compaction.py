"""Summaries that stand for a history."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.wire.envelope import is_envelope
from coderouter_cli.wire.formats.openai_responses.compaction import compaction_item, summary_of
from coderouter_cli.wire.natives import is_openai


@given(st.text(min_size=1))
def test_a_summary_comes_back_in_words(text: str) -> None:
    read = summary_of(compaction_item(text, "cmp_1"))
    assert read is not None
    assert text in read


def test_the_seal_is_ascii_and_nobody_elses() -> None:
    item = compaction_item("Grüße", "cmp_1")
    sealed = item["encrypted_content"]
    assert re.fullmatch(r"crc1\.[0-9a-f]{24}\.[A-Za-z0-9_-]+", sealed)
    assert not is_openai(sealed)
    assert not is_envelope(sealed)
    assert item == {"id": "cmp_1", "type": "compaction", "encrypted_content": sealed}


@pytest.mark.parametrize("damage", ["gAAAAABo", "", None, 3, "crc1.x", "crc1.0.AAAA", "crc2.0.AAAA"])
def test_anybody_elses_is_not_read(damage: object) -> None:
    assert summary_of({"type": "compaction", "encrypted_content": damage}) is None


def test_a_damaged_one_is_not_read() -> None:
    sealed = compaction_item("text", "cmp_1")["encrypted_content"]
    assert summary_of({"encrypted_content": sealed[:-1]}) is None
    assert summary_of({"encrypted_content": sealed.replace("crc1", "crc9")}) is None
