"""Every error CodeRouter raises, in one tree.

    CodeRouterError
    ├── UsageError              the command line was used wrongly
    ├── ConfigError             a configuration file says something we cannot accept
    │   └── UnsafeFileError     a secret or state file that others could read or replace
    ├── MissingKeyError         no provider key where one is needed
    ├── KeyStoreError           the OS keyring (or key file) cannot be used
    ├── PatchError              a client's configuration cannot be changed safely
    ├── LedgerError             the ledger cannot be read or written
    │   └── LedgerVersionError  the ledger was written by a newer CodeRouter
    ├── DaemonError             the daemon cannot be started, reached or stopped
    │   ├── PortTakenError      another program owns the port
    │   └── NotRunningError     nothing answers
    ├── RequestError            what a client sent cannot be served; answered in its own wire format
    │   ├── BadRequestError     400
    │   ├── UnauthorizedError   401
    │   ├── ForbiddenError      403
    │   ├── NotFoundError       404
    │   ├── MethodNotAllowedError 405
    │   ├── BodyTooLargeError   413
    │   ├── UnsupportedMediaTypeError 415
    │   ├── MisdirectedError    421
    │   └── BusyError           503
    ├── RoutingError            no model can serve this request
    └── SystemRefusedError      the operating system refused something nobody foresaw

An error says three things: what happened (``str(error)``), what it means and the next step.
``code`` is stable and machine-readable, ``exit_code`` follows sysexits(3), ``http_status`` is what
a client is answered with. No message ever holds a key, a prompt or a header's value.
"""

from typing import ClassVar


class CodeRouterError(Exception):
    """The root; not raised itself."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, what: str, *, means: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.next_step = next_step

    def sentence(self) -> str:
        """What happened, what it means and what to do, as one line for a person."""
        parts = (part for part in (self.what, self.means, self.next_step) if part)
        return " ".join(part if part.endswith((".", "!", "?", ")")) else f"{part}." for part in parts)


class UsageError(CodeRouterError):
    """Options that contradict each other, an unknown name: exit 64 (EX_USAGE)."""

    code = "usage"
    exit_code = 64


class ConfigError(CodeRouterError):
    """A setting we cannot accept; the message names file, line and the accepted values."""

    code = "config"
    exit_code = 78


class UnsafeFileError(ConfigError):
    """A secret or state file with loose permissions or a foreign owner."""

    code = "unsafe_file"


class MissingKeyError(CodeRouterError):
    """No provider key: nothing can be forwarded."""

    code = "missing_key"
    exit_code = 78
    http_status = 503


class KeyStoreError(CodeRouterError):
    """The key store is absent, locked or does not keep what it is given."""

    code = "key_store"
    exit_code = 69
    http_status = 503


class PatchError(CodeRouterError):
    """A client's configuration that we refuse to touch, with the reason."""

    code = "patch"
    exit_code = 65


class LedgerError(CodeRouterError):
    """The ledger cannot be opened, read or written."""

    code = "ledger"
    exit_code = 74


class LedgerVersionError(LedgerError):
    """The ledger's schema is newer than this program; the file is left untouched."""

    code = "ledger_version"
    exit_code = 65


class DaemonError(CodeRouterError):
    """The daemon did not do what was asked."""

    code = "daemon"
    exit_code = 69


class PortTakenError(DaemonError):
    """Another program listens on the port."""

    code = "port_taken"
    exit_code = 75


class NotRunningError(DaemonError):
    """No daemon answers for this home."""

    code = "not_running"


class RequestError(CodeRouterError):
    """A client's request that ends here; never forwarded. On the command line: EX_DATAERR."""

    code = "request"
    exit_code = 65


class BadRequestError(RequestError):
    """The body is not what the format asks for."""

    code = "invalid_request"
    http_status = 400


class UnauthorizedError(RequestError):
    """No local token, or a wrong one."""

    code = "unauthorized"
    http_status = 401


class ForbiddenError(RequestError):
    """Something only a browser would send."""

    code = "forbidden"
    http_status = 403


class NotFoundError(RequestError):
    """Not a path we serve."""

    code = "not_found"
    http_status = 404


class MethodNotAllowedError(RequestError):
    """A path we serve, with another method."""

    code = "method_not_allowed"
    http_status = 405


class BodyTooLargeError(RequestError):
    """The body, or what it decompresses to, is over the limit."""

    code = "too_large"
    http_status = 413


class UnsupportedMediaTypeError(RequestError):
    """Not JSON, or a content encoding we do not know."""

    code = "unsupported_media_type"
    http_status = 415


class MisdirectedError(RequestError):
    """A Host header that is not ours (DNS rebinding)."""

    code = "misdirected"
    http_status = 421


class BusyError(RequestError):
    """Too many exchanges at once, or the daemon is stopping."""

    code = "busy"
    http_status = 503
    retryable = True


class RoutingError(CodeRouterError):
    """No model of the user's providers can serve this request as it stands.

    ``missing`` are the codes of what the model that came nearest lacks; empty where there is no model.
    """

    code = "no_route"
    exit_code = 69
    http_status = 400

    def __init__(
        self, what: str, *, means: str = "", next_step: str = "", missing: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, means=means, next_step=next_step)
        self.missing = missing


class SystemRefusedError(CodeRouterError):
    """A full disk, a directory that may not be read: exit 74 (EX_IOERR)."""

    code = "system"
    exit_code = 74
