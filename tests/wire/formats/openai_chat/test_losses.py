"""What Chat cannot carry."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    Message,
    Opaque,
    Reasoning,
    Text,
    Tool,
    ToolChoice,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from tests.wire.formats.openai_chat.kit import COMPATIBLE, OPENAI

CLAUDE = FormatName.ANTHROPIC_MESSAGES
BLIND = replace(COMPATIBLE, images=False)
IMAGE = Image(data="AAAA")
PDF = Document(media_type="application/pdf", data="AAAA")
NOTE = Document(media_type="text/plain", data=base64.b64encode(b"x").decode())


def losses(*parts: Any, to: Dialect = OPENAI, **fields: Any) -> tuple[str, ...]:
    said = Message("user", (Text("Hi"), *parts))
    return OPENAI_CHAT.losses(
        Conversation(**{"format": CLAUDE, "model": "m", "messages": (said,), **fields}), to
    )


def test_an_ordinary_agents_request_loses_nothing() -> None:
    thinking = Reasoning("Hm", Opaque(CLAUDE, "signature", "sig"))
    tools = (Tool("f"), Tool("p", kind=ToolKind.CUSTOM), Tool("g", namespace="n"))
    for to in (OPENAI, COMPATIBLE):
        assert losses(thinking, IMAGE, NOTE, ToolResult("a", (IMAGE,)), tools=tools, stop=("a",), to=to) == ()


@pytest.mark.parametrize(
    ("parts", "to", "expected"),
    [
        ((IMAGE,), BLIND, ("images",)),
        ((ToolResult("a", (IMAGE,)),), BLIND, ("images",)),
        ((PDF,), OPENAI, ()),
        ((PDF,), COMPATIBLE, ("documents",)),
        ((ToolResult("a", (PDF,)),), COMPATIBLE, ("documents",)),
        ((Document(url="https://x/a.pdf"),), OPENAI, ("documents",)),
        ((Unknown(CLAUDE, "server_tool_use", {}),), OPENAI, ("unknown_parts",)),
        ((Unknown(FormatName.OPENAI_CHAT, "input_audio", {}),), OPENAI, ()),
        ((Unknown(FormatName.OPENAI_CHAT, "input_audio", {}),), COMPATIBLE, ("unknown_parts",)),
    ],
)
def test_parts(parts: tuple[Any, ...], to: Dialect, expected: tuple[str, ...]) -> None:
    assert losses(*parts, to=to) == expected


@pytest.mark.parametrize(
    ("fields", "to", "expected"),
    [
        ({"tools": (Tool("f"),)}, replace(OPENAI, tools=False), ("tools",)),
        ({"tools": (Tool("w", kind=ToolKind.SERVER, origin=CLAUDE),)}, OPENAI, ("server_tools",)),
        ({"tools": (Tool("w", kind=ToolKind.SERVER, origin=FormatName.OPENAI_CHAT),)}, OPENAI, ()),
        (
            {"tools": (Tool("w", kind=ToolKind.SERVER, origin=FormatName.OPENAI_CHAT),)},
            COMPATIBLE,
            ("server_tools",),
        ),
        (
            {"tool_choice": ToolChoice("required")},
            replace(OPENAI, drop_fields=frozenset({"tool_choice"})),
            ("tool_choice",),
        ),
        ({"tool_choice": ToolChoice("auto")}, replace(OPENAI, drop_fields=frozenset({"tool_choice"})), ()),
        (
            {"output_schema": {}},
            replace(OPENAI, drop_fields=frozenset({"response_format"})),
            ("structured_output",),
        ),
        ({"stop": ("a",)}, replace(OPENAI, drop_fields=frozenset({"stop"})), ("stop_sequences",)),
        ({"stop": tuple("abcde")}, OPENAI, ("stop_sequences",)),
        ({"messages": (Message("assistant", (Text("{"),)),)}, OPENAI, ("prefill",)),
        ({"messages": (Message("assistant", (Text("{"),)),), "format": FormatName.OPENAI_CHAT}, OPENAI, ()),
    ],
)
def test_fields(fields: dict[str, Any], to: Dialect, expected: tuple[str, ...]) -> None:
    assert losses(to=to, **fields) == expected


def test_the_old_functions_stay_at_openai_in_chat_but_may_be_translated() -> None:
    old = OPENAI_CHAT.parse(
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "functions": [{"name": "f"}]}
    )
    assert OPENAI_CHAT.losses(old, OPENAI) == ()
    assert OPENAI_CHAT.losses(old, COMPATIBLE) == ("functions",)


def test_several_losses_come_in_a_fixed_order() -> None:
    tools = (Tool("w", kind=ToolKind.SERVER),)
    assert losses(PDF, IMAGE, tools=tools, to=BLIND) == ("server_tools", "images", "documents")
