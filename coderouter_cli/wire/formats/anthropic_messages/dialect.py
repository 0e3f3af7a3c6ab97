"""A client's own Messages body made fit for a provider's dialect of the format.

Nothing is written anew that need not change: key order stays, and what a dialect accepts is passed on as
it came. The vendor's own dialect changes only what the vendor would refuse for this model.
"""

from collections.abc import Mapping
from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.estimate import BILLING_PREFIX
from coderouter_cli.wire.fitting import (
    fitted_body,
    fitted_name,
    fitted_sampling,
    is_forceable,
    most_output,
)
from coderouter_cli.wire.formats.anthropic_messages.betas import tool_fields_without_beta, without_beta
from coderouter_cli.wire.formats.anthropic_messages.cleaning import clean_messages, without_mark
from coderouter_cli.wire.formats.anthropic_messages.history import GO_ON
from coderouter_cli.wire.formats.anthropic_messages.modes import is_thinking_unfit, set_effort, set_thinking
from coderouter_cli.wire.formats.anthropic_messages.tools import (
    inline_tools,
    is_server_tool,
    offered_names,
)
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.schemarules import fitted

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_SAMPLING = ("temperature", "top_p", "top_k")
_MODES = {"auto": "auto", "none": "none", "any": "required", "tool": "tool"}


def sanitise(body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """A changed copy; ``body`` stays as it is."""
    out = fitted_body(body, dialect, without_beta(dialect))
    out["model"] = model.name_on_wire
    names = renamed_tools(body, dialect)
    fold = dialect.fold_system or not model.capabilities.system_turns
    if "system" in out:
        _replace(out, "system", _system(out["system"], dialect))
    if isinstance(out.get("messages"), list):
        out["messages"] = clean_messages(out["messages"], dialect, provider=model.provider, fold=fold)
        out["messages"] = _answered(_with_names(out["messages"], names), model)
    _set_tools(out, body, dialect, names)
    if "tool_choice" in out:
        choice = _fitted_choice(out["tool_choice"], names, model, dialect)
        _replace(out, "tool_choice", choice)
        if choice is None:
            out.pop("tools", None)
    _set_limits(out, model, dialect)
    if not dialect.refuses("output_config"):
        set_effort(out, body, model, dialect)
    set_thinking(out, body, model, dialect)
    return fitted_sampling(out, model, dialect, _SAMPLING)


def renames_tools(body: JsonObject, dialect: Dialect) -> bool:
    """Whether `sanitise` gives tools other names, so that the answer must be decoded with the client's tools
    and encoded again."""
    return bool(renamed_tools(body, dialect))


def must_change(body: JsonObject, model: Model) -> bool:
    """Whether Anthropic would refuse this body for a model of its own that it was not written for: what only
    this format can say (see `modes` for thinking and effort)."""
    able = model.capabilities
    messages = as_list(body.get("messages"))
    return (
        _answered(messages, model) is not messages
        or (not able.sampling and body.get("top_k") is not None)
        or (not able.system_turns and any(as_object(m).get("role") == "system" for m in messages))
        or is_thinking_unfit(body.get("thinking"), model)
    )


def renamed_tools(body: JsonObject, dialect: Dialect) -> dict[str, str]:
    """The client's tools whose names are too long for this provider, and what they are called there."""
    names = (as_str(as_object(tool).get("name")) for tool in as_list(body.get("tools")))
    return {name: short for name in names if (short := fitted_name(name, dialect)) != name}


def _with_names(messages: list[Any], names: Mapping[str, str]) -> list[Any]:
    """The messages with calls of renamed tools under their new names."""
    return [_with_name(message, names) for message in messages] if names else messages


def _with_name(message: Any, names: Mapping[str, str]) -> Any:
    content = as_object(message).get("content")
    if not isinstance(content, list):
        return message
    blocks = [
        {**block, "name": names[block["name"]]}
        if as_object(block).get("type") == "tool_use" and block.get("name") in names
        else block
        for block in content
    ]
    return {**message, "content": blocks}


def _replace(out: JsonObject, key: str, value: Any) -> None:
    """Set a field in its place, or leave it out when nothing is left of it."""
    if value:
        out[key] = value
    else:
        out.pop(key, None)


def _system(system: Any, dialect: Dialect) -> Any:
    if isinstance(system, str):
        return "" if dialect.strip_billing_block and system.startswith(BILLING_PREFIX) else system
    blocks = [block for block in as_list(system) if not _is_stripped(block, dialect)]
    return [without_mark(block, dialect) if isinstance(block, dict) else block for block in blocks]


def _is_stripped(block: Any, dialect: Dialect) -> bool:
    return dialect.strip_billing_block and as_str(as_object(block).get("text")).startswith(BILLING_PREFIX)


def _set_tools(out: JsonObject, body: JsonObject, dialect: Dialect, names: Mapping[str, str]) -> None:
    """The tools on offer: a provider that knows no deferred tools gets those that are loaded."""
    definitions = as_list(out.get("tools"))
    if dialect.vendor is not _FORMAT:
        definitions = [*definitions, *inline_tools(body)]
    if _stays_behind("defer_loading", dialect):
        offered = offered_names(body)
        definitions = [tool for tool in definitions if _is_offered(as_object(tool), offered)]
    tools = [_tool(tool, dialect, names) for tool in definitions if isinstance(tool, dict)]
    _replace(out, "tools", [tool for tool in tools if tool is not None] if dialect.tools else [])
    if "tools" in body and "tools" not in out:
        out.pop("tool_choice", None)


def _is_offered(tool: JsonObject, offered: frozenset[str]) -> bool:
    return not tool.get("defer_loading") or tool.get("name") in offered


def _stays_behind(name: str, dialect: Dialect) -> bool:
    """Whether a field of a tool's definition must not be sent, itself or for want of its beta."""
    return dialect.refuses_in_tool(name) or name in tool_fields_without_beta(dialect)


def _tool(tool: JsonObject, dialect: Dialect, names: Mapping[str, str]) -> JsonObject | None:
    if is_server_tool(tool):
        return None if dialect.drop_server_tools else without_mark(tool, dialect)
    kept = {key: value for key, value in tool.items() if not _stays_behind(key, dialect)}
    if isinstance(kept.get("input_schema"), dict):
        kept["input_schema"] = fitted(kept["input_schema"], dialect.schema)
    if kept.get("name") in names:
        kept["name"] = names[kept["name"]]
    return without_mark(kept, dialect)


def _fitted_choice(
    choice: Any, names: Mapping[str, str], model: Model, dialect: Dialect
) -> JsonObject | None:
    """The tool choice with what model and provider take of it; None for one that takes the tools away."""
    mode = _MODES.get(as_str(as_object(choice).get("type")))
    if mode is None:
        return dict(as_object(choice))
    if is_forceable(mode, model, dialect):
        name = choice.get("name")
        return {**choice, "name": names[name]} if name in names else dict(choice)
    return (
        None if mode == "none" else {key: choice[key] for key in choice if key != "name"} | {"type": "auto"}
    )


def _set_limits(out: JsonObject, model: Model, dialect: Dialect) -> None:
    limit, most = out.get("max_tokens"), most_output(model, dialect)
    if isinstance(limit, int) and limit > most:
        out["max_tokens"] = most
    stops = out.get("stop_sequences")
    if dialect.max_stops is not None and isinstance(stops, list):
        out["stop_sequences"] = stops[: dialect.max_stops]


def _answered(messages: list[Any], model: Model) -> list[Any]:
    """The messages, and a word of the user's behind an assistant's turn that the model would not continue."""
    last = next((m for m in reversed(messages) if as_object(m).get("role") != "system"), None)
    if model.capabilities.prefill or as_object(last).get("role") != "assistant":
        return messages
    return [*messages, {"role": "user", "content": GO_ON}]
