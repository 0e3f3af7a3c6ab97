"""Generated configuration files: any layout a person or a program could have given them."""

import json
from typing import Any

from hypothesis import strategies as st

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_KEYS = st.one_of(st.sampled_from(["env", "model", "hooks", "ANTHROPIC_BASE_URL", ""]), _TEXT)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXT
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_ENV = st.dictionaries(
    st.one_of(
        st.sampled_from(["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "NO_PROXY", "FOO", "BAR"]), _TEXT
    ),
    st.one_of(_TEXT, st.sampled_from(["http://gw", "sk-1", "corp"])),
    max_size=4,
)


@st.composite
def settings_files(draw: st.DrawFn) -> bytes:
    """A ``settings.json``: any object, often with an ``env``, in any layout."""
    settings = draw(st.dictionaries(_KEYS.filter(lambda key: key != "env"), _VALUES, max_size=4))
    if draw(st.booleans()):
        items = list(settings.items())
        items.insert(draw(st.integers(0, len(items))), ("env", draw(_ENV)))
        settings = dict(items)
    layout = draw(st.sampled_from(["indented", "compact", "spaced", "wild"]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = _wild(settings, draw) if layout == "wild" else _plain(settings, layout, draw)
    bom = draw(st.sampled_from(["", "\ufeff"]))
    end = draw(st.sampled_from(["", "\n", "\n\n", " "]))
    return (bom + (text + end).replace("\n", newline)).encode()


def _plain(settings: dict[str, Any], layout: str, draw: st.DrawFn) -> str:
    ascii_only = draw(st.booleans())
    if layout == "compact":
        return json.dumps(settings, separators=(",", ":"), ensure_ascii=ascii_only)
    if layout == "spaced":
        return json.dumps(settings, ensure_ascii=ascii_only)
    indent = draw(st.sampled_from([" ", "  ", "   ", "    ", "\t"]))
    return json.dumps(settings, indent=indent, ensure_ascii=ascii_only)


def _wild(value: Any, draw: st.DrawFn) -> str:
    """Any white space wherever JSON allows it."""

    def gap() -> str:
        return draw(st.text(" \t\n", max_size=3))

    if isinstance(value, dict):
        members = [
            f"{gap()}{json.dumps(key)}{gap()}:{gap()}{_wild(item, draw)}{gap()}"
            for key, item in value.items()
        ]
        return "{" + (",".join(members) or gap()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{gap()}{_wild(item, draw)}{gap()}" for item in value) or gap()) + "]"
    return json.dumps(value, ensure_ascii=False)


_TRAPS = [
    'model_provider = "trap"',
    "[model_providers.coderouter]",
    "# >>> coderouter (managed; remove with `coderouter uninstall`) >>>",
    "[[x]] # ] } { [",
]
_TOML_VALUES = st.sampled_from(
    [
        "1",
        "-0.5e3",
        "inf",
        "true",
        '"text # no comment"',
        "'C:\\path\\'",
        '"esc \\" \\\\ \\u00e9 ] }"',
        "1979-05-27 07:32:00",
        "1979-05-27T00:32:00.999999-07:00",
        "07:32:00",
        "[1, 2, 3]",
        '[ # comment ] "\n  "a]", # b\n  \'}\',\n\n]',
        '{ a = 1, b = { c = "}" } }',
        '[{ a = [1, "]"] }, { b = """x""" }]',
        '"""\n' + "\n".join(_TRAPS) + '\n"""',
        "'''\n" + "\n".join(_TRAPS) + "'''",
        '"""two "" quotes and one more at the end""""',
        "''''quotes' '' inside'''''",
        '"""line \\\n   continued"""',
    ]
)
_GAP = st.sampled_from(["", " ", "\t", "  "])
_COMMENTS = st.sampled_from(["# plain", "#", "# [not.a.table]", '# model_provider = "commented"', "#\ttab é"])
_SELECTIONS = st.sampled_from(
    [
        'model_provider = "azure"',
        "model_provider='azure' # why",
        '"model_provider" = "azure"',
        "\t'model_provider'\t=\t\"azure\"",
        'model_provider = """\nmulti\nline"""  # odd',
    ]
)


@st.composite
def config_files(draw: st.DrawFn) -> bytes:
    """A ``config.toml``: comments, tables, arrays of tables, multi-line strings, dotted keys."""
    lines = draw(_pairs("root"))
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(_SELECTIONS))
    if draw(st.booleans()):
        lines += ["model_providers.dotted.name = 'Dotted'"]
    for number in range(draw(st.integers(0, 4))):
        header = draw(
            st.sampled_from(
                [
                    f"[table{number}]",
                    f'[ "quoted ]" . table{number} ] # comment',
                    "[[array]]",
                    "[[ array ]]",
                    f"[model_providers.other{number}]",
                    f"[projects.'/home/{number}']",
                ]
            )
        )
        lines += [*draw(_filler()), header, *draw(_pairs(f"t{number}"))]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    end = draw(st.sampled_from(["", "\n", "\n\n"])) if lines else ""
    return (bom + ("\n".join(lines) + end).replace("\n", newline)).encode()


@st.composite
def _pairs(draw: st.DrawFn, prefix: str) -> list[str]:
    lines: list[str] = []
    for number in range(draw(st.integers(0, 3))):
        key = draw(
            st.sampled_from(
                [f"{prefix}{number}", f'"{prefix} {number}"', f"{prefix}{number} . 'dot.ted'.deep"]
            )
        )
        tail = draw(st.one_of(st.just(""), _COMMENTS.map(lambda comment: " " + comment)))
        lines += draw(_filler())
        lines.append(f"{draw(_GAP)}{key}{draw(_GAP)}={draw(_GAP)}{draw(_TOML_VALUES)}{tail}")
    return lines


@st.composite
def _filler(draw: st.DrawFn) -> list[str]:
    return draw(st.lists(st.one_of(st.just(""), _COMMENTS), max_size=2))
