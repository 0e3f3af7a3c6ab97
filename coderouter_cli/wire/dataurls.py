"""Images and documents as URLs, with their bytes inside where they travel inline (OpenAI's formats)."""

from coderouter_cli.domain.conversation import Document, Image

_BASE64 = ";base64"


def split_data_url(url: str) -> tuple[str, str] | None:
    """Media type and base64 of a data URL; None for any other URL."""
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(_BASE64):
        return None
    return head.removeprefix("data:").removesuffix(_BASE64).partition(";")[0], data


def image_at(url: str, detail: str | None) -> Image:
    """The image of a URL."""
    inline = split_data_url(url)
    if inline is None:
        return Image(url=url, detail=detail)
    return Image(media_type=inline[0], data=inline[1], detail=detail)


def image_url(image: Image) -> str:
    """An image as a URL."""
    if image.data is None:
        return image.url or ""
    return f"data:{image.media_type or 'image/png'};base64,{image.data}"


def document_of(data: str, name: str | None) -> Document:
    """The document of a data URL; bare base64 is taken for a PDF."""
    media_type, content = split_data_url(data) or ("application/pdf", data)
    return Document(media_type=media_type, data=content, name=name)


def file_fields(document: Document) -> dict[str, str]:
    """An inline document's name and data URL."""
    data = f"data:{document.media_type or 'application/pdf'};base64,{document.data}"
    return {"filename": document.name or "document.pdf", "file_data": data}
