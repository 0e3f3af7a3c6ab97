"""A provider that takes anything, says what it is told in given pieces, and remembers the bytes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Recorder:
    """``pieces`` is what it answers next; ``bodies`` and ``headers`` are what it was sent, in order."""

    url: str = ""
    status: int = 200
    kind: str = "application/json"
    pieces: Sequence[bytes] = (b"{}",)
    told: Mapping[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        response = web.StreamResponse(status=self.status, headers={"content-type": self.kind, **self.told})
        await response.prepare(request)
        for piece in self.pieces:
            await response.write(piece)
        await response.write_eof()
        return response


@asynccontextmanager
async def recorder() -> AsyncIterator[Recorder]:
    """Run one on a port of its own."""
    running = Recorder()
    runner = web.ServerRunner(web.Server(running.handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield running
    finally:
        await runner.cleanup()
