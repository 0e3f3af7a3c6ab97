"""Requests in which one thing is wrong, for every thing and every way to be wrong, and requests that grow."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.errors import BadRequestError
from tests.ingress.reading import read
from tests.ingress.shapes import GONE, WRONG, changed, places, shapes


class TraceFunction(Protocol):
    """What the interpreter calls for every line."""

    def __call__(self, frame: FrameType, event: str, argument: Any, /) -> "TraceFunction": ...


@pytest.mark.parametrize("name", sorted(shapes()))
def test_one_wrong_thing_is_the_clients_error_or_none(name: str) -> None:
    format_name, body = shapes()[name]
    assert Fidelity.TRANSLATED in read(format_name, body)
    tried, refused, complaints = 0, 0, set[str]()
    for place in places(body):
        for wrong in WRONG:
            tried += 1
            try:
                read(format_name, changed(body, place, wrong))
            except BadRequestError as error:
                refused += 1
                complaints.add(str(error))
            except Exception as error:
                error.add_note(f"{name}: {place} as {'nothing' if wrong is GONE else repr(wrong)}")
                raise
    assert 0 < refused < tried
    assert [one for one in complaints if "`" not in one] == []


def work(name: FormatName, body: JsonObject) -> int:
    """How many lines of Python reading a request takes; each round of a loop counts, those in
    comprehensions too."""
    count = 0

    def note(_frame: FrameType, _event: str, _argument: Any) -> TraceFunction:
        nonlocal count
        count += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        read(name, body)
    finally:
        sys.settrace(before)
    return count


MESSAGES, RESPONSES, CHAT = FormatName
ASK: JsonObject = {"role": "user", "content": "Go."}


def _messages(*messages: JsonObject, **more: Any) -> JsonObject:
    return {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [ASK, *messages], **more}


def _responses(*items: JsonObject, **more: Any) -> JsonObject:
    return {"model": "gpt-6.1-sol", "input": [ASK, *items], **more}


def _chat(*messages: JsonObject, **more: Any) -> JsonObject:
    return {"model": "gpt-6.1-sol", "messages": [ASK, *messages], **more}


def _use(number: int) -> JsonObject:
    return {"type": "tool_use", "id": f"t{number}", "name": "Read", "input": {}}


def _result(number: int) -> JsonObject:
    return {"type": "tool_result", "tool_use_id": f"t{number}", "content": "ok"}


def _called(number: object) -> JsonObject:
    return {"type": "function_call", "call_id": f"c{number}", "name": "f", "arguments": "{}"}


def _output(number: object) -> JsonObject:
    return {"type": "function_call_output", "call_id": f"c{number}", "output": "ok"}


def _tool_call(number: object) -> JsonObject:
    return {"id": f"c{number}", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def _tool(number: object) -> JsonObject:
    return {"role": "tool", "tool_call_id": f"c{number}", "content": "ok"}


GROWING: dict[str, tuple[FormatName, Callable[[range], JsonObject]]] = {
    "turns": (
        MESSAGES,
        lambda many: _messages(*({"role": ("assistant", "user")[n % 2], "content": "x"} for n in many)),
    ),
    "one side's turns": (MESSAGES, lambda many: _messages(*[ASK for _ in many])),
    "system turns": (MESSAGES, lambda many: _messages(*({"role": "system", "content": "x"} for _ in many))),
    "blocks": (
        MESSAGES,
        lambda many: _messages({"role": "user", "content": [{"type": "text", "text": "x"} for _ in many]}),
    ),
    "unknown blocks": (
        MESSAGES,
        lambda many: _messages({"role": "user", "content": [{"type": "new", "n": n} for n in many]}),
    ),
    "calls with results the other way round": (
        MESSAGES,
        lambda many: _messages(
            {"role": "assistant", "content": [_use(n) for n in many]},
            {"role": "user", "content": [_result(n) for n in reversed(many)]},
        ),
    ),
    "calls of one id": (
        MESSAGES,
        lambda many: _messages(
            {"role": "assistant", "content": [_use(0) for _ in many]},
            {"role": "user", "content": [_result(0) for _ in many]},
        ),
    ),
    "calls without results": (
        MESSAGES,
        lambda many: _messages({"role": "assistant", "content": [_use(n) for n in many]}),
    ),
    "results without calls": (
        MESSAGES,
        lambda many: _messages({"role": "user", "content": [_result(n) for n in many]}),
    ),
    "tools": (
        MESSAGES,
        lambda many: _messages(tools=[{"name": f"t{n}" * 9, "input_schema": {}} for n in many]),
    ),
    "alternatives in a schema": (
        MESSAGES,
        lambda many: _messages(
            tools=[{"name": "t", "input_schema": {"allOf": [{"required": [f"p{n}"]} for n in many]}}]
        ),
    ),
    "items with outputs the other way round": (
        RESPONSES,
        lambda many: _responses(*map(_called, many), *map(_output, reversed(many))),
    ),
    "items of one id in a turn": (
        RESPONSES,
        lambda many: _responses(*(_called(0) for _ in many), *(_output(0) for _ in many)),
    ),
    "items of one id in many turns": (
        RESPONSES,
        lambda many: _responses(
            *(one for _ in many for one in (ASK, _called(0))), *(_output(0) for _ in many)
        ),
    ),
    "reasoning": (
        RESPONSES,
        lambda many: _responses(
            *({"type": "reasoning", "summary": [], "encrypted_content": "x"} for _ in many)
        ),
    ),
    "tools in a namespace": (
        RESPONSES,
        lambda many: _responses(
            tools=[
                {
                    "type": "namespace",
                    "name": "n",
                    "tools": [{"type": "function", "name": f"f{n}"} for n in many],
                }
            ]
        ),
    ),
    "tool messages the other way round": (
        CHAT,
        lambda many: _chat(
            {"role": "assistant", "tool_calls": [_tool_call(n) for n in many]}, *map(_tool, reversed(many))
        ),
    ),
    "tool messages of one id": (
        CHAT,
        lambda many: _chat(
            {"role": "assistant", "tool_calls": [_tool_call(0) for _ in many]}, *(_tool(0) for _ in many)
        ),
    ),
    "old function calls": (
        CHAT,
        lambda many: _chat(
            *({"role": "assistant", "function_call": {"name": f"f{n}", "arguments": "{}"}} for n in many),
            *({"role": "function", "name": f"f{n}", "content": "ok"} for n in many),
        ),
    ),
    "texts of one message": (
        CHAT,
        lambda many: {"model": "gpt-6.1-sol", "input": [{"role": "assistant", "content": "x"} for _ in many]},
    ),
}


@pytest.mark.parametrize("what", sorted(GROWING))
def test_twice_the_request_is_twice_the_work(what: str) -> None:
    format_name, make = GROWING[what]
    read(format_name, make(range(3)))
    small, large = (work(format_name, make(range(size))) for size in (100, 200))
    assert small > 1000
    assert large < 2.2 * small
