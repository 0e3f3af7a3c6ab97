"""The door: decides from a request's head alone whether it may come in.

A loopback port is open to every web page in the developer's browser and to every local user. So:
the raw target must be one of a few exact paths, the Host one of six exact strings (DNS rebinding),
nothing a browser adds may be there, a body must be JSON, and the local token must match. No path is
normalised and nothing is echoed. There are no CORS headers, on any answer.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.errors import (
    BodyTooLargeError,
    ForbiddenError,
    MethodNotAllowedError,
    MisdirectedError,
    NotFoundError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)


class Service(StrEnum):
    """What a path is for."""

    EXCHANGE = "exchange"
    COUNT_TOKENS = "count_tokens"
    MODELS = "models"
    HELLO = "hello"
    HEALTH = "health"
    STATUS = "status"
    RELOAD = "reload"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its method, its purpose, the wire format its errors are written in."""

    method: str
    service: Service
    format: FormatName
    token: bool = True


_MESSAGES, _RESPONSES, _CHAT = FormatName
ROUTES: Mapping[str, tuple[Route, ...]] = {
    "/v1/messages": (Route("POST", Service.EXCHANGE, _MESSAGES),),
    # People paste a base URL that ends in /v1; Claude Code then posts here (measured, 2.1.330).
    "/v1/v1/messages": (Route("POST", Service.EXCHANGE, _MESSAGES),),
    "/v1/messages/count_tokens": (Route("POST", Service.COUNT_TOKENS, _MESSAGES),),
    "/v1/v1/messages/count_tokens": (Route("POST", Service.COUNT_TOKENS, _MESSAGES),),
    "/v1/responses": (Route("POST", Service.EXCHANGE, _RESPONSES),),
    "/v1/chat/completions": (Route("POST", Service.EXCHANGE, _CHAT),),
    "/v1/models": (Route("GET", Service.MODELS, _RESPONSES),),
    "/api/hello": (
        Route("HEAD", Service.HELLO, _MESSAGES, token=False),
        Route("GET", Service.HELLO, _MESSAGES, token=False),
    ),
    "/healthz": (Route("GET", Service.HEALTH, _RESPONSES, token=False),),
    "/_coderouter/status": (Route("GET", Service.STATUS, _RESPONSES),),
    "/_coderouter/reload": (Route("POST", Service.RELOAD, _RESPONSES),),
    "/_coderouter/shutdown": (Route("POST", Service.SHUTDOWN, _RESPONSES),),
}

_BROWSER_HEADERS = ("origin", "referer")
_BROWSER_PREFIX = "sec-fetch-"


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head. ``target`` is the raw request target, ``headers`` name-value pairs as sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in order."""
        return tuple(value for key, value in self.headers if key.lower() == name)


@dataclass(frozen=True, slots=True)
class Door:
    """What the guard compares with. ``token`` is the local token as bytes; never empty."""

    port: int
    token: bytes
    max_body: int

    def __post_init__(self) -> None:
        if not self.token:
            msg = "the local token is empty"
            raise ValueError(msg)

    def __repr__(self) -> str:
        return f"Door(port={self.port})"


def wants_websocket(head: Head) -> bool:
    """Codex opens Responses as a websocket first; 426 makes it use HTTP at once (measured, 0.169.0)."""
    return (
        head.method == "GET"
        and _path(head) == "/v1/responses"
        and any(value.lower() == "websocket" for value in head.values("upgrade"))
    )


def format_of_path(target: str) -> FormatName:
    """The wire format in which a request to this target expects its errors."""
    routes = ROUTES.get(target.partition("?")[0])
    return routes[0].format if routes else FormatName.OPENAI_RESPONSES


def admit(head: Head, door: Door) -> Route:
    """The route of a request that may come in.

    Raises:
        RequestError: one of its children, by what is wrong; the order of the checks is fixed.
    """
    routes = ROUTES.get(_path(head))
    if routes is None:
        raise NotFoundError("CodeRouter does not serve this path.")
    _check_host(head, door.port)
    _check_not_a_browser(head)
    route = next((route for route in routes if route.method == head.method), None)
    if route is None:
        raise MethodNotAllowedError(f"{head.method} is not served on this path.")
    if route.token:
        _check_token(head, door.token)
    if route.method == "POST":
        _check_body_head(head, door.max_body)
    return route


def _path(head: Head) -> str:
    return head.target.partition("?")[0]


def _check_host(head: Head, port: int) -> None:
    names = ("127.0.0.1", "localhost", "[::1]")
    allowed = {*names, *(f"{name}:{port}" for name in names)}
    hosts = head.values("host")
    if len(hosts) != 1 or hosts[0] not in allowed:
        raise MisdirectedError("The Host header is not this machine's loopback address.")


def _check_not_a_browser(head: Head) -> None:
    for name, _ in head.headers:
        lower = name.lower()
        if lower in _BROWSER_HEADERS or lower.startswith(_BROWSER_PREFIX) or lower == "upgrade":
            raise ForbiddenError("Requests made by a web page are refused.")


def _check_token(head: Head, token: bytes) -> None:
    """Either header may carry it: a client may send a provider key of its own in the other one."""
    offered = [value.removeprefix("Bearer ").strip() for value in head.values("authorization")]
    offered += [value.strip() for value in head.values("x-api-key")]
    matches = [hmac.compare_digest(value.encode("utf-8", "replace"), token) for value in offered]
    if not any(matches):
        raise UnauthorizedError(
            "This request does not carry CodeRouter's local token.",
            next_step="Run `coderouter init` to set up your client again.",
        )


def _check_body_head(head: Head, limit: int) -> None:
    kinds = head.values("content-type")
    if len(kinds) != 1 or kinds[0].partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaTypeError("The body must be application/json.")
    for length in head.values("content-length"):
        if length.isdigit() and int(length) > limit:
            raise BodyTooLargeError(f"The body is larger than {limit // (1024 * 1024)} MiB.")
