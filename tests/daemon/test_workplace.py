"""Where a client says that it works, and who says nothing of it."""

import pytest

from coderouter_cli.daemon.workplace import working_directory
from coderouter_cli.domain.conversation import Conversation, FormatName, Message, Text
from tests.classify.talk import result, says, system, user

ENVIRONMENT = "# Environment\n - Primary working directory: {}\n - Is a git repository: true\n"


def conversation(*messages: Message, prompt: str = "") -> Conversation:
    said = (Text(prompt),) if prompt else ()
    return Conversation(FormatName.ANTHROPIC_MESSAGES, "claude-opus-5-5", messages, said)


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (conversation(user("hi"), system(ENVIRONMENT.format("/home/a/my repo"))), "/home/a/my repo"),
        (conversation(user("hi"), prompt="<env>\nWorking directory: /p\nPlatform: linux\n</env>"), "/p"),
        (conversation(user("<environment_context>\n  <cwd>/p q</cwd>\n</environment_context>")), "/p q"),
        (
            conversation(user("<system-reminder>\nPrimary working directory: C:\\p\n</system-reminder>")),
            "C:\\p",
        ),
        (conversation(system("Primary working directory: /new (was /old)")), "/new"),
        (conversation(system(ENVIRONMENT.format("/a")), system(ENVIRONMENT.format("/b"))), "/b"),
        (conversation(user("Primary working directory: /p")), None),
        (conversation(user("x <cwd>/p</cwd>")), None),
        (conversation(says("Working directory: /p"), result("1", "<cwd>/p</cwd>")), None),
        (conversation(user("hi"), system("Additional working directories:\n/p")), None),
        (conversation(system("Working directory: /" + "p" * 5000)), None),
    ],
)
def test_the_clients_own_texts_say_it(request_: Conversation, place: str | None) -> None:
    assert working_directory(request_) == place
