"""What only the vendor of a request's own format can give."""

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    JsonObject,
    Message,
    Part,
    Text,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.registry import format_of

MESSAGES, RESPONSES, CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
HELLO = [{"role": "user", "content": "Hi"}]


def asked(origin: FormatName, **fields: object) -> Conversation:
    """A client's request with these fields, as it is read."""
    hello: JsonObject = {"input": "Hi"} if origin is RESPONSES else {"messages": HELLO}
    return format_of(origin).parse({"model": "m", "max_tokens": 9, **hello, **fields})


def holding(origin: FormatName, part: Part) -> Conversation:
    return Conversation(format=origin, model="m", messages=(Message("user", (part,)),))


def compatible(*refused: str) -> Dialect:
    return Dialect("d", drop_fields=frozenset(refused))


def lost(conversation: Conversation, target: FormatName, dialect: Dialect | None = None) -> tuple[str, ...]:
    return format_of(target).losses(conversation, dialect or compatible())


@pytest.mark.parametrize(
    ("origin", "fields", "code"),
    [
        (MESSAGES, {"mcp_servers": [{"type": "url"}]}, "server_tools"),
        (MESSAGES, {"container": "c_1"}, "server_state"),
        (MESSAGES, {"inference_geo": "us"}, "data_residency"),
        (MESSAGES, {"context_management": {"edits": [{"type": "compact_20260112"}]}}, "compaction"),
        (RESPONSES, {"previous_response_id": "resp_1"}, "server_state"),
        (RESPONSES, {"background": True}, "server_state"),
        (RESPONSES, {"context_management": [{"type": "compaction"}]}, "compaction"),
        (RESPONSES, {"include": ["message.output_text.logprobs"]}, "logprobs"),
        (RESPONSES, {"top_logprobs": 3}, "logprobs"),
        (CHAT, {"logprobs": True}, "logprobs"),
        (CHAT, {"modalities": ["text", "audio"]}, "audio"),
        (CHAT, {"moderation": {"model": "m"}}, "moderation"),
        (RESPONSES, {"moderation": {"model": "m"}}, "moderation"),
        (CHAT, {"logit_bias": {"50256": -100}}, "logit_bias"),
        (CHAT, {"messages": [{**HELLO[0], "name": "ann"}, {**HELLO[0], "name": "bob"}]}, "speakers"),
    ],
)
def test_a_field_that_another_format_has_no_place_for_is_a_loss(
    origin: FormatName, fields: JsonObject, code: str
) -> None:
    for target in FormatName:
        if target is not origin:
            assert lost(asked(origin, **fields), target) == (code,)
    assert lost(asked(origin, **fields), origin, Dialect("own", vendor=origin)) == ()


@pytest.mark.parametrize(
    ("origin", "fields"),
    [
        (MESSAGES, {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}}),
        (MESSAGES, {"inference_geo": "global", "speed": "fast", "top_k": 4, "diagnostics": {}}),
        (RESPONSES, {"background": False, "store": True, "include": ["reasoning.encrypted_content"]}),
        (RESPONSES, {"truncation": "auto", "metadata": {"a": "b"}, "max_tool_calls": 3}),
        (CHAT, {"logprobs": False, "modalities": ["text"], "seed": 1, "verbosity": "low"}),
        (CHAT, {"logit_bias": {}, "messages": [{**HELLO[0], "name": "ann"}, {**HELLO[0], "name": "ann"}]}),
    ],
)
def test_a_wish_is_none(origin: FormatName, fields: JsonObject) -> None:
    for target in FormatName:
        assert lost(asked(origin, **fields), target) == ()


def test_a_field_of_the_same_format_is_lost_only_where_it_is_refused() -> None:
    logprobs = asked(CHAT, logprobs=True)
    assert lost(logprobs, CHAT) == ()
    assert lost(logprobs, CHAT, compatible("logprobs")) == ("logprobs",)


def test_what_one_provider_keeps_no_other_has() -> None:
    assert lost(asked(RESPONSES, previous_response_id="resp_1"), RESPONSES) == ("server_state",)
    assert lost(asked(MESSAGES, container="c_1"), MESSAGES) == ("server_state",)


@pytest.mark.parametrize("kind", ["compaction", "context_compaction", "compaction_summary"])
def test_a_history_that_only_openai_can_read_stays_with_openai(kind: str) -> None:
    conversation = holding(RESPONSES, Unknown(RESPONSES, kind, {"type": kind}))
    for target in FormatName:
        assert lost(conversation, target) == ("compaction",)
    assert lost(conversation, RESPONSES, Dialect("openai", vendor=RESPONSES)) == ()


def test_documents_that_must_be_cited_stay_with_anthropic() -> None:
    conversation = holding(MESSAGES, Document("text/plain", "YQ==", cited=True))
    for target in FormatName:
        assert lost(conversation, target) == ("citations",)
    assert lost(conversation, MESSAGES, Dialect("anthropic", vendor=MESSAGES)) == ()


def test_the_wish_for_citations_is_read() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "a"}
    for citations, cited in (({"enabled": True}, True), ({"enabled": False}, False), (None, False)):
        block = {"type": "document", "source": source, "citations": citations}
        conversation = asked(MESSAGES, messages=[{"role": "user", "content": [block]}])
        (part,) = conversation.messages[0].parts
        assert isinstance(part, Document)
        assert part.cited is cited


def test_what_is_said_about_a_document_is_read_before_it() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "YQ=="}
    block = {"type": "document", "source": source, "context": "Of March."}
    call = {"type": "tool_use", "id": "c", "name": "find", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "c", "content": [block]}
    said = [
        {"role": "user", "content": [block]},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    first, _, last = asked(MESSAGES, messages=said).messages
    expected = (Text("About the next document: Of March."), Document("application/pdf", "YQ=="))
    assert first.parts == expected
    assert isinstance(last.parts[0], ToolResult)
    assert last.parts[0].parts == expected


def found(**more: object) -> list[JsonObject]:
    """A search's result in a user's words, and in a tool's."""
    block = {
        "type": "search_result",
        "source": "s",
        "title": "t",
        "content": [{"type": "text", "text": "Dusk."}],
    }
    result = {"type": "tool_result", "tool_use_id": "c", "content": [{**block, **more}]}
    call = {"type": "tool_use", "id": "c", "name": "find", "input": {}}
    return [
        {"role": "user", "content": [{**block, **more}]},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]


def test_what_a_search_found_is_lost_only_where_it_must_be_cited() -> None:
    cited = {"citations": {"enabled": True}}
    for messages in (found(**cited)[:1], [*found()[:2], *found(**cited)[2:]]):
        for target in FormatName:
            assert lost(asked(MESSAGES, messages=messages), target) == ("citations",)
        assert lost(asked(MESSAGES, messages=messages), MESSAGES, Dialect("own", vendor=MESSAGES)) == ()
    for target in FormatName:
        conversation = asked(MESSAGES, messages=found())
        assert lost(conversation, target) == ()
    texts = [part for message in conversation.messages for part in message.parts if isinstance(part, Text)]
    assert "Dusk." in texts[0].text


def test_the_beginning_of_an_answer_stays_with_messages() -> None:
    prefilled = asked(MESSAGES, messages=[*HELLO, {"role": "assistant", "content": "{"}])
    assert lost(prefilled, MESSAGES) == ()
    assert lost(prefilled, RESPONSES) == lost(prefilled, CHAT) == ("prefill",)
    said = asked(CHAT, messages=[*HELLO, {"role": "assistant", "content": "{"}])
    assert lost(said, RESPONSES) == ()


def test_anthropics_summaries_are_read_anywhere() -> None:
    block = {"type": "compaction", "content": "Did a."}
    failed = {"type": "compaction", "content": None}
    said = [{"role": "assistant", "content": [block, failed]}, *HELLO]
    conversation = asked(MESSAGES, messages=said)
    (part,) = conversation.messages[0].parts
    assert isinstance(part, Text)
    assert "Did a." in part.text
    assert lost(conversation, RESPONSES) == ()


def test_a_file_by_id_inside_a_result_is_not_lost_silently() -> None:
    output = [{"type": "input_file", "file_id": "file-1"}]
    items = [
        {"type": "function_call", "call_id": "c", "name": "a", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": output},
    ]
    conversation = asked(RESPONSES, input=items)
    assert any(isinstance(part, ToolResult) for message in conversation.messages for part in message.parts)
    for target in FormatName:
        assert "unknown_parts" in lost(conversation, target)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "file", "file": {"file_id": "file-1"}}]},
    ],
)
def test_what_only_openai_keeps_in_a_chat_is_not_lost_silently(message: JsonObject) -> None:
    conversation = asked(CHAT, messages=[*HELLO, message, *HELLO])
    for target in FormatName:
        assert "unknown_parts" in lost(conversation, target)
    assert lost(conversation, CHAT, Dialect("openai", vendor=CHAT)) == ()
