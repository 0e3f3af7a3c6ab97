"""What Anthropic and DeepSeek refuse of the order of messages: roles, and tool calls with their results.

Consecutive turns of one role are allowed and count as one (the anthropic 2.12.0 SDK says so).
"""

from collections import Counter
from collections.abc import Iterator

from coderouter_cli.demo.checks.base import invalid
from coderouter_cli.demo.claude import Claude
from coderouter_cli.demo.prompts import as_blocks
from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import JsonObject

_AFTER_USER = (
    "role 'system' must follow a 'user' message or an 'assistant' message ending in a server tool result"
)


def turn_problems(body: JsonObject, model: Claude | None) -> Iterator[HttpError]:
    """What is wrong with the order; ``model`` is None for a provider without system turns."""
    messages = body["messages"]
    if model is not None:
        yield from _system_turns(messages, model)
    if messages[0]["role"] == "assistant":
        yield invalid('messages: first message must use the "user" role')
    last = next(message for message in reversed(messages) if message["role"] != "system")
    if last["role"] == "assistant" and model is not None and not model.prefills:
        yield invalid(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    yield from _pairs(messages)


def _system_turns(messages: list[JsonObject], model: Claude) -> Iterator[HttpError]:
    for i, message in enumerate(messages):
        if message["role"] != "system":
            continue
        if not model.system_turns:
            yield invalid("role 'system' is not supported on this model")
        if i == 0:
            yield invalid("messages.0: use the top-level 'system' parameter for the initial system prompt")
        if messages[i - 1]["role"] != "user":
            yield invalid(f"messages.{i}: {_AFTER_USER}")
        if i + 1 < len(messages) and messages[i + 1]["role"] != "assistant":
            yield invalid(
                f"messages.{i}: role 'system' must be last or be followed by an 'assistant' message"
            )


def _pairs(messages: list[JsonObject]) -> Iterator[HttpError]:
    """Every tool call has its result at the beginning of the next user turn, and every result its call."""
    pending: list[str] = []
    seen: set[str] = set()
    for i, role, blocks in _turns(messages):
        results = [block["tool_use_id"] for block in blocks if block.get("type") == "tool_result"]
        yield from _result_problems(i, pending, results, blocks)
        calls = [block["id"] for block in blocks if block.get("type") == "tool_use"]
        if seen.intersection(calls) or len(set(calls)) != len(calls):
            yield invalid("messages: `tool_use` ids must be unique")
        seen.update(calls)
        pending = calls if role == "assistant" else []
    if pending:
        yield _missing(len(messages) - 1, pending)


def _result_problems(
    i: int, pending: list[str], results: list[str], blocks: list[JsonObject]
) -> Iterator[HttpError]:
    leading = [block.get("type") == "tool_result" for block in blocks[: len(results)]]
    missing = [call for call in pending if call not in results]
    if missing or (pending and not all(leading)):
        yield _missing(i - 1, missing or pending)
    for call, count in Counter(results).items():
        if call not in pending:
            yield invalid(
                f"messages.{i}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {call}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        if count > 1:
            yield invalid(
                f"messages.{i}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                f"with id: {call}"
            )


def _missing(i: int, calls: list[str]) -> HttpError:
    return invalid(
        f"messages.{i}: `tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(calls)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
        "next message."
    )


def _turns(messages: list[JsonObject]) -> Iterator[tuple[int, str, list[JsonObject]]]:
    """Index of the first message, role and blocks of each turn."""
    start, role, blocks = 0, "", list[JsonObject]()
    for i, message in enumerate(messages):
        if message["role"] != role:
            if role:
                yield start, role, blocks
            start, role, blocks = i, message["role"], []
        blocks = [*blocks, *as_blocks(message["content"])]
    yield start, role, blocks
