"""Where the client says that it works: the directory whose repository's policy holds.

Claude Code 2.1.330 writes ``Primary working directory: /path`` into a system text (``Working directory:``
in its subagents and in older versions), Codex 0.169.0 ``<cwd>/path</cwd>`` into its environment context;
both write it again when it changes. Only the clients' own texts are looked at: what a person or a tool
quotes says nothing. The directory is a name to compare; nothing on the disk is looked up by it.
"""

import re
from collections.abc import Iterator

from coderouter_cli.domain.conversation import Conversation, Message, Text

_DIRECTORY = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:Primary w|W)orking directory: (?P<line>\S.*?)(?: \(was .*\))?[ \t]*$"
    r"|<cwd>(?P<tag>[^<\n]+)</cwd>",
    re.MULTILINE,
)
_OWN = ("<system-reminder>", "<environment_context>", "<env>")
"""What a client's own text among the user's begins with."""
_LONGEST = 4096


def working_directory(conversation: Conversation) -> str | None:
    """The directory that was named last; None when none is."""
    found = None
    for text in _texts(conversation):
        for match in _DIRECTORY.finditer(text):
            found = (match["line"] or match["tag"]).strip()
    return found if found is not None and len(found) <= _LONGEST else None


def _texts(conversation: Conversation) -> Iterator[str]:
    yield from (part.text for part in conversation.system)
    for message in conversation.messages:
        yield from _own_texts(message)


def _own_texts(message: Message) -> Iterator[str]:
    if message.role == "assistant":
        return
    for part in message.parts:
        if isinstance(part, Text) and (message.role == "system" or part.text.lstrip().startswith(_OWN)):
            yield part.text
