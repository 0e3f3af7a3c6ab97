import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.storage.settings.layout import Layout, Path, scan, split_key

TEXT = '''\
# opening comment with a = 1 and [brackets]
port = 1 # behind
"quoted key" = "a \\" # b"
dotted . "in.side" = 'lit # eral'

[limits]
gap_s = 2.5
list = [ 1, "two # ]", # inside
  { x = [3] },
]
[[models]]
id = """
multi = 1
[not a header]
""""
[models.prices]
input = 1
[[models]]
id = \'\'\'\\\'\'\'\'
[models.prices]
input = 2
when = 1979-05-27 07:32:00Z # a date with a space
[providers."my.own"]
nested = { url = "x", more = { deep = true } }
'''


def values_of(layout: Layout) -> dict[Path, str]:
    return {entry.path: layout.text[entry.value_start : entry.value_end] for entry in layout.entries}


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every path of a parsed document, tables and lists included."""
    if path:
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def test_every_value_is_found_at_its_path() -> None:
    found = values_of(scan(TEXT))

    assert found[("port",)] == "1"
    assert found[("quoted key",)] == '"a \\" # b"'
    assert found[("dotted", "in.side")] == "'lit # eral'"
    assert found[("limits", "gap_s")] == "2.5"
    assert found[("limits", "list", 1)] == '"two # ]"'
    assert found[("limits", "list", 2, "x", 0)] == "3"
    assert found[("models", 0, "id")] == '"""\nmulti = 1\n[not a header]\n""""'
    assert found[("models", 1, "id")] == "'''\\''''"
    assert found[("models", 0, "prices", "input")] == "1"
    assert found[("models", 1, "prices", "input")] == "2"
    assert found[("models", 1, "prices", "when")] == "1979-05-27 07:32:00Z"
    assert found[("providers", "my.own", "nested", "more", "deep")] == "true"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("port",), 2),
        (("dotted",), 4),
        (("limits",), 6),
        (("limits", "gap_s"), 7),
        (("limits", "list", 2), 9),
        (("limits", "missing"), 6),
        (("models", 0), 11),
        (("models", 0, "missing"), 11),
        (("models", 1, "prices", "input"), 21),
        (("providers",), 23),
        (("missing",), None),
        ((), None),
    ],
)
def test_a_path_has_a_line(path: Path, line: int | None) -> None:
    assert scan(TEXT).line(path) == line


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_change_no_line(newline: str) -> None:
    layout = scan(TEXT.replace("\n", newline))

    assert layout.line(("models", 1, "prices", "input")) == 21
    assert values_of(layout)[("port",)] == "1"


keys = st.text(min_size=1, max_size=8)
scalars = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    st.dates(),
)
documents = st.recursive(
    st.dictionaries(keys, scalars, max_size=4),
    lambda inner: st.dictionaries(
        keys,
        st.one_of(scalars, inner, st.lists(inner, max_size=3), st.lists(scalars, max_size=3)),
        max_size=4,
    ),
    max_leaves=12,
)


@given(documents, st.booleans())
def test_the_spans_of_any_document_hold_its_values(document: dict[str, Any], multiline: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=multiline)
    parsed = tomllib.loads(text)
    layout = scan(text)

    known = dict(leaves(parsed))
    for entry in layout.entries:
        span = text[entry.value_start : entry.value_end]
        assert tomllib.loads(f"k = {span}")["k"] == known[entry.path]
    sections = {section.path for section in layout.sections}
    for path, value in known.items():
        if not isinstance(value, dict | list):
            assert layout.entry(path) is not None
        elif isinstance(value, dict) and not value:
            assert path in sections or layout.entry(path) is not None


@pytest.mark.parametrize(
    ("dotted", "parts"),
    [
        ("port", ("port",)),
        ("lanes.claude-code", ("lanes", "claude-code")),
        (' providers . "my.own" . url', ("providers", "my.own", "url")),
        ("providers.'a b'.url", ("providers", "a b", "url")),
        ('"\\u00e4\\n"', ("ä\n",)),
    ],
)
def test_a_dotted_key_has_parts(dotted: str, parts: tuple[str, ...]) -> None:
    assert split_key(dotted) == parts


@pytest.mark.parametrize("dotted", ["", ".", "a.", ".a", "a b", "a=b", 'a"', "[a]", "a..b", "ä", "a = 1"])
def test_what_is_no_dotted_key_has_none(dotted: str) -> None:
    assert split_key(dotted) is None
