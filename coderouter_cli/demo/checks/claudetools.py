"""What Anthropic refuses of tools and of the choice among them."""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, extras, invalid, objects, unexpected_tag, word
from coderouter_cli.demo.claude import Claude
from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import JsonObject

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_SERVER_TOOL = re.compile(
    r"(web_search|web_fetch|code_execution|bash|text_editor|tool_search_tool_(bm25|regex)|memory|"
    r"computer|computer_toolset|browser_toolset)_\d{8}"
)
_CUSTOM_FIELDS = frozenset(
    [
        "name",
        "description",
        "input_schema",
        "type",
        "cache_control",
        "strict",
        "defer_loading",
        "eager_input_streaming",
        "input_examples",
        "allowed_callers",
    ]
)

_CHOICES = ("auto", "any", "tool", "none")


def tool_problems(body: JsonObject, model: Claude, *, deferring: bool) -> Iterator[HttpError]:
    """What is wrong with ``tools`` and ``tool_choice``; ``deferring`` is whether deferred tools are known."""
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        yield invalid("tools: Input should be a valid list")
    found = objects(tools)
    for i, tool in enumerate(found):
        yield from _tool(f"tools.{i}", tool, model, deferring=deferring)
    names = [word(tool["name"]) for tool in found if "name" in tool]
    if len(set(names)) != len(names):
        yield invalid("tools: Tool names must be unique.")
    if found and all(tool.get("defer_loading") for tool in found):
        yield invalid("tools: At least one tool must have defer_loading=false.")
    yield from _choice(body, names, model)


def _tool(where: str, tool: JsonObject, model: Claude, *, deferring: bool) -> Iterator[HttpError]:
    kind = tool.get("type", "custom")
    if kind not in ("custom", None):
        if not isinstance(kind, str) or not _SERVER_TOOL.fullmatch(kind):
            yield unexpected_tag(where, kind, ("bash_20250124", "custom", "web_search_20260318"))
        elif kind.startswith("computer_") and kind not in model.computer_tools:
            yield invalid(f"'{model.name}' does not support tool types: {kind}.")
        return
    where = f"{where}.custom"
    yield from extras(tool, _CUSTOM_FIELDS, f"{where}.")
    if tool.get("defer_loading") and not deferring:
        yield invalid(f"{where}.defer_loading: Extra inputs are not permitted")
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield invalid(f"{where}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
    if "input_schema" not in tool:
        yield invalid(f"{where}.input_schema: Field required")
    schema = as_object(tool["input_schema"])
    if schema.get("type") != "object":
        yield invalid(f"{where}.input_schema.type: Input should be 'object'")
    if schema.keys() & {"oneOf", "anyOf", "allOf"}:
        yield invalid(
            f"{where}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )


def _choice(body: JsonObject, names: list[Any], model: Claude) -> Iterator[HttpError]:
    choice = body.get("tool_choice")
    if choice is None:
        return
    kind = word(as_object(choice).get("type"))
    if kind not in _CHOICES:
        yield unexpected_tag("tool_choice", kind, _CHOICES)
    if not body.get("tools"):
        yield invalid("tool_choice: may only be specified while providing tools")
    yield from extras(choice, frozenset({"type", "name", "disable_parallel_tool_use"}), "tool_choice.")
    if kind == "tool" and choice.get("name") not in names:
        yield invalid(f"Tool '{choice.get('name')}' not found in provided tools")
    if kind in {"any", "tool"} and not model.forced:
        yield invalid('tool_choice: type "tool" and "any" are not supported for this model.')
    if kind in {"any", "tool"} and as_object(body.get("thinking")).get("type") == "enabled":
        yield invalid("Thinking may not be enabled when tool_choice forces tool use.")
