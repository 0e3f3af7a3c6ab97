"""A repository's policy as a person reads it before it holds, and the list of those that do."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import RenderableType

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.storage.repository import Budget, RepositoryPolicy
from coderouter_cli.storage.trust import Standing, Trusted

_STANDINGS = {
    Standing.SAME: "holds",
    Standing.CHANGED: "its file has changed: what was trusted holds until `coderouter trust` is given again",
    Standing.GONE: "its file is gone, so it does not hold",
}
_DIGEST_CHARS = 12


def policy_view(
    file: Path, text: str, policy: RepositoryPolicy, unknown: Iterable[tuple[str, str, str]]
) -> tuple[RenderableType, ...]:
    """The file as it stands, and what a person should know of it."""
    lines = (f"  {_printable(line)}" for line in text.splitlines())
    odd = (
        f"Note: {key} names a {kind} that nobody here knows: {_printable(name)}."
        for key, kind, name in unknown
    )
    return (f"{file}:", *lines, *odd, *_budget(policy.budget))


def policy_data(trusted: Trusted) -> JsonObject:
    """A trusted policy for scripts."""
    return {
        "root": str(trusted.root),
        "sha256": trusted.digest,
        "trusted_at": trusted.at.isoformat(),
        "standing": trusted.standing().value,
    }


def trusted_line(trusted: Trusted) -> str:
    """A trusted policy in one line."""
    standing = _STANDINGS[trusted.standing()]
    return f"{trusted.root} ({trusted.digest[:_DIGEST_CHARS]}, {trusted.at:%Y-%m-%d}): {standing}."


def changed_lines(known: Iterable[Trusted]) -> Iterator[str]:
    """The trusted policies whose files are not what was trusted."""
    for one in known:
        if one.standing() is Standing.CHANGED:
            yield f"policy of {one.root}: {_STANDINGS[Standing.CHANGED]}."


def _budget(budget: Budget) -> Iterator[str]:
    if budget != Budget():
        yield "Note: its budget is only shown; nothing is held to it yet."


def _printable(text: str) -> str:
    """A foreign file's text without what would steer the terminal."""
    return "".join(char if char.isprintable() or char == "\t" else "?" for char in text)
