import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import assume, given
from hypothesis import strategies as st

from coderouter_cli.domain.decision import Lane
from coderouter_cli.errors import ConfigError, UnsafeFileError, UsageError
from coderouter_cli.storage.settings import Strategy, initial_toml, load_settings, set_value
from coderouter_cli.storage.settings.edit import Value, edit
from coderouter_cli.storage.settings.values import Settings
from coderouter_cli.system.paths import Paths

COMMENTED = """\
# my settings

port = 7000   # the port
# about the strategy
strategy = "balanced"# no space

[lanes] # who goes where
  codex = "smart" # indented

# the end of lanes

[limits]
# nothing yet
[providers.home]
url = "http://localhost:11434"
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("port = 1 # c\n", ("port",), 2, "port = 2 # c\n"),
        ("port = 1", ("port",), 2, "port = 2"),
        ("", ("port",), 2, "port = 2\n"),
        ("# head\n", ("port",), 2, "# head\nport = 2\n"),
        ("# head", ("port",), 2, "# head\n\nport = 2\n"),
        ("# about t\n[t]\n", ("port",), 2, "port = 2\n\n# about t\n[t]\n"),
        ("# head\n\n# x\n[a]\n", ("port",), 2, "# head\n\nport = 2\n\n# x\n[a]\n"),
        ("a = 1", ("b",), "x", 'a = 1\nb = "x"\n'),
        ("a = 1\n[t]\nc = 3\n", ("b",), 2, "a = 1\nb = 2\n[t]\nc = 3\n"),
        ("[t]\nc = 3\n", ("b",), 2, "b = 2\n\n[t]\nc = 3\n"),
        ("[t]\nc = 3 # x\n\n[u]\n", ("t", "d"), True, "[t]\nc = 3 # x\nd = true\n\n[u]\n"),
        ("[t] # x\n[u]\n", ("t", "d"), 1.5, "[t] # x\nd = 1.5\n[u]\n"),
        ("[t]", ("t", "d"), 1, "[t]\nd = 1\n"),
        ("a = 1\n", ("t", "d"), 1, "a = 1\n\n[t]\nd = 1\n"),
        ("a = 1\r\n", ("t", "d"), 1, "a = 1\r\n\r\n[t]\r\nd = 1\r\n"),
        ("t = {}\n", ("t", "d"), 1, "t = { d = 1 }\n"),
        ("t = { c = 1 } # x\n", ("t", "d"), 1, "t = { c = 1, d = 1 } # x\n"),
        ("t = { c = 1 }\n", ("t", "c"), 2, "t = { c = 2 }\n"),
        ("t.c = 1 # x\nz = 1\n", ("t", "d"), 1, "t.c = 1 # x\nt.d = 1\nz = 1\n"),
        ("[p]\nx.u = 1\n", ("p", "x", "v"), 2, "[p]\nx.u = 1\nx.v = 2\n"),
        ("[p.x]\nu = 1\n", ("p", "y", "u"), 2, "[p.x]\nu = 1\n\n[p.y]\nu = 2\n"),
        ("p = { x = { u = 1 } }\n", ("p", "y", "u"), 2, "p = { x = { u = 1 }, y.u = 2 }\n"),
        ("s = 'port = 1'\nport = 1\n", ("port",), 2, "s = 'port = 1'\nport = 2\n"),
        ('s = """\nport = 1\n"""\nport = 1\n', ("port",), 2, 's = """\nport = 1\n"""\nport = 2\n'),
        ("a = [\n 1, # one\n]\n", ("b",), 2, "a = [\n 1, # one\n]\nb = 2\n"),
        ("l = ['a']\n", ("l",), ["b", "c"], 'l = [\n    "b",\n    "c",\n]\n'),
        ("[[m]]\nid = 1\n", ("port",), 2, "port = 2\n\n[[m]]\nid = 1\n"),
        ('"port" = 1\n', ("port",), 2, '"port" = 2\n'),
        ("", ("t", "a b", "c"), 1, '[t."a b"]\nc = 1\n'),
        ("b = 1\n", ("b",), True, "b = true\n"),
        ("port = 1 # c\n", ("port",), 1, "port = 1 # c\n"),
    ],
)
def test_one_key_changes_and_nothing_else(
    text: str, path: tuple[str, ...], value: Value, expected: str
) -> None:
    assert edit(text, path, value) == expected


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a = 1\n", ("a", "b"), 1),
        ("[[m]]\nid = 1\n", ("m", "id"), 2),
        ("a = 1\n", ("a",), float("nan")),
    ],
)
def test_what_cannot_be_set_is_refused(text: str, path: tuple[str, ...], value: Value) -> None:
    with pytest.raises(ConfigError):
        edit(text, path, value)


keys = st.from_regex(r"[a-z]{1,3}", fullmatch=True) | st.sampled_from(["a.b", "ä", 'q"', "=", "#", " "])
scalars: st.SearchStrategy[Any] = st.one_of(
    st.integers(-999, 999),
    st.booleans(),
    st.text(max_size=6),
    st.sampled_from(["# no", "a = 1", '"""', "[x]", "}"]),
)
tables = st.recursive(
    st.dictionaries(keys, scalars, max_size=3),
    lambda inner: st.dictionaries(
        keys, scalars | inner | st.lists(inner, min_size=1, max_size=2), max_size=3
    ),
    max_leaves=10,
)


def commented(text: str, newline: str) -> tuple[str, list[str]]:
    """The text with a comment of its own above and behind every line that is not inside a list."""
    lines, comments = [], []
    for number, line in enumerate(text.removesuffix("\n").split("\n")):
        if line and not line.startswith((" ", "]")) and not line.endswith("["):
            comments += [f"# above {number} = ] }}", f"# behind {number} ''' \""]
            lines += [comments[-2], f"{line} {comments[-1]}"]
        else:
            lines.append(line)
    return newline.join(lines) + newline, comments


def in_the_way(document: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a value stands where a table is needed, or a table where the value should go."""
    above: Any = document
    for key in path[:-1]:
        above = above.get(key, {})
        if not isinstance(above, dict):
            return True
    return isinstance(above.get(path[-1]), dict | list)


@given(tables, st.lists(keys, min_size=1, max_size=3).map(tuple), scalars, st.sampled_from(["\n", "\r\n"]))
def test_every_comment_and_every_other_key_survives(
    document: dict[str, Any], path: tuple[str, ...], value: Value, newline: str
) -> None:
    text, comments = commented(tomli_w.dumps(document), newline)
    assume(tomllib.loads(text) == document)
    try:
        after = edit(text, path, value)
    except ConfigError:
        assert in_the_way(document, path)
        return

    wanted: dict[str, Any] = tomllib.loads(text)
    table = wanted
    for key in path[:-1]:
        table = table.setdefault(key, {})
    replaced = table.get(path[-1])
    table[path[-1]] = value
    assert tomllib.loads(after) == wanted
    if not isinstance(replaced, dict | list):
        assert [comment for comment in comments if comment not in after] == []
        assert after.count("\n") >= text.count("\n")
    if newline == "\r\n":
        assert after.count("\r\n") == after.count("\n")


def test_a_users_file_keeps_its_comments(paths: Paths) -> None:
    paths.config_file.write_text(COMMENTED)
    paths.config_file.chmod(0o640)

    set_value(paths, "port", 7001)
    set_value(paths, "strategy", "quality")
    set_value(paths, "lanes.claude-code", "direct")
    set_value(paths, "limits.gap_s", 30)
    set_value(paths, "providers.home.key_env", "HOME_KEY")
    set_value(paths, "deny_models", ["a"])

    assert paths.config_file.read_text() == COMMENTED.replace("7000", "7001").replace(
        '"balanced"# no space', '"quality"# no space\ndeny_models = [\n    "a",\n]'
    ).replace("# indented\n", '# indented\nclaude-code = "direct"\n').replace(
        "[limits]\n", "[limits]\ngap_s = 30\n"
    ).replace('11434"\n', '11434"\nkey_env = "HOME_KEY"\n')
    assert load_settings(paths).lane_for("claude-code") is Lane.DIRECT
    assert stat.S_IMODE(paths.config_file.stat().st_mode) == 0o640


def test_the_first_setting_makes_a_private_file(paths: Paths) -> None:
    set_value(paths, "strategy", "frugal")

    assert load_settings(paths).strategy is Strategy.FRUGAL
    assert stat.S_IMODE(paths.config_file.stat().st_mode) == 0o600


def test_the_file_init_writes_can_be_edited(paths: Paths) -> None:
    paths.config_file.write_text(initial_toml(Settings()))

    set_value(paths, "lanes.codex", "direct")
    set_value(paths, "port", 7000)

    assert load_settings(paths).lane_for("codex") is Lane.DIRECT
    assert load_settings(paths).port == 7000


def test_the_same_value_again_writes_nothing(paths: Paths) -> None:
    paths.config_file.write_text(COMMENTED)
    before = paths.config_file.stat()

    set_value(paths, "port", 7000)

    assert paths.config_file.stat().st_ino == before.st_ino
    assert paths.config_file.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    ("key", "value"),
    [("port", 80), ("stratgy", "frugal"), ("lanes.claude", "smart"), ("port.x", 1), ("models.id", "x")],
)
def test_what_is_not_accepted_is_never_written(paths: Paths, key: str, value: Value) -> None:
    paths.config_file.write_text(COMMENTED)

    with pytest.raises(ConfigError):
        set_value(paths, key, value)

    assert paths.config_file.read_text() == COMMENTED


def test_a_name_that_is_no_key_is_a_mistake_of_usage(paths: Paths) -> None:
    with pytest.raises(UsageError):
        set_value(paths, "port = 1", 2)


def test_a_byte_order_mark_and_a_link_stay(paths: Paths, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_bytes(b"\xef\xbb\xbfport = 7000\r\n")
    paths.config_file.symlink_to(real)

    set_value(paths, "port", 7001)

    assert real.read_bytes() == b"\xef\xbb\xbfport = 7001\r\n"
    assert paths.config_file.is_symlink()


def test_a_file_others_can_write_is_not_touched(paths: Paths) -> None:
    paths.config_file.write_text("port = 7000")
    paths.config_file.chmod(0o666)

    with pytest.raises(UnsafeFileError):
        set_value(paths, "port", 7001)
