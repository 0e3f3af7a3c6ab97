import base64
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import Maker
from coderouter_cli.wire.formats.anthropic_messages.cleaning import clean_messages
from coderouter_cli.wire.formats.anthropic_messages.media import NO_DOCUMENT
from coderouter_cli.wire.media import NO_IMAGE
from tests.wire.formats.anthropic_messages.claude_code import MARK, text
from tests.wire.formats.anthropic_messages.kit import (
    CLAUDE,
    COMPATIBLE,
    DEEPSEEK,
    GPT,
    MESSAGES,
    NATIVE,
    UUID,
    VENDOR,
    sealed,
)

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
PLAIN = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "Words."},
    "title": "T",
}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}}
FILE = {"type": "document", "source": {"type": "file", "file_id": "f"}}
USE = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "ok"}
THOUGHT = {"type": "thinking", "thinking": "Hm."}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def said(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def note(content: Any) -> dict[str, Any]:
    return {"role": "system", "content": content}


def remind(words: str) -> dict[str, Any]:
    return text(f"<system-reminder>\n{words}\n</system-reminder>")


def cleaned(block: dict[str, Any], dialect: Any = COMPATIBLE, provider: str = "deepseek") -> Any:
    """One block of an assistant's message that goes on."""
    messages = clean_messages([said(block, text("."))], dialect, provider=provider, fold=True)
    blocks = messages[0]["content"]
    return blocks[0] if len(blocks) > 1 else None


@pytest.mark.parametrize(
    ("block", "vendor", "compatible", "keeping"),
    [
        ({**THOUGHT, "signature": NATIVE}, True, False, True),
        ({**THOUGHT, "signature": UUID}, False, True, True),
        ({**THOUGHT, "signature": ""}, False, True, True),
        ({"type": "redacted_thinking", "data": NATIVE}, True, False, True),
        ({"type": "redacted_thinking", "data": "x"}, False, False, True),
    ],
)
def test_thinking_goes_only_to_who_takes_it(
    block: dict[str, Any], vendor: bool, compatible: bool, keeping: bool
) -> None:
    assert cleaned(block, VENDOR) == (block if vendor else None)
    assert cleaned(block) == (block if compatible else None)
    assert cleaned(block, replace(COMPATIBLE, foreign_thinking="keep")) == (block if keeping else None)


@pytest.mark.parametrize(
    ("block", "vendor", "compatible"),
    [
        (
            sealed(CLAUDE, "Hm.", "signature", NATIVE),
            {"type": "thinking", "thinking": "Hm.", "signature": NATIVE},
            None,
        ),
        (
            sealed(CLAUDE, "", "signature", NATIVE),
            {"type": "thinking", "thinking": "", "signature": NATIVE},
            None,
        ),
        (sealed(CLAUDE, "", "redacted", NATIVE), {"type": "redacted_thinking", "data": NATIVE}, None),
        (sealed(DEEPSEEK, "Hm."), None, {"type": "thinking", "thinking": "Hm.", "signature": ""}),
        (
            sealed(Maker("deepseek", MESSAGES, "m"), "Hm.", "signature", UUID),
            None,
            {"type": "thinking", "thinking": "Hm.", "signature": UUID},
        ),
        (sealed(GPT, "Hm.", "encrypted", "gAAAAABo"), None, None),
        ({**sealed(CLAUDE, "Hm.", "signature", NATIVE), "thinking": "Edited."}, None, None),
        ({**sealed(DEEPSEEK, "Hm."), "thinking": "Edited."}, None, None),
        ({"type": "thinking", "thinking": "Hm.", "signature": "cr9.of.the.future"}, None, None),
    ],
)
def test_an_envelope_is_opened_for_its_maker_alone(block: Any, vendor: Any, compatible: Any) -> None:
    assert cleaned(block, VENDOR, "anthropic") == vendor
    assert cleaned(block, COMPATIBLE, "deepseek") == compatible
    assert cleaned(block, replace(COMPATIBLE, foreign_thinking="keep"), "moonshot") is None


def test_a_missing_signature_is_an_empty_one() -> None:
    assert cleaned(dict(THOUGHT)) == {**THOUGHT, "signature": ""}
    assert cleaned(dict(THOUGHT), VENDOR) is None


def test_poisoned_tool_ids_are_repaired_alike_in_call_and_result() -> None:
    messages = [said({**USE, "id": "Bash:0"}), user({**RESULT, "tool_use_id": "Bash:0"})]
    call, result = clean_messages(messages, VENDOR, provider="deepseek", fold=False)
    repaired = call["content"][0]["id"]
    assert repaired != "Bash:0"
    assert result["content"][0]["tool_use_id"] == repaired
    assert clean_messages([call, result], VENDOR, provider="deepseek", fold=False) == [call, result]


@pytest.mark.parametrize(
    ("written", "expected"),
    [('{"a": 1}', {"a": 1}), ("", {}), ('{"a', {"input": '{"a'}), ("[1]", {"input": "[1]"})],
)
def test_an_input_that_is_text_becomes_an_object(written: str, expected: Any) -> None:
    for dialect in (VENDOR, COMPATIBLE):
        (message,) = clean_messages([said({**USE, "input": written})], dialect, provider="p", fold=False)
        assert message["content"][-1] == {**USE, "input": expected}


def test_fields_that_only_the_vendor_knows_are_left_out() -> None:
    called = {**USE, "caller": {"type": "direct"}, **MARK}
    cited = text("Words.", citations=None, **MARK)
    assert cleaned(cited) == text("Words.")
    assert cleaned(called, replace(COMPATIBLE, reasoning_content=False)) == USE
    assert cleaned(cited, VENDOR) == cited
    assert cleaned(called, VENDOR) == called
    assert cleaned(cited, replace(COMPATIBLE, cache_control=True)) == text("Words.", **MARK)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (IMAGE, text(NO_IMAGE)),
        (PDF, text(NO_DOCUMENT)),
        (FILE, text(NO_DOCUMENT)),
        (PLAIN, text("T:\nWords.")),
        ({"type": "tool_reference", "tool_name": "Web"}, text("Tool available: Web")),
        (
            {"type": "search_result", "title": "A", "source": "b", "content": [text("c")]},
            text("A\nb\nc"),
        ),
        ({"type": "container_upload", "file_id": "f"}, {"type": "container_upload", "file_id": "f"}),
    ],
)
def test_blocks_others_do_not_know_are_said_in_words_also_in_results(
    block: dict[str, Any], expected: dict[str, Any]
) -> None:
    result = {**RESULT, "content": [block, text("x")]}
    messages = clean_messages([user(result, block)], COMPATIBLE, provider="deepseek", fold=True)
    assert messages == [user({**RESULT, "content": [expected, text("x")]}, expected)]
    assert clean_messages([user(result, block)], VENDOR, provider="deepseek", fold=False) == [
        user(result, block)
    ]


def test_images_stay_where_they_are_seen() -> None:
    sees = replace(COMPATIBLE, images=True)
    assert clean_messages([user(IMAGE)], sees, provider="deepseek", fold=True) == [user(IMAGE)]


def test_what_is_said_about_a_document_goes_with_it() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "Rows."}
    block = {"type": "document", "source": source, "title": "T", "context": "Of March."}
    assert cleaned(block) == text("About T: Of March.\n\nT:\nRows.")
    assert cleaned(block, VENDOR) == block


def test_text_documents_of_every_shape_become_text() -> None:
    inline = {"type": "base64", "media_type": "text/plain", "data": base64.b64encode(b"Words.").decode()}
    block = {"type": "document", "source": inline}
    assert clean_messages([user(block)], COMPATIBLE, provider="deepseek", fold=True) == [user(text("Words."))]


REMIND = remind("Note.")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([{"role": "user", "content": "A"}, note("Note.")], [user(text("A"), REMIND)]),
        ([user(text("A")), note([text("Note.")]), note("Note.")], [user(text("A"), REMIND, REMIND)]),
        ([note("Note."), user(text("A"))], [user(REMIND, text("A"))]),
        ([note("Note."), note("Note.")], [user(REMIND, REMIND)]),
        (
            [said(text("A")), note("Note."), said(text("B"))],
            [said(text("A")), user(REMIND), said(text("B"))],
        ),
        (
            [said(USE), note("Note."), user(RESULT, text("B"))],
            [said(USE), user(RESULT, REMIND, text("B"))],
        ),
        ([{"role": "user", "content": "A"}, note(" "), note(None)], [{"role": "user", "content": "A"}]),
    ],
)
def test_system_messages_fold_in_place(messages: list[Any], expected: list[Any]) -> None:
    dialect = replace(COMPATIBLE, reasoning_content=False)
    assert clean_messages(messages, dialect, provider="deepseek", fold=True) == expected
    assert clean_messages(messages, VENDOR, provider="deepseek", fold=False) == messages


def test_a_message_with_nothing_left_is_left_out() -> None:
    messages = [user(text("A")), said({**THOUGHT, "signature": NATIVE}), user(text("B"))]
    assert clean_messages(messages, COMPATIBLE, provider="deepseek", fold=True) == [messages[0], messages[2]]


def test_thinking_stands_before_a_call_where_a_provider_insists() -> None:
    floor = {"type": "thinking", "thinking": " ", "signature": ""}
    assert clean_messages([said(USE)], COMPATIBLE, provider="deepseek", fold=True) == [said(floor, USE)]
    own = {**THOUGHT, "signature": UUID}
    assert clean_messages([said(own, USE)], COMPATIBLE, provider="deepseek", fold=True) == [said(own, USE)]
    assert clean_messages([said(USE)], VENDOR, provider="deepseek", fold=True) == [said(USE)]


def test_what_is_no_message_is_left_alone() -> None:
    odd: list[Any] = [3, {"role": "user"}, user("x"), {"role": "user", "content": 7}]
    assert clean_messages(odd, COMPATIBLE, provider="deepseek", fold=True) == odd
