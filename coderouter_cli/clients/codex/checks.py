"""What is checked before and after an edit of Codex's ``config.toml``."""

import tomllib
from typing import Any

from coderouter_cli.clients.codex import entries
from coderouter_cli.clients.edit_toml import Kind, TomlText, parse_exactly
from coderouter_cli.errors import PatchError
from coderouter_cli.system.local_token import TOKEN_PREFIX


def refuse_foreign(document: TomlText, wanted: dict[str, str | int]) -> None:
    """Refuse an inline table of providers, and a provider of our name that we did not write."""
    inline = entries.inline_providers(document)
    if inline is not None or not isinstance(document.values.get(entries.TABLES[0], {}), dict):
        line = document.line(inline.start) if inline else 1
        shown = ", ".join(
            f"{key} = {entries.literal(value)}" for key, value in wanted.items() if "token" not in key
        )
        raise PatchError(
            f"{document.name}, line {line}: `model_providers` is in braces, which cannot be extended.",
            next_step=f"Write it as [model_providers.NAME] tables, or add {entries.PROVIDER} = {{ {shown}, "
            f'experimental_bearer_token = "…" }} inside the braces by hand. Nothing was changed.',
        )
    present = entries.our_table(document)
    if present is not None and not _recognised(document, present):
        at = next(
            (s for s in document.statements if (*s.table, *s.key)[: len(entries.TABLE)] == entries.TABLE),
            None,
        )
        raise PatchError(
            f"{document.name}, line {document.line(at.start) if at else 1}: there is a model provider named "
            f"{entries.PROVIDER} that CodeRouter did not write.",
            next_step="Rename or remove it, then run `coderouter init` again. Nothing was changed.",
        )


def _recognised(document: TomlText, table: Any) -> bool:
    """Whether a table of our name is ours: written as a table of its own, inert or with a token of ours."""
    if not any(s.kind is Kind.TABLE and s.table == entries.TABLE for s in document.statements):
        return False
    token = table.get("experimental_bearer_token")
    return table == entries.INERT or (isinstance(token, str) and token.startswith(TOKEN_PREFIX))


def prove_put(before: TomlText, after: TomlText, wanted: dict[str, str | int]) -> None:
    """The new text must parse to the old values plus our selection and our table."""
    expected = parse_exactly(before.text)
    expected[entries.SELECT[0]] = ("str", entries.PROVIDER)
    tables = expected.setdefault(entries.TABLES[0], {})
    kept = {} if entries.our_table(before) == entries.INERT else tables.get(entries.PROVIDER, {})
    tables[entries.PROVIDER] = kept | {key: (type(value).__name__, value) for key, value in wanted.items()}
    try:
        exact = parse_exactly(after.text) == expected
    except tomllib.TOMLDecodeError:
        exact = False
    if not exact:
        raise PatchError(
            f"{before.name} cannot be edited without changing something else.",
            next_step="Nothing was changed. Set the keys by hand: see `coderouter init --dry-run`.",
        )


def prove_taken_out(before: TomlText, after: TomlText) -> None:
    """Taking out must change nothing but our two keys."""

    def others(document: TomlText) -> Any:
        values = parse_exactly(document.text)
        values.pop(entries.SELECT[0], None)
        tables = values.pop(entries.TABLES[0], {})
        if isinstance(tables, dict):
            tables.pop(entries.PROVIDER, None)
        return values, tables

    try:
        exact = others(before) == others(after)
    except tomllib.TOMLDecodeError:
        exact = False
    if not exact:
        raise PatchError(f"{before.name} cannot be restored without changing something else.")
