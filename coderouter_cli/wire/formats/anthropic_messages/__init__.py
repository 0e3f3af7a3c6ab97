"""Anthropic Messages: the format of Claude Code, of Anthropic and of a dozen providers beside it."""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Tool
from coderouter_cli.domain.events import Answer
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.format import ErrorReply, ReplyContext, StreamDecoder, StreamEncoder, WireFormat
from coderouter_cli.wire.formats.anthropic_messages.answer import decode_answer, encode_answer
from coderouter_cli.wire.formats.anthropic_messages.decoder import MessagesDecoder
from coderouter_cli.wire.formats.anthropic_messages.dialect import sanitise
from coderouter_cli.wire.formats.anthropic_messages.encoder import PING, MessagesEncoder
from coderouter_cli.wire.formats.anthropic_messages.errors import decode_failure, encode_failure
from coderouter_cli.wire.formats.anthropic_messages.losses import losses, needs_repair
from coderouter_cli.wire.formats.anthropic_messages.render import render
from coderouter_cli.wire.formats.anthropic_messages.request import parse

__all__ = ["ANTHROPIC_MESSAGES", "needs_repair"]


class _AnthropicMessages:
    """The contract of `wire.format.WireFormat`."""

    name = FormatName.ANTHROPIC_MESSAGES

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
        return MessagesDecoder(tools)

    def encoder(self, context: ReplyContext) -> StreamEncoder:
        return MessagesEncoder(context)

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        return decode_failure(status, headers, body)

    def encode_failure(self, failure: Failure, *, request_id: str, retry: bool) -> ErrorReply:
        return encode_failure(failure, request_id=request_id, retry=retry)

    def ping(self) -> bytes:
        """Anthropic's own keep-alive, byte for byte."""
        return PING


ANTHROPIC_MESSAGES: WireFormat = _AnthropicMessages()
