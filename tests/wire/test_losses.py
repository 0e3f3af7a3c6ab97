"""The checks that several formats make of a conversation."""

from coderouter_cli.domain.conversation import (
    Conversation,
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
from coderouter_cli.wire.losses import Check, loses_functions, loses_images, lost, parts_in, unknown_in

ANY, POOR = Dialect("any"), Dialect("poor", images=False, tools=False)
IMAGE = Image(url="u")
ODD = Unknown(FormatName.OPENAI_CHAT, "odd", {})


def asked(*parts: Part, tools: tuple[Tool, ...] = ()) -> Conversation:
    return Conversation(FormatName.OPENAI_CHAT, "m", (Message("user", parts),), tools=tools)


def test_parts_inside_results_are_seen() -> None:
    result = ToolResult("c", (Text("a"), IMAGE))
    assert list(parts_in(asked(ODD, result))) == [ODD, result, Text("a"), IMAGE]
    assert list(unknown_in(asked(ODD, result))) == [ODD]


def test_images_are_lost_where_they_are_refused() -> None:
    inside = asked(ToolResult("c", (IMAGE,)))
    assert loses_images(inside, POOR)
    assert not loses_images(inside, ANY)
    assert not loses_images(asked(Text("a")), POOR)


def test_functions_are_lost_where_they_are_refused() -> None:
    own, hosted = Tool("f"), Tool("search", kind=ToolKind.SERVER)
    assert loses_functions(asked(tools=(hosted, own)), POOR)
    assert not loses_functions(asked(tools=(own,)), ANY)
    assert not loses_functions(asked(tools=(hosted,)), POOR)


def test_codes_come_in_the_checks_order() -> None:
    checks: tuple[Check, ...] = (("tools", loses_functions), ("images", loses_images))
    assert lost(checks, asked(IMAGE, tools=(Tool("f"),)), POOR) == ("tools", "images")
    assert lost(checks, asked(IMAGE), POOR) == ("images",)
    assert lost(checks, asked(IMAGE), ANY) == ()
