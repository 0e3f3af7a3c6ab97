"""Codex's ``config.toml`` as text: select our provider and describe it, and take both out again.

One line at the top selects the provider; a former selection is commented out where it stands. A
marked block at the end describes it. Codex rewrites this file itself and was seen to drop comments
and to put its own tables inside our markers (measured with Codex 0.169.0), so nothing below
relies on the markers or on the comment: tables are found by their header, and removed line by line.
"""

from collections.abc import Iterable, Sequence

from coderouter_cli.clients.codex.checks import prove_put, prove_taken_out, refuse_foreign
from coderouter_cli.clients.codex.entries import (
    BEGIN,
    END,
    INERT,
    PROVIDER,
    SELECT,
    SELECTION,
    TABLE,
    TABLES,
    WAS,
    block_text,
    find_selection,
    inline_providers,
    literal,
    our_table,
    parsed_table,
    provider_table,
    table_pairs,
    table_text,
)
from coderouter_cli.clients.contract import KeyChange, KeyRecord, LocalEndpoint, Reverted
from coderouter_cli.clients.edit_toml import (
    Edit,
    Kind,
    Statement,
    TomlText,
    lines_of,
    read_toml,
)

_BROKEN = "Codex does not start with such a file."


def read_config(data: bytes | None, name: str) -> TomlText:
    """The configuration as text; a missing file reads as an empty one.

    Raises:
        PatchError: not UTF-8 or not valid TOML.
    """
    return read_toml(data or b"", name, means=_BROKEN)


def put(data: bytes | None, endpoint: LocalEndpoint, name: str) -> tuple[bytes, tuple[KeyChange, ...]]:
    """Select and describe our provider.

    Returns the new file (the same bytes when nothing differs) and what changed.

    Raises:
        PatchError: the file is not one we may edit, or the edit did not do exactly what it should.
    """
    before = read_config(data, name)
    wanted = provider_table(endpoint)
    refuse_foreign(before, wanted)
    selected, selection = _select(before)
    after, description = _describe(selected, wanted)
    if after == before and data is not None:
        return data, (selection, description)
    prove_put(before, after, wanted)
    return after.encode(), (selection, description)


def take_out(data: bytes, keys: Sequence[KeyRecord], original: bytes | None, name: str) -> Reverted:
    """Remove what the records say is ours; put a former selection back.

    Raises:
        PatchError: the file is no longer valid TOML.
    """
    document = read_config(data, name)
    records = {record.path: record for record in keys}
    left: list[str] = []
    edits: list[Edit] = []
    if SELECT in records:
        edits += _deselect(document, records[SELECT], original, left)
    if TABLE in records:
        edits += _remove_table(document, records[TABLE], original, left)
    after = document.with_edits(edits)
    prove_taken_out(document, after)
    return Reverted(after.encode(), not after.text.strip(), tuple(left))


def with_inert_table(data: bytes | None, name: str) -> bytes | None:
    """The file plus a table that lets sessions tagged with our name load, and go to OpenAI.

    Unchanged when the table is still there, or when there is no place for it.
    """
    document = read_config(data, name)
    if not isinstance(document.values.get(TABLES[0], {}), dict) or inline_providers(document):
        return data
    if PROVIDER in document.values.get(TABLES[0], {}):
        return data
    return _append(document, block_text(document.eol, INERT)).encode()


def _select(document: TomlText) -> tuple[TomlText, KeyChange]:
    """Our selection at the top; a former one is commented out, line by line."""
    former = find_selection(document)
    if former is not None and document.values[SELECT[0]] == PROVIDER:
        raw = document.raw(former)
        return document, KeyChange(SELECT, raw, raw, ours=True)
    edits = [Edit(_top(document), _top(document), SELECTION + document.eol)]
    if former is not None:
        lines = lines_of(document.text[former.start : former.end])
        edits.append(Edit(former.start, former.end, "".join(WAS + line for line in lines)))
    found = None if former is None else document.raw(former)
    return document.with_edits(edits), KeyChange(SELECT, found, SELECTION)


def _top(document: TomlText) -> int:
    """The first line, but below ``#:schema`` and the like, which editors only read at the very top."""
    for statement in document.statements:
        if not document.raw(statement).startswith("#:"):
            return statement.start
    return len(document.text) if document.text.endswith("\n") else 0


def _describe(document: TomlText, wanted: dict[str, str | int]) -> tuple[TomlText, KeyChange]:
    """Our table: brought up to date where it stands, or appended."""
    found = table_text(document)
    block = block_text(document.eol, wanted)
    if found is not None and our_table(document) == INERT:
        document = document.with_edits(_table_edits(document, None))
    if our_table(document) is None:
        return _append(document, block), KeyChange(TABLE, found, block, ours=found is not None)
    document = document.with_edits(_updates(document, wanted))
    return document, KeyChange(TABLE, found, block, ours=True)


def _updates(document: TomlText, wanted: dict[str, str | int]) -> Iterable[Edit]:
    """Edits that give our table the wanted values and touch nothing that is right."""
    pairs = {statement.key: statement for statement in table_pairs(document)}
    present = our_table(document) or {}
    header = next(s for s in document.statements if s.kind is Kind.TABLE and s.table == TABLE)
    for key, value in wanted.items():
        pair = pairs.get((key,))
        if pair is None:
            yield Edit(header.end, header.end, f"{key} = {literal(value)}{document.eol}")
        elif present[key] != value:
            yield Edit(*pair.value, literal(value))


def _deselect(
    document: TomlText, record: KeyRecord, original: bytes | None, left: list[str]
) -> Iterable[Edit]:
    """Edits that put the former selection back: where its comment is, or in the place of ours."""
    ours = find_selection(document)
    comments = _former_lines(document, record, original)
    if ours is None or document.values[SELECT[0]] != PROVIDER:
        if ours is not None or comments:
            left.append("model_provider was changed since; it stays as it is.")
        return
    if comments and not any(comment.table for comment in comments):
        yield Edit(ours.start, ours.end)
        yield from (Edit(comment.start, comment.start + len(WAS)) for comment in comments)
        return
    yield from (Edit(comment.start, comment.end) for comment in comments)
    if record.had_before and record.old_raw is not None:
        yield Edit(ours.start, ours.start + len(document.raw(ours)), record.old_raw)
    else:
        yield Edit(ours.start, ours.end)


def _former_lines(document: TomlText, record: KeyRecord, original: bytes | None) -> list[Statement]:
    """The comments that hold the former selection; without a journal, every comment that looks like one."""
    comments = [
        statement
        for statement in document.statements
        if statement.kind is Kind.COMMENT and document.text.startswith(WAS, statement.start)
    ]
    if record.old_raw is None:
        return comments if original is None else []
    former = [line.rstrip("\r\n") for line in lines_of(record.old_raw)]
    ours = [comment for comment in comments if document.raw(comment).removeprefix(WAS) in former]
    return ours[-len(former) :]


def _remove_table(
    document: TomlText, record: KeyRecord, original: bytes | None, left: list[str]
) -> Iterable[Edit]:
    present = our_table(document)
    if present is None:
        return []
    if present != INERT and present not in [parsed_table(raw) for raw in record.written]:
        left.append(f"[{'.'.join(TABLE)}] was changed since; it stays, and nothing selects it.")
        return []
    return _table_edits(document, original)


def _table_edits(document: TomlText, original: bytes | None) -> list[Edit]:
    """Edits that remove our table and what we put around it, also a line end the file did not have."""
    ours = _own_statements(document)
    edits = [Edit(statement.start, statement.end) for statement in ours]
    kept = [statement for statement in document.statements if statement not in ours]
    unfinished = bool(original) and not (original or b"").endswith(b"\n")
    if unfinished and kept and kept[-1].end <= ours[0].start:
        last = kept[-1]
        edits.append(Edit(last.start + len(document.raw(last)), last.end))
    return edits


def _own_statements(document: TomlText) -> list[Statement]:
    """Our table's header and pairs, our markers, and the blank line before them."""
    ours: list[Statement] = []
    previous: Statement | None = None
    for statement in document.statements:
        opens = document.raw(statement) == BEGIN or (
            statement.kind is Kind.TABLE and statement.table == TABLE
        )
        if opens and previous is not None and previous.kind is Kind.BLANK:
            ours.append(previous)
        pair = statement.kind is Kind.PAIR and statement.table == TABLE
        if opens or pair or document.raw(statement) == END:
            ours.append(statement)
        previous = statement
    return ours


def _append(document: TomlText, block: str) -> TomlText:
    """The block as the last lines of the document, a blank line before it."""
    text = document.text
    lead = "" if not text else document.eol if text.endswith("\n") else document.eol * 2
    return document.with_edits([Edit(len(text), len(text), lead + block)])
