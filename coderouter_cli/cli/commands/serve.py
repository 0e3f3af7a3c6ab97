"""`coderouter serve`: the daemon in the foreground; the only thing `start` and service managers run."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import current
from coderouter_cli.cli.render import note
from coderouter_cli.daemon.serve import Announcement, serve

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="serve")
def serve_command(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="0 takes any free port.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell errors as JSON.")] = False,
) -> None:
    """Run the daemon in the foreground, until Ctrl-C.

    Example: coderouter serve --port 6237
    """
    context = current()

    def announce(told: Announcement) -> None:
        for remark in told.notes:
            note(remark)
        keys = ", ".join(told.providers) or "none: every request will be refused"
        note(f"CodeRouter listens on http://127.0.0.1:{told.port} (keys: {keys}).")

    serve(context.paths, context.environ, port, announce if not as_json else lambda _: None)
