"""Betas and their fields travel as pairs: dropping one drops the other."""

import json

import pytest

from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.anthropic_messages.betas import (
    forwarded_betas,
    tool_fields_without_beta,
    without_beta,
)
from coderouter_cli.wire.formats.anthropic_messages.dialect import sanitise
from tests.wire.formats.anthropic_messages.kit import model

CLIENT = "claude-code-20250219,context-management-2025-06-27, advanced-tool-use-2025-11-20,effort-2025-11-24"
NONE = Dialect("none", betas=frozenset())
SOME = Dialect("some", betas=frozenset({"context-management", "effort"}))


@pytest.mark.parametrize(
    ("dialect", "sent"),
    [
        (Dialect("all"), CLIENT),
        (NONE, ""),
        (SOME, "context-management-2025-06-27,effort-2025-11-24"),
        (
            Dialect(
                "x", betas=frozenset({"context-management"}), drop_fields=frozenset({"context_management"})
            ),
            "",
        ),
        (Dialect("x", betas=frozenset({"context-management"}), fields=frozenset({"model"})), ""),
        (
            Dialect(
                "x", betas=frozenset({"advanced-tool-use"}), drop_tool_fields=frozenset({"defer_loading"})
            ),
            "advanced-tool-use-2025-11-20",
        ),
        (
            Dialect("x", betas=frozenset({"advanced-tool-use"}), tool_fields=frozenset({"name"})),
            "",
        ),
    ],
)
def test_a_beta_goes_along_with_a_field_it_is_for(dialect: Dialect, sent: str) -> None:
    assert forwarded_betas(CLIENT, dialect) == sent


def test_a_field_stays_behind_with_its_beta() -> None:
    assert {"context_management", "safeguards", "mcp_servers"} <= without_beta(NONE)
    assert "context_management" not in without_beta(SOME)
    assert "safeguards" in without_beta(SOME)
    assert without_beta(Dialect("all")) == frozenset()
    assert {"defer_loading", "input_examples"} <= tool_fields_without_beta(SOME)
    assert tool_fields_without_beta(Dialect("x", betas=frozenset({"advanced-tool-use"}))) == frozenset()


def test_in_a_body() -> None:
    body = {
        "model": "m",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "Hi"}],
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
        "safeguards": [{"type": "dangerous_tool_use"}],
        "tools": [
            {"name": "read", "input_schema": {"type": "object"}, "input_examples": [{}]},
            {"name": "later", "input_schema": {"type": "object"}, "defer_loading": True},
        ],
    }
    sent = sanitise(body, model(), SOME)
    assert sent["context_management"] == body["context_management"]
    assert "safeguards" not in sent
    assert json.dumps(sent["tools"]) == json.dumps([{"name": "read", "input_schema": {"type": "object"}}])
    assert "context_management" not in sanitise(body, model(), NONE)
