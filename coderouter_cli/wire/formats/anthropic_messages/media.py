"""Images and documents of the Messages format."""

import base64
from typing import Any

from coderouter_cli.domain.conversation import Document, Image, JsonObject, Part
from coderouter_cli.wire.media import NO_IMAGE, document_text, titled
from coderouter_cli.wire.read import as_object, as_str

NO_DOCUMENT = "[A document was here; this model cannot read it.]"
_PDF = "application/pdf"


def image_from(block: JsonObject) -> Image | None:
    """The image of an ``image`` block; None when it lives at Anthropic (a file id)."""
    source = as_object(block.get("source"))
    data, url = source.get("data"), source.get("url")
    if source.get("type") == "base64" and isinstance(data, str):
        return Image(media_type=as_str(source.get("media_type"), "image/png"), data=data)
    return Image(url=url) if source.get("type") == "url" and isinstance(url, str) else None


def document_from(block: JsonObject) -> Document | None:
    """The document of a ``document`` block, text as base64 too; None when it lives at Anthropic."""
    source, name = as_object(block.get("source")), block.get("title")
    name = name if isinstance(name, str) else None
    url = source.get("url")
    cited = as_object(block.get("citations")).get("enabled") is True
    if source.get("type") == "url" and isinstance(url, str):
        return Document(media_type=_PDF, url=url, name=name, cited=cited)
    found = _inline(source)
    return None if found is None else Document(media_type=found[0], data=found[1], name=name, cited=cited)


def context_of(block: JsonObject) -> str | None:
    """What a ``document`` block tells the model of its document besides the document itself."""
    context = as_str(block.get("context")).strip()
    return f"About {as_str(block.get('title')) or 'the next document'}: {context}" if context else None


def _inline(source: JsonObject) -> tuple[str, str] | None:
    """Media type and base64 of a source that holds its document."""
    kind, data = source.get("type"), source.get("data")
    if kind == "base64" and isinstance(data, str):
        return as_str(source.get("media_type"), _PDF), data
    text = data if kind == "text" else _joined(source.get("content")) if kind == "content" else None
    if not isinstance(text, str):
        return None
    return "text/plain", base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _joined(content: Any) -> str | None:
    """A content source's text; None when there is more than text in it."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(as_object(piece).get("type") == "text" for piece in content):
        return None
    return "\n".join(as_str(piece.get("text")) for piece in content)


def image_block(image: Image, *, accepted: bool) -> JsonObject:
    """An ``image`` block, or a note in its place where the provider takes no images."""
    if not accepted:
        return {"type": "text", "text": NO_IMAGE}
    if image.data is None:
        return {"type": "image", "source": {"type": "url", "url": image.url or ""}}
    source = {"type": "base64", "media_type": image.media_type or "image/png", "data": image.data}
    return {"type": "image", "source": source}


def document_block(document: Document, *, accepted: bool) -> JsonObject:
    """A ``document`` block; where the provider takes none, its text, or a note in its place."""
    text = document_text(document)
    if not accepted:
        return {"type": "text", "text": titled(document, text) if text and text.strip() else NO_DOCUMENT}
    source: JsonObject
    if text is not None:
        source = {"type": "text", "media_type": "text/plain", "data": text}
    elif document.data is not None:
        source = {"type": "base64", "media_type": document.media_type or _PDF, "data": document.data}
    else:
        source = {"type": "url", "url": document.url or ""}
    title = {} if document.name is None else {"title": document.name}
    return {"type": "document", "source": source, **title}


def is_pdf(part: Part) -> bool:
    """Whether the part is a PDF; a URL without a type is taken for one."""
    return isinstance(part, Document) and part.media_type in {None, _PDF}
