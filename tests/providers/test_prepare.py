"""A client's request as it leaves: byte for byte where it may, changed where it must."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.script import Reply, Say
from coderouter_cli.domain.decision import Fidelity, Target
from coderouter_cli.domain.usage import UsageSource
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.providers.prepare import fidelity_of, prepare
from coderouter_cli.wire.registry import format_of
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client, ask, each_client, events
from tests.harness import daemon_with
from tests.wire.formats.anthropic_messages.kit import complaint

ODD: dict[Client, bytes] = {
    MESSAGES: b'{ "max_tokens":1000,"messages":[{"role":"user","content":"caf\\u00e9 \xf0\x9f\x8e\x89 Fix '
    b'parser.py, it says \\"model\\": \\"x\\""}],\r\n\t"model" : %s ,'
    b'"diagnostics":{"model":"left alone","n":1.50e0},"stream":true }\n',
    RESPONSES: b'{"input":[{"role":"user","content":[{"type":"input_text","text":"caf\\u00e9 Fix it"}]}],'
    b'"stream" :true,"store":false,"metadata":{"model":"left alone"},"model":%s,"text":{"verbosity":"low"}}',
    CHAT: b'{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":'
    b'"Fix parser.py \\ud83c\\udf89"}],"model":   %s,"prediction":[1.0,1e2,{"model":"left alone"}]}   ',
}
"""Bodies no writer of ours would write."""


def named(client: Client, model: str) -> bytes:
    return ODD[client].replace(b"%s", json.dumps(model).encode())


@each_client
async def test_raw_changes_the_models_name_and_nothing_else(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, lambda _: Reply(), keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client, named(client, client.asked))
        (row,), (seen,) = daemon.rows(), daemon.provider.seen
    assert got.headers["x-coderouter-fidelity"] == "raw"
    assert row.model != client.asked
    assert seen.body == named(client, row.model)
    rest = [hashlib.sha256(body).hexdigest() for body in ODD[client].split(b"%s")]
    assert [hashlib.sha256(b).hexdigest() for b in seen.body.split(json.dumps(row.model).encode())] == rest


@pytest.mark.parametrize("model", ["its own", "claude-next-9", "gpt-77"])
@each_client
async def test_the_direct_lane_changes_nothing_at_all(client: Client, model: str, daemon_home: Path) -> None:
    body = named(client, client.asked if model == "its own" else model)
    async with daemon_with(daemon_home, Reply(), keys=(client.vendor,)) as daemon:
        await ask(daemon, client, body, {"x-coderouter-lane": "direct"})
        (seen,) = daemon.provider.seen
    assert seen.body == body


async def test_a_chat_stream_without_usage_is_asked_for_it_and_hides_it(daemon_home: Path) -> None:
    body = CHAT.body(stream_options=None)
    async with daemon_with(daemon_home, Reply((Say("Hello."),)), keys=("openai",)) as daemon:
        got = await ask(daemon, CHAT, body)
        (row,), (seen,) = daemon.rows(), daemon.provider.seen
    assert seen.json["stream_options"] == {"include_usage": True}
    assert CHAT.finished(got.body)
    assert all(event["choices"] and not event.get("usage") for event in events(got.body))
    assert row.usage_source is UsageSource.REPORTED


def request_of(client: Client, **more: Any) -> ClientRequest:
    body = client.body(**more)
    data = json.dumps(body).encode()
    return ClientRequest(client.format, {}, data, body, format_of(client.format).parse(body))


def way_of(request: ClientRequest, name: str) -> Way:
    catalog = load_catalog(prices=False)
    model = catalog.models[name]
    provider = catalog.providers[model.provider]
    endpoint = provider.endpoint(request.format)
    fidelity = fidelity_of(request, endpoint, model)
    return Way(Target(provider.name, name, name, endpoint.format, fidelity), model, provider, endpoint)


NO_SAMPLING = {"temperature": 0.2}


@pytest.mark.parametrize(
    ("client", "more", "model", "fidelity"),
    [
        (MESSAGES, {}, "claude-haiku-5-5", Fidelity.RAW),
        (RESPONSES, {}, "gpt-6-luna", Fidelity.RAW),
        (CHAT, {}, "gpt-6-luna", Fidelity.RAW),
        (CHAT, {"stream": False}, "gpt-6-luna", Fidelity.RAW),
        (CHAT, {"stream_options": None}, "gpt-6-luna", Fidelity.SANITISED),
        (MESSAGES, {}, "deepseek-flash", Fidelity.SANITISED),
        (RESPONSES, {}, "deepseek-flash", Fidelity.SANITISED),
        (MESSAGES, {}, "gpt-6-luna", Fidelity.TRANSLATED),
        (RESPONSES, {}, "claude-haiku-5-5", Fidelity.TRANSLATED),
        (CHAT, {}, "claude-haiku-5-5", Fidelity.TRANSLATED),
        (MESSAGES, {"max_tokens": 10_000_000}, "claude-haiku-5-5", Fidelity.SANITISED),
        (MESSAGES, {"max_tokens": 10_000_000}, "claude-opus-5-5", Fidelity.RAW),
        (MESSAGES, NO_SAMPLING, "claude-haiku-5-5", Fidelity.SANITISED),
        (MESSAGES, {"output_config": {"effort": "unheard-of"}}, "claude-haiku-5-5", Fidelity.SANITISED),
    ],
)
def test_how_a_request_travels(client: Client, more: dict[str, Any], model: str, fidelity: Fidelity) -> None:
    catalog = load_catalog(prices=False)
    known = catalog.models[model]
    endpoint = catalog.providers[known.provider].endpoint(client.format)
    assert fidelity_of(request_of(client, **more), endpoint, known) is fidelity


def test_a_model_nobody_knows_travels_as_it_came() -> None:
    endpoint = load_catalog(prices=False).providers["anthropic"].endpoints[0]
    asked = request_of(MESSAGES, max_tokens=10_000_000, temperature=0.2)
    assert fidelity_of(asked, endpoint, None) is Fidelity.RAW


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.format.value)
@pytest.mark.parametrize("model", ["claude-haiku-5-5", "gpt-6-luna", "deepseek-flash"])
def test_the_same_request_gives_the_same_bytes(client: Client, model: str) -> None:
    way = way_of(request_of(client), model)
    once, again = (prepare(request_of(client), way, "key") for _ in range(2))
    assert once == again
    assert once.call.url == way.provider.root + way.endpoint.path
    assert json.loads(once.call.body)["model"] == model
    assert once.format is way.endpoint.format
    assert once.reencode is (way.target.fidelity is Fidelity.TRANSLATED)


@pytest.mark.parametrize("openly", [True, False])
def test_reasoning_that_one_provider_alone_can_read_is_relayed_by_name(openly: bool) -> None:
    plain, asking = request_of(RESPONSES), request_of(RESPONSES, include=["reasoning.encrypted_content"])
    way = way_of(asking, "deepseek-flash")
    dialect = replace(way.endpoint.dialect, reasoning_content=openly)
    way = replace(way, endpoint=replace(way.endpoint, dialect=dialect))
    assert not prepare(plain, way, "key").reencode
    assert prepare(asking, way, "key").reencode is not openly
    assert not prepare(asking, way_of(asking, "gpt-6-luna"), "key").reencode


def test_a_call_shows_neither_key_nor_prompt() -> None:
    request = request_of(MESSAGES)
    prepared = prepare(request, way_of(request, "claude-haiku-5-5"), "sk-secret-key")
    for shown in (repr(prepared), repr(prepared.call), repr(request)):
        assert "sk-secret" not in shown
        assert "parser.py" not in shown


def test_text_that_is_no_unicode_can_leave() -> None:
    """A lone surrogate, as JSON can write it and UTF-8 cannot: sanitising must not fail on it."""
    request = request_of(CHAT, stream_options=None, prompt="half of a pair: \ud83c")
    way = way_of(request, "gpt-6-luna")
    assert json.loads(prepare(request, way, "key").call.body.decode("utf-8", "surrogatepass"))


PREFILL = [{"role": "user", "content": "Give me JSON"}, {"role": "assistant", "content": "{"}]
SYSTEM_TURN = [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Plan mode is off."}]
READ = [{"name": "read", "input_schema": {"type": "object"}}]
BUDGET = {"type": "enabled", "budget_tokens": 4000}
OTHERS = (
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-haiku-5-5",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
)


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize(
    "shape",
    [
        {"thinking": BUDGET, "max_tokens": 8000},
        {"thinking": BUDGET, "max_tokens": 8000, "output_config": {"effort": "xhigh"}},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
        {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        {"thinking": {"type": "between_tools"}},
        {"temperature": 0.2},
        {"temperature": 1},
        {"top_p": 0.5, "top_k": 40},
        {"messages": PREFILL},
        {"messages": SYSTEM_TURN},
        {"tools": READ, "tool_choice": {"type": "any"}},
        {"tools": READ, "tool_choice": {"type": "tool", "name": "read"}},
        {"tools": READ, "tool_choice": {"type": "tool", "name": "read"}, "thinking": {"type": "adaptive"}},
        {"max_tokens": 128_000},
    ],
    ids="-".join,
)
def test_another_model_of_anthropics_takes_what_the_client_wrote_for_one(
    shape: dict[str, Any], target: str
) -> None:
    """Each shape is a 400 at some of these models when only the name is changed."""
    request = request_of(MESSAGES, model="claude-other", **shape)
    way = way_of(request, target)
    sent = json.loads(prepare(request, way, "key").call.body)
    assert complaint(sent) is None
    if way.target.fidelity is Fidelity.SANITISED:
        assert complaint({**request.json, "model": target}) is not None, "raw would have done"


def test_a_model_that_is_named_gets_what_was_written_for_it() -> None:
    asked = request_of(MESSAGES, temperature=0.2, messages=PREFILL, thinking=BUDGET)
    assert way_of(asked, "claude-opus-5-5").target.fidelity is Fidelity.RAW


@pytest.mark.parametrize("name", ["deepseek-flash", "claude-haiku-5-5"])
def test_a_long_tool_name_is_given_back_as_the_client_wrote_it(name: str) -> None:
    tools = [{"name": "mcp__" + "x" * 80, "input_schema": {"type": "object"}}]
    request = request_of(MESSAGES, tools=tools)
    prepared = prepare(request, way_of(request, name), "key")
    sent = json.loads(prepared.call.body)["tools"][0]["name"]
    renamed = name == "deepseek-flash"
    assert (sent != tools[0]["name"]) is renamed
    assert prepared.reencode is renamed


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.format.value)
def test_answers_with_odd_call_ids_are_written_anew(client: Client) -> None:
    request = request_of(client)
    assert prepare(request, way_of(request, "kimi-k3.1-pro"), "key").reencode
