"""What a script may say."""

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, HttpError, Refuse, Reply, ReplyQueue, Say
from tests.demo.talk import MINIMAL, send


def test_the_reason_follows_from_the_pieces() -> None:
    assert Reply((Say("x"),)).reason == "end_turn"
    assert Reply((Say("x"), Call("run"))).reason == "tool_use"
    assert Reply((Refuse("no"),)).reason == "refusal"
    assert Reply((Call("run"),), stop="max_tokens").reason == "max_tokens"


async def test_a_queue_may_serve_one_provider_first(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Say("Anybody."),)))
    replies.add(HttpError(503), provider="openai")
    assert len(replies) == 2
    status, _ = await send(provider, "responses", MINIMAL["responses"])
    assert status == 503
    _, body = await send(provider, "messages", MINIMAL["messages"])
    assert body["content"][0]["text"] == "Anybody."


async def test_an_exhausted_script_says_so() -> None:
    async with ScriptedProvider(ReplyQueue()) as provider:
        status, body = await send(provider, "messages", MINIMAL["messages"])
    assert (status, body["error"]["message"]) == (500, "The script has no reply left.")
