"""Every client format against every provider format.

A request is written by hand in the client's format, read, written for the provider, and read again as
the provider would: what both can say must be the same. An answer is made of canonical events, written as
the provider would send it, read, written for the client and read as the client would.
"""

import copy
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    Image,
    JsonObject,
    Message,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.events import (
    Answer,
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.model import Capabilities, Dialect, Model
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.customtools import wrap
from coderouter_cli.wire.format import ReplyContext, WireFormat
from coderouter_cli.wire.registry import FORMATS, format_of
from coderouter_cli.wire.toolids import safe_id
from coderouter_cli.wire.toolnames import flat_name
from tests.wire.grammar import check_grammar, feed_all, parts_of, usage_of
from tests.wire.histories import rounds, sessions

CLAUDE, RESPONSES, CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
PAIRS = [(client, provider) for client in FORMATS for provider in FORMATS]
directions = pytest.mark.parametrize(
    ("client", "provider"), PAIRS, ids=[f"{one.name.value}-to-{two.name.value}" for one, two in PAIRS]
)
MODEL = Model(
    id="served",
    provider="p",
    family="f",
    max_input=1_000_000,
    max_output=100_000,
    capabilities=Capabilities(efforts=("none", "minimal", "low", "medium", "high", "xhigh", "max")),
    quality={},
    card=None,
    cache_ttl_s=300,
)


def vendor(name: FormatName) -> Dialect:
    """What the format's own vendor accepts."""
    return Dialect(f"{name.value}-vendor", vendor=name)


# One session, as each client writes it


SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
PNG = "iVBORw0KGgo="
TITLE = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}

CLAUDE_BODY: JsonObject = {
    "model": "claude-opus-5-5",
    "system": [
        {"type": "text", "text": "You are an agent."},
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
    ],
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Context."}, {"type": "text", "text": "Fix the bug."}],
        },
        {"role": "system", "content": "Plan mode is active."},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Two files.", "signature": "A" * 80},
                {"type": "text", "text": "Reading both."},
                {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a.py"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {"path": "shot.png"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": "No such file",
                    "is_error": True,
                },
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": [
                        {"type": "text", "text": "A picture:"},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                        },
                    ],
                },
                {"type": "text", "text": "Go on."},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Listing."},
                {"type": "tool_use", "id": "toolu_3", "name": "List", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_3",
                    "content": "b.py",
                    "cache_control": {"type": "ephemeral"},
                }
            ],
        },
    ],
    "tools": [
        {"name": "Read", "description": "Reads a file.", "input_schema": SCHEMA},
        {"name": "List", "description": "Lists files.", "input_schema": {"type": "object", "properties": {}}},
    ],
    "max_tokens": 32000,
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "high"},
    "stream": True,
}

RESPONSES_BODY: JsonObject = {
    "model": "gpt-5.5",
    "instructions": "You are an agent.",
    "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix the bug."}]},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Two."}],
            "encrypted_content": "gAAAA",
        },
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Patching."}]},
        {
            "type": "custom_tool_call",
            "call_id": "call_1",
            "name": "apply_patch",
            "input": "*** Begin Patch\n+ü\n*** End Patch",
        },
        {
            "type": "function_call",
            "call_id": "call_2",
            "name": "spawn_agent",
            "namespace": "collaboration",
            "arguments": '{"path":"x"}',
        },
        {"type": "function_call_output", "call_id": "call_2", "output": "started"},
        {
            "type": "custom_tool_call_output",
            "call_id": "call_1",
            "output": [{"type": "input_text", "text": "patched"}],
        },
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "Approvals are off."}],
        },
        {"type": "function_call", "call_id": "call_3", "name": "view_image", "arguments": '{"path":"i.png"}'},
        {
            "type": "function_call_output",
            "call_id": "call_3",
            "output": [{"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Done?"}]},
    ],
    "tools": [
        {
            "type": "function",
            "name": "view_image",
            "description": "Shows.",
            "parameters": SCHEMA,
            "strict": False,
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Patches.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"},
        },
        {
            "type": "namespace",
            "name": "collaboration",
            "description": "Agents.",
            "tools": [
                {
                    "type": "function",
                    "name": "spawn_agent",
                    "description": "Starts.",
                    "parameters": SCHEMA,
                    "strict": False,
                }
            ],
        },
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "medium"},
    "text": {"format": {"type": "json_schema", "name": "title", "schema": TITLE, "strict": True}},
    "max_output_tokens": 4000,
    "stream": True,
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "thread-1",
}

CHAT_BODY: JsonObject = {
    "model": "gpt-6-luna",
    "messages": [
        {"role": "system", "content": "You are an agent."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "See:"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            ],
        },
        {
            "role": "assistant",
            "content": "Reading.",
            "reasoning_content": "Hm",
            "tool_calls": [
                {
                    "id": "call_a",
                    "type": "function",
                    "function": {"name": "Read", "arguments": '{"path": "a"}'},
                },
                {"id": "call_b", "type": "custom", "custom": {"name": "ApplyPatch", "input": "*** Begin"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_a", "content": "text of a"},
        {"role": "tool", "tool_call_id": "call_b", "content": "ok"},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Go on."},
    ],
    "tools": [
        {"type": "function", "function": {"name": "Read", "description": "Reads.", "parameters": SCHEMA}},
        {"type": "custom", "custom": {"name": "ApplyPatch", "description": "Patches."}},
    ],
    "tool_choice": {"type": "function", "function": {"name": "Read"}},
    "max_completion_tokens": 4000,
    "temperature": 0.5,
    "stop": ["</block>"],
    "reasoning_effort": "low",
    "stream": True,
    "stream_options": {"include_usage": True},
}

BODIES = {CLAUDE: CLAUDE_BODY, RESPONSES: RESPONSES_BODY, CHAT: CHAT_BODY}


# What a conversation means, in what every format can say


@dataclass(frozen=True)
class Meaning:
    """A conversation without what only some formats can say.

    ``texts`` are (role, text); ``calls`` (id, provider's name, arguments); ``results`` (id, text).
    """

    system: str
    texts: list[tuple[str, str]]
    calls: list[tuple[str, str, Any]]
    results: list[tuple[str, str]]
    failed: list[str]
    images: list[str | None]
    tools: list[tuple[str, str, frozenset[str]]]


OURS = re.compile(
    r"\[The image follows[^\]]*\]|From tool call [^:]*:|\[[^\]]*tool[^\]]*(failed|error)[^\]]*\]"
)
"""What Chat and Responses say in words because they have no place for it."""


REMINDER = re.compile(r"<system-reminder>\n(.*?)\n</system-reminder>", re.DOTALL)


def meaning(conversation: Conversation) -> Meaning:
    parts = list(_all_parts(conversation))
    calls = [part for _, part in parts if isinstance(part, ToolCall)]
    results = [part for _, part in parts if isinstance(part, ToolResult)]
    return Meaning(
        system="\n\n".join(text.text for text in conversation.system),
        texts=list(_texts(parts)),
        calls=[(call.id, _name(call), _arguments(call)) for call in calls],
        results=[(result.call_id, _clean("\n".join(_plain(result.parts)))) for result in results],
        failed=[result.call_id for result in results if _is_failed(result)],
        images=[image.data for image in _images(parts)],
        tools=[_tool(tool) for tool in conversation.tools],
    )


def _all_parts(conversation: Conversation) -> Iterator[tuple[str, Part]]:
    return ((message.role, part) for message in conversation.messages for part in message.parts)


def _texts(parts: list[tuple[str, Part]]) -> Iterator[tuple[str, str]]:
    """Texts with their speaker; neighbours of one speaker are one.

    What a user says in a reminder is the system's, in the user's voice.
    """
    said = [
        ("system" if index % 2 else role, _clean(piece))
        for role, part in parts
        if isinstance(part, Text)
        for index, piece in enumerate(REMINDER.split(part.text))
    ]
    for role, group in itertools.groupby(filter(lambda pair: pair[1], said), key=lambda pair: pair[0]):
        yield role, "\n\n".join(text for _, text in group)


def _clean(text: str) -> str:
    return OURS.sub("", text).strip()


def _plain(parts: tuple[Part, ...]) -> list[str]:
    return [part.text for part in parts if isinstance(part, Text)]


def _is_failed(result: ToolResult) -> bool:
    return result.is_error or OURS.search("\n".join(_plain(result.parts))) is not None


def _arguments(call: ToolCall) -> Any:
    return json.loads(wrap(call.arguments) if call.kind is ToolKind.CUSTOM else call.arguments or "{}")


def _images(parts: list[tuple[str, Part]]) -> Iterator[Image]:
    for _, part in parts:
        if isinstance(part, Image):
            yield part
        elif isinstance(part, ToolResult):
            yield from (inner for inner in part.parts if isinstance(inner, Image))


def _tool(tool: Tool) -> tuple[str, str, frozenset[str]]:
    required = ["input"] if tool.kind is ToolKind.CUSTOM else (tool.schema or {}).get("required", [])
    return _name(tool), tool.description.partition("\n\nHere it is a function")[0], frozenset(required)


def _name(named: Tool | ToolCall) -> str:
    return named.name if named.namespace is None else flat_name(named.name, named.namespace)


def carried(client: WireFormat, provider: WireFormat) -> tuple[Conversation, Conversation]:
    """The client's request, and what the provider reads."""
    before = client.parse(copy.deepcopy(BODIES[client.name]))
    body = provider.render(before, MODEL, vendor(provider.name))
    return before, provider.parse(json.loads(json.dumps(body)))


@directions
def test_the_history_means_the_same(client: WireFormat, provider: WireFormat) -> None:
    before, after = (meaning(conversation) for conversation in carried(client, provider))
    assert after.system == before.system
    assert after.texts == before.texts
    assert sorted(after.calls) == sorted(before.calls)
    assert sorted(after.results) == sorted(before.results)
    assert after.images == before.images


@directions
def test_a_failed_call_is_told(client: WireFormat, provider: WireFormat) -> None:
    before, after = carried(client, provider)
    assert {*meaning(before).failed} <= {*meaning(after).failed, *_marked(after)}


def _marked(conversation: Conversation) -> set[str]:
    """Results whose text starts with a note of ours."""
    results = (part for _, part in _all_parts(conversation) if isinstance(part, ToolResult))
    return {result.call_id for result in results if "\n".join(_plain(result.parts)).startswith("[")}


@directions
def test_the_tools_are_the_same(client: WireFormat, provider: WireFormat) -> None:
    before, after = carried(client, provider)
    assert meaning(after).tools == meaning(before).tools


@directions
def test_the_settings_are_the_same(client: WireFormat, provider: WireFormat) -> None:
    before, after = carried(client, provider)
    assert after.model == MODEL.id
    assert (after.max_output, after.stream) == (before.max_output, before.stream)
    assert after.output_schema == before.output_schema
    if before.stop and "stop_sequences" not in provider.losses(before, vendor(provider.name)):
        assert after.stop == before.stop
    if before.tool_choice is None or before.tool_choice.mode == "auto":
        assert after.tool_choice is None or after.tool_choice.mode == "auto"
        assert after.effort == before.effort
    else:
        assert after.tool_choice == before.tool_choice


@directions
def test_an_agents_request_loses_nothing_but_stop_sequences(client: WireFormat, provider: WireFormat) -> None:
    conversation = client.parse(BODIES[client.name])
    lost = provider.losses(conversation, vendor(provider.name))
    assert set(lost) <= ({"stop_sequences"} if provider.name is RESPONSES else set())


@directions
def test_writing_is_deterministic_and_changes_nothing(client: WireFormat, provider: WireFormat) -> None:
    body = copy.deepcopy(BODIES[client.name])
    conversation = client.parse(body)
    once = provider.render(conversation, MODEL, vendor(provider.name))
    again = provider.render(conversation, MODEL, vendor(provider.name))
    assert json.dumps(once) == json.dumps(again)
    assert body == BODIES[client.name]


# A growing history keeps its head


def grown() -> list[Message]:
    """A session of several rounds, with everything that moves when it is written."""
    messages: list[Message] = [Message("user", (Text("Start."),)), Message("system", (Text("Plan mode."),))]
    for turn in range(4):
        first, second = f"call_{turn}_a", f"call_{turn}_b"
        messages += [
            Message(
                "assistant",
                (
                    Reasoning("Hm"),
                    Text(f"Step {turn}."),
                    ToolCall(first, "Read", '{"path":"x"}'),
                    ToolCall(second, "apply_patch", "*** Begin", ToolKind.CUSTOM),
                ),
            ),
            Message(
                "user",
                (
                    ToolResult(second, (Text("patched"),), kind=ToolKind.CUSTOM),
                    ToolResult(
                        first, (Text("see"), Image(media_type="image/png", data=PNG)), is_error=bool(turn % 2)
                    ),
                    Text(f"Note {turn}."),
                ),
            ),
        ]
        if turn == 2:
            messages += [Message("assistant", (Text("Done."),)), Message("user", (Text("More."),))]
    return messages


def heads(provider: WireFormat, dialect: Dialect, origin: FormatName) -> Iterator[list[JsonObject]]:
    """The provider's message list for every prefix that asks the model to speak."""
    messages = grown()
    for end in range(1, len(messages) + 1):
        if messages[end - 1].role != "assistant" and (
            end == len(messages) or messages[end].role == "assistant"
        ):
            said = Conversation(origin, "m", tuple(messages[:end]), system=(Text("You are."),))
            body = provider.render(said, MODEL, dialect)
            yield unmarked(body["input" if provider.name is RESPONSES else "messages"])


def unmarked(value: Any) -> Any:
    """Without cache marks, which move on purpose."""
    if isinstance(value, list):
        return [unmarked(inner) for inner in value]
    if isinstance(value, dict):
        return {key: unmarked(inner) for key, inner in value.items() if key not in MARKS}
    return value


MARKS = {"cache_control", "prompt_cache_breakpoint"}
DIALECTS: dict[str, dict[str, Any]] = {
    "vendor": {},
    "compatible": {
        "fold_system": True,
        "developer_role": False,
        "custom_tools": False,
        "foreign_thinking": "drop",
    },
    "deepseek": {"reasoning_content": True, "developer_role": False, "custom_tools": False},
}


@pytest.mark.parametrize("kind", DIALECTS)
@directions
def test_a_growing_history_keeps_its_head(client: WireFormat, provider: WireFormat, kind: str) -> None:
    plain = vendor(provider.name) if kind == "vendor" else Dialect(kind)
    written = list(heads(provider, replace(plain, **DIALECTS[kind]), client.name))
    assert len(written) == 6
    for shorter, longer in itertools.pairwise(written):
        assert longer[: len(shorter)] == shorter


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize("provider", FORMATS, ids=lambda wire_format: wire_format.name.value)
@settings(max_examples=100, deadline=None)
@given(steps=sessions())
def test_a_growing_session_keeps_its_head(
    provider: WireFormat, kind: str, steps: list[list[Message]]
) -> None:
    dialect = replace(vendor(provider.name) if kind == "vendor" else Dialect(kind), **DIALECTS[kind])
    messages: list[Message] = []
    earlier: list[Any] = []
    for step in steps:
        messages += step
        body = provider.render(Conversation(CHAT, "m", tuple(messages)), MODEL, dialect)
        now = _blocks(unmarked(body["input" if provider.name is RESPONSES else "messages"]))
        assert now[: len(earlier)] == earlier
        earlier = now


def _blocks(messages: list[JsonObject]) -> list[Any]:
    """The messages block by block: more at the end of a turn is growth, too."""
    return [
        (message.get("role"), block) if isinstance(message.get("content"), list) else message
        for message in messages
        for block in (message["content"] if isinstance(message.get("content"), list) else [None])
    ]


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize("provider", FORMATS, ids=lambda wire_format: wire_format.name.value)
@settings(max_examples=100, deadline=None)
@given(asked_and_said=rounds)
def test_however_broken_a_history_is_the_request_is_whole(
    provider: WireFormat, kind: str, asked_and_said: list[tuple[list[Message], Message]]
) -> None:
    """Every call has its result directly behind it, every result a call, every id is one the format takes."""
    dialect = replace(vendor(provider.name) if kind == "vendor" else Dialect(kind), **DIALECTS[kind])
    messages = [message for asked, answered in asked_and_said for message in (*asked, answered)]
    whole = Conversation(CHAT, "m", (*messages, Message("user", (Text("Go on."),))))
    read = provider.parse(_sent(provider.render(whole, MODEL, dialect)))
    parts = [part for _, part in _all_parts(read)]
    calls = [part for part in parts if isinstance(part, ToolCall)]
    answers = [part for part in parts if isinstance(part, ToolResult)]
    assert [result.call_id for result in answers] == [call.id for call in calls]
    assert all(safe_id(call.id) == call.id for call in calls)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call.name) for call in calls)
    assert all(
        isinstance(json.loads(call.arguments), dict) for call in calls if call.kind is ToolKind.FUNCTION
    )


# Answers


READ = Tool("Read", "Reads.", SCHEMA)
USAGE = Usage(input=11, cache_read=700, cache_write=30, output=50, reasoning=20)
SAYABLE: dict[FormatName, dict[StopReason, StopReason]] = {
    CLAUDE: {},
    RESPONSES: {
        StopReason.STOP_SEQUENCE: StopReason.END_TURN,
        StopReason.PAUSE: StopReason.END_TURN,
        StopReason.CONTEXT_EXCEEDED: StopReason.MAX_TOKENS,
    },
    CHAT: {
        StopReason.STOP_SEQUENCE: StopReason.END_TURN,
        StopReason.PAUSE: StopReason.END_TURN,
        StopReason.CONTEXT_EXCEEDED: StopReason.MAX_TOKENS,
    },
}
"""What a format says instead of a reason it has no word for."""


def context(*tools: Tool, model: str = "wished") -> ReplyContext:
    return ReplyContext(model, "resp_1", 1764000000, input_estimate=741, tools=tools)


def encoded(wire_format: WireFormat, events: list[Event], to: ReplyContext) -> list[bytes]:
    encoder = wire_format.encoder(to)
    return [encoder.feed(event) for event in events]


def through(
    client: WireFormat, provider: WireFormat, events: list[Event], *tools: Tool, cuts: list[int] | None = None
) -> list[Event]:
    """What the client makes of what the provider sends; ``cuts`` are where the network splits it."""
    sent = b"".join(encoded(provider, events, context(model="served")))
    seen = feed_all(provider.decoder(tools), _pieces(sent, cuts or []))
    check_grammar(seen)
    written = b"".join(encoded(client, seen, context(*tools)))
    read = feed_all(client.decoder(tools), _pieces(written, cuts or []))
    check_grammar(read)
    return read


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in itertools.pairwise([0, *at, len(data)])]


def said(key: int, skeleton: Part, whole: Part, *texts: str) -> list[Event]:
    return [PartStarted(key, skeleton), *(PartDelta(key, text) for text in texts), PartEnded(key, whole)]


ONE, TWO = ToolCall("call_1", "Read", '{"path":"ä.py"}'), ToolCall("call_2", "Read", '{"path":"b"}')


def full_answer(stop: StopReason = StopReason.TOOL_USE) -> list[Event]:
    """Thinking, text, and two calls whose arguments arrive by turns."""
    return [
        Started("r1", "served"),
        Ping(),
        *said(0, Reasoning(""), Reasoning("Two files."), "Two ", "files."),
        *said(1, Text(""), Text("Reading größer."), "Reading ", "größer."),
        PartStarted(2, replace(ONE, arguments="")),
        PartDelta(2, '{"path":'),
        PartStarted(3, replace(TWO, arguments="")),
        PartDelta(3, '{"path"'),
        PartDelta(2, '"ä.py"}'),
        PartDelta(3, ':"b"}'),
        PartEnded(2, ONE),
        PartEnded(3, TWO),
        UsageSeen(USAGE, {}, final=True),
        Stopped(stop),
    ]


def prose(events: list[Event], kind: type[Text] | type[Reasoning]) -> str:
    return "".join(part.text for part in parts_of(events) if isinstance(part, kind))


def called(events: list[Event]) -> list[tuple[str, str | None, ToolKind, Any]]:
    calls = [part for part in parts_of(events) if isinstance(part, ToolCall)]
    return [
        (
            call.name,
            call.namespace,
            call.kind,
            json.loads(call.arguments) if call.kind is ToolKind.FUNCTION else call.arguments,
        )
        for call in calls
    ]


def counted(events: list[Event]) -> tuple[int, int, int, int]:
    seen = usage_of(events)
    assert seen is not None
    usage = seen.usage
    return usage.prompt, usage.cache_read, usage.cache_write + usage.cache_write_long, usage.output


@directions
@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 10_000), max_size=6))
def test_an_answer_arrives_whole_wherever_the_network_cuts_it(
    client: WireFormat, provider: WireFormat, cuts: list[int]
) -> None:
    read = through(client, provider, full_answer(), READ, cuts=cuts)
    assert prose(read, Text) == "Reading größer."
    assert prose(read, Reasoning) == "Two files."
    assert called(read) == [
        ("Read", None, ToolKind.FUNCTION, {"path": "ä.py"}),
        ("Read", None, ToolKind.FUNCTION, {"path": "b"}),
    ]
    assert counted(read) == (USAGE.prompt, 700, 30, 50)
    assert read[-1] == Stopped(StopReason.TOOL_USE)


@directions
def test_call_ids_are_the_same_for_client_and_provider(client: WireFormat, provider: WireFormat) -> None:
    read = through(client, provider, full_answer(), READ)
    assert [part.id for part in parts_of(read) if isinstance(part, ToolCall)] == ["call_1", "call_2"]


@directions
@pytest.mark.parametrize("stop", StopReason)
def test_why_it_stopped(client: WireFormat, provider: WireFormat, stop: StopReason) -> None:
    text = said(0, Text(""), Text("Hi"), "Hi")
    calls = said(1, replace(ONE, arguments=""), ONE, ONE.arguments) if stop is StopReason.TOOL_USE else []
    detail = "</block>" if stop is StopReason.STOP_SEQUENCE else None
    events: list[Event] = [
        Started("r1"),
        *text,
        *calls,
        UsageSeen(USAGE, {}, final=True),
        Stopped(stop, detail),
    ]
    end = through(client, provider, events, READ)[-1]
    expected = SAYABLE[provider.name].get(stop, stop)
    assert isinstance(end, Stopped)
    assert end.reason is SAYABLE[client.name].get(expected, expected)


@directions
def test_a_refusal_in_words_arrives_as_one(client: WireFormat, provider: WireFormat) -> None:
    no = Refusal("I cannot help with that.")
    events: list[Event] = [
        Started("r1"),
        *said(0, Refusal(""), no, no.text),
        UsageSeen(USAGE, {}, final=True),
        Stopped(StopReason.REFUSAL),
    ]
    read = through(client, provider, events)
    assert "".join(event.text for event in read if isinstance(event, PartDelta)) == no.text
    end = read[-1]
    assert isinstance(end, Stopped)
    assert end.reason is StopReason.REFUSAL


@directions
@pytest.mark.parametrize("kind", [FailureKind.OVERLOADED, FailureKind.RATE_LIMITED, FailureKind.INTERNAL])
def test_an_answer_that_breaks_off_ends_in_a_failure(
    client: WireFormat, provider: WireFormat, kind: FailureKind
) -> None:
    events: list[Event] = [
        Started("r1"),
        PartStarted(0, Text("")),
        PartDelta(0, "Half"),
        Failed(Failure(kind, "The provider broke off.")),
    ]
    read = through(client, provider, events)
    end = read[-1]
    assert isinstance(end, Failed)
    # In a stream Responses has one code for every failure of a server.
    assert end.failure.kind in {kind, FailureKind.INTERNAL}
    assert "The provider broke off." in end.failure.message
    assert "".join(event.text for event in read if isinstance(event, PartDelta)) == "Half"


@directions
def test_a_provider_that_hangs_up_is_a_failure_to_the_client(
    client: WireFormat, provider: WireFormat
) -> None:
    sent = b"".join(encoded(provider, full_answer()[:5], context(model="served")))
    seen = feed_all(provider.decoder(), [sent])
    assert isinstance(seen[-1], Failed)
    read = feed_all(client.decoder(), encoded(client, seen, context()))
    assert isinstance(read[-1], Failed)


PATCH = Tool("apply_patch", kind=ToolKind.CUSTOM, origin=RESPONSES)
SPAWN = Tool("spawn_agent", schema=SCHEMA, namespace="collaboration", origin=RESPONSES)


@pytest.mark.parametrize("provider", FORMATS, ids=lambda wire_format: wire_format.name.value)
def test_codex_gets_its_own_tools_back_from_providers_that_only_know_functions(provider: WireFormat) -> None:
    patch = "*** Begin Patch\n+ü\n*** End Patch"
    one = ToolCall("call_1", flat_name("apply_patch"), wrap(patch))
    two = ToolCall("call_2", flat_name("spawn_agent", "collaboration"), '{"path":"x"}')
    events: list[Event] = [
        Started("r1"),
        *said(0, replace(one, arguments=""), one, *one.arguments),
        *said(1, replace(two, arguments=""), two, *two.arguments),
        UsageSeen(USAGE, {}, final=True),
        Stopped(StopReason.TOOL_USE),
    ]
    read = through(format_of(RESPONSES), provider, events, PATCH, SPAWN)
    assert called(read) == [
        ("apply_patch", None, ToolKind.CUSTOM, patch),
        ("spawn_agent", "collaboration", ToolKind.FUNCTION, {"path": "x"}),
    ]


@directions
def test_a_whole_answer_means_the_same(client: WireFormat, provider: WireFormat) -> None:
    parts = (Reasoning("Two files."), Text("Reading."), ONE, TWO)
    answer = Answer(parts, StopReason.TOOL_USE, usage=USAGE, response_id="r1", model="served")
    seen = provider.decode_answer(_sent(provider.encode_answer(answer, context(model="served"))), (READ,))
    assert isinstance(seen, Answer)
    read = client.decode_answer(_sent(client.encode_answer(seen, context(READ))), (READ,))
    assert isinstance(read, Answer)
    assert [part.text for part in read.parts if isinstance(part, Text)] == ["Reading."]
    assert [part.text for part in read.parts if isinstance(part, Reasoning)] == ["Two files."]
    calls = [part for part in read.parts if isinstance(part, ToolCall)]
    assert [(call.id, json.loads(call.arguments)) for call in calls] == [
        ("call_1", {"path": "ä.py"}),
        ("call_2", {"path": "b"}),
    ]
    assert read.stop is StopReason.TOOL_USE
    assert read.usage is not None
    assert (read.usage.prompt, read.usage.cache_read, read.usage.output) == (USAGE.prompt, 700, 50)
    assert read.model == "wished"


def _sent(body: JsonObject) -> JsonObject:
    found: JsonObject = json.loads(json.dumps(body))
    return found


@directions
def test_what_the_client_got_can_be_sent_back(client: WireFormat, provider: WireFormat) -> None:
    """The answer goes into the client's history, and comes to the provider with the next request."""
    read = through(client, provider, full_answer(), READ)
    results = tuple(ToolResult(call.id, (Text("ok"),)) for call in (ONE, TWO))
    said_so_far = (
        Message("user", (Text("Go."),)),
        Message("assistant", tuple(parts_of(read))),
        Message("user", results),
    )
    next_request = Conversation(client.name, "m", said_so_far, tools=(READ,), stream=True)
    body = provider.render(next_request, MODEL, vendor(provider.name))
    back = meaning(provider.parse(_sent(body)))
    assert back.calls == [("call_1", "Read", {"path": "ä.py"}), ("call_2", "Read", {"path": "b"})]
    assert back.results == [("call_1", "ok"), ("call_2", "ok")]
