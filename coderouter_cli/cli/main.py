"""The command line's entry point and its outermost edge."""

import os
import sys
from typing import Annotated

import typer

from coderouter_cli import __version__
from coderouter_cli.cli.failure import fail
from coderouter_cli.cli.lazy import LazyGroup
from coderouter_cli.errors import CodeRouterError

_EPILOG = "New here? `coderouter demo` needs no keys. Then: `coderouter init`."

app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coderouter {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Routes each request of your coding client to the cheapest model that is good enough."""


def main() -> None:
    """Run a command; whatever goes wrong ends in a sentence and an exit code, not in a traceback."""
    sys.exit(run())


def run() -> int:
    """The exit code of the command in ``sys.argv``."""
    as_json = "--json" in sys.argv
    try:
        app()
    except CodeRouterError as error:
        return fail(error, as_json=as_json)
    except SystemExit as ending:
        # The command-line library ends with 2 on wrong usage; sysexits(3) calls that EX_USAGE, 64.
        return 64 if ending.code == 2 else int(ending.code or 0)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        bug = CodeRouterError(
            f"CodeRouter failed unexpectedly ({type(error).__name__}).",
            means="This is a bug; your clients' configuration was not left half-changed.",
            next_step="Run it again with CODEROUTER_TRACEBACK=1 to see where.",
        )
        if os.environ.get("CODEROUTER_TRACEBACK") == "1":
            raise
        return fail(bug, as_json=as_json)
    return 0
