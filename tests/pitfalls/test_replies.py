"""What goes wrong with errors, packed answers, token counts and model names: P55 to P58."""

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coderouter_cli.clients.claude_code import ClaudeCode
from coderouter_cli.clients.contract import LocalEndpoint
from coderouter_cli.demo.script import HttpError, Raw, Reply
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from tests.harness import Daemon
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    catalog,
    only,
    sent,
    told,
    tool,
    user,
)
from tests.pitfalls.sessions import ASKS, FORMATS, PATHS, Playing, Said, ask, running

# P55


BUSY = {MESSAGES: (529, "overloaded_error"), RESPONSES: (503, "server_error"), CHAT: (503, "server_error")}


@pytest.mark.parametrize("client", FORMATS)
def test_p55_overload_is_named_so_that_a_client_knows_to_come_again(client: FormatName) -> None:
    busy = Failure(FailureKind.OVERLOADED, "Overloaded", 529, "overloaded_error", 7.0)
    status, body, headers = told(busy, client, retry=True)
    assert (status, body["error"]["type"]) == BUSY[client]
    assert (headers["x-should-retry"], headers.get("retry-after")) == ("true", "7")
    assert told(busy, client)[2]["x-should-retry"] == "false"


@pytest.mark.parametrize("key", ["anthropic", "openai", "deepseek"])
@pytest.mark.parametrize("client", FORMATS)
async def test_p55_so_it_is_when_the_only_provider_is_busy(
    client: FormatName, key: str, tmp_path: Path
) -> None:
    busy = HttpError(529, "Overloaded", "overloaded_error", headers=(("retry-after", "7"),))
    async with running(tmp_path, Playing([busy]), key, config='lane = "direct"') as daemon:
        said = await ask(daemon, PATHS[client], {**ASKS[client], "model": _of(key)})
    error = json.loads(said.text)["error"]
    assert said.headers.get("retry-after") == "7"
    if said.status == 529 and client is not MESSAGES:
        return  # the vendor's own bytes
    assert (said.status, error["type"]) == BUSY[client]


def _of(key: str) -> str:
    return {"anthropic": OPUS, "openai": LUNA, "deepseek": FLASH}[key]


async def test_p55_what_the_vendor_says_of_trying_again_is_passed_on(tmp_path: Path) -> None:
    for at, (status, name, value) in enumerate(
        [(529, "x-should-retry", "true"), (400, "x-should-retry", "false"), (429, "retry-after-ms", "1500")]
    ):
        refused = HttpError(status, "No.", headers=((name, value),))
        folder = tmp_path / str(at)
        folder.mkdir()
        async with running(folder, Playing([refused]), "anthropic", config='lane = "direct"') as daemon:
            said = await ask(daemon, "/v1/messages", ASKS[MESSAGES])
        assert (said.status, said.headers.get(name)) == (status, value)


async def test_p55_when_everybody_is_busy_the_shortest_wait_is_told(tmp_path: Path) -> None:
    waits = iter(["30", "9", "20"] + ["40"] * 20)

    def script(_: Any) -> HttpError:
        return HttpError(529, "Overloaded", "overloaded_error", headers=(("retry-after", next(waits)),))

    async with running(tmp_path, script) as daemon:
        said = await ask(daemon, "/v1/messages", ASKS[MESSAGES])
    assert (said.status, json.loads(said.text)["error"]["type"]) == (529, "overloaded_error")
    assert (said.headers.get("x-should-retry"), said.headers.get("retry-after")) == ("true", "9")


def test_p55_nobody_is_told_to_wait_for_an_hour() -> None:
    _, _, headers = told(Failure(FailureKind.RATE_LIMITED, "Slow.", 429, None, 3600.0), RESPONSES, retry=True)
    assert int(headers["retry-after"]) <= 60


# P56


@pytest.mark.parametrize(("model", "wanted"), [(OPUS, MESSAGES), (LUNA, RESPONSES), (FLASH, CHAT)])
@pytest.mark.parametrize("client", FORMATS)
def test_p56_nobody_is_asked_for_a_compressed_answer(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    headers = {"accept-encoding": "gzip, br, zstd"}
    written = sent(ASKS[client], client, model, wanted=wanted, headers=headers)
    assert written.headers["accept-encoding"] == "identity"


def packed(body: JsonObject) -> Raw:
    """A gateway's answer that is compressed whatever it was asked for."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    data = packer.compress(json.dumps(body).encode()) + packer.flush()
    return Raw((data,), content_type="application/json", headers=(("content-encoding", "gzip"),))


async def test_p56_what_is_packed_all_the_same_is_unpacked_and_told_so(tmp_path: Path) -> None:
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": OPUS,
        "content": [{"type": "text", "text": "Hi."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    async with running(tmp_path, Playing([packed(whole)]), "anthropic", config='lane = "direct"') as daemon:
        said = await ask(daemon, "/v1/messages", {**ASKS[MESSAGES], "stream": False})
    assert (said.status, "content-encoding" in said.headers) == (200, False)
    assert "Hi." in said.text


# P57


async def counted(folder: Path, body: JsonObject, *keys: str, config: str = "") -> tuple[Said, Playing]:
    script = Playing()
    async with running(folder, script, *keys, config=config) as daemon:
        return await ask(daemon, "/v1/messages/count_tokens?beta=true", body), script


@pytest.mark.parametrize("key", ["anthropic", "openai", "deepseek"])
@pytest.mark.parametrize("model", [OPUS, "some-model"])
async def test_p57_tokens_are_counted_whoever_serves_and_nobody_is_asked(
    key: str, model: str, tmp_path: Path
) -> None:
    said, script = await counted(tmp_path, {"model": model, "messages": [user("word " * 1_000)]}, key)
    assert (said.status, script.seen) == (200, [])
    assert 800 <= json.loads(said.text)["input_tokens"] <= 1_600


def png(width: int, height: int) -> str:
    """A picture of this size, as base64; its data is long and says nothing."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk + b"\0" * 300_000).decode()


LONG = "word " * 2_000
UNCOUNTED: dict[str, JsonObject] = {
    "the client's attribution": {
        "system": [{"type": "text", "text": "x-anthropic-billing-header: cc_version=1; " + LONG}],
    },
    "tools that are not loaded": {
        "tools": [tool("Read"), tool("Later", defer_loading=True) | {"description": LONG}],
    },
    "a picture's data": {
        "messages": [
            user(
                {"type": "text", "text": "word " * 1_000},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": png(200, 200)},
                },
            )
        ],
    },
}


@pytest.mark.parametrize("name", sorted(UNCOUNTED))
async def test_p57_what_the_model_does_not_read_is_not_counted(name: str, tmp_path: Path) -> None:
    body = {"model": "some-model", "messages": [user("word " * 1_000)], **UNCOUNTED[name]}
    said, _ = await counted(tmp_path, body, "anthropic")
    assert 800 <= json.loads(said.text)["input_tokens"] <= 2_000


async def test_p57_the_models_own_tokenizer_decides(tmp_path: Path) -> None:
    body = {"messages": [user("word " * 1_000)]}
    counts = {}
    for model in (OPUS, "claude-sonnet-4-6"):
        folder = tmp_path / model
        folder.mkdir()
        said, _ = await counted(folder, {"model": model, **body}, "anthropic")
        counts[model] = json.loads(said.text)["input_tokens"]
    assert counts[OPUS] > 1.1 * counts["claude-sonnet-4-6"], "newer models count the same text higher"


# P58


WIDE = "claude-sonnet-5-5[1m]"
"""How Claude Code names a model whose long window it should use (https://code.claude.com/docs/en/model-config)."""


def test_p58_the_suffix_for_a_long_window_is_part_of_no_name() -> None:
    found = catalog().resolve(WIDE)
    assert found is not None
    assert (found.id, found.max_input) == ("claude-sonnet-5-5", 1_000_000)


@pytest.mark.parametrize("name", [WIDE, "claude-opus-9[1m]", "anthropic/claude-sonnet-5-5[1M]"])
async def test_p58_it_does_not_leave_and_the_client_hears_the_name_it_said(name: str, tmp_path: Path) -> None:
    script = Playing()
    async with running(tmp_path, script, "anthropic", config='lane = "direct"') as daemon:
        said = await ask(daemon, "/v1/messages", {**ASKS[MESSAGES], "model": name})
    assert said.status == 200
    asked = only(script.seen).model
    assert "[" not in asked
    assert f'"model":"{name}"' in said.text.replace('": "', '":"')


def test_p58_the_beta_for_older_models_reaches_anthropic() -> None:
    headers = {"anthropic-beta": "context-1m-2025-08-07"}
    assert sent(ASKS[MESSAGES], MESSAGES, OPUS, headers=headers).headers.get("anthropic-beta") == (
        "context-1m-2025-08-07"
    )


async def read_json(daemon: Daemon, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(daemon.url + path, headers=daemon.auth) as got:
        return await got.json()


@pytest.mark.parametrize("path", ["/v1/models/claude-sonnet-5-5%5B1m%5D", "/v1/models/claude-sonnet-5-5"])
async def test_p58_a_client_that_asks_is_told_the_windows_true_size(path: str, tmp_path: Path) -> None:
    async with running(tmp_path, Reply(), "anthropic") as daemon:
        model = await read_json(daemon, path)
        listed = await read_json(daemon, "/v1/models?limit=1000")
    assert model.get("max_input_tokens") == 1_000_000
    assert model in listed["data"]


def test_p58_the_patch_leaves_the_models_name_and_window_alone(tmp_path: Path) -> None:
    """A name of our own would shrink the window to 200k: Claude Code 2.1.330 knows its own names only."""
    file = tmp_path / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"model": "sonnet[1m]"}))
    plan = ClaudeCode(tmp_path / "managed").plan(LocalEndpoint(8787, "crt-x"), {}, tmp_path)
    settings = json.loads(plan.after)
    assert settings["model"] == "sonnet[1m]"
    assert not [name for name in settings["env"] if "MODEL" in name or "1M" in name or "CONTEXT" in name]
