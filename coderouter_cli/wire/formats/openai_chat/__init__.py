"""OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat.

Cursor, most SDKs and every compatible provider speak it. ``OPENAI_CHAT`` is the format; the other names
are what the format alone knows of a client's own body.
"""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Tool
from coderouter_cli.domain.events import Answer
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.format import ErrorReply, ReplyContext, StreamDecoder, StreamEncoder
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

__all__ = ["OPENAI_CHAT", "OpenAIChat", "force_usage", "needs_repair", "renames_tools"]


class OpenAIChat:
    """The format; see `WireFormat` for what each method promises."""

    @property
    def name(self) -> FormatName:
        """``openai_chat``."""
        return FormatName.OPENAI_CHAT

    def parse(self, body: JsonObject) -> Conversation:
        """Read a client's request; Cursor's Responses-shaped one too."""
        return parse(body)

    def render(self, conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
        """Write a request for a provider."""
        return render(conversation, model, dialect)

    def sanitise(self, body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
        """The client's own body, fit for a provider; a stream always asks for usage."""
        return sanitise(body, model, dialect)

    def losses(self, conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
        """What cannot be carried; see `losses` for the codes."""
        return losses(conversation, dialect)

    def decode_answer(self, body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
        """Read a provider's whole answer."""
        return decode_answer(body, tools)

    def encode_answer(self, answer: Answer, context: ReplyContext) -> JsonObject:
        """Write a whole answer for a client."""
        return encode_answer(answer, context)

    def decoder(self, tools: tuple[Tool, ...] = ()) -> StreamDecoder:
        """A decoder for one streamed answer."""
        return ChatDecoder(tools)

    def encoder(self, context: ReplyContext) -> StreamEncoder:
        """An encoder for one streamed answer."""
        return ChatEncoder(context)

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """Read a provider's HTTP error."""
        return decode_failure(status, headers, body)

    def encode_failure(self, failure: Failure, *, request_id: str, retry: bool) -> ErrorReply:
        """Write an HTTP error for a client."""
        return encode_failure(failure, request_id=request_id, retry=retry)

    def ping(self) -> bytes:
        """A comment, which event stream readers skip."""
        return PING


OPENAI_CHAT = OpenAIChat()
