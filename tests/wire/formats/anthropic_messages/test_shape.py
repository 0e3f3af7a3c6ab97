"""The shape of an answer, as Anthropic takes it."""

import json

from coderouter_cli.domain.conversation import JsonObject, Message, Text
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.formats.anthropic_messages.shape import answer_format, closed
from tests.wire.formats.anthropic_messages.kit import MESSAGES, VENDOR, complaint, conversation, model

HELLO = Message("user", (Text("Hi"),))
PERSON: JsonObject = {
    "$defs": {"age": {"type": "integer", "minimum": 0}},
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "Who."},
        "age": {"$ref": "#/$defs/age"},
        "mail": {"type": "string", "format": "email"},
        "page": {"type": "string", "format": "iri"},
        "tags": {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 3},
        "kind": {"oneOf": [{"const": "a"}, {"type": "null"}]},
    },
    "required": ["name"],
    "additionalProperties": {"type": "string"},
}


def test_objects_are_closed_and_what_is_unknown_is_told() -> None:
    assert closed(PERSON) == {
        "$defs": {"age": {"type": "integer", "description": "{minimum: 0}"}},
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Who.\n\n{minLength: 1}"},
            "age": {"$ref": "#/$defs/age"},
            "mail": {"type": "string", "format": "email"},
            "page": {"type": "string", "description": '{format: "iri"}'},
            "tags": {
                "type": "array",
                "items": {"type": "object", "properties": {}, "additionalProperties": False},
                "minItems": 1,
                "description": "{maxItems: 3}",
            },
            "kind": {"anyOf": [{"const": "a"}, {"type": "null"}]},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    assert closed(closed(PERSON)) == closed(PERSON)


def test_the_formats_own_shape_stays_as_it_is() -> None:
    own = conversation(HELLO, format=MESSAGES, output_schema={"type": "object"})
    assert answer_format(own) == {"type": "json_schema", "schema": {"type": "object"}}
    assert answer_format(conversation(HELLO)) is None


def test_any_json_is_asked_for_in_words() -> None:
    asked = conversation(HELLO, output_schema={"type": "object"}, system=(Text("You are."),))
    body = ANTHROPIC_MESSAGES.render(asked, model(), VENDOR)
    assert "format" not in body.get("output_config", {})
    assert "JSON object" in body["system"][-1]["text"]
    assert complaint(body) is None
    named = conversation(HELLO, output_schema={"type": "object"}, output_name="answer")
    body = ANTHROPIC_MESSAGES.render(named, model(), VENDOR)
    assert body["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert "JSON object" not in json.dumps(body)
