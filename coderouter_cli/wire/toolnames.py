"""Tool names as a provider accepts them, and back.

OpenAI and Anthropic take names of at most 64 characters from ``[a-zA-Z0-9_-]`` and know no
namespaces outside Responses. The mapping depends on the request's own tool list only, so it needs no
memory: the names a provider answers with are looked up in the list of the same request.

A namespace is joined with ``--``, not with the ``__`` that MCP tool names are full of
(``mcp__github__search``): a plain name is left alone whenever that keeps the mapping injective.
"""

import hashlib
import re
from collections.abc import Iterable

from coderouter_cli.domain.conversation import Tool, ToolKind

MAX_NAME = 64
_FOREIGN = re.compile(r"[^a-zA-Z0-9_-]")
_SEPARATOR = "--"
_DIGEST = 12
_JOINTS = re.compile(r"__|--|[./:]")
_OPENAI_PREFIX = "functions."
"""The namespace in which OpenAI's models know all functions."""


def flat_name(name: str, namespace: str | None = None) -> str:
    """The provider-safe name; a name that is safe already, and has no namespace, is unchanged.

    Two different (name, namespace) pairs never share one: whatever is cut, replaced or ambiguous gets
    a digest of the pair.
    """
    full = name if namespace is None else f"{namespace}{_SEPARATOR}{name}"
    safe = _FOREIGN.sub("_", full)
    if name and safe == full and len(full) <= MAX_NAME and _splits_only_at(namespace, full):
        return full
    # The NUL keeps ("a--b", "c") and ("a", "b--c") apart.
    pair = name if namespace is None else f"{namespace}\0{name}"
    digest = hashlib.sha256(pair.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{safe[: MAX_NAME - _DIGEST - 1]}_{digest}"


def _splits_only_at(namespace: str | None, full: str) -> bool:
    """Whether the separator in ``full`` can be read in one way only."""
    expected = -1 if namespace is None else len(namespace)
    return full.find(_SEPARATOR) == full.rfind(_SEPARATOR) == expected


class ToolNames:
    """Looks up the client's tool for the name a provider used."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        callable_tools = [tool for tool in tools if tool.kind is not ToolKind.SERVER]
        self._by_flat: dict[str, Tool] = {}
        for tool in callable_tools:
            self._by_flat.setdefault(flat_name(tool.name, tool.namespace), tool)
        self._by_bare = _unique_by_name(callable_tools)
        self._by_spoken: dict[str, Tool] = {}
        for tool in callable_tools:
            if tool.namespace is not None:
                self._by_spoken.setdefault(_spoken(f"{tool.namespace}.{tool.name}"), tool)

    def original(self, provider_name: str) -> tuple[str, str | None, ToolKind]:
        """Name, namespace and kind in the client's terms; an unlisted name is a plain function.

        Models sometimes leave the namespace out, or join it in their own way, as the client's prompt does
        (``functions.exec``); the bare name is understood when only one tool has it.
        """
        tool = self._by_flat.get(provider_name) or self._by_bare.get(provider_name)
        if tool is None:
            tool = self._by_spoken.get(_spoken(provider_name)) or self._by_bare.get(
                provider_name.removeprefix(_OPENAI_PREFIX)
            )
        if tool is None:
            return provider_name, None, ToolKind.FUNCTION
        return tool.name, tool.namespace, tool.kind


def _spoken(name: str) -> str:
    """A name with every way to join its parts written alike."""
    return _JOINTS.sub(".", name)


def _unique_by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    found: dict[str, Tool] = {}
    ambiguous: set[str] = set()
    for tool in tools:
        if tool.name in found and found[tool.name].namespace != tool.namespace:
            ambiguous.add(tool.name)
        found.setdefault(tool.name, tool)
    return {name: tool for name, tool in found.items() if name not in ambiguous}
