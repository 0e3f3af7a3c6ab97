from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    Message,
    Part,
    Text,
    Tool,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses.losses import losses
from tests.wire.formats.openai_responses.kit import COMPATIBLE, DEEPSEEK, OPENAI, TOOLS, conversation

OURS, THEIRS = FormatName.OPENAI_RESPONSES, FormatName.ANTHROPIC_MESSAGES
BLIND = Dialect("blind", images=False)


def with_parts(*parts: Part, **fields: Any) -> Conversation:
    return conversation(Message("user", parts), **fields)


def search(origin: FormatName) -> Tool:
    return Tool("web_search", kind=ToolKind.SERVER, raw={"type": "web_search"}, origin=origin)


def unknown(kind: str, origin: FormatName = OURS) -> Unknown:
    return Unknown(origin, kind, {"type": kind})


IMAGE = Image("image/png", "AAAA")


@pytest.mark.parametrize(
    ("asked", "dialect", "codes"),
    [
        (conversation(tools=TOOLS), OPENAI, ()),
        (conversation(tools=TOOLS), DEEPSEEK, ()),
        (conversation(stop=("x",)), OPENAI, ("stop_sequences",)),
        (conversation(tools=(search(THEIRS),)), OPENAI, ("server_tools",)),
        (conversation(tools=(search(OURS),), format=OURS), OPENAI, ()),
        (conversation(tools=(search(OURS),), format=OURS), COMPATIBLE, ("server_tools",)),
        (with_parts(unknown("computer_call"), format=OURS), COMPATIBLE, ("server_tools",)),
        (with_parts(unknown("computer_call"), format=OURS), Dialect("hosting"), ()),
        (with_parts(unknown("encrypted_content"), format=OURS), COMPATIBLE, ("sealed_messages",)),
        (with_parts(unknown("encrypted_content"), format=OURS), OPENAI, ()),
        (conversation(format=OURS, compact=True), COMPATIBLE, ()),
        (with_parts(unknown("compaction"), format=OURS), COMPATIBLE, ("compaction",)),
        (with_parts(unknown("compaction"), format=OURS), OPENAI, ()),
        (with_parts(unknown("input_audio"), format=OURS), COMPATIBLE, ("unknown_parts",)),
        (with_parts(unknown("server_tool_use", THEIRS)), OPENAI, ("unknown_parts",)),
        (conversation(format=OURS, dropped=("previous_response_id",)), COMPATIBLE, ("server_state",)),
        (conversation(format=OURS, dropped=("previous_response_id",)), OPENAI, ()),
        (conversation(format=OURS, dropped=("store", "include")), COMPATIBLE, ()),
        (with_parts(IMAGE), OPENAI, ()),
        (with_parts(IMAGE), BLIND, ("images",)),
        (with_parts(ToolResult("c", (IMAGE,))), BLIND, ("images",)),
        (with_parts(Document("application/pdf", "AAAA")), BLIND, ("documents",)),
        (with_parts(Document("application/pdf", "AAAA")), COMPATIBLE, ("documents",)),
        (with_parts(Document("application/pdf", "AAAA")), OPENAI, ()),
        (with_parts(Document("text/plain", "AAAA")), BLIND, ()),
        (conversation(tools=TOOLS), Dialect("d", tools=False), ("tools",)),
        (with_parts(Text("x"), IMAGE, stop=("x",)), BLIND, ("stop_sequences", "images")),
    ],
)
def test_what_is_lost(asked: Conversation, dialect: Dialect, codes: tuple[str, ...]) -> None:
    assert losses(asked, dialect) == codes
