"""Several documents in one: every page, its tags and its place; what is not ours is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import weasyprint
from pyhanko.pdf_utils.reader import PdfFileReader

from butrt.base.documents.joining import NotOurs, join
from tests.base.documents.conftest import make_document
from tests.base.documents.tools import text_of

AT = datetime(2025, 7, 8, 15, tzinfo=UTC)
NAMES = ("ABEL (1 0 R)", "BRÉHAT", "ĆOSIĆ")


def joined(documents: list[bytes]) -> bytes:
    return join(zip(NAMES, documents, strict=False), title="Relevés", identifier=b"essai", created=AT)


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    return [make_document(f"<h1>{name}</h1><p>Moyenne de {name}</p>").content for name in NAMES]


def test_every_page_in_order_under_its_name(documents):
    pdf = joined(documents)
    root = PdfFileReader(io.BytesIO(pdf)).root
    titles, line = [], root["/Outlines"].raw_get("/First")
    while line is not None:
        line = line.get_object()
        titles.append(str(line["/Title"]))
        line = line.get("/Next", None)
    told = text_of(pdf)

    assert root["/Pages"]["/Count"] == len(root["/Pages"]["/Kids"]) == 3
    assert titles == list(NAMES)
    assert [name for name in NAMES if f"Moyenne de {name}" in told] == list(NAMES)


def test_each_page_finds_its_own_tags(documents):
    root = PdfFileReader(io.BytesIO(joined(documents))).root
    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    pages = root["/Pages"]["/Kids"]

    assert [page.get_object()["/StructParents"] for page in pages] == [0, 1, 2]
    for page, key in enumerate(numbers[place] for place in range(0, len(numbers), 2)):
        (first, *_) = numbers[2 * page + 1]
        assert key == page
        assert first.get_object().raw_get("/Pg").idnum == pages.raw_get(page).idnum


def test_the_same_documents_give_the_same_bytes(documents):
    assert joined(documents) == joined(documents)


def test_a_signed_document_is_refused(signed, documents):
    with pytest.raises(NotOurs, match="signed"):
        joined([documents[0], signed])


@pytest.mark.parametrize(
    "pdf",
    [
        pytest.param(b"%PDF-1.7 nothing", id="no table"),
        pytest.param(weasyprint.HTML(string="<p>Sans balises").write_pdf(), id="untagged"),
    ],
)
def test_what_is_not_ours_is_refused(pdf):
    with pytest.raises(NotOurs):
        joined([pdf])
