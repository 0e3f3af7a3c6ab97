from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.anthropic_messages.usage import merged_usage, read_usage, write_usage


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, Usage()),
        ({"input_tokens": 3, "output_tokens": 4}, Usage(input=3, output=4)),
        ({"cache_creation_input_tokens": 10}, Usage(cache_write=10)),
        (
            {"cache_creation_input_tokens": 10, "cache_creation": {"ephemeral_1h_input_tokens": 4}},
            Usage(cache_write=6, cache_write_long=4),
        ),
        (
            {"cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}},
            Usage(cache_write=3, cache_write_long=4),
        ),
        (
            {"cache_creation_input_tokens": 2, "cache_creation": {"ephemeral_1h_input_tokens": 4}},
            Usage(cache_write_long=2),
        ),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 5}}, Usage(output=9, reasoning=5)),
        ({"service_tier": "priority", "speed": "standard"}, Usage(tier="priority")),
        ({"service_tier": "standard", "speed": "fast"}, Usage(tier="fast")),
        ({"input_tokens": None, "cache_read_input_tokens": -5, "output_tokens": "many"}, Usage()),
    ],
)
def test_every_number_has_one_place(raw: dict[str, Any], expected: Usage) -> None:
    assert read_usage(raw) == expected


@given(
    st.dictionaries(
        st.text(), st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.integers())
    )
)
def test_any_object_reads(raw: dict[str, Any]) -> None:
    assert read_usage(raw).total >= 0


def test_the_prompt_is_the_sum_of_the_three() -> None:
    raw = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 4000,
    }
    assert read_usage(raw).prompt == 321


def test_newer_numbers_win_unless_they_say_nothing() -> None:
    before = {
        "input_tokens": 43,
        "cache_read_input_tokens": 5,
        "output_tokens": 1,
        "cache_creation": {"x": 1},
    }
    assert merged_usage(before, {"input_tokens": 61, "output_tokens": 9}) == {
        **before,
        "input_tokens": 61,
        "output_tokens": 9,
    }
    assert merged_usage(before, {"input_tokens": 0, "cache_read_input_tokens": None, "output_tokens": 0}) == {
        **before,
        "output_tokens": 0,
    }
    assert merged_usage({}, {"input_tokens": 0}) == {"input_tokens": 0}


COUNTS = st.integers(0, 10**9)


@given(st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS))
def test_what_a_client_is_told_adds_up(usage: Usage) -> None:
    told = read_usage(write_usage(usage))
    assert (told.prompt, told.output, told.reasoning) == (usage.prompt, usage.output, usage.reasoning)
    assert told.cache_read == usage.cache_read
