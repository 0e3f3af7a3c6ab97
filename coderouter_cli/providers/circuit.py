"""A circuit per provider: after repeated failures it is left alone for a while.

Five failures within a minute open the circuit for 30 seconds; then one probe may pass. Each failed
probe doubles the pause, up to five minutes. A refused key opens it for good: only a new key, which
the daemon reads when it starts, closes it. Time is passed in (monotonic seconds).
"""

from collections import deque
from dataclasses import dataclass, field

from coderouter_cli.domain.failure import FailureKind

_FAILURES = 5
_WINDOW_S = 60.0
_FIRST_PAUSE_S = 30.0
_LONGEST_PAUSE_S = 300.0
_KEY_REFUSED = frozenset({FailureKind.AUTH, FailureKind.PERMISSION})
_COUNTED = frozenset(
    {
        FailureKind.OVERLOADED,
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.TRUNCATED,
        FailureKind.INTERNAL,
        FailureKind.RATE_LIMITED,
        FailureKind.BILLING,
    }
)


@dataclass(slots=True)
class Circuit:
    """The state of one provider."""

    _failures: deque[float] = field(default_factory=deque)
    _open_until: float | None = None
    _pause_s: float = _FIRST_PAUSE_S
    _probing: bool = False
    key_refused: bool = False

    def allows(self, now: float) -> bool:
        """Whether a request may be sent; asking does not spend the probe."""
        if self.key_refused:
            return False
        return self._open_until is None or (now >= self._open_until and not self._probing)

    def sending(self, now: float) -> bool:
        """A request goes out; whether it is the probe: the first one after the pause."""
        probing = self._open_until is not None and now >= self._open_until and not self._probing
        self._probing = self._probing or probing
        return probing

    def succeeded(self) -> None:
        """A provider that answers is whole again."""
        self._failures.clear()
        self._open_until = None
        self._pause_s = _FIRST_PAUSE_S
        self._probing = False

    def abandoned(self) -> None:
        """The probe ended without saying anything about the provider (the client left)."""
        self._probing = False

    def failed(self, kind: FailureKind, now: float, retry_after_s: float | None = None) -> None:
        """An attempt failed; a request that was itself wrong says nothing about the provider."""
        if kind in _KEY_REFUSED:
            self.key_refused = True
        if kind not in _COUNTED:
            self._probing = False
            return
        if self._probing:
            self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
            self._open(now, retry_after_s)
            return
        self._failures.append(now)
        while self._failures and now - self._failures[0] > _WINDOW_S:
            self._failures.popleft()
        if len(self._failures) >= _FAILURES:
            self._open(now, retry_after_s)

    def _open(self, now: float, retry_after_s: float | None) -> None:
        pause = max(self._pause_s, min(retry_after_s or 0.0, _LONGEST_PAUSE_S))
        self._open_until = now + pause
        self._probing = False
        self._failures.clear()
