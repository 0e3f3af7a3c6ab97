import copy
import json
from typing import Any

from coderouter_cli.wire.formats.anthropic_messages.caching import mark, with_breakpoints

MARK = {"cache_control": {"type": "ephemeral"}}
THOUGHT = {"type": "thinking", "thinking": "", "signature": ""}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def said(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def test_four_marks_at_the_ends() -> None:
    body = {
        "tools": [{"name": "a"}, {"name": "b"}],
        "system": [text("1"), text("2")],
        "messages": [
            user(text("a")),
            said(text("b")),
            user(text("c"), text("d")),
            said(text("e")),
            user(text("f")),
        ],
    }
    before = copy.deepcopy(body)
    assert with_breakpoints(body) == {
        "tools": [{"name": "a"}, {"name": "b", **MARK}],
        "system": [text("1"), text("2", **MARK)],
        "messages": [
            user(text("a")),
            said(text("b")),
            user(text("c"), text("d", **MARK)),
            said(text("e")),
            user(text("f", **MARK)),
        ],
    }
    assert body == before


def test_the_newest_mark_of_the_clients_own_takes_the_place_of_the_tools() -> None:
    body = {
        "tools": [{"name": "a"}],
        "system": [text("1", **MARK), text("2")],
        "messages": [
            user(text("old", **MARK), text("a")),
            said(text("b")),
            user(text("long", **MARK), text("c")),
            said(text("d")),
            user(text("e")),
            said(text("f")),
            user(text("g", **MARK)),
        ],
    }
    assert with_breakpoints(body) == {
        "tools": [{"name": "a"}],
        "system": [text("1"), text("2", **MARK)],
        "messages": [
            user(text("old"), text("a")),
            said(text("b")),
            user(text("long", **MARK), text("c")),
            said(text("d")),
            user(text("e", **MARK)),
            said(text("f")),
            user(text("g", **MARK)),
        ],
    }


def test_an_hour_is_an_hour_for_all() -> None:
    hour = mark("1h")
    assert hour == {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    body = {"system": [text("1")], "messages": [user(text("a", **hour), text("b"))]}
    assert with_breakpoints(body) == {
        "system": [text("1", **hour)],
        "messages": [user(text("a", **hour), text("b", **hour))],
    }


def test_marks_only_where_something_is() -> None:
    assert json.dumps(with_breakpoints({"messages": [user(text("a"))]})).count("cache_control") == 1
    assert with_breakpoints({"tools": [], "messages": []}) == {"tools": [], "messages": []}


def test_what_cannot_be_marked_is_not() -> None:
    body = {"tools": [{"name": "a", "defer_loading": True}], "messages": [user(THOUGHT)]}
    assert with_breakpoints(body) == body
