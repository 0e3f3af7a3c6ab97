"""The door: decides from a request's head alone whether it may come in.

A loopback port is open to every web page in the developer's browser and to every local user. So:
the target must be one of a few paths, the Host one of six exact strings (DNS rebinding), nothing a
browser adds may be there, a body must be JSON, and the local token must match. The API's paths are known
in the spellings that base URLs in the wild lead to (`served_path`); nothing is decoded or resolved, and
nothing is echoed. There are no CORS headers, on any answer.
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
    MODEL = "model"
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
    "/v1/messages/count_tokens": (Route("POST", Service.COUNT_TOKENS, _MESSAGES),),
    "/v1/responses": (Route("POST", Service.EXCHANGE, _RESPONSES),),
    "/v1/responses/input_tokens": (Route("POST", Service.COUNT_TOKENS, _RESPONSES),),
    "/v1/chat/completions": (Route("POST", Service.EXCHANGE, _CHAT),),
    "/v1/models": (Route("GET", Service.MODELS, _RESPONSES),),
    "/v1/models/{id}": (Route("GET", Service.MODEL, _RESPONSES),),
    "/api/hello": (
        Route("HEAD", Service.HELLO, _MESSAGES, token=False),
        Route("GET", Service.HELLO, _MESSAGES, token=False),
    ),
    "/healthz": (Route("GET", Service.HEALTH, _RESPONSES, token=False),),
    "/_coderouter/status": (Route("GET", Service.STATUS, _RESPONSES),),
    "/_coderouter/reload": (Route("POST", Service.RELOAD, _RESPONSES),),
    "/_coderouter/shutdown": (Route("POST", Service.SHUTDOWN, _RESPONSES),),
}

_ANY_MODEL = "/v1/models/{id}"
_SPELLED = {
    "messages": "/v1/messages",
    "messages/count_tokens": "/v1/messages/count_tokens",
    "responses": "/v1/responses",
    "responses/input_tokens": "/v1/responses/input_tokens",
    "chat/completions": "/v1/chat/completions",
    "models": "/v1/models",
    "api/hello": "/api/hello",
}
"""The API's paths below any base URL that a client was given."""
_ROOTS = frozenset({"anthropic", "openai"})
"""What other gateways have in front of the version, and people's settings with it."""
_MOST_VERSIONS = 2
"""A base URL that ends in /v1, and a client that adds it (Claude Code 2.1.330, measured)."""

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
    """Codex opens Responses as a websocket first; 426 makes it use HTTP at once, where any other answer
    costs seven attempts (measured, 0.169.0). There is no path and no method on which we speak one."""
    return any("websocket" in value.lower() for value in head.values("upgrade"))


def served_path(target: str) -> str:
    """The path in `ROUTES` that a request target means; the target's own path when it means none.

    Slashes may be doubled or trail, a provider's name may stand in front, the version may be there twice
    or not at all: each is a base URL that works with some client. Paths of our own have one spelling.
    """
    path = target.partition("?")[0]
    parts = _api_parts(path)
    if len(parts) > 1 and parts[0] == "models":
        return _ANY_MODEL
    return _SPELLED.get("/".join(parts), path)


def model_in(target: str) -> str:
    """The model's name, still encoded, in a target that `served_path` takes for one model."""
    return "/".join(_api_parts(target.partition("?")[0])[1:])


def _api_parts(path: str) -> list[str]:
    if not path.startswith("/"):
        return []
    parts = [part for part in path.split("/") if part]
    if parts and parts[0] in _ROOTS:
        del parts[0]
    for _ in range(_MOST_VERSIONS):
        if parts and parts[0] == "v1":
            del parts[0]
    return parts


def format_of_head(head: Head) -> FormatName:
    """The wire format in which a request expects its errors."""
    routes = ROUTES.get(served_path(head.target))
    format_name = routes[0].format if routes else _RESPONSES
    # The two vendors have a list of models on the same path.
    return _MESSAGES if format_name is _RESPONSES and head.values("anthropic-version") else format_name


def admit(head: Head, door: Door) -> Route:
    """The route of a request that may come in.

    Raises:
        RequestError: one of its children, by what is wrong; the order of the checks is fixed.
    """
    routes = ROUTES.get(served_path(head.target))
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


def _check_host(head: Head, port: int) -> None:
    names = ("127.0.0.1", "localhost", "[::1]")
    allowed = {*names, *(f"{name}:{port}" for name in names)}
    hosts = head.values("host")
    if len(hosts) != 1 or hosts[0] not in allowed:
        raise MisdirectedError("The Host header is not this machine's loopback address.")


def _check_not_a_browser(head: Head) -> None:
    for name, value in head.headers:
        lower = name.lower()
        # Java's HTTP client offers HTTP/2 with every request; an offer may be ignored (RFC 9110, 7.8).
        upgrade = lower == "upgrade" and value.strip().lower() != "h2c"
        if lower in _BROWSER_HEADERS or lower.startswith(_BROWSER_PREFIX) or upgrade:
            raise ForbiddenError("Requests made by a web page are refused.")


def _check_token(head: Head, token: bytes) -> None:
    """Either header may carry it: a client may send a provider key of its own in the other one."""
    offered = [_without_scheme(value) for value in head.values("authorization")]
    offered += [value.strip() for value in head.values("x-api-key")]
    matches = [hmac.compare_digest(value.encode("utf-8", "replace"), token) for value in offered]
    if not any(matches):
        raise UnauthorizedError(
            "This request does not carry CodeRouter's local token.",
            next_step="Run `coderouter init` to set up your client again.",
        )


def _without_scheme(value: str) -> str:
    """A scheme is written in any case (RFC 9110, 11.1)."""
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


def _check_body_head(head: Head, limit: int) -> None:
    kinds = head.values("content-type")
    if len(kinds) != 1 or kinds[0].partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaTypeError("The body must be application/json.")
    for length in head.values("content-length"):
        if length.isdigit() and int(length) > limit:
            raise BodyTooLargeError(f"The body is larger than {limit // (1024 * 1024)} MiB.")
