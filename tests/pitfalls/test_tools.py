"""What goes wrong with tools, their ids, names and schemas, and with images in their results: P14 to P20."""

import json
import re
from typing import Any

import pytest

from coderouter_cli.daemon.market import way_to
from coderouter_cli.domain.conversation import FormatName, JsonObject, ToolCall
from coderouter_cli.domain.events import Event, PartEnded
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.routing import eligibility
from tests.pitfalls.keeping import kept, kept_whole
from tests.pitfalls.kit import (
    CHAT,
    ELSEWHERE,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    answer,
    assistant,
    block,
    call_delta,
    called,
    catalog,
    chat,
    chat_call,
    chat_function,
    chat_result,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    function,
    item,
    message_end,
    message_start,
    only,
    output,
    request,
    response_event,
    sent,
    shown_whole,
    stream,
    target,
    text,
    tool,
    tool_result,
    tool_use,
    user,
    ways,
)

PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
PNG_URL = "data:image/png;base64,iVBORw0KGgo="
SAFE = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def test_p14_deepseeks_messages_endpoint_sees_no_tool_type() -> None:
    for more in ({"type": "custom"}, {}):
        body = claude(user("Hi"), tools=[tool(**more)])
        assert "type" not in only(sent(body, MESSAGES, FLASH).json["tools"])
    for body, client in (
        (codex(item("user", "Hi"), tools=[function()]), RESPONSES),
        (chat(user("Hi"), tools=[chat_function()]), CHAT),
    ):
        assert "type" not in only(sent(body, client, FLASH, wanted=MESSAGES).json["tools"])


LOOKING: dict[FormatName, JsonObject] = {
    MESSAGES: claude(
        user("Look"),
        assistant(tool_use("c1"), tool_use("c2")),
        user(tool_result("c1", [PNG, text("A picture.")]), tool_result("c2", "text")),
        tools=[tool()],
    ),
    RESPONSES: codex(
        item("user", "Look"),
        called("c1"),
        called("c2"),
        output(
            "c1",
            [{"type": "input_image", "image_url": PNG_URL}, {"type": "input_text", "text": "A picture."}],
        ),
        output("c2", "text"),
        tools=[function()],
    ),
}
"""A tool gave an image, and another one beside it a text."""


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_p15_an_image_inside_a_tool_result_is_an_image(client: FormatName) -> None:
    asked = request(LOOKING[client], client)
    assert eligibility.needs_of(asked.conversation).images
    reached = ways(LOOKING[client], client)
    assert reached[OPUS] == (MESSAGES, ())
    assert reached[FLASH][0] is not MESSAGES, "DeepSeek refuses images there"
    assert reached[FLASH][1] == ()


def test_p15_models_without_eyes_are_known() -> None:
    blind = {model.id for model in catalog().models.values() if not model.capabilities.vision}
    assert {"deepseek-v4-pro", "glm-5.3"} <= blind
    assert not {FLASH, LUNA, OPUS} & blind


def test_p15_what_is_sent_to_deepseeks_messages_endpoint_all_the_same_has_no_image_block() -> None:
    for client in (MESSAGES, RESPONSES):
        written = sent(LOOKING[client], client, FLASH, wanted=MESSAGES)
        assert "images" in written.losses
        assert b"iVBOR" not in written.raw


@pytest.mark.parametrize(("model", "wanted"), [(OPUS, MESSAGES), (FLASH, RESPONSES), (LUNA, RESPONSES)])
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_p16_an_image_from_a_tool_arrives_as_one_in_the_result(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    written = sent(LOOKING[client], client, model, wanted=wanted).json
    if wanted is RESPONSES:
        results = [one["output"] for one in written["input"] if one["type"] == "function_call_output"]
        image = {"type": "input_image", "image_url": PNG_URL}
        assert [unknowing(one) for one in results] == [
            [image, {"type": "input_text", "text": "A picture."}],
            "text",
        ]
    else:
        results = [one["content"] for one in written["messages"][2]["content"]]
        assert results == [[PNG, text("A picture.")], "text"]


def unknowing(output: Any) -> Any:
    """A result without how closely its image should be looked at."""
    if isinstance(output, str):
        return output
    return [{name: value for name, value in part.items() if name != "detail"} for part in output]


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_p16_on_chat_it_follows_all_results_in_a_message_of_the_user(client: FormatName) -> None:
    messages = sent(LOOKING[client], client, FLASH, wanted=CHAT).json["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "user"]
    assert messages[-1]["content"][-1] == {"type": "image_url", "image_url": {"url": PNG_URL}}
    assert "iVBOR" not in json.dumps(messages[:-1]), "no base64 as text"
    assert "image" in messages[2]["content"], "but a word about it"


def calls_of(events: list[Event]) -> list[ToolCall]:
    return [e.part for e in events if isinstance(e, PartEnded) and isinstance(e.part, ToolCall)]


ODD = ("Bash:0", "Bash_0", "Bash/0", "functions.Bash:0", "x" * 80, "")


def answers_with(ids: tuple[str, ...], provider: FormatName, *, whole: bool, seed: str = "1") -> list[str]:
    """The ids that an answer's calls have once they are read."""
    if provider is CHAT:
        calls = [chat_call(one) for one in ids]
        body = {"id": seed, "choices": [{"message": {"tool_calls": calls}, "finish_reason": "tool_calls"}]}
        deltas = [chunk(call_delta(n, "read", "{}", id=one), id=seed) for n, one in enumerate(ids)]
        made = stream(*deltas, chunk({}, "tool_calls"), "data: [DONE]")
    elif provider is RESPONSES:
        items = [called(one) for one in ids]
        body = {"id": seed, "status": "completed", "output": items}
        done = [
            response_event("response.output_item.done", output_index=n, item=one)
            for n, one in enumerate(items)
        ]
        made = stream(response_event("response.created", response={"id": seed}), *done, completed())
    else:
        uses = [tool_use(one) for one in ids]
        body = {"id": seed, "content": uses, "stop_reason": "tool_use"}
        start = ("message_start", {"message": {"id": seed, "role": "assistant", "content": []}})
        blocks = [event for n, one in enumerate(uses) for event in block(n, one)]
        made = stream(start, *blocks, *message_end("tool_use"))
    if whole:
        return [part.id for part in answer(body, provider).parts if isinstance(part, ToolCall)]
    return [call.id for call in calls_of(decoded(made, provider))]


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", [MESSAGES, RESPONSES, CHAT])
def test_p17_ids_are_made_safe_on_the_way_out_and_stay_different(
    provider: FormatName, *, whole: bool
) -> None:
    ids = answers_with(ODD, provider, whole=whole)
    assert all(SAFE.fullmatch(one) for one in ids), ids
    assert len(set(ids)) == len(ODD)
    assert ids[1] == "Bash_0", "a safe one is the provider's own"
    assert answers_with(ODD, provider, whole=whole) == ids
    other = answers_with(ODD, provider, whole=whole, seed="2")
    assert other[:-1] == ids[:-1]
    assert other[-1] != ids[-1], "an id that was missing is no other answer's"


def poisoned(client: FormatName, call_id: str) -> JsonObject:
    """A history in which a call has this id."""
    if client is MESSAGES:
        return claude(
            user("Hi"), assistant(tool_use(call_id)), user(tool_result(call_id, "ok")), tools=[tool()]
        )
    if client is RESPONSES:
        return codex(item("user", "Hi"), called(call_id), output(call_id), tools=[function()])
    said = {"role": "assistant", "content": None, "tool_calls": [chat_call(call_id)]}
    return chat(user("Hi"), said, chat_result(call_id), tools=[chat_function()])


def ids_in(written: Any, wanted: FormatName) -> list[str]:
    """The ids of the calls and results of a request."""
    if wanted is MESSAGES:
        blocks = [one for m in written["messages"] if isinstance(m["content"], list) for one in m["content"]]
        return [one.get("id") or one["tool_use_id"] for one in blocks if one["type"].startswith("tool_")]
    if wanted is RESPONSES:
        return [one["call_id"] for one in written["input"] if "call_id" in one]
    calls = [call["id"] for m in written["messages"] for call in m.get("tool_calls", ())]
    return calls + [m["tool_call_id"] for m in written["messages"] if "tool_call_id" in m]


@pytest.mark.parametrize(("model", "wanted"), [(OPUS, MESSAGES), *ELSEWHERE])
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p17_a_history_that_has_odd_ids_already_is_repaired(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    if client is wanted is RESPONSES and model == LUNA:
        return  # what OpenAI gave its own client
    for odd in ("Bash:0", "x" * 80):
        ids = ids_in(sent(poisoned(client, odd), client, model, wanted=wanted).json, wanted)
        assert len(set(ids)) == 1
        assert len(ids) == 2
        assert SAFE.fullmatch(ids[0])
        assert len(ids[0]) <= (40 if wanted is CHAT else 64), "Chat at OpenAI takes 40 characters"


def test_p17_answers_of_providers_with_odd_ids_are_not_passed_on_as_they_are() -> None:
    for provider in ("moonshot", "openrouter", "vllm"):
        for wanted in (MESSAGES, RESPONSES, CHAT):
            assert not catalog().providers[provider].endpoint(wanted).dialect.safe_ids, (provider, wanted)


LONG = "mcp__" + "a_very_long_server_name" * 4


@pytest.mark.parametrize(("model", "wanted"), ELSEWHERE)
def test_p18_long_tool_names_are_cut_and_come_back_whole(model: str, wanted: FormatName) -> None:
    names = (LONG, f"{LONG}_2")
    body = claude(
        user("Hi"),
        assistant(tool_use("c1", LONG)),
        user(tool_result("c1", "ok")),
        tools=[tool(one, description="Search.") for one in names],
        tool_choice={"type": "tool", "name": LONG},
    )
    written = sent(body, MESSAGES, model, wanted=wanted)
    if "tools" not in written.json:
        assert wanted is CHAT, "OpenAI's Chat endpoint gets no tools at all"
        return
    offered = [one.get("name") or one["function"]["name"] for one in written.json["tools"]]
    assert all(len(one) <= 64 for one in offered)
    assert len(set(offered)) == 2
    assert LONG not in written.raw.decode(), "not in the history, and not in the choice"
    tools = request(body, MESSAGES).conversation.tools
    assert names_read(offered, wanted, tools, whole=False) == [*names]
    assert names_read(offered, wanted, tools, whole=True) == [*names]


def names_read(offered: list[str], provider: FormatName, tools: Any, *, whole: bool) -> list[str]:
    """The names of calls, as the client is told of them."""
    if provider is MESSAGES:
        uses = [tool_use(f"c{n}", name) for n, name in enumerate(offered)]
        body = {"id": "m", "content": uses, "stop_reason": "tool_use"}
        blocks = [event for n, one in enumerate(uses) for event in block(n, one)]
        made = stream(message_start(), *blocks, *message_end("tool_use"))
    elif provider is RESPONSES:
        items = [called(f"c{n}", name) for n, name in enumerate(offered)]
        body = {"id": "r", "status": "completed", "output": items}
        made = stream(
            *(
                response_event("response.output_item.done", output_index=n, item=one)
                for n, one in enumerate(items)
            ),
            completed(),
        )
    else:
        calls = [chat_call(f"c{n}", name) for n, name in enumerate(offered)]
        body = {"id": "c", "choices": [{"message": {"tool_calls": calls}, "finish_reason": "tool_calls"}]}
        deltas = (chunk(call_delta(n, name, "{}", id=f"c{n}")) for n, name in enumerate(offered))
        made = stream(*deltas, chunk({}, "tool_calls"), "data: [DONE]")
    if whole:
        read = kept_whole(shown_whole(answer(body, provider, tools), MESSAGES), MESSAGES)
    else:
        read = kept(decoded(made, provider, tools), MESSAGES)
    return [one["name"] for one in only(read)["content"]]


def test_p18_an_answer_that_was_asked_for_with_other_names_is_written_anew() -> None:
    for name, expected in ((LONG, True), ("Read", False)):
        asked = request(claude(user("Hi"), tools=[tool(name)]), MESSAGES)
        provider, entry, endpoint = target(FLASH, MESSAGES)
        assert prepare(asked, way_to(asked, provider, entry, endpoint), None).reencode is expected


BAD_PATTERN = r"^[^\p{Cc}]+$"
PATTERNS: JsonObject = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "pattern": BAD_PATTERN, "minLength": 1},
        "b": {"type": "string", "pattern": "^[a-z]+$"},
    },
}


@pytest.mark.parametrize(("model", "wanted"), [one for one in ELSEWHERE if one != (LUNA, CHAT)])
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p19_a_pattern_that_others_cannot_read_goes_and_the_rest_stays(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    bodies = {
        MESSAGES: claude(user("Hi"), tools=[{"name": "Artifact", "input_schema": PATTERNS}]),
        RESPONSES: codex(item("user", "Hi"), tools=[{**function("Artifact"), "parameters": PATTERNS}]),
        CHAT: chat(user("Hi"), tools=[chat_function("Artifact", parameters=PATTERNS)]),
    }
    if client is wanted is RESPONSES and model == LUNA:
        return  # Codex's own words to OpenAI
    offered = only(sent(bodies[client], client, model, wanted=wanted).json["tools"])
    inner = offered.get("function", offered)
    schema = inner.get("parameters") or inner["input_schema"]
    assert schema["properties"] == {
        "a": {"type": "string", "minLength": 1},
        "b": {"type": "string", "pattern": "^[a-z]+$"},
    }


def test_p19_anthropic_gets_it_as_it_is() -> None:
    body = claude(user("Hi"), tools=[{"name": "Artifact", "input_schema": PATTERNS}])
    assert only(sent(body, MESSAGES, OPUS).json["tools"])["input_schema"] == PATTERNS


def schema_sent(
    schema: JsonObject, model: str, wanted: FormatName | None = None, provider: str | None = None
) -> Any:
    """A tool's schema as it leaves for a model."""
    body = claude(user("Hi"), tools=[{"name": "t", "input_schema": schema}])
    offered = only(sent(body, MESSAGES, model, wanted=wanted, provider=provider).json["tools"])
    inner = offered.get("function", offered)
    return inner.get("parameters") or inner.get("input_schema")


def test_p20_formats_outside_openais_list_and_types_that_are_null_go() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "format": "uri", "description": "A link."},
            "b": {"type": "string", "format": "date-time"},
            "c": {"type": None, "description": "Anything."},
            "d": {"type": "array", "items": {"type": "string", "format": "uri"}},
        },
    }
    for model, wanted in ((LUNA, RESPONSES), (FLASH, CHAT), (FLASH, RESPONSES)):
        assert schema_sent(schema, model, wanted)["properties"] == {
            "a": {"type": "string", "description": "A link."},
            "b": {"type": "string", "format": "date-time"},
            "c": {"description": "Anything."},
            "d": {"type": "array", "items": {"type": "string"}},
        }
    assert schema_sent(schema, OPUS) == schema


def test_p20_gemini_gets_one_type_and_no_all_of() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"allOf": [{"type": "object", "properties": {"x": {"type": "string"}}}]},
        },
    }
    properties = schema_sent(schema, FLASH, CHAT, "gemini")["properties"]
    assert properties["a"] == {"type": "string", "nullable": True}
    assert properties["b"] == {"type": "object", "properties": {"x": {"type": "string"}}}
