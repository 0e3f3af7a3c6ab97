"""Every wire format we speak."""

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.format import WireFormat
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES

FORMATS: tuple[WireFormat, ...] = (ANTHROPIC_MESSAGES, OPENAI_RESPONSES, OPENAI_CHAT)
"""One object each; the annotation makes the type checker prove that it keeps the contract."""

_BY_NAME = {wire_format.name: wire_format for wire_format in FORMATS}


def format_of(name: FormatName) -> WireFormat:
    """The format of a name; every name has one."""
    return _BY_NAME[name]
