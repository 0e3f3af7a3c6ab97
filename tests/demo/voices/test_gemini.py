"""Gemini's layer: calls without ids, signatures that must come back, thinking that only the total shows."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, HttpError, Outcome, Reply, Say, SeenRequest, Think
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Endpoint
from tests.daemon.kit import CHAT, events

DIALECT = Dialect("gemini", thought_signatures=True, developer_role=False, max_tokens_field="max_tokens")
GEMINI = Compatible(
    "gemini", (Endpoint(FormatName.OPENAI_CHAT, "/chat/completions", DIALECT),), ("gemini-3",), "key"
)
ANSWER = Reply((Think("A long thought about it."), Say("I look."), Call("read", {"path": "a"}), Call("list")))
ASK: JsonObject = {"role": "user", "content": "Go"}


def script(seen: SeenRequest) -> Outcome:
    return HttpError(400, "No.") if "fail" in seen.json["messages"][0]["content"] else ANSWER


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with ScriptedProvider(script, compatible=[GEMINI]) as provider:
        yield provider.roots["gemini"] + "/chat/completions"


async def post(url: str, *messages: JsonObject, **fields: Any) -> tuple[int, bytes]:
    body = {"model": "gemini-3", "messages": list(messages), **fields}
    headers = {"authorization": "Bearer key"}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as response:
        return response.status, await response.read()


async def test_a_whole_answer(url: str) -> None:
    status, body = await post(url, ASK)
    completion = json.loads(body)
    first, second = completion["choices"][0]["message"]["tool_calls"]
    assert status == 200
    assert "id" not in first
    assert first["extra_content"]["google"]["thought_signature"]
    assert "extra_content" not in second
    usage = completion["usage"]
    assert usage["total_tokens"] > usage["prompt_tokens"] + usage["completion_tokens"]
    assert "reasoning_content" not in completion["choices"][0]["message"]


async def test_a_stream(url: str) -> None:
    _, body = await post(url, ASK, stream=True, stream_options={"include_usage": True})
    chunks = list(events(body))
    calls = [
        call
        for chunk in chunks
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert [call["function"]["name"] for call in calls] == ["read", "list"]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [{"path": "a"}, {}]
    assert [("extra_content" in call, "id" in call) for call in calls] == [(True, False), (False, False)]
    assert CHAT.text(body) == "I look."
    usage = next(chunk["usage"] for chunk in chunks if chunk.get("usage"))
    assert usage["total_tokens"] > usage["prompt_tokens"] + usage["completion_tokens"]
    assert body.endswith(b"data: [DONE]\n\n")


async def test_a_signature_must_come_back(url: str) -> None:
    _, body = await post(url, ASK)
    calls = json.loads(body)["choices"][0]["message"]["tool_calls"]
    echoed = [{**call, "id": f"c{i}"} for i, call in enumerate(calls)]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in echoed]

    async def status(calls: list[JsonObject]) -> int:
        return (await post(url, ASK, {"role": "assistant", "content": None, "tool_calls": calls}, *results))[
            0
        ]

    assert await status(echoed) == 200
    bare = [{name: call[name] for name in ("id", "type", "function")} for call in echoed]
    assert await status(bare) == 400
    altered = {"extra_content": {"google": {"thought_signature": "made up"}}}
    assert await status([{**bare[0], **altered}, bare[1]]) == 400
    skipped = {"extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}}
    assert await status([{**bare[0], **skipped}, bare[1]]) == 200


async def test_an_error_is_a_list_as_google_sends_it(url: str) -> None:
    status, body = await post(url, {"role": "user", "content": "fail"})
    assert status == 400
    assert json.loads(body)[0]["error"]["message"] == "No."
