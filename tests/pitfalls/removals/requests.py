"""P1 to P7: what stands around a Messages client's history."""

from collections.abc import Mapping

from tests.pitfalls.removal import Edit, Removal, removal
from tests.pitfalls.removals.places import CHAT, HEADERS, HEAL, MESSAGES, OPENAI_FIELDS, PROVIDERS, RESPONSES


REQUESTS: Mapping[int, tuple[Removal, ...]] = {
    1: (
        removal("compatible Messages", Edit(PROVIDERS, "strip_billing_block = true\n", "")),
        removal(
            "compatible Messages with one text",
            Edit(
                f"{MESSAGES}/dialect.py",
                'return "" if dialect.strip_billing_block and system.startswith(BILLING_PREFIX) else system',
                "return system",
            ),
        ),
        removal(
            "OpenAI's formats", Edit(OPENAI_FIELDS, "if text and not text.startswith(BILLING_PREFIX)", "if text")
        ),
        removal(
            "a marked prompt",
            Edit(
                f"{RESPONSES}/caching.py",
                "if text.text and not text.text.startswith(BILLING_PREFIX)",
                "if text.text",
            ),
        ),
        removal(
            "untouched for Anthropic",
            Edit(
                PROVIDERS,
                'vendor = "anthropic_messages"',
                'vendor = "anthropic_messages"\nstrip_billing_block = true',
            ),
        ),
        removal(
            "our own prefixes",
            Edit("wire/prefix.py", " if not block.text.startswith(BILLING_PREFIX)]", "]"),
        ),
    ),
    2: (
        removal("compatible Messages", Edit(PROVIDERS, "fold_system = true\n", "")),
        removal(
            "a reminder",
            Edit(f"{MESSAGES}/cleaning.py", '{**block, "text": reminder(block["text"])} if', "block if"),
        ),
        removal(
            "in its place", Edit(f"{MESSAGES}/cleaning.py", "before = self._done[-1] if self._done else None", "before = None")
        ),
        removal(
            "behind an answer",
            Edit(f"{MESSAGES}/cleaning.py", "[*first, *self._held, *rest]", "[*first, *rest, *self._held]"),
        ),
        removal(
            "a developer on Responses",
            Edit(f"{RESPONSES}/history.py", '{**item, "role": "developer"} if dialect.developer_role else item', "item"),
        ),
        removal(
            "older Claude models",
            Edit(
                f"{MESSAGES}/dialect.py",
                "fold = dialect.fold_system or not model.capabilities.system_turns",
                "fold = dialect.fold_system",
            ),
        ),
        removal(
            "older Claude models at all",
            Edit(f"{MESSAGES}/dialect.py", "not able.system_turns and any(", "False and any("),
        ),
        removal(
            "older Claude models for Codex",
            Edit(
                f"{MESSAGES}/render.py",
                "fold = dialect.fold_system or not model.capabilities.system_turns",
                "fold = dialect.fold_system",
            ),
        ),
        removal(
            "a reminder of Codex",
            Edit(f"{MESSAGES}/history.py", '{**block, "text": reminder(block["text"])} if', "block if"),
        ),
    ),
    3: (
        removal(
            "a token for Claude Code",
            Edit(f"{MESSAGES}/errors.py", '"message": token or failure.message', '"message": failure.message'),
        ),
        removal(
            "the words in which it is refused",
            Edit("wire/refusals.py", 'rf"unknown variant {_SYSTEM}, expected",', ""),
        ),
        removal(
            "the provider's own words",
            Edit("daemon/replies.py", "return _passed_on(error.reply, error.failure)", "pass"),
        ),
        removal("sent again without it", Edit(HEAL, "_C.SYSTEM_TURNS: _fold_system,", "")),
    ),
    4: (
        removal("compatible Messages", Edit(PROVIDERS, "betas = []\n", "")),
        removal(
            "other formats",
            Edit(HEADERS, "if fidelity is Fidelity.TRANSLATED:", "if False:"),
        ),
        removal(
            "all of them for Anthropic",
            Edit(HEADERS, '("anthropic-", "x-claude-code-",', '("x-claude-code-",'),
        ),
        removal("sent again without it", Edit(HEAL, "_C.BETA: _without_beta,", "")),
    ),
    5: (
        removal(
            "compatible Messages",
            Edit(
                PROVIDERS,
                '"max_tokens", "messages", "metadata", "model", "output_config", "stop_sequences"',
                '"context_management", "max_tokens", "messages", "model", "output_config"',
            ),
            Edit(f"{MESSAGES}/betas.py", '"context_management": "context-management",', ""),
        ),
        removal("without thinking", Edit(f"{MESSAGES}/modes.py", 'if "thinking" not in out:', "if False:")),
        removal(
            "with its beta",
            Edit(
                f"{MESSAGES}/dialect.py",
                "fitted_body(body, dialect, without_beta(dialect))",
                "fitted_body(body, dialect)",
            ),
        ),
    ),
    6: (
        removal(
            "compatible Messages",
            Edit(PROVIDERS, 'tool_fields = ["cache_control", "description", "input_schema", "name"]', ""),
        ),
        removal(
            "compatible Responses",
            Edit(PROVIDERS, 'tool_fields = ["description", "name", "parameters", "strict", "type"]', ""),
        ),
        removal(
            "deferred tools on Messages",
            Edit(f"{MESSAGES}/dialect.py", 'if _stays_behind("defer_loading", dialect):', "if False:"),
        ),
        removal(
            "deferred tools on Responses",
            Edit(
                f"{RESPONSES}/tools.py",
                " if not (tool.deferred and tool.origin is FormatName.ANTHROPIC_MESSAGES))",
                ")",
            ),
        ),
        removal("deferred tools on Chat", Edit(f"{CHAT}/tools.py", "is_waiting = tool.deferred and", "is_waiting = False and")),
    ),
    7: (
        removal(
            "lost on Messages",
            Edit(f"{MESSAGES}/losses.py", '("server_tools", _server_tools),', ""),
        ),
        removal(
            "lost on Responses",
            Edit(f"{RESPONSES}/losses.py", '("server_tools", _server_tools),', ""),
        ),
        removal("lost on Chat", Edit(f"{CHAT}/losses.py", '("server_tools", _server_tools),', "")),
        removal(
            "left out on Messages",
            Edit(
                f"{MESSAGES}/dialect.py",
                "return None if dialect.drop_server_tools else",
                "return",
            ),
        ),
        removal(
            "left out on Responses",
            Edit(
                f"{RESPONSES}/dialect.py",
                "[] if dialect.drop_server_tools or tool.raw is None else [tool.raw]",
                "[tool.raw or {}]",
            ),
        ),
        removal(
            "what models can run",
            Edit("daemon/market.py", "next((pair for pair in losses if not pair[1]), losses[0])", "(losses[0][0], ())"),
            Edit("routing/eligibility.py", '("server_tools", needs.server_tools and not able.server_tools),', ""),
        ),
    ),
}
