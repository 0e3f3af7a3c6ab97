"""`coderouter demo`: the whole product in half a minute, without keys and without a network."""

import logging
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from coderouter_cli.cli.commands.report import make_report
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish, make_console, note
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.demo import INTRODUCTION, demo_view
from coderouter_cli.demo.drive import Progress as OnProgress
from coderouter_cli.demo.drive import Sent
from coderouter_cli.demo.run import DemoResult, run_demo
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.paths import Paths

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="demo")
def demo_command(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the throwaway home for a look.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Try it now, without keys: a simulated provider, the real daemon, the real report.

    Example: coderouter demo --keep
    """
    if not as_json:
        note(INTRODUCTION)
    context = current()
    _end_cleanly()
    with throwaway_home(keep=keep) as home, live_progress(silent=as_json) as on_progress:
        result = run_demo(home, context.environ, on_progress=on_progress)
        told = tell(context, result, keep=keep)
    finish(told, as_json=as_json)


def _end_cleanly() -> None:
    """End on a closed terminal and on SIGTERM as on Ctrl-C: with the demo's daemon stopped, and quietly."""
    # Connections are closed under the scripted server then, which would tell of it at length.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: signal.raise_signal(signal.SIGINT))


@contextmanager
def throwaway_home(*, keep: bool) -> Iterator[Path]:
    """A private directory of our own; gone afterwards, whatever happened, unless it is kept."""
    home = Path(tempfile.mkdtemp(prefix="coderouter-demo-")).resolve()
    try:
        yield home
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def live_progress(*, silent: bool) -> Iterator[OnProgress]:
    """A bar on a terminal, nothing in a file or a pipe. It goes to standard error."""
    console = make_console(stderr=True)
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=silent or not console.is_terminal
    ) as bar:
        task = bar.add_task("starting the daemon", total=None)

        def show(done: int, total: int, sent: Sent) -> None:
            phase, model = sent.headers.get("phase", "-"), sent.headers.get("model", "-")
            bar.update(task, completed=done, total=total, description=f"{phase} → {model}")

        yield show


def tell(context: Context, result: DemoResult, *, keep: bool) -> Result:
    """The real report of the demo's ledger, with its totals as SQL sums beside it."""
    paths = Paths.from_environ({"CODEROUTER_HOME": str(result.home)})
    report = make_report(replace(context, paths=paths), None, None, None)
    data = {
        "simulated_provider": True,
        "requests": result.requests,
        "failed": result.failed,
        "elapsed_s": round(result.elapsed_s, 2),
        "home": str(result.home) if keep else None,
        "report": report.data,
        "ledger_totals": LedgerReader(paths).totals(),
    }
    home = result.home if keep else None
    return Result(data, demo_view(report.view, result, home), exit_code=70 if result.failed else 0)
