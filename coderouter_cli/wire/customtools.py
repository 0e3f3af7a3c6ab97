"""Custom (free text) tools for providers that only know functions with JSON arguments.

The tool is declared as a function with one string ``input``; the model's ``{"input": "..."}`` is
unwrapped again before the client sees it (Codex's apply_patch wants the raw patch).
"""

import json

from coderouter_cli.domain.conversation import JsonObject, Tool, ToolCall, ToolKind
from coderouter_cli.wire.read import parse_lenient

_INPUT = "input"


def as_function_schema(tool: Tool) -> JsonObject:
    """The JSON schema that stands in for a custom tool's free text."""
    hint = f"The tool's whole input as plain text. {_grammar_hint(tool)}".strip()
    return {
        "type": "object",
        "properties": {_INPUT: {"type": "string", "description": hint}},
        "required": [_INPUT],
        "additionalProperties": False,
    }


def wrap(text: str) -> str:
    """Free text as the function's JSON arguments."""
    return json.dumps({_INPUT: text}, ensure_ascii=False)


def as_arguments(call: ToolCall) -> str:
    """A call's arguments as the text of a JSON object, which servers that parse the history demand.

    Free text, and arguments that are none (a call that was cut off), go inside one.
    """
    if call.kind is ToolKind.CUSTOM:
        return wrap(call.arguments)
    if not call.arguments.strip():
        return "{}"
    return call.arguments if parse_lenient(call.arguments) is not None else wrap(call.arguments)


def unwrap(arguments: str) -> str:
    """The free text of the function's JSON arguments; text that is not such an object is returned whole.

    Control characters inside the string are accepted: models often write a patch's line breaks raw.
    """
    try:
        value = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return arguments
    if isinstance(value, dict) and isinstance(value.get(_INPUT), str):
        text: str = value[_INPUT]
        return text
    return arguments


def _grammar_hint(tool: Tool) -> str:
    grammar = tool.grammar or {}
    definition = grammar.get("definition")
    if not isinstance(definition, str):
        return ""
    return f"It must follow this {grammar.get('syntax', 'grammar')} grammar:\n{definition}"
