"""What pages print: in another process, so many at once, and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from butrt.base.documents import kept, render
from butrt.base.documents.render import render_pdf
from butrt.base.outside import PRINTS, Busy, nursery
from butrt.base.outside.middleware import SayBusy, serving
from butrt.base.outside.places import place

PAGE = '<html lang="fr"><h1 id="mark-1">Relevé</h1></html>'
MOMENT = datetime(2025, 7, 5, tzinfo=UTC)


def printed(html: str = PAGE, **how):
    return render_pdf(html, title="x", identifier=b"x", created=MOMENT, anchors="mark-", **how)


def served(act):
    """What `act` gives while a page is answered."""
    found = []

    def view(request: HttpRequest) -> HttpResponse:
        found.append((serving(), act()))
        return HttpResponse()

    SayBusy(view)(RequestFactory().get("/"))
    return found[0]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "imprimes"


def test_a_page_prints_in_another_process_the_bytes_that_a_worker_prints(folder):
    assert not serving()
    here = printed()
    assert not folder.exists()

    assert served(printed) == (True, here)
    assert [file.stat().st_mode & 0o077 for file in folder.iterdir()] == [0]


def test_what_was_printed_is_given_again_without_printing(monkeypatch):
    first = served(printed)
    monkeypatch.setattr(nursery, "ask", None)

    assert served(printed) == first


@pytest.mark.parametrize(
    "other",
    [
        {"html": PAGE.replace("Relevé", "Autre")},
        {"if_longer": PAGE},
        {"attachments": [render.Attached("a.json", b"{}", "Données", MOMENT, "application/json")]},
    ],
)
def test_another_document_is_printed(other, folder):
    served(printed)
    served(lambda: printed(**other))

    assert len(list(folder.iterdir())) == 2


def test_beyond_its_places_a_page_says_that_the_document_is_being_made():
    request = RequestFactory().get("/")
    with PRINTS.waiting:  # somebody of this process waits already
        held = [place(PRINTS) for _ in range(settings.BUTRT_PRINTED)]
        for each in held:
            each.__enter__()
        with pytest.raises(Busy) as busy:
            served(printed)
        for each in held:
            each.__exit__(None, None, None)

    assert busy.value.page == "base/outside/printing.html"
    assert SayBusy(HttpResponse).process_exception(request, busy.value).status_code == 503


def test_what_is_kept_goes_after_a_week_and_with_a_persons_data(folder):
    served(printed)
    kept.forget_printed(older_than=timedelta(days=7))
    assert len(list(folder.iterdir())) == 1

    kept.forget_printed()
    assert list(folder.iterdir()) == []


def test_what_is_printed_while_all_is_forgotten_is_given_and_not_kept(folder, monkeypatch):
    written = kept.json.dumps

    def forgotten_meanwhile(value):
        kept.forget_printed()
        return written(value)

    monkeypatch.setattr(kept.json, "dumps", forgotten_meanwhile)

    assert kept.kept("clé", lambda: kept.RenderedPdf(b"%PDF", 1, {})).content == b"%PDF"
    assert not list(folder.iterdir())


def test_forgetting_what_another_process_just_forgot_is_no_error(folder, monkeypatch):
    monkeypatch.setattr(kept.Path, "iterdir", lambda folder: iter([folder / "parti"]))

    kept.forget_printed()
