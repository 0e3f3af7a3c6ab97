"""What a provider sees of a conversation: who spoke last about what, and which tools are there to call.

Reads all three wire formats as they arrive, so after whatever the router made of the client's request.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coderouter_cli.demo.prompts import as_blocks
from coderouter_cli.demo.script import SeenRequest
from coderouter_cli.demo.voices.responses import all_tools
from coderouter_cli.domain.conversation import FormatName, JsonObject


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened: a user's text, something of the model's, or a tool's result."""

    who: Literal["user", "model", "tool"]
    text: str = ""


def marks(seen: SeenRequest) -> list[Mark]:
    """The conversation of a request, oldest first."""
    if seen.format is FormatName.ANTHROPIC_MESSAGES:
        return list(_messages(seen.json))
    if seen.format is FormatName.OPENAI_RESPONSES:
        return list(_items(seen.json))
    return list(_chat(seen.json))


def rounds_since(found: list[Mark], position: int) -> int:
    """How often tools have answered the model since a position, results side by side counted once."""
    rounds, answered = 0, True
    for mark in found[position + 1 :]:
        if mark.who == "model":
            answered = False
        elif mark.who == "tool" and not answered:
            answered = True
            rounds += 1
    return rounds


def offered_tools(seen: SeenRequest) -> dict[str, bool]:
    """The tools a model may call by name, and whether their input is free text."""
    if seen.format is FormatName.OPENAI_RESPONSES:
        named = [tool for tool in all_tools(seen.json) if tool.get("type") in {"function", "custom"}]
        return {tool["name"]: tool["type"] == "custom" for tool in named}
    tools = [tool.get("function", tool) for tool in seen.json.get("tools") or ()]
    return {tool["name"]: False for tool in tools if not tool.get("defer_loading")}


def wants_schema(seen: SeenRequest) -> bool:
    """Whether the answer must follow a JSON schema."""
    config = seen.json.get("output_config") or seen.json.get("text") or {}
    shape = config.get("format") or seen.json.get("response_format") or {}
    return shape.get("type") in {"json_schema", "json_object"}


def thinks(seen: SeenRequest) -> bool:
    """Whether a model would reason about this request, by its provider's defaults."""
    thinking = (seen.json.get("thinking") or {}).get("type")
    effort = (seen.json.get("reasoning") or {}).get("effort") or seen.json.get("reasoning_effort")
    if seen.provider == "anthropic":
        return thinking in {"adaptive", "enabled", "between_tools"}
    return thinking != "disabled" and effort != "none"


def _messages(body: JsonObject) -> Iterator[Mark]:
    for message in body["messages"]:
        for block in as_blocks(message["content"]):
            if message["role"] == "assistant":
                yield Mark("model")
            elif block["type"] == "tool_result":
                yield Mark("tool")
            elif block["type"] == "text" and message["role"] == "user":
                yield Mark("user", block["text"])


def _items(body: JsonObject) -> Iterator[Mark]:
    if isinstance(body["input"], str):
        yield Mark("user", body["input"])
        return
    for item in body["input"]:
        kind = item.get("type", "message")
        if kind.endswith("_output"):
            yield Mark("tool")
        elif item.get("role") == "user" or kind == "agent_message":
            for part in _parts(item["content"]):
                yield Mark("user", part)
        elif kind != "message" or item.get("role") == "assistant":
            yield Mark("model")


def _chat(body: JsonObject) -> Iterator[Mark]:
    for message in body["messages"]:
        if message["role"] == "tool":
            yield Mark("tool")
        elif message["role"] == "assistant":
            yield Mark("model")
        elif message["role"] == "user":
            for part in _parts(message["content"]):
                yield Mark("user", part)


def _parts(content: object) -> Iterator[str]:
    for part in as_blocks(content):
        if isinstance(part.get("text"), str):
            yield part["text"]
