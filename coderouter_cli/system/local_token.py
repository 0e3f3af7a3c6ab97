"""The token that a client shows the daemon. It opens the loopback door and nothing else."""

import re
import secrets
from pathlib import Path

from coderouter_cli.errors import ConfigError
from coderouter_cli.system.files import read_private, write_private
from coderouter_cli.system.redaction import Secret

TOKEN_PREFIX = "crt_"  # noqa: S105 - how a token begins, not one
_TOKEN = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_\-]{{43}}")


def new_token() -> Secret:
    """A fresh token: 256 random bits as ``crt_`` and 43 characters."""
    return Secret(TOKEN_PREFIX + secrets.token_urlsafe(32))


def load_token(path: Path) -> Secret | None:
    """The token of this home; None when there is none yet.

    Raises:
        UnsafeFileError: others can read the file.
        ConfigError: the file holds anything but a token (an empty file, for one).
    """
    data = read_private(path)
    if data is None:
        return None
    text = data.decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(text):
        raise ConfigError(
            f"{path} does not hold a local token",
            means="Without one anybody on this machine could use your keys.",
            next_step="Remove the file and run `coderouter init` again.",
        )
    return Secret(text)


def save_token(path: Path, token: Secret) -> None:
    """Write the token, 0600.

    Raises:
        UnsafeFileError: the path is a symlink or belongs to another user.
        ConfigError: it cannot be written.
    """
    write_private(path, token.reveal().encode("ascii") + b"\n")
