"""Small files made to cost much are refused at once, in French; none is opened by the process that serves."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from butrt.base.documents.pdf_words import printed_text
from butrt.base.documents.signing import SigningRefused, signer_from_pkcs12, unlocked
from butrt.base.documents.verifying import embedded_files, nodes, revisions, verify
from butrt.base.outside import Limits
from butrt.base.spreadsheets import Unreadable, read_xlsx
from curriculum.scodoc.reading import read_formation
from grades.photos import reencode
from jury.documents.archive import open_archive
from jury.documents.letters.logo import read_logo
from jury.documents.verify.reading import TooMuch, read_file
from tests.base.outside import bombs


@pytest.mark.parametrize("make", [bombs.name_tree, bombs.page_tree, bombs.page_cycle, bombs.form_fields])
def test_a_tree_that_is_a_graph_is_left_at_the_first_node_met_twice(make: Callable[[], bytes]):
    """In this process, so that it is the reading itself that ends and not the kernel."""
    pdf, began = make(), time.process_time()

    assert embedded_files(pdf) == {}
    assert printed_text(pdf) == ""
    assert revisions(pdf) == []
    assert not verify(pdf, trust_roots=()).intact
    assert time.process_time() - began < 1


def test_a_tree_too_large_is_left():
    with pytest.raises(ValueError, match="too large"):
        list(nodes(*[{}] * 10_002))  # type: ignore[list-item]


@pytest.mark.parametrize("make", [bombs.flate, bombs.drawn_flate])
def test_a_little_that_becomes_400_megabytes_is_refused(make: Callable[[], bytes]):
    with pytest.raises(TooMuch, match="son examen a été arrêté"):
        read_file(make(), roots=[], lists=[], at=None)


def test_a_certificate_that_takes_hours_to_open_is_refused(monkeypatch):
    monkeypatch.setattr(unlocked, "limits", Limits(processor=1, time=2))

    with pytest.raises(SigningRefused, match="son examen a été arrêté"):
        signer_from_pkcs12(bombs.pkcs12_rounds(), "secret")
    assert signer_from_pkcs12(bombs.pkcs12_rounds(2048), "secret")


@pytest.mark.parametrize(
    ("read", "data", "refusal", "message"),
    [
        (reencode, bombs.png(), ValidationError, "La photo dépasse 6000 pixels"),
        (read_logo, bombs.png(), ValidationError, "doit être une image PNG ou JPEG"),
        (read_formation, bombs.LAUGHS, Unreadable, "entités XML"),
        (read_xlsx, bombs.workbook(bombs.LAUGHS), Unreadable, "entités XML"),
    ],
    ids=["photo", "logo", "laughs", "laughs-in-a-workbook"],
)
def test_pictures_and_xml_that_swell_are_refused(read, data, refusal, message):
    with pytest.raises(refusal, match=message):
        read(data)


def test_an_archive_that_unfolds_without_end_is_refused():
    assert open_archive(bombs.zip_bomb()).problems == ("Cette archive est trop grande pour être d’ici.",)
