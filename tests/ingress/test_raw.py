"""Raw fidelity: what the client wrote arrives, and what the provider wrote comes back, byte for byte."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest, Think
from coderouter_cli.domain.conversation import JsonObject
from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client, ask, each_client
from tests.harness import Daemon, daemon_with
from tests.ingress.recorder import recorder
from tests.ingress.streams import MODEL, streams
from tests.wire.test_span import JSON, TEXT

DIRECT = {"x-coderouter-lane": "direct"}
at_a_daemons_pace = settings(max_examples=5, phases=[Phase.explicit, Phase.generate])
"""Each example is a daemon's life; what fails is shown as it was found."""
ALIASES = {MESSAGES: "anthropic/claude-opus-5-5", RESPONSES: "openai/gpt-6.1-sol", CHAT: "GPT-6.1-Sol"}
"""Names that their provider does not know: the one edit that raw fidelity makes."""
ANSWERS: Mapping[Client, JsonObject] = {
    MESSAGES: {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "Hi."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    RESPONSES: {
        "status": "completed",
        "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
        ],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    CHAT: {
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    },
}

spaces = st.sampled_from(["", "", " ", "\n", "\t", "\r\n  "])
odd_values = st.sampled_from(
    [
        "1.0E+2", "-0", "1e-7", "0.10", "123456789012345678901234567890", '"\\u00e9\\/\\u2028"', '"\\ud83d"',
        '"\\ud83d\\ude42"', '{"model": "inner", "model" :"twice"}', '[{"model":{"model":[]}}]', "[ ]", "{\n}",
        '"\\"model\\": \\"x\\""', '{"a":1,"a":2,"":0}', '"\\u0000\\b\\f"', "null", "true", '"}{][,:"', '"🙂"',
    ]
)  # fmt: skip
values = odd_values | JSON.map(json.dumps) | TEXT.map(json.dumps)
keys = TEXT.filter(lambda text: text not in {"model", "stream", "messages", "input"}).map(
    lambda text: json.dumps(f"x{text}")
)


@dataclass(frozen=True)
class Made:
    """A body around its model's value."""

    before: bytes
    after: bytes

    def naming(self, model: str) -> bytes:
        return self.before + json.dumps(model).encode() + self.after


@st.composite
def objects(draw: st.DrawFn, fields: list[tuple[str, str]]) -> Made:
    """An object with these fields and a ``model`` among others, written in any way that is JSON."""
    model_key = draw(st.sampled_from(['"model"', '"mod\\u0065l"', '"\\u006Dodel"']))
    others = draw(st.lists(st.tuples(keys, values), max_size=5))
    members = draw(st.permutations([*fields, *others, (model_key, "\0")]))
    written = [f"{draw(spaces)}{k}{draw(spaces)}:{draw(spaces)}{v}{draw(spaces)}" for k, v in members]
    text = f"{draw(spaces)}{{{','.join(written)}}}{draw(spaces)}"
    before, _, after = text.encode("utf-8", "surrogatepass").partition(b"\0")
    return Made(before, after)


def requests(client: Client) -> st.SearchStrategy[Made]:
    """A client's request that is not streamed."""
    body = client.body(stream=False, model=None)
    return objects([(json.dumps(name), json.dumps(value)) for name, value in body.items()])


def answers(client: Client) -> st.SearchStrategy[Made]:
    """A whole answer of the client's vendor."""
    return objects([(json.dumps(name), json.dumps(value)) for name, value in ANSWERS[client].items()])


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The bytes in pieces."""
    ends = sorted(draw(st.lists(st.integers(1, max(1, len(data))), max_size=8)))
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True) if start < end]


def exchanged(client: Client, steps: list[tuple[bytes, str, list[bytes]]]) -> Iterator[tuple[bytes, bytes]]:
    """Send each body through one daemon to a provider that answers in these pieces (of this content type);
    what the provider got and what came back, in order."""

    async def run() -> list[tuple[bytes, bytes]]:
        home = Path(tempfile.mkdtemp()) / "coderouter"
        home.mkdir(mode=0o700)
        found = []
        async with recorder() as provider:
            roots = {client.vendor: provider.url}
            async with daemon_with(home, Reply(), keys=(client.vendor,), roots=roots) as daemon:
                for body, kind, pieces in steps:
                    provider.kind, provider.pieces = kind, pieces
                    got = await ask(daemon, client, body, DIRECT)
                    assert (got.status, got.headers["x-coderouter-fidelity"]) == (200, "raw")
                    found.append((provider.bodies.pop(), got.body))
                assert provider.bodies == []
        return found

    return iter(asyncio.run(run()))


@each_client
@at_a_daemons_pace
@given(data=st.data())
def test_both_bodies_pass_as_they_are_but_for_the_models_name(client: Client, data: st.DataObject) -> None:
    rounds = data.draw(
        st.lists(
            st.tuples(requests(client), answers(client), st.sampled_from([client.asked, ALIASES[client]])),
            min_size=6,
            max_size=9,
        )
    )
    steps = [
        (asked.naming(name), "application/json", data.draw(cuts(answer.naming(client.asked))))
        for asked, answer, name in rounds
    ]
    for (asked, answer, name), (sent, got) in zip(rounds, exchanged(client, steps), strict=True):
        assert sent == asked.naming(client.asked)
        assert got == answer.naming(name)


@each_client
@at_a_daemons_pace
@given(data=st.data())
def test_a_stream_passes_as_it_is_but_for_the_models_name(client: Client, data: st.DataObject) -> None:
    rounds = data.draw(
        st.lists(
            st.tuples(streams(client), st.sampled_from([client.asked, ALIASES[client]])),
            min_size=6,
            max_size=9,
        )
    )
    steps = [
        (
            json.dumps(client.body(model=name)).encode(),
            "text/event-stream",
            data.draw(cuts(stream.replace(MODEL, json.dumps(client.asked)).encode())),
        )
        for stream, name in rounds
    ]
    for (stream, name), (_, got) in zip(rounds, exchanged(client, steps), strict=True):
        assert got == stream.replace(MODEL, json.dumps(name)).encode()


BEYOND_US: Mapping[Client, JsonObject] = {
    MESSAGES: {
        "messages": [{"role": "critic", "content": "Hm."}, {"role": "user", "content": {"new": "shape"}}],
        "max_tokens": 10,
        "tool_choice": {"type": "any_of", "names": ["a"]},
    },
    RESPONSES: {"prompt": {"id": "pmpt_1"}, "previous_response_id": "resp_1"},
    CHAT: {"messages": [{"role": "user", "content": "Hi"}], "n": 3},
}
"""Requests that our readers refuse, and that a vendor takes or may take one day."""


@each_client
@pytest.mark.parametrize("lane", ["smart", "direct"])
async def test_a_request_beyond_our_readers_goes_to_its_vendor_as_it_came(
    client: Client, lane: str, daemon_home: Path
) -> None:
    body = json.dumps({**BEYOND_US[client], "model": client.asked}, indent=1).encode()
    async with recorder() as provider:
        provider.pieces = (json.dumps(ANSWERS[client]).encode(),)
        roots = {client.vendor: provider.url}
        async with daemon_with(daemon_home, Reply(), roots=roots) as daemon:
            got = await ask(daemon, client, body, {"x-coderouter-lane": lane})
            assert (got.status, got.body) == (200, provider.pieces[0])
            assert provider.bodies == [body]
            (row,) = daemon.rows()
            provider.status, provider.pieces = 400, (b'{"error":{"message":"My own words."}}',)
            got = await ask(daemon, client, body)
            assert (got.status, got.body) == (400, provider.pieces[0])
            assert len(provider.bodies) == 2
    assert (row.kind, row.model, row.fidelity) == ("unread", client.asked, "raw")
    assert row.bypass == ("unread" if lane == "smart" else "direct_lane")


@each_client
async def test_without_its_vendor_it_is_refused_with_our_own_reason(
    client: Client, daemon_home: Path
) -> None:
    others = tuple(name for name in ("anthropic", "openai", "deepseek") if name != client.vendor)
    async with daemon_with(daemon_home, Reply(), keys=others) as daemon:
        got = await ask(daemon, client, {**BEYOND_US[client], "model": client.asked})
        assert daemon.provider.seen == []
        assert daemon.rows() == []
    assert got.status == 400
    assert "`" in client.error(got.body)


async def test_what_the_client_may_see_of_anthropics_headers(daemon_home: Path) -> None:
    told = {
        "request-id": "req_1",
        "retry-after": "3",
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-organization-id": "org",
        "openai-model": "other",
        "set-cookie": "a=b",
        "x-coderouter-model": "forged",
    }
    async with recorder() as provider:
        provider.status, provider.told = 400, told
        provider.pieces = (b'{"type":"error","error":{"type":"invalid_request_error","message":"No."}}',)
        roots = {"anthropic": provider.url}
        async with daemon_with(daemon_home, Reply(), keys=("anthropic",), roots=roots) as daemon:
            got = await ask(daemon, MESSAGES, headers=DIRECT)
    seen = {name: got.headers[name] for name in told if name in got.headers}
    assert seen == {"request-id": "req_1", "retry-after": "3", "x-coderouter-model": "claude-opus-5-5"}


TURNS = 30
THINKERS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5")


def thinks(seen: SeenRequest) -> Outcome:
    """Thinking, signed for this model and this prefix, then a word and every other time a call."""
    thought = Think(f"Thought {seen.number}: é \\ \u2028", redacted=seen.number % 7 == 0)
    if seen.number % 2:
        return Reply((thought, Say("I look."), Call("Read", {"path": "a.py", "n": 1.5})))
    return Reply((thought, Say("Done.")))


def blocks_of(stream: bytes) -> list[JsonObject]:
    """The content of a streamed message as its client keeps it."""
    blocks: dict[int, JsonObject] = {}
    for line in stream.split(b"\n"):
        event = json.loads(line[5:]) if line.startswith(b"data:") else {}
        if event.get("type") == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        elif event.get("type") == "content_block_delta":
            delta, block = event["delta"], blocks[event["index"]]
            if delta["type"] == "input_json_delta":
                block["input"] = f"{block['input'] or ''}{delta['partial_json']}"
                continue
            name = delta["type"].removesuffix("_delta")
            block[name] = block.get(name, "") + delta[name]
    for block in blocks.values():
        if isinstance(block.get("input"), str):
            block["input"] = json.loads(block["input"])
    return [blocks[index] for index in sorted(blocks)]


async def talk(daemon: Daemon, lanes: tuple[str, ...]) -> list[str]:
    """A session whose client changes its model from turn to turn; the fidelities it travelled at."""
    history: list[JsonObject] = [{"role": "user", "content": "Begin."}]
    fidelities = []
    for turn in range(TURNS):
        body: JsonObject = {
            "model": THINKERS[turn % len(THINKERS)],
            "max_tokens": 4000,
            "stream": True,
            "thinking": {"type": "adaptive"},
            "system": [{"type": "text", "text": "You code.", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "Read", "input_schema": {"type": "object", "properties": {}}}],
            "messages": history,
        }
        got = await ask(daemon, MESSAGES, body, {"x-coderouter-lane": lanes[turn % len(lanes)]})
        assert MESSAGES.finished(got.body), got.body
        fidelities.append(got.headers["x-coderouter-fidelity"])
        blocks = blocks_of(got.body)
        history.append({"role": "assistant", "content": blocks})
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": one, "content": "print(1)"} for one in calls]
        history.append({"role": "user", "content": [*results, {"type": "text", "text": f"Go on, {turn}."}]})
    return fidelities


@pytest.mark.parametrize("lanes", [("direct",), ("smart",), ("smart", "direct")], ids="-".join)
async def test_thinking_keeps_its_signatures_and_prefixes_over_a_long_session(
    lanes: tuple[str, ...], daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, thinks, keys=("anthropic",)) as daemon:
        fidelities = await talk(daemon, lanes)
        seen = daemon.provider.seen
    assert [one.rejected for one in seen] == [None] * TURNS
    assert sum(b'"signature"' in one.body for one in seen) == TURNS - 1
    if lanes == ("direct",):
        assert fidelities == ["raw"] * TURNS
