"""Requests that our readers refuse, kept whole."""

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.estimate import estimate_prompt
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.unread import unread

REASON = BadRequestError("`messages` must be a list.", means="It is not.")


@pytest.mark.parametrize("stream", [None, False, True])
def test_what_can_be_said_of_it_is_said(stream: bool | None) -> None:
    body = {"model": "m", "messages": "word " * 1000, "stream": stream}
    kept = unread(FormatName.ANTHROPIC_MESSAGES, body, REASON)
    assert (kept.model, kept.stream) == ("m", bool(stream))
    assert kept.unread == "`messages` must be a list. It is not."
    assert 500 < estimate_prompt(kept) < 2000
    assert len(prefixes(kept)) == 2


@pytest.mark.parametrize(
    "body", [{}, {"model": None}, {"model": 7}, {"model": ""}, {"model": "m", "stream": "yes"}], ids=str
)
def test_without_a_models_name_or_a_way_to_answer_it_is_refused(body: JsonObject) -> None:
    with pytest.raises(BadRequestError) as caught:
        unread(FormatName.OPENAI_CHAT, body, REASON)
    assert caught.value is REASON
