"""What the formats share about images and documents: texts that stand for them, and text inside them."""

import base64
import binascii

from coderouter_cli.domain.conversation import Document, Part

NO_IMAGE = "[An image was here; this model cannot see images.]"
NO_MEDIA = "[An image or document was here.]"
"""For the assistant's side of a history, where no format takes any."""


def document_text(document: Document) -> str | None:
    """The text of a text document; None for any other."""
    if document.data is None or not (document.media_type or "").startswith("text/"):
        return None
    try:
        return base64.b64decode(document.data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def needs_files(part: Part) -> bool:
    """Whether the part is a document that cannot be written as text."""
    return isinstance(part, Document) and document_text(part) is None


def titled(document: Document, text: str) -> str:
    """A document's text below its name, if it has one."""
    return f"{document.name}:\n{text}" if document.name else text
