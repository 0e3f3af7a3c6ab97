"""The demo's words around the real report."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from coderouter_cli.cli.views.words import plural
from coderouter_cli.demo.run import DemoResult

INTRODUCTION = (
    "The provider is simulated and runs on this machine; nothing leaves it and no key is used.\n"
    "The daemon, the routing, the ledger and the prices are real. Every request asks for an Opus model."
)


def demo_view(
    report: Sequence[RenderableType], result: DemoResult, home: Path | None
) -> tuple[RenderableType, ...]:
    """The report, and what was simulated."""
    counted = plural(result.requests, "request")
    ending = [
        "",
        f"Simulated: {counted} in {result.elapsed_s:.1f} s, {result.failed} failed. The prices are real.",
    ]
    if home is not None:
        ending.append(f"The demo's home is kept. Look around: CODEROUTER_HOME={home} coderouter explain last")
    ending.append("Next: `coderouter init` sets up your own clients with your own keys.")
    return (*report, *ending)
