import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.wire.formats.anthropic_messages.pairing import paired

MISSING = (Text("No result: the call was interrupted."),)
ORPHAN = Text("[Result of a tool call that is not part of this conversation]")


def user(*parts: Part) -> Message:
    return Message("user", parts)


def said(*parts: Part) -> Message:
    return Message("assistant", parts)


def call(name: str) -> ToolCall:
    return ToolCall(name, "f", "{}")


def result(name: str, text: str = "ok") -> ToolResult:
    return ToolResult(name, (Text(text),))


def settled(*messages: Message) -> list[Message]:
    return [message for message in paired(messages) if message.parts]


A, B = Text("a"), Text("b")
THOUGHT = Reasoning("Hm.")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        # In order already.
        (
            [user(A), said(B, call("1")), user(result("1"), B)],
            [user(A), said(B, call("1")), user(result("1")), user(B)],
        ),
        # Results far behind, in another order, after other turns.
        (
            [said(call("1"), call("2")), user(A, result("2")), said(B), user(result("1"))],
            [said(call("1"), call("2")), user(result("1"), result("2")), user(A), said(B)],
        ),
        # A text between the calls and their results.
        ([said(call("1")), user(A), user(result("1"))], [said(call("1")), user(result("1")), user(A)]),
        # Words after a call come before it.
        (
            [said(call("1"), A, call("2")), user(result("1"), result("2"))],
            [said(A, call("1"), call("2")), user(result("1"), result("2"))],
        ),
        # Thinking is bound to what stands before it.
        (
            [said(THOUGHT, call("1"), THOUGHT, A, call("2")), user(result("1"), result("2"))],
            [said(THOUGHT, call("1"), THOUGHT, A, call("2")), user(result("1"), result("2"))],
        ),
        (
            [said(THOUGHT, call("1"), A, call("2")), user(result("2"), result("1"))],
            [said(THOUGHT, A, call("1"), call("2")), user(result("1"), result("2"))],
        ),
        # A call without a result.
        (
            [said(call("1")), user(A)],
            [said(call("1")), user(ToolResult("1", MISSING, is_error=True)), user(A)],
        ),
        # Results without a call, or before it.
        ([user(result("1"))], [user(ORPHAN, Text("ok"))]),
        (
            [user(result("1")), said(call("1"))],
            [user(ORPHAN, Text("ok")), said(call("1")), user(ToolResult("1", MISSING, is_error=True))],
        ),
        # A second result for one call.
        (
            [said(call("1")), user(result("1"), result("1", "again"))],
            [said(call("1")), user(result("1")), user(ORPHAN, Text("again"))],
        ),
        # A result inside the assistant's own turn.
        ([said(call("1"), result("1"), A)], [said(A, call("1")), user(result("1"))]),
        # A call in the user's turn is nobody's.
        ([user(A, call("1")), user(result("1"))], [user(A), user(ORPHAN, Text("ok"))]),
        # System messages keep their place.
        (
            [said(call("1")), Message("system", (A,)), user(result("1"))],
            [said(call("1")), user(result("1")), Message("system", (A,))],
        ),
    ],
)
def test_results_follow_their_calls(messages: list[Message], expected: list[Message]) -> None:
    assert settled(*messages) == expected


def ids(messages: list[Message]) -> tuple[list[str], list[str]]:
    parts = [part for message in messages for part in message.parts]
    return (
        [part.id for part in parts if isinstance(part, ToolCall)],
        [part.call_id for part in parts if isinstance(part, ToolResult)],
    )


def test_ids_that_come_twice_or_not_at_all_are_told_apart() -> None:
    messages = [
        said(call("x"), call("x")),
        user(result("x", "1"), result("x", "2")),
        said(call("")),
        user(result("")),
    ]
    found = settled(*messages)
    calls, results = ids(found)
    assert calls == results
    assert calls[0] == "x"
    assert len(set(calls)) == 3
    assert [part.parts for part in found[1].parts if isinstance(part, ToolResult)] == [
        (Text("1"),),
        (Text("2"),),
    ]


def test_unsafe_ids_become_safe_in_call_and_result() -> None:
    calls, results = ids(settled(said(call("Bash:0")), user(result("Bash:0"))))
    assert calls == results
    assert calls[0].replace("_", "").isalnum()


def test_the_missing_result_of_a_custom_tool_is_of_its_kind() -> None:
    (answer,) = settled(said(ToolCall("1", "f", "raw", ToolKind.CUSTOM)))[1].parts
    assert isinstance(answer, ToolResult)
    assert answer.kind is ToolKind.CUSTOM


def test_an_orphans_images_stay() -> None:
    image = Image("image/png", "A")
    assert settled(user(ToolResult("1", (image,)))) == [user(ORPHAN, image)]


@given(st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=5))
def test_appending_appends(turns: list[list[int]]) -> None:
    """Each turn calls some tools, which all answer: what was settled before stays as it was."""
    messages: list[Message] = []
    before: list[Message] = []
    for turn, numbers in enumerate(turns):
        names = [f"{turn}-{number}" for number in numbers]
        messages += [said(Text("x"), *map(call, names)), user(*map(result, reversed(names)), Text("y"))]
        now = settled(*messages)
        assert now[: len(before)] == before
        before = now
