"""The workload plays against the scripted provider itself, which checks every byte of it."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from coderouter_cli.demo.agent import DemoAgent
from coderouter_cli.demo.cache import Counted, PromptCache, Segment
from coderouter_cli.demo.drive import Destination, DriveReport, Sent, drive
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import HttpError, Raw, Reply, Say, SeenRequest
from coderouter_cli.demo.workload import Workload, build
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.phase import Phase, RequestKind


def direct(provider: ScriptedProvider) -> Destination:
    roots = provider.roots
    return Destination(
        f"{roots['anthropic']}/v1/messages?beta=true",
        f"{roots['openai']}/responses",
        f"{roots['openai']}/chat/completions",
        "dummy",
    )


async def played(workload: Workload, provider: ScriptedProvider) -> DriveReport:
    return await drive(workload, direct(provider))


def only(workload: Workload, client: str, count: int) -> Workload:
    chosen = [session for session in workload.sessions if session.outline.client == client]
    return Workload(tuple(chosen[:count]))


async def test_the_whole_workload_plays_without_a_complaint() -> None:
    workload = build()
    told: list[tuple[int, int, Sent]] = []
    async with ScriptedProvider(DemoAgent(workload.turns), any_model=True) as provider:
        report = await drive(
            workload, direct(provider), on_progress=lambda done, total, sent: told.append((done, total, sent))
        )
        assert [sent.problem for sent in report.sent if sent.problem] == []
        assert (report.ok, report.failed, report.skipped) == (420, 0, 0)
        assert len(provider.generations()) == 420
        seen = provider.generations()
    assert [done for done, _, _ in told] == list(range(1, 421))
    assert {total for _, total, _ in told} == {420}
    assert Counter(sent.phase for sent in report.sent if sent.phase) == workload.mix
    kinds = Counter(sent.kind for sent in report.sent)
    assert kinds == {RequestKind.TURN: 400, RequestKind.TITLE: 18, RequestKind.COMPACTION: 2}
    assert all("opus" in request.model for request in seen)
    sizes = sorted(sent.size for sent in report.sent if sent.kind is RequestKind.TURN)
    assert sizes[len(sizes) // 20] > 40_000
    assert 200_000 < sizes[-1] < 400_000
    assert sum(request.streams for request in seen) > 350
    assert sum(not request.streams for request in seen) > 10


class NotingCache(PromptCache):
    """Keeps what it counted."""

    def __init__(self) -> None:
        super().__init__(time.monotonic)
        self.noted: list[Counted] = []

    def marked(self, scope: str, segments: Sequence[Segment], minimum: int) -> Counted:
        self.noted.append(super().marked(scope, segments, minimum))
        return self.noted[-1]


async def test_most_of_each_prompt_comes_from_the_cache() -> None:
    workload = only(build(), "claude-code", 4)
    async with ScriptedProvider(DemoAgent(workload.turns)) as provider:
        provider.cache = cache = NotingCache()
        await played(workload, provider)
    assert len(cache.noted) == workload.requests
    read, total = sum(one.read for one in cache.noted), sum(one.prompt for one in cache.noted)
    assert read / total > 0.7


async def test_the_same_seed_sends_the_same_bytes() -> None:
    bodies = []
    for _ in range(2):
        workload = only(build(5), "codex", 2)
        async with ScriptedProvider(DemoAgent(workload.turns), any_model=True) as provider:
            await drive(workload, direct(provider), at_once=1)
            bodies.append([seen.json["input"][:4] for seen in provider.generations()])
    assert bodies[0] == bodies[1]


async def test_claude_code_is_shaped_like_the_real_one() -> None:
    workload = only(build(), "claude-code", 18)
    async with ScriptedProvider(DemoAgent(workload.turns), any_model=True) as provider:
        await played(workload, provider)
        seen = provider.generations()
    main = [request for request in seen if len(request.json["tools"]) > 6]
    assert list(main[0].json) == [
        "model", "messages", "system", "tools", "metadata", "max_tokens", "thinking", "context_management",
        "output_config", "stream",
    ]  # fmt: skip
    for request in main:
        assert request.path == "/anthropic/v1/messages?beta=true"
        assert request.headers["user-agent"].startswith("claude-cli/")
        session = json.loads(request.json["metadata"]["user_id"])["session_id"]
        assert session == request.headers["x-claude-code-session-id"]
        assert request.json["system"][0]["text"].startswith("x-anthropic-billing-header:")
        assert "cache_control" in json.dumps(request.json["messages"])
        turns = any(message["role"] == "system" for message in request.json["messages"])
        resumed = "This session is being continued" in str(request.json["messages"][0])
        assert turns is (request.model == "claude-opus-5-5" and not resumed)
    subagents = [request for request in seen if "x-claude-code-agent-id" in request.headers]
    assert len(subagents) == 3
    assert "cc_is_subagent=true" in subagents[0].json["system"][0]["text"]
    titles = [request for request in seen if request.json["tools"] == []]
    assert len(titles) == 16
    assert any("Plan mode is active" in json.dumps(request.json["messages"]) for request in main)


async def test_codex_is_shaped_like_the_real_one() -> None:
    workload = only(build(), "codex", 8)
    async with ScriptedProvider(DemoAgent(workload.turns), any_model=True) as provider:
        await played(workload, provider)
        seen = provider.generations()
    for request in seen:
        assert request.headers["originator"] == "codex_exec"
        assert "instructions" not in request.json
        assert request.json["store"] is False
        assert request.json["input"][0]["role"] == "developer"
    kinds = Counter(json.loads(request.headers["x-codex-turn-metadata"])["request_kind"] for request in seen)
    assert kinds["compaction"] == 1
    calls = [item for request in seen for item in request.json["input"] if item["type"] == "custom_tool_call"]
    assert calls
    assert calls[0]["input"].startswith("*** Begin Patch")


async def test_cursor_wraps_the_ask_and_the_sdk_does_not_stream() -> None:
    workload = only(build(), "cursor", 10)
    async with ScriptedProvider(DemoAgent(workload.turns), any_model=True) as provider:
        await played(workload, provider)
        seen = provider.generations()
    agents = {(request.headers["user-agent"].split("/")[0], request.streams) for request in seen}
    assert agents == {("Cursor", True), ("AsyncOpenAI", False)}
    assert all("<user_query>" in json.dumps(request.json["messages"]) for request in seen)


@pytest.mark.parametrize(
    "outcome",
    [
        HttpError(503),
        Raw((b"<html>",)),
        Raw((b'data: {"type": "message_start", "message": {}}\n\n',)),
        Reply((Say("Half"),), stop="max_tokens"),
    ],
)
async def test_a_failure_ends_its_session_only(outcome: HttpError | Raw | Reply) -> None:
    workload = only(build(), "codex", 3)
    agent = DemoAgent(workload.turns)
    broken = workload.sessions[0].outline.asks[0].text

    def script(seen: SeenRequest) -> Reply | HttpError | Raw:
        return outcome if broken in json.dumps(seen.json, ensure_ascii=False) else agent(seen)

    async with ScriptedProvider(script, any_model=True) as provider:
        report = await played(workload, provider)
    assert report.failed >= 1
    assert report.skipped > 0
    assert report.ok + report.failed + report.skipped == workload.requests
    assert report.ok >= workload.sessions[1].requests


async def test_a_router_that_is_not_there() -> None:
    workload = only(build(), "cursor", 1)
    report = await drive(workload, Destination.router("http://127.0.0.1:9", "dummy"))
    assert report.sent[0].status is None
    assert report.sent[0].problem == "ClientConnectorError"


async def test_the_routers_headers_are_read() -> None:
    workload = only(build(), "cursor", 1)
    agent = DemoAgent(workload.turns)

    def script(seen: SeenRequest) -> Reply:
        reply = agent(seen)
        return Reply(
            reply.pieces, headers=(("X-CodeRouter-Model", "gpt-5-mini"), ("x-coderouter-phase", "debug"))
        )

    async with ScriptedProvider(script, any_model=True) as provider:
        report = await played(workload, provider)
    assert report.sent[0].headers == {"model": "gpt-5-mini", "phase": "debug"}


def test_a_destination_has_a_url_per_format() -> None:
    there = Destination.router("http://127.0.0.1:1", "token")
    assert there.url(FormatName.ANTHROPIC_MESSAGES) == "http://127.0.0.1:1/v1/messages?beta=true"
    assert there.url(FormatName.OPENAI_RESPONSES) == "http://127.0.0.1:1/v1/responses"
    assert there.url(FormatName.OPENAI_CHAT) == "http://127.0.0.1:1/v1/chat/completions"


async def test_several_sessions_run_at_once() -> None:
    workload = only(build(), "codex", 4)
    release = asyncio.Event()
    agent = DemoAgent(workload.turns)

    async def script(seen: SeenRequest) -> Reply:
        await release.wait()
        return agent(seen)

    async with ScriptedProvider(script, any_model=True) as provider:
        task = asyncio.create_task(drive(workload, direct(provider), at_once=3))
        await provider.wait_for(3)
        release.set()
        report = await task
    assert report.failed == 0
    assert len({sent.phase for sent in report.sent} & set(Phase)) > 1
