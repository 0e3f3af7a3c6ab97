"""Effort and thinking in a client's own Messages body, made fit for a model and a provider."""

from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.effort import budget_for, nearest_effort, thinking_efforts, weakest_effort
from coderouter_cli.wire.formats.anthropic_messages.effort import asking_fields, with_room
from coderouter_cli.wire.formats.anthropic_messages.request import turn_effort
from coderouter_cli.wire.read import as_list, as_object, as_str

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_MOST_WITHOUT_THINKING = "high"
"""Claude Haiku 5.5 refuses more effort than this with thinking disabled."""


def set_effort(out: JsonObject, body: JsonObject, model: Model, dialect: Dialect) -> None:
    """The effort in the model's words; without system turns, what the newest of them set."""
    wanted = _wanted(body, dialect)
    efforts = thinking_efforts(model, dialect)
    _write_effort(out, nearest_effort(wanted, efforts, dialect) if isinstance(wanted, str) else None)


def set_thinking(out: JsonObject, body: JsonObject, model: Model, dialect: Dialect) -> None:
    """``thinking`` as this model takes it; behind `set_effort` and the limit of tokens."""
    thinking = out.get("thinking")
    if not isinstance(thinking, dict):
        return
    if thinking.get("type") == "disabled":
        _switch_off(out, model, dialect)
    elif dialect.vendor is _FORMAT:
        _set(out, "thinking", _for_claude(thinking, model))
    else:
        _set(out, "thinking", _for_others(thinking, _wanted(body, dialect), dialect))
    limit = out.get("max_tokens")
    if isinstance(limit, int):
        _set(out, "thinking", with_room(out, limit).get("thinking"))
    if "thinking" not in out:
        _drop_thinking_edits(out)


def is_thinking_unfit(thinking: Any, model: Model) -> bool:
    """Whether a Claude model would refuse this setting."""
    if not isinstance(thinking, dict):
        return False
    if thinking.get("type") == "disabled":
        return not model.capabilities.thinking_can_be_off
    return _for_claude(thinking, model) != thinking


def _wanted(body: JsonObject, dialect: Dialect) -> Any:
    """The client's word for this turn. Other providers know no effort that a system turn sets."""
    wanted = as_object(body.get("output_config")).get("effort")
    if dialect.vendor is _FORMAT:
        return wanted
    messages = [message for message in as_list(body.get("messages")) if isinstance(message, dict)]
    return turn_effort(messages) or wanted


def _set(out: JsonObject, key: str, value: Any) -> None:
    """Set a field in its place, or leave it out when nothing is left of it."""
    if value:
        out[key] = value
    else:
        out.pop(key, None)


def _write_effort(out: JsonObject, effort: str | None) -> None:
    config = dict(as_object(out.get("output_config")))
    if effort is not None:
        config["effort"] = effort
    else:
        config.pop("effort", None)
    if config or "output_config" in out:
        _set(out, "output_config", config)


def _for_claude(thinking: JsonObject, model: Model) -> JsonObject | None:
    able, kind = model.capabilities, thinking.get("type")
    if kind == "enabled" and able.efforts and not able.budgets:
        return {key: value for key, value in thinking.items() if key != "budget_tokens"} | {
            "type": "adaptive"
        }
    if kind == "between_tools" and not able.between_tools:
        return {**thinking, "type": "adaptive"} if able.efforts else None
    if kind == "adaptive" and not able.efforts:
        return None
    return thinking


def _for_others(thinking: JsonObject, effort: Any, dialect: Dialect) -> JsonObject | None:
    """Betas of the vendor (how thinking is shown, thinking between tool calls only) are no one else's."""
    budget = thinking.get("budget_tokens")
    if thinking.get("type") == "enabled" and isinstance(budget, int) and dialect.thinking_on != "none":
        return {"type": "enabled", "budget_tokens": budget}
    asked = budget_for(effort if isinstance(effort, str) else None, dialect)
    return as_object(asking_fields(dialect, asked).get("thinking")) or None


def _switch_off(out: JsonObject, model: Model, dialect: Dialect) -> None:
    effort = as_object(out.get("output_config")).get("effort")
    if not model.capabilities.thinking_can_be_off:
        asked = asking_fields(dialect, budget_for(None, dialect)).get("thinking")
        _set(out, "thinking", {"type": "adaptive"} if dialect.vendor is _FORMAT else asked)
        _write_effort(out, weakest_effort(model, dialect))
    elif dialect.thinking_on == "none":
        del out["thinking"]
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
    _set(out, "context_management", {**management, "edits": kept} if kept else {})
