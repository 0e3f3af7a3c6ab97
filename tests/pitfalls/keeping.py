"""What clients keep of an answer, to send it back with their next request."""

import json
from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.events import Event
from tests.pitfalls.kit import CHAT, MESSAGES, shown


def kept(events: list[Event], client: FormatName, **context: Any) -> list[JsonObject]:
    """The entries of a client's history after a streamed answer: messages, or items."""
    written = shown(events, client, **context)
    if client is MESSAGES:
        return [{"role": "assistant", "content": _blocks(written)}]
    if client is CHAT:
        return [_message(written)]
    return [one["item"] for one in written if one["type"] == "response.output_item.done"]


def kept_whole(body: Any, client: FormatName) -> list[JsonObject]:
    """The same after a whole answer."""
    if client is MESSAGES:
        return [{"role": "assistant", "content": body["content"]}]
    if client is CHAT:
        return [body["choices"][0]["message"]]
    return list(body["output"])


def _blocks(events: list[Any]) -> list[JsonObject]:
    blocks: dict[int, JsonObject] = {}
    arguments: dict[int, str] = {}
    for event in events:
        if event["type"] == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            if delta["type"] == "input_json_delta":
                arguments[event["index"]] = arguments.get(event["index"], "") + delta["partial_json"]
            for name in ("text", "thinking", "signature"):
                if name in delta:
                    blocks[event["index"]][name] += delta[name]
    for index, text in arguments.items():
        blocks[index]["input"] = json.loads(text)
    return list(blocks.values())


def _message(chunks: list[Any]) -> JsonObject:
    message: JsonObject = {"role": "assistant"}
    calls: dict[int, JsonObject] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "reasoning_content", "refusal"):
                if delta.get(name):
                    message[name] = message.get(name, "") + delta[name]
            if "reasoning_details" in delta:
                message["reasoning_details"] = (
                    message.get("reasoning_details", []) + delta["reasoning_details"]
                )
            for entry in delta.get("tool_calls", ()):
                _add(calls, entry)
    return {**message, "tool_calls": list(calls.values())} if calls else message


def _add(calls: dict[int, JsonObject], entry: JsonObject) -> None:
    call = calls.setdefault(
        entry["index"],
        {"id": entry.get("id"), "type": "function", "function": {"name": "", "arguments": ""}},
    )
    call["function"]["name"] += entry["function"].get("name") or ""
    call["function"]["arguments"] += entry["function"].get("arguments") or ""
