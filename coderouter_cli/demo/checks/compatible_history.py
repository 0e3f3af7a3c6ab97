"""What a compatible provider refuses of the history: roles, images, thinking, calls and their results."""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, invalid, objects, word
from coderouter_cli.demo.checks.blocks import block_problems
from coderouter_cli.demo.checks.chat import pair_problems
from coderouter_cli.demo.checks.items import deepseek_item_problems
from coderouter_cli.demo.checks.items import pair_problems as item_pair_problems
from coderouter_cli.demo.checks.turns import turn_problems
from coderouter_cli.demo.prompts import as_blocks
from coderouter_cli.demo.script import HttpError
from coderouter_cli.demo.seals import opened
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect

_MESSAGES, _RESPONSES, _CHAT = FormatName
_BILLING = "x-anthropic-billing-header:"
_OWN_SIGNATURE = re.compile(r"([a-z2-7]{18})?")
"""How the scripted providers that check nothing sign; or nothing."""
_ITEMS = frozenset({"message", "function_call", "function_call_output", "reasoning"})
_CUSTOM_ITEMS = frozenset({"custom_tool_call", "custom_tool_call_output", "additional_tools"})
_SPEAKER = frozenset({"role", "content", "name", "tool_calls", "tool_call_id"})
UNSIGNED = "skip_thought_signature_validator"
"""What Google tells to send for calls that another model made
(https://ai.google.dev/gemini-api/docs/thought-signatures)."""


def history_problems(body: JsonObject, wire: FormatName, dialect: Dialect) -> Iterator[HttpError]:
    """Everything that is wrong with what was said."""
    if wire is _MESSAGES:
        yield from _message_problems(body, dialect)
    elif wire is _RESPONSES:
        yield from _item_problems(body, dialect)
    else:
        yield from _chat_problems(body, dialect)


def _message_problems(body: JsonObject, dialect: Dialect) -> Iterator[HttpError]:
    yield from block_problems(body, "deepseek", images=dialect.images)
    for i, message in enumerate(body["messages"]):
        if message["role"] == "system" and dialect.fold_system:
            yield invalid(f"messages[{i}].role: unknown variant `system`, expected `user` or `assistant`")
        for block in as_blocks(message["content"]):
            yield from _block_problems(f"messages[{i}]", block, dialect)
        if message["role"] == "assistant" and dialect.reasoning_content:
            yield from _thought_before_calls(message)
    for block in as_blocks(body.get("system")):
        if dialect.strip_billing_block and word(block.get("text")).startswith(_BILLING):
            yield invalid("system: an attribution block of another vendor")
        if "cache_control" in block and not dialect.cache_control:
            yield invalid("system.cache_control: Extra inputs are not permitted")
    yield from turn_problems(body, None)


def _block_problems(where: str, block: JsonObject, dialect: Dialect) -> Iterator[HttpError]:
    kind = block.get("type")
    if "cache_control" in block and not dialect.cache_control:
        yield invalid(f"{where}.cache_control: Extra inputs are not permitted")
    if kind == "image" and as_object(block.get("source")).get("type") != "base64" and not dialect.image_urls:
        yield invalid(f"{where}: invalid image source type. Only base64 images are supported.")
    if kind == "redacted_thinking":
        yield invalid(f"{where}: Invalid `data` in `redacted_thinking` block")
    if kind == "thinking" and not _OWN_SIGNATURE.fullmatch(word(block.get("signature"))):
        yield invalid(f"{where}: Invalid `signature` in `thinking` block")
    for inner in as_blocks(block.get("content")) if kind == "tool_result" else ():
        yield from _block_problems(where, inner, dialect)


def _thought_before_calls(message: JsonObject) -> Iterator[HttpError]:
    kinds = {block.get("type") for block in as_blocks(message["content"])}
    if "tool_use" in kinds and "thinking" not in kinds:
        yield invalid("reasoning_content is missing in assistant tool call message")


def _item_problems(body: JsonObject, dialect: Dialect) -> Iterator[HttpError]:
    known = _ITEMS | _CUSTOM_ITEMS if dialect.custom_tools else _ITEMS
    for i, item in enumerate(objects(body.get("input"))):
        kind, role = word(item.get("type", "message")), item.get("role")
        if kind not in known:
            yield invalid(f"input[{i}]: unknown input item type: {kind}")
        if role == "developer" and not dialect.developer_role:
            yield invalid(f"input[{i}].role: unknown variant `developer`")
        for part in (*objects(item.get("content")), *objects(item.get("output"))):
            if part.get("type") == "input_image":
                yield from _image_problems(f"input[{i}]", part.get("image_url"), dialect)
    if dialect.reasoning_content:
        yield from deepseek_item_problems(body)
    elif isinstance(body.get("input"), list):
        yield from item_pair_problems(body["input"])


def _image_problems(where: str, url: Any, dialect: Dialect) -> Iterator[HttpError]:
    if not dialect.images:
        yield invalid(f"{where}: unknown variant `image_url`, expected `text`: this model has no vision")
    if not dialect.image_urls and not word(url).startswith("data:"):
        yield invalid(f"{where}: invalid image input: only data URLs are supported")


def _chat_problems(body: JsonObject, dialect: Dialect) -> Iterator[HttpError]:
    for i, message in enumerate(objects(body.get("messages"))):
        where, role = f"messages[{i}]", message.get("role")
        if role == "developer" and not dialect.developer_role:
            yield invalid(f"{where}.role: unknown variant `developer`, expected one of `system`, `user`")
        for name in message.keys() - _SPEAKER - {dialect.reasoning_field}:
            yield invalid(f'Invalid JSON payload received. Unknown name "{name}" at "{where}"')
        for part in objects(message.get("content")):
            if part.get("type") == "image_url":
                yield from _image_problems(where, as_object(part.get("image_url")).get("url"), dialect)
        if message.get("tool_calls"):
            yield from _call_problems(where, message, dialect)
    yield from pair_problems(body["messages"])


def _call_problems(where: str, message: JsonObject, dialect: Dialect) -> Iterator[HttpError]:
    if dialect.reasoning_content and not message.get(dialect.reasoning_field):
        yield invalid("The `reasoning_content` in the thinking mode must be passed back to the API.")
    known = {"id", "type", "function"} | ({"extra_content"} if dialect.thought_signatures else set())
    for call in objects(message["tool_calls"]):
        for name in call.keys() - known:
            yield invalid(f'Invalid JSON payload received. Unknown name "{name}" at "{where}.tool_calls"')
    if dialect.thought_signatures:
        yield from _signature_problems(where, objects(message["tool_calls"])[0])


def _signature_problems(where: str, first: JsonObject) -> Iterator[HttpError]:
    """Of parallel calls only the first is signed."""
    google = as_object(as_object(first.get("extra_content")).get("google"))
    signature = google.get("thought_signature")
    name = as_object(first.get("function")).get("name")
    if signature is None:
        yield invalid(
            f"Function call is missing a thought_signature in functionCall parts. Additional data, function "
            f"call `default_api:{name}`, position {where}.",
        )
    if signature != UNSIGNED and opened(signature) is None:
        yield invalid("Thought signature is not valid")
