"""OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat.

Cursor, most SDKs and every compatible provider speak it. ``OPENAI_CHAT`` is the format; the other names
are what the format alone knows of a client's own body.
"""

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.codec import Codec
from coderouter_cli.wire.formats.openai_chat.answer import decode_answer, encode_answer
from coderouter_cli.wire.formats.openai_chat.decoder import ChatDecoder
from coderouter_cli.wire.formats.openai_chat.dialect import (
    force_usage,
    needs_repair,
    renames_tools,
    sanitise,
)
from coderouter_cli.wire.formats.openai_chat.encoder import PING, ChatEncoder
from coderouter_cli.wire.formats.openai_chat.errors import decode_failure, encode_failure
from coderouter_cli.wire.formats.openai_chat.losses import losses
from coderouter_cli.wire.formats.openai_chat.render import render
from coderouter_cli.wire.formats.openai_chat.request import parse
from coderouter_cli.wire.formats.openai_chat.usage import read_usage

__all__ = ["OPENAI_CHAT", "force_usage", "needs_repair", "renames_tools"]

OPENAI_CHAT = Codec(
    name=FormatName.OPENAI_CHAT,
    parse=parse,
    render=render,
    sanitise=sanitise,
    losses=losses,
    decode_answer=decode_answer,
    encode_answer=encode_answer,
    read_usage=read_usage,
    decoder=ChatDecoder,
    encoder=ChatEncoder,
    decode_failure=decode_failure,
    encode_failure=encode_failure,
    keep_alive=PING,
)
