"""Chat streams written by hand, and the models and dialects the tests speak of."""

import json
from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool
from coderouter_cli.domain.events import Event
from coderouter_cli.domain.model import Capabilities, Dialect, Model
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from tests.wire.grammar import decode_whole

OPENAI = Dialect("openai-chat", vendor=FormatName.OPENAI_CHAT)
COMPATIBLE = Dialect(
    "compatible",
    drop_fields=frozenset({"metadata", "service_tier", "store", "verbosity"}),
    drop_server_tools=True,
    developer_role=False,
    custom_tools=False,
    max_tokens_field="max_tokens",
    cache_control=False,
)
DEEPSEEK = Dialect(
    "deepseek-chat",
    drop_fields=frozenset({"metadata", "prompt_cache_key", "service_tier", "store"}),
    drop_server_tools=True,
    developer_role=False,
    custom_tools=False,
    reasoning_content=True,
    thinking_switch="thinking",
    effort_map={"minimal": "low", "medium": "high", "xhigh": "high"},
    max_tokens_field="max_tokens",
)


def model(name: str = "provider-model", *, max_output: int = 8192, **able: Any) -> Model:
    """A model with these capabilities."""
    return Model(
        id=name,
        provider="p",
        family="f",
        max_input=100_000,
        max_output=max_output,
        capabilities=Capabilities(**able),
        quality={},
        card=None,
        cache_ttl_s=300,
    )


def data(*values: JsonObject | str) -> bytes:
    """Server-sent events; a string goes out as it is."""
    lines = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def chunk(delta: JsonObject | None = None, finish: str | None = None, **extra: Any) -> JsonObject:
    """One chunk with one choice."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1764000000,
        "model": "served-model",
        "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}],
        **extra,
    }


def calling(**entry: Any) -> JsonObject:
    """A delta with one entry of ``tool_calls``; ``name`` and ``arguments`` go into its function."""
    function = {key: entry.pop(key) for key in ("name", "arguments") if key in entry}
    return {"tool_calls": [{**entry, "function": function}]}


def usage_chunk(**usage: Any) -> JsonObject:
    """The chunk with no choices that ends a stream with ``include_usage``."""
    return {"id": "chatcmpl-1", "model": "served-model", "choices": [], "usage": usage}


def decode(stream: bytes, *tools: Tool) -> list[Event]:
    """The stream's events, proved to be the same in one piece and byte by byte."""
    return decode_whole(lambda: OPENAI_CHAT.decoder(tools), stream)


def context(*tools: Tool, include_usage: bool = True) -> ReplyContext:
    """A client that asked for ``wished-model``."""
    return ReplyContext("wished-model", "chatcmpl-9", 1764000001, 10, tools, include_usage)
