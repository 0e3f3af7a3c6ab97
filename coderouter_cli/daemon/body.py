"""Reads a request's body with a cap on what arrives and on what it decompresses to.

Codex with a ChatGPT login sends zstd (measured, 0.169.0); other clients and gateways send gzip, deflate
or br. aiohttp's own decoding is off: it inflates without a cap of its own (1 MB to 1 GiB stalls the
event loop for a second), and answers 400 to zstd where the decoder is not installed.

Decoding happens in a worker thread, which all four decoders leave the interpreter to others in, and in
slices of the input: given a whole body, zlib and brotli copy what they have not read yet at every step,
which takes the square of its length.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # the library ships no type hints

from coderouter_cli.errors import (
    BadRequestError,
    BodyTooLargeError,
    RequestError,
    UnsupportedMediaTypeError,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_STEP = 64 * 1024
_MAX_CODINGS = 3
"""How many codings a body may be wrapped in; one, in everything clients are known to send."""
_MAX_MEMBERS = 256
"""A gzip body may have several members, a zstd body several frames. Empty ones decompress to nothing, so
that only a count bounds the work."""
_MAX_WINDOW_LOG = 23
"""Content coding zstd: a window of 8 MiB at most (RFC 9659); a decoder allocates what a frame asks for."""


class ByteStream(Protocol):
    """Where a body comes from: `aiohttp.StreamReader` fits."""

    async def readany(self) -> bytes: ...


class _Inflater(Protocol):
    """One member's decoder. It may hold back input; asked again without any, it gives more output."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


async def read_body(stream: ByteStream, encoding: str, limit: int, deadline_s: float) -> bytes:
    """The decoded body. ``encoding`` is the Content-Encoding header, "" when absent: codings in the order
    in which they were applied.

    Raises:
        UnsupportedMediaTypeError: an encoding we do not know, or too many.
        BodyTooLargeError: more than ``limit`` bytes arrived, or came out of a decoder.
        BadRequestError: the body is not what its encoding says, or took longer than the deadline.
    """
    codings = _codings(encoding)
    try:
        async with asyncio.timeout(deadline_s):
            body = await _collect(stream, limit)
    except TimeoutError as error:
        raise BadRequestError(f"The body did not arrive within {deadline_s:g} seconds.") from error
    return await _unpacked(body, codings, limit)


async def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """A provider's whole body: some gateways compress it whatever they are asked for. Empty where it cannot
    be read."""
    try:
        return await _unpacked(body, _codings(encoding), limit)
    except RequestError:
        return b""


async def _unpacked(body: bytes, codings: list[str], limit: int) -> bytes:
    for coding in reversed(codings):
        body = await asyncio.to_thread(inflate, body, coding, limit)
    return body


def _codings(encoding: str) -> list[str]:
    names = [name.strip().lower() for name in encoding.split(",")]
    codings = [name for name in names if name not in {"", "identity"}]
    if len(codings) > _MAX_CODINGS or not _INFLATERS.keys() >= set(codings):
        raise UnsupportedMediaTypeError(
            "The body's Content-Encoding is not supported.",
            means="Accepted: gzip, deflate, zstd, br, identity.",
        )
    return codings


def inflate(data: bytes, encoding: str, limit: int) -> bytes:
    """Decompress at most ``limit`` bytes.

    Raises:
        BodyTooLargeError: there is more.
        BadRequestError: the data is damaged or incomplete.
    """
    try:
        return _inflated(data, _INFLATERS[encoding], limit)
    except (zlib.error, zstd.ZstdError, brotli.error, EOFError) as error:
        if encoding == "deflate":
            return _raw_deflate(data, limit)
        raise BadRequestError(f"The body is not valid {encoding}.") from error


def _raw_deflate(data: bytes, limit: int) -> bytes:
    """Deflate without the zlib frame that the standard asks for: some clients leave it out."""
    try:
        return _inflated(data, lambda: zlib.decompressobj(wbits=-zlib.MAX_WBITS), limit)
    except zlib.error as error:
        raise BadRequestError("The body is not valid deflate.") from error


def _inflated(data: bytes, new_inflater: Callable[[], _Inflater], limit: int) -> bytes:
    out = bytearray()
    at = 0
    for _ in range(_MAX_MEMBERS):
        at = _member(data, at, new_inflater(), out, limit)
        if at == len(data):
            return bytes(out)
    raise BadRequestError("The compressed body has too many parts.")


def _member(data: bytes, start: int, inflater: _Inflater, out: bytearray, limit: int) -> int:
    """Add the content of the member at ``start`` to ``out``; where it ends."""
    at = start
    while not inflater.eof:
        given = data[at : at + _STEP]
        at += len(given)
        _drain(inflater, given, out, limit)
        if not given and not inflater.eof:
            raise BadRequestError("The compressed body is incomplete.")
    return at - len(inflater.unused_data)


def _drain(inflater: _Inflater, given: bytes, out: bytearray, limit: int) -> None:
    """Add everything that one slice of the input gives."""
    pending, piece = given, b" "
    while piece and not inflater.eof:
        piece = inflater.decompress(pending, _STEP)
        out += piece
        if len(out) > limit:
            raise BodyTooLargeError(f"The body decompresses to more than {limit // (1024 * 1024)} MiB.")
        pending = getattr(inflater, "unconsumed_tail", b"")


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
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG})


class _Brotli:
    """The library's decoder under the names of the others. It refuses what follows its one stream."""

    unused_data = b""

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._decoder.is_finished())

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return bytes(self._decoder.process(data, output_buffer_limit=max_length))


_INFLATERS: dict[str, Callable[[], _Inflater]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
    "br": _Brotli,
}
