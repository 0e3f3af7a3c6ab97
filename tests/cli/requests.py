"""One small task in each of the three formats, as a client would ask for it."""

from typing import Any

from coderouter_cli.domain.conversation import FormatName

TEXT = "Please implement the parser in src/parser.py and add tests for it."
BODIES: dict[FormatName, dict[str, Any]] = {
    FormatName.ANTHROPIC_MESSAGES: {
        "model": "claude-opus-4-7",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": TEXT}],
    },
    FormatName.OPENAI_RESPONSES: {
        "model": "gpt-6.1-sol",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}],
    },
    FormatName.OPENAI_CHAT: {"model": "gpt-6.1-sol", "messages": [{"role": "user", "content": TEXT}]},
}
