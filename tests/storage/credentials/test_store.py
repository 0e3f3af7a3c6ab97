import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.credentials import clean_key

KEY = "sk-ant-api03-0123456789abcdef"
printable = st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], min_size=8, max_size=200)


@pytest.mark.parametrize(
    "text", [KEY, f"{KEY}\n", f"  {KEY}\r\n", f"\ufeff{KEY}", f"\u200b{KEY}\u00a0", f"\t{KEY} "]
)
def test_what_pasting_adds_is_taken_off(text: str) -> None:
    assert clean_key(text, "standard input").reveal() == KEY


@given(printable)
def test_every_printable_key_is_kept_as_it_is(key: str) -> None:
    assert clean_key(key, "standard input").reveal() == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "short",
        "x" * 1025,
        "sk-ant-0123 456789",
        "sk-ant-0123\n456789",
        "sk-ant-0123\x00456789",
        "sk-ant-0123\u2026456789",
        "sk-ant-0123\u00e4456789",
        "sk-ant-0123\u200b456789",
    ],
)
def test_what_no_header_can_carry_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        clean_key(text, "standard input")

    assert "standard input" in str(caught.value)
    assert "0123" not in caught.value.sentence()
    assert "456789" not in caught.value.sentence()
