"""The daemon's log: rotated by itself, readable by its owner alone, without keys and without bodies."""

import logging
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from coderouter_cli.system.files import make_private
from coderouter_cli.system.redaction import RedactingFilter, Redactor

MAX_BYTES = 5 * 1000 * 1000
FILES = 5
"""The current one and four older ones."""

_QUOTING = frozenset({"aiohttp", "asyncio"})
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"


class _PrivateRotatingFile(RotatingFileHandler):
    """Opens each new file 0600 whatever the umask."""

    def _open(self) -> TextIOWrapper:
        make_private(Path(self.baseFilename))
        return super()._open()


class _LibraryFilter(logging.Filter):
    """Keeps what a library says of an error to its kind: the HTTP server quotes bodies and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always kept."""
        if record.name.partition(".")[0] in _QUOTING:
            kind = record.exc_info[0] if record.exc_info else None
            record.msg = "no details" if kind is None else f"{kind.__module__}.{kind.__qualname__}"
            record.args = record.exc_info = record.exc_text = record.stack_info = None
        return True


def start_logging(path: Path, *, level: int, redactor: Redactor) -> logging.Handler:
    """Send every logger's records to a file; returns the handler, to be given to `stop_logging`.

    Raises:
        UnsafeFileError: the file is a symlink or belongs to another user.
        ConfigError: it cannot be made.
    """
    # A full disk must not fill the daemon's own output with complaints about the log.
    logging.raiseExceptions = False
    handler = _PrivateRotatingFile(path, maxBytes=MAX_BYTES, backupCount=FILES - 1, encoding="utf-8")
    formatter = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_LibraryFilter())
    handler.addFilter(RedactingFilter(redactor))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Take the handler off again and close its file."""
    logging.getLogger().removeHandler(handler)
    handler.close()
