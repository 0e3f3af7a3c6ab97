"""What goes wrong with the bodies that clients send, through a running daemon: P37 and P38."""

import json
import sys
import zlib
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # the library ships no type hints
import pytest

from tests.pitfalls.kit import CHAT, FLASH, LUNA, chat, codex, function, item, only, request, sent, user
from tests.pitfalls.sessions import DONE, Playing, ask, running

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def gzipped(raw: bytes) -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(raw) + packer.flush()


PACKED = {"zstd": zstd.compress, "gzip": gzipped, "deflate": zlib.compress, "br": brotli.compress}


@pytest.mark.parametrize("encoding", sorted(PACKED))
async def test_p37_compressed_requests_are_read_and_leave_as_plain_json(
    encoding: str, tmp_path: Path
) -> None:
    raw = json.dumps(codex(item("user", "Hi"))).encode()
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    script = Playing()
    async with running(tmp_path, script, "openai") as daemon:
        said = await ask(daemon, "/v1/responses", PACKED[encoding](raw), headers)
    assert said.status == 200, said.text
    seen = only(script.seen)
    assert "content-encoding" not in seen.headers
    assert seen.json["input"] == [item("user", "Hi")]
    assert seen.headers["content-length"] == str(len(seen.body))


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"\x28\xb5\x2f\xfd broken", "zstd", 400),
        (zstd.compress(b'{"model":"\xff"}'), "zstd", 400),
        (b'{"model":"\xff"}', "identity", 400),
        (zstd.compress(b"{}" + b" " * (40 * 1024 * 1024)), "zstd", 413),
        (b"{}", "compress", 415),
    ],
    ids=["damaged", "not-utf-8", "not-utf-8-plain", "too-large", "unknown"],
)
async def test_p37_what_cannot_be_read_is_the_clients_error(
    body: bytes, encoding: str, status: int, tmp_path: Path
) -> None:
    script = Playing()
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    async with running(tmp_path, script, "openai") as daemon:
        said = await ask(daemon, "/v1/responses", body, headers)
    assert (said.status, script.seen) == (status, [])
    assert json.loads(said.text)["error"]["message"]


async def test_p37_an_agents_body_has_room(tmp_path: Path) -> None:
    async with running(tmp_path, DONE, "openai") as daemon:
        said = await ask(daemon, "/v1/responses", codex(item("user", "word " * 300_000)))
    assert said.status == 200


FLAT = function("read")
NESTED = {"type": "function", "function": {"name": "run", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("key", ["deepseek", "openai", "anthropic"])
async def test_p38_a_responses_body_on_the_chat_path_is_answered_as_chat(key: str, tmp_path: Path) -> None:
    body = codex(item("user", "Hi"), tools=[FLAT, NESTED])
    script = Playing()
    async with running(tmp_path, script, key) as daemon:
        said = await ask(daemon, "/v1/chat/completions", body)
    assert (said.status, "chat.completion.chunk" in said.text) == (200, True), said.text
    assert "data: [DONE]" in said.text
    offered = only(script.seen).json["tools"]
    assert [one.get("name") or one["function"]["name"] for one in offered] == ["read", "run"]


def test_p38_mixed_tools_are_understood_wherever_they_stand() -> None:
    for body in (chat(user("Hi"), tools=[FLAT, NESTED]), codex(item("user", "Hi"), tools=[FLAT, NESTED])):
        names = [one.name for one in request(body, CHAT).conversation.tools]
        assert names == ["read", "run"]
        written = sent(body, CHAT, FLASH).json
        assert [one["function"]["name"] for one in written["tools"]] == ["read", "run"]
        assert [one["role"] for one in written["messages"]] == ["user"]
        assert not written.keys() & {"input", "store", "include"}


def test_p38_openai_gets_it_in_chats_shape_as_well() -> None:
    written = sent(codex(item("user", "Hi")), CHAT, LUNA).json
    assert [one["role"] for one in written.get("messages", ())] == ["user"]
    assert "input" not in written
    offered = sent(chat(user("Hi"), tools=[FLAT]), CHAT, LUNA).json["tools"]
    assert [one.get("function", {}).get("name") for one in offered] == ["read"]
