"""What a compatible provider refuses: everything its record does not say it accepts.

The record is a `Dialect`, the checks are written by hand from what such providers were seen to answer. None
of them uses the product's own idea of how a request is made to fit.
"""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, invalid, is_number, items
from coderouter_cli.demo.checks.compatible_history import history_problems
from coderouter_cli.demo.checks.compatible_tools import answer_schema_problems, tool_problems
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import HttpError, SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect

_MESSAGES, _RESPONSES, _CHAT = FormatName
_DATE = re.compile(r"-20\d{2}-?\d{2}-?\d{2}$")
_LIMIT = {_MESSAGES: "max_tokens", _RESPONSES: "max_output_tokens"}
_STOPS = {_MESSAGES: "stop_sequences", _CHAT: "stop"}
_LEAST_BUDGET = 1024
_SWITCHES = frozenset({"thinking", "enable_thinking", "chat_template_kwargs", "thinking_budget"})


def compatible_problems(seen: SeenRequest, rules: Compatible, dialect: Dialect) -> Iterator[HttpError]:
    """Everything that is wrong, the first first."""
    wire = seen.format or _CHAT
    yield from _header_problems(seen, dialect)
    yield from _field_problems(seen.json, wire, dialect)
    if seen.model not in rules.models:
        yield invalid(f"Model Not Exist: {seen.model}", code="model_not_found")
    yield from _limit_problems(seen.json, wire, rules, dialect)
    yield from _sampling_problems(seen.json, rules, dialect)
    yield from _effort_problems(seen.json, wire, rules, dialect)
    yield from _thinking_problems(seen.json, wire, rules, dialect)
    yield from tool_problems(seen.json, wire, rules, dialect)
    yield from answer_schema_problems(seen.json, wire, dialect)
    yield from history_problems(seen.json, wire, dialect)


def _header_problems(seen: SeenRequest, dialect: Dialect) -> Iterator[HttpError]:
    """Betas it does not know, and the headers that tell it a client of the vendor's is there."""
    for beta in filter(None, (one.strip() for one in seen.headers.get("anthropic-beta", "").split(","))):
        if dialect.betas is not None and _DATE.sub("", beta) not in dialect.betas:
            yield invalid(f"Unexpected value(s) `{beta}` for the `anthropic-beta` header.")
    for name in seen.headers:
        if name.startswith(("x-claude-code-", "x-codex-", "x-stainless-")):
            yield invalid(f"Unexpected header: {name}")


def _field_problems(body: JsonObject, wire: FormatName, dialect: Dialect) -> Iterator[HttpError]:
    for name in body:
        if name in dialect.extra_fields:
            continue
        if name in dialect.drop_fields or (dialect.fields is not None and name not in dialect.fields):
            yield invalid(f"{name}: Extra inputs are not permitted", param=name)
        if wire is _CHAT and name in _SWITCHES and not _is_switch(name, dialect):
            yield invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        if wire is _CHAT and name == "reasoning" and dialect.effort_field != "reasoning":
            yield invalid('Invalid JSON payload received. Unknown name "reasoning": Cannot find field.')
    for name, value in dialect.extra_fields.items():
        if body.get(name) != value:
            yield invalid(f"{name}: Input should be {value!r}")


def _is_switch(name: str, dialect: Dialect) -> bool:
    return name == dialect.thinking_switch or (
        name == "thinking_budget" and dialect.thinking_switch == "enable_thinking"
    )


def _limit_problems(
    body: JsonObject, wire: FormatName, rules: Compatible, dialect: Dialect
) -> Iterator[HttpError]:
    field = _LIMIT.get(wire, dialect.max_tokens_field)
    most = rules.max_output if dialect.max_output is None else min(rules.max_output, dialect.max_output)
    for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        if name in body and name != field:
            yield invalid(f"Unsupported parameter: '{name}'. Use '{field}' instead.", param=name)
    limit = body.get(field)
    if limit is not None and not (is_number(limit) and 1 <= limit <= most):
        yield invalid(f"Invalid {field} value, the valid range of {field} is [1, {most}]", param=field)
    if wire is _MESSAGES and limit is None:
        yield invalid("max_tokens: Field required")
    stops = items(body.get(_STOPS.get(wire, "")))
    if dialect.max_stops is not None and len(stops) > dialect.max_stops:
        yield invalid(f"{_STOPS[wire]}: at most {dialect.max_stops} may be given")


def _sampling_problems(body: JsonObject, rules: Compatible, dialect: Dialect) -> Iterator[HttpError]:
    for name in ("temperature", "top_p", "top_k"):
        if name in body and not rules.sampling:
            yield invalid(f"invalid {name}: only 1 is allowed for this model", param=name)
    value = body.get("temperature")
    if value is not None and dialect.temperatures is not None:
        low, high = dialect.temperatures
        if not low <= value <= high:
            yield invalid(f"temperature: Input should be from {low} to {high}", param="temperature")


def _effort_problems(
    body: JsonObject, wire: FormatName, rules: Compatible, dialect: Dialect
) -> Iterator[HttpError]:
    """Words that the model or the endpoint does not know, or in a field it does not read."""
    known = [word for word in rules.efforts if dialect.efforts is None or word in dialect.efforts]
    for place, word in _efforts(body, wire):
        if word not in known:
            yield invalid(f"Invalid {place}: {word}. Valid values are: {', '.join(known)}", param=place)
        if wire is _CHAT and place.split(".")[0] != dialect.effort_field:
            yield invalid(f'Unknown name "{place}": Cannot find field.', param=place)
    reasoning = as_object(body.get("reasoning"))
    if wire is _RESPONSES:
        for name in reasoning:
            if name not in {"effort", "summary"} or (name == "summary" and not dialect.reasoning_summary):
                yield invalid(f"Unknown parameter: 'reasoning.{name}'.", param=f"reasoning.{name}")


def _efforts(body: JsonObject, wire: FormatName) -> Iterator[tuple[str, Any]]:
    nested = {_MESSAGES: ("output_config",), _RESPONSES: ("reasoning",), _CHAT: ("reasoning",)}
    for name in nested[wire]:
        if "effort" in as_object(body.get(name)):
            yield f"{name}.effort", body[name]["effort"]
    if wire is _CHAT and "reasoning_effort" in body:
        yield "reasoning_effort", body["reasoning_effort"]


def _thinking_problems(
    body: JsonObject, wire: FormatName, rules: Compatible, dialect: Dialect
) -> Iterator[HttpError]:
    if wire is _MESSAGES:
        yield from _claude_thinking(body, rules, dialect)
    elif wire is _CHAT and dialect.thinking_switch == "thinking" and "thinking" in body:
        kind = as_object(body["thinking"]).get("type")
        if kind not in {"enabled", "disabled"} or (kind == "disabled" and not rules.thinking_can_be_off):
            yield invalid(f"thinking.type: {kind!r} is not supported for this model")
    elif wire is _CHAT and dialect.thinking_switch == "enable_thinking":
        if not isinstance(body.get("enable_thinking", True), bool):
            yield invalid("enable_thinking: Input should be a valid boolean")
        if body.get("enable_thinking") is False and not rules.thinking_can_be_off:
            yield invalid("enable_thinking: this model thinks always")


def _claude_thinking(body: JsonObject, rules: Compatible, dialect: Dialect) -> Iterator[HttpError]:
    if "thinking" not in body:
        return
    thinking = as_object(body["thinking"])
    kind, budget = thinking.get("type"), thinking.get("budget_tokens")
    if dialect.thinking_on == "none":
        yield invalid("thinking: Extra inputs are not permitted")
    if thinking.keys() - {"type", "budget_tokens"}:
        yield invalid("thinking: Extra inputs are not permitted")
    if kind == "disabled":
        if not rules.thinking_can_be_off:
            yield invalid("thinking.type: 'disabled' is not supported for this model")
        return
    if kind not in {dialect.thinking_on, "enabled" if budget is not None else None}:
        yield invalid(f"thinking.type: {kind!r} is not one of '{dialect.thinking_on}', 'disabled'")
    if kind == "enabled" and (budget is not None or dialect.thinking_budgets):
        if budget is None or not is_number(budget) or budget < _LEAST_BUDGET:
            yield invalid("thinking.budget_tokens: Input should be greater than or equal to 1024")
        elif budget >= body["max_tokens"]:
            yield invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
