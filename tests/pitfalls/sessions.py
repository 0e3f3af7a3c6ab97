"""Exchanges through a running daemon, for the pitfalls that only a daemon can show."""

from pathlib import Path
from typing import Any

import aiohttp

from coderouter_cli.demo.script import HttpError, Outcome, Reply, Say, SeenRequest
from coderouter_cli.domain.conversation import JsonObject
from tests.harness import KEYS, daemon_with


async def post(
    home: Any, body: JsonObject, *, fails: str = "", only: str = "", path: str = "/v1/messages"
) -> list[SeenRequest]:
    """Send one request; what the providers saw of it.

    ``fails`` "first": the first attempt is answered with 529. ``only``: the one provider with a key.
    """
    seen: list[SeenRequest] = []

    def script(asked: SeenRequest) -> Outcome:
        seen.append(asked)
        return HttpError(529) if fails and len(seen) == 1 else Reply((Say("Done."),))

    keys = (only,) if only else tuple(KEYS)
    folder = Path(str(home)) / (only or "all")
    folder.mkdir(exist_ok=True)
    async with (
        daemon_with(folder, script, keys=keys) as daemon,
        aiohttp.ClientSession() as session,
        session.post(daemon.url + path, json=body, headers=daemon.auth) as response,
    ):
        assert response.status == 200, await response.text()
        await response.read()
    return seen
