"""The envelope in which a provider's own reasoning travels through another format's history.

A thinking signature, encrypted reasoning, a thought signature mean something to the provider that made
them only, yet they must come back to it for a session to go on as well as it began, and every other
provider refuses them. So they go out to the client in the carrier of the client's own format, inside an
envelope that says whose they are, and the client keeps them in its history as it would keep its own:
nothing is remembered here, and a session survives a restart, a resume and a compaction.

``cr1.<provider>/<format>.<checksum>.<payload>``: ASCII; the checksum covers everything else, the payload
is base64url of a JSON object. It holds a full stop, so that neither Anthropic's signatures (base64) nor
OpenAI's encrypted reasoning (Fernet tokens) can be taken for one, nor one for them. The checksum finds
damage, not malice: the client's history is the client's own.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from coderouter_cli.domain.conversation import FormatName, JsonObject, Maker, Opaque, Reasoning
from coderouter_cli.wire.natives import is_vendors
from coderouter_cli.wire.read import as_int, as_list, as_object, as_str, parse_lenient

MAX_ENVELOPE = 1024 * 1024
"""The longest envelope, in characters. What is larger is not carried: it would be sent with every later
request of the session, and is written down nowhere."""

_VERSION = "cr1"
_ANY_VERSION = re.compile(r"cr\d{1,4}\.")
_CHECKSUM_BYTES = 12
_DIGEST_BYTES = 8

Kind = Literal["signature", "redacted", "encrypted", "thought", "open"]
_KINDS: Mapping[str, Kind] = {
    "signature": "signature",
    "redacted": "redacted",
    "encrypted": "encrypted",
    "thought": "thought",
    "open": "open",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where reasoning stood in an answer: after how many characters of text and how many tool calls."""

    characters: int
    calls: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was sealed.

    ``opaque`` has its maker. ``text`` is the reasoning's text when it was sealed too, ``digest`` that of
    the text the client was shown. ``place`` is there for formats that keep no order.
    """

    opaque: Opaque
    digest: str
    text: str | None = None
    place: Place | None = None

    def fits(self, shown: str) -> bool:
        """Whether the text that came back is the one that was shown."""
        return _digest(shown) == self.digest


def wrap(part: Reasoning, maker: Maker, *, place: Place | None = None) -> str | None:
    """Seal what belongs to a piece of reasoning.

    With a ``place`` its text is sealed too, for a format that joins the texts of several. None when
    there is nothing to carry (no text, no carrier), or it is too large.
    """
    opaque = part.opaque or Opaque(maker.format, "open", "")
    if (part.opaque is None and not part.text) or len(opaque.data) > MAX_ENVELOPE:
        return None
    fields: JsonObject = {"k": opaque.kind, "m": maker.model, "t": _digest(part.text)}
    optional = {
        "d": opaque.data,
        "i": opaque.call_id,
        "c": list(opaque.cuts),
        "p": None if place is None else [place.characters, place.calls],
        "s": None if place is None else part.text,
    }
    payload = json.dumps(fields | {key: value for key, value in optional.items() if value})
    origin = f"{quote(maker.provider, safe='')}/{opaque.origin}"
    encoded = base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")
    sealed = f"{_VERSION}.{origin}.{_checksum(origin, encoded)}.{encoded}"
    return sealed if len(sealed) <= MAX_ENVELOPE else None


def is_envelope(value: object) -> bool:
    """Whether it is an envelope of ours, of any version, whole or damaged: nobody else's to read."""
    return isinstance(value, str) and _ANY_VERSION.match(value) is not None


def unwrap(value: object) -> Envelope | None:
    """What an envelope holds; None for anything that is damaged, altered, too long or not one."""
    if not isinstance(value, str) or len(value) > MAX_ENVELOPE or not value.startswith(f"{_VERSION}."):
        return None
    origin, *sealed = value.removeprefix(f"{_VERSION}.").rsplit(".", 2)
    if len(sealed) != 2 or sealed[0] != _checksum(origin, sealed[1]):
        return None
    fields = _payload(sealed[1])
    provider, _, name = origin.rpartition("/")
    kind = _KINDS.get(as_str(as_object(fields).get("k")))
    if fields is None or kind is None or name not in _FORMATS:
        return None
    return _envelope(fields, kind, unquote(provider), _FORMATS[name])


def opened(part: Reasoning) -> Reasoning:
    """Reasoning from a client's history with what its envelope held.

    One that does not fit the text beside it, or is damaged, stays as it is: a carrier that no provider
    takes, so that the whole of it is left out.
    """
    found = None if part.opaque is None else unwrap(part.opaque.data)
    if found is None or not found.fits(part.text):
        return part
    return replace(part, opaque=found.opaque)


def is_for(opaque: Opaque | None, provider: str, origin: FormatName) -> bool:
    """Whether it came in an envelope and this provider made it, in this format."""
    return (
        opaque is not None
        and opaque.maker is not None
        and (opaque.maker.provider, opaque.origin) == (provider, origin)
        and opaque.kind != "open"
    )


def open_text(part: Reasoning, provider: str) -> str:
    """The text of reasoning, for a provider that wants its own back in the open; empty for another's.

    Reasoning of which nobody knows the maker is taken for the provider's own: a relayed answer carries
    no envelope, and text was never refused.
    """
    opaque = part.opaque
    if opaque is None:
        return part.text
    if opaque.maker is not None:
        return part.text if opaque.maker.provider == provider else ""
    return "" if is_envelope(opaque.data) or is_vendors(opaque.data) else part.text


def split(text: str, cuts: tuple[int, ...], gap: str) -> list[str]:
    """The parts a text was joined from, ``gap`` between them; the text alone when the cuts do not fit."""
    if sum(cuts) + len(gap) * (len(cuts) - 1) != len(text):
        return [text] if text else []
    parts, start = [], 0
    for length in cuts:
        parts.append(text[start : start + length])
        start += length + len(gap)
    return parts


_FORMATS: Final[Mapping[str, FormatName]] = {name.value: name for name in FormatName}


def _envelope(fields: JsonObject, kind: Kind, provider: str, origin: FormatName) -> Envelope:
    place = [as_int(value, -1) for value in as_list(fields.get("p"))]
    sealed_text = fields.get("s")
    return Envelope(
        opaque=Opaque(
            origin,
            kind,
            as_str(fields.get("d")),
            Maker(provider, origin, as_str(fields.get("m"))),
            as_str(fields.get("i")) or None,
            tuple(as_int(value) for value in as_list(fields.get("c"))),
        ),
        digest=as_str(fields.get("t")),
        text=as_str(sealed_text) if place else None,
        place=Place(*place) if len(place) == 2 and min(place) >= 0 else None,
    )


def _payload(encoded: str) -> dict[str, Any] | None:
    try:
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return parse_lenient(data.decode())
    except (binascii.Error, ValueError):
        return None


def _checksum(origin: str, payload: str) -> str:
    return _hash(f"{_VERSION}.{origin}.{payload}", _CHECKSUM_BYTES)


def _digest(text: str) -> str:
    return _hash(text, _DIGEST_BYTES)


def _hash(text: str, size: int) -> str:
    # A JSON string may hold a lone surrogate, which strict UTF-8 cannot encode.
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
