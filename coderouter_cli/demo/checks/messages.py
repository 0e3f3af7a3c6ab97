"""What Anthropic and DeepSeek refuse of a Messages request.

Anthropic validates every field; wordings are those of its API. DeepSeek ignores betas, versions and
signatures, but wants the thinking of tool turns back, takes no tool of type ``custom`` and no system turn
inside the history (https://api-docs.deepseek.com/guides/anthropic_api).
"""

from collections.abc import Iterator

from coderouter_cli.demo.checks.base import (
    as_object,
    extras,
    invalid,
    is_number,
    items,
    objects,
    unexpected_tag,
    unknown_variant,
    word,
)
from coderouter_cli.demo.checks.blocks import block_problems
from coderouter_cli.demo.checks.claudetools import tool_problems
from coderouter_cli.demo.checks.turns import turn_problems
from coderouter_cli.demo.claude import Claude, claude
from coderouter_cli.demo.prompts import as_blocks
from coderouter_cli.demo.script import HttpError, SeenRequest
from coderouter_cli.demo.seals import thinking_problems
from coderouter_cli.domain.conversation import JsonObject

_THINKING = ("adaptive", "enabled", "disabled", "between_tools")
DEEPSEEK_MODELS = frozenset({"deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash"})

_KNOWN = frozenset(
    [
        "model",
        "max_tokens",
        "messages",
        "cache_control",
        "container",
        "diagnostics",
        "inference_geo",
        "metadata",
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
        "temperature",
        "top_p",
        "top_k",
    ]
)
_BETA_FIELDS = {
    "context_management": "context-management-",
    "safeguards": "dangerous-tool-use-",
    "mcp_servers": "mcp-client-",
    "fallbacks": "fallback-",
    "fallback_credit_token": "fallback-credit-",
}
"""Fields that are known only together with a beta of this name (Claude Code gateway protocol: the header
and the field travel as a pair)."""
_DEEPSEEK_KNOWN = frozenset(
    [
        "model",
        "max_tokens",
        "messages",
        "container",
        "mcp_servers",
        "metadata",
        "output_config",
        "service_tier",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
        "temperature",
        "top_p",
        "top_k",
        "cache_control",
    ]
)


def messages_problems(seen: SeenRequest) -> Iterator[HttpError]:
    """Everything that is wrong, the first first."""
    if seen.provider == "deepseek":
        yield from _deepseek_problems(seen)
    else:
        yield from _anthropic_problems(seen)


def _anthropic_problems(seen: SeenRequest) -> Iterator[HttpError]:
    body, betas = seen.json, seen.headers.get("anthropic-beta", "")
    if "anthropic-version" not in seen.headers:
        yield invalid("anthropic-version: header is required")
    allowed = _KNOWN | {name for name, beta in _BETA_FIELDS.items() if beta in betas}
    yield from extras(body, allowed, "")
    yield from _required(body)
    model = claude(seen.model)
    if model is None:
        yield HttpError(404, f"model: {seen.model}", kind="not_found_error")
        return
    yield from _setting_problems(body, model)
    deferring = "advanced-tool-use-" in betas or seen.headers["anthropic-version"] >= "2026-10-21"
    yield from tool_problems(body, model, deferring=deferring)
    yield from block_problems(body, "anthropic")
    yield from turn_problems(body, model)
    yield from _cache_problems(body)
    yield from thinking_problems(body, model)


def _deepseek_problems(seen: SeenRequest) -> Iterator[HttpError]:
    body = seen.json
    yield from extras(body, _DEEPSEEK_KNOWN, "")
    yield from _required(body)
    if not (seen.model.startswith("claude") or seen.model in DEEPSEEK_MODELS):
        yield invalid(f"Model Not Exist: {seen.model}")
    for i, tool in enumerate(objects(body.get("tools"))):
        if "type" in tool:
            yield unknown_variant(f"tools[{i}].type", tool["type"], ())
        if not tool.get("name") or not isinstance(tool.get("input_schema"), dict):
            yield invalid(f"tools[{i}]: missing field `input_schema`")
    yield from block_problems(body, "deepseek", images="pro" not in _deepseek_model(seen.model))
    for i, message in enumerate(body["messages"]):
        if message["role"] == "system":
            yield unknown_variant(f"messages[{i}].role", "system", ("user", "assistant"))
    yield from turn_problems(body, None)
    yield from _deepseek_thinking(body)


def _deepseek_model(name: str) -> str:
    return "deepseek-v4-pro" if name.startswith("claude-opus") else name


def _deepseek_thinking(body: JsonObject) -> Iterator[HttpError]:
    """A tool call whose thinking did not come back, unless thinking is off (measured by several proxies)."""
    thinks = as_object(body.get("thinking")).get("type") != "disabled"
    for message in body["messages"] if thinks else ():
        kinds = {block.get("type") for block in as_blocks(message["content"])}
        if "tool_use" in kinds and not kinds & {"thinking", "redacted_thinking"}:
            yield invalid("The `content[].thinking` in the thinking mode must be passed back to the API.")


def _required(body: JsonObject) -> Iterator[HttpError]:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            yield invalid(f"{name}: Field required")
    if not is_number(body["max_tokens"]) or body["max_tokens"] < 0:
        yield invalid("max_tokens: Input should be a valid integer greater than or equal to 0")
    if not isinstance(body["messages"], list):
        yield invalid("messages: Input should be a valid list")
    if not body["messages"]:
        yield invalid("messages: at least one message is required")
    if not isinstance(body.get("stream", False), bool):
        yield invalid("stream: Input should be a valid boolean")


def _setting_problems(body: JsonObject, model: Claude) -> Iterator[HttpError]:
    if body["max_tokens"] > model.max_output:
        yield invalid(
            f"max_tokens: {body['max_tokens']} > {model.max_output}, which is the maximum allowed number of "
            f"output tokens for {model.name}"
        )
    if not model.samples:
        for name in ("temperature", "top_p", "top_k"):
            if name in body and not (name == "temperature" and body[name] == 1):
                yield invalid(f"{name}: {name} is not supported for this model.")
    yield from extras(as_object(body.get("metadata")), frozenset({"user_id"}), "metadata.")
    for i, sequence in enumerate(items(body.get("stop_sequences"))):
        if not isinstance(sequence, str) or not sequence.strip():
            yield invalid(f"stop_sequences.{i}: each stop sequence must contain non-whitespace")
    yield from _effort_problems(body, model)
    yield from _mode_problems(body, model)


def _effort_problems(body: JsonObject, model: Claude) -> Iterator[HttpError]:
    config = as_object(body.get("output_config"))
    yield from extras(config, frozenset({"effort", "format", "task_budget"}), "output_config.")
    effort = config.get("effort")
    if effort is not None and effort not in model.efforts:
        levels = ", ".join(sorted(model.efforts)) or "none"
        yield invalid(f"This model does not support effort level '{effort}'. Supported levels: {levels}.")
    shape = as_object(config.get("format"))
    if shape and (shape.get("type") != "json_schema" or not isinstance(shape.get("schema"), dict)):
        yield invalid("output_config.format.schema: Field required")


def _mode_problems(body: JsonObject, model: Claude) -> Iterator[HttpError]:
    """The thinking setting, and the edit of the history that needs it."""
    thinking = body.get("thinking")
    edits = objects(as_object(body.get("context_management")).get("edits"))
    off = as_object(thinking).get("type", "disabled") == "disabled"
    if off and not model.newest and any("clear_thinking" in str(edit.get("type")) for edit in edits):
        yield invalid("`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive")
    if thinking is None:
        return
    kind = word(as_object(thinking).get("type"))
    if kind not in _THINKING:
        yield unexpected_tag("thinking", kind, _THINKING)
    hint = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
    refused = {
        "enabled": not model.budgets,
        "disabled": model.always_thinks,
        "adaptive": not model.adapts,
        "between_tools": not model.between_tools,
    }
    if refused.get(kind):
        yield invalid(f'"thinking.type.{kind}" is not supported for this model. {hint}')
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if not is_number(budget) or budget < 1024:
            yield invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if budget >= body["max_tokens"]:
            yield invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _cache_problems(body: JsonObject) -> Iterator[HttpError]:
    """At most four marks, the longer-lived before the shorter-lived."""
    holders = [*objects(body.get("tools")), *as_blocks(body.get("system"))]
    for message in body["messages"]:
        holders.extend(as_blocks(message["content"]))
    controls = [h["cache_control"] for h in (*holders, body) if h.get("cache_control") is not None]
    if len(controls) > 4:
        yield invalid(f"A maximum of 4 blocks with cache_control may be provided. Found {len(controls)}.")
    shorter = False
    for control in map(as_object, controls):
        if control.get("type") != "ephemeral" or control.get("ttl", "5m") not in ("5m", "1h"):
            yield invalid("cache_control: Input should be of type 'ephemeral' with ttl '5m' or '1h'")
        if control.get("ttl") == "1h" and shorter:
            yield invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
        shorter = shorter or control.get("ttl") != "1h"
