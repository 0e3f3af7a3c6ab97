from typing import Any

import pytest
from anthropic.types.beta import BetaCacheCreation, BetaUsage
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
        # Kimi's whole answers: the prompt is stated twice, once for what Anthropic means by it
        (
            {"input_tokens": 173306, "cache_read_input_tokens": 173056, "prompt_tokens": 173306},
            Usage(input=250, cache_read=173056),
        ),
        ({"input_tokens": 250, "cache_read_input_tokens": 50, "prompt_tokens": 300}, Usage(250, 50)),
        ({"input_tokens": 10, "prompt_tokens": 12}, Usage(10, discrepancy=2)),
        # what a compaction on the server took is billed, and not in the numbers at the top
        (
            {
                "input_tokens": 10,
                "output_tokens": 4,
                "iterations": [
                    {
                        "type": "compaction",
                        "input_tokens": 100,
                        "cache_read_input_tokens": 200,
                        "cache_creation_input_tokens": 9,
                        "cache_creation": {"ephemeral_1h_input_tokens": 3},
                        "output_tokens": 50,
                    },
                    {"type": "message", "input_tokens": 10, "output_tokens": 4},
                ],
            },
            Usage(110, 200, 6, 3, 54),
        ),
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


STREAMS: dict[str, tuple[list[dict[str, Any]], Usage]] = {
    # https://github.com/zai-org/GLM-5/issues/139
    "GLM": (
        [
            {"input_tokens": 0, "output_tokens": 0},
            {"input_tokens": 14, "cache_read_input_tokens": 64, "output_tokens": 9},
        ],
        Usage(14, 64, output=9),
    ),
    # https://github.com/maximhq/bifrost/pull/5355
    "Qwen": (
        [
            {"input_tokens": 8834, "output_tokens": 0},
            {
                "input_tokens": 18,
                "output_tokens": 426,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 8831,
                "cache_creation": {"ephemeral_5m_input_tokens": 0},
            },
        ],
        Usage(18, 8831, output=426),
    ),
    "Kimi, all of it cached": (
        [
            {"input_tokens": 512, "output_tokens": 0},
            {
                "input_tokens": 0,
                "cache_read_input_tokens": 512,
                "prompt_tokens": 512,
                "output_tokens": 3,
            },
        ],
        Usage(0, 512, output=3),
    ),
    "Anthropic, its prompt grown": (
        [
            {
                "input_tokens": 43,
                "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
                "output_tokens": 1,
            },
            {"input_tokens": 61, "cache_creation_input_tokens": 30, "output_tokens": 7},
        ],
        Usage(61, 0, 10, 20, 7),
    ),
}


@pytest.mark.parametrize("who", STREAMS)
def test_a_streams_numbers_are_those_of_its_end(who: str) -> None:
    seen, usage = STREAMS[who]
    raw: dict[str, Any] = {}
    for one in seen:
        raw = merged_usage(raw, one)
    assert read_usage(raw) == usage


def test_a_client_reads_tier_speed_and_lifetimes_in_its_own_words() -> None:
    assert "service_tier" not in write_usage(Usage(1))
    assert write_usage(Usage(tier="default"))["service_tier"] == "standard"
    assert "service_tier" not in write_usage(Usage(tier="flex"))
    assert write_usage(Usage(tier="fast"))["speed"] == "fast"
    assert BetaUsage.model_validate(write_usage(Usage(1, 2, 3, 4, 5, 2, "priority"))).cache_creation == (
        BetaCacheCreation(ephemeral_5m_input_tokens=3, ephemeral_1h_input_tokens=4)
    )


COUNTS = st.integers(0, 10**9)


@given(st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS))
def test_what_a_client_is_told_adds_up(usage: Usage) -> None:
    told = read_usage(write_usage(usage))
    assert (told.prompt, told.output, told.reasoning) == (usage.prompt, usage.output, usage.reasoning)
    assert told.cache_read == usage.cache_read
