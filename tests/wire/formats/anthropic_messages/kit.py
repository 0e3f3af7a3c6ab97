"""What the tests of the Messages format share: models, dialects, streams, and the providers' own rules."""

import base64
import itertools
import json
from typing import Any

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.demo.checks.messages import messages_problems
from coderouter_cli.demo.script import ProviderName, SeenRequest
from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Maker, Opaque, Reasoning
from coderouter_cli.domain.events import Event, PartDelta, PartEnded, PartStarted
from coderouter_cli.domain.model import Capabilities, Dialect, Model
from coderouter_cli.wire.envelope import wrap
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES

MESSAGES = FormatName.ANTHROPIC_MESSAGES
RESPONSES = FormatName.OPENAI_RESPONSES
NATIVE = base64.b64encode(b"\x12" * 90).decode()
"""A signature in the shape of Anthropic's."""
UUID = "91cfbb94-554b-4136-8e21-fa02280d56ed"
"""A signature in the shape of DeepSeek's."""
CLAUDE = Maker("anthropic", MESSAGES, "claude-opus-5-5")
GPT = Maker("openai", RESPONSES, "gpt-6.1-sol")
DEEPSEEK = Maker("deepseek", FormatName.OPENAI_CHAT, "deepseek-flash")
CONTEXT = ReplyContext(model="claude-opus-5-5", response_id="msg_1", created=1, input_estimate=77)
EFFORTS = ("low", "medium", "high", "xhigh", "max")

VENDOR = Dialect("anthropic", vendor=MESSAGES)
COMPATIBLE = Dialect(
    "compatible",
    betas=frozenset(),
    drop_fields=frozenset({"cache_control", "container", "context_management", "mcp_servers", "safeguards"}),
    drop_tool_fields=frozenset({"defer_loading", "input_examples", "strict", "type"}),
    drop_server_tools=True,
    fold_system=True,
    strip_billing_block=True,
    foreign_thinking="drop",
    reasoning_content=True,
    effort_map={"minimal": "low", "medium": "high", "xhigh": "high"},
    images=False,
    custom_tools=False,
    cache_control=False,
)


def model(name: str = "claude-opus-5-5", max_output: int = 128_000, **able: Any) -> Model:
    """A model of the 5.5 generation, but for what is said otherwise."""
    capabilities = {"sampling": False, "efforts": EFFORTS, **able}
    return Model(
        id=name,
        provider="anthropic",
        family="opus",
        max_input=1_000_000,
        max_output=max_output,
        capabilities=Capabilities(**capabilities),
        quality={},
        card=None,
        cache_ttl_s=300,
    )


def catalog() -> Catalog:
    """The catalog as it is shipped."""
    return load_catalog(prices=False)


def conversation(*messages: Any, **fields: Any) -> Conversation:
    """A conversation of a Responses client."""
    return Conversation(**{"format": RESPONSES, "model": "gpt-6.1-sol", "messages": messages, **fields})


def complaint(body: JsonObject, provider: ProviderName = "anthropic", betas: str = "") -> str | None:
    """The first thing the scripted provider has against a body; None when it would answer."""
    raw = json.dumps(body).encode()
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": betas}
    seen = SeenRequest(1, provider, MESSAGES, "POST", "/v1/messages", headers, raw, json.loads(raw), 1)
    return next((problem.message for problem in messages_problems(seen)), None)


def sealed(maker: Maker, text: str, kind: Any = "open", data: str = "") -> JsonObject:
    """The thinking block of a client that was shown this maker's reasoning."""
    opaque = None if kind == "open" else Opaque(maker.format, kind, data)
    return {"type": "thinking", "thinking": text, "signature": wrap(Reasoning(text, opaque), maker)}


def sse(*events: JsonObject) -> bytes:
    """A stream as Anthropic writes it."""
    return b"".join(
        b"event: %s\ndata: %s\n\n" % (event["type"].encode(), json.dumps(event).encode()) for event in events
    )


def decoded(stream: bytes, cuts: tuple[int, ...] = (), **options: Any) -> list[Event]:
    """The events of a stream that comes in pieces, its end included."""
    decoder = ANTHROPIC_MESSAGES.decoder(**options)
    bounds = [0, *cuts, len(stream)]
    events = [event for a, b in itertools.pairwise(bounds) for event in decoder.feed(stream[a:b])]
    return events + decoder.close()


def check_grammar(events: list[Event]) -> None:
    """Every part begins, grows and ends, its deltas add up to it, and one terminal event comes last."""
    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, PartStarted):
            assert event.key not in texts
            texts[event.key] = ""
        elif isinstance(event, PartDelta):
            texts[event.key] += event.text
        elif isinstance(event, PartEnded):
            whole = getattr(event.part, "arguments", getattr(event.part, "text", ""))
            assert texts.pop(event.key) == whole
    kinds = [type(event).__name__ for event in events]
    assert [kind for kind in kinds if kind in {"Stopped", "Failed"}] == kinds[-1:]
