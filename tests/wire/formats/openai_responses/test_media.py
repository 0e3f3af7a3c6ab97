import base64

import pytest

from coderouter_cli.domain.conversation import Document, Image, JsonObject, Text
from coderouter_cli.wire.formats.openai_responses.media import (
    document_from,
    document_part,
    image_from,
    image_part,
    plain_text,
)

TEXT = base64.b64encode("línea".encode()).decode()


@pytest.mark.parametrize(
    "image",
    [
        Image("image/png", "AAAA", detail="high"),
        Image(url="https://example.org/a.png", detail="auto"),
    ],
)
def test_images_come_back(image: Image) -> None:
    assert image_from(image_part(image, accepted=True)) == image


def test_an_image_where_none_is_seen_leaves_a_note() -> None:
    part = image_part(Image("image/png", "AAAA"), accepted=False)
    assert part["type"] == "input_text"
    assert "AAAA" not in part["text"]


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (
            Document("application/pdf", "AAAA", name="a.pdf"),
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
        ),
        (
            Document(data="AAAA"),
            {
                "type": "input_file",
                "filename": "document.pdf",
                "file_data": "data:application/pdf;base64,AAAA",
            },
        ),
        (
            Document(url="https://example.org/a.pdf"),
            {"type": "input_file", "file_url": "https://example.org/a.pdf"},
        ),
        (Document("text/plain", TEXT, name="a.txt"), {"type": "input_text", "text": "a.txt:\nlínea"}),
        (Document("text/plain", TEXT), {"type": "input_text", "text": "línea"}),
        (
            Document("text/plain", "%%%"),
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:text/plain;base64,%%%"},
        ),
    ],
)
def test_documents(document: Document, part: JsonObject) -> None:
    assert document_part(document) == part


def test_a_file_without_a_media_type_is_a_pdf() -> None:
    assert document_from({"file_data": "AAAA"}) == Document("application/pdf", "AAAA")


def test_only_text_is_plain_text() -> None:
    assert plain_text((Text("a"), Text("b"))) == "a\nb"
    assert plain_text(()) == ""
    assert plain_text((Text("a"), Image(url="x"))) is None
