"""Our two entries in Codex's ``config.toml``: what they look like, and where they stand in a document."""

import tomllib
from typing import Any

from coderouter_cli.clients.contract import LocalEndpoint
from coderouter_cli.clients.edit_toml import Kind, Statement, TomlText

PROVIDER = "coderouter"
SELECT = ("model_provider",)
TABLES = ("model_providers",)
TABLE = (*TABLES, PROVIDER)
BEGIN = "# >>> coderouter (managed; remove with `coderouter uninstall`) >>>"
END = "# <<< coderouter <<<"
WAS = "# (before coderouter) "
SELECTION = f'model_provider = "{PROVIDER}"'
_NAME = "CodeRouter"
"""Never "OpenAI": that name switches on a remote compaction only OpenAI can answer."""
_IDLE_MS = 300_000
INERT = {"name": "OpenAI (was CodeRouter)", "requires_openai_auth": True}


def provider_table(endpoint: LocalEndpoint) -> dict[str, str | int]:
    """What describes us to Codex."""
    return {
        "name": _NAME,
        "base_url": f"{endpoint.origin}/v1",
        "wire_api": "responses",
        "experimental_bearer_token": endpoint.token,
        "stream_idle_timeout_ms": _IDLE_MS,
    }


def block_text(eol: str, table: dict[str, Any]) -> str:
    """Our marked block, each line with its line end."""
    lines = [
        BEGIN,
        f"[{'.'.join(TABLE)}]",
        *(f"{key} = {literal(value)}" for key, value in table.items()),
        END,
    ]
    return "".join(line + eol for line in lines)


def literal(value: str | int) -> str:
    """A TOML value. Our strings are plain ASCII without quotes or backslashes."""
    return str(value).lower() if isinstance(value, int) else f'"{value}"'


def find_selection(document: TomlText) -> Statement | None:
    """The root ``model_provider``, whoever wrote it."""
    pairs = (s for s in document.statements if s.kind is Kind.PAIR and not s.table and s.key == SELECT)
    return next(pairs, None)


def table_pairs(document: TomlText) -> tuple[Statement, ...]:
    """The pairs that stand directly under our header."""
    return tuple(s for s in document.statements if s.kind is Kind.PAIR and s.table == TABLE)


def our_table(document: TomlText) -> dict[str, Any] | None:
    """The parsed provider of our name."""
    tables = document.values.get(TABLES[0], {})
    return tables.get(PROVIDER) if isinstance(tables, dict) else None


def table_text(document: TomlText) -> str | None:
    """The header and pairs of our table, without markers and comments."""
    lines = [s for s in document.statements if s.kind in (Kind.TABLE, Kind.PAIR) and s.table == TABLE]
    return "".join(document.text[s.start : s.end] for s in lines) or None


def parsed_table(raw: str) -> Any:
    """The provider of our name in a text of the journal; None when there is none."""
    try:
        return tomllib.loads(raw)[TABLES[0]][PROVIDER]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return None


def inline_providers(document: TomlText) -> Statement | None:
    """``model_providers = {…}``, which no later table may extend."""
    pairs = (s for s in document.statements if s.kind is Kind.PAIR and not s.table and s.key == TABLES)
    return next(pairs, None)
