"""A client's own Responses request, made fit for another provider's dialect of the format.

It works on the JSON, so that what needs no change keeps its bytes. Which provider needs what is the
dialect's to say; the vendor's own dialect changes the model and what that model does not take.
"""

from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Opaque,
    Reasoning,
    Tool,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.customtools import object_text, wrap
from coderouter_cli.wire.effort import known_efforts, nearest_effort
from coderouter_cli.wire.envelope import is_envelope
from coderouter_cli.wire.fitting import fitted_body, fitted_sampling, is_forceable
from coderouter_cli.wire.formats.openai_responses.foreign import for_openai, plain_items
from coderouter_cli.wire.formats.openai_responses.history import folded, restored
from coderouter_cli.wire.formats.openai_responses.items import DECLARING
from coderouter_cli.wire.formats.openai_responses.outputs import reasoning_of
from coderouter_cli.wire.formats.openai_responses.pairing import OUTPUT_OF, settle
from coderouter_cli.wire.formats.openai_responses.render import ENCRYPTED, clamped
from coderouter_cli.wire.formats.openai_responses.request import wants_compaction
from coderouter_cli.wire.formats.openai_responses.tools import (
    distinct,
    function_tool,
    parse_choice,
    parse_tools,
)
from coderouter_cli.wire.media import NO_IMAGE
from coderouter_cli.wire.natives import is_openai
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolids import safe_id
from coderouter_cli.wire.toolnames import flat_name

_ADDED = "additional_tools"
_SAMPLING = ("temperature", "top_p")
_OWN_TOOLS = frozenset({"function", "custom", "namespace"})
_REASONING = frozenset({"effort", "summary"})
"""What other providers know of ``reasoning``; ``context`` and ``mode`` are OpenAI's."""


def sanitise(body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """A changed copy of ``body``, which `parse` has accepted; key order is kept."""
    out = {**body, "model": model.name_on_wire}
    items = out.get("input")
    if isinstance(items, list):
        out["input"] = _items(items, model, dialect, stateless=body.get("store") is False)
    if wants_compaction(body) and dialect.vendor is not FormatName.OPENAI_RESPONSES:
        out["tool_choice"] = "none"
    _set(out, "tools", _tools(body, dialect))
    choice = _choice(out.get("tool_choice"), declared_tools(body), dialect)
    _set(out, "tool_choice", _fitted_choice(choice, model, dialect))
    if choice == "none" and dialect.refuses_choice("none"):
        out.pop("tools", None)
    if not declared_tools(out):
        out.pop("tool_choice", None)
        out.pop("parallel_tool_calls", None)
    _fit(out, model, dialect)
    out = fitted_sampling(out, model, dialect, _SAMPLING)
    return fitted_body(out, dialect)


def renames_tools(body: JsonObject, dialect: Dialect) -> bool:
    """Whether `sanitise` gives tools other names or kinds, or asks for a summary in words, so that the answer
    must be decoded with the client's tools and encoded again. ``body`` is one that `parse` has accepted."""
    if dialect.vendor is FormatName.OPENAI_RESPONSES:
        return False
    renamed = not dialect.custom_tools and any(_is_renamed(tool) for tool in declared_tools(body))
    return renamed or wants_compaction(body)


def needs_repair(conversation: Conversation) -> bool:
    """Whether OpenAI would refuse this history of its own format as it is.

    After an answer of another provider's, the client's history has reasoning items with an envelope, with
    that provider's own carrier, or with none. OpenAI refuses what it did not encrypt, and looks an item
    without encrypted content up by its id, which with ``store`` off fails the whole request: "Item with id
    'rs_...' not found. Items are not persisted when `store` is set to false."
    (https://github.com/maximhq/bifrost/issues/5410). `sanitise` takes them out, or gives back what was in
    the envelope, where a raw body keeps them.
    """
    parts = (part for message in conversation.messages for part in message.parts)
    return any(isinstance(part, Reasoning) and _is_foreign(part.opaque) for part in parts)


def _is_foreign(opaque: Opaque | None) -> bool:
    return opaque is None or opaque.maker is not None or not is_openai(opaque.data)


def _for_vendor(item: JsonObject, model: Model, dialect: Dialect, *, stateless: bool) -> JsonObject | None:
    """The item as OpenAI takes it; None for reasoning that is not OpenAI's own."""
    if item.get("type") != "reasoning":
        return for_openai(item)
    encrypted = item.get("encrypted_content")
    if is_envelope(encrypted):
        return restored(reasoning_of(item), dialect, model.provider)
    if encrypted and not is_openai(encrypted):
        return None
    return None if stateless and (not encrypted or as_list(item.get("content"))) else item


def declared_tools(body: JsonObject) -> tuple[Tool, ...]:
    """Every tool of the request, wherever it is declared."""
    lists = [as_list(body.get("tools")), *(as_list(item.get("tools")) for item in _additions(body))]
    return tuple(tool for values in lists for tool in parse_tools(values, "tools"))


def _is_renamed(tool: Tool) -> bool:
    if tool.kind is ToolKind.SERVER:
        return False
    return tool.kind is not ToolKind.FUNCTION or flat_name(tool.name, tool.namespace) != tool.name


def _set(out: JsonObject, key: str, value: Any) -> None:
    """Put the value in the key's place; None takes the key away."""
    if value is None:
        out.pop(key, None)
    else:
        out[key] = value


# Tools


def _tools(body: JsonObject, dialect: Dialect) -> list[JsonObject] | None:
    tools = _known_tools(body, dialect) if dialect.custom_tools else _plain_tools(body, dialect)
    _, allowed = parse_choice(body)
    if allowed is not None and not dialect.custom_tools:
        flat = {flat_name(tool.name, tool.namespace) for tool in declared_tools(body) if tool.name in allowed}
        tools = [tool for tool in tools if tool.get("name", tool.get("type")) in flat]
    return tools or None


def _additions(body: JsonObject) -> list[JsonObject]:
    return [item for item in as_list(body.get("input")) if as_object(item).get("type") in DECLARING]


def _known_tools(body: JsonObject, dialect: Dialect) -> list[JsonObject]:
    """The definitions for a provider that knows all of Codex's."""
    own = ((value, value.get("type") in _OWN_TOOLS) for value in as_list(body.get("tools")))
    return [
        _accepted(value, dialect) if is_own else value
        for value, is_own in own
        if is_own or not dialect.drop_server_tools
    ]


def _plain_tools(body: JsonObject, dialect: Dialect) -> list[JsonObject]:
    """Every tool as a function, from wherever it is declared; a plain function as the client wrote it."""
    lists = [as_list(body.get("tools")), *(as_list(item.get("tools")) for item in _additions(body))]
    plain = {
        value.get("name"): value
        for values in lists
        for value in values
        if value.get("type") == "function" and "parameters" in value
    }
    written: list[JsonObject] = []
    for tool in distinct(declared_tools(body)):
        if tool.kind is ToolKind.SERVER:
            written += [] if dialect.drop_server_tools or tool.raw is None else [tool.raw]
            continue
        given = plain.get(tool.name) if tool.namespace is None and tool.kind is ToolKind.FUNCTION else None
        named = function_tool(tool) if given is None else {**given, "name": flat_name(tool.name)}
        written.append(_accepted(named, dialect))
    return written


def _accepted(tool: JsonObject, dialect: Dialect) -> JsonObject:
    """A tool without what the provider refuses in its definition."""
    kept = {key: value for key, value in tool.items() if not dialect.refuses_in_tool(key)}
    if isinstance(kept.get("parameters"), dict):
        kept["parameters"] = fitted(kept["parameters"], dialect.schema)
    return kept


def _fitted_choice(choice: Any, model: Model, dialect: Dialect) -> Any:
    """The choice, or "auto" where the model or the provider cannot be forced."""
    mode = choice if isinstance(choice, str) else "tool"
    return choice if choice is None or is_forceable(mode, model, dialect) else "auto"


def _without(value: JsonObject, fields: frozenset[str]) -> JsonObject:
    return {key: inner for key, inner in value.items() if key not in fields}


def _choice(value: Any, tools: tuple[Tool, ...], dialect: Dialect) -> Any:
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if kind not in {"function", "custom", "allowed_tools"}:
        return "auto" if dialect.drop_server_tools else value
    if dialect.custom_tools:
        return value
    if kind == "allowed_tools":
        return value.get("mode", "auto")
    tool = next((known for known in tools if known.name == value.get("name")), None)
    return "required" if tool is None else {"type": "function", "name": flat_name(tool.name, tool.namespace)}


# Input items


def _items(items: list[Any], model: Model, dialect: Dialect, *, stateless: bool) -> list[JsonObject]:
    if dialect.vendor is FormatName.OPENAI_RESPONSES:
        taken = (_for_vendor(item, model, dialect, stateless=stateless) for item in items)
        return [item for item in taken if item is not None]
    items = items if dialect.custom_tools else plain_items(items)
    kept = [changed for item in items if (changed := _item(item, model, dialect)) is not None]
    return settle(kept, reasoning_floor=dialect.reasoning_content)


def _item(item: JsonObject, model: Model, dialect: Dialect) -> JsonObject | None:
    kind = item.get("type", "message")
    if kind == "message":
        return _message(item, dialect)
    if kind == "reasoning":
        return _reasoning(item, model, dialect)
    if kind == _ADDED:
        return item if dialect.custom_tools else None
    if kind in OUTPUT_OF or kind in OUTPUT_OF.values():
        return item if dialect.custom_tools else _tool_item(item, dialect)
    return None if dialect.drop_server_tools else item


def _message(item: JsonObject, dialect: Dialect) -> JsonObject:
    changed = item
    if item.get("role") in {"system", "developer"} and dialect.fold_system:
        changed = folded(item)
    elif item.get("role") == "developer" and not dialect.developer_role:
        changed = {**item, "role": "system"}
    return _content(changed, "content", dialect)


def _content(item: JsonObject, key: str, dialect: Dialect) -> JsonObject:
    parts = item.get(key)
    if (dialect.images and dialect.image_urls) or not isinstance(parts, list):
        return item
    note = {"type": "input_text", "text": NO_IMAGE}
    return {**item, key: [note if _is_unseen(as_object(part), dialect) else part for part in parts]}


def _is_unseen(part: JsonObject, dialect: Dialect) -> bool:
    """Whether it is an image this provider would refuse."""
    inline = as_str(part.get("image_url")).startswith("data:")
    return part.get("type") == "input_image" and not (dialect.images and (inline or dialect.image_urls))


def _reasoning(item: JsonObject, model: Model, dialect: Dialect) -> JsonObject | None:
    """Reasoning for a provider that wants it back in the open; else only what that provider can read.

    Codex sends open reasoning as parts of type ``text`` (https://github.com/openai/codex/issues/42249).
    """
    if dialect.reasoning_content or is_envelope(item.get("encrypted_content")):
        return restored(reasoning_of(item), dialect, model.provider)
    return None if dialect.foreign_thinking == "drop" else item


def _tool_item(item: JsonObject, dialect: Dialect) -> JsonObject:
    """A call or an output in terms of functions; ``namespace`` goes into the name."""
    if item["type"] in OUTPUT_OF.values():
        call_id = safe_id(as_str(item.get("call_id")))
        output = {"type": "function_call_output", "call_id": call_id, "output": item.get("output")}
        return _content(output, "output", dialect)
    custom = item["type"] == "custom_tool_call"
    text = as_str(item.get("input" if custom else "arguments"))
    namespace = item.get("namespace")
    return {
        "type": "function_call",
        "call_id": safe_id(as_str(item.get("call_id")) or as_str(item.get("id"))),
        "name": flat_name(as_str(item.get("name")), namespace if isinstance(namespace, str) else None),
        "arguments": wrap(text) if custom else object_text(text),
    }


# What the model takes


def _fit(out: JsonObject, model: Model, dialect: Dialect) -> None:
    asked = out.get("max_output_tokens")
    if isinstance(asked, int):
        out["max_output_tokens"] = clamped(asked, model, dialect)
    text = as_object(out.get("text"))
    shape = as_object(text.get("format"))
    if isinstance(shape.get("schema"), dict):
        out["text"] = {**text, "format": {**shape, "schema": fitted(shape["schema"], dialect.schema)}}
    if isinstance(out.get("reasoning"), dict):
        _fit_reasoning(out, out["reasoning"], model, dialect)


def _fit_reasoning(out: JsonObject, reasoning: JsonObject, model: Model, dialect: Dialect) -> None:
    if dialect.vendor is not FormatName.OPENAI_RESPONSES:
        known = _REASONING if dialect.reasoning_summary else frozenset({"effort"})
        reasoning = {key: value for key, value in reasoning.items() if key in known}
    efforts = known_efforts(model, dialect)
    if not efforts:
        out.pop("reasoning")
        _set(out, "include", [name for name in as_list(out.get("include")) if name != ENCRYPTED] or None)
        return
    wanted = reasoning.get("effort")
    effort = nearest_effort(wanted, efforts, dialect) if isinstance(wanted, str) else None
    if isinstance(wanted, str):
        reasoning = _without(reasoning, frozenset({"effort"})) | ({"effort": effort} if effort else {})
    out["reasoning"] = reasoning
