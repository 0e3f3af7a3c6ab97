"""The command line's entry point and its outermost edge."""

import io
import os
import sys
from contextlib import suppress
from typing import Annotated, TextIO

import typer

from coderouter_cli import __version__
from coderouter_cli.cli.failure import fail, misuse
from coderouter_cli.cli.lazy import LazyGroup
from coderouter_cli.errors import CodeRouterError, SystemRefusedError

_EPILOG = "New here? `coderouter demo` needs no keys. Then: `coderouter init`."

app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
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
    _secure_streams()
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        code = code or SystemRefusedError.exit_code
        _silence(sys.stdout)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line; gives its exit code."""
    as_json = "--json" in arguments
    try:
        ended = app(arguments or ["--help"], prog_name="coderouter", standalone_mode=False)
        return int(ended or 0)
    except CodeRouterError as error:
        return fail(error, as_json=as_json)
    except typer.TyperException as error:
        return fail(misuse(error), as_json=as_json)
    except typer.Abort:
        # Only a question is ever aborted, and questions come before changes.
        typer.echo("Nothing was changed.", err=True)
        return 1
    except SystemExit as ending:
        # Shell completion ends like this, and a pipe whose reader has gone (`| head`).
        return int(ending.code or 0)
    except OSError as error:
        return fail(_refused(error), as_json=as_json)
    except Exception as error:
        if os.environ.get("CODEROUTER_TRACEBACK") == "1":
            raise
        return fail(_bug(error), as_json=as_json)


def _refused(error: OSError) -> SystemRefusedError:
    where = f"{error.filename}: " if error.filename else ""
    return SystemRefusedError(f"{where}{error.strerror or type(error).__name__}.")


def _bug(error: Exception) -> CodeRouterError:
    return CodeRouterError(
        f"CodeRouter failed unexpectedly ({type(error).__name__}).",
        means="This is a bug; your clients' configuration was not left half-changed.",
        next_step="Run it again with CODEROUTER_TRACEBACK=1 to see where.",
    )


def _secure_streams() -> None:
    """Nothing fails for a character that cannot be shown or read, nor for a stream that was closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as we do
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as we do
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _silence(stream: TextIO) -> None:
    """Let the interpreter's last flush succeed."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
