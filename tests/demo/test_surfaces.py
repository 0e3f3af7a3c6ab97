"""Every dialect of the catalog, held against what the clients send: a new record is tested by itself.

One provider at a time is within reach, with one endpoint, as strict as its record. Each client works through
a turn with a tool call, streaming and whole, and every request must be taken. What the client asks in another
format goes there translated.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.models import listed_card
from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers import CALLERS
from coderouter_cli.demo.callers.base import Caller, Outgoing, Result, ToolUse
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest, Think
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Capabilities, Endpoint, Model, Provider, Quality
from coderouter_cli.domain.phase import Phase
from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client, ask
from tests.harness import Daemon, daemon_with
from tests.wire.codex import CLASSIC_TOOLS, EXECUTED, LITE_TOOLS

CATALOG = load_catalog(prices=False)
RECORDS = [
    (provider, endpoint)
    for provider in CATALOG.providers.values()
    for endpoint in provider.endpoints
    if endpoint.dialect.vendor is None
]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
CLIENTS = {
    FormatName.ANTHROPIC_MESSAGES: MESSAGES,
    FormatName.OPENAI_RESPONSES: RESPONSES,
    FormatName.OPENAI_CHAT: CHAT,
}
TOOLS = {"claude-code": "Bash", "codex": "exec_command", "cursor": "run_terminal_cmd"}

each_record = pytest.mark.parametrize(
    ("provider", "endpoint"), RECORDS, ids=[endpoint.dialect.name for _, endpoint in RECORDS]
)
each_mode = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
each_format = pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT], ids=lambda c: c.format.value)


@dataclass(frozen=True)
class Behind:
    """The model behind an endpoint: what it is to the product, and to the scripted provider."""

    model: Model
    rules: Compatible


def behind(provider: Provider, endpoint: Endpoint, **able: Any) -> Behind:
    """A model of this provider, with only this endpoint to reach it."""
    able = {"efforts": EFFORTS, **able}
    quality = dict.fromkeys(Phase, Quality(80, "stated", "2026-11-23"))
    model = Model(
        id="subject-1",
        provider=provider.name,
        family="subject",
        max_input=1_000_000,
        max_output=32_000,
        capabilities=Capabilities(**able),
        quality=quality,
        card=listed_card("subject-1", {"input": Decimal(1), "output": Decimal(2)}, "stated"),
        cache_ttl_s=300,
    )
    known = {"efforts", "sampling", "forced_tool_choice", "thinking_can_be_off"}
    key = None if provider.keyless else f"dummy-{provider.name}"
    taken = {name: value for name, value in able.items() if name in known}
    return Behind(model, Compatible(provider.name, (endpoint,), ("subject-1",), key, 32_000, **taken))


def catalog_of(provider: Provider, endpoint: Endpoint, model: Model) -> Catalog:
    """The catalog with this provider, cut down to this endpoint, and this model of it."""
    providers = {
        **CATALOG.providers,
        provider.name: replace(provider, endpoints=(endpoint,), key_env=f"{provider.name.upper()}_API_KEY"),
    }
    opus = {name: one for name, one in CATALOG.models.items() if one.provider == "anthropic"}
    return Catalog(models={**opus, model.id: model}, providers=providers)


def outline(client: str, model: str) -> Outline:
    return Outline(client=client, model=model, language="python", asks=())  # type: ignore[arg-type] # a plain word


def adjusted(outgoing: Outgoing, *, stream: bool) -> JsonObject:
    body: JsonObject = json.loads(outgoing.body)
    body["stream"] = stream
    if not stream:
        body.pop("stream_options", None)
    return body


class Agent:
    """A scripted client at work over a daemon."""

    def __init__(self, daemon: Daemon, caller: Caller, tool: str, *, stream: bool) -> None:
        self._daemon = daemon
        self._caller = caller
        self._tool = tool
        self._stream = stream

    async def turn(self, text: str) -> None:
        """A human turn: one tool call, its result, the answer."""
        self._caller.begin(text, planning=False)
        uses = await self._exchange(self._caller.request())
        assert uses, "the model has called a tool"
        self._caller.give([Result(use, "ok", failed=False) for use in uses])
        assert not await self._exchange(self._caller.request())

    async def _exchange(self, outgoing: Outgoing) -> tuple[ToolUse, ...]:
        client = CLIENTS[outgoing.format]
        body = adjusted(outgoing, stream=self._stream)
        got = await ask(self._daemon, client, body, dict(outgoing.headers))
        assert got.status == 200, got.body
        taken = self._caller.take(got.body)
        assert taken.problem is None, got.body
        return taken.uses


def working(tool: str) -> Any:
    """A model that thinks, calls a tool, and is done when it has the result."""

    def script(seen: SeenRequest) -> Outcome:
        text = json.dumps(seen.json)
        if text.count('"ok"') + text.count("\\nok") >= text.count("Do the") and "ok" in text:
            return Reply((Think("That was it."), Say("Done.")))
        name = next((one for one in names_in(seen.json) if one.endswith(tool)), tool)
        return Reply((Think("Let me look."), Say("I look."), Call(name, {"command": "ls"})))

    return script


def names_in(body: JsonObject) -> Iterator[str]:
    for tool in body.get("tools") or ():
        name = tool.get("name") or (tool.get("function") or {}).get("name")
        if name:
            yield name


def no_refusals(daemon: Daemon) -> None:
    assert [seen.rejected for seen in daemon.provider.seen if seen.rejected] == []


@each_record
@each_mode
@pytest.mark.parametrize("name", ["claude-code", "codex", "cursor"])
async def test_a_client_works_through_every_dialect(
    provider: Provider, endpoint: Endpoint, stream: bool, name: str, daemon_home: Path
) -> None:
    found = behind(provider, endpoint)
    asked = {"claude-code": "claude-opus-5-5", "codex": "gpt-5.5", "cursor": "gpt-6.1-sol"}[name]
    caller = CALLERS[name](outline(name, asked), "contract")  # type: ignore[index] # a plain word
    async with daemon_with(
        daemon_home,
        working(TOOLS[name]),
        keys=() if provider.keyless else (provider.name,),
        compatible=[found.rules],
        catalog=catalog_of(provider, endpoint, found.model),
    ) as daemon:
        agent = Agent(daemon, caller, TOOLS[name], stream=stream)
        await agent.turn("Do the first thing in parser.py")
        await agent.turn("Do the second thing in parser.py")
        assert len(daemon.provider.generations(provider.name)) == 4
        no_refusals(daemon)


ODD: JsonObject = {
    "type": "object",
    "$defs": {"kind": {"type": "string", "const": "a"}},
    "properties": {
        "name": {"type": ["string", "null"], "pattern": "^\\p{Cc}+$", "format": "uri"},
        "kind": {"$ref": "#/$defs/kind", "description": "which"},
        "one": {"type": "object", "anyOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]},
        "list": {"type": "array"},
        "level": {"type": "integer", "enum": [1, 2], "exclusiveMinimum": 0},
        "either": {"oneOf": [{"type": "null"}, {"type": "number"}]},
    },
    "required": ["name", "gone"],
    "additionalProperties": False,
}
LONG = "mcp__a_server_with_a_long_name__" + "x" * 60


def odd_body(client: Client, *, stream: bool) -> JsonObject:
    """A request with everything that some provider refuses and none of them needs."""
    if client is MESSAGES:
        tool: JsonObject = {"name": LONG, "description": "Odd.", "input_schema": ODD, "type": "custom"}
        tool |= {
            "cache_control": {"type": "ephemeral"},
            "input_examples": [{}],
            "eager_input_streaming": True,
        }
        called = [{"type": "tool_use", "id": "a:0", "name": LONG, "input": {}}]
        result = [{"type": "tool_result", "tool_use_id": "a:0", "content": "fine"}]
        return client.body(
            stream=stream,
            tools=[tool],
            max_tokens=900_000,
            thinking={"type": "enabled", "budget_tokens": 800_000, "display": "omitted"},
            output_config={"effort": "xhigh"},
            context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            diagnostics={"previous_message_id": None},
            metadata={"user_id": "someone"},
            system=[{"type": "text", "text": "x-anthropic-billing-header: cc_version=1; cch=abc;"}],
            messages=[
                {"role": "user", "content": "Do it in parser.py"},
                {"role": "system", "content": "Plan mode is off."},
                {"role": "assistant", "content": [*THOUGHT, *called]},
                {"role": "user", "content": result},
                {"role": "system", "content": "Go on."},
            ],
        )
    if client is RESPONSES:
        declared = {
            "type": "function",
            "name": LONG,
            "parameters": ODD,
            "strict": False,
            "defer_loading": True,
        }
        return client.body(
            stream=stream,
            tools=[declared, *CLASSIC_TOOLS[:2]],
            max_output_tokens=900_000,
            reasoning={"effort": "max", "summary": "auto", "context": "all_turns"},
            include=["reasoning.encrypted_content"],
            store=False,
            text={"verbosity": "low"},
            client_metadata={"session_id": "s"},
            service_tier="default",
            prompt_cache_key="k",
            input=[LITE_TOOLS, {"role": "developer", "content": "Be brief."}, *LITE_HISTORY],
        )
    function = {"name": LONG, "description": "Odd.", "parameters": ODD, "strict": False}
    calls = [{"index": 0, "id": "a:0", "type": "function", "function": {"name": LONG, "arguments": "{}"}}]
    return client.body(
        stream=stream,
        tools=[{"type": "function", "function": function}],
        max_completion_tokens=900_000,
        reasoning_effort="xhigh",
        store=True,
        metadata={"a": "b"},
        service_tier="auto",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Do it in parser.py"},
            {"role": "assistant", "content": None, "refusal": None, "annotations": [], "tool_calls": calls},
            {"role": "tool", "tool_call_id": "a:0", "content": "fine"},
        ],
    )


THOUGHT = [{"type": "thinking", "thinking": "Hm.", "signature": "EqQB" + "A" * 80 + "=="}]
LITE_HISTORY: list[JsonObject] = [
    {"role": "user", "content": "Do it in parser.py"},
    EXECUTED[0],
    {"type": "custom_tool_call_output", "call_id": "call_x1", "output": "fine"},
]


@each_record
@each_mode
@each_format
async def test_an_odd_request_is_made_fit_for_every_dialect(
    provider: Provider, endpoint: Endpoint, client: Client, stream: bool, daemon_home: Path
) -> None:
    found = behind(provider, endpoint, sampling=False)
    async with daemon_with(
        daemon_home,
        Reply((Say("Done."),)),
        keys=() if provider.keyless else (provider.name,),
        compatible=[found.rules],
        catalog=catalog_of(provider, endpoint, found.model),
    ) as daemon:
        got = await ask(daemon, client, odd_body(client, stream=stream))
        no_refusals(daemon)
    assert got.status == 200, got.body
    if stream:
        assert client.finished(got.body)
        assert client.text(got.body) == "Done."
    else:
        assert client.whole_text(got.body) == "Done."


@each_record
async def test_thinking_is_switched_as_every_dialect_takes_it(
    provider: Provider, endpoint: Endpoint, daemon_home: Path
) -> None:
    """Off and on, asked by a client of each format."""
    found = behind(provider, endpoint)
    async with daemon_with(
        daemon_home,
        Reply(),
        keys=() if provider.keyless else (provider.name,),
        compatible=[found.rules],
        catalog=catalog_of(provider, endpoint, found.model),
    ) as daemon:
        for effort in EFFORTS:
            on = {"type": "disabled"} if effort == "none" else {"type": "adaptive"}
            config = {} if effort in {"none", "minimal"} else {"effort": effort}
            bodies = {
                MESSAGES: MESSAGES.body(thinking=on, output_config=config, max_tokens=2000),
                RESPONSES: RESPONSES.body(reasoning={"effort": effort}),
                CHAT: CHAT.body(reasoning_effort=effort),
            }
            for client, body in bodies.items():
                got = await ask(daemon, client, body)
                assert got.status == 200, (client, effort, got.body)
        no_refusals(daemon)
