from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.wire.formats.anthropic_messages import (
    ANTHROPIC_MESSAGES,
    has_written_inputs,
    needs_repair,
)
from coderouter_cli.wire.formats.anthropic_messages.losses import losses
from tests.wire.formats.anthropic_messages.claude_code import request
from tests.wire.formats.anthropic_messages.kit import (
    CLAUDE,
    COMPATIBLE,
    MESSAGES,
    NATIVE,
    RESPONSES,
    UUID,
    VENDOR,
    conversation,
)

IMAGE = Image("image/png", "A")
PDF = Document("application/pdf", "A")
WORD = Document("application/msword", "A")
NOTE = Document("text/plain", "YQ==")
SEARCH = Tool("web_search", kind=ToolKind.SERVER, raw={"type": "web_search_20250305"}, origin=MESSAGES)


def own(*parts: Part, **fields: Any) -> Conversation:
    return Conversation(**{"format": MESSAGES, "model": "m", "messages": (Message("user", parts),), **fields})


def unknown(kind: str) -> Unknown:
    return Unknown(MESSAGES, kind, {"type": kind})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (own(Text("Hi")), ()),
        (own(IMAGE), ("images",)),
        (own(ToolResult("t", (IMAGE,))), ("images",)),
        (own(PDF), ("documents",)),
        (own(ToolResult("t", (PDF,))), ("documents",)),
        (own(NOTE), ()),
        (own(tools=(SEARCH,)), ("server_tools",)),
        (own(unknown("server_tool_use")), ("server_tools",)),
        (own(unknown("web_search_tool_result")), ("server_tools",)),
        (own(unknown("container_upload")), ("unknown_parts",)),
        (own(dropped=("mcp_servers", "container")), ("server_tools", "server_state")),
        (own(dropped=("context_management",)), ()),
        (own(output_schema={}, stop=("x",)), ()),
        (own(Reasoning("Hm."), ToolCall("Bash:0", "Bash", "{}")), ()),
    ],
)
def test_what_another_provider_cannot_be_told(asked: Conversation, expected: tuple[str, ...]) -> None:
    assert losses(asked, COMPATIBLE) == expected
    assert losses(asked, VENDOR) == ()


def test_what_a_dialect_drops_is_lost() -> None:
    refuses = replace(COMPATIBLE, tools=False, drop_fields=frozenset({"output_config", "stop_sequences"}))
    asked = own(tools=(Tool("read"),), output_schema={"type": "object"}, stop=("x",))
    assert losses(asked, refuses) == ("tools", "structured_output", "stop_sequences")
    assert losses(own(unknown("server_tool_use")), replace(COMPATIBLE, drop_server_tools=False)) == ()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text("Hi"), ()),
        (IMAGE, ()),
        (PDF, ()),
        (Document(url="u"), ()),
        (NOTE, ()),
        (WORD, ("documents",)),
        (Unknown(RESPONSES, "computer_call", {}), ("unknown_parts",)),
        (Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "x")), ()),
    ],
)
def test_what_the_vendor_cannot_be_told_of_another_format(part: Part, expected: tuple[str, ...]) -> None:
    assert losses(conversation(Message("user", (part,))), VENDOR) == expected


def test_hosted_tools_of_another_format_are_lost() -> None:
    asked = conversation(tools=(replace(SEARCH, origin=RESPONSES),), dropped=("container",))
    assert losses(asked, VENDOR) == ("server_tools",)


def test_claude_codes_own_requests_lose_nothing() -> None:
    asked = ANTHROPIC_MESSAGES.parse(request())
    assert losses(asked, COMPATIBLE) == ()
    assert losses(asked, VENDOR) == ()
    assert not needs_repair(asked)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text("Hi"), False),
        (ToolCall("toolu_1", "f", "{}"), False),
        (ToolCall("Bash:0", "f", "{}"), True),
        (Reasoning("", Opaque(MESSAGES, "signature", NATIVE)), False),
        (Reasoning("", Opaque(MESSAGES, "redacted", NATIVE)), False),
        (Reasoning("Hm.", Opaque(MESSAGES, "signature", UUID)), True),
        (Reasoning("Hm."), True),
        (Reasoning("Hm.", Opaque(MESSAGES, "signature", NATIVE, CLAUDE)), True),
        (Reasoning("Hm.", Opaque(MESSAGES, "signature", "cr1.damaged")), True),
    ],
)
def test_a_history_that_the_vendor_would_refuse_is_known(part: Part, expected: bool) -> None:
    assert needs_repair(own(part)) is expected


@pytest.mark.parametrize(("given", "expected"), [({}, False), ("{}", True), ('{"a', True)])
def test_an_input_that_is_text_is_known(given: Any, expected: bool) -> None:
    use = {"type": "tool_use", "id": "t", "name": "f", "input": given}
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [use]}]
    assert has_written_inputs({"messages": said}) is expected
