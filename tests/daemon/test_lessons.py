"""What is remembered of refusals: of the way, or of one conversation."""

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.lessons import Lessons
from coderouter_cli.daemon.market import way_to
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.failure import Capability, Refused
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of

CATALOG = load_catalog()
BODY = b'{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'
FORMAT = FormatName.ANTHROPIC_MESSAGES
VALUE = parse_object(BODY)
REQUEST = ClientRequest(FORMAT, {}, BODY, VALUE, format_of(FORMAT).parse(VALUE))
EFFORT = Refused(Capability.EFFORT, "low high")
SYSTEM = Refused(Capability.SYSTEM_TURNS)
SIGNATURE = Refused(Capability.THINKING_SIGNATURE)


def way(model: str) -> Way:
    known = CATALOG.models[model]
    provider = CATALOG.providers[known.provider]
    return way_to(REQUEST, provider, known, provider.endpoint(FORMAT))


FLASH, PRO, HAIKU = way("deepseek-flash"), way("deepseek-v4-pro"), way("claude-haiku-5-5")


def test_a_lesson_is_about_one_model_and_is_noted_once() -> None:
    lessons = Lessons()
    for _ in range(2):
        lessons.learn(FLASH, EFFORT, "a")
    assert lessons.known(FLASH, "b") == (EFFORT,)
    assert lessons.known(PRO, "a") == ()
    assert list(lessons.told()) == [("deepseek", "deepseek-flash", "effort_unsupported:low high")]
    assert lessons.applied(REQUEST, FLASH, "b").model.capabilities.efforts == ("low", "high")
    assert lessons.applied(REQUEST, PRO, "b") is PRO


def test_lessons_add_up_in_their_order() -> None:
    lessons = Lessons()
    lessons.learn(HAIKU, EFFORT, "a")
    lessons.learn(HAIKU, SYSTEM, "a")
    applied = lessons.applied(REQUEST, HAIKU, "a")
    assert lessons.known(HAIKU, "a") == (EFFORT, SYSTEM)
    assert applied.endpoint.dialect.fold_system
    assert applied.target.fidelity.value == "sanitised"
    assert HAIKU.target.fidelity.value == "raw"


def test_thinking_is_forgotten_in_its_conversation_alone() -> None:
    lessons = Lessons()
    lessons.learn(FLASH, SIGNATURE, "a")
    assert lessons.known(FLASH, "a") == (SIGNATURE,)
    assert lessons.known(FLASH, "b") == ()
    assert list(lessons.told()) == []


def test_only_so_many_conversations_are_remembered() -> None:
    lessons = Lessons()
    for number in range(1_000):
        lessons.learn(FLASH, SIGNATURE, str(number))
    assert lessons.known(FLASH, "0") == ()
    assert lessons.known(FLASH, "999") == (SIGNATURE,)


@pytest.mark.parametrize("refused", [Refused(Capability.OUTPUT_ROOM, "5000")])
def test_what_is_true_of_one_request_is_not_remembered(refused: Refused) -> None:
    lessons = Lessons()
    lessons.learn(FLASH, refused, "a")
    assert lessons.known(FLASH, "a") == ()
