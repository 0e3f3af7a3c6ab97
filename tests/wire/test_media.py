"""Text in documents, and texts that stand for them."""

import base64

import pytest

from coderouter_cli.domain.conversation import Document, Part, Text
from coderouter_cli.wire.media import document_text, needs_files, titled


def document(data: bytes, media_type: str = "text/plain") -> Document:
    return Document(media_type, base64.b64encode(data).decode())


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (document("línea".encode()), "línea"),
        (document(b""), ""),
        (document(b"a", "text/markdown"), "a"),
        (document(b"\xff"), None),
        (document(b"a", "application/pdf"), None),
        (Document("text/plain", "%%%"), None),
        (Document(url="u"), None),
    ],
)
def test_only_a_text_document_has_text(part: Document, text: str | None) -> None:
    assert document_text(part) == text
    assert needs_files(part) is (text is None)


def test_other_parts_are_no_files() -> None:
    part: Part = Text("a")
    assert not needs_files(part)


def test_a_text_stands_below_its_documents_name() -> None:
    assert titled(Document(name="a.txt"), "x") == "a.txt:\nx"
    assert titled(Document(), "x") == "x"
