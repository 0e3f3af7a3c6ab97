"""`coderouter trust`: read a repository's policy, and let it hold."""

import os
from pathlib import Path
from typing import Annotated

import typer

from coderouter_cli.cli.asking import agree
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.live import refresh, refresh_line
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish, show
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.policies import policy_data, policy_view, trusted_line
from coderouter_cli.daemon.rulebook import unknown_names
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.errors import UsageError
from coderouter_cli.storage.repository import LARGEST_POLICY, POLICY_FILE, parse_policy
from coderouter_cli.storage.trust import Trusted, TrustStore, find_policy
from coderouter_cli.system.files import read_limited

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="trust")
def trust_command(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A directory of the repository; without it, this one."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is trusted.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Trust the repository no longer.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read a repository's policy (.coderouter.toml) and let it hold for work in that repository.

    It may narrow what is allowed, raise what is asked of a model, and choose lane, strategy and models. A
    file that changes later is not read until it is trusted again; what was trusted holds meanwhile. A budget
    in it is shown, and not held yet.

    Example: coderouter trust
    """
    context = current()
    if listed and revoke:
        raise UsageError("--list and --revoke are two things.", next_step="Give one of them.")
    place = context.working_directory() if directory is None else directory
    if listed:
        finish(list_trusted(context), as_json=as_json)
    elif revoke:
        finish(revoke_trust(context, place), as_json=as_json)
    else:
        finish(trust(context, place, ask=not yes, quiet=as_json), as_json=as_json)


def trust(context: Context, place: Path, *, ask: bool, quiet: bool) -> Result:
    """Show a repository's policy, ask, and let it hold."""
    file = find_policy(place.absolute())
    if file is None:
        raise UsageError(
            f"There is no {POLICY_FILE} in {place} or above it.",
            next_step="Write one at the repository's root, or name its directory.",
        )
    data = read_limited(file, LARGEST_POLICY)
    if data is None:
        raise UsageError(f"{file} has just gone.")
    policy = parse_policy(data, str(file))
    catalog = stocked_catalog(context.settings(), prices=False)
    view = policy_view(file, data.decode(), policy, unknown_names(policy.rules, catalog))
    if ask:
        show(() if quiet else view)
        agree("Let it hold?", default=False)
    new = Trusted(_spellings(file.parent), data.decode(), context.clock.now())
    context.paths.ensure()
    TrustStore(context.paths).add(new)
    refreshed = refresh(context.paths)
    said = f"Trusted: {new.root}."
    told = policy_data(new) | {"reloaded": refreshed is True}
    return Result(told, (*(() if ask else view), said, *refresh_line(refreshed)))


def list_trusted(context: Context) -> Result:
    """Every trusted policy, and whether its file is what was trusted."""
    known = TrustStore(context.paths).all()
    nothing = ("No repository is trusted: `coderouter trust` in one reads its policy.",)
    return Result(
        {"trusted": [policy_data(one) for one in known]}, tuple(map(trusted_line, known)) or nothing
    )


def revoke_trust(context: Context, place: Path) -> Result:
    """Trust a repository no longer; its directory may be gone."""
    store = TrustStore(context.paths)
    real = Path(os.path.realpath(place))
    for root in (real, *real.parents):
        if store.remove(root):
            refreshed = refresh(context.paths)
            data = {"revoked": str(root), "reloaded": refreshed is True}
            return Result(data, (f"No longer trusted: {root}.", *refresh_line(refreshed)))
    raise UsageError(f"{place} is in no trusted repository.", next_step="See `coderouter trust --list`.")


def _spellings(root: Path) -> tuple[str, ...]:
    """The root without links, and as it was named: clients write either."""
    return tuple(dict.fromkeys((os.path.realpath(root), str(root.absolute()))))
