"""The first bytes of image files of any size, in base64."""

import base64
import struct


def png(width: int, height: int) -> str:
    """A PNG's header."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(9)
    return base64.b64encode(head).decode()


def gif(width: int, height: int) -> str:
    """A GIF's screen descriptor."""
    return base64.b64encode(b"GIF89a" + struct.pack("<HH", width, height) + bytes(3)).decode()


def jpeg(width: int, height: int, before: int = 0, frame: int = 0xC2) -> str:
    """A JPEG up to its frame's header, behind ``before`` bytes of previews and profiles."""
    segments = bytearray(b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9))
    while before > 0:
        size = min(before, 65_000)
        segments += b"\xff\xe2" + struct.pack(">H", size + 2) + bytes(size)
        before -= size
    segments += b"\xff\xff\xdb" + struct.pack(">H", 4) + bytes(2)
    segments += b"\xff" + bytes([frame]) + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return base64.b64encode(segments).decode()


def webp(width: int, height: int, kind: bytes) -> str:
    """A WebP of one of its three kinds: ``VP8X``, ``VP8L``, ``VP8 ``."""
    head = b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4)
    if kind == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little") + bytes(5)
    else:
        body = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return base64.b64encode(head + body).decode()
