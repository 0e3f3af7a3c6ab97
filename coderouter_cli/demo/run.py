"""The demo: the real daemon in a home of its own, the scripted provider behind it, the workload before it.

Nothing leaves the machine: the daemon knows three providers, all of them the scripted one, with keys that
were made up a moment ago. The user's own keys are taken out of its environment.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.accounting.summary import summarise, summary_json
from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon import process
from coderouter_cli.demo.agent import DemoAgent
from coderouter_cli.demo.drive import Destination, DriveReport, Progress, drive
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import ProviderName
from coderouter_cli.demo.workload import Workload, build
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.decision import Lane
from coderouter_cli.errors import DaemonError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.settings import KeyStoreKind, ProviderSettings, Settings, initial_toml
from coderouter_cli.system.environment import without_secrets
from coderouter_cli.system.files import write_atomic
from coderouter_cli.system.local_token import load_token
from coderouter_cli.system.paths import Paths

_KEY_VARIABLES: Mapping[ProviderName, str] = {
    "anthropic": "ANTHROPIC_API_KEY",
    "openai": "OPENAI_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
}


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo showed. ``home`` is where its daemon lived.

    ``requests`` were sent, ``failed`` of them (or never sent because of a failure before them) have no whole
    answer. ``summary`` is the report of the ledger, as `coderouter report --json` has it. ``report`` has
    every request.
    """

    home: Path
    requests: int
    failed: int
    elapsed_s: float
    summary: JsonObject
    report: DriveReport


def run_demo(
    home: Path,
    environ: Mapping[str, str],
    *,
    providers: Sequence[ProviderName] = tuple(_KEY_VARIABLES),
    lane: Lane = Lane.SMART,
    on_progress: Progress | None = None,
) -> DemoResult:
    """Run it in an empty directory. ``environ`` is the caller's environment.

    ``providers`` are those the daemon gets keys for. On the direct lane every request really goes to the
    Opus it asks for.

    Raises:
        DaemonError: the daemon does not come up, or does not stop.
    """
    stage = _Stage(home, environ, tuple(providers), lane)
    return asyncio.run(_demo(stage, build(seed=0), on_progress))


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the demo plays."""

    home: Path
    environ: Mapping[str, str]
    providers: tuple[ProviderName, ...]
    lane: Lane


async def _demo(stage: _Stage, workload: Workload, on_progress: Progress | None) -> DemoResult:
    keys: dict[ProviderName, str] = {name: f"sk-demo-{secrets.token_hex(16)}" for name in stage.providers}
    env = _environment(stage, keys)
    paths = Paths.from_environ(env)
    async with _provider(workload, keys) as provider:
        _configure(paths, provider, stage.lane)
        # A start cannot be called off: whoever interrupts waits for it, and what came up is stopped.
        starting = asyncio.ensure_future(asyncio.to_thread(process.start, paths, 0, env))
        try:
            running = await asyncio.shield(starting)
            destination = Destination.router(f"http://127.0.0.1:{running.hint.port}", _token(paths))
            report = await drive(workload, destination, on_progress=on_progress)
        finally:
            await asyncio.wait({starting})
            await asyncio.to_thread(process.stop, paths)
    summary = summary_json(summarise(LedgerReader(paths).rows(None, None, None)))
    failed = report.failed + report.skipped
    return DemoResult(stage.home, len(report.sent), failed, report.elapsed_s, summary, report)


def _provider(workload: Workload, keys: Mapping[ProviderName, str]) -> ScriptedProvider:
    """The scripted provider, whose models count tokens as differently as the real ones are said to."""
    catalog = load_catalog(prices=False)

    def tokenizer(name: str) -> float:
        model = catalog.resolve(name)
        return 1.0 if model is None else model.token_factor

    return ScriptedProvider(DemoAgent(workload.turns), keys=keys, remember=False, tokenizer=tokenizer)


def _environment(stage: _Stage, keys: Mapping[ProviderName, str]) -> dict[str, str]:
    """The caller's, without its secrets and with the keys of the demo."""
    made_up = {_KEY_VARIABLES[name]: key for name, key in keys.items()}
    return {**without_secrets(stage.environ), **made_up, "CODEROUTER_HOME": str(stage.home)}


def _configure(paths: Paths, provider: ScriptedProvider, lane: Lane) -> None:
    """Settings that know the scripted provider only, and take keys from the environment only."""
    roots = provider.roots.items()
    providers: dict[str, ProviderSettings] = {name: ProviderSettings(url=root) for name, root in roots}
    settings = Settings(lane=lane, key_store=KeyStoreKind.ENV, providers=providers)
    paths.ensure()
    write_atomic(paths.config_file, initial_toml(settings).encode(), mode=0o600)


def _token(paths: Paths) -> str:
    token = load_token(paths.token_file)
    if token is None:
        raise DaemonError("The daemon left no token.")
    return token.reveal()
