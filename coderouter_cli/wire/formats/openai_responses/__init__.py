"""OpenAI Responses: the format of Codex, of OpenAI's newest models and of several others."""

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.codec import Codec
from coderouter_cli.wire.formats.openai_responses.answer import decode_answer, encode_answer
from coderouter_cli.wire.formats.openai_responses.decoder import ResponsesDecoder
from coderouter_cli.wire.formats.openai_responses.dialect import (
    needs_repair,
    renames_tools,
    sanitise,
)
from coderouter_cli.wire.formats.openai_responses.encoder import ResponsesEncoder
from coderouter_cli.wire.formats.openai_responses.errors import decode_failure, encode_failure
from coderouter_cli.wire.formats.openai_responses.foreign import has_foreign_items
from coderouter_cli.wire.formats.openai_responses.losses import losses
from coderouter_cli.wire.formats.openai_responses.render import render
from coderouter_cli.wire.formats.openai_responses.request import parse
from coderouter_cli.wire.formats.openai_responses.usage import read_usage
from coderouter_cli.wire.sse import format_event

__all__ = ["OPENAI_RESPONSES", "has_foreign_items", "needs_repair", "renames_tools"]

_KEEP_ALIVE = format_event({"type": "keepalive", "sequence_number": 0}, "keepalive")
"""OpenAI's own ``keepalive`` event, only for a stream that has begun.

Codex counts events, not comments, toward its idle limit of 300 s
(https://github.com/openai/codex/issues/31539) and ignores types it does not know; the SDKs ignore this one
(https://github.com/openai/openai-node/pull/1965).
"""

OPENAI_RESPONSES = Codec(
    name=FormatName.OPENAI_RESPONSES,
    parse=parse,
    render=render,
    sanitise=sanitise,
    losses=losses,
    decode_answer=decode_answer,
    encode_answer=encode_answer,
    read_usage=read_usage,
    decoder=ResponsesDecoder,
    encoder=ResponsesEncoder,
    decode_failure=decode_failure,
    encode_failure=encode_failure,
    keep_alive=_KEEP_ALIVE,
)
