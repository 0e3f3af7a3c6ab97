import pytest

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
    Maker,
    Message,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses.history import history
from tests.wire.formats.openai_responses.kit import (
    CLAUDE,
    COMPATIBLE,
    DEEPSEEK,
    FLASH,
    GPT,
    OPENAI,
    call,
    conversation,
    result,
    say,
    thought,
)

ASK = ToolCall("c", "shell", "{}")
SEALED = Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA")
FOREIGN = [
    Opaque(FormatName.ANTHROPIC_MESSAGES, "redacted", "x"),
    Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "sig", CLAUDE),
    Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "x", Maker("xai", FormatName.OPENAI_RESPONSES, "grok")),
    Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "cr1.damaged"),
    Opaque(FormatName.OPENAI_RESPONSES, "open", "", GPT),
]
SIGNED = Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "sig")


def written(*messages: Message, dialect: Dialect = OPENAI, provider: str = "openai") -> list[JsonObject]:
    return history(conversation(*messages), dialect, provider)


def user(*parts: Part) -> Message:
    return Message("user", parts)


def assistant(*parts: Part) -> Message:
    return Message("assistant", parts)


def test_a_tool_loop() -> None:
    assert written(
        user(Text("hi"), Text("there")),
        assistant(Text("Looking."), ASK),
        user(ToolResult("c", (Text("a"), Text("b"))), Text("and?")),
        assistant(Text("Done."), Refusal("no")),
    ) == [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "hi"}, {"type": "input_text", "text": "there"}],
        },
        say("assistant", "Looking."),
        call("c"),
        result("c", "a\nb"),
        say("user", "and?"),
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Done."}, {"type": "refusal", "refusal": "no"}],
        },
    ]


@pytest.mark.parametrize(
    ("dialect", "item"),
    [
        (OPENAI, say("developer", "mode")),
        (COMPATIBLE, say("system", "mode")),
        (Dialect("d", fold_system=True), say("user", "<system-reminder>\nmode\n</system-reminder>")),
    ],
)
def test_a_system_message_in_mid_history_stays_in_place(dialect: Dialect, item: JsonObject) -> None:
    system = Message("system", (Text("mode"),))
    assert written(user(Text("a")), system, user(Text("b")), dialect=dialect) == [
        say("user", "a"),
        item,
        say("user", "b"),
    ]


def test_images_of_a_tool_stay_images() -> None:
    image = Image("image/png", "AAAA")
    shown = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
    items = written(assistant(ASK), user(ToolResult("c", (Text("see"), image))))
    assert items[1] == result("c", [{"type": "input_text", "text": "see"}, shown])


def test_images_are_never_text_where_they_are_refused() -> None:
    blind = Dialect("blind", images=False)
    image = Image("image/png", "AAAA")
    items = written(user(image), assistant(ASK), user(ToolResult("c", (image,))), dialect=blind)
    assert "AAAA" not in str(items)
    assert "input_image" not in str(items)


def test_media_of_the_assistant_leaves_a_note() -> None:
    items = written(assistant(Image("image/png", "AAAA"), Document("application/pdf", "AAAA")))
    assert {part["type"] for part in items[0]["content"]} == {"output_text"}
    assert "AAAA" not in str(items)


def test_a_failed_call_says_so() -> None:
    items = written(assistant(ASK), user(ToolResult("c", (Text("boom"),), is_error=True)))
    assert items[1] == result("c", "[The tool reported an error]\nboom")


def test_ids_and_names_are_made_safe_on_both_sides() -> None:
    long = "mcp__server__" + "x" * 80
    asked, answered = written(
        assistant(ToolCall("Bash:0", long, "{}")), user(ToolResult("Bash:0", (Text("x"),)))
    )
    assert asked["call_id"] == answered["call_id"]
    assert asked["call_id"].startswith("Bash_0_")
    assert len(asked["name"]) <= 64


def test_custom_calls_follow_the_dialect() -> None:
    custom = ToolCall("c", "apply_patch", "*** é", ToolKind.CUSTOM)
    answered = user(ToolResult("c", (Text("ok"),), kind=ToolKind.CUSTOM))
    assert written(assistant(custom), answered) == [
        {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** é"},
        result("c", kind="custom_tool_call_output"),
    ]
    assert written(assistant(custom), answered, dialect=COMPATIBLE) == [
        call("c", "apply_patch", '{"input": "*** é"}'),
        result("c"),
    ]


def test_encrypted_reasoning_goes_back_where_it_came_from() -> None:
    items = written(assistant(Reasoning("sum", SEALED, "rs_1"), Reasoning("", SEALED), Text("x")))
    assert items[:2] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "sum"}],
            "encrypted_content": "gAAA",
        },
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
    ]


def test_a_summary_of_several_parts_is_put_back_in_its_parts() -> None:
    opaque = Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA", GPT, cuts=(1, 4))
    item, _ = written(assistant(Reasoning("a\n\nb\n\nc", opaque), Text("x")))
    assert [part["text"] for part in item["summary"]] == ["a", "b\n\nc"]


def test_encrypted_reasoning_that_led_to_nothing_is_left_out() -> None:
    sealed = Reasoning("cut off", Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA", GPT))
    assert written(assistant(Text("x"), sealed), user(Text("Go on."))) == [
        say("assistant", "x"),
        say("user", "Go on."),
    ]


@pytest.mark.parametrize("opaque", [None, SIGNED, *FOREIGN])
def test_foreign_reasoning_is_dropped_whole(opaque: Opaque | None) -> None:
    assert written(assistant(Reasoning("secret", opaque), Text("x"))) == [say("assistant", "x")]


@pytest.mark.parametrize(
    ("reasoning", "text"),
    [
        (Reasoning("hm"), "hm"),
        (Reasoning("hm", SIGNED), "hm"),
        (Reasoning("", SEALED), " "),
        (Reasoning("hm", SEALED), " "),
        (Reasoning("hm", Opaque(FormatName.OPENAI_CHAT, "open", "", FLASH)), "hm"),
        (Reasoning("hm", Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "uuid", FLASH)), "hm"),
        *((Reasoning("hm", opaque), " ") for opaque in FOREIGN[1:]),
    ],
)
def test_deepseek_gets_the_text_of_its_own_reasoning(reasoning: Reasoning, text: str) -> None:
    said = (assistant(reasoning, ASK), user(ToolResult("c", (Text("ok"),))))
    items = written(*said, dialect=DEEPSEEK, provider="deepseek")
    assert items == [thought(text), call("c"), result("c")]


def test_unknown_parts_go_back_to_their_own_format() -> None:
    item = {"type": "web_search_call", "id": "ws"}
    audio = {"type": "input_audio", "data": "AAAA"}
    ours = FormatName.OPENAI_RESPONSES
    theirs = Unknown(FormatName.ANTHROPIC_MESSAGES, "container_upload", {"type": "container_upload"})
    assert written(
        assistant(Unknown(ours, "web_search_call", item)), user(Unknown(ours, "input_audio", audio), theirs)
    ) == [
        item,
        {"type": "message", "role": "user", "content": [audio]},
    ]
