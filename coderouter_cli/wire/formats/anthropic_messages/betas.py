"""Betas and the body fields that come with them: one does not travel without the other.

Anthropic refuses a field whose beta is missing, and several compatible servers refuse a beta they do not
know (https://github.com/anthropics/claude-code/issues/70563); Claude Code's gateway protocol asks that
header and field are passed on as a pair. A beta is named here without its date.
"""

import re

from coderouter_cli.domain.model import Dialect

_FIELDS = {
    "context_management": "context-management",
    "fallback_credit_token": "fallback-credit",
    "fallbacks": "server-side-fallback",
    "mcp_servers": "mcp-client",
    "safeguards": "dangerous-tool-use",
}
"""Top-level fields that exist with a beta only. Effort and output formats began so, and need none now."""
_TOOL_FIELDS = {
    "allowed_callers": "advanced-tool-use",
    "defer_loading": "advanced-tool-use",
    "input_examples": "advanced-tool-use",
}
_DATE = re.compile(r"-20\d{2}-?\d{2}-?\d{2}$")


def undated(beta: str) -> str:
    """A beta's name without its date."""
    return _DATE.sub("", beta)


def without_beta(dialect: Dialect) -> frozenset[str]:
    """The top-level fields that must stay behind because their beta does."""
    return _behind(_FIELDS, dialect)


def tool_fields_without_beta(dialect: Dialect) -> frozenset[str]:
    """The same for the fields of a tool's definition."""
    return _behind(_TOOL_FIELDS, dialect)


def forwarded_betas(header: str, dialect: Dialect) -> str:
    """The value of ``anthropic-beta`` for this provider; empty when nothing is left.

    A beta stays behind when the dialect does not list it, or when all fields it is for are refused.
    """
    if dialect.betas is None and not dialect.drop_betas:
        return header
    return ",".join(beta for beta in map(str.strip, header.split(",")) if _goes_along(beta, dialect))


def _behind(fields: dict[str, str], dialect: Dialect) -> frozenset[str]:
    return frozenset(field for field, beta in fields.items() if not _is_known(beta, dialect))


def _is_known(beta: str, dialect: Dialect) -> bool:
    return beta not in dialect.drop_betas and (dialect.betas is None or beta in dialect.betas)


def _goes_along(beta: str, dialect: Dialect) -> bool:
    name = undated(beta)
    refused = [dialect.refuses(one) for one, its in _FIELDS.items() if its == name]
    refused += [dialect.refuses_in_tool(one) for one, its in _TOOL_FIELDS.items() if its == name]
    return _is_known(name, dialect) and not (refused and all(refused))
