"""Which headers leave the machine.

An allow-list: a header nobody thought of stays here. The client's own credentials, cookies and
hop-by-hop headers are on no list. To a format's own vendor (raw fidelity) the client's protocol
headers are open lists, because new ones appear with every client release and the vendor pairs them
with body fields (Claude Code gateway protocol, 2026-08: forward ``anthropic-*`` unchanged).
"""

from collections.abc import Mapping

from coderouter_cli import __version__
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.model import Dialect, Provider
from coderouter_cli.wire.formats.anthropic_messages import forwarded_betas

Headers = tuple[tuple[str, str], ...]

_VENDOR_PREFIXES: Mapping[FormatName, tuple[str, ...]] = {
    FormatName.ANTHROPIC_MESSAGES: ("anthropic-", "x-claude-code-", "x-stainless-"),
    FormatName.OPENAI_RESPONSES: ("openai-", "x-codex-", "x-openai-", "x-stainless-"),
    FormatName.OPENAI_CHAT: ("openai-", "x-openai-", "x-stainless-"),
}
_VENDOR_NAMES: Mapping[FormatName, frozenset[str]] = {
    FormatName.ANTHROPIC_MESSAGES: frozenset({"user-agent", "x-app"}),
    FormatName.OPENAI_RESPONSES: frozenset(
        {"user-agent", "originator", "session-id", "thread-id", "x-client-request-id", "version"}
    ),
    FormatName.OPENAI_CHAT: frozenset({"user-agent", "x-client-request-id"}),
}
_REPLY_NAMES = frozenset({"request-id", "x-request-id", "x-should-retry", "retry-after", "retry-after-ms"})
"""Not ``openai-model`` (Codex takes another model for an account flagged as high risk), and not
``anthropic-ratelimit-*`` (the organisation's quota, shown by Claude Code as the user's)."""


def upstream_headers(
    client: Mapping[str, str], provider: Provider, dialect: Dialect, fidelity: Fidelity, key: str | None
) -> Headers:
    """The headers of a call. ``client`` are the request's own, with lower-case names; without a ``key``
    (a server that needs none) no credential is sent."""
    sent = dict(_forwarded(client, dialect, fidelity))
    for name, value in provider.headers:
        sent.setdefault(name, value)
    if fidelity is Fidelity.TRANSLATED or "user-agent" not in sent:
        sent["user-agent"] = f"coderouter/{__version__}"
    sent["content-type"] = "application/json"
    sent["accept"] = client.get("accept", "*/*")
    # The answer is relayed or parsed chunk by chunk; a compressed one could be neither.
    sent["accept-encoding"] = "identity"
    if key is not None:
        name, value = credential(provider, key)
        sent[name] = value
    return tuple(sent.items())


def reply_headers(provider_headers: Headers, *, codex: bool = False) -> Headers:
    """The provider's headers that the client may see. ``codex``: they are those of Codex's own vendor, whose
    turn state it sends back with the turn's next requests; another's would reach that vendor with them."""
    names = _REPLY_NAMES | {"x-codex-turn-state"} if codex else _REPLY_NAMES
    return tuple((name, value) for name, value in provider_headers if name in names)


def _forwarded(client: Mapping[str, str], dialect: Dialect, fidelity: Fidelity) -> Headers:
    if fidelity is Fidelity.TRANSLATED:
        return ()
    betas = forwarded_betas(client.get("anthropic-beta", ""), dialect)
    if dialect.vendor is not None:
        prefixes, names = _VENDOR_PREFIXES[dialect.vendor], _VENDOR_NAMES[dialect.vendor]
        known = {n: v for n, v in client.items() if n in names or n.startswith(prefixes)}
        if betas != known.get("anthropic-beta", ""):
            known["anthropic-beta"] = betas
        return tuple((n, v) for n, v in known.items() if v or n != "anthropic-beta")
    version = client.get("anthropic-version")
    kept = (("anthropic-version", version), ("anthropic-beta", betas))
    return tuple((name, value) for name, value in kept if value)


def credential(provider: Provider, key: str) -> tuple[str, str]:
    """The header that carries a key to this provider."""
    return ("x-api-key", key) if provider.auth == "x-api-key" else ("authorization", f"Bearer {key}")
