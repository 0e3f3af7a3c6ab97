"""Choices that look random and are the same on every machine: a hash of what they are for."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

T = TypeVar("T")


def chance(*key: object) -> int:
    """A number that only depends on the key."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def choose(options: Sequence[T], *key: object) -> T:
    """One of the options, by the key."""
    return options[chance(*key) % len(options)]


def endless(options: Sequence[T], *key: object) -> Iterator[T]:
    """Options without end, one after the other by the key."""
    for number in count():
        yield choose(options, *key, number)


def hex_id(length: int, *key: object) -> str:
    """Hexadecimal digits that only depend on the key."""
    parts = (f"{chance(*key, i):08x}" for i in range(-(-length // 8)))
    return "".join(parts)[:length]


def uuid_of(*key: object) -> str:
    """A UUID (by its looks version 4) that only depends on the key."""
    digits = hex_id(32, *key)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
