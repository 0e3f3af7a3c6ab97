"""Anthropic Messages: the format of Claude Code, of Anthropic and of a dozen providers beside it."""

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.codec import Codec
from coderouter_cli.wire.formats.anthropic_messages.answer import decode_answer, encode_answer
from coderouter_cli.wire.formats.anthropic_messages.betas import forwarded_betas, undated
from coderouter_cli.wire.formats.anthropic_messages.decoder import MessagesDecoder
from coderouter_cli.wire.formats.anthropic_messages.dialect import must_change, renames_tools, sanitise
from coderouter_cli.wire.formats.anthropic_messages.encoder import PING, MessagesEncoder
from coderouter_cli.wire.formats.anthropic_messages.errors import decode_failure, encode_failure
from coderouter_cli.wire.formats.anthropic_messages.losses import has_written_inputs, losses, needs_repair
from coderouter_cli.wire.formats.anthropic_messages.render import render
from coderouter_cli.wire.formats.anthropic_messages.request import parse
from coderouter_cli.wire.formats.anthropic_messages.usage import read_usage

__all__ = [
    "ANTHROPIC_MESSAGES",
    "forwarded_betas",
    "has_written_inputs",
    "must_change",
    "needs_repair",
    "renames_tools",
    "undated",
]

ANTHROPIC_MESSAGES = Codec(
    name=FormatName.ANTHROPIC_MESSAGES,
    parse=parse,
    render=render,
    sanitise=sanitise,
    losses=losses,
    decode_answer=decode_answer,
    encode_answer=encode_answer,
    read_usage=read_usage,
    decoder=MessagesDecoder,
    encoder=MessagesEncoder,
    decode_failure=decode_failure,
    encode_failure=encode_failure,
    keep_alive=PING,
)
