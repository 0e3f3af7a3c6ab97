import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coderouter_cli.clients.claude_code import settings
from coderouter_cli.clients.claude_code.settings import env_of, put, read_settings, take_out
from coderouter_cli.clients.contract import KeyChange, KeyRecord
from coderouter_cli.errors import PatchError
from tests.clients.documents import settings_files

WANTED = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4141", "ANTHROPIC_AUTH_TOKEN": "crt_x", "NO_PROXY": "::1"}


def records(changes: Sequence[KeyChange]) -> list[KeyRecord]:
    return [KeyRecord(c.path, c.found is not None, c.found, c.new_raw) for c in changes]


def parsed(data: bytes) -> dict[str, object]:
    value = json.loads(data.decode("utf-8-sig"))
    assert isinstance(value, dict)
    return value


@given(settings_files())
@example(b"{}")
@example(b'{ "env" : { } }')
@example(b'{"env":{}\r\n}')
def test_only_our_members_change_and_taking_them_out_gives_the_same_bytes(original: bytes) -> None:
    patched, changes = put(original, WANTED, (), "f")
    old, new = parsed(original), parsed(patched)
    old_env = old.get("env", {})
    assert isinstance(old_env, dict)
    assert list(new) == list(old) if "env" in old else list(new) == [*old, "env"]
    assert new == old | {"env": old_env | WANTED}
    restored = take_out(patched, records(changes), "f")
    assert (restored.data, restored.empty, restored.left) == (original, False, ())


@given(settings_files())
def test_a_second_put_gives_the_same_bytes(original: bytes) -> None:
    patched, _ = put(original, WANTED, (), "f")
    assert put(patched, WANTED, (), "f")[0] is patched


@given(settings_files(), settings_files())
def test_members_others_add_later_survive(original: bytes, later: bytes) -> None:
    patched, changes = put(original, WANTED, (), "f")
    added = {f"later {key}": value for key, value in parsed(later).items()}
    edited = json.dumps(added | parsed(patched), indent=1).encode()
    assert parsed(take_out(edited, records(changes), "f").data) == added | parsed(original)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@example(b'{"env": {}')
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"a": Infinity}')
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(PatchError):
        assert isinstance(env_of(read_settings(data, "f")), dict)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"{}", b'{\n  "env": {\n    "K": "v"\n  }\n}'),
        (b'{"a":1}', b'{"a":1,"env":{"K":"v"}}'),
        (b'{"a": 1}', b'{"a": 1, "env": {"K": "v"}}'),
        (b'{\n\t"a": 1\n}', b'{\n\t"a": 1,\n\t"env": {\n\t\t"K": "v"\n\t}\n}'),
        (b'{\r\n "a" : 1\r\n}', b'{\r\n "a" : 1,\r\n "env" : {\r\n  "K" : "v"\r\n }\r\n}'),
        (b'{\n  "env": {}\n}', b'{\n  "env": {\n    "K": "v"\n  }\n}'),
        (b'{\n  "env": {"A": "1"}\n}', b'{\n  "env": {"A": "1", "K": "v"}\n}'),
        (b'{"env":{"A":"1"}}', b'{"env":{"A":"1","K":"v"}}'),
        (
            b'{\n  "env": {\n    "A": "1",\n\n    "B": "2"\n  }\n}',
            b'{\n  "env": {\n    "A": "1",\n\n    "B": "2",\n    "K": "v"\n  }\n}',
        ),
        (b'{"env": {"K": "old"}}', b'{"env": {"K": "v"}}'),
        (b'{"env"\n:\n{"A"\n:\n"1"}}', b'{"env"\n:\n{"A"\n:\n"1","K": "v"}}'),
    ],
)
def test_new_members_look_like_their_siblings(before: bytes, after: bytes) -> None:
    assert put(before, {"K": "v"}, (), "f")[0] == after


def test_a_value_changed_by_others_stays_and_is_named() -> None:
    patched, changes = put(b'{"a": 1}', {"K": "v"}, (), "f")
    restored = take_out(patched.replace(b'"v"', b'"w"'), records(changes), "f")
    assert restored.left == ("env.K was changed since; it stays as it is.",)
    assert parsed(restored.data) == {"a": 1, "env": {"K": "w"}}


def test_anything_we_ever_wrote_is_ours() -> None:
    record = KeyRecord(
        ("env", "K"), had_before=True, old_raw='"first"', new_raw='"third"', earlier=('"second"',)
    )
    assert take_out(b'{"env":{"K":"second"}}', [record], "f").data == b'{"env":{"K":"first"}}'


def test_what_was_ours_is_marked() -> None:
    _, (change,) = put(b'{"env":{"K":"old"}}', {"K": "v"}, {"K"}, "f")
    assert change == KeyChange(("env", "K"), '"old"', '"v"', ours=True)


@pytest.mark.parametrize(
    "after",
    [
        '{"a": 1, "env": {"K": "w"}}',
        '{"a": 1, "env": {}}',
        '{"a": 1}',
        '{"a": 1.0, "env": {"K": "v"}}',
        '{"env": {"K": "v"}, "a": 1}',
        '{"a": 1, "b": 2, "env": {"K": "v"}}',
        '{"a": 1, "env": {"K": "v", "L": ""}}',
    ],
)
def test_an_edit_that_does_anything_else_is_stopped(after: str) -> None:
    before = read_settings(b'{"a": 1}', "f")
    with pytest.raises(PatchError, match="without changing something else"):
        settings._prove(before, before.with_text(after), {"K": "v"})


@pytest.mark.parametrize("after", ['{"a": 2}', "{}", '{"a": 1, "env": {"B": "x"}}'])
def test_taking_out_more_or_less_is_stopped(after: str) -> None:
    before = read_settings(b'{"a": 1, "env": {"K": "v", "B": "1"}}', "f")
    record = KeyRecord(("env", "K"), had_before=False, old_raw=None, new_raw='"v"')
    with pytest.raises(PatchError, match="without changing something else"):
        settings._prove_out(before, before.with_text(after), [record])
