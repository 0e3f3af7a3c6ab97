from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.anthropic_messages.history import as_input, history, leading_system
from coderouter_cli.wire.formats.anthropic_messages.media import NO_DOCUMENT
from coderouter_cli.wire.media import NO_IMAGE
from coderouter_cli.wire.reminder import reminder
from tests.wire.formats.anthropic_messages.kit import (
    CLAUDE,
    COMPATIBLE,
    DEEPSEEK,
    GPT,
    MESSAGES,
    NATIVE,
    RESPONSES,
    UUID,
    VENDOR,
    conversation,
)

HI = Message("user", (Text("Hi"),))
SAID = Message("assistant", (Text("Yes."),))
NOTE = Message("system", (Text("Note."),))
GO_ON = ("user", [{"type": "text", "text": "Continue."}])
FOLDED = {"type": "text", "text": reminder("Note.")}
PNG = Image("image/png", "AAAA")
RUN = Tool("run", "", {"type": "object"})
THINKS = replace(VENDOR, reasoning_content=True)
PDF = Document("application/pdf", "JVBERg==", name="a.pdf")


def turns(*messages: Message, dialect: Dialect = VENDOR, fold: bool = False) -> list[tuple[str, Any]]:
    return [
        (turn["role"], turn["content"])
        for turn in history(
            conversation(*messages),
            dialect,
            provider="anthropic" if dialect is VENDOR else "deepseek",
            fold=fold,
        )
    ]


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], [GO_ON]),
        ([NOTE], [GO_ON]),
        ([HI], [("user", [text("Hi")])]),
        ([SAID], [GO_ON, ("assistant", [text("Yes.")]), GO_ON]),
        ([HI, HI], [("user", [text("Hi"), text("Hi")])]),
        (
            [HI, SAID, SAID, HI],
            [("user", [text("Hi")]), ("assistant", [text("Yes."), text("Yes.")]), ("user", [text("Hi")])],
        ),
        ([HI, NOTE], [("user", [text("Hi")]), ("system", [text("Note.")])]),
        (
            [NOTE, HI, NOTE, NOTE, SAID, HI],
            [
                ("user", [text("Hi")]),
                ("system", [text("Note."), text("Note.")]),
                ("assistant", [text("Yes.")]),
                ("user", [text("Hi")]),
            ],
        ),
        ([HI, NOTE, HI], [("user", [text("Hi"), FOLDED, text("Hi")])]),
        ([HI, SAID, NOTE], [("user", [text("Hi")]), ("assistant", [text("Yes.")]), ("user", [FOLDED])]),
        (
            [HI, Message("system", (Text("Note."), PNG))],
            [
                (
                    "user",
                    [
                        text("Hi"),
                        FOLDED,
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
                        },
                    ],
                )
            ],
        ),
        ([HI, Message("user", (Text(" "), Text("\n")))], [("user", [text("Hi")])]),
    ],
)
def test_turns_stand_as_the_format_wants_them(messages: list[Message], expected: list[Any]) -> None:
    assert turns(*messages) == expected


def test_system_messages_fold_where_they_are_not_taken() -> None:
    assert turns(HI, NOTE, SAID, HI, fold=True)[0] == ("user", [text("Hi"), FOLDED])


def test_the_system_prompt_is_all_that_comes_before_the_first_turn() -> None:
    asked = conversation(NOTE, Message("system", (Text("More."), PNG)), HI, NOTE, system=(Text("Base."),))
    assert leading_system(asked) == (Text("Base."), Text("Note."), Text("More."))


def blocks(part: Part, role: str = "assistant", dialect: Dialect = VENDOR) -> list[Any]:
    """The blocks of one part, in a turn that has words too."""
    message = Message("assistant" if role == "assistant" else "user", (part, Text(".")))
    found = (
        turns(HI, SAID, message, dialect=dialect) if role == "user" else turns(HI, message, dialect=dialect)
    )
    content = found[2][1] if role == "user" else found[1][1]
    return [block for block in content if block != text(".")]


@pytest.mark.parametrize(
    ("part", "vendor", "compatible"),
    [
        (Refusal("No."), [text("No.")], [text("No.")]),
        (PNG, [text("[An image or document was here.]")], [text("[An image or document was here.]")]),
        (Reasoning("Hm."), [], [{"type": "thinking", "thinking": "Hm.", "signature": ""}]),
        (Reasoning(""), [], []),
        (
            Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE)),
            [{"type": "thinking", "thinking": "Hm.", "signature": NATIVE}],
            [],
        ),
        (
            Reasoning("", Opaque(MESSAGES, "redacted", NATIVE)),
            [{"type": "redacted_thinking", "data": NATIVE}],
            [],
        ),
        (
            Reasoning("Hm.", Opaque(MESSAGES, "signature", UUID)),
            [],
            [{"type": "thinking", "thinking": "Hm.", "signature": ""}],
        ),
        (
            Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "x")),
            [],
            [{"type": "thinking", "thinking": "Hm.", "signature": ""}],
        ),
        (Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "gAAAAABo")), [], []),
        (
            Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE, CLAUDE)),
            [{"type": "thinking", "thinking": "Hm.", "signature": NATIVE}],
            [],
        ),
        (
            Reasoning("", Opaque(MESSAGES, "redacted", NATIVE, CLAUDE)),
            [{"type": "redacted_thinking", "data": NATIVE}],
            [],
        ),
        (
            Reasoning("Hm.", Opaque(DEEPSEEK.format, "open", "", DEEPSEEK)),
            [],
            [{"type": "thinking", "thinking": "Hm.", "signature": ""}],
        ),
        (Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "gAAAAABo", GPT)), [], []),
        (Reasoning("Hm.", Opaque(MESSAGES, "signature", "cr1.damaged")), [], []),
        (Unknown(RESPONSES, "x", {"type": "x"}), [], []),
        (Unknown(MESSAGES, "x", {"type": "x"}), [{"type": "x"}], [{"type": "x"}]),
    ],
)
def test_parts_of_the_assistant(part: Part, vendor: list[Any], compatible: list[Any]) -> None:
    assert blocks(part) == vendor
    assert blocks(part, dialect=COMPATIBLE) == compatible


def test_thinking_of_the_vendor_is_kept_where_a_dialect_keeps_it() -> None:
    part = Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE))
    keeps = replace(COMPATIBLE, foreign_thinking="keep")
    assert blocks(part, dialect=keeps) == [{"type": "thinking", "thinking": "Hm.", "signature": NATIVE}]


def test_thinking_goes_with_the_tools_it_is_bound_to() -> None:
    """Codex asks for a summary of a history with calls, and offers no tools with it."""
    thought = Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE))
    made = Message("assistant", (thought, ToolCall("call_1", "run", "{}")))
    messages = (HI, made, Message("user", (ToolResult("call_1", (Text("ok"),)),)))
    for tools, dialect, kept in (((), VENDOR, False), ((RUN,), VENDOR, True), ((), THINKS, True)):
        asked = conversation(*messages, tools=tools)
        written = history(asked, dialect, provider="anthropic", fold=False)[1]["content"]
        assert [block["type"] for block in written] == ["thinking"] * kept + ["tool_use"]


def test_media_of_the_user() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}
    assert blocks(PDF, "user") == [{"type": "document", "source": source, "title": "a.pdf"}]
    assert blocks(PDF, "user", COMPATIBLE) == [text(NO_DOCUMENT)]
    assert blocks(PNG, "user", COMPATIBLE) == [text(NO_IMAGE)]
    assert blocks(Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE)), "user") == []


CALL = Message("assistant", (ToolCall("t", "read", "{}"),))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (ToolResult("t", ()), {}),
        (ToolResult("t", (Text("a"), Text("b"))), {"content": "a\nb"}),
        (ToolResult("t", (Text(" "),), is_error=True), {"is_error": True}),
        (
            ToolResult("t", (Text("a"), PNG, Text(""))),
            {
                "content": [
                    text("a"),
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
                    },
                ]
            },
        ),
    ],
)
def test_results(result: ToolResult, expected: dict[str, Any]) -> None:
    block = turns(HI, CALL, Message("user", (result,)))[2][1][0]
    assert block == {"type": "tool_result", "tool_use_id": "t", **expected}


def test_a_call_without_thinking_gets_some_where_a_provider_insists() -> None:
    floor = {"type": "thinking", "thinking": " ", "signature": ""}
    use = {"type": "tool_use", "id": "t", "name": "read", "input": {}}
    assert turns(HI, CALL, dialect=COMPATIBLE)[1] == ("assistant", [floor, use])
    assert turns(HI, CALL)[1] == ("assistant", [use])


@pytest.mark.parametrize(
    ("arguments", "kind", "expected"),
    [
        ('{"a": [1]}', ToolKind.FUNCTION, {"a": [1]}),
        ("", ToolKind.FUNCTION, {}),
        (" \n", ToolKind.FUNCTION, {}),
        ("[1]", ToolKind.FUNCTION, {"input": "[1]"}),
        ('{"a": ', ToolKind.FUNCTION, {"input": '{"a": '}),
        ("[" * 100_000, ToolKind.FUNCTION, {"input": "[" * 100_000}),
        ("*** Begin", ToolKind.CUSTOM, {"input": "*** Begin"}),
        ("", ToolKind.CUSTOM, {"input": ""}),
        ('{"a": 1}', ToolKind.CUSTOM, {"input": '{"a": 1}'}),
    ],
)
def test_arguments_become_an_object(arguments: str, kind: ToolKind, expected: dict[str, Any]) -> None:
    assert as_input(ToolCall("t", "f", arguments, kind)) == expected
