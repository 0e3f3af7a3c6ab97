"""Tool names as a provider accepts them, and back.

OpenAI and Anthropic take names of at most 64 characters from ``[a-zA-Z0-9_-]`` and know no
namespaces outside Responses. The mapping depends on the request's own tool list only, so it needs no
memory: the names a provider answers with are looked up in the list of the same request.
"""

import hashlib
import re
from collections.abc import Iterable

from coderouter_cli.domain.conversation import Tool, ToolKind

_MAX = 64
_FOREIGN = re.compile(r"[^a-zA-Z0-9_-]")
_SEPARATOR = "__"


def flat_name(name: str, namespace: str | None = None) -> str:
    """The provider-safe name; a name that is safe already, and has no namespace, is unchanged."""
    full = f"{namespace}{_SEPARATOR}{name}" if namespace else name
    safe = _FOREIGN.sub("_", full)
    if safe == full and len(full) <= _MAX and full:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:8]
    return f"{safe[: _MAX - 9]}_{digest}" if safe != full or len(safe) > _MAX else safe


class ToolNames:
    """Looks up the client's tool for the name a provider used."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._by_flat = {flat_name(tool.name, tool.namespace): tool for tool in tools}

    def original(self, provider_name: str) -> tuple[str, str | None, ToolKind]:
        """Name, namespace and kind in the client's terms; an unlisted name is a plain function."""
        tool = self._by_flat.get(provider_name)
        if tool is None:
            return provider_name, None, ToolKind.FUNCTION
        return tool.name, tool.namespace, tool.kind
