"""Bodies: every encoding a client uses, capped on both sides of the decoder."""

import asyncio
import gzip
import itertools
import sys
import threading
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # the library ships no type hints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.daemon import body
from coderouter_cli.daemon.body import inflate, read_body
from coderouter_cli.errors import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    """Deflate as some clients understand it: without the zlib frame."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: bytes(brotli.compress(data, quality=4)),
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


@given(data=st.binary(max_size=200_000))
def test_deflate_may_lack_its_frame(data: bytes) -> None:
    assert inflate(raw_deflate(data), "deflate", LIMIT) == data


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


@pytest.mark.parametrize("order", list(itertools.permutations(sorted(COMPRESS), 2)), ids=", ".join)
async def test_codings_are_taken_off_in_the_reverse_of_their_order(order: tuple[str, str]) -> None:
    packed = COMPRESS[order[1]](COMPRESS[order[0]](b'{"a":1}'))
    assert await read_body(Chunks(packed), ", ".join(order), LIMIT, 5) == b'{"a":1}'
    with pytest.raises(BadRequestError):
        await read_body(Chunks(packed), ", ".join(reversed(order)), LIMIT, 5)


async def test_a_bomb_inside_a_bomb_is_stopped() -> None:
    bomb = gzip.compress(gzip.compress(bytes(600 * LIMIT)))
    assert len(bomb) < LIMIT / 100
    with pytest.raises(BodyTooLargeError):
        await read_body(Chunks(bomb), "gzip, gzip", LIMIT, 5)


@pytest.mark.parametrize("encoding", ["compress", "gzip, snappy", "gzip, gzip, gzip, gzip", "gzip;q=1"])
async def test_an_unknown_encoding(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        await read_body(Chunks(b"{}"), encoding, LIMIT, 5)


async def test_a_body_that_does_not_arrive() -> None:
    with pytest.raises(BadRequestError, match="within"):
        await read_body(Chunks(b"{", endless=True), "", LIMIT, 0.01)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_members_that_hold_nothing_are_counted(encoding: str) -> None:
    with pytest.raises(BadRequestError, match="too many parts"):
        inflate(COMPRESS[encoding](b"") * 300, encoding, LIMIT)


def test_a_zstd_frame_may_not_ask_for_a_larger_window_than_the_standard_allows() -> None:
    wide: dict[int, int] = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    packer = zstd.ZstdCompressor(options=wide)
    packed = packer.compress(b"{}") + packer.flush()
    assert packed[4:6] == b"\x00\x88", "the frame's header must ask for 128 MiB"
    with pytest.raises(BadRequestError):
        inflate(packed, "zstd", LIMIT)


class Counted:
    """A decoder that adds up what it is given and what it leaves behind: the bytes that are copied."""

    copied = 0

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def unconsumed_tail(self) -> bytes:
        Counted.copied += len(self._inner.unconsumed_tail)
        return self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        Counted.copied += len(data)
        return self._inner.decompress(data, max_length)


def test_twice_the_body_is_twice_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(body._INFLATERS, "gzip", Counted)
    work = []
    for size in (1_000_000, 2_000_000, 4_000_000):
        Counted.copied = 0
        # Stored, not compressed: as much input as there can be, in as many steps.
        assert inflate(gzip.compress(bytes(size), compresslevel=0), "gzip", size) == bytes(size)
        work.append(Counted.copied)
    assert work[1] < 2.1 * work[0]
    assert work[2] < 2.1 * work[1]


async def test_the_event_loop_goes_on_while_a_body_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder waits for the loop: where it runs on the loop itself, neither goes on."""
    passed = threading.Event()

    class Waiting(Counted):
        def decompress(self, data: bytes, max_length: int, /) -> bytes:
            assert passed.wait(5), "the event loop stands still"
            return super().decompress(data, max_length)

    monkeypatch.setitem(body._INFLATERS, "gzip", Waiting)
    reading = asyncio.create_task(read_body(Chunks(gzip.compress(b"{}")), "gzip", LIMIT, 5))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not reading.done()
    passed.set()
    assert await reading == b"{}"
