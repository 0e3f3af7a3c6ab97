"""A provider and a model of the user's own, from a table in config.toml, in both families of formats."""

from pathlib import Path
from typing import Any

import anthropic
import pytest
from aiohttp import web

from coderouter_cli.demo.script import Reply
from tests.harness import daemon_with

MODEL = """
[[models]]
id = "qwen-home"
provider = "mine"
wire_name = "qwen3:32b"
max_input = 64000
max_output = 8000

[models.quality]
plan = 70
implement = 70
debug = 70
test = 70
document = 70
small_edit = 70

[models.prices]
input = 0.5
output = 1.5
"""
CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "qwen3:32b",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "From my own machine."},
        }
    ],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010},
}
MESSAGES = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "qwen3:32b",
    "content": [{"type": "text", "text": "From my own machine."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1000, "output_tokens": 10},
}


@pytest.mark.parametrize(
    ("wire", "path", "answer", "fidelity"),
    [
        ("openai_chat", "/v1/chat/completions", CHAT, "translated"),
        ("anthropic_messages", "/v1/messages", MESSAGES, "sanitised"),
    ],
)
async def test_it_is_routed_to_priced_and_asked_in_its_own_format(
    daemon_home: Path, wire: str, path: str, answer: dict[str, Any], fidelity: str
) -> None:
    seen: list[tuple[str, str | None, dict[str, Any]]] = []

    async def mine(request: web.Request) -> web.Response:
        body = await request.json()
        seen.append((request.path, request.headers.get("authorization"), body))
        return web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", mine)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    config = f'[providers.mine]\nurl = "{url}"\nformats = ["{wire}"]\n{MODEL}'
    try:
        async with (
            daemon_with(daemon_home, Reply(), keys=("mine",), config=config) as daemon,
            anthropic.AsyncAnthropic(api_key=daemon.token, base_url=daemon.url) as client,
        ):
            message = await client.messages.create(
                model="claude-opus-4-7",
                max_tokens=100,
                messages=[{"role": "user", "content": "Fix the bug."}],
            )
            (row,) = daemon.rows()
    finally:
        await runner.cleanup()
    assert message.content[0].type == "text"
    assert message.content[0].text == "From my own machine."
    (asked,) = seen
    assert asked[:2] == (path, "Bearer dummy-mine")
    assert asked[2]["model"] == "qwen3:32b"
    assert (row.model, row.provider, row.fidelity.value) == ("qwen-home", "mine", fidelity)
    assert row.cost == 1000 * 500_000 + 10 * 1_500_000, "picodollars: 0.5 and 1.5 USD per million tokens"
