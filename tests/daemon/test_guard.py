"""The door: what may come in, and what each thing that may not is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.daemon.guard import (
    ROUTES,
    Door,
    Head,
    Service,
    admit,
    format_of_head,
    model_in,
    served_path,
    wants_websocket,
)
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.errors import (
    BodyTooLargeError,
    ForbiddenError,
    MethodNotAllowedError,
    MisdirectedError,
    NotFoundError,
    RequestError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)

TOKEN = "crt_" + "t" * 43
DOOR = Door(port=4141, token=TOKEN.encode(), max_body=1024)


def head(target: str = "/v1/messages?beta=true", method: str = "POST", **changed: str | None) -> Head:
    headers: dict[str, str | None] = {
        "host": "127.0.0.1:4141",
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
        "content-length": "10",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return Head(method, target, tuple((n, v) for n, v in headers.items() if v is not None))


def test_a_proper_request_comes_in() -> None:
    route = admit(head(), DOOR)
    assert (route.service, route.format) == (Service.EXCHANGE, FormatName.ANTHROPIC_MESSAGES)


def test_the_token_may_come_in_either_header_beside_a_foreign_key() -> None:
    assert admit(head(authorization=None, x_api_key=TOKEN), DOOR)
    assert admit(head(authorization="Bearer other", x_api_key=TOKEN), DOOR)
    assert admit(head(x_api_key="other"), DOOR)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  ", " Bearer ", ""])
def test_the_scheme_before_the_token_is_in_any_case(scheme: str) -> None:
    assert admit(head(authorization=f"{scheme}{TOKEN}"), DOOR)


def test_several_credentials_are_all_looked_at() -> None:
    rest = tuple(pair for pair in head().headers if pair[0] != "authorization")
    keys = (("Authorization", "Basic eA=="), ("AUTHORIZATION", f"Bearer {TOKEN}"))
    assert admit(Head("POST", "/v1/messages", (*keys, *rest)), DOOR)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "localhost:4141", "[::1]:4141"])
def test_the_six_hosts(host: str) -> None:
    assert admit(head(host=host), DOOR)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "LOCALHOST.",
        "LOCALHOST",
        "",
        "localhost\u2024",
        "127.0.0.1/x?",
        "127.0.0.1:4142",
        "127.0.0.1:",
        "user@127.0.0.1",
        "127.0.0.1:4141 ",
        " 127.0.0.1",
        "[::1",
        "::1",
        "0.0.0.0",
        "localhost:04141",
    ],
)
@pytest.mark.parametrize("target", sorted(ROUTES))
def test_every_other_host_is_misdirected(host: str, target: str) -> None:
    with pytest.raises(MisdirectedError):
        admit(head(target, host=host), DOOR)


def test_two_hosts_or_none() -> None:
    for pairs in ((), (("host", "localhost"), ("host", "localhost"))):
        rest = tuple(pair for pair in head().headers if pair[0] != "host")
        with pytest.raises(MisdirectedError):
            admit(Head("POST", "/v1/messages", (*pairs, *rest)), DOOR)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:4141"),
        ("referer", "http://localhost/"),
        ("sec_fetch_site", "same-origin"),
        ("sec_fetch_mode", "no-cors"),
        ("upgrade", "websocket"),
        ("upgrade", "tcp"),
    ],
)
def test_what_a_browser_adds_is_refused(name: str, value: str) -> None:
    with pytest.raises(ForbiddenError):
        admit(head(**{name: value}), DOOR)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/jsonx",
    ],
)
def test_a_body_must_be_json(kind: str | None) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        admit(head(content_type=kind), DOOR)


def test_json_with_a_charset_is_json() -> None:
    assert admit(head(content_type="application/json; charset=utf-8"), DOOR)


@pytest.mark.parametrize(
    "token", [None, "", "Bearer", "Bearer x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é"]
)
def test_a_wrong_token(token: str | None) -> None:
    with pytest.raises(UnauthorizedError):
        admit(head(authorization=token), DOOR)


def test_a_token_in_the_query_does_not_count() -> None:
    with pytest.raises(UnauthorizedError):
        admit(head(f"/v1/messages?token={TOKEN}", authorization=None), DOOR)


def test_an_announced_body_over_the_limit() -> None:
    with pytest.raises(BodyTooLargeError):
        admit(head(content_length="1025"), DOOR)


def test_another_method() -> None:
    for method in ("GET", "OPTIONS", "PUT", "DELETE", "HEAD"):
        with pytest.raises(MethodNotAllowedError):
            admit(head(method=method), DOOR)


def test_an_offer_of_http2_may_be_made_and_is_not_taken() -> None:
    assert admit(head(upgrade="h2c", connection="Upgrade, HTTP2-Settings"), DOOR)


SPELLINGS = {
    "/v1/messages": [
        "//v1//messages",
        "/v1/messages/",
        "/v1/v1/messages",
        "/anthropic/v1/messages",
        "/messages",
    ],
    "/v1/messages/count_tokens": ["/v1/v1/messages/count_tokens", "/anthropic/v1/messages//count_tokens/"],
    "/v1/responses": ["/v1/v1/responses", "/responses", "/openai/v1/responses", "/v1/responses//"],
    "/v1/chat/completions": ["/chat/completions", "//v1/chat//completions", "/openai/chat/completions"],
    "/v1/models": ["/models", "/anthropic/v1/models", "/v1/v1/models/"],
    "/v1/models/{id}": ["/v1/models/gpt-5.5", "/models/a/b", "/anthropic/v1/models/claude-opus-5-5/"],
    "/api/hello": ["/anthropic/api/hello", "//api/hello", "/v1/api/hello"],
}


@pytest.mark.parametrize("query", ["", "?beta=true", "?a=/v1/responses"])
@pytest.mark.parametrize("path", sorted(SPELLINGS))
def test_a_path_below_any_base_url_that_clients_are_given(path: str, query: str) -> None:
    for spelling in (path, *SPELLINGS[path]):
        assert served_path(spelling + query) == path


def test_the_name_of_a_model_in_a_path_is_passed_on_as_it_stands() -> None:
    assert model_in("/v1/models/qwen%2Fqwen3?x=1") == "qwen%2Fqwen3"
    assert model_in("/openai//v1/models/a/b/") == "a/b"


@pytest.mark.parametrize(
    "target",
    [
        "/v1/v1/v1/messages",
        "/anthropic/anthropic/v1/messages",
        "/v1/anthropic/messages",
        "/v2/messages",
        "/v1/../v1/messages",
        "/./v1/messages",
        "/v1/%6dessages",
        "/v1%2Fmessages",
        "/v1\\messages",
        "v1/messages",
        "/v1/messages;x",
        "/V1/messages",
        "http://127.0.0.1:4141/v1/messages",
        "*",
        "",
        "/",
        "/v1/messages\x00",
        "/admin",
        "//healthz",
        "/_coderouter/status/",
        "/v1/_coderouter/status",
    ],
)
def test_no_other_path_is_normalised(target: str) -> None:
    with pytest.raises(NotFoundError):
        admit(head(target), DOOR)


@given(st.text(max_size=30), st.sampled_from([None, f"Bearer {TOKEN}", "Bearer wrong"]))
def test_only_an_exact_path_with_the_token_comes_in(target: str, credential: str | None) -> None:
    try:
        route = admit(head(target, authorization=credential), DOOR)
    except RequestError:
        return
    assert served_path(target) in ROUTES
    assert credential == f"Bearer {TOKEN}" or not route.token


def test_health_and_hello_need_no_token_and_every_other_route_does() -> None:
    open_services = {route.service for routes in ROUTES.values() for route in routes if not route.token}
    assert open_services == {Service.HEALTH, Service.HELLO}


def test_the_route_table() -> None:
    """Golden: a new path is a decision about the door."""
    assert {
        (path, route.method, route.service.value) for path, routes in ROUTES.items() for route in routes
    } == {
        ("/v1/messages", "POST", "exchange"),
        ("/v1/messages/count_tokens", "POST", "count_tokens"),
        ("/v1/responses", "POST", "exchange"),
        ("/v1/responses/input_tokens", "POST", "count_tokens"),
        ("/v1/chat/completions", "POST", "exchange"),
        ("/v1/models", "GET", "models"),
        ("/v1/models/{id}", "GET", "model"),
        ("/api/hello", "HEAD", "hello"),
        ("/api/hello", "GET", "hello"),
        ("/healthz", "GET", "health"),
        ("/_coderouter/status", "GET", "status"),
        ("/_coderouter/reload", "POST", "reload"),
        ("/_coderouter/shutdown", "POST", "shutdown"),
    }


@pytest.mark.parametrize("target", [*ROUTES, "/nowhere", "/"])
def test_a_websocket_is_seen_on_every_path_and_method(target: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert wants_websocket(head(target, method, upgrade="websocket"))
        assert wants_websocket(head(target, method, upgrade="foo, WebSocket"))
        assert not wants_websocket(head(target, method))
        assert not wants_websocket(head(target, method, upgrade="h2c"))


def test_errors_are_written_in_the_format_of_the_path() -> None:
    assert format_of_head(head("/v1/messages?beta=true")) is FormatName.ANTHROPIC_MESSAGES
    assert format_of_head(head("/anthropic/v1/messages")) is FormatName.ANTHROPIC_MESSAGES
    assert format_of_head(head("/v1/v1/chat/completions")) is FormatName.OPENAI_CHAT
    assert format_of_head(head("/nowhere")) is FormatName.OPENAI_RESPONSES
    assert format_of_head(head("/v1/models")) is FormatName.OPENAI_RESPONSES
    assert format_of_head(head("/v1/models", anthropic_version="2026-10-21")) is FormatName.ANTHROPIC_MESSAGES


def test_an_empty_local_token_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="empty"):
        Door(port=1, token=b"", max_body=1)
    assert TOKEN not in repr(DOOR)
