import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseUsage

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_responses.usage import read_usage, usage_in, write_usage

COUNTS = st.integers(0, 10**9)
USAGES = st.builds(
    Usage,
    input=COUNTS,
    cache_read=COUNTS,
    cache_write=COUNTS,
    cache_write_long=COUNTS,
    output=COUNTS,
)


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({"input_tokens": 100, "output_tokens": 5}, Usage(input=100, output=5)),
        (
            {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 60}, "output_tokens": 5},
            Usage(input=40, cache_read=60, output=5),
        ),
        (
            {
                "input_tokens": 100,
                "input_tokens_details": {
                    "cached_tokens": 10,
                    "cache_write_tokens": 50,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 20, "ttl_12h_tokens": 30},
                },
                "output_tokens": 5,
                "output_tokens_details": {"reasoning_tokens": 4},
                "total_tokens": 105,
            },
            Usage(input=40, cache_read=10, cache_write=20, cache_write_long=30, output=5, reasoning=4),
        ),
        # a server that counts the cache apart
        (
            {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 60}},
            Usage(input=5, cache_read=60),
        ),
        (
            {
                "input_tokens": "5",
                "output_tokens": -1,
                "input_tokens_details": 7,
                "output_tokens_details": None,
            },
            Usage(),
        ),
        ({"input_tokens": 5.0, "output_tokens": True}, Usage(input=5)),
        # a total that nothing explains is not passed over
        ({"input_tokens": 10, "output_tokens": 5, "total_tokens": 14}, Usage(10, output=5, discrepancy=-1)),
    ],
)
def test_providers_numbers_are_told_apart(raw: JsonObject, usage: Usage) -> None:
    assert usage_in({"usage": raw}) == (usage, raw)


def test_the_tier_that_was_used_is_kept() -> None:
    read = usage_in({"usage": {}, "service_tier": "priority"})
    assert read is not None
    assert read[0].tier == "priority"
    assert read_usage({}, "flex").tier == "flex"


@pytest.mark.parametrize("response", [{}, {"usage": None}, {"usage": 3}])
def test_no_usage_is_unknown(response: JsonObject) -> None:
    assert usage_in(response) is None


@given(USAGES)
def test_what_we_write_we_read_back(usage: Usage) -> None:
    written = write_usage(usage)
    checked = ResponseUsage.model_validate(written)
    assert checked.total_tokens == usage.total
    assert read_usage(written) == usage
