"""What OpenAI and DeepSeek refuse of a Chat Completions request.

OpenAI's reasoning models take function tools only with reasoning off, and no ``max_tokens``. DeepSeek reads
the body into its own types: no ``developer`` role, no custom tools, no images but for its vision model, and
the ``reasoning_content`` of tool turns must come back (https://api-docs.deepseek.com/guides/thinking_mode).
"""

import re
from collections.abc import Iterator

from coderouter_cli.demo.checks.base import (
    UNANSWERED,
    as_object,
    bad_value,
    invalid,
    is_number,
    missing,
    objects,
    unknown_variant,
    word,
)
from coderouter_cli.demo.checks.responses import EFFORTS, model_problems, sampling_problems, unsupported
from coderouter_cli.demo.checks.schemas import name_problems, schema_problems
from coderouter_cli.demo.script import HttpError, SeenRequest
from coderouter_cli.domain.conversation import JsonObject

_KNOWN = frozenset(
    [
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "modalities",
        "model",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    ]
)
_ROLES = {
    "openai": ("system", "developer", "user", "assistant", "tool", "function"),
    "deepseek": ("system", "user", "assistant", "tool", "latest_reminder"),
}
_NO_TOOLS_WITH_REASONING = re.compile(r"gpt-(5\.[4-9]|[6-9])")
_PARTS = frozenset({"text", "image_url", "input_audio", "file", "refusal"})


def chat_problems(seen: SeenRequest) -> Iterator[HttpError]:
    """Everything that is wrong, the first first."""
    body, openai = seen.json, seen.provider == "openai"
    for name in body if openai else ():
        if name not in _KNOWN:
            yield invalid(f"Unrecognized request argument supplied: {name}")
    yield from model_problems(seen)
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        yield missing("messages")
    if body.get("stream_options") is not None and body.get("stream") is not True:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        yield invalid(message, param="stream_options")
    yield from _roles(body, _ROLES[seen.provider])
    yield from _openai_settings(body) if openai else _deepseek_settings(body)
    yield from pair_problems(body["messages"])


def _roles(body: JsonObject, roles: tuple[str, ...]) -> Iterator[HttpError]:
    for i, message in enumerate(body["messages"]):
        role = word(as_object(message).get("role"))
        if role not in roles:
            yield unknown_variant(f"messages[{i}].role", role, roles)
        if role != "assistant" and not isinstance(message.get("content"), str | list):
            text = "Invalid value for 'content': expected a string, got null."
            yield invalid(text, param=f"messages.[{i}].content")
        for part in objects(message.get("content")):
            if word(part.get("type")) not in _PARTS:
                yield bad_value(f"messages[{i}].content", part.get("type"), _PARTS)


def _openai_settings(body: JsonObject) -> Iterator[HttpError]:
    effort = body.get("reasoning_effort")
    if effort is not None and word(effort) not in EFFORTS:
        yield bad_value("reasoning_effort", effort, EFFORTS)
    if body.get("max_tokens") is not None:
        yield unsupported("max_tokens", " Use 'max_completion_tokens' instead.")
    yield from sampling_problems(body, effort)
    for i, tool in enumerate(objects(body.get("tools"))):
        yield from _tool(i, tool)
    if body.get("tools") and effort != "none" and _NO_TOOLS_WITH_REASONING.match(body["model"]):
        yield invalid(
            f"Function tools with reasoning_effort are not supported for {body['model']} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to "
            "'none'.",
            param="reasoning_effort",
        )


def _tool(i: int, tool: JsonObject) -> Iterator[HttpError]:
    kind = word(tool.get("type"))
    if kind not in {"function", "custom"}:
        yield bad_value(f"tools[{i}].type", kind, ("function", "custom"))
    definition = tool.get(kind)
    if not isinstance(definition, dict):
        yield missing(f"tools[{i}].{kind}")
        return
    yield from name_problems(definition.get("name"), f"tools[{i}].{kind}.name")
    if kind == "function":
        where, strict = f"tools[{i}].function.parameters", definition.get("strict") is True
        yield from schema_problems(definition["name"], definition.get("parameters"), where, strict=strict)


def _deepseek_settings(body: JsonObject) -> Iterator[HttpError]:
    for i, tool in enumerate(objects(body.get("tools"))):
        if tool.get("type") != "function":
            yield unknown_variant(f"tools[{i}].type", tool.get("type"), ("function",))
        if not isinstance(as_object(tool.get("function")).get("name"), str):
            yield invalid(f"tools[{i}]: missing field `function`")
    limit = body.get("max_tokens")
    if limit is not None and not (is_number(limit) and 1 <= limit <= 393_216):
        yield invalid("Invalid max_tokens value, the valid range of max_tokens is [1, 393216]")
    if word(body.get("reasoning_effort", "high")) not in EFFORTS:
        yield unknown_variant("reasoning_effort", body["reasoning_effort"], ("low", "high", "max"))
    for i, message in enumerate(body["messages"]):
        kinds = {word(part.get("type")) for part in objects(message.get("content"))}
        if kinds - {"text"} and "pro" in body["model"]:
            yield unknown_variant(f"messages[{i}]", "image_url", ("text",))
    if as_object(body.get("thinking")).get("type") != "disabled":
        yield from _reasoned(body["messages"])


def _reasoned(messages: list[JsonObject]) -> Iterator[HttpError]:
    """An assistant message with calls has its reasoning, be it empty."""
    for message in messages:
        if message.get("tool_calls") and not isinstance(message.get("reasoning_content"), str):
            yield invalid("The `reasoning_content` in the thinking mode must be passed back to the API.")


def pair_problems(messages: list[JsonObject]) -> Iterator[HttpError]:
    """The results of calls stand directly after them, each exactly for one."""
    pending: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if word(message.get("tool_call_id")) not in pending:
                yield invalid(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                    "with 'tool_calls'.",
                    param="messages",
                )
            pending.remove(word(message["tool_call_id"]))
            continue
        if pending:
            yield _unanswered(pending)
        pending = [word(call.get("id")) for call in objects(message.get("tool_calls"))]
    if pending:
        yield _unanswered(pending)


def _unanswered(pending: list[str]) -> HttpError:
    hint = f" The following tool_call_ids did not have response messages: {', '.join(pending)}"
    return invalid(UNANSWERED + hint, param="messages")
