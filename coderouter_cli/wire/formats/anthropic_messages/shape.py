"""The shape of an answer that a client of another format asks for, as Anthropic takes it.

``output_config.format`` knows a part of JSON schema only, and wants every object closed
(https://github.com/ax-llm/ax/pull/459; anthropic 2.12 rewrites schemas likewise). What it does not know is
told to the model in the description.
"""

import json
from typing import Any

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Text
from coderouter_cli.wire.read import as_list, as_object

_ANY_OBJECT: JsonObject = {"type": "object"}
_KNOWN = frozenset({"$ref", "$defs", "definitions", "type", "title", "description", "enum", "const"})
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
_JSON_ONLY = Text("Answer with one JSON object and nothing else: no words around it and no code fence.")


def answer_format(conversation: Conversation) -> JsonObject | None:
    """``output_config.format``; None when the client asks for no shape, or for any JSON object."""
    schema = conversation.output_schema
    if schema is None or asks_for_any_object(conversation):
        return None
    own = conversation.format is FormatName.ANTHROPIC_MESSAGES
    return {"type": "json_schema", "schema": schema if own else closed(schema)}


def asks_for_any_object(conversation: Conversation) -> bool:
    """Whether a client of OpenAI's formats asks for JSON without saying which; there is no setting for it."""
    own = conversation.format is FormatName.ANTHROPIC_MESSAGES
    return not own and conversation.output_schema == _ANY_OBJECT and conversation.output_name is None


def shape_in_words(conversation: Conversation) -> tuple[Text, ...]:
    """What the system prompt has to say of the shape."""
    return (_JSON_ONLY,) if asks_for_any_object(conversation) else ()


def closed(schema: JsonObject) -> JsonObject:
    """The schema with every object closed and only what is known in it."""
    out = {key: value for key, value in schema.items() if key in _KNOWN}
    for key in ("$defs", "definitions"):
        if key in out:
            out[key] = _each(out[key])
    for key, name in (("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")):
        if key in schema:
            out[name] = [closed(as_object(one)) for one in as_list(schema[key])]
    if "properties" in schema or schema.get("type") == "object":
        out |= {"properties": _each(schema.get("properties")), "additionalProperties": False}
        out |= {"required": schema["required"]} if "required" in schema else {}
    if isinstance(schema.get("items"), dict):
        out["items"] = closed(schema["items"])
    if schema.get("minItems") in (0, 1):
        out["minItems"] = schema["minItems"]
    if schema.get("format") in _FORMATS:
        out["format"] = schema["format"]
    return _with_rest(out, schema)


def _each(schemas: Any) -> JsonObject:
    return {name: closed(as_object(one)) for name, one in as_object(schemas).items()}


def _with_rest(out: JsonObject, schema: JsonObject) -> JsonObject:
    """The rules that are left, as words for the model."""
    told = {*out, "oneOf", "additionalProperties"}
    rest = {key: value for key, value in schema.items() if key not in told and not key.startswith("$")}
    if not rest:
        return out
    words = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rest.items())
    before = out.get("description")
    return {**out, "description": f"{before}\n\n{{{words}}}" if before else f"{{{words}}}"}
