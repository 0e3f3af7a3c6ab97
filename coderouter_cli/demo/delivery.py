"""Puts an outcome on the wire, with the faults it was given."""

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator

from aiohttp import web

from coderouter_cli.demo.script import (
    CloseAfter,
    CloseBeforeHeaders,
    Hang,
    Pace,
    Raw,
    Reply,
    SeenRequest,
    StreamError,
)
from coderouter_cli.demo.surfaces import Headers
from coderouter_cli.demo.voices.base import Voice

_LINGER_NONE = struct.pack("ii", 1, 0)
"""``SO_LINGER`` of zero: closing sends a reset."""


class Delivery:
    """The answer to one request. ``cut`` is set when the provider itself broke the connection."""

    def __init__(self, request: web.Request, seen: SeenRequest) -> None:
        self._request = request
        self._seen = seen
        self.cut = False

    async def whole(self, status: int, body: bytes, headers: Headers) -> web.StreamResponse:
        """A body with its length."""
        response = web.StreamResponse(status=status, headers=dict(headers))
        response.content_type = "application/json"
        response.content_length = len(body)
        return await self._send(response, [body])

    async def raw(self, raw: Raw) -> web.StreamResponse:
        """Bytes as they stand."""
        response = web.StreamResponse(status=raw.status, headers=dict(raw.headers))
        response.content_type = raw.content_type
        return await self._send(response, raw.chunks)

    async def reply(
        self, reply: Reply, chunks: list[bytes], headers: Headers, voice: Voice, *, streams: bool
    ) -> web.StreamResponse:
        """A model's answer: ``chunks`` are its events, or its whole body as the only one."""
        fault = reply.fault
        if isinstance(fault, CloseBeforeHeaders):
            return self._break(web.StreamResponse(), reset=fault.reset)
        if isinstance(fault, Hang) and fault.events is None:
            await fault.release.wait()
        if isinstance(fault, StreamError):
            chunks = [*chunks[: fault.events], voice.stream_error(fault, fault.events)]
        response = web.StreamResponse(headers={**dict(headers), **dict(reply.headers)})
        response.content_type = "text/event-stream" if streams else "application/json"
        if not streams:
            response.content_length = sum(map(len, chunks))
        return await self._send(response, chunks, reply)

    async def _send(
        self, response: web.StreamResponse, chunks: Iterable[bytes], reply: Reply | None = None
    ) -> web.StreamResponse:
        self._seen.status = response.status
        await response.prepare(self._request)
        fault = reply.fault if reply else None
        writer = _Writer(response, self._seen, reply)
        if isinstance(fault, CloseAfter):
            await writer.write(_shortened(chunks, fault))
            if fault.how != "clean":
                return self._break(response, reset=fault.how == "reset")
        elif isinstance(fault, Hang) and fault.events is not None:
            events = list(chunks)
            await writer.write(events[: fault.events])
            await fault.release.wait()
            await writer.write(events[fault.events :])
        else:
            await writer.write(chunks)
        await response.write_eof()
        return response

    def _break(self, response: web.StreamResponse, *, reset: bool) -> web.StreamResponse:
        """Close the connection; what was written before still arrives, unless it is reset."""
        self.cut = True
        transport = self._request.transport
        if transport is None:
            return response
        if reset:
            raw_socket: socket.socket = transport.get_extra_info("socket")
            raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
            transport.abort()
        else:
            transport.close()
        return response


class _Writer:
    """Writes chunks, paced and sliced as the reply says, and counts them."""

    def __init__(self, response: web.StreamResponse, seen: SeenRequest, reply: Reply | None) -> None:
        self._response = response
        self._seen = seen
        self._pace: Pace | None = reply.pace if reply else None
        self._slice = reply.slice_size if reply else None
        self._writes = 0

    async def write(self, chunks: Iterable[bytes]) -> None:
        """Write them all."""
        for chunk in chunks:
            for part in _sliced(chunk, self._slice):
                if self._pace is not None:
                    await self._pace(self._writes)
                await self._response.write(part)
                self._writes += 1
                self._seen.bytes_sent += len(part)
                if self._slice is not None:
                    # Lets the loop send this part before the next one joins it in the buffer.
                    await asyncio.sleep(0)
            self._seen.events_sent += 1


def _sliced(chunk: bytes, size: int | None) -> Iterator[bytes]:
    if size is None:
        yield chunk
        return
    for start in range(0, len(chunk), size):
        yield chunk[start : start + size]


def _shortened(chunks: Iterable[bytes], fault: CloseAfter) -> Iterator[bytes]:
    """The chunks up to the fault's number of events, or of bytes."""
    left = fault.size
    for number, chunk in enumerate(chunks):
        if fault.events is not None and number >= fault.events:
            return
        if left is not None:
            chunk = chunk[:left]  # noqa: PLW2901 - the rest of the chunk is what is cut off
            left -= len(chunk)
        if chunk:
            yield chunk
