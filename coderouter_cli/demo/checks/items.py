"""What OpenAI and DeepSeek refuse of the input items of a Responses request."""

from collections.abc import Iterator

from coderouter_cli.demo.checks.base import (
    UNANSWERED,
    as_object,
    bad_value,
    invalid,
    missing,
    objects,
    unknown_variant,
    word,
)
from coderouter_cli.demo.checks.schemas import name_problems
from coderouter_cli.demo.script import HttpError
from coderouter_cli.demo.seals import is_encrypted
from coderouter_cli.domain.conversation import JsonObject

_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_OUTPUTS = {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}
_RUN_BY_CLIENT = frozenset({"local_shell_call"})
"""Codex answers it with a ``function_call_output`` (measured, 0.169.0)."""
_WORDS = {"function_call": "function call", "custom_tool_call": "custom tool call"}
_PREFIXES = {"function_call": "fc", "custom_tool_call": "ctc", "message": "msg", "reasoning": "rs"}
_OTHERS = frozenset(
    [
        "additional_tools",
        "agent_message",
        "compaction",
        "compaction_trigger",
        "computer_call",
        "computer_call_output",
        "configuration_update",
        "file_search_call",
        "image_generation_call",
        "item_reference",
        "local_shell_call",
        "local_shell_call_output",
        "shell_call",
        "shell_call_output",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
    ]
)
_UNREADABLE = "The encrypted content could not be verified. Reason: it could not be decrypted or parsed."
_DEEPSEEK_ROLES = ("system", "user", "assistant", "tool", "latest_reminder")
_PARTS = {
    "user": frozenset({"input_text", "input_image", "input_file"}),
    "system": frozenset({"input_text"}),
    "developer": frozenset({"input_text", "input_image"}),
    "assistant": frozenset({"output_text", "refusal"}),
}


def item_problems(body: JsonObject) -> Iterator[HttpError]:
    """OpenAI's rules."""
    if isinstance(body["input"], str):
        return
    found = body["input"]
    for i, item in enumerate(found):
        yield from _one(f"input[{i}]", as_object(item), body)
    yield from pair_problems(found)
    for item, after in zip(found, [*found, None][1:], strict=True):
        if item.get("type") == "reasoning" and (after is None or not _follows_reasoning(after)):
            name = item.get("id")
            text = f"Item '{name}' of type 'reasoning' was provided without its required following item."
            yield invalid(text, param="input")


def deepseek_item_problems(body: JsonObject) -> Iterator[HttpError]:
    """DeepSeek's rules. Items it does not know are ignored."""
    if isinstance(body["input"], str):
        return
    items = objects(body["input"])
    for i, item in enumerate(items):
        role = word(item.get("role", "user"))
        if item.get("type", "message") == "message" and role not in _DEEPSEEK_ROLES:
            yield unknown_variant(f"input[{i}].role", role, _DEEPSEEK_ROLES)
    yield from pair_problems(items)
    yield from _settled(items)
    if as_object(body.get("reasoning")).get("effort") != "none":
        yield from _reasoned(items)


def _one(where: str, item: JsonObject, body: JsonObject) -> Iterator[HttpError]:
    kind = word(item.get("type", "message"))
    prefix = _PREFIXES.get(kind)
    name = item.get("id")
    if prefix and name is not None and not str(name).startswith(prefix):
        text = f"Invalid '{where}.id': '{name}'. Expected an ID that begins with '{prefix}'."
        yield invalid(text, param=f"{where}.id", code="invalid_value")
    if kind == "message":
        yield from _message(where, item)
    elif kind in _CALLS:
        yield from name_problems(item.get("name"), f"{where}.name")
        yield from _text_fields(where, item, ("call_id", _CALLS[kind]))
    elif kind in _OUTPUTS:
        yield from _output(where, item)
    elif kind == "reasoning":
        yield from _reasoning(where, item, body)
    elif kind == "agent_message":
        yield from _sealed_task(item)
    elif kind not in _OTHERS:
        yield bad_value(f"{where}.type", kind, {*_OTHERS, *_CALLS, *_OUTPUTS, "message", "reasoning"})


def _message(where: str, item: JsonObject) -> Iterator[HttpError]:
    allowed = _PARTS.get(str(item.get("role")))
    if allowed is None:
        yield bad_value(f"{where}.role", item.get("role"), _PARTS)
        return
    for j, part in enumerate(objects(item.get("content"))):
        kind = word(part.get("type"))
        if kind not in allowed:
            yield bad_value(f"{where}.content[{j}]", kind, allowed)


def _text_fields(where: str, item: JsonObject, names: tuple[str, ...]) -> Iterator[HttpError]:
    for name in names:
        if not isinstance(item.get(name), str):
            yield missing(f"{where}.{name}")


def _output(where: str, item: JsonObject) -> Iterator[HttpError]:
    yield from _text_fields(where, item, ("call_id",))
    if not isinstance(item.get("output"), str | list):
        yield missing(f"{where}.output")


def _reasoning(where: str, item: JsonObject, body: JsonObject) -> Iterator[HttpError]:
    if not isinstance(item.get("summary"), list):
        yield missing(f"{where}.summary")
    sealed = item.get("encrypted_content")
    if sealed is not None and not is_encrypted(sealed):
        yield invalid(_UNREADABLE, code="invalid_encrypted_content")
    if sealed is None and body.get("store") is False:
        text = f"Item with id '{item.get('id')}' not found."
        text = f"{text} Items are not persisted when `store` is set to false."
        yield HttpError(404, text, kind="invalid_request_error", param="input")


def _sealed_task(item: JsonObject) -> Iterator[HttpError]:
    """What one agent writes to another is sealed, or plain text (https://github.com/openai/codex/pull/26210)."""
    for part in objects(item.get("content")):
        if part.get("type") == "encrypted_content" and not is_encrypted(part.get("encrypted_content")):
            yield invalid(_UNREADABLE, code="invalid_encrypted_content")


def _follows_reasoning(item: JsonObject) -> bool:
    kind = word(item.get("type", "message"))
    return kind in {*_CALLS, "reasoning", *_OTHERS} or item.get("role") == "assistant"


def pair_problems(items: list[JsonObject]) -> Iterator[HttpError]:
    """Every call has its output later on, every output its call before."""
    called: dict[str, set[str]] = {kind: set() for kind in _CALLS}
    answered: dict[str, set[str]] = {kind: set() for kind in _CALLS}
    for item in items:
        kind = str(item.get("type"))
        if kind in _RUN_BY_CLIENT:
            called["function_call"].add(word(item.get("call_id")))
        elif kind in _CALLS:
            called[kind].add(word(item.get("call_id")))
        elif kind in _OUTPUTS:
            call = _OUTPUTS[kind]
            name = word(item.get("call_id"))
            if name not in called[call]:
                yield invalid(
                    f"No tool call found for {_WORDS[call]} output with call_id {name}.", param="input"
                )
            answered[call].add(name)
    for kind, names in called.items():
        for name in sorted(names - answered[kind]):
            yield invalid(f"No tool output found for {_WORDS[kind]} {name}.", param="input")


def _settled(items: list[JsonObject]) -> Iterator[HttpError]:
    """All calls of a turn come before their outputs, and nothing else in between."""
    open_calls: set[str] = set()
    for item in items:
        kind = word(item.get("type", "message"))
        if kind in _CALLS:
            open_calls.add(word(item.get("call_id")))
        elif kind in _OUTPUTS:
            open_calls.discard(word(item.get("call_id")))
        elif kind == "message" and open_calls:
            yield invalid(f"{UNANSWERED} (insufficient tool messages following tool_calls message)")


def _reasoned(items: list[JsonObject]) -> Iterator[HttpError]:
    """Every assistant turn with calls has reasoning text that is not empty."""
    reasoned = False
    for item in items:
        kind = word(item.get("type", "message"))
        if kind == "reasoning":
            parts = objects(item.get("content"))
            reasoned = reasoned or any(part.get("text") for part in parts)
        elif kind in _CALLS and not reasoned:
            yield invalid("The `reasoning_text` in the thinking mode must be passed back to the API.")
        elif kind in _OUTPUTS or item.get("role") == "user":
            reasoned = False
