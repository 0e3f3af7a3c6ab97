from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.usage import Usage

counts = st.integers(min_value=0, max_value=10**9)


@given(counts, counts, counts, counts, counts)
def test_the_prompt_is_the_sum_of_its_classes(a: int, b: int, c: int, d: int, out: int) -> None:
    usage = Usage(input=a, cache_read=b, cache_write=c, cache_write_long=d, output=out)
    assert usage.prompt == a + b + c + d
    assert usage.total == usage.prompt + out


def test_reasoning_is_inside_output() -> None:
    assert Usage(input=10, output=30, reasoning=20).total == 40


def test_what_a_provider_cannot_explain_counts_for_nothing() -> None:
    assert Usage(input=10, output=30, discrepancy=-5).total == 40


@pytest.mark.parametrize(
    "make",
    [
        lambda: Usage(input=-1),
        lambda: Usage(cache_read=-1),
        lambda: Usage(cache_write=-1),
        lambda: Usage(cache_write_long=-1),
        lambda: Usage(output=-1),
        lambda: Usage(reasoning=-1),
    ],
)
def test_no_count_is_negative(make: Callable[[], Usage]) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        make()
