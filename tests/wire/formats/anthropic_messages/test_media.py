import base64
from typing import Any

import pytest

from coderouter_cli.domain.conversation import Document, Image, Text
from coderouter_cli.wire.formats.anthropic_messages.media import (
    NO_DOCUMENT,
    document_block,
    document_from,
    image_block,
    image_from,
    is_pdf,
)
from coderouter_cli.wire.media import NO_IMAGE


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"type": "base64", "media_type": "image/png", "data": "A"}, Image("image/png", "A")),
        ({"type": "base64", "data": "A"}, Image("image/png", "A")),
        ({"type": "url", "url": "u"}, Image(url="u")),
        ({"type": "file", "file_id": "f"}, None),
        ({"type": "base64"}, None),
        ("odd", None),
    ],
)
def test_images_are_read(source: Any, expected: Image | None) -> None:
    assert image_from({"type": "image", "source": source}) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"type": "base64", "media_type": "application/pdf", "data": "A"}, Document("application/pdf", "A")),
        ({"type": "base64", "data": "A"}, Document("application/pdf", "A")),
        ({"type": "url", "url": "u"}, Document("application/pdf", url="u")),
        ({"type": "text", "media_type": "text/plain", "data": "é"}, Document("text/plain", b64("é"))),
        ({"type": "content", "content": "é"}, Document("text/plain", b64("é"))),
        (
            {"type": "content", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            Document("text/plain", b64("a\nb")),
        ),
        ({"type": "content", "content": [{"type": "image"}]}, None),
        ({"type": "content"}, None),
        ({"type": "file", "file_id": "f"}, None),
    ],
)
def test_documents_are_read(source: Any, expected: Document | None) -> None:
    assert document_from({"type": "document", "source": source}) == expected


def test_a_documents_title_is_its_name() -> None:
    block = {"source": {"type": "url", "url": "u"}, "title": "T"}
    assert document_from(block) == Document("application/pdf", url="u", name="T")


def test_images_are_written() -> None:
    assert image_block(Image(url="u"), accepted=True) == {
        "type": "image",
        "source": {"type": "url", "url": "u"},
    }
    assert image_block(Image(data="A"), accepted=True)["source"]["media_type"] == "image/png"
    assert image_block(Image(url="u"), accepted=False) == {"type": "text", "text": NO_IMAGE}


@pytest.mark.parametrize(
    ("document", "vendor", "other"),
    [
        (
            Document("text/plain", b64("é"), name="T"),
            {"source": {"type": "text", "media_type": "text/plain", "data": "é"}, "title": "T"},
            "T:\né",
        ),
        (
            Document("text/plain", b64("é")),
            {"source": {"type": "text", "media_type": "text/plain", "data": "é"}},
            "é",
        ),
        (
            Document("text/plain", b64(" ")),
            {"source": {"type": "text", "media_type": "text/plain", "data": " "}},
            NO_DOCUMENT,
        ),
        (
            Document("application/pdf", "A"),
            {"source": {"type": "base64", "media_type": "application/pdf", "data": "A"}},
            NO_DOCUMENT,
        ),
        (Document(url="u"), {"source": {"type": "url", "url": "u"}}, NO_DOCUMENT),
    ],
)
def test_documents_are_written(document: Document, vendor: dict[str, Any], other: str) -> None:
    assert document_block(document, accepted=True) == {"type": "document", **vendor}
    assert document_block(document, accepted=False) == {"type": "text", "text": other}


def test_what_is_a_pdf() -> None:
    text = Document("text/plain", b64("a"))
    assert [is_pdf(part) for part in (Document(url="u"), Document("application/pdf"), text, Text("a"))] == [
        True,
        True,
        False,
        False,
    ]
