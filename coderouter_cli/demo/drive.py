"""Sends the workload to a running router as its clients would: several sessions at once, step by step."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

from coderouter_cli.demo.asks import ClientName
from coderouter_cli.demo.callers.base import Caller, Outgoing, Result, Taken, ToolUse
from coderouter_cli.demo.codebase import outcome
from coderouter_cli.demo.turns import Action, Kind, Turn
from coderouter_cli.demo.workload import Session, Workload
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.phase import Phase, RequestKind

SESSIONS_AT_ONCE = 8
_PREFIX = "x-coderouter-"
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Destination:
    """Where requests go: a URL for each format, and the token that opens the door."""

    messages: str
    responses: str
    chat: str
    token: str

    @classmethod
    def router(cls, base: str, token: str) -> "Destination":
        """A router at a base URL without a slash at the end."""
        return cls(
            f"{base}/v1/messages?beta=true", f"{base}/v1/responses", f"{base}/v1/chat/completions", token
        )

    def url(self, format_name: FormatName) -> str:
        """Where requests of a format go."""
        urls = {
            FormatName.ANTHROPIC_MESSAGES: self.messages,
            FormatName.OPENAI_RESPONSES: self.responses,
            FormatName.OPENAI_CHAT: self.chat,
        }
        return urls[format_name]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request and how it went.

    ``phase`` is the one its turn was written for (None for housekeeping). ``headers`` are what the router
    said of it: ``phase``, ``model``, ``lane``, ``fidelity``, ``request-id`` and others, without their
    prefix. ``status`` is None when there was no answer, ``problem`` None when all is well. ``size`` is the
    body's in bytes.
    """

    session: str
    client: ClientName
    kind: RequestKind
    phase: Phase | None
    status: int | None
    problem: str | None
    headers: Mapping[str, str]
    size: int
    seconds: float


Progress = Callable[[int, int, Sent], None]
"""Called after each request with how many are done, how many there are, and how it went."""


@dataclass(frozen=True, slots=True)
class DriveReport:
    """How it went. ``skipped`` requests were never sent, because their session had failed before."""

    sent: tuple[Sent, ...]
    skipped: int
    elapsed_s: float

    @property
    def ok(self) -> int:
        """Requests with a whole, well-formed answer."""
        return sum(sent.problem is None for sent in self.sent)

    @property
    def failed(self) -> int:
        """Requests without one."""
        return len(self.sent) - self.ok


async def drive(
    workload: Workload,
    destination: Destination,
    *,
    at_once: int = SESSIONS_AT_ONCE,
    on_progress: Progress | None = None,
) -> DriveReport:
    """Send every session of the workload, ``at_once`` of them at a time."""
    book = _Book(workload.requests, on_progress)
    began = time.monotonic()
    gate = asyncio.Semaphore(at_once)
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    connector = aiohttp.TCPConnector(limit=at_once * 2)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False) as http,
        asyncio.TaskGroup() as group,
    ):
        for session in workload.sessions:
            group.create_task(_play(_Player(session, destination, http, book), gate))
    return DriveReport(tuple(book.sent), workload.requests - len(book.sent), time.monotonic() - began)


@dataclass(slots=True)
class _Book:
    """What was sent so far."""

    total: int
    on_progress: Progress | None
    sent: list[Sent] = field(default_factory=list)

    def add(self, sent: Sent) -> None:
        self.sent.append(sent)
        if self.on_progress is not None:
            self.on_progress(len(self.sent), self.total, sent)


async def _play(player: "_Player", gate: asyncio.Semaphore) -> None:
    async with gate:
        await player.play()


@dataclass(frozen=True, slots=True)
class _Player:
    """Plays one session."""

    session: Session
    destination: Destination
    http: aiohttp.ClientSession
    book: _Book

    async def play(self) -> None:
        """All turns in order, until one fails."""
        caller = self.session.caller()
        for number, turn in enumerate(self.session.turns):
            if turn.ask.compacted and not await self._compact(caller):
                return
            caller.begin(turn.ask.text, planning=turn.ask.phase is Phase.PLAN)
            if number == 0 and self.session.outline.titled:
                await self._send(caller, caller.title(), RequestKind.TITLE, None)
            if await self._turn(caller, turn) is None:
                return

    async def _compact(self, caller: Caller) -> bool:
        taken = await self._send(caller, caller.compaction(), RequestKind.COMPACTION, None)
        if taken.problem is None:
            caller.compact(taken.text)
        return taken.problem is None

    async def _turn(self, caller: Caller, turn: Turn) -> Taken | None:
        """The last answer of a turn; None when it failed."""
        for step in (*turn.steps, ()):
            taken = await self._send(caller, caller.request(), RequestKind.TURN, turn.ask.phase)
            if taken.problem is not None:
                return None
            if not taken.uses:
                return taken
            caller.give(await self._results(caller, taken.uses, step, turn))
        return None

    async def _results(
        self, caller: Caller, uses: Sequence[ToolUse], step: tuple[Action, ...], turn: Turn
    ) -> list[Result]:
        """What the tools give back for the calls of a step; a call too many is told so."""
        results = []
        for number, use in enumerate(uses):
            if number >= len(step):
                results.append(Result(use, "Nothing happened.", failed=True))
            elif step[number].kind is Kind.DELEGATE:
                results.append(Result(use, await self._delegated(caller), failed=False))
            else:
                text = outcome(step[number], turn.language)
                results.append(Result(use, text, failed=not step[number].ok))
        return results

    async def _delegated(self, caller: Caller) -> str:
        """What the subagents report."""
        reports = []
        for task in self.session.tasks:
            agent = caller.subagent()
            agent.begin(task.ask.text, planning=False)
            taken = await self._turn(agent, task)
            reports.append("The agent failed." if taken is None else taken.text)
        return "\n\n".join(reports)

    async def _send(
        self, caller: Caller, outgoing: Outgoing, kind: RequestKind, phase: Phase | None
    ) -> Taken:
        """Send one request and read its answer; only that of a turn becomes history."""
        began = time.monotonic()
        status, headers, body, problem = await self._exchange(outgoing)
        taken = Taken(problem=problem)
        if problem is None:
            taken = caller.take(body) if kind is RequestKind.TURN else caller.peek(body)
        self.book.add(
            Sent(
                session=self.session.key,
                client=self.session.outline.client,
                kind=kind,
                phase=phase,
                status=status,
                problem=taken.problem,
                headers=headers,
                size=len(outgoing.body),
                seconds=time.monotonic() - began,
            )
        )
        return taken

    async def _exchange(self, outgoing: Outgoing) -> tuple[int | None, Mapping[str, str], bytes, str | None]:
        """Status, the router's headers, body, and what went wrong."""
        own = {"authorization": f"Bearer {self.destination.token}", "content-type": "application/json"}
        url = self.destination.url(outgoing.format)
        try:
            async with self.http.post(
                url, data=outgoing.body, headers=own | dict(outgoing.headers)
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return None, {}, b"", type(error).__name__
        headers = {
            name.lower().removeprefix(_PREFIX): value
            for name, value in answer.headers.items()
            if name.lower().startswith(_PREFIX)
        }
        problem = None if answer.status == 200 else body[:300].decode(errors="replace")
        return answer.status, headers, body, problem
