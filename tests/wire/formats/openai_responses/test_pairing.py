import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.formats.openai_responses.pairing import OUTPUT_OF, settle
from tests.wire.formats.openai_responses.kit import call, result, say, thought

BLANK = thought(" ")
NO_OUTPUT = "[No output: the call was interrupted.]"


def settled(*items: JsonObject) -> list[JsonObject]:
    return settle(list(items), reasoning_floor=False)


def test_what_is_in_order_stays_as_it_is() -> None:
    items = [
        say("user", "hi"),
        thought("hm"),
        call("a"),
        call("b"),
        result("a"),
        result("b"),
        say("assistant", "ok"),
    ]
    assert settled(*items) == items


@pytest.mark.parametrize("between", [say("developer", "hook"), say("user", "wait"), {"type": "odd_output"}])
def test_nothing_stands_between_a_call_and_its_output(between: JsonObject) -> None:
    assert settled(call("a"), between, result("a")) == [call("a"), result("a"), between]


def test_parallel_calls_stand_together_after_what_was_thought_and_said() -> None:
    items = [call("a"), thought("hm"), call("b"), say("assistant", "so"), result("b"), result("a")]
    assert settled(*items) == [
        thought("hm"),
        say("assistant", "so"),
        call("a"),
        call("b"),
        result("a"),
        result("b"),
    ]


def test_encrypted_reasoning_keeps_its_place() -> None:
    sealed = {"type": "reasoning", "encrypted_content": "gAAA"}
    items = [sealed, call("a"), sealed, call("b"), result("a"), result("b")]
    assert settled(*items) == items


def test_turns_stay_apart() -> None:
    items = [thought("1"), call("a"), result("a"), thought("2"), call("b"), result("b")]
    assert settled(*items) == items


def test_an_output_takes_the_kind_of_its_call() -> None:
    custom = {"type": "custom_tool_call", "call_id": "a", "name": "p", "input": "x"}
    assert settled(custom, result("a"))[1]["type"] == "custom_tool_call_output"
    assert (
        settled(call("a"), result("a", kind="custom_tool_call_output"))[1]["type"] == "function_call_output"
    )


def test_a_call_without_an_output_gets_one() -> None:
    assert settled(call("a"), call("b"), result("b"), say("user", "go on")) == [
        call("a"),
        call("b"),
        result("a", NO_OUTPUT),
        result("b"),
        say("user", "go on"),
    ]


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("42", [{"type": "input_text", "text": "42"}]),
        ([{"type": "input_text", "text": "x"}], [{"type": "input_text", "text": "x"}]),
        ("", []),
    ],
)
@pytest.mark.parametrize("call_id", ["gone", "", None])
def test_an_output_without_a_call_is_told_by_the_user(
    call_id: str, output: object, shown: list[JsonObject]
) -> None:
    (message,) = settled(result(call_id, output))
    assert (message["type"], message["role"]) == ("message", "user")
    assert "not part of this conversation" in message["content"][0]["text"]
    assert message["content"][1:] == shown


def test_an_output_before_its_call_is_an_orphan() -> None:
    kinds = [item["type"] for item in settled(result("a"), call("a"))]
    assert kinds == ["message", "function_call", "function_call_output"]


def test_ids_may_be_used_again() -> None:
    items = [call("a"), result("a", "1"), call("a"), result("a", "2")]
    assert settled(*items) == items


def test_every_assistant_turn_gets_a_floor_of_reasoning() -> None:
    unreadable: JsonObject = {"type": "reasoning", "summary": [], "content": None}
    items = [
        say("user", "hi"),
        say("assistant", "hello"),
        say("user", "go"),
        unreadable,
        call("a"),
        result("a"),
        thought("hm"),
        call("b"),
        result("b"),
    ]
    assert settle(items, reasoning_floor=True) == [
        say("user", "hi"),
        BLANK,
        say("assistant", "hello"),
        say("user", "go"),
        BLANK,
        unreadable,
        call("a"),
        result("a"),
        thought("hm"),
        call("b"),
        result("b"),
    ]


IDS = st.sampled_from("abc")
ITEMS = (
    IDS.map(call)
    | IDS.map(result)
    | st.sampled_from(
        [say("user", "u"), say("developer", "d"), say("assistant", "s"), thought("t"), {"type": "odd"}]
    )
)


@given(st.lists(ITEMS, max_size=14))
def test_calls_and_outputs_always_pair(items: list[JsonObject]) -> None:
    done = settled(*items)
    waiting: list[str] = []
    for item in done:
        if item["type"] in OUTPUT_OF:
            waiting.append(item["call_id"])
        elif item["type"] in OUTPUT_OF.values():
            assert waiting.pop(0) == item["call_id"]
        else:
            assert waiting == [], "something stands between a call and its output"
    assert waiting == []
    assert settled(*done) == done


@given(st.lists(ITEMS, max_size=10), st.lists(ITEMS, max_size=6), st.booleans())
def test_a_longer_history_begins_with_the_shorter_one(
    first: list[JsonObject], more: list[JsonObject], floor: bool
) -> None:
    """Prompt caches hold only then. A history with open calls is the exception, and is never sent."""
    before = settle(first, reasoning_floor=floor)
    if any(item.get("output") == NO_OUTPUT for item in before):
        return
    user = say("user", "next")
    after = settle([*first, user, *more], reasoning_floor=floor)
    assert after[: len(before) + 1] == [*before, user]
