"""A session of a hundred tool steps that changes its provider five times, thinking all the way.

Each client sends back what its SDK made of the answers, whole and streamed. The scripted providers verify
signatures and what they are bound to, seals, DeepSeek's rule that reasoning comes back, and the pairing of
calls and results; here it is counted that everybody got back what was theirs, and nothing else.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.prompts import unmarked
from coderouter_cli.demo.script import Call, Piece, ProviderName, Reply, Say, SeenRequest, Think
from coderouter_cli.domain.conversation import JsonObject
from tests.harness import Daemon, daemon_with

MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-opus-5-5",
    "openai": "gpt-6.1-sol",
    "deepseek": "deepseek-flash",
}
ROUTE: tuple[ProviderName, ...] = ("anthropic", "openai", "deepseek", "anthropic", "openai", "deepseek")
STEPS = 102
DIRECT = {"x-coderouter-lane": "direct"}
PARAMETERS = {"type": "object", "properties": {"step": {"type": "integer"}}, "required": ["step"]}
PROMPT = "Work through all the steps with the tools you have."
SYSTEM = "You are a careful engineer."


def provider_at(step: int) -> ProviderName:
    return ROUTE[step * len(ROUTE) // STEPS]


def thought(step: int) -> str:
    return f"Thought {step}: größer als 3 µm, 完了."


def reply(seen: SeenRequest) -> Reply:
    """One step: a thought, at times words, and one call or two; twice as many thoughts at Anthropic."""
    step = steps_done(seen.json)
    pieces: list[Piece] = [Think(thought(step), redacted=seen.provider == "anthropic" and step % 5 == 0)]
    pieces += [Say(f"Step {step}.")] if step % 3 == 0 else []
    pieces += [Call("run", {"step": step})]
    pieces += [Call("look", {"step": step})] if step % 4 == 0 else []
    return Reply(tuple(pieces))


def steps_done(body: JsonObject) -> int:
    """How many steps have their results, in whatever format the request is."""
    return json.dumps(body).count("Result of run")


class MessagesClient:
    """Its history is in its SDK's own terms. A step gives the ids and names of the calls; their results are
    added by id."""

    def __init__(self, daemon: Daemon, *, stream: bool) -> None:
        self.sdk = anthropic.AsyncAnthropic(api_key=daemon.token, base_url=daemon.url, max_retries=0)
        self._stream = stream
        self._messages: list[Any] = [{"role": "user", "content": PROMPT}]

    async def step(self, model: str) -> list[tuple[str, str]]:
        asked: dict[str, Any] = {
            "model": model,
            "max_tokens": 4000,
            "system": SYSTEM,
            "thinking": {"type": "adaptive"},
            "messages": self._messages,
            "tools": [{"name": n, "description": n, "input_schema": PARAMETERS} for n in ("run", "look")],
            "extra_headers": DIRECT,
        }
        if self._stream:
            async with self.sdk.messages.stream(**asked) as events:
                message = await events.get_final_message()
        else:
            message = await self.sdk.messages.create(**asked)
        content = [block.model_dump(exclude_none=True) for block in message.content]
        self._messages.append({"role": "assistant", "content": content})
        return [(block["id"], block["name"]) for block in content if block["type"] == "tool_use"]

    def answer(self, results: list[tuple[str, str]]) -> None:
        blocks = [{"type": "tool_result", "tool_use_id": name, "content": text} for name, text in results]
        self._messages.append({"role": "user", "content": blocks})


class ResponsesClient:
    def __init__(self, daemon: Daemon, *, stream: bool) -> None:
        self.sdk = openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1", max_retries=0)
        self._stream = stream
        self._items: list[Any] = [{"role": "user", "content": PROMPT}]

    async def step(self, model: str) -> list[tuple[str, str]]:
        tools = [
            {"type": "function", "name": n, "description": n, "parameters": PARAMETERS, "strict": False}
            for n in ("run", "look")
        ]
        asked: dict[str, Any] = {
            "model": model,
            "instructions": SYSTEM,
            "reasoning": {"effort": "medium", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            "tools": tools,
            "extra_headers": DIRECT,
            # As an argument of its own its types would be looked up for a second or more, each time.
            "extra_body": {"input": self._items},
        }
        if self._stream:
            async with self.sdk.responses.stream(**asked) as events:
                response: Any = await events.get_final_response()
        else:
            response = await self.sdk.responses.create(**asked)
        output = [
            item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output
        ]
        self._items += output
        return [(item["call_id"], item["name"]) for item in output if item["type"] == "function_call"]

    def answer(self, results: list[tuple[str, str]]) -> None:
        self._items += [
            {"type": "function_call_output", "call_id": name, "output": text} for name, text in results
        ]


class ChatClient:
    """Sends back every field of a message, as the tools that know ``reasoning_details`` do."""

    def __init__(self, daemon: Daemon, *, stream: bool) -> None:
        self.sdk = openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1", max_retries=0)
        self._stream = stream
        self._messages: list[Any] = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": PROMPT},
        ]

    async def step(self, model: str) -> list[tuple[str, str]]:
        functions = [{"name": n, "description": n, "parameters": PARAMETERS} for n in ("run", "look")]
        asked: dict[str, Any] = {
            "model": model,
            "messages": self._messages,
            "reasoning_effort": "medium",
            "tools": [{"type": "function", "function": function} for function in functions],
            "extra_headers": DIRECT,
        }
        if self._stream:
            asked["stream_options"] = {"include_usage": True}
            async with self.sdk.chat.completions.stream(**asked) as events:
                completion: Any = await events.get_final_completion()
        else:
            completion = await self.sdk.chat.completions.create(**asked)
        message = completion.choices[0].message.model_dump(exclude_none=True, exclude={"parsed"})
        for call in message["tool_calls"]:
            call.pop("index", None)
            call["function"].pop("parsed_arguments", None)
        self._messages.append(message)
        return [(call["id"], call["function"]["name"]) for call in message["tool_calls"]]

    def answer(self, results: list[tuple[str, str]]) -> None:
        self._messages += [{"role": "tool", "tool_call_id": name, "content": text} for name, text in results]


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("kind", [MessagesClient, ResponsesClient, ChatClient])
async def test_everybody_gets_their_own_thoughts_back_and_nobody_elses(
    kind: type[MessagesClient | ResponsesClient | ChatClient], stream: bool, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, reply) as daemon:
        client = kind(daemon, stream=stream)
        async with client.sdk:
            for step in range(STEPS):
                calls = await client.step(MODELS[provider_at(step)])
                client.answer([(call_id, f"Result of {name} {step}") for call_id, name in calls])
        seen = daemon.provider.generations()
    assert [(one.provider, one.status, one.rejected) for one in seen] == [
        (provider_at(step), 200, None) for step in range(STEPS)
    ]
    for step, one in enumerate(seen):
        assert b"cr1." not in one.body
        own = [before for before in range(step) if provider_at(before) == one.provider]
        assert list(thoughts_in(one)) == [thought(before) for before in own], step
    for provider in MODELS:
        histories = [history(one.json) for one in seen if one.provider == provider]
        for shorter, longer in itertools.pairwise(histories):
            assert longer[: len(shorter)] == shorter


GEMINI = """
[[models]]
id = "gemini-x-pro"
provider = "gemini"
max_input = 1000000
max_output = 32000
"""
UNSIGNED = "skip_thought_signature_validator"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("kind", [MessagesClient, ResponsesClient, ChatClient])
async def test_gemini_gets_back_the_signatures_of_its_own_calls(
    kind: type[MessagesClient | ResponsesClient | ChatClient], stream: bool, daemon_home: Path
) -> None:
    endpoints = load_catalog(prices=False).providers["gemini"].endpoints
    gemini = Compatible("gemini", endpoints, ("gemini-x-pro",), key="dummy-gemini")
    route = ["claude-opus-5-5"] * 3 + ["gemini-x-pro"] * 4 + ["claude-opus-5-5"] * 2 + ["gemini-x-pro"] * 3
    async with daemon_with(
        daemon_home, reply, keys=("anthropic", "gemini"), config=GEMINI, compatible=[gemini]
    ) as daemon:
        client = kind(daemon, stream=stream)
        async with client.sdk:
            for step, model in enumerate(route):
                calls = await client.step(model)
                client.answer([(call_id, f"Result of {name} {step}") for call_id, name in calls])
        seen = daemon.provider.generations()
    assert [(one.status, one.rejected) for one in seen] == [(200, None)] * len(route)
    last = [message for message in seen[-1].json["messages"] if message.get("tool_calls")]
    signatures = [
        message["tool_calls"][0]["extra_content"]["google"]["thought_signature"] for message in last
    ]
    assert [UNSIGNED if model.startswith("claude") else "own" for model in route[:-1]] == [
        UNSIGNED if signature == UNSIGNED else "own" for signature in signatures
    ]
    assert len(set(signatures) - {UNSIGNED}) == route[:-1].count("gemini-x-pro")
    assert all(b"cr1." not in one.body for one in seen)


def history(body: JsonObject) -> list[Any]:
    """What grows from request to request, cache marks aside."""
    found: list[Any] = unmarked(body.get("messages") or body.get("input"))
    return found


def thoughts_in(seen: SeenRequest) -> Iterator[str]:
    """The thoughts a provider was given back, which must be its own; blanks stand for those of others.

    Of what cannot be read, the provider itself has verified that it is its own: its text is that of the
    step that its place in the history tells.
    """
    step = 0
    for message in history(seen.json):
        content = message.get("content")
        blocks = content if isinstance(content, list) else []
        for block in (message, *blocks):
            if block.get("type") in {"thinking", "redacted_thinking", "reasoning"} or _is_open(block):
                text = _text(block)
                if text is None:
                    yield thought(step)
                elif text.strip():
                    yield text
        step += json.dumps(message).count("Result of run")


def _is_open(message: JsonObject) -> bool:
    return "reasoning_content" in message


def _text(block: JsonObject) -> str | None:
    """The text of a thought; None for one that is only sealed."""
    if "reasoning_content" in block:
        return str(block["reasoning_content"])
    if block["type"] == "thinking":
        return str(block["thinking"]) or None
    parts = [*(block.get("summary") or ()), *(block.get("content") or ())]
    return "".join(part["text"] for part in parts) or None
