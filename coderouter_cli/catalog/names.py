"""Which model a client means: clients, routers and SDKs write one model's name in many ways."""

import re
from collections.abc import Collection, Iterator

from coderouter_cli.domain.conversation import FormatName

_VARIANT = re.compile(r"\[[^\[\]]*\]$")
"""Claude Code's context suffix: ``claude-sonnet-5-5[1m]``."""
_DATED = re.compile(r"[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest)$")
"""Anthropic dates names ``-20251001``, Vertex ``@20251001``, OpenAI ``-2025-08-07``."""
_PREFIXES = (
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("codex-", "openai"),
    ("deepseek", "deepseek"),
)
_O_SERIES = re.compile(r"o\d")


def spellings(name: str, providers: Collection[str]) -> Iterator[str]:
    """The names to look for, the most literal first; all in lower case."""
    plain = name.strip().lower()
    bare = _VARIANT.sub("", _without_provider(plain, providers))
    undated = _DATED.sub("", bare)
    yield from dict.fromkeys((plain, bare, undated, _dashed(bare), _dashed(undated)))


def provider_of(name: str, format_name: FormatName, providers: Collection[str]) -> str | None:
    """The provider a name that no catalog knows seems to belong to."""
    plain = name.strip().lower()
    head, slash, rest = plain.partition("/")
    if slash and head in providers:
        return head
    bare = rest if slash else plain
    for prefix, provider in _PREFIXES:
        if bare.startswith(prefix):
            return provider
    # Too short a prefix to mean anything but to a client that speaks OpenAI's formats.
    if format_name is not FormatName.ANTHROPIC_MESSAGES and _O_SERIES.match(bare):
        return "openai"
    return None


def unlisted_name(name: str, provider: str) -> str:
    """What a provider calls a model that no catalog knows: without the provider's own name in front, and
    Claude's version as Anthropic writes it (``claude-opus-4.6``:
    https://github.com/BlockRunAI/ClawRouter/issues/38)."""
    head, slash, rest = name.strip().partition("/")
    bare = rest if slash and head.lower() == provider else name
    return _dashed(_VARIANT.sub("", bare)) if provider == "anthropic" else bare


def _without_provider(name: str, providers: Collection[str]) -> str:
    head, slash, rest = name.partition("/")
    return rest if slash and head in providers else name


def _dashed(name: str) -> str:
    """Claude's versions are written with a dot by others: ``claude-opus-4.7``."""
    return name.replace(".", "-") if name.startswith("claude") else name
