"""Content parts of a message: texts, images, files."""

from typing import Any, Literal

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
    Part,
    Refusal,
    Text,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.dataurls import document_of, file_fields, image_at, image_url
from coderouter_cli.wire.media import NO_IMAGE, document_text, titled
from coderouter_cli.wire.read import as_object, as_str, objects, opt_str, path_to, req_str, wrong

_FORMAT = FormatName.OPENAI_CHAT
_TEXTS = frozenset({"text", "input_text", "output_text"})
_IMAGES = frozenset({"image_url", "input_image"})
_FILES = frozenset({"file", "input_file"})
_DETAILS = frozenset({"auto", "low", "high"})
"""What every server knows; ``original`` is OpenAI's own."""
_LONG_TTLS = frozenset({"1h", "12h"})


def parse_content(value: Any, at: str) -> tuple[Part, ...]:
    """A message's content: a string, a list of parts, or nothing. Empty texts say nothing.

    Raises:
        BadRequestError: it is none of these.
    """
    if value is None or isinstance(value, str):
        return (Text(value),) if value else ()
    if not isinstance(value, list):
        raise wrong(at, "a string or a list")
    parts = (_part(part, path_to(at, index)) for index, part in enumerate(objects(value, at)))
    return tuple(part for part in parts if part != Text(""))


def _part(part: JsonObject, at: str) -> Part:
    kind = req_str(part, "type", at)
    if kind in _TEXTS:
        return Text(req_str(part, "text", at), _cache_mark(part))
    if kind == "refusal":
        return Refusal(req_str(part, "refusal", at))
    if kind in _IMAGES:
        return _image(part, kind, at)
    document = _document(part) if kind in _FILES else None
    return document or Unknown(_FORMAT, kind, part)


def _cache_mark(part: JsonObject) -> Literal["5m", "1h"] | None:
    """OpenAI's mark, or Anthropic's as OpenRouter takes it in this format."""
    for key in ("prompt_cache_breakpoint", "cache_control"):
        mark = part.get(key)
        if isinstance(mark, dict):
            return "1h" if mark.get("ttl") in _LONG_TTLS else "5m"
    return None


def _image(part: JsonObject, kind: str, at: str) -> Part:
    value = part.get("image_url")
    if value is None and isinstance(part.get("file_id"), str):
        return Unknown(_FORMAT, kind, part)
    nested = as_object(value) or part
    where = path_to(at, "image_url")
    url = value if isinstance(value, str) else req_str(as_object(value), "url", where)
    detail = opt_str(nested, "detail", where)
    return image_at(url, detail)


def _document(part: JsonObject) -> Document | None:
    """The document of a file part; None when it is only a file id, which lives at its provider."""
    file = as_object(part.get("file")) or part
    name = as_str(file.get("filename")) or None
    if isinstance(file.get("file_data"), str):
        return document_of(file["file_data"], name)
    url = as_str(file.get("file_url"))
    return Document(url=url, name=name) if url else None


def is_vendor(dialect: Dialect) -> bool:
    """Whether this is OpenAI itself: only there are files and audio known to be understood."""
    return dialect.vendor is _FORMAT


def write_content(parts: list[Part], dialect: Dialect) -> str | list[JsonObject]:
    """Content for a provider: a string when there is only text, which every server reads."""
    written = [shown for part in parts if (shown := _write(part, dialect)) is not None]
    if all(part["type"] == "text" for part in written):
        return "\n\n".join(part["text"] for part in written)
    return written


def _write(part: Part, dialect: Dialect) -> JsonObject | None:
    if isinstance(part, Text | Refusal):
        return _text(part.text)
    if isinstance(part, Image):
        return _write_image(part, dialect)
    if isinstance(part, Document):
        return _write_document(part, dialect)
    if isinstance(part, Unknown) and part.origin is _FORMAT:
        return part.value
    return None


def _text(text: str) -> JsonObject:
    return {"type": "text", "text": text}


def _write_image(image: Image, dialect: Dialect) -> JsonObject:
    if not dialect.images:
        return _text(NO_IMAGE)
    written: JsonObject = {"url": image_url(image)}
    if image.detail in _DETAILS or (image.detail is not None and is_vendor(dialect)):
        written["detail"] = image.detail
    return {"type": "image_url", "image_url": written}


def _write_document(document: Document, dialect: Dialect) -> JsonObject:
    text = document_text(document)
    if text is not None:
        return _text(titled(document, text))
    if not is_carried(document, dialect):
        return _text(f"[The document {document.name or 'here'} was left out; this model cannot read it.]")
    return {"type": "file", "file": file_fields(document)}


def is_carried(document: Document, dialect: Dialect) -> bool:
    """Whether the provider can read the document: as text anywhere, as an inline file at OpenAI."""
    return document_text(document) is not None or (document.data is not None and is_vendor(dialect))
