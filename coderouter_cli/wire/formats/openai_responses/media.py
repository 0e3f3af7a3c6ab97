"""Images and files of the Responses format: URLs, data URLs and base64."""

from coderouter_cli.domain.conversation import Document, Image, JsonObject, Part, Text
from coderouter_cli.wire.dataurls import document_of, file_fields, image_at, image_url
from coderouter_cli.wire.media import NO_IMAGE, document_text, titled

CONTENT_KINDS = frozenset({"input_image", "input_file", "input_audio"})
"""Parts of a message's content that may stay unknown: a file by id, audio."""


def image_from(part: JsonObject) -> Image | None:
    """The image of an ``input_image`` part; None when it is only a file id, which lives at OpenAI."""
    url, detail = part.get("image_url"), part.get("detail")
    if not isinstance(url, str):
        return None
    return image_at(url, detail if isinstance(detail, str) else None)


def document_from(part: JsonObject) -> Document | None:
    """The document of an ``input_file`` part; None when it is only a file id."""
    data, url, name = part.get("file_data"), part.get("file_url"), part.get("filename")
    name = name if isinstance(name, str) else None
    if isinstance(data, str):
        return document_of(data, name)
    return Document(url=url, name=name) if isinstance(url, str) else None


def image_part(image: Image, *, accepted: bool) -> JsonObject:
    """An ``input_image`` part, or a note in its place where the provider takes no images."""
    if not accepted:
        return {"type": "input_text", "text": NO_IMAGE}
    return {"type": "input_image", "image_url": image_url(image), "detail": image.detail or "auto"}


def document_part(document: Document) -> JsonObject:
    """An ``input_file`` part; a text document becomes plain text, which every provider reads."""
    text = document_text(document)
    if text is not None:
        return {"type": "input_text", "text": titled(document, text)}
    if document.data is None:
        return {"type": "input_file", "file_url": document.url or ""}
    return {"type": "input_file", **file_fields(document)}


def plain_text(parts: tuple[Part, ...]) -> str | None:
    """The parts as one text, one line break between them; None when there is more than text."""
    if not all(isinstance(part, Text) for part in parts):
        return None
    return "\n".join(part.text for part in parts if isinstance(part, Text))
