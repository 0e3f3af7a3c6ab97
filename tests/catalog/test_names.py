import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.catalog.names import provider_of, spellings
from coderouter_cli.domain.conversation import FormatName

PROVIDERS = ("anthropic", "openai", "deepseek")
ANTHROPIC, RESPONSES, CHAT = FormatName


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("claude-opus-5-latest", "claude-opus-5"),
        ("claude-sonnet-5-5[1m]", "claude-sonnet-5-5"),
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic/claude-opus-4.7", "claude-opus-4-7"),
        ("Anthropic/Claude-Opus-4.7-20260416[1m]", "claude-opus-4-7"),
        (" gpt-5.5 ", "gpt-5.5"),
    ],
)
def test_the_name_meant_is_among_the_spellings(name: str, found: str) -> None:
    assert found in spellings(name, PROVIDERS)


@pytest.mark.parametrize(
    ("name", "never"),
    [
        ("gpt-5.5", "gpt-5-5"),
        ("somebody/claude-opus-5-5", "claude-opus-5-5"),
        ("model-123", "model"),
        ("model-19990101", "model"),
    ],
)
def test_what_a_name_does_not_mean(name: str, never: str) -> None:
    assert never not in spellings(name, PROVIDERS)


@given(st.text(max_size=60))
def test_any_text_has_itself_as_its_first_spelling(name: str) -> None:
    found = list(spellings(name, PROVIDERS))
    assert found[0] == name.strip().lower()
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("name", "wire", "provider"),
    [
        ("claude-opus-9", ANTHROPIC, "anthropic"),
        ("Claude-Next", CHAT, "anthropic"),
        ("gpt-6.2-sol", RESPONSES, "openai"),
        ("gpt-9", ANTHROPIC, "openai"),
        ("chatgpt-5", CHAT, "openai"),
        ("codex-auto-review", RESPONSES, "openai"),
        ("o4-mini", RESPONSES, "openai"),
        ("o4-mini", ANTHROPIC, None),
        ("opus", ANTHROPIC, None),
        ("deepseek-v9", CHAT, "deepseek"),
        ("deepseek/whatever", CHAT, "deepseek"),
        ("router/claude-opus-9", CHAT, "anthropic"),
        ("coderouter-auto", RESPONSES, None),
        ("", CHAT, None),
    ],
)
def test_whose_an_unknown_name_is(name: str, wire: FormatName, provider: str | None) -> None:
    assert provider_of(name, wire, PROVIDERS) == provider
