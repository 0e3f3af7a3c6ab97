"""How each wire format says a scripted reply: whole, as a stream, or as an error."""

from collections.abc import Mapping

from coderouter_cli.demo.voices import chat, messages, responses
from coderouter_cli.demo.voices.base import Voice
from coderouter_cli.domain.conversation import FormatName

VOICES: Mapping[FormatName, Voice] = {
    FormatName.ANTHROPIC_MESSAGES: messages.MessagesVoice(),
    FormatName.OPENAI_RESPONSES: responses.ResponsesVoice(),
    FormatName.OPENAI_CHAT: chat.ChatVoice(),
}
