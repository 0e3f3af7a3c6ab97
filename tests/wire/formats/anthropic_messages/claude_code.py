"""A request in the shape of Claude Code 2.1.330's, shortened."""

from typing import Any

from tests.wire.formats.anthropic_messages.kit import NATIVE

BETAS = (
    "claude-code-20250219,context-management-2025-06-27,per-turn-control-2026-07-01,"
    "mid-conversation-tool-changes-2026-07-01,advanced-tool-use-2025-11-20,dangerous-tool-use-2026-09-03"
)
MARK = {"cache_control": {"type": "ephemeral"}}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def tool(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": name, "input_schema": {"type": "object", "properties": {}}, **more}


def request() -> dict[str, Any]:
    """A turn with one tool call behind it."""
    return {
        "model": "claude-opus-5-5",
        "messages": [
            {"role": "user", "content": [text("<system-reminder>git</system-reminder>"), text("Fix it.")]},
            {"role": "system", "content": "Environment: linux."},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "", "signature": NATIVE},
                    text("Searching."),
                    {"type": "tool_use", "id": "toolu_1", "name": "ToolSearch", "input": {"q": "x"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_1",
                        "content": [{"type": "tool_reference", "tool_name": "WebFetch"}],
                        **MARK,
                    }
                ],
            },
        ],
        "system": [
            text("x-anthropic-billing-header: cc_version=2.1.330.abc; cc_entrypoint=cli;"),
            text("You are Claude Code."),
            text("Instructions.", **MARK),
        ],
        "tools": [
            tool("ToolSearch", type="custom"),
            tool("DeferredToolPlaceholder", defer_loading=True),
            tool("WebFetch", defer_loading=True, input_examples=[{}]),
            tool("Read", strict=True, **MARK),
        ],
        "metadata": {"user_id": "{}"},
        "max_tokens": 128_000,
        "thinking": {"type": "adaptive", "display": "updates"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "safeguards": [{"type": "dangerous_tool_use"}],
        "output_config": {"effort": "medium"},
        "stream": True,
    }
