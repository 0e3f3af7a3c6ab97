import base64
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    Message,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.wire.estimate import (
    estimate_head,
    estimate_message,
    estimate_output,
    estimate_part,
    estimate_prompt,
    estimate_text,
    tokens_for,
)
from coderouter_cli.wire.imagesize import UNSEEN_TOKENS
from tests.wire.pictures import png

PROSE = (
    "The daemon keeps a local ledger of what every exchange cost, and of what it would have cost on the "
    "model that the client asked for. Nothing of a prompt is ever written down.\n"
)
CODE = '''    12\u2192    def value_end(self, at: int) -> int | None:
    13\u2192        """Where the value at ``at`` ends; None when none ends there."""
    14\u2192        if self._body[at : at + 1] not in {b"{", b"["}:
    15\u2192            scalar = _SCALAR.match(self._body, at)
    16\u2192            return None if scalar is None else scalar.end()
'''
JSON_TEXT = json.dumps(
    {"file_path": "/home/dev/src/app.ts", "offset": 120, "limit": 40, "flags": [True, None]}
)
CATALOG = load_catalog(prices=False).models
EMPTY = Conversation(format=FormatName.ANTHROPIC_MESSAGES, model="m", messages=())


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (PROSE, 3.8, 4.6),
        (CODE, 2.5, 3.4),
        (JSON_TEXT, 2.2, 3.4),
        ("这是一个测试。", 0.7, 1.3),
        ("Это тест.", 1.6, 2.8),
    ],
)
def test_characters_a_token_are_those_of_the_kind_of_text(text: str, low: float, high: float) -> None:
    assert low < len(text * 20) / estimate_text(text * 20) < high


@given(st.text())
def test_any_text_has_a_count(text: str) -> None:
    assert estimate_text(text) == estimate_text(text)
    assert (estimate_text(text) == 0) == (text == "")


def test_half_a_surrogate_pair_is_counted() -> None:
    assert estimate_text("\ud83d") >= 1


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_longer_text_is_never_shorter_in_tokens(first: str, second: str) -> None:
    assert estimate_text(first + second) + 1 >= max(estimate_text(first), estimate_text(second))


def test_a_prompt_is_its_head_and_its_messages() -> None:
    conversation = replace(
        EMPTY,
        system=(Text("x-anthropic-billing-header: cc_version=1; cch=abc;"), Text(PROSE)),
        tools=(
            Tool("Read", "Reads a file", {"type": "object"}),
            Tool("Later", PROSE * 50, {}, deferred=True),
        ),
        messages=(Message("user", (Text(PROSE),)), Message("assistant", (Text(PROSE),))),
    )
    head = estimate_head(conversation)
    assert head == estimate_head(replace(conversation, system=conversation.system[1:]))
    assert head == estimate_head(replace(conversation, tools=conversation.tools[:1]))
    assert 346 + estimate_text(PROSE) < head < 346 + estimate_text(PROSE) + 40
    assert estimate_prompt(conversation) == head + 2 * estimate_message(conversation.messages[0])
    assert estimate_prompt(EMPTY) == 0


def test_every_part_counts() -> None:
    text = estimate_text(PROSE)
    call = ToolCall("t", "Read", PROSE)
    assert estimate_output((Text(PROSE), Refusal(PROSE))) == 2 * text
    assert estimate_part(Image("image/png", "A" * 999)) == UNSEEN_TOKENS
    assert estimate_part(Image("image/png", png(1000, 1000))) == 1296
    assert estimate_part(call) > text
    assert estimate_part(ToolResult("t", (Text(PROSE), Image(url="u")))) > text + UNSEEN_TOKENS
    assert estimate_part(Unknown(FormatName.ANTHROPIC_MESSAGES, "x", {"type": "x", "a": PROSE})) > text


def test_thinking_counts_even_where_only_its_carrier_is_there() -> None:
    hidden = Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "A" * 6000)
    assert estimate_part(Reasoning("", hidden)) == 1000
    assert estimate_part(Reasoning(PROSE)) == estimate_text(PROSE)


def test_a_model_counts_text_by_its_tokenizer_and_images_by_its_own_rule() -> None:
    screenshot = Image("image/png", png(1920, 1080))
    told = Message("user", (Text(PROSE), ToolResult("t", (screenshot,))))
    shown = replace(EMPTY, messages=(told,))
    estimated = estimate_prompt(shown)
    rest = estimated - estimate_part(screenshot)
    # 1920 x 1080: 69 x 39 squares of 28 pixels, 60 x 34 of 32 pixels
    assert tokens_for(CATALOG["claude-opus-5-5"], shown, estimated) == round(rest * 1.3) + 2691
    assert tokens_for(CATALOG["gpt-6-luna"], shown, estimated) == round(rest * 0.8) + 2040
    assert tokens_for(CATALOG["claude-haiku-4-5"], shown, estimated) == estimated
    words = replace(EMPTY, messages=(Message("user", (Text(PROSE),)),))
    corrected = replace(CATALOG["gpt-6-luna"], calibration=1.5)
    assert tokens_for(corrected, words, 1000) == 1200


def test_documents_count_by_size() -> None:
    assert estimate_part(Document("application/pdf", "A" * 100_000)) == 3001
    written = base64.b64encode(PROSE.encode()).decode()
    assert estimate_part(Document("text/plain", written)) == estimate_text(PROSE)
    assert estimate_part(Document("text/plain", "not base64!")) == 1
    pages = b"%PDF-1.7 << /Type /Pages /Count 2 >> << /Type /Page >> <</Type/Page/Parent 1 0 R>>"
    assert estimate_part(Document("application/pdf", base64.b64encode(pages).decode())) == 6000
    assert estimate_part(Document("application/pdf", url="https://example.com/a.pdf")) == 3000


def test_tools_of_every_kind_count() -> None:
    raw = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    server = replace(EMPTY, tools=(Tool("web_search", kind=ToolKind.SERVER, raw=raw),))
    custom = replace(EMPTY, tools=(Tool("apply_patch", kind=ToolKind.CUSTOM, grammar={"definition": PROSE}),))
    assert estimate_head(server) > 346 + 16
    assert estimate_head(custom) > 346 + 16 + estimate_text(PROSE)


def test_counting_is_fast() -> None:
    text = (CODE * 1000)[:120_000]

    def once() -> float:
        started = time.perf_counter()
        estimate_text(text)
        return time.perf_counter() - started

    assert min(once() for _ in range(10)) < 0.05
