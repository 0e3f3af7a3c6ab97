"""A client's own Messages body made fit for a provider's dialect of the format.

Nothing is written anew that need not change: key order stays, and what a dialect accepts is passed on as
it came. The vendor's own dialect changes only what the vendor would refuse for this model.
"""

from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import nearest_effort, thinking_efforts, weakest_effort
from coderouter_cli.wire.estimate import BILLING_PREFIX
from coderouter_cli.wire.formats.anthropic_messages.cleaning import clean_messages, without_mark
from coderouter_cli.wire.formats.anthropic_messages.request import turn_effort
from coderouter_cli.wire.formats.anthropic_messages.tools import (
    inline_tools,
    is_server_tool,
    offered_names,
)
from coderouter_cli.wire.read import as_list, as_object, as_str

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_SAMPLING = ("temperature", "top_p", "top_k")
_MOST_WITHOUT_THINKING = "high"
"""Claude Haiku 5.5 refuses more effort than this with thinking disabled."""


def sanitise(body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """A changed copy; ``body`` stays as it is."""
    out = {key: value for key, value in body.items() if key not in dialect.drop_fields}
    out["model"] = model.name_on_wire
    fold = dialect.fold_system or not model.capabilities.system_turns
    if "system" in out:
        _replace(out, "system", _system(out["system"], dialect))
    if isinstance(out.get("messages"), list):
        out["messages"] = clean_messages(out["messages"], dialect, provider=model.provider, fold=fold)
    _set_tools(out, body, dialect)
    _set_effort(out, body, model, dialect)
    _set_thinking(out, model, dialect)
    if "thinking" in body and "thinking" not in out:
        _drop_thinking_edits(out)
    _set_limits(out, model)
    return out


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


def _set_tools(out: JsonObject, body: JsonObject, dialect: Dialect) -> None:
    """The tools on offer: a provider that knows no deferred tools gets those that are loaded."""
    definitions = as_list(out.get("tools"))
    if dialect.vendor is not _FORMAT:
        definitions = [*definitions, *inline_tools(body)]
    if "defer_loading" in dialect.drop_tool_fields:
        offered = offered_names(body)
        definitions = [tool for tool in definitions if _is_offered(as_object(tool), offered)]
    tools = [_tool(tool, dialect) for tool in definitions if isinstance(tool, dict)]
    _replace(out, "tools", [tool for tool in tools if tool is not None] if dialect.tools else [])
    if "tools" in body and "tools" not in out:
        out.pop("tool_choice", None)


def _is_offered(tool: JsonObject, offered: frozenset[str]) -> bool:
    return not tool.get("defer_loading") or tool.get("name") in offered


def _tool(tool: JsonObject, dialect: Dialect) -> JsonObject | None:
    if is_server_tool(tool):
        return None if dialect.drop_server_tools else without_mark(tool, dialect)
    kept = {key: value for key, value in tool.items() if key not in dialect.drop_tool_fields}
    return without_mark(kept, dialect)


def _set_effort(out: JsonObject, body: JsonObject, model: Model, dialect: Dialect) -> None:
    """The effort in the model's words; without system turns, what the newest of them set."""
    config = as_object(out.get("output_config"))
    messages = [message for message in as_list(body.get("messages")) if isinstance(message, dict)]
    wanted = config.get("effort")
    if "output_config" not in dialect.drop_fields and dialect.vendor is not _FORMAT:
        wanted = turn_effort(messages) or wanted
    efforts = thinking_efforts(model)
    _write_effort(out, nearest_effort(wanted, efforts, dialect) if isinstance(wanted, str) else None)


def _write_effort(out: JsonObject, effort: str | None) -> None:
    config = dict(as_object(out.get("output_config")))
    if effort is not None:
        config["effort"] = effort
    else:
        config.pop("effort", None)
    if config or "output_config" in out:
        _replace(out, "output_config", config)


def _set_thinking(out: JsonObject, model: Model, dialect: Dialect) -> None:
    thinking = out.get("thinking")
    if not isinstance(thinking, dict):
        return
    kind = thinking.get("type")
    if kind == "disabled":
        _switch_off(out, model)
    elif dialect.vendor is not _FORMAT:
        if kind != "enabled":
            # Betas of the vendor: how thinking is shown, thinking between tool calls only.
            out["thinking"] = {"type": "adaptive"}
    elif kind == "enabled" and model.capabilities.efforts and not model.capabilities.sampling:
        # The generations that take no sampling settings take no token budget either (Claude 4.7 and later).
        out["thinking"] = {k: v for k, v in thinking.items() if k != "budget_tokens"} | {"type": "adaptive"}
    elif kind == "adaptive" and not model.capabilities.efforts:
        del out["thinking"]


def _switch_off(out: JsonObject, model: Model) -> None:
    effort = as_object(out.get("output_config")).get("effort")
    if not model.capabilities.thinking_can_be_off:
        out["thinking"] = {"type": "adaptive"}
        _write_effort(out, weakest_effort(model))
    elif effort in {"xhigh", "max"} and _MOST_WITHOUT_THINKING in model.capabilities.efforts:
        _write_effort(out, _MOST_WITHOUT_THINKING)


def _drop_thinking_edits(out: JsonObject) -> None:
    """Edits of old thinking are refused in a request without thinking
    (https://github.com/aattaran/deepclaude/pull/19)."""
    management = out.get("context_management")
    if not isinstance(management, dict):
        return
    edits = as_list(management.get("edits"))
    kept = [e for e in edits if not as_str(as_object(e).get("type")).startswith("clear_thinking")]
    _replace(out, "context_management", {**management, "edits": kept} if kept else {})


def _set_limits(out: JsonObject, model: Model) -> None:
    limit = out.get("max_tokens")
    if isinstance(limit, int) and limit > model.max_output:
        out["max_tokens"] = model.max_output
    if not model.capabilities.sampling:
        for key in _SAMPLING:
            out.pop(key, None)
