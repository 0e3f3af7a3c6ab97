"""Bodies: every encoding a client uses, capped on both sides of the decoder."""

import asyncio
import gzip
import sys
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.daemon.body import inflate, read_body
from coderouter_cli.errors import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 1024 * 1024
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}


class Chunks:
    """A body that arrives in given pieces, then ends (or never does)."""

    def __init__(self, *pieces: bytes, endless: bool = False) -> None:
        self._pieces = list(pieces)
        self._endless = endless

    async def readany(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._endless:
            await asyncio.Event().wait()
        return b""


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
@given(data=st.binary(max_size=200_000))
def test_what_was_compressed_comes_out(encoding: str, data: bytes) -> None:
    assert inflate(COMPRESS[encoding](data), encoding, LIMIT) == data


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_are_one_body(encoding: str) -> None:
    pack = COMPRESS[encoding]
    assert inflate(pack(b'{"a":') + pack(b"") + pack(b"1}"), encoding, LIMIT) == b'{"a":1}'


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_what_follows_must_be_a_body_too(encoding: str) -> None:
    with pytest.raises(BadRequestError):
        inflate(COMPRESS[encoding](b"{}") + b"junk", encoding, LIMIT)


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_a_bomb_is_stopped_at_the_limit(encoding: str) -> None:
    bomb = COMPRESS[encoding](bytes(64 * LIMIT))
    with pytest.raises(BodyTooLargeError):
        inflate(bomb, encoding, LIMIT)


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_damaged_or_cut_data_is_the_clients_error(encoding: str) -> None:
    whole = COMPRESS[encoding](b"x" * 100_000 + bytes(range(256)) * 40)
    for broken in (whole[:-5], whole[: len(whole) // 2], b"", b"not compressed at all"):
        with pytest.raises(BadRequestError):
            inflate(broken, encoding, LIMIT)


async def test_pieces_are_joined() -> None:
    assert await read_body(Chunks(b'{"a', b'":1}'), "", LIMIT, 5) == b'{"a":1}'
    assert await read_body(Chunks(gzip.compress(b"{}")), "GZIP", LIMIT, 5) == b"{}"
    assert await read_body(Chunks(b"{}"), "identity", LIMIT, 5) == b"{}"


async def test_too_much_arrives() -> None:
    with pytest.raises(BodyTooLargeError):
        await read_body(Chunks(b"x" * 60, b"x" * 60), "", 100, 5)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "compress"])
async def test_an_unknown_encoding(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        await read_body(Chunks(b"{}"), encoding, LIMIT, 5)


async def test_a_body_that_does_not_arrive() -> None:
    with pytest.raises(BadRequestError, match="within"):
        await read_body(Chunks(b"{", endless=True), "", LIMIT, 0.01)
