"""The rules a request must keep, as strict as each provider is known to be."""

from collections.abc import Callable, Iterator, Mapping

from coderouter_cli.demo.checks.chat import chat_problems
from coderouter_cli.demo.checks.messages import messages_problems
from coderouter_cli.demo.checks.responses import responses_problems
from coderouter_cli.demo.script import HttpError, SeenRequest
from coderouter_cli.domain.conversation import FormatName

CHECKS: Mapping[FormatName, Callable[[SeenRequest], Iterator[HttpError]]] = {
    FormatName.ANTHROPIC_MESSAGES: messages_problems,
    FormatName.OPENAI_RESPONSES: responses_problems,
    FormatName.OPENAI_CHAT: chat_problems,
}
