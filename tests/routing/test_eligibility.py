"""The gate: what a request needs, and which models it shuts out."""

from dataclasses import replace
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
    ToolChoice,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.model import Capabilities
from coderouter_cli.routing.eligibility import losses
from coderouter_cli.routing.request import Offer, RouteRequest
from tests.routing.field import REQUEST, TALK, model, offer, target

BASH = Tool("Bash", schema={})
SEARCH = Tool("web_search", kind=ToolKind.SERVER)
COMPUTER = Tool(
    "computer",
    kind=ToolKind.SERVER,
    raw={"type": "computer_1", "name": "computer"},
    origin=FormatName.ANTHROPIC_MESSAGES,
)


def asking(**fields: Any) -> RouteRequest:
    return replace(REQUEST, conversation=replace(TALK, **fields))


def sent(*parts: Part) -> tuple[Message, ...]:
    return (Message("user", parts),)


PNG = Image(media_type="image/png", data="aGk=")
PDF = Document(media_type="application/pdf", data="aGk=")
ABLE = Capabilities(server_tools=True, computer_tools=("computer_1",))


@pytest.mark.parametrize(
    ("request_", "able", "code"),
    [
        (asking(messages=sent(Text("x"), PNG)), Capabilities(vision=False), "images"),
        (asking(messages=sent(ToolResult("c", (PNG,)))), Capabilities(vision=False), "images"),
        (asking(messages=sent(PDF)), Capabilities(vision=False), "documents"),
        (asking(tools=(BASH,)), Capabilities(tools=False), "tools"),
        (
            asking(tool_choice=ToolChoice("required")),
            Capabilities(forced_tool_choice=False),
            "forced_tool_choice",
        ),
        (
            asking(tool_choice=ToolChoice("tool", "Bash")),
            Capabilities(forced_tool_choice=False),
            "forced_tool_choice",
        ),
        (asking(tools=(SEARCH,)), Capabilities(), "server_tools"),
        (asking(tools=(COMPUTER,)), Capabilities(server_tools=True), "computer_tool"),
        (asking(tools=(COMPUTER,)), replace(ABLE, computer_tools=("computer_2",)), "computer_tool"),
        (
            asking(output_schema={"type": "object"}),
            Capabilities(structured_output=False),
            "structured_output",
        ),
        (asking(temperature=0.0), Capabilities(sampling=False), "sampling"),
        (asking(top_p=0.9), Capabilities(sampling=False), "sampling"),
        (asking(thinking=False), Capabilities(thinking_can_be_off=False), "thinking_off"),
    ],
)
def test_a_missing_capability(request_: RouteRequest, able: Capabilities, code: str) -> None:
    assert losses(request_, offer(model("haiku", able=able))) == (code,)
    assert losses(request_, offer(model("haiku", able=ABLE))) == ()


WEAK = Capabilities(
    vision=False,
    tools=False,
    forced_tool_choice=False,
    sampling=False,
    thinking_can_be_off=False,
    structured_output=False,
)


@pytest.mark.parametrize(
    "conversation",
    [
        TALK,
        replace(TALK, tool_choice=ToolChoice("auto"), temperature=1.0, thinking=True, effort="max"),
        replace(TALK, tool_choice=ToolChoice("none"), thinking=None, max_output=4_000),
    ],
)
def test_what_is_not_asked_for_is_not_lost(conversation: Conversation) -> None:
    assert losses(replace(REQUEST, conversation=conversation), offer(model("haiku", able=WEAK))) == ()


@pytest.mark.parametrize(
    ("offered", "codes"),
    [
        (offer("haiku"), ()),
        (offer("haiku", available=False), ("unavailable",)),
        (offer("haiku", losses=("compaction", "images")), ("compaction", "images")),
        (offer(model("haiku", max_input=59_999)), ("max_input",)),
        (offer(model("haiku", max_input=60_000)), ()),
        (offer(model("haiku", max_input=70_000, token_factor=1.3)), ("max_input",)),
        (offer(model("haiku", legacy=True)), ("legacy",)),
        (offer(model("haiku", scored=False)), ("no_quality_score",)),
        (
            offer(model("haiku", scored=False, legacy=True), available=False),
            ("unavailable", "legacy", "no_quality_score"),
        ),
    ],
)
def test_other_reasons(offered: Offer, codes: tuple[str, ...]) -> None:
    assert losses(REQUEST, offered) == codes


@pytest.mark.parametrize(("wanted", "fits"), [(8_000, True), (16_000, True), (128_000, True), (None, True)])
def test_a_large_output_limit_is_only_an_upper_bound(wanted: int | None, *, fits: bool) -> None:
    assert (losses(asking(max_output=wanted), offer(model("haiku", max_output=64_000))) == ()) is fits


def test_answers_that_are_too_short_are_a_loss() -> None:
    short = offer(model("haiku", max_output=8_000))
    assert losses(asking(max_output=8_000), short) == ()
    assert losses(asking(max_output=8_001), short) == ("max_output",)
    assert losses(asking(max_output=128_000), short) == ("max_output",)


def test_a_legacy_model_serves_whoever_asked_for_it_or_has_it_at_work() -> None:
    legacy = offer(model("opus-4-7", legacy=True))
    assert losses(REQUEST, legacy) == ("legacy",)
    assert losses(replace(REQUEST, incumbent="opus-4-7"), legacy) == ()
    assert losses(replace(REQUEST, direct=target(model("opus-4-7"))), legacy) == ()


def test_a_loss_of_wire_and_model_is_named_once() -> None:
    blind = offer(model("haiku", able=Capabilities(vision=False)), losses=("images",))
    assert losses(asking(messages=sent(PNG)), blind) == ("images",)
