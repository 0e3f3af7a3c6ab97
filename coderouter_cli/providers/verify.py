"""Asks a provider whether it takes a key, with the one request that is free: the list of models."""

import asyncio
from collections.abc import Mapping

from coderouter_cli import __version__
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.model import Provider
from coderouter_cli.providers.contract import AttemptFailedError, Call
from coderouter_cli.providers.headers import credential
from coderouter_cli.providers.transport import Timeouts, Transport
from coderouter_cli.system.redaction import Secret

_PATIENCE = Timeouts(connect_s=5, first_event_s=10, gap_s=10)
_REFUSALS = {401: FailureKind.AUTH, 403: FailureKind.PERMISSION}


def verify_keys(
    providers: Mapping[str, Provider], keys: Mapping[str, Secret], proxy: str | None = None
) -> dict[str, Failure | None]:
    """Per provider with a key: None when it takes the key, else why not.

    A provider that does not serve a list of models (404, 405) has not refused the key.
    """

    async def ask_all() -> list[Failure | None]:
        async with Transport(_PATIENCE, proxy) as transport:
            return await asyncio.gather(*(_ask(transport, providers[name], keys[name]) for name in names))

    names = [name for name in keys if name in providers]
    return dict(zip(names, asyncio.run(ask_all()), strict=True))


async def _ask(transport: Transport, provider: Provider, key: Secret) -> Failure | None:
    headers = {
        **dict(provider.headers),
        "user-agent": f"coderouter/{__version__}",
        "accept": "application/json",
        "accept-encoding": "identity",
    }
    name, value = credential(provider, key.reveal())
    headers[name] = value
    try:
        async with transport.send(Call(models_url(provider), tuple(headers.items()), b"", "GET")) as response:
            await response.read()
            return _verdict(response.status)
    except AttemptFailedError as error:
        return error.failure


def models_url(provider: Provider) -> str:
    """Where a provider lists its models: beside the endpoint of its own format."""
    path = provider.endpoints[0].path
    for ending in ("/messages", "/responses", "/chat/completions"):
        if path.endswith(ending):
            path = path.removesuffix(ending)
            break
    if provider.endpoints[0].path.endswith("/anthropic/v1/messages"):
        # The Anthropic skins of other vendors list nothing; their own list hangs below the root.
        path = ""
    return f"{provider.root}{path}/models"


def _verdict(status: int) -> Failure | None:
    if status in _REFUSALS:
        return Failure(_REFUSALS[status], f"the key was refused (HTTP {status})", status)
    if status >= 500 or status == 429:
        return Failure(FailureKind.OVERLOADED, f"it answered HTTP {status}", status)
    return None
