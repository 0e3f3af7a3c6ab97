"""What OpenAI and DeepSeek refuse of a Responses request.

OpenAI names the parameter and gives a code with every refusal. DeepSeek keeps nothing between requests, knows
no ``developer`` role and no custom tool but ``apply_patch``, wants the reasoning of tool turns back and the
calls of one turn side by side (https://api-docs.deepseek.com/guides/responses_api).
"""

from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import (
    as_object,
    bad_value,
    invalid,
    is_number,
    missing,
    objects,
    unknown_variant,
    word,
)
from coderouter_cli.demo.checks.items import deepseek_item_problems, item_problems
from coderouter_cli.demo.checks.messages import DEEPSEEK_MODELS
from coderouter_cli.demo.checks.schemas import name_problems, schema_problems, too_long
from coderouter_cli.demo.script import HttpError, SeenRequest
from coderouter_cli.domain.conversation import JsonObject

OPENAI_PREFIXES = ("gpt-", "o3", "o4", "codex-")
EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})

_KNOWN = frozenset(
    [
        "background",
        "client_metadata",
        "context_management",
        "conversation",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "moderation",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ]
)
_HOSTED = frozenset(
    [
        "web_search",
        "web_search_preview",
        "file_search",
        "code_interpreter",
        "computer",
        "image_generation",
        "mcp",
        "local_shell",
        "shell",
        "apply_patch",
        "tool_search",
    ]
)


def responses_problems(seen: SeenRequest) -> Iterator[HttpError]:
    """Everything that is wrong, the first first."""
    body = seen.json
    yield from _required(seen)
    if seen.provider == "deepseek":
        yield from _deepseek_tools(body)
        yield from deepseek_item_problems(body)
        return
    for name in body:
        if name not in _KNOWN:
            yield invalid(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    yield from _setting_problems(body)
    for i, tool in enumerate(objects(body.get("tools"))):
        yield from _tool(f"tools[{i}]", tool)
    yield from _choice(body)
    yield from item_problems(body)


def model_problems(seen: SeenRequest) -> Iterator[HttpError]:
    """The model's name, in OpenAI's and DeepSeek's formats."""
    if not seen.model:
        yield missing("model")
    if seen.provider == "deepseek":
        if seen.model not in DEEPSEEK_MODELS:
            yield invalid("Model Not Exist")
    elif not seen.model.startswith(OPENAI_PREFIXES):
        message = f"The model `{seen.model}` does not exist or you do not have access to it."
        yield HttpError(404, message, kind="invalid_request_error", code="model_not_found")


def unsupported(name: str, hint: str = "") -> HttpError:
    """A parameter the model does not take."""
    message = f"Unsupported parameter: '{name}' is not supported with this model.{hint}"
    return invalid(message, param=name, code="unsupported_parameter")


def sampling_problems(body: JsonObject, effort: Any) -> Iterator[HttpError]:
    """Reasoning models take no sampling parameters, unless reasoning is off."""
    for name in ("temperature", "top_p"):
        if body.get(name) not in (None, 1) and effort != "none":
            yield unsupported(name)


def _required(seen: SeenRequest) -> Iterator[HttpError]:
    yield from model_problems(seen)
    body = seen.json
    if not isinstance(body.get("input"), str | list):
        yield missing("input")
    if not isinstance(body.get("stream") or False, bool):
        yield invalid("Invalid type for 'stream': expected a boolean.", param="stream", code="invalid_type")
    for i, tool in enumerate(objects(body.get("tools"))):
        if tool.get("type") == "function" and "name" not in tool:
            yield missing(f"tools[{i}].name")


def _setting_problems(body: JsonObject) -> Iterator[HttpError]:
    reasoning = as_object(body.get("reasoning"))
    effort = reasoning.get("effort")
    if effort is not None and word(effort) not in EFFORTS:
        yield bad_value("reasoning.effort", effort, EFFORTS)
    yield from sampling_problems(body, effort)
    limit = body.get("max_output_tokens")
    if limit is not None and (not is_number(limit) or limit < 16):
        message = "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
        yield invalid(message, param="max_output_tokens", code="integer_below_min_value")
    for name in ("prompt_cache_key", "safety_identifier"):
        if len(word(body.get(name, ""))) > 64:
            yield too_long(name)
    if body.get("previous_response_id"):
        message = f"Previous response with id '{body['previous_response_id']}' not found."
        yield invalid(message, param="previous_response_id", code="previous_response_not_found")
    yield from _text_problems(as_object(as_object(body.get("text")).get("format")))


def _text_problems(shape: JsonObject) -> Iterator[HttpError]:
    if shape.get("type") == "json_schema":
        yield from name_problems(shape.get("name"), "text.format.name")
        yield from schema_problems(
            shape["name"], shape.get("schema") or {}, "text.format.schema", strict=shape.get("strict") is True
        )


def _tool(where: str, tool: JsonObject) -> Iterator[HttpError]:
    kind = word(tool.get("type"))
    if kind == "function":
        yield from name_problems(tool.get("name"), f"{where}.name")
        strict = tool.get("strict") is True
        yield from schema_problems(tool["name"], tool.get("parameters"), f"{where}.parameters", strict=strict)
    elif kind == "custom":
        yield from name_problems(tool.get("name"), f"{where}.name")
        yield from _grammar(where, as_object(tool.get("format")))
    elif kind == "namespace":
        yield from name_problems(tool.get("name"), f"{where}.name")
        for i, inner in enumerate(objects(tool.get("tools"))):
            yield from _tool(f"{where}.tools[{i}]", inner)
    elif kind not in _HOSTED:
        yield bad_value(f"{where}.type", kind, _HOSTED | {"function", "custom", "namespace"})


def _grammar(where: str, shape: JsonObject) -> Iterator[HttpError]:
    if shape.get("type", "text") != "grammar":
        return
    if shape.get("syntax") not in ("lark", "regex") or not isinstance(shape.get("definition"), str):
        yield missing(f"{where}.format.definition")


def _choice(body: JsonObject) -> Iterator[HttpError]:
    choice = body.get("tool_choice")
    if choice is None or choice in ("auto", "none", "required"):
        return
    kind = as_object(choice).get("type")
    if not isinstance(kind, str):
        yield bad_value("tool_choice", choice, ("auto", "none", "required"))
    names = [tool.get("name") for tool in objects(body.get("tools"))]
    if kind in {"function", "custom"} and choice.get("name") not in names:
        message = f"Tool choice '{choice.get('name')}' not found in 'tools' parameter."
        yield invalid(message, param="tool_choice")


def _deepseek_tools(body: JsonObject) -> Iterator[HttpError]:
    for i, tool in enumerate(objects(body.get("tools"))):
        kind, name = word(tool.get("type")), tool.get("name")
        if kind == "custom" and name != "apply_patch":
            yield invalid(f"tools[{i}]: custom tool `{name}` is not supported, only `apply_patch`")
        if kind not in {"function", "custom", "web_search"}:
            yield unknown_variant(f"tools[{i}].type", kind, ("function", "custom"))
        if kind == "function" and not isinstance(name, str):
            yield invalid(f"tools[{i}]: missing field `name`")
