"""Names of exchanges: unique, and sorted by time.

An id has the shape of a ULID (https://github.com/ulid/spec): 48 bits of unix milliseconds and 80
random bits, written as 26 characters of Crockford's base 32. Ids of one process only ever grow,
also inside a millisecond and after the wall clock was set back, so the order of rows is the order
in which exchanges began.
"""

import secrets
import threading

from coderouter_cli.system.clock import Clock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26
_RANDOM_BITS = 80


class ExchangeIds:
    """The source of exchange ids of one process; safe to call from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        """A new id, greater than every id given before."""
        milliseconds = max(0, int(self._clock.now().timestamp() * 1000))
        fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            same_moment = (self._last >> _RANDOM_BITS) >= milliseconds
            self._last = self._last + 1 if same_moment else fresh
            return _encode(self._last)


def _encode(value: int) -> str:
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(5 * (ID_LENGTH - 1), -1, -5))
