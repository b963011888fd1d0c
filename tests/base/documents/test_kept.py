"""What pages print: in another process, so many at once, and once."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from butrt.base.documents import kept, render
from butrt.base.documents import printer as printing
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.render import render_pdf
from butrt.base.outside import PRINTS, Busy, nursery
from butrt.base.outside.middleware import SayBusy, serving
from butrt.base.outside.places import place

PAGE = '<html lang="fr"><h1 id="mark-1">Relevé</h1></html>'
MOMENT = datetime(2025, 7, 5, tzinfo=UTC)


def printed(html: str = PAGE, **how):
    return render_pdf(html, title="x", identifier=b"x", created=MOMENT, anchors="mark-", **how)


def served(act, method: str = "GET"):
    """What `act` gives while a page is answered."""
    found = []

    def view(request: HttpRequest) -> HttpResponse:
        found.append((serving(), act()))
        return HttpResponse()

    SayBusy(view)(RequestFactory().generic(method, "/"))
    return found[0]


def documents(folder: Path) -> int:
    """How many are kept, each a file of two names."""
    return len({file.stat().st_ino for file in folder.iterdir()})


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "imprimes"


def test_a_page_prints_in_another_process_the_bytes_that_a_worker_prints(folder):
    assert not serving()
    here = printed()
    assert not folder.exists()

    assert served(printed) == (True, here)
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}
    assert documents(folder) == 1


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

    assert documents(folder) == 2


def read_by(stylesheet: Path) -> set[Path]:
    """The files that WeasyPrint reads for a stylesheet, itself included."""
    files = {stylesheet}
    for name in re.findall(r"""(?:@import |url\()["']?([^"')]+)["']?""", stylesheet.read_text()):
        file = (stylesheet.parent / name).resolve()
        files |= read_by(file) if file.suffix == ".css" else {file}
    return files


def test_what_any_stylesheet_or_font_draws_is_not_given_after_it_changed(tmp_path, monkeypatch):
    """An upgrade that changes one of them prints again: none that is drawn with stays out of the edition."""
    copy = tmp_path / "static"
    shutil.copytree(render.STATIC, copy, ignore=shutil.ignore_patterns("vendor", "js", "css"))
    monkeypatch.setattr(render, "STATIC", copy)
    monkeypatch.setattr(render, "STYLESHEET", copy / "documents.css")
    drawn = read_by(copy / "documents.css")
    edition = render._edition.__wrapped__
    editions = {edition()}
    for file in drawn:
        file.write_bytes(file.read_bytes() + b"\n")
        editions.add(edition())

    assert len(drawn) > 8
    assert len(editions) == len(drawn) + 1


@pytest.fixture
def no_place() -> Iterator[Callable[[], None]]:
    """Every place to print is taken, until it is called."""
    held = ExitStack()
    for _ in range(settings.BUTRT_PRINTED):
        held.enter_context(place(PRINTS))
    with held:
        yield held.close


def numbered(number: int) -> str:
    return PAGE.replace("Relevé", f"Relevé {number}")


def test_who_does_not_wait_is_told_when_to_ask_again_and_finds_it_printed(no_place, folder, monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE", 0.05)
    told = []
    for number in range(12):
        with pytest.raises(Busy) as busy:
            served(lambda number=number: printed(numbered(number)))
        told.append(busy.value.again)
    answer = SayBusy(HttpResponse).process_exception(RequestFactory().get("/"), busy.value)

    assert (busy.value.page, answer.status_code, answer["Retry-After"]) == (
        "base/outside/printing.html",
        503,
        str(busy.value.again),
    )
    assert told == sorted(told)
    assert told[0] < told[-1]

    no_place()
    monkeypatch.setattr(printing, "PATIENCE", 60)
    served(lambda: printed(numbered(11)))  # the last of the line
    assert documents(folder) == 12
    monkeypatch.setattr(nursery, "ask", None)
    for number in range(12):
        served(lambda number=number: printed(numbered(number)))


def test_few_pages_wait_the_others_are_served(no_place, monkeypatch):
    seats = [printing.printer().seats.acquire(blocking=False) for _ in range(printing.SEATS)]
    monkeypatch.setattr(printing, "PATIENCE", 3600)
    with pytest.raises(Busy):
        served(printed)
    for _ in seats:
        printing.printer().seats.release()


def test_an_act_is_printed_before_what_pages_asked(no_place, monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE", 0)
    order: list[str] = []
    made = printed()

    def make(name: str) -> Callable[[], RenderedPdf]:
        return lambda: (order.append(name), made)[1]

    line = printing.Printer()
    gate = threading.Event()
    with pytest.raises(Busy):
        line.wait_for("held", lambda: (gate.wait(60), made)[1])
    for name in ("page 1", "page 2"):
        with pytest.raises(Busy):
            line.wait_for(name, make(name))
    act = threading.Thread(target=line.print_first, args=("act", make("act")))
    act.start()
    while line.line.qsize() < 3 and act.is_alive():
        time.sleep(0.001)
    gate.set()
    act.join()
    monkeypatch.setattr(printing, "PATIENCE", 5)
    line.wait_for("last", make("last"))

    assert order == ["act", "page 1", "page 2", "last"]


def test_an_act_waits_for_its_document(no_place):
    threading.Timer(0.2, no_place).start()

    assert served(printed, "POST")[1].pages == 1


def test_a_document_that_fails_is_told_to_who_asks_again(monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE", 0)

    def fail() -> RenderedPdf:
        raise ValueError("un dessin sans mots")

    line = printing.Printer()
    with pytest.raises((Busy, ValueError)):
        line.wait_for("x", fail)
    monkeypatch.setattr(printing, "PATIENCE", 5)
    with pytest.raises(ValueError, match="sans mots"):
        line.wait_for("x", fail)


def test_what_is_kept_goes_after_a_week_and_with_a_persons_data(folder):
    served(printed)
    kept.forget_printed(older_than=timedelta(days=7))
    assert documents(folder) == 1

    kept.forget_printed()
    assert list(folder.iterdir()) == []


def test_what_is_printed_while_all_is_forgotten_is_given_and_not_kept(folder, monkeypatch):
    written = kept.json.dumps

    def forgotten_meanwhile(value):
        kept.forget_printed()
        return written(value)

    monkeypatch.setattr(kept.json, "dumps", forgotten_meanwhile)

    assert kept.keep("clé", kept.RenderedPdf(b"%PDF", 1, {})).content == b"%PDF"
    assert not list(folder.iterdir())


def test_what_is_kept_is_known_by_its_digest_until_it_goes_or_the_site_is_another_edition(monkeypatch):
    digest = hashlib.sha256(served(printed)[1].content).hexdigest()
    asked = [digest, "0" * 64]
    assert kept.kept_among(asked) == {digest}

    with monkeypatch.context() as upgraded:
        upgraded.setattr(kept, "edition", lambda: "demain")
        assert kept.kept_among(asked) == set()

    kept.forget_printed()
    assert kept.kept_among(asked) == set()


def test_the_same_document_kept_under_two_keys_is_no_error(folder):
    for key in "ab":
        kept.keep(key, kept.RenderedPdf(b"%PDF", 1, {}))

    assert kept.kept("a") == kept.kept("b")


def test_forgetting_what_another_process_just_forgot_is_no_error(folder, monkeypatch):
    monkeypatch.setattr(kept.Path, "iterdir", lambda folder: iter([folder / "parti"]))

    kept.forget_printed()


def test_two_that_want_the_same_document_print_it_once(folder):
    """A worker prepares it while a page asks for it."""
    made, asked = printed(), []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> RenderedPdf:
        asked.append(1)
        begun.set()
        go_on.wait(60)
        return made

    key = "f" * 64
    first = threading.Thread(target=kept.once, args=(key, make))
    second = threading.Thread(target=kept.once, args=(key, make))
    first.start()
    begun.wait(60)
    second.start()
    go_on.set()
    first.join()
    second.join()

    assert asked == [1]
    assert kept.kept(key) == made


def test_away_from_pages_it_is_kept_where_it_is_said_and_found_alone_where_that_is_said(folder):
    known = "un relevé"

    def page():
        return {"html": PAGE, "title": "x", "identifier": b"x", "created": MOMENT}

    with kept.only_kept(), pytest.raises(kept.NotKept):
        render.render_known(known, page)
    with kept.keeping():
        made = render.render_known(known, page)
    with kept.only_kept():
        assert render.render_known(known, dict) == made
    assert render.render_known("", page) == made
