"""Images and files of the Responses format: URLs, data URLs and base64."""

from coderouter_cli.domain.conversation import Document, Image, JsonObject, Part, Text
from coderouter_cli.wire.media import NO_IMAGE, document_text, titled

CONTENT_KINDS = frozenset({"input_image", "input_file", "input_audio"})
"""Parts of a message's content that may stay unknown: a file by id, audio."""
_BASE64 = ";base64"


def split_data_url(url: str) -> tuple[str, str] | None:
    """Media type and base64 of a data URL; None for any other URL."""
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(_BASE64):
        return None
    return head.removeprefix("data:").removesuffix(_BASE64).partition(";")[0], data


def image_from(part: JsonObject) -> Image | None:
    """The image of an ``input_image`` part; None when it is only a file id, which lives at OpenAI."""
    url, detail = part.get("image_url"), part.get("detail")
    if not isinstance(url, str):
        return None
    detail = detail if isinstance(detail, str) else None
    inline = split_data_url(url)
    if inline is None:
        return Image(url=url, detail=detail)
    return Image(media_type=inline[0], data=inline[1], detail=detail)


def document_from(part: JsonObject) -> Document | None:
    """The document of an ``input_file`` part; None when it is only a file id."""
    data, url, name = part.get("file_data"), part.get("file_url"), part.get("filename")
    name = name if isinstance(name, str) else None
    if isinstance(data, str):
        media_type, content = split_data_url(data) or ("application/pdf", data)
        return Document(media_type=media_type, data=content, name=name)
    return Document(url=url, name=name) if isinstance(url, str) else None


def image_part(image: Image, *, accepted: bool) -> JsonObject:
    """An ``input_image`` part, or a note in its place where the provider takes no images."""
    if not accepted:
        return {"type": "input_text", "text": NO_IMAGE}
    url = image.url if image.data is None else f"data:{image.media_type or 'image/png'};base64,{image.data}"
    return {"type": "input_image", "image_url": url or "", "detail": image.detail or "auto"}


def document_part(document: Document) -> JsonObject:
    """An ``input_file`` part; a text document becomes plain text, which every provider reads."""
    text = document_text(document)
    if text is not None:
        return {"type": "input_text", "text": titled(document, text)}
    if document.data is None:
        return {"type": "input_file", "file_url": document.url or ""}
    return {
        "type": "input_file",
        "filename": document.name or "document.pdf",
        "file_data": f"data:{document.media_type or 'application/pdf'};base64,{document.data}",
    }


def plain_text(parts: tuple[Part, ...]) -> str | None:
    """The parts as one text, one line break between them; None when there is more than text."""
    if not all(isinstance(part, Text) for part in parts):
        return None
    return "\n".join(part.text for part in parts if isinstance(part, Text))
