import pytest

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
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
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_responses.compaction import ORDER, compaction_item
from coderouter_cli.wire.formats.openai_responses.items import parse_items
from tests.wire.formats.openai_responses.kit import GPT, call, result, say, sealed

FORMAT = FormatName.OPENAI_RESPONSES
FOUND = "These tools can be called now: agents--spawn."


def messages(*items: JsonObject) -> tuple[Message, ...]:
    return parse_items(list(items), "input")[0]


def only(item: JsonObject) -> Part:
    (message,) = messages(item)
    (part,) = message.parts
    return part


def test_items_of_one_role_are_one_message() -> None:
    reasoning: JsonObject = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [],
        "encrypted_content": "gAAA",
        "content": None,
    }
    custom = {
        "type": "custom_tool_call",
        "call_id": "c2",
        "name": "exec",
        "namespace": "functions",
        "input": "1",
    }
    assert messages(
        say("developer", "rules"),
        {"role": "system", "content": "more rules"},
        say("user", "environment"),
        say("user", "hi"),
        reasoning,
        say("assistant", "Looking."),
        call("c1", arguments='{"cmd":"ls"}'),
        custom,
        result("c1"),
        result("c2", [{"type": "input_text", "text": "one"}], "custom_tool_call_output"),
        say("assistant", "Done."),
    ) == (
        Message("system", (Text("rules"), Text("more rules"))),
        Message("user", (Text("environment"), Text("hi"))),
        Message(
            "assistant",
            (
                Reasoning("", Opaque(FORMAT, "encrypted", "gAAA"), "rs_1"),
                Text("Looking."),
                ToolCall("c1", "shell", '{"cmd":"ls"}'),
                ToolCall("c2", "exec", "1", ToolKind.CUSTOM, "functions"),
            ),
        ),
        Message(
            "user",
            (ToolResult("c1", (Text("ok"),)), ToolResult("c2", (Text("one"),), kind=ToolKind.CUSTOM)),
        ),
        Message("assistant", (Text("Done."),)),
    )


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"type": "output_text", "text": "x", "annotations": []}, Text("x")),
        ({"type": "summary_text", "text": "x"}, Text("x")),
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        (
            {"type": "input_text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}},
            Text("x", "5m"),
        ),
        (
            {
                "type": "input_text",
                "text": "x",
                "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
            },
            Text("x", "1h"),
        ),
        (
            {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "original"},
            Image("image/png", "AAAA", detail="original"),
        ),
        (
            {"type": "input_image", "image_url": "https://example.org/a.png"},
            Image(url="https://example.org/a.png"),
        ),
        (
            {"type": "input_file", "file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"},
            Document("application/pdf", "AAAA", name="a.pdf"),
        ),
        (
            {"type": "input_file", "file_url": "https://example.org/a.pdf"},
            Document(url="https://example.org/a.pdf"),
        ),
    ],
)
def test_content_parts(content: JsonObject, part: Part) -> None:
    assert only({"type": "message", "role": "user", "content": [content]}) == part


@pytest.mark.parametrize("kind", ["input_image", "input_file", "input_audio"])
def test_content_that_lives_elsewhere_is_kept_whole(kind: str) -> None:
    part = {"type": kind, "file_id": "file-1"}
    assert only({"role": "user", "content": [part]}) == Unknown(FORMAT, kind, part)
    (said,) = messages(result("c", [part]))
    assert said.parts == (ToolResult("c", ()), Unknown(FORMAT, kind, part))


def test_an_envelope_is_opened_where_its_text_is_as_it_was() -> None:
    item = sealed(GPT, "hm", "encrypted", "gAAA")
    assert only(item) == Reasoning("hm", Opaque(FORMAT, "encrypted", "gAAA", GPT))
    envelope = item["encrypted_content"]
    assert only({**item, "summary": []}) == Reasoning("", Opaque(FORMAT, "encrypted", envelope))


def test_reasoning_in_the_open_is_joined() -> None:
    item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
        "content": [{"type": "text", "text": "c"}],
    }
    assert only(item) == Reasoning("a\n\nb\n\nc")
    assert only({**item, "encrypted_content": "another provider's"}) == Reasoning("a\n\nb\n\nc")


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("computer_call", "assistant"),
        ("computer_call_output", "user"),
        ("code_interpreter_call", "assistant"),
        ("compaction", "assistant"),
        ("program", "assistant"),
        ("mcp_approval_response", "user"),
    ],
)
def test_unknown_items_stay_on_the_side_that_made_them(kind: str, role: str) -> None:
    item = {"type": kind, "id": "x"}
    (message,) = messages(item)
    assert message == Message("user" if role == "user" else "assistant", (Unknown(FORMAT, kind, item),))


@pytest.mark.parametrize(
    "item",
    [
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "x"}},
        {"type": "configuration_update", "id": "cu_1", "reasoning": {"effort": "low"}},
        {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "s", "tools": []},
        {"type": "tool_search_call", "execution": "server", "arguments": {"paths": ["crm"]}},
        {"type": "tool_search_output", "execution": "server", "tools": []},
        {"type": "image_generation_call", "id": "ig_1", "result": None},
    ],
)
def test_items_that_need_no_counterpart_leave_nothing(item: JsonObject) -> None:
    assert messages(item) == ()


def test_what_an_agent_writes_to_another_is_text_unless_openai_has_sealed_it() -> None:
    head = {"type": "input_text", "text": "Sender: /root\nPayload:\n"}
    plain = {"type": "encrypted_content", "encrypted_content": "look at a.py"}
    sealed = {"type": "encrypted_content", "encrypted_content": "gAAAAABo"}
    item = {"type": "agent_message", "author": "/root", "recipient": "/root/t"}
    (said,) = messages({**item, "content": [head, plain]})
    assert said == Message("user", (Text("Sender: /root\nPayload:\n"), Text("look at a.py")))
    (said,) = messages({**item, "content": [head, sealed]})
    assert said.parts[1] == Unknown(FORMAT, "encrypted_content", sealed)


def test_an_image_that_openai_made_is_shown() -> None:
    item = {"type": "image_generation_call", "id": "ig_1", "result": "AAAA", "output_format": "webp"}
    (said,) = messages(item)
    assert said == Message("user", (Text("[Generated image]"), Image("image/webp", "AAAA")))


def test_a_summary_of_ours_is_read_and_openais_is_kept() -> None:
    (said,) = messages(compaction_item("Did a. b is left.", "cmp_1"))
    (text,) = said.parts
    assert isinstance(text, Text)
    assert "Did a. b is left." in text.text
    sealed = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAAAABo"}
    assert only(sealed) == Unknown(FORMAT, "compaction", sealed)


def test_a_trigger_is_an_order_in_words() -> None:
    assert only({"type": "compaction_trigger"}) == Text(ORDER)


def test_a_clients_own_search_for_tools_is_a_call_and_declares_what_it_found() -> None:
    found = [{"type": "namespace", "name": "agents", "tools": [{"type": "function", "name": "spawn"}]}]
    call = {"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {"query": "x"}}
    output = {"type": "tool_search_output", "call_id": "c", "execution": "client", "tools": found}
    read, tools = parse_items([call, output], "input")
    assert read == (
        Message("assistant", (ToolCall("c", "tool_search", '{"query": "x"}', ToolKind.CLIENT),)),
        Message("user", (ToolResult("c", (Text(FOUND),), kind=ToolKind.CLIENT),)),
    )
    assert [(tool.namespace, tool.name) for tool in tools] == [("agents", "spawn")]


def test_ids_of_calls_may_be_missing() -> None:
    assert only({"type": "function_call", "id": "fc_1", "name": "a", "arguments": "{}"}) == ToolCall(
        "fc_1", "a", "{}"
    )
    assert only({"type": "function_call_output", "output": "x"}) == ToolResult("", (Text("x"),))


def test_tools_added_inside_the_history_are_tools() -> None:
    added = {
        "type": "additional_tools",
        "role": "developer",
        "tools": [
            {
                "type": "namespace",
                "name": "clock",
                "description": "",
                "tools": [{"type": "custom", "name": "x"}],
            }
        ],
    }
    found, tools = parse_items([say("user", "a"), added, say("user", "b")], "input")
    assert found == (Message("user", (Text("a"), Text("b"))),)
    assert [(tool.namespace, tool.name, tool.kind) for tool in tools] == [("clock", "x", ToolKind.CUSTOM)]


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ({"type": "message", "role": "tool", "content": "x"}, "`input[0].role`"),
        ({"type": "message", "role": "user"}, "`input[0].content`"),
        ({"type": "message", "role": "user", "content": 4}, "`input[0].content`"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "`input[0].content[0].text`"),
        ({"role": "user", "content": [{}]}, "`input[0].content[0].type`"),
        ({"type": "function_call", "call_id": "c", "name": "x"}, "`input[0].arguments`"),
        ({"type": "custom_tool_call", "call_id": "c", "name": "x"}, "`input[0].input`"),
        ({"type": "function_call_output", "call_id": "c"}, "`input[0].output`"),
        ({"type": "reasoning", "summary": [{"type": "summary_text"}]}, "`input[0].summary.text`"),
        ({"type": 3}, "`input[0].type`"),
        ({"text": "x"}, "`input[0].type`"),
        ({"type": "additional_tools"}, "`input[0].tools`"),
    ],
)
def test_a_wrong_item_is_named(item: JsonObject, named: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        messages(item)
    assert named in raised.value.what


@pytest.mark.parametrize("item", [{"type": "item_reference", "id": "msg_1"}, {"id": "msg_1"}])
def test_a_reference_to_a_kept_item_cannot_be_served(item: JsonObject) -> None:
    with pytest.raises(BadRequestError, match="kept elsewhere") as raised:
        messages(item)
    assert "Send the item itself." in raised.value.sentence()
