"""How large an image is, from the first bytes of its file, and how many tokens a model makes of it.

Formats: PNG, GIF, WebP and JPEG, which is what providers take. The bytes decide, not the media type.
"""

import base64
import binascii
import math
from collections.abc import Callable

from coderouter_cli.domain.model import ImageRule

UNSEEN_TOKENS = 1568
"""An image we cannot look at, because it is a URL or a file's id: what clients scale to before they send."""

_HEAD = 4 * 1024
"""Base64 characters that hold the size, but in a JPEG that begins with a preview or a colour profile."""
_MOST_HEAD = 1024 * 1024
_SLACK = 1e-6
"""Rounding of floats must not begin another square."""

Size = tuple[int, int]
"""Width and height in pixels."""


def image_size(data: str) -> Size | None:
    """The size of an image in base64; None when its bytes do not say."""
    head = _decoded(data[:_HEAD])
    size = _size_in(head)
    if size is None and head.startswith(_JPEG) and len(data) > _HEAD:
        size = _size_in(_decoded(data[:_MOST_HEAD]))
    return size


def image_tokens(size: Size | None, rule: ImageRule) -> int:
    """The tokens of an image of this size."""
    if size is None:
        return min(UNSEEN_TOKENS, rule.most)
    scale = min(1.0, rule.longest / max(size)) / rule.patch
    across, down = size[0] * scale, size[1] * scale
    if _begun(across) * _begun(down) > rule.most:
        across, down = _shrunk(across, down, rule.most)
    return min(rule.most, _begun(across) * _begun(down))


def _shrunk(across: float, down: float, most: int) -> tuple[float, float]:
    """The largest of the same shape that fits, of which one side is a whole number of squares."""
    scale = math.sqrt(most / (across * down))
    across, down = across * scale, down * scale
    whole = min(max(1.0, math.floor(side)) / side for side in (across, down))
    return across * min(1.0, whole), down * min(1.0, whole)


def _begun(squares: float) -> int:
    return max(1, math.ceil(squares - _SLACK))


def _decoded(text: str) -> bytes:
    """What of base64 can be read; line ends and data that was cut do no harm."""
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""


def _size_in(head: bytes) -> Size | None:
    """The first size that a reader finds; an image without any pixels is none."""
    for magic, read in _READERS:
        if head.startswith(magic):
            size = read(head)
            return size if size is not None and min(size) > 0 else None
    return None


def _png(head: bytes) -> Size | None:
    if head[12:16] != b"IHDR" or len(head) < 24:
        return None
    return _big(head[16:20]), _big(head[20:24])


def _gif(head: bytes) -> Size | None:
    return (_little(head[6:8]), _little(head[8:10])) if len(head) >= 10 else None


def _webp(head: bytes) -> Size | None:
    """Its three kinds: extended, lossless, lossy (https://developers.google.com/speed/webp/docs/riff_container)."""
    kind = head[12:16]
    if head[8:12] != b"WEBP" or len(head) < 30:
        return None
    if kind == b"VP8X":
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return (_little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF) if kind == b"VP8 " else None


def _jpeg(head: bytes) -> Size | None:
    """Walks the segments to the frame's header, any of SOF0 to SOF15 (ITU-T T.81)."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return _big(head[at + 7 : at + 9]), _big(head[at + 5 : at + 7])
        else:
            at += 2 + (0 if marker in _ALONE else _big(head[at + 2 : at + 4]))
    return None


_JPEG = b"\xff\xd8"
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
_READERS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (_JPEG, _jpeg),
    (b"RIFF", _webp),
    (b"GIF8", _gif),
)


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
