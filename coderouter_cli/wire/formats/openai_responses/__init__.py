"""OpenAI Responses: the format of Codex, of OpenAI's newest models and of several others."""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Tool
from coderouter_cli.domain.events import Answer
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.format import ErrorReply, ReplyContext, StreamDecoder, StreamEncoder, WireFormat
from coderouter_cli.wire.formats.openai_responses.answer import decode_answer, encode_answer
from coderouter_cli.wire.formats.openai_responses.decoder import ResponsesDecoder
from coderouter_cli.wire.formats.openai_responses.dialect import (
    needs_repair,
    renames_tools,
    sanitise,
)
from coderouter_cli.wire.formats.openai_responses.encoder import ResponsesEncoder
from coderouter_cli.wire.formats.openai_responses.errors import decode_failure, encode_failure
from coderouter_cli.wire.formats.openai_responses.losses import losses
from coderouter_cli.wire.formats.openai_responses.render import render
from coderouter_cli.wire.formats.openai_responses.request import parse
from coderouter_cli.wire.sse import format_event

__all__ = ["OPENAI_RESPONSES", "needs_repair", "renames_tools"]


class _OpenAIResponses:
    """The contract of `wire.format.WireFormat`."""

    name = FormatName.OPENAI_RESPONSES

    def parse(self, body: JsonObject) -> Conversation:
        return parse(body)

    def render(self, conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
        return render(conversation, model, dialect)

    def sanitise(self, body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
        return sanitise(body, model, dialect)

    def losses(self, conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
        return losses(conversation, dialect)

    def decode_answer(self, body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
        return decode_answer(body, tools)

    def encode_answer(self, answer: Answer, context: ReplyContext) -> JsonObject:
        return encode_answer(answer, context)

    def decoder(self, tools: tuple[Tool, ...] = ()) -> StreamDecoder:
        return ResponsesDecoder(tools)

    def encoder(self, context: ReplyContext) -> StreamEncoder:
        return ResponsesEncoder(context)

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        return decode_failure(status, headers, body)

    def encode_failure(self, failure: Failure, *, request_id: str, retry: bool) -> ErrorReply:
        return encode_failure(failure, request_id=request_id, retry=retry)

    def ping(self) -> bytes:
        """OpenAI's own ``keepalive`` event, only for a stream that has begun.

        Codex counts events, not comments, toward its idle limit of 300 s
        (https://github.com/openai/codex/issues/31539) and ignores types it does not know; the SDKs
        ignore this one (https://github.com/openai/openai-node/pull/1965).
        """
        return format_event({"type": "keepalive", "sequence_number": 0}, "keepalive")


OPENAI_RESPONSES: WireFormat = _OpenAIResponses()
