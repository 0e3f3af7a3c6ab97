"""Claude Code's ``settings.json`` as text: put members into ``env``, and take them out again.

The file is strict JSON: with a comment or a trailing comma Claude Code ignores it altogether
(measured with Claude Code 2.1.330), so such a file is refused and not edited around.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from coderouter_cli.clients.contract import KeyChange, KeyRecord, Reverted
from coderouter_cli.clients.edit_json import JsonText, Member, parse, read_json, split_bom
from coderouter_cli.errors import PatchError

ENV = "env"
_IGNORED = "Claude Code ignores such a file altogether."
_BLANK = "{}\n"


def read_settings(data: bytes | None, name: str) -> JsonText:
    """The settings as text; a missing or blank file reads as an empty object.

    Raises:
        PatchError: not strict JSON, ``env`` twice or not an object, a key of ``env`` twice.
    """
    bom, text = split_bom(data or b"", name)
    if not text.strip():
        return JsonText(name, bom, _BLANK)
    document = read_json(data or b"", name, means=_IGNORED)
    _refuse_twice(document, [m for m in document.members(document.root) if m.key == ENV])
    env = document.member((ENV,))
    if env is None:
        return document
    if document.text[env.value_start] != "{":
        raise _refusal(document, env, "`env` is not an object.")
    by_key: dict[str, list[Member]] = {}
    for member in document.members(env.value_start):
        by_key.setdefault(member.key, []).append(member)
    for same in by_key.values():
        _refuse_twice(document, same)
    return document


def env_of(document: JsonText) -> dict[str, Any]:
    """The parsed members of ``env``."""
    env = document.member((ENV,))
    return document.value(env) if env else {}


def put(
    data: bytes | None, wanted: Mapping[str, str], ours: Collection[str], name: str
) -> tuple[bytes, tuple[KeyChange, ...]]:
    """Set members of ``env``; ``ours`` are the keys whose present value CodeRouter wrote.

    Returns the new file (the same bytes when nothing differs) and what changed.

    Raises:
        PatchError: the file is not one we may edit, or the edit did not do exactly what it should.
    """
    before = read_settings(data, name)
    changes: list[KeyChange] = []
    document = before
    for key, value in wanted.items():
        document, change = _put_one(document, key, value, ours=key in ours)
        changes.append(change)
    if document == before and data:
        return data, tuple(changes)
    changes.extend(_containers(data, before))
    _prove(before, document, wanted)
    return document.encode(), tuple(changes)


def take_out(data: bytes, keys: Sequence[KeyRecord], name: str) -> Reverted:
    """Remove what the records say is ours, or put the former text back; the rest is not touched.

    Raises:
        PatchError: the file is no longer one we can read.
    """
    before = document = read_settings(data, name)
    left: list[str] = []
    empty = False
    for record in sorted(keys, key=lambda record: -len(record.path)):
        if len(record.path) == 2:
            document, note = _take_one(document, record)
            left += [note] if note else []
        elif record.path:
            document = _take_env(document, record)
        elif not document.members(document.root):
            empty = not record.had_before
            document = document.with_text(document.text.replace("{}", record.old_raw or "{}", 1))
    _prove_out(before, document, keys)
    return Reverted(document.encode(), empty, tuple(left))


def _put_one(document: JsonText, key: str, value: str, *, ours: bool) -> tuple[JsonText, KeyChange]:
    raw = json.dumps(value)
    path = (ENV, key)
    if document.member((ENV,)) is None:
        document = document.with_member(document.root, ENV, "{}")
    env = document.member((ENV,))
    member = document.member(path)
    if member is not None:
        found = document.raw(member)
        same = document.value(member) == value
        change = KeyChange(path, found, found if same else raw, ours)
        return (document if same else document.with_value(member, raw)), change
    at = env.value_start if env else document.root
    return document.with_member(at, key, raw), KeyChange(path, None, raw)


def _containers(data: bytes | None, before: JsonText) -> list[KeyChange]:
    """Objects that did not exist or were empty, so that taking our keys out can leave them as they were."""
    changes: list[KeyChange] = []
    env = before.member((ENV,))
    if env is None:
        changes.append(KeyChange((ENV,), None, "{}"))
    elif not before.members(env.value_start):
        changes.append(KeyChange((ENV,), before.raw(env), "{}"))
    if not before.members(before.root):
        blank = not split_bom(data or b"", before.name)[1].strip()
        changes.append(KeyChange((), None if blank else before.text.strip(), "{}"))
    return changes


def _take_one(document: JsonText, record: KeyRecord) -> tuple[JsonText, str | None]:
    member, env = document.member(record.path), document.member((ENV,))
    if member is None or env is None:
        return document, None
    if document.value(member) not in [json.loads(raw) for raw in record.written]:
        return document, f"{'.'.join(record.path)} was changed since; it stays as it is."
    if record.had_before and record.old_raw is not None:
        return document.with_value(member, record.old_raw), None
    return document.without_member(env.value_start, record.path[-1]), None


def _take_env(document: JsonText, record: KeyRecord) -> JsonText:
    env = document.member((ENV,))
    if env is None or document.members(env.value_start):
        return document
    if record.had_before and record.old_raw is not None:
        return document.with_value(env, record.old_raw)
    return document.without_member(document.root, ENV)


def _prove(before: JsonText, after: JsonText, wanted: Mapping[str, str]) -> None:
    """The new text must parse to the old values plus exactly what was wanted."""
    old = parse(before.text)
    env: tuple[tuple[str, Any], ...] = next((value for key, value in old if key == ENV), ())
    merged = tuple((key, wanted.get(key, value)) for key, value in env)
    merged += tuple((key, value) for key, value in wanted.items() if key not in dict(env))
    expected = tuple((key, merged if key == ENV else value) for key, value in old)
    if ENV not in dict(old):
        expected += ((ENV, merged),)
    if parse(after.text) != expected:
        raise PatchError(
            f"{before.name} cannot be edited without changing something else.",
            next_step="Nothing was changed. Set the two keys by hand: see `coderouter init --dry-run`.",
        )


def _prove_out(before: JsonText, after: JsonText, keys: Sequence[KeyRecord]) -> None:
    """Taking out must change nothing but the keys on record."""
    ours = {record.path[1] for record in keys if len(record.path) == 2}

    def others(document: JsonText) -> tuple[Any, Any]:
        root = parse(document.text)
        env = next((value for key, value in root if key == ENV), ())
        return [pair for pair in root if pair[0] != ENV], [pair for pair in env if pair[0] not in ours]

    if others(before) != others(after):
        raise PatchError(f"{before.name} cannot be restored without changing something else.")


def _refuse_twice(document: JsonText, members: Sequence[Member]) -> None:
    if len(members) > 1:
        raise _refusal(document, members[1], f"`{members[1].key}` is there twice.")


def _refusal(document: JsonText, member: Member, what: str) -> PatchError:
    return PatchError(
        f"{document.name}, line {document.line(member.key_start)}: {what}",
        next_step="Correct it, then run `coderouter init` again. Nothing was changed.",
    )
