"""Inline images and documents."""

import pytest

from coderouter_cli.domain.conversation import Document, Image
from coderouter_cli.wire.dataurls import document_of, file_fields, image_at, image_url, split_data_url


@pytest.mark.parametrize(
    ("url", "split"),
    [
        ("data:image/png;base64,AAAA", ("image/png", "AAAA")),
        ("data:image/svg+xml;charset=utf-8;base64,AAAA", ("image/svg+xml", "AAAA")),
        ("data:text/plain,hello", None),
        ("https://example.org/a,b", None),
        ("data:image/png;base64", None),
        ("", None),
    ],
)
def test_data_urls(url: str, split: tuple[str, str] | None) -> None:
    assert split_data_url(url) == split


@pytest.mark.parametrize(
    "image", [Image("image/png", "AAAA", detail="high"), Image(url="https://example.org/a.png")]
)
def test_an_image_comes_back(image: Image) -> None:
    assert image_at(image_url(image), image.detail) == image


def test_an_image_without_a_type_is_a_png() -> None:
    assert image_url(Image(data="AAAA")) == "data:image/png;base64,AAAA"
    assert image_url(Image()) == ""


def test_a_document_comes_back() -> None:
    document = Document("text/csv", "AAAA", name="a.csv")
    fields = file_fields(document)
    assert fields == {"filename": "a.csv", "file_data": "data:text/csv;base64,AAAA"}
    assert document_of(fields["file_data"], fields["filename"]) == document


def test_bare_base64_is_a_pdf() -> None:
    assert document_of("AAAA", None) == Document("application/pdf", "AAAA")
    assert file_fields(Document(data="AAAA"))["filename"] == "document.pdf"
