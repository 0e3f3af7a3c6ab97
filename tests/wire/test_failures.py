"""What is the same in every format's errors."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.events import Failed
from coderouter_cli.domain.failure import Capability, Failure, FailureKind, Refused
from coderouter_cli.wire.failures import (
    BY_CODE,
    BY_STATUS,
    CLAUDE_CODE,
    CODEX,
    WRITTEN,
    kind_of_status,
    reply_headers,
    retry_after_s,
    said_nothing,
    says_declined,
    says_no_money,
    says_too_long,
    shown_message,
    stated_error,
    told_wait_s,
    too_long_words,
)
from coderouter_cli.wire.format import ReplyContext, WireFormat
from coderouter_cli.wire.refusals import REJECTED, refused_in
from coderouter_cli.wire.registry import FORMATS, format_of

C = Capability
K = FailureKind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, K.INTERNAL),
        (400, K.INVALID),
        (418, K.INVALID),
        (429, K.RATE_LIMITED),
        (502, K.INTERNAL),
        (529, K.OVERLOADED),
    ],
)
def test_what_a_status_means(status: int, kind: FailureKind) -> None:
    assert kind_of_status(status) is kind


@given(st.integers(100, 999))
def test_every_status_means_something(status: int) -> None:
    assert kind_of_status(status) is BY_STATUS.get(status, kind_of_status(status))


@pytest.mark.parametrize(
    ("message", "too_long"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", True),
        ("Input is too long for requested model.", True),
        ("capability_rejected: prompt_too_long", True),
        ("This model's maximum context length is 131072 tokens.", True),
        ("Your input exceeds the context window of this model.", True),
        ("input length and `max_tokens` exceed context limit", True),
        ("context_length_exceeded", True),
        ("too many prompt tokens", True),
        ("max_tokens: 5 > 3, which is the maximum", False),
        ("The context is missing.", False),
    ],
)
def test_words_about_a_prompt_that_does_not_fit(message: str, too_long: bool) -> None:
    assert says_too_long(message) is too_long


@pytest.mark.parametrize(
    ("message", "no_money"),
    [
        ("Your credit balance is too low to access the API.", True),
        ("Insufficient Balance", True),
        ("You exceeded your current quota", True),
        ("You have reached your spend limit.", True),
        ("insufficient permissions", False),
    ],
)
def test_words_about_an_empty_account(message: str, no_money: bool) -> None:
    assert says_no_money(message) is no_money


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"error": {"message": "m"}}, {"message": "m"}),
        ({"error": "m"}, {"message": "m"}),
        ({"message": "m"}, {"message": "m"}),
        ({"error": None, "detail": "d"}, {"error": None, "detail": "d"}),
    ],
)
def test_where_the_error_stands(body: JsonObject, found: JsonObject) -> None:
    assert stated_error(body) == found


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-abcdef",
        "sk-proj-abc*****wxyz",
        "sk-abc\u2026wxyz",
        "gsk-abcd",
        "AIzaSyA1234567890abc",
        "Bearer abc.def",
    ],
)
def test_no_key_is_shown(key: str) -> None:
    assert shown_message(f"Wrong: {key} here", otherwise="") == "Wrong: [key] here"


def test_a_message_is_cut_or_made() -> None:
    assert len(shown_message("x" * 5000, otherwise="")) == 1000
    assert len(shown_message("x" * 5000, otherwise="", limit=7)) == 7
    assert shown_message("", otherwise=said_nothing(502)) == "the provider answered with status 502"
    assert said_nothing(None) == "the provider answered with an error without a message"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after_s(headers) == wait


@pytest.mark.parametrize(("wait", "told"), [(None, None), (0.0, 0), (0.2, 1), (7.0, 7), (3600.0, 60)])
def test_no_client_is_told_to_wait_for_long(wait: float | None, told: int | None) -> None:
    failure = Failure(K.RATE_LIMITED, "Slow down.", retry_after_s=wait)
    assert told_wait_s(failure) == told
    last = () if told is None else (("retry-after", str(told)),)
    name = ("request-id", "r")
    assert reply_headers(failure, name, retry=True) == (name, ("x-should-retry", "true"), *last)
    assert reply_headers(failure, name, retry=False) == (name, ("x-should-retry", "false"))


CLIENTS = ("", CLAUDE_CODE, CODEX, "sdk")
COLUMNS = {
    FormatName.ANTHROPIC_MESSAGES: 0,
    FormatName.OPENAI_RESPONSES: 1,
    FormatName.OPENAI_CHAT: 2,
}
AS: dict[FormatName, dict[FailureKind, FailureKind]] = {
    # What a format has one word for
    FormatName.ANTHROPIC_MESSAGES: {K.UNREACHABLE: K.INTERNAL, K.TRUNCATED: K.INTERNAL},
    FormatName.OPENAI_RESPONSES: {
        K.UNREACHABLE: K.INTERNAL,
        K.TRUNCATED: K.INTERNAL,
        K.OVERLOADED: K.INTERNAL,
    },
    FormatName.OPENAI_CHAT: {},
}
each_format = pytest.mark.parametrize("wire", FORMATS, ids=lambda wire: wire.name.value)


def shape(wire: WireFormat, body: JsonObject) -> JsonObject:
    """The error in a body of this format; fails when the body is none."""
    if wire.name is FormatName.ANTHROPIC_MESSAGES:
        assert list(body) == ["type", "error", "request_id"]
        assert (body["type"], list(body["error"])) == ("error", ["type", "message"])
    else:
        assert list(body) == ["error"]
        assert list(body["error"]) == ["message", "type", "param", "code"]
    return dict(body["error"])


def test_the_table_has_every_kind() -> None:
    assert WRITTEN.keys() == set(FailureKind)
    assert set(BY_CODE.values()) | set(BY_STATUS.values()) <= WRITTEN.keys()


@each_format
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("retry", [True, False])
@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_is_written_for_every_client(
    kind: FailureKind, retry: bool, client: str, wire: WireFormat
) -> None:
    failure = Failure(kind, "What happened.", 503, retry_after_s=3600)
    reply = wire.encode_failure(failure, request_id="r", retry=retry, client=client)
    error, row = shape(wire, reply.body), WRITTEN[kind][COLUMNS[wire.name]]
    headers = dict(reply.headers)
    assert "What happened." in error["message"]
    assert headers["x-should-retry"] == ("true" if retry else "false")
    assert headers.get("retry-after") == ("60" if retry else None)
    assert reply.status == (400 if wire.name is FormatName.OPENAI_RESPONSES and not retry else row.status)
    if client == CODEX and wire.name is FormatName.OPENAI_RESPONSES and not retry:
        assert error["code"] in {
            "invalid_prompt",
            "model_not_found",
            "content_policy_violation",
            "context_length_exceeded",
        }
    if client == CLAUDE_CODE and wire.name is FormatName.ANTHROPIC_MESSAGES and reply.status in {400, 422}:
        assert error["type"] == "policy_blocked" or error["message"].startswith("prompt is too long")


@each_format
@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_is_read_back(kind: FailureKind, wire: WireFormat) -> None:
    reply = wire.encode_failure(Failure(kind, "What happened."), request_id="r", retry=True)
    again = wire.decode_failure(reply.status, dict(reply.headers), json.dumps(reply.body).encode())
    assert again.kind is AS[wire.name].get(kind, kind)


@each_format
@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_code_of_a_provider_reaches_every_client(code: str, wire: WireFormat) -> None:
    status = 400 if BY_CODE[code] in {K.INVALID, K.REFUSED, K.TOO_LONG} else 500
    error = {"type": code, "code": code, "message": "Words."}
    body = json.dumps({"type": "error", "error": error}).encode()
    failure = wire.decode_failure(status, {}, body)
    assert failure.kind is BY_CODE[code]
    for other in FORMATS:
        reply = other.encode_failure(failure, request_id="r", retry=True)
        assert reply.status == WRITTEN[failure.kind][COLUMNS[other.name]].status
        assert "Words." in shape(other, reply.body)["message"]


@each_format
@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_every_status_of_a_provider_reaches_every_client(status: int, wire: WireFormat) -> None:
    failure = wire.decode_failure(status, {}, b'{"error": {"message": "Words."}}')
    assert failure.kind is BY_STATUS[status]
    for other in FORMATS:
        reply = other.encode_failure(failure, request_id="r", retry=False)
        assert "Words." in shape(other, reply.body)["message"]
        assert reply.status >= 400


REJECTIONS = [
    (C.SYSTEM_TURNS, None, "mid_conv_system"),
    (C.CACHE_MARKS, None, "cache_control_field"),
    (C.THINKING_SIGNATURE, None, "thinking_signature"),
    (C.THINKING_TYPE, "adaptive", "thinking_type:adaptive"),
    (C.STRUCTURED_OUTPUT, None, "structured_outputs_unsupported"),
    (C.EFFORT, "low high", "effort_unsupported"),
    (C.MEDIA_BUDGET, None, "media_budget"),
    (C.IMAGES, None, "image_block"),
    (C.DOCUMENTS, None, "document_block"),
    (C.OUTPUT_ROOM, "5000", "max_tokens_context_overflow"),
    (C.BETA, "effort-2025-11-24", "beta_header:effort-2025-11-24"),
]


@pytest.mark.parametrize(("capability", "value", "token"), REJECTIONS)
def test_claude_code_recovers_by_the_token_and_everybody_else_reads_the_words(
    capability: Capability, value: str | None, token: str
) -> None:
    failure = Failure(K.INVALID, "Words.", 400, refused=Refused(capability, value))
    for wire in FORMATS:
        for client in CLIENTS:
            reply = wire.encode_failure(failure, request_id="r", retry=False, client=client)
            told = shape(wire, reply.body)["message"]
            both = client == CLAUDE_CODE and wire.name is FormatName.ANTHROPIC_MESSAGES
            assert told == (f"{REJECTED}{token}" if both else "Words.")
            assert reply.status == 400
    assert str(refused_in(f"{REJECTED}{token}")) == token or capability is C.OUTPUT_ROOM


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", None),
        (
            (
                "This model's maximum context length is 131,072 tokens. However, your messages resulted in "
                "140000 tokens."
            ),
            "prompt is too long: 140000 tokens > 131072 maximum",
        ),
        (
            "This model's maximum context length is 1048576 tokens. However, you requested 1100000 tokens",
            "prompt is too long: 1100000 tokens > 1048576 maximum",
        ),
        (
            "Your input exceeds the context window.",
            "prompt is too long: Your input exceeds the context window.",
        ),
    ],
)
def test_a_prompt_that_does_not_fit_is_told_with_its_numbers(message: str, told: str | None) -> None:
    assert too_long_words(message) == (told or message)


@pytest.mark.parametrize(
    ("message", "declined"),
    [
        ("Output blocked by content filtering policy", True),
        ("Content Exists Risk", True),
        ("Your request was rejected as a result of our safety system.", True),
        ("The content of messages.0 is empty", False),
    ],
)
def test_words_of_a_filter(message: str, *, declined: bool) -> None:
    assert says_declined(message) is declined
    for wire in FORMATS:
        body = json.dumps({"error": {"message": message}}).encode()
        assert wire.decode_failure(400, {}, body).kind is (K.REFUSED if declined else K.INVALID)


ENDS: dict[str, tuple[FormatName, bytes, FailureKind]] = {
    "error event of Messages": (
        FormatName.ANTHROPIC_MESSAGES,
        b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Words."}}\n\n',
        K.OVERLOADED,
    ),
    "response.failed": (
        FormatName.OPENAI_RESPONSES,
        (
            b'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed",'
            b'"error":{"code":"rate_limit_exceeded","message":"Words."}}}\n\n'
        ),
        K.RATE_LIMITED,
    ),
    "error event of Responses": (
        FormatName.OPENAI_RESPONSES,
        b'event: error\ndata: {"type":"error","code":"server_error","message":"Words."}\n\n',
        K.INTERNAL,
    ),
    "error chunk": (
        FormatName.OPENAI_CHAT,
        b': OPENROUTER PROCESSING\n\ndata: {"error":{"code":502,"message":"Words."},"choices":[]}\n\n',
        K.INTERNAL,
    ),
    "refused in the stream": (
        FormatName.OPENAI_RESPONSES,
        (
            b'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed",'
            b'"error":{"code":"content_policy_violation","message":"Words."}}}\n\n'
        ),
        K.REFUSED,
    ),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("client", FORMATS, ids=lambda wire: wire.name.value)
def test_every_broken_answer_is_told_in_every_clients_format(client: WireFormat, end: str) -> None:
    provider, stream, kind = ENDS[end]
    (failed,) = format_of(provider).decoder().feed(stream)
    assert isinstance(failed, Failed)
    assert failed.failure.kind is kind
    told = client.encoder(ReplyContext("m", "r", 1)).feed(failed)
    (again,) = client.decoder().feed(told)
    assert isinstance(again, Failed)
    assert again.failure.message.startswith("Words.")
    assert again.failure.kind in {kind, AS[client.name].get(kind, kind), K.INTERNAL}
    assert client.decoder().feed(told + told)[1:] == [], "one end, and nothing behind it"
