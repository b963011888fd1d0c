"""What the workers print ahead: at the closing, once, found by who asks, and never given when it is stale."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from copy import copy
from dataclasses import fields, replace
from xml.etree import ElementTree

import pytest
import weasyprint
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from butrt.base.documents import kept, known, render
from butrt.base.documents.kept import forget_printed, keeping
from jury.documents.batches import services as batches
from jury.documents.issued import is_ahead
from jury.documents.kinds import KINDS, MINUTES, TRANSCRIPT, WHOLE_SESSION
from jury.documents.known import known_letter, known_transcript
from jury.documents.letters.document import Making
from jury.documents.letters.versions import Texts, save_text
from jury.documents.minutes.document import known_minutes
from jury.documents.preparing.ready import ready
from jury.documents.preparing.tasks import prepare_some, prepare_version, source_of
from jury.documents.source import DocumentSource
from jury.models import Issued, LetterText, Minutes
from jury.sittings.corrections.services import open_correction
from tests.jury.life import adopt, close, decide, fresh, open_jury
from tests.jury.world import World, all_at, make_world
from tests.queue import IN_DATABASE, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprinted")]
NAMES = ("ABEL", "BRUN", "CAMUS")


@pytest.fixture(autouse=True)
def _ahead(settings, tmp_path) -> None:
    settings.BUTRT_PREPARE, settings.DATA_DIR = True, tmp_path
    source_of.cache_clear()


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch, unprinted: None) -> list[str]:
    """The titles of the documents that are printed, in order."""
    titles, printed = [], render._printed

    def noted(html: str, **how):
        titles.append(how["title"])
        return printed(html, **how)

    noted.function = noted
    monkeypatch.setattr(render, "_printed", noted)
    return titles


def closed() -> World:
    world = make_world({"ABEL": all_at("12"), "BRUN": all_at("9"), "CAMUS": all_at("12")})
    open_jury(world)
    decide(world, "BRUN", "RED", motive="Les bases manquent.")
    adopt(world)
    close(world)
    world.session = fresh(world)
    return world


def test_closing_prints_the_pv_then_the_documents_and_who_asks_finds_them(client: Client, laid_out):
    world = closed()
    prepared = list(laid_out)
    laid_out.clear()
    client.force_login(world.president)
    after = client.get(reverse("jury:after", args=[world.session.pk])).content.decode()
    together = client.get(reverse("jury:batches", args=[world.session.pk])).content.decode()
    pv = client.get(reverse("jury:minutes_pdf", args=[world.session.pk, 1]))
    batch = batches.start(session=world.session, kinds=["releve"], form="zip", by=world.president)
    page = client.get(reverse("jury:batch_file", args=[world.session.pk, batch.pk]))

    assert [title.split(",")[0] for title in prepared].count("Relevé de notes") == len(NAMES)
    assert Counter(Issued.objects.values_list("kind", flat=True))["notification"] == len(NAMES)
    assert "3 prêts sur 3" in after
    assert "prêt à signer" in after
    assert "Relevés de notes (3 prêts sur 3)" in together
    assert pv.content.startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(page.content)) as archive:
        assert len(archive.namelist()) == len(NAMES)
    assert laid_out == []
    assert not Issued.objects.filter(kind="releve").exclude(by=world.president).exists()


def test_the_pv_is_ready_first_then_what_is_sent_the_attestations_last(settings, laid_out):
    """Of two juries closed together too: here, of one told twice."""
    settings.TASKS = IN_DATABASE
    world = closed()
    prepare_version.enqueue(Minutes.objects.get().pk)
    work(2)
    pv = list(laid_out)
    queued = [task.args_kwargs["args"][1] for task in DBTaskResult.objects.ready()]
    work()
    sent = 2 * len(NAMES)

    assert [title.partition(",")[0] for title in pv] == ["Procès-verbal"]
    assert queued == [*["releve", "notification"] * 2, *["reussite", "ue"] * 2]
    assert {title.partition(",")[0] for title in laid_out[1 : 1 + len(NAMES)]} == {"Relevé de notes"}
    assert not any("ttestation" in title for title in laid_out[: 1 + sent])
    assert ready(list(world.session.minutes.all()))["releve"] == len(NAMES)


def test_ready_is_what_the_files_say(client: Client, monkeypatch, tmp_path):
    """Neither what was forgotten since, nor what another edition of the site printed."""
    world = closed()
    client.force_login(world.president)

    def told() -> tuple[str, str]:
        """What the page after the jury and the one of documents made together say."""
        names = ("jury:after", "jury:batches")
        pages = [client.get(reverse(name, args=[world.session.pk])) for name in names]
        return tuple(page.content.decode() for page in pages)

    after, together = told()
    assert "3 prêts sur 3" in after
    assert "prêt à signer" in after
    assert "Relevés de notes (3 prêts sur 3)" in together

    with monkeypatch.context() as upgraded:
        upgraded.setattr(kept, "edition", lambda: "demain")
        assert not any("prêt" in page for page in told())
    number = world.student("BRUN").number
    pdf = TRANSCRIPT.give_out(DocumentSource.of(world.session, by=world.president), number)
    for file in (tmp_path / "imprimes").iterdir():
        if pdf in file.read_bytes():
            file.unlink()
    after, together = told()
    assert "2 prêts sur 3" in after
    assert "Relevés de notes (2 prêts sur 3)" in together
    forget_printed()
    assert not any("prêt" in page for page in told())


def test_what_is_done_twice_or_asked_meanwhile_is_printed_once(laid_out):
    world = closed()
    minutes = Minutes.objects.get()
    many = len(laid_out)
    prepare_version.enqueue(minutes.pk)
    with keeping():
        MINUTES.give_out(DocumentSource.of(world.session, by=world.president), WHOLE_SESSION)

    assert len(laid_out) == len(set(laid_out)) == many


def test_a_document_asked_for_before_its_turn_is_found_by_the_worker(settings, laid_out):
    settings.BUTRT_PREPARE = False
    world = closed()
    number = world.student("BRUN").number
    TRANSCRIPT.give_out(DocumentSource.of(world.session, by=world.president), number)
    prepare_some.enqueue(Minutes.objects.get().pk, "releve", [number])

    assert len(laid_out) == 1
    assert Issued.objects.get(kind="releve").by == world.president


def test_a_correction_prepares_what_it_changes(laid_out, client: Client):
    world = closed()
    laid_out.clear()
    session = fresh(world)
    open_correction(session=session, motive="Erreur de lecture.", marks=False, by=world.president)
    decide(world, "BRUN", "PAS1NCI", motive="Erreur de lecture du jury.")
    close(world)
    client.force_login(world.president)
    after = client.get(reverse("jury:after", args=[session.pk])).content.decode()
    together = client.get(reverse("jury:batches", args=[session.pk])).content.decode()

    assert [title.partition(", ")[0].split(" du ")[0] for title in laid_out] == [
        "Relevé de notes",
        "Décision",
        "Procès-verbal",
    ]
    assert all("BRUN Camille" in title for title in laid_out[:2])
    assert "3 prêts sur 3" in after
    assert "Relevés de notes (3 prêts sur 3)" in together


def test_a_letter_prepared_in_words_changed_since_is_made_again_the_day_it_is_given(laid_out):
    world = closed()
    number, department = world.student("ABEL").number, world.session.department
    before = Issued.objects.get(kind="notification", student__number=number)
    assert is_ahead(before, before.minutes)
    text = Texts.of(department).text(LetterText.Kind.NOTIFICATION)
    save_text(
        department=department,
        kind=text.kind,
        title=text.title,
        body=f"{text.body}\n\nLe secrétariat est ouvert le matin.",
        by=world.president,
    )
    laid_out.clear()
    pdf = KINDS["notification"].give_out(DocumentSource.of(world.session, by=world.president), number)
    transcript = TRANSCRIPT.give_out(DocumentSource.of(world.session, by=world.president), number)
    given = Issued.objects.get(kind="notification", student__number=number)

    assert "Le secrétariat est ouvert le matin." in pdf.decode()
    assert (given.token, given.by, given.at > before.at) == (before.token, world.president, True)
    assert given.printed.count() == 1  # of the file prepared, which nobody has, nothing is left
    assert len(laid_out) == 1
    assert transcript


def test_whatever_a_document_says_is_in_its_key(settings, monkeypatch):
    """A stale document is never found: each thing that it is printed from gives another key."""
    world = closed()
    minutes, case = Minutes.objects.get(), DocumentSource.of(world.session).case(world.student("ABEL").number)
    texts = Texts.of(world.session.department)
    making = Making(
        minutes=minutes,
        text=texts.text(LetterText.Kind.NOTIFICATION),
        remedies=texts.text(LetterText.Kind.REMEDIES),
        head=texts.head(),
        at=minutes.created_at,
        code="X",
    )

    def but(thing, **changed):
        other = copy(thing)
        for name, value in changed.items():
            setattr(other, name, value)
        return other

    others = {
        "minutes": but(minutes, fingerprint="0"),
        "text": but(making.text, body="Autre"),
        "remedies": but(making.remedies, title="Autre"),
        "head": but(making.head, court="le tribunal d’ailleurs"),
        "at": timezone.now(),
        "address": ("1 rue du Port",),
        "rncp": "35455",
        "handwriting": b"png",
        "code": "Y",
    }
    assert set(others) == {field.name for field in fields(Making)}
    letters = [known_letter(case, replace(making, **{name: value})) for name, value in others.items()]
    someone = replace(case, person={**case.person, "birth_place": "Ys"})
    letters += [known_letter(case, making), known_letter(someone, making)]
    transcripts = [
        known_transcript(*said)
        for said in (
            (case, minutes, making.head, "X"),
            (someone, minutes, making.head, "X"),
            (case, others["minutes"], making.head, "X"),
            (case, minutes, others["head"], "X"),
            (case, minutes, making.head, "Y"),
        )
    ]
    pvs = [known_minutes(minutes, "X"), known_minutes(minutes, "Y"), known_minutes(others["minutes"], "X")]
    keys = letters + transcripts + pvs
    settings.BUTRT_PUBLIC_URL = "https://ailleurs.example"
    keys.append(known_minutes(minutes, "X"))
    monkeypatch.setattr(known, "edition", lambda: "demain")
    keys.append(known_minutes(minutes, "X"))

    assert len(keys) == len(set(keys))


def test_any_file_of_ours_is_in_the_edition(settings, tmp_path):
    editions = set()
    settings.BASE_DIR = tmp_path
    for number, folder in enumerate(known.WRITTEN_BY):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file.py").write_text(str(number))
        editions.add(known.edition.__wrapped__())

    assert len(editions) == len(known.WRITTEN_BY)


def test_a_document_found_is_the_one_that_would_be_printed(laid_out):
    """Every document of a jury, found by its key and printed by itself: the same."""
    world = closed()
    source = DocumentSource.of(world.session, by=world.president)
    for kind in KINDS.values():
        for case in kind.students(source):
            with keeping():
                found_kept = kind.printed(source, case.id)[1]
            assert kind.render(source, case.id) == found_kept


def elements(page: ElementTree.Element) -> list[tuple]:
    """What a page holds, in order; the blanks around its body are nothing."""
    around = ("html", "body", "main")
    return [
        (part.tag, part.items(), *((part.text or "", part.tail or "") if part.tag not in around else ()))
        for part in page.iter()
    ]


def test_our_pages_are_read_as_xml_as_any_reader_of_html_reads_them():
    world = closed()
    source = DocumentSource.of(world.session, by=world.president)
    pages = [
        kind.render(source, case.id).decode()[5:] for kind in KINDS.values() for case in kind.students(source)
    ]
    pages.append(MINUTES.render(source, WHOLE_SESSION).decode()[5:])
    for page in pages:
        tree = render._tree(page)
        assert tree is not None
        assert elements(tree) == elements(weasyprint.HTML(string=page).etree_element)


@pytest.mark.parametrize(
    "other",
    [
        "<!doctype html><html><body><table><tr><td>Sans corps</td></tr></table></body></html>",
        "<!doctype html><html><body><p>Un<p>Deux</body></html>",
        "<!doctype html><html><body><p>Un<div>Deux</div></p></body></html>",
        "<html><body><p>Sans type</p></body></html>",
    ],
)
def test_a_page_that_html_reads_otherwise_is_left_to_its_reader(other):
    assert render._tree(other) is None
