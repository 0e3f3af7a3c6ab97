"""Which headers leave the machine, and which come back, seen from both ends of real connections."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli import __version__
from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.script import HttpError, Outcome, Reply, SeenRequest
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.providers.headers import reply_headers, upstream_headers
from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client, ask, each_client, each_mode
from tests.harness import KEYS, daemon_with

OURS = {"host", "content-type", "content-length", "accept", "accept-encoding", "user-agent"}
PRIVATE = {
    "cookie": "session=1",
    "proxy-authorization": "Basic eA==",
    "x-api-key": "sk-the-clients-own-key",
    "forwarded": "for=10.0.0.1",
    "x-forwarded-for": "10.0.0.1",
    "te": "trailers",
    "keep-alive": "timeout=5",
    "x-secret-of-mine": "yes",
    "x-coderouter-lane": "smart",
}
PROTOCOL: Mapping[Client, Mapping[str, str]] = {
    MESSAGES: {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "context-management-2025-06-27,new-thing-2026-12-01",
        "anthropic-something-new": "1",
        "x-claude-code-session-id": "0199aaaa-0000-7000-8000-000000000000",
        "x-claude-code-agent-id": "a1",
        "x-stainless-lang": "js",
        "x-app": "cli",
        "user-agent": "claude-cli/2.1.330 (external, cli)",
    },
    RESPONSES: {
        "openai-beta": "responses_websockets=2026-02-06",
        "x-codex-turn-state": "opaque",
        "x-codex-turn-metadata": '{"request_kind":"turn"}',
        "x-openai-internal-codex-responses-lite": "true",
        "x-stainless-lang": "js",
        "originator": "codex_exec",
        "session-id": "s1",
        "thread-id": "t1",
        "x-client-request-id": "t1",
        "version": "0.169.0",
        "user-agent": "codex_exec/0.169.0 (linux)",
    },
    CHAT: {
        "openai-organization": "org-1",
        "x-client-request-id": "r1",
        "x-stainless-lang": "python",
        "user-agent": "OpenAI/Python 3.54.0",
    },
}
CREDENTIAL = {"anthropic": "x-api-key", "openai": "authorization", "deepseek": "authorization"}


@each_client
async def test_the_vendor_gets_the_clients_protocol_headers_as_they_came(
    client: Client, daemon_home: Path
) -> None:
    protocol = PROTOCOL[client]
    async with daemon_with(daemon_home, Reply(), keys=(client.vendor,)) as daemon:
        await ask(daemon, client, headers={**PRIVATE, **protocol})
        (seen,) = daemon.provider.seen
        token = daemon.token
    own = {"anthropic-version"} if client.vendor == "anthropic" else set()
    assert set(seen.headers) == OURS | set(protocol) | {CREDENTIAL[client.vendor]} | own
    assert {name: seen.headers[name] for name in protocol} == protocol
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.key == KEYS[client.vendor]
    assert token not in str(seen.headers)


@each_client
@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
async def test_a_foreign_provider_gets_the_allow_list_and_nothing_of_the_client(
    client: Client, provider: str, daemon_home: Path
) -> None:
    if provider == client.vendor:
        return
    async with daemon_with(daemon_home, Reply(), keys=(provider,)) as daemon:
        await ask(daemon, client, headers={**PRIVATE, **PROTOCOL[client]})
        (seen,) = daemon.provider.seen
    same_format = provider == "deepseek" and client is MESSAGES
    expected = OURS | {CREDENTIAL[provider]}
    if provider == "anthropic" or same_format:
        expected = expected | {"anthropic-version"}
    assert set(seen.headers) == expected
    assert seen.headers["user-agent"] == f"coderouter/{__version__}"
    if provider == "anthropic":
        assert seen.headers["anthropic-version"] == "2023-06-01"


async def test_repeated_headers_are_joined_and_those_that_are_no_text_stay_here(daemon_home: Path) -> None:
    raw = (
        b"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %s\r\ncontent-length: %d\r\nanthropic-beta: one\r\nAnthropic-Beta: two\r\n"
        b"anthropic-odd: \xff\xfe\r\nconnection: close\r\n\r\n%s"
    )
    body = b'{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'
    async with daemon_with(daemon_home, Reply(), keys=("anthropic",)) as daemon:
        answer = await daemon.raw(raw % (daemon.token.encode(), len(body), body))
        (seen,) = daemon.provider.seen
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert seen.headers["anthropic-beta"] == "one, two"
    assert "anthropic-odd" not in seen.headers


@each_mode
@each_client
async def test_the_client_gets_the_answers_headers_it_needs_and_no_others(
    client: Client, stream: bool, daemon_home: Path
) -> None:
    told = (
        ("x-codex-turn-state", "opaque"),
        ("set-cookie", "a=b"),
        ("access-control-allow-origin", "*"),
        ("alt-svc", 'h3=":443"'),
        ("anthropic-ratelimit-unified-status", "allowed"),
        ("x-ratelimit-limit-tokens", "1"),
        ("x-request-id", "req_1"),
        ("retry-after", "7"),
    )
    async with daemon_with(daemon_home, Reply(headers=told)) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        (row,) = daemon.rows()
    http = {"date", "server", "content-type", "content-length", "transfer-encoding", "cache-control"}
    told_by_us = {
        "x-coderouter-request-id": row.id,
        "x-coderouter-lane": "smart",
        "x-coderouter-phase": row.phase.value,
        "x-coderouter-model": row.model,
        "x-coderouter-fidelity": row.fidelity.value,
    }
    assert {n: v for n, v in got.headers.items() if n.startswith("x-coderouter-")} == told_by_us
    passed = {"x-request-id": "req_1", "retry-after": "7"}
    if client is RESPONSES and row.provider == "openai":
        passed["x-codex-turn-state"] = "opaque"
    rest = {n: v for n, v in got.headers.items() if n not in {*http, *told_by_us}}
    assert rest == passed


async def test_no_key_ever_reaches_another_provider(daemon_home: Path) -> None:
    def moody(seen: SeenRequest) -> Outcome:
        return HttpError((500, 503, 529)[seen.number % 3]) if seen.number % 7 in {0, 1, 3, 4} else Reply()

    async with daemon_with(daemon_home, moody) as daemon:
        for number in range(120):
            for circuit in daemon.front.pipeline.around.circuits.values():
                circuit.succeeded()
            client = (MESSAGES, RESPONSES, CHAT)[number % 3]
            await ask(daemon, client, client.body(stream=number % 2 == 0), headers=PRIVATE)
        seen, token = daemon.provider.seen, daemon.token
    assert {one.provider for one in seen} == set(KEYS)
    assert len(seen) > 200
    for one in seen:
        sent = str(dict(one.headers)) + one.body.decode()
        assert KEYS[one.provider] in sent
        others = {key for name, key in KEYS.items() if name != one.provider}
        assert not any(secret in sent for secret in (*others, token, PRIVATE["x-api-key"]))


def test_the_dialect_says_which_betas_a_foreign_provider_gets() -> None:
    deepseek = load_catalog(prices=False).providers["deepseek"]
    dialect = deepseek.endpoint(FormatName.ANTHROPIC_MESSAGES).dialect
    client = {"anthropic-version": "v", "anthropic-beta": "b", "x-app": "cli"}
    sent = dict(upstream_headers(client, deepseek, dialect, Fidelity.SANITISED, "k"))
    assert "anthropic-beta" not in sent
    assert (sent["anthropic-version"], sent["authorization"]) == ("v", "Bearer k")


def test_a_clients_own_version_wins_over_the_providers_default() -> None:
    anthropic = load_catalog(prices=False).providers["anthropic"]
    dialect = anthropic.endpoints[0].dialect
    for client, version in (({}, "2023-06-01"), ({"anthropic-version": "2026-10-21"}, "2026-10-21")):
        sent = dict(upstream_headers(client, anthropic, dialect, Fidelity.RAW, "k"))
        assert sent["anthropic-version"] == version


def test_what_the_client_may_see_of_an_answers_headers() -> None:
    told = (("openai-model", "x"), ("x-request-id", "r"), ("x-should-retry", "true"), ("server", "s"))
    assert reply_headers(told) == (("x-request-id", "r"), ("x-should-retry", "true"))


@pytest.mark.parametrize("provider", ["openai", "deepseek", "anthropic"])
async def test_a_turn_state_goes_back_and_forth_between_codex_and_openai_alone(
    provider: str, daemon_home: Path
) -> None:
    """Codex sends it with the turn's next requests, whoever gave it (measured, 0.169.0)."""
    reply = Reply(headers=(("x-codex-turn-state", f"of {provider}"),))
    async with daemon_with(daemon_home, reply, keys=(provider,)) as daemon:
        for stream in (True, False):
            got = await ask(daemon, RESPONSES, RESPONSES.body(stream=stream))
            given = got.headers.get("x-codex-turn-state")
            assert given == ("of openai" if provider == "openai" else None)
        await ask(daemon, RESPONSES, headers={"x-codex-turn-state": "of openai"})
        seen = daemon.provider.seen[-1].headers.get("x-codex-turn-state")
    assert seen == ("of openai" if provider == "openai" else None)


def test_a_server_that_needs_no_key_gets_no_credential_but_one_that_is_set() -> None:
    ollama = load_catalog(prices=False).providers["ollama"]
    dialect = ollama.endpoints[0].dialect
    client = {"anthropic-version": "v", "authorization": "Bearer the-local-token", "x-api-key": "k"}
    without = dict(upstream_headers(client, ollama, dialect, Fidelity.SANITISED, None))
    assert without.keys() & {"authorization", "x-api-key"} == set()
    assert dict(upstream_headers(client, ollama, dialect, Fidelity.SANITISED, "mine"))["authorization"] == (
        "Bearer mine"
    )


@pytest.mark.parametrize(
    ("betas", "sent"),
    [
        (frozenset[str](), None),
        (frozenset({"effort"}), "effort-2025-11-24"),
        (None, "effort-2025-11-24,new-1"),
    ],
)
def test_a_compatible_provider_gets_the_betas_its_record_lists(
    betas: frozenset[str] | None, sent: str | None
) -> None:
    provider = load_catalog(prices=False).providers["deepseek"]
    dialect = replace(provider.endpoint(FormatName.ANTHROPIC_MESSAGES).dialect, betas=betas)
    client = {"anthropic-beta": "effort-2025-11-24,new-1"}
    headers = dict(upstream_headers(client, provider, dialect, Fidelity.SANITISED, "k"))
    assert headers.get("anthropic-beta") == sent
