"""Reads a request's body with a cap on what arrives and on what it decompresses to.

Codex with a ChatGPT login sends zstd (measured, 0.169.0); other clients and gateways send gzip or
deflate. aiohttp's own decoding is off: it inflates without a cap of its own (1 MB to 1 GiB stalls
the event loop for a second), and answers 400 to zstd where the decoder is not installed.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

from coderouter_cli.errors import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_STEP = 64 * 1024


class ByteStream(Protocol):
    """Where a body comes from: `aiohttp.StreamReader` fits."""

    async def readany(self) -> bytes: ...


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


async def read_body(stream: ByteStream, encoding: str, limit: int, deadline_s: float) -> bytes:
    """The decoded body. ``encoding`` is the Content-Encoding header, "" when absent.

    Raises:
        UnsupportedMediaTypeError: an encoding we do not know.
        BodyTooLargeError: more than ``limit`` bytes arrived, or came out of the decoder.
        BadRequestError: the body is not what its encoding says, or took longer than the deadline.
    """
    names = [
        name.strip().lower() for name in encoding.split(",") if name.strip().lower() not in {"", "identity"}
    ]
    if len(names) > 1 or (names and names[0] not in _INFLATERS):
        raise UnsupportedMediaTypeError(
            "The body's Content-Encoding is not supported.", means="Accepted: gzip, deflate, zstd, identity."
        )
    try:
        async with asyncio.timeout(deadline_s):
            raw = await _collect(stream, limit)
    except TimeoutError as error:
        raise BadRequestError(f"The body did not arrive within {deadline_s:g} seconds.") from error
    return inflate(raw, names[0], limit) if names else raw


def inflate(data: bytes, encoding: str, limit: int) -> bytes:
    """Decompress at most ``limit`` bytes.

    Raises:
        BodyTooLargeError: there is more.
        BadRequestError: the data is damaged or incomplete.
    """
    out = bytearray()
    pending = data
    try:
        # A gzip body may have several members, a zstd body several frames.
        while True:
            inflater = _INFLATERS[encoding]()
            _drain(inflater, pending, out, limit)
            pending = inflater.unused_data
            if not pending:
                return bytes(out)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise BadRequestError(f"The body is not valid {encoding}.") from error


def _drain(inflater: _Inflater, data: bytes, out: bytearray, limit: int) -> None:
    """Add one stream's content to ``out``."""
    pending = data
    while not inflater.eof:
        piece = inflater.decompress(pending, _STEP)
        out += piece
        if len(out) > limit:
            raise BodyTooLargeError(f"The body decompresses to more than {limit // (1024 * 1024)} MiB.")
        pending = getattr(inflater, "unconsumed_tail", b"")
        if not piece and not pending:
            break
    if not inflater.eof:
        raise BadRequestError("The compressed body is incomplete.")


async def _collect(stream: ByteStream, limit: int) -> bytes:
    body = bytearray()
    while chunk := await stream.readany():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(f"The body is larger than {limit // (1024 * 1024)} MiB.")
    return bytes(body)


def _gzip() -> _Inflater:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _deflate() -> _Inflater:
    return zlib.decompressobj()


def _zstd() -> _Inflater:
    return zstd.ZstdDecompressor()


_INFLATERS: dict[str, Callable[[], _Inflater]] = {"gzip": _gzip, "deflate": _deflate, "zstd": _zstd}
