"""Cache marks of a client as OpenAI's breakpoints."""

import json

from coderouter_cli.domain.conversation import JsonObject, Message, Text
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.formats.openai_responses.caching import marked_prompt, text_part, with_marks
from tests.wire.formats.openai_responses.kit import COMPATIBLE, OPENAI, conversation, model

MARK: JsonObject = {"prompt_cache_breakpoint": {"mode": "explicit"}}


def said(*texts: Text) -> JsonObject:
    return {"type": "message", "role": "user", "content": [text_part(text) for text in texts]}


def marks(items: list[JsonObject]) -> list[str]:
    return [part["text"] for item in items for part in item["content"] if "prompt_cache_breakpoint" in part]


def test_a_text_keeps_its_mark() -> None:
    assert text_part(Text("a", "5m")) == {"type": "input_text", "text": "a", **MARK}
    assert text_part(Text("a")) == {"type": "input_text", "text": "a"}


def test_the_first_mark_and_the_last_two_count() -> None:
    items = [said(Text("a", "1h")), said(Text("b", "5m"), Text("c", "5m")), said(Text("d", "5m"), Text("e"))]
    assert marks(with_marks(items, accepted=True)) == ["a", "c", "d"]
    assert marks(with_marks(items, accepted=False)) == []
    assert marks(items) == ["a", "b", "c", "d"]


def test_a_prompt_with_a_mark_is_a_message() -> None:
    billing = Text("x-anthropic-billing-header: cc_version=1;")
    (prompt,) = marked_prompt((billing, Text("You are."), Text("Rules.", "5m")))
    assert prompt["role"] == "developer"
    assert prompt["content"] == [text_part(Text("You are.")), text_part(Text("Rules.", "5m"))]
    assert marked_prompt((Text("You are."),)) == []


def test_marks_go_to_openais_newer_models_only() -> None:
    asked = conversation(Message("user", (Text("Hi", "5m"),)), system=(Text("Rules.", "1h"),))
    body = OPENAI_RESPONSES.render(asked, model(cache_breakpoints=True), OPENAI)
    assert "instructions" not in body
    assert marks(body["input"]) == ["Rules.", "Hi"]
    for able, dialect in ((False, OPENAI), (True, COMPATIBLE)):
        body = OPENAI_RESPONSES.render(asked, model(cache_breakpoints=able), dialect)
        assert body["instructions"] == "Rules."
        assert "breakpoint" not in json.dumps(body)
