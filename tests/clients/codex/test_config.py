import tomllib
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from coderouter_cli.clients.codex.config import put, read_config, take_out, with_inert_table
from coderouter_cli.clients.codex.entries import INERT, provider_table
from coderouter_cli.clients.contract import KeyChange, KeyRecord, LocalEndpoint
from coderouter_cli.errors import PatchError
from tests.clients.documents import config_files

ENDPOINT = LocalEndpoint(4141, "crt_x")


def records(changes: Sequence[KeyChange]) -> list[KeyRecord]:
    return [KeyRecord(c.path, c.found is not None, c.found, c.new_raw) for c in changes]


def parsed(data: bytes) -> dict[str, object]:
    return tomllib.loads(data.decode("utf-8-sig"), parse_float=str)


def with_ours(values: dict[str, object], table: dict[str, object]) -> dict[str, object]:
    providers = values.get("model_providers", {})
    assert isinstance(providers, dict)
    return values | {"model_provider": "coderouter", "model_providers": providers | {"coderouter": table}}


@given(config_files())
def test_only_our_keys_change_and_taking_them_out_gives_the_same_bytes(original: bytes) -> None:
    patched, changes = put(original, ENDPOINT, "f")
    assert parsed(patched) == with_ours(parsed(original), dict(provider_table(ENDPOINT)))
    restored = take_out(patched, records(changes), original, "f")
    assert (restored.data, restored.left) == (original, ())
    assert restored.empty == (not original.decode("utf-8-sig").strip())


@given(config_files())
def test_a_second_put_gives_the_same_bytes(original: bytes) -> None:
    patched, _ = put(original, ENDPOINT, "f")
    assert put(patched, ENDPOINT, "f")[0] is patched


@given(config_files(), st.sampled_from(["[later]\nx = 1", '\n[projects."/later"]\nt = "x"\n', "# end\n"]))
def test_what_is_appended_later_survives(original: bytes, later: str) -> None:
    patched, changes = put(original, ENDPOINT, "f")
    restored = take_out(patched + later.encode(), records(changes), original, "f")
    newline = b"" if not original.lstrip(b"\xef\xbb\xbf") or original.endswith(b"\n") else b"\n"
    if newline and b"\r\n" in original:
        newline = b"\r\n"
    assert restored.data == original + newline + later.encode()


@given(config_files())
def test_an_inert_table_comes_and_goes_without_a_trace(original: bytes) -> None:
    inert = with_inert_table(original, "f")
    assert inert is not None
    providers = parsed(inert)["model_providers"]
    assert isinstance(providers, dict)
    assert providers["coderouter"] == INERT
    assert with_inert_table(inert, "f") == inert
    record = KeyRecord(("model_providers", "coderouter"), had_before=False, old_raw=None, new_raw="")
    assert take_out(inert, [record], original, "f").data == original


@given(st.one_of(st.binary(max_size=60), st.text("ab.=[]{}\"'#\\\n\r \t1", max_size=60).map(str.encode)))
@example(b"a = " + b"[" * 100_000)
@example(b"a" * 60 + b"." * 100_000)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(PatchError):
        patched, changes = put(data, ENDPOINT, "f")
        assert take_out(patched, records(changes), data, "f").data == data
        assert read_config(patched, "f").values["model_provider"] == "coderouter"


def test_an_inert_table_has_no_place_in_braces() -> None:
    data = b"model_providers = { a = { name = 'A' } }\n"
    assert with_inert_table(data, "f") is data


def test_a_stale_comment_of_ours_is_not_uncommented() -> None:
    original = b'# (before coderouter) model_provider = "older"\nmodel_provider = "old"\n'
    patched, changes = put(original, ENDPOINT, "f")
    assert take_out(patched, records(changes), original, "f").data == original


def test_the_former_selection_in_a_comment_is_mentioned_when_ours_is_gone() -> None:
    patched, changes = put(b'model_provider = "old"\n', ENDPOINT, "f")
    edited = patched.removeprefix(b'model_provider = "coderouter"\n')
    restored = take_out(edited, records(changes), b'model_provider = "old"\n', "f")
    assert restored.data == b'# (before coderouter) model_provider = "old"\n'
    assert restored.left


def test_a_table_removed_by_hand_stays_removed() -> None:
    patched, changes = put(b"a = 1\n", ENDPOINT, "f")
    edited = patched.split(b"\n# >>>")[0]
    assert take_out(edited, records(changes), b"a = 1\n", "f").data == b"a = 1\n"
