"""What goes wrong with the settings of a request and with its model's name: P21 to P27, P29 and P30."""

import json
from typing import Any

import pytest

from coderouter_cli.daemon.market import Market
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.events import UsageSeen
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
    catalog,
    chat,
    chat_function,
    chunk,
    claude,
    codex,
    decoded,
    item,
    message_end,
    message_start,
    only,
    request,
    sent,
    shown,
    shown_whole,
    stream,
    target,
    text,
    tool,
    user,
    ways,
)

HAIKU, OLD_HAIKU = "claude-haiku-5-5", "claude-haiku-4-5"


@pytest.mark.parametrize("model", [LUNA, FLASH])
def test_p21_tools_of_other_formats_are_not_strict_on_responses(model: str) -> None:
    for body, client in (
        (claude(user("Hi"), tools=[tool()]), MESSAGES),
        (chat(user("Hi"), tools=[chat_function()]), CHAT),
    ):
        offered = only(sent(body, client, model, wanted=RESPONSES).json["tools"])
        assert offered.get("strict") is False, "left out means on, which rewrites `required`"


STOPS = ["</block>"]


def test_p22_stop_sequences_are_a_loss_where_they_cannot_go() -> None:
    body = claude(user("Hi"), stop_sequences=STOPS)
    for model in (LUNA, FLASH):
        assert "stop_sequences" in sent(body, MESSAGES, model, wanted=RESPONSES).losses
        assert sent(body, MESSAGES, model, wanted=CHAT).losses == ()
    five = claude(user("Hi"), stop_sequences=list("abcde"))
    assert "stop_sequences" in sent(five, MESSAGES, LUNA, wanted=CHAT).losses, "Chat takes four"
    ignoring = sent(body, MESSAGES, FLASH, wanted=MESSAGES, provider="minimax")
    assert "stop_sequences" in ignoring.losses
    reached = ways(body, MESSAGES)
    assert {reached[model][0] for model in (OPUS, FLASH, LUNA)} == {MESSAGES, CHAT}
    assert not any(reached[model][1] for model in (OPUS, FLASH, LUNA))


def test_p22_elsewhere_they_arrive() -> None:
    from_claude, from_chat = claude(user("Hi"), stop_sequences=STOPS), chat(user("Hi"), stop=STOPS)
    for body, client in ((from_claude, MESSAGES), (from_chat, CHAT)):
        assert sent(body, client, OPUS).json.get("stop_sequences") == STOPS
        assert sent(body, client, FLASH, wanted=MESSAGES).json.get("stop_sequences") == STOPS
        assert sent(body, client, FLASH, wanted=CHAT).json.get("stop") == STOPS


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", [MESSAGES, CHAT])
def test_p22_the_one_that_matched_is_told(provider: FormatName, *, whole: bool) -> None:
    if provider is MESSAGES:
        end = {"stop_reason": "stop_sequence", "stop_sequence": STOPS[0]}
        body: JsonObject = {"id": "m", "content": [text("x")], **end}
        said = block(0, text(""), {"type": "text_delta", "text": "x"})
        made = stream(message_start(), *said, *message_end(**end, stop="stop_sequence"))
    else:
        end = {"finish_reason": "stop", "stop_reason": STOPS[0]}
        body = {"id": "c", "choices": [{"message": assistant("x"), **end}]}
        last = chunk({}, "stop")
        last["choices"][0]["stop_reason"] = STOPS[0]
        made = stream(chunk({"content": "x"}), last, "data: [DONE]")
    if whole:
        told = shown_whole(answer(body, provider), MESSAGES)
    else:
        events = shown(decoded(made, provider), MESSAGES)
        told = only(one["delta"] for one in events if one["type"] == "message_delta")
    assert (told["stop_reason"], told["stop_sequence"]) == ("stop_sequence", STOPS[0])


LIMITS: dict[FormatName, tuple[str, ...]] = {
    MESSAGES: ("max_tokens",),
    RESPONSES: ("max_output_tokens",),
    CHAT: ("max_tokens", "max_completion_tokens"),
}


def limited(client: FormatName, most: int) -> JsonObject:
    """A request for so many tokens at most."""
    if client is MESSAGES:
        return claude(user("Hi"), max_tokens=most)
    if client is RESPONSES:
        return codex(item("user", "Hi"), max_output_tokens=most)
    return chat(user("Hi"), max_completion_tokens=most)


@pytest.mark.parametrize(
    ("model", "wanted"), [(OLD_HAIKU, MESSAGES), *ELSEWHERE], ids=lambda one: getattr(one, "value", one)
)
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p23_more_output_than_the_model_has_is_clamped_and_never_raised(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    most = target(model, wanted)[1].max_output
    for asked, expected in ((most + 1, most), (most, most), (50, 50)):
        written = sent(limited(client, asked), client, model, wanted=wanted).json
        assert only(written[name] for name in LIMITS[wanted] if name in written) == expected


def test_p23_an_endpoint_may_have_less_than_its_model() -> None:
    for wanted in (MESSAGES, CHAT):
        written = sent(limited(MESSAGES, 384_000), MESSAGES, FLASH, wanted=wanted, provider="zai").json
        assert only(written[name] for name in LIMITS[wanted] if name in written) == 131_072


def test_p24_tools_never_go_to_openais_chat_endpoint() -> None:
    from_claude = claude(user("Hi"), tools=[tool()])
    from_chat = chat(user("Hi"), tools=[chat_function()])
    for body, client in ((from_claude, MESSAGES), (from_chat, CHAT)):
        assert ways(body, client)[LUNA] == (RESPONSES, ())
        assert "tools" in sent(body, client, LUNA, wanted=CHAT).losses
    assert "tools" not in sent(from_claude, MESSAGES, LUNA, wanted=CHAT).json
    assert ways(chat(user("Hi")), CHAT)[LUNA] == (CHAT, ())


SAMPLED: dict[FormatName, JsonObject] = {
    MESSAGES: claude(user("Hi"), temperature=0.2, top_p=0.9, top_k=5),
    RESPONSES: codex(item("user", "Hi"), temperature=0.2, top_p=0.9),
    CHAT: chat(user("Hi"), temperature=0.2, top_p=0.9),
}


@pytest.mark.parametrize(("model", "wanted"), [(HAIKU, MESSAGES), (LUNA, RESPONSES), (LUNA, CHAT)])
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p25_sampling_does_not_reach_models_that_refuse_it(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    settings = {"temperature", "top_p", "top_k"}
    assert not sent(SAMPLED[client], client, model, wanted=wanted).json.keys() & settings
    for setting in settings & SAMPLED[client].keys():
        one = {key: value for key, value in SAMPLED[client].items() if key not in settings - {setting}}
        assert setting not in sent(one, client, model, wanted=wanted).json


@pytest.mark.parametrize(("model", "wanted"), [(OLD_HAIKU, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT)])
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p25_others_get_it(client: FormatName, model: str, wanted: FormatName) -> None:
    assert sent(SAMPLED[client], client, model, wanted=wanted).json.get("temperature") == 0.2


def test_p26_a_request_for_haiku_4_5_fits_haiku_5_5() -> None:
    shapes: dict[str, JsonObject] = {
        "budget": {"thinking": {"type": "enabled", "budget_tokens": 2_000}},
        "sampling": {"temperature": 0.2},
        "top_k": {"top_k": 5},
    }
    for name, more in shapes.items():
        body = {**claude(user("Hi"), **more), "model": OLD_HAIKU}
        changed = sent(body, MESSAGES, HAIKU)
        assert changed.fidelity is Fidelity.SANITISED, name
        assert "budget_tokens" not in json.dumps(changed.json)
        assert not changed.json.keys() & {"temperature", "top_k"}
        assert sent({**body, "model": OLD_HAIKU}, MESSAGES, OLD_HAIKU).json == body, "its own model takes it"
    assert sent({**claude(user("Hi"), **shapes["budget"])}, MESSAGES, HAIKU).json["thinking"] == {
        "type": "adaptive"
    }


def test_p26_no_beginning_of_an_answer_is_continued() -> None:
    body = {**claude(user("Hi"), assistant("The answer is")), "model": OLD_HAIKU}
    assert sent(body, MESSAGES, HAIKU).json["messages"][-1]["role"] == "user"
    assert sent(body, MESSAGES, OLD_HAIKU).json["messages"][-1]["role"] == "assistant"


def cache_key(body: JsonObject, client: FormatName, wanted: FormatName) -> Any:
    return sent(body, client, LUNA, wanted=wanted).json.get("prompt_cache_key")


def in_session(session: str, *messages: JsonObject) -> JsonObject:
    """A request of a session of Claude Code."""
    who = json.dumps({"device_id": "d" * 64, "account_uuid": "", "session_id": session})
    return claude(*messages, metadata={"user_id": who})


@pytest.mark.parametrize("wanted", [RESPONSES, CHAT])
def test_p27_the_prompt_cache_key_is_stable_within_a_session_and_tells_nothing(wanted: FormatName) -> None:
    first, second, other = (
        cache_key(in_session(session, user(said)), MESSAGES, wanted)
        for session, said in (("session-1", "Hi"), ("session-1", "Something else"), ("session-2", "Hi"))
    )
    assert first
    assert first == second
    assert first != other
    assert "session-1" not in first
    assert "dddd" not in first


def test_p27_without_a_session_it_is_that_of_the_beginning() -> None:
    begun, grown, other = (
        cache_key(claude(*messages, system="You are an agent."), MESSAGES, RESPONSES)
        for messages in ([user("Hi")], [user("Hi"), assistant("Yes?"), user("Go")], [user("Else")])
    )
    assert begun
    assert begun == grown
    assert begun != other


EPHEMERAL = {"cache_control": {"type": "ephemeral"}}


def test_p29_cache_marks_become_breakpoints_where_the_model_knows_them() -> None:
    marked = {**text("Long."), **EPHEMERAL}
    body = claude(user(marked, text("Hi")), system=[marked])
    written = sent(body, MESSAGES, LUNA).json
    marks = [["prompt_cache_breakpoint" in part for part in one["content"]] for one in written["input"]]
    assert marks == [[True], [True, False]], "in the prompt and in what the user said"
    assert "cache_control" not in json.dumps(written)
    for model, wanted in (("gpt-5.5", RESPONSES), (FLASH, RESPONSES), (LUNA, CHAT), (FLASH, CHAT)):
        raw = sent(body, MESSAGES, model, wanted=wanted).raw
        assert b"prompt_cache_breakpoint" not in raw, (model, wanted)
        assert b"cache_control" not in raw, (model, wanted)


def test_p29_openai_gets_no_more_marks_than_it_writes() -> None:
    history = [
        message for n in range(6) for message in (user({**text(str(n)), **EPHEMERAL}), assistant("Ok"))
    ]
    body = claude(*history, user("Go"), system=[{**text("Long."), **EPHEMERAL}])
    raw = sent(body, MESSAGES, LUNA).raw.decode()
    assert 1 <= raw.count("prompt_cache_breakpoint") <= 4


@pytest.mark.parametrize("client", [RESPONSES, CHAT])
def test_p29_what_codex_sends_to_anthropic_is_cached(client: FormatName) -> None:
    bodies = {
        RESPONSES: codex(item("developer", "You are an agent."), item("user", "Hi")),
        CHAT: chat({"role": "system", "content": "You are an agent."}, user("Hi")),
    }
    written = sent(bodies[client], client, OPUS).json
    assert "cache_control" in written["system"][-1]
    assert "cache_control" in written["messages"][-1]["content"][-1]
    assert json.dumps(written).count("cache_control") <= 4


def test_p29_the_client_sees_what_was_written() -> None:
    usage = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 8}}
    made = ("response.completed", {"response": {"status": "completed", "output": [], "usage": usage}})
    events = decoded(stream(made), RESPONSES)
    assert only(e.usage.cache_write for e in events if isinstance(e, UsageSeen)) == 8
    end = only(one for one in shown(events, MESSAGES) if one["type"] == "message_delta")
    assert end["usage"]["cache_creation_input_tokens"] == 8


@pytest.mark.parametrize(
    ("name", "known", "on_wire"),
    [
        ("claude-opus-4.7", "claude-opus-4-7", "claude-opus-4-7"),
        ("anthropic/claude-haiku-4.5", "claude-haiku-4-5", "claude-haiku-4-5"),
        ("claude-haiku-5.5-20261001", "claude-haiku-5-5", "claude-haiku-5-5"),
        ("claude-sonnet-9.9", None, "claude-sonnet-9-9"),
        ("openai/gpt-5.5", "gpt-5.5", "gpt-5.5"),
    ],
)
def test_p30_a_dotted_name_is_the_same_model(name: str, known: str | None, on_wire: str) -> None:
    found = catalog().resolve(name)
    assert (None if found is None else found.id) == known
    asked = request({**claude(user("Hi")), "model": name}, MESSAGES)
    way = Market(catalog(), frozenset({"anthropic", "openai"})).direct(asked)
    assert way is not None
    assert way.model.name_on_wire == on_wire
