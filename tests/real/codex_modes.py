"""Scenarios of Codex beyond a plain tool loop: planning, pictures, shapes of answers, the hosted search."""

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

from coderouter_cli.demo.script import Call, Outcome, Raw, Reply, Say, SeenRequest
from coderouter_cli.demo.voices.base import event
from tests.real.codex import CLASSIC, CODE_MODE, Codex
from tests.real.codex_model import Model, course, javascript, literal
from tests.real.codex_server import conversation

_QUESTION = {
    "id": "scope",
    "header": "Scope",
    "question": "Both files?",
    "options": [
        {"label": "Yes (Recommended)", "description": "Both files."},
        {"label": "No", "description": "One file."},
    ],
}


async def plan_mode(codex: Codex) -> None:
    """A plan with a question to the user, then the work in default mode."""
    codex.machine.provider.script = Model(
        (
            course(
                "Plan the files",
                Reply((Call("exec_command", {"cmd": "ls"}),)),
                Reply((Call("request_user_input", {"questions": [_QUESTION]}),)),
                Reply((Say("<proposed_plan>\n# Files\n\nWrite one.\n</proposed_plan>"),)),
            ),
            course(
                "Go ahead",
                Reply((Call("exec_command", {"cmd": "echo one > shell.txt"}),)),
                Reply((Say("It is written."),)),
            ),
        )
    )
    async with conversation(codex, CLASSIC) as thread:
        assert "Write one." in await thread.say("Plan the files.", plan=True)
        assert "item/tool/requestUserInput" in [method for method, _ in thread.heard]
        assert await thread.say("Go ahead.") == "It is written."
    assert (codex.folder / "shell.txt").read_text() == "one\n"
    planned = [b"Plan Mode (Conversational)" in seen.body for seen in codex.asked()]
    assert all(planned[:3])
    assert b"Yes (Recommended)" in codex.asked()[2].body


async def images(codex: Codex) -> None:
    """A picture with the ask, and one that a tool brings: the model gets both."""
    given, found = _picture(codex.folder / "given.png", 1), _picture(codex.folder / "found.png", 2)
    codex.machine.provider.script = Model(
        (
            course(
                "Compare",
                Reply((Call("view_image", {"path": str(codex.folder / "found.png")}),)),
                Reply((Say("They differ."),)),
            ),
        )
    )
    shown = await codex.ask("Compare the pictures.", f"--image={codex.folder / 'given.png'}")
    assert (shown.code, shown.text) == (0, "They differ."), shown.screen
    assert [_has(seen, given) for seen in codex.asked()] == [True, True]
    assert [_has(seen, found) for seen in codex.asked()] == [False, True]


async def images_in_code_mode(codex: Codex) -> None:
    """The same with the default model, whose script hands the picture over."""
    found = _picture(codex.folder / "found.png", 3)
    look = javascript(
        f"const seen = await tools.view_image({literal({'path': str(codex.folder / 'found.png')})});",
        'text("here it is");',
        "image(seen.image_url);",
    )
    codex.machine.provider.script = Model(
        (course("Look", Reply((look,)), Reply((Say("A picture."),))),),
    )
    shown = await codex.ask("Look at it.", model=CODE_MODE)
    assert (shown.code, shown.text) == (0, "A picture."), shown.screen
    assert [_has(seen, found) for seen in codex.asked()] == [False, True]


async def output_schema(codex: Codex) -> None:
    """The last message follows a schema, after a tool loop."""
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    file = codex.folder / "schema.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    codex.machine.provider.script = Model(())
    shown = await codex.ask("Name two files.", "--output-schema", str(file))
    assert (shown.code, json.loads(shown.text)) == (0, {"title": "Two files"}), shown.screen
    assert b'"additionalProperties"' in codex.asked()[0].body


def _picture(file: Path, seed: int) -> bytes:
    """Write a small picture; its bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes((seed * 40, 90, x * 10) * 8) for x in range(8))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    file.write_bytes(data)
    return data


def _has(seen: SeenRequest, picture: bytes) -> bool:
    """Whether the picture is in the request, byte for byte."""
    return base64.b64encode(picture) in seen.body


async def answer_cut_short(codex: Codex) -> None:
    """The model's limit ends its answer: Codex says which one it was."""
    codex.machine.provider.script = lambda _: Reply((Say("Half an ans"),), stop="max_tokens")
    shown = await codex.ask("Say much.")
    assert (shown.code, shown.text) == (1, ""), shown.screen
    assert shown.errors == ["Incomplete response returned, reason: max_output_tokens"]


async def hosted_search(codex: Codex) -> None:
    """Codex offers the vendor's search with every request. Who runs it, searches; the others do without."""

    def script(seen: SeenRequest) -> Outcome:
        offered = seen.provider == "openai" and b'"type":"web_search"' in seen.body
        if b"Search for it" in seen.body and b"Go on" not in seen.body and offered:
            return _searched(seen.model)
        return Reply((Say("Found it."),))

    codex.machine.provider.script = script
    shown = await codex.ask("Search for it.")
    assert (shown.code, shown.text) == (0, "Found it."), shown.screen
    shown = await codex.resume("Go on.")
    assert (shown.code, shown.text) == (0, "Found it."), shown.screen


def _searched(model: str) -> Raw:
    """An answer of OpenAI's with a search in it."""
    text = {"type": "output_text", "text": "Found it.", "annotations": []}
    search: dict[str, Any] = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "it"},
    }
    said: dict[str, Any] = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    opening: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "model": model,
        "status": "in_progress",
        "output": [],
    }
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    ending = {**opening, "status": "completed", "output": [search, said], "usage": usage}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": opening},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**search, "status": "in_progress"},
        },
        {"type": "response.output_item.done", "output_index": 0, "item": search},
        {"type": "response.output_item.added", "output_index": 1, "item": {**said, "content": []}},
        {"type": "response.output_item.done", "output_index": 1, "item": said},
        {"type": "response.completed", "response": ending},
    ]
    return Raw([event(one["type"], {**one, "sequence_number": n}) for n, one in enumerate(events)])
