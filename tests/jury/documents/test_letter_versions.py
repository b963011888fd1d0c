"""A department's words over time: each save a version, each document the words of its day; the pages."""

import datetime
import io
import zlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from butrt.base.journal.models import Entry
from jury.documents.kinds import KINDS, NOTIFICATION
from jury.documents.letters.logo import HEIGHT, LARGEST_FILE, WIDTH, read_logo
from jury.documents.letters.versions import HEAD_FIELDS, Texts, save_head, save_text, shipped
from jury.documents.source import DocumentSource
from jury.models import Handwriting, Issued, Letterhead, LetterText, MinutesRevision, Session
from jury.sittings import services
from tests.factories import make_department, make_user
from tests.jury.documents.test_minutes_document import text_of
from tests.jury.world import ENTERED, all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db
BODY = "Chère {prénom},\n\n{décision}\n\n{raisons}\n\n{suite}\n\n{recours}"
WRITTEN = {"title": "Votre résultat", "body": BODY}


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def secretary(department):
    return make_user("secretariat", department=department, first_name="Corinne", last_name="Pichavant")


@pytest.fixture(scope="module")
def closed_once(once: Callable[[Callable], Any]):
    return once(make_closed)


@pytest.fixture
def closed(db, closed_once):
    return deepcopy(closed_once)


def make_closed():
    """A closed jury of two, its secretary."""
    world = make_world({"DUPONT": all_at("14"), "MARTIN": all_at("12")})
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=world.session, by=world.president, expected=2)
    services.close(session=world.session, by=world.president)
    world.session = Session.objects.with_programme().get(pk=world.session.pk)
    world.secretary = make_user("secretariat", department=world.session.department)
    return world


def number(world, name="DUPONT") -> str:
    return world.student(name).number


def read(client, world, kind="notification", name="DUPONT") -> str:
    """What a document says to the secretariat."""
    client.force_login(world.secretary)
    answer = client.get(reverse("jury:student_pdf", args=[world.session.pk, kind, number(world, name)]))
    assert answer.status_code == 200, answer.status_code
    return text_of(answer.content)


def write(department, by, **words) -> LetterText:
    return save_text(department=department, kind="notification", by=by, **WRITTEN | words)


# ---------- versions ----------


def test_a_department_begins_with_the_words_that_come_with_butrt(department):
    found = Texts.of(department)

    assert {
        text.kind: (text.version, text.author, text.body) for text in map(found.text, LetterText.Kind.values)
    } == {kind: (1, None, text["body"]) for kind, text in shipped().items()}
    assert (found.head().institute, found.head().unit) == (
        "IUT de Valbrume",
        "Département Réseaux et Télécommunications",
    )
    Texts.of(department)
    assert LetterText.objects.filter(department=department).count() == len(shipped())


def test_words_that_change_in_butrt_reach_who_wrote_none(department, secretary):
    write(department, secretary)
    LetterText.objects.filter(kind="reussite").update(body="Ce que butrt livrait avant : {identité}.")
    found = Texts.of(department)

    assert [(text.version, text.author) for text in found.texts["reussite"]] == [(1, None), (2, None)]
    assert found.text("reussite").body == shipped()["reussite"]["body"]
    assert found.text("notification").body == BODY
    assert Texts.of(department).text("reussite").version == 2


def test_a_department_that_wrote_its_own_is_shown_what_changed(client, department, secretary):
    client.force_login(secretary)
    write(department, secretary)
    assert "voir le texte livré" not in client.get(address(department, "notification")).content.decode()

    LetterText.objects.filter(kind="notification", version=1).update(body="Avant.")
    assert "voir le texte livré" in client.get(address(department, "notification")).content.decode()
    shown = client.get(address(department, "notification"), {"version": "livree"})
    assert shown.context["form"]["body"].value() == shipped()["notification"]["body"]


def test_a_save_is_a_version_of_its_author_and_is_journaled(department, secretary):
    saved = write(department, secretary)

    assert (saved.version, saved.author, saved.body) == (2, secretary, BODY)
    assert [text.version for text in Texts.of(department).texts["notification"]] == [1, 2]
    entry = Entry.objects.get(act="letters.text")
    assert (entry.by, entry.about, entry.details) == (
        secretary,
        "Notification de décision, version 2",
        {"version": 2},
    )


def test_saving_the_same_words_makes_no_version(department, secretary):
    first = write(department, secretary)

    assert write(department, secretary, body=f"  {BODY}\r\n") == first


def test_an_earlier_version_is_taken_up_as_a_new_one(department, secretary):
    first = Texts.of(department).text("notification")
    write(department, secretary)
    again = write(department, secretary, title=first.title, body=first.body)

    assert (again.version, again.title, again.body) == (3, first.title, first.body)


def test_a_text_that_cannot_be_kept_is_refused_and_nothing_is_written(department, secretary):
    with pytest.raises(ValidationError) as refused:
        write(department, secretary, body="Bonjour {a.__class__}\n\n" + BODY)

    assert refused.value.messages == ["Ligne 1 : {a.__class__} n’est pas un champ. Voir la liste des champs."]
    assert Texts.of(department).text("notification").version == 1


def test_two_departments_write_their_own(secretary, department):
    other = make_department()
    write(department, secretary)

    assert Texts.of(other).text("notification").version == 1


def test_the_words_in_force_at_a_moment(department, secretary):
    before = Texts.of(department).text("notification").at
    second = write(department, secretary)
    found = Texts.of(department)

    assert found.text("notification", before).version == 1
    assert found.text("notification", second.at).version == 2
    assert found.text("notification", before - datetime.timedelta(days=900)).version == 1


def test_a_letterhead_is_versioned_too(department, secretary):
    first = Texts.of(department).head()
    head = Letterhead(department=department, **{name: getattr(first, name) for name in HEAD_FIELDS})
    head.signatory, head.quality = "Paul Doyen", "le directeur de l’IUT"
    saved = save_head(head=head, by=secretary)

    assert (saved.version, Texts.of(department).head().signatory) == (2, "Paul Doyen")
    assert Letterhead.objects.get(department=department, version=1).signatory == ""


# ---------- a document keeps its words ----------


def test_the_letter_of_last_year_prints_the_same(client, closed):
    client.force_login(closed.secretary)
    address = reverse("jury:student_pdf", args=[closed.session.pk, "notification", number(closed)])
    first = client.get(address).content
    write(closed.session.department, closed.secretary)

    assert client.get(address).content == first
    assert "Chère Camille," in read(client, closed, name="MARTIN")


def test_a_letter_made_again_takes_the_words_in_force_and_keeps_its_code(client, closed):
    assert "Chère" not in read(client, closed)
    code = Issued.objects.get(kind="notification").token
    write(closed.session.department, closed.secretary)
    page = reverse("jury:student_documents", args=[closed.session.pk, number(closed)])
    assert "textes changés depuis" in client.get(page).content.decode()

    answer = client.post(
        reverse("jury:renew", args=[closed.session.pk, "notification", number(closed)]), follow=True
    )
    assert "refaite avec les textes en vigueur" in answer.content.decode()
    assert "textes changés depuis" not in answer.content.decode()
    assert "Chère Camille," in read(client, closed)
    assert Issued.objects.get(kind="notification").token == code
    assert Entry.objects.get(act="document.renew").details["document"] == code


def test_a_transcript_is_not_made_again(client, closed):
    client.force_login(closed.secretary)
    answer = client.post(reverse("jury:renew", args=[closed.session.pk, "releve", number(closed)]))

    assert answer.status_code == 404


def test_every_letter_bears_its_code_and_where_to_check_it(client, closed):
    for kind in ("notification", "reussite", "ue"):
        told = read(client, closed, kind)
        assert Issued.objects.get(kind=kind).token in told
        assert "Vérifier ce document :" in told


def test_many_letters_take_as_many_queries_as_two(closed, django_assert_max_num_queries):
    source = DocumentSource.of(closed.session)
    source.issue_all("notification", [case.id for case in source.proceedings.cases])
    first, second = source.proceedings.cases
    NOTIFICATION.render(source, first.id)
    with django_assert_max_num_queries(0):
        NOTIFICATION.render(source, second.id)


# ---------- who reads, who is entitled ----------


def test_who_read_a_document_is_journaled(client, closed):
    read(client, closed, "releve")

    entry = Entry.objects.get(act="document.read")
    assert (entry.by, entry.about) == (
        closed.secretary,
        f"Relevé de notes, DUPONT Camille, {closed.session}",
    )
    assert entry.details == {
        "student": number(closed),
        "document": Issued.objects.get(kind="releve").token,
        "version": 1,
        "through": "page",
    }


def test_the_page_of_a_student_says_what_is_given_and_why_not(client, closed, django_assert_max_num_queries):
    client.force_login(closed.secretary)
    with django_assert_max_num_queries(20):
        text = client.get(
            reverse("jury:student_documents", args=[closed.session.pk, number(closed)])
        ).content.decode()

    for kind in KINDS.values():
        assert (kind.name in text) == (kind.concerns is not None)
    assert "Le programme enregistré n’a pas tous les semestres du DUT." in text
    assert reverse("jury:student_pdf", args=[closed.session.pk, "dut", number(closed)]) not in text
    assert reverse("jury:student_pdf", args=[closed.session.pk, "reussite", number(closed)]) in text


def test_a_document_that_one_is_not_entitled_to_does_not_exist(client, closed):
    client.force_login(closed.secretary)
    answer = client.get(reverse("jury:student_pdf", args=[closed.session.pk, "dut", number(closed)]))

    assert answer.status_code == 404


def test_no_letter_before_the_closing(client):
    world = make_world({"DUPONT": all_at("14")})
    client.force_login(world.president)
    page = reverse("jury:student_documents", args=[world.session.pk, number(world)])

    assert (
        client.get(
            reverse("jury:student_pdf", args=[world.session.pk, "notification", number(world)])
        ).status_code
        == 404
    )
    assert client.get(page).status_code == 302


def test_a_student_reads_the_notification_once_the_pv_is_signed_and_no_attestation(client, closed):
    student = closed.student("DUPONT")
    student.account = make_user("student", department=closed.session.department)
    student.save()
    client.force_login(student.account)

    def ask(kind: str) -> int:
        return client.get(reverse("own:document", args=[closed.session.pk, kind])).status_code

    assert [ask("notification"), ask("releve")] == [404, 404]
    minutes = closed.session.minutes.get()
    MinutesRevision.objects.create(
        minutes=minutes, step=2, label="cachet", at=ENTERED, pdf=b"", sha256="0" * 64
    )
    assert [ask("notification"), ask("releve"), ask("ue"), ask("pv"), ask("rien")] == [
        200,
        200,
        404,
        404,
        404,
    ]
    assert Entry.objects.filter(act="document.read", by=student.account).count() == 2


# ---------- the pages ----------


def address(department, kind="notification", name="text") -> str:
    return reverse(f"letters:{name}", args=[department.pk, kind])


def test_the_secretariat_writes_a_version(client, department, secretary):
    client.force_login(secretary)
    page = address(department)
    answer = client.post(page, WRITTEN | shown(client, page), follow=True)

    assert "Notification de décision, version 2 : en vigueur." in answer.content.decode()
    assert Texts.of(department).text("notification").body == BODY


def test_what_was_typed_stays_when_it_is_refused(client, department, secretary):
    client.force_login(secretary)
    typed = BODY + "\n\nMon {mistère} & <b>"
    answer = client.post(address(department), {"title": "Titre à moi", "body": typed})
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "Ligne 11 : {mistère} n’est pas un champ." in text
    assert "Mon {mistère} &amp; &lt;b&gt;" in text
    assert "Titre à moi" in text
    assert Texts.of(department).text("notification").version == 1


def test_an_earlier_version_can_be_seen(client, department, secretary):
    write(department, secretary)
    client.force_login(secretary)

    assert "Chère {prénom}" in client.get(address(department)).content.decode()
    earlier = client.get(address(department) + "?version=1").content.decode()
    assert "a pris à votre égard la décision suivante" in earlier
    assert client.get(address(department) + "?version=9").status_code == 404
    assert client.get(address(department, "roman")).status_code == 404


def test_the_preview_shows_what_is_typed_and_keeps_nothing(client, department, secretary):
    client.force_login(secretary)
    answer = client.post(address(department, name="preview"), WRITTEN | {"example": "ines"})

    assert "Chère Inès," in answer.content.decode()
    assert "Vous êtes admise : votre deuxième année est validée" in answer.content.decode()
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"].split("; ")  # in no order of its own
    assert "frame-ancestors 'self'" in [directive.rstrip(";") for directive in policy]
    assert LetterText.objects.filter(department=department, kind="notification").count() == 1


def test_the_preview_keeps_markup_as_text(client, department, secretary):
    client.force_login(secretary)
    answer = client.post(
        address(department, name="preview"),
        {"title": "<script>alert(1)</script>", "body": BODY + "\n\n<b>gras</b>"},
    ).content.decode()

    assert "<script>" not in answer
    assert "&lt;b&gt;gras&lt;/b&gt;" in answer


def test_the_preview_says_what_is_refused(client, department, secretary):
    client.force_login(secretary)
    answer = client.post(address(department, name="preview"), {"title": "x", "body": "{oups}"})

    assert "Ligne 1 : {oups} n’est pas un champ." in answer.content.decode()


@pytest.mark.parametrize("kind", [*LetterText.Kind.values, "en-tete"])
def test_each_preview_exists_as_a_page_and_as_a_pdf(client, department, secretary, kind):
    client.force_login(secretary)
    assert "EXEMPLE" in client.get(address(department, kind, "preview")).content.decode()
    head = Texts.of(department).head()
    posted = {name: getattr(head, name) for name in HEAD_FIELDS} if kind == "en-tete" else shipped()[kind]
    answer = client.post(address(department, kind, "preview"), posted | {"pdf": "1", "example": "sacha"})

    assert answer["Content-Type"] == "application/pdf"
    assert "Données inventées" in text_of(answer.content)


def test_the_list_takes_as_many_queries_with_more_versions(
    client, department, secretary, django_assert_num_queries
):
    client.force_login(secretary)
    client.get(reverse("letters:texts"))
    with django_assert_num_queries(6):
        client.get(reverse("letters:texts"))
    write(department, secretary)
    write(department, secretary, title="Encore")
    with django_assert_num_queries(6):
        client.get(reverse("letters:texts"))


def image(kind="PNG", size=(300, 90), **options) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#5433a8").save(written, kind, **options)
    return written.getvalue()


def test_a_logo_is_sent_kept_and_removed(client, department, secretary):
    client.force_login(secretary)
    head = Texts.of(department).head()
    posted = {name: getattr(head, name) for name in HEAD_FIELDS}
    sent = SimpleUploadedFile("logo.jpg", image("JPEG"), "image/jpeg")
    page = address(department, "en-tete")
    client.post(page, posted | {"image": sent} | shown(client, page))
    kept = bytes(Texts.of(department).head().logo)

    assert kept.startswith(b"\x89PNG")
    assert "data:image/png;base64," in client.get(address(department, name="preview")).content.decode()
    client.post(page, posted | shown(client, page))
    assert Texts.of(department).head().version == 2  # nothing changed, the logo stays
    client.post(page, posted | {"remove_image": "on"} | shown(client, page))
    assert bytes(Texts.of(department).head().logo) == b""


def test_the_transcript_bears_the_letterhead_of_its_day(client, closed):
    assert "Département Réseaux et Télécommunications" in read(client, closed, "releve")
    head = Letterhead(department=closed.session.department, logo=read_logo(image()))
    first = Texts.of(closed.session.department).head()
    for name in HEAD_FIELDS:
        setattr(head, name, getattr(first, name))
    head.unit = "Département rebaptisé"
    save_head(head=head, by=closed.secretary)

    assert "Département rebaptisé" not in read(client, closed, "releve")
    assert "Département rebaptisé" in read(client, closed, "releve", name="MARTIN")


def test_a_letterhead_refused_says_which_field(client, department, secretary):
    client.force_login(secretary)
    head = Texts.of(department).head()
    posted = {name: getattr(head, name) for name in HEAD_FIELDS} | {
        "address": "漢",
        "signatory": "",
        "quality": "x",
    }
    text = client.post(address(department, "en-tete"), posted).content.decode()

    assert "Donner le nom de qui signe, ou laisser la qualité et la délégation vides." in text
    posted["quality"] = ""
    text = client.post(address(department, "en-tete"), posted).content.decode()
    assert "dans les documents, idéogramme 漢 (U+6F22), au début" in text


# ---------- the logo ----------


def test_a_large_logo_is_made_smaller_and_nothing_but_its_pixels_is_kept():
    with_comment = image("JPEG", (4000, 1000), comment=b"secret <script>")
    kept = read_logo(with_comment)

    assert b"secret" not in kept
    assert Image.open(io.BytesIO(kept)).size == (WIDTH, WIDTH // 4)
    assert Image.open(io.BytesIO(read_logo(image("PNG", (10, 4000))))).size[1] <= HEIGHT


def bomb() -> bytes:
    """A PNG of a few kilobytes that announces 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(9000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "doit être une image PNG ou JPEG"),
        (b"%PDF-1.7", "doit être une image PNG ou JPEG"),
        (b"", "doit être une image PNG ou JPEG"),
        (image("GIF"), "doit être une image PNG ou JPEG"),
        (image("PNG")[:120], "ne se lit pas"),
        (bytes(LARGEST_FILE + 1), "dépasse 2\N{NO-BREAK SPACE}Mo"),
        (image("PNG", (5000, 4100)), "5000 × 4100 pixels"),
    ],
)
def test_what_is_no_logo_is_refused(content, said):
    with pytest.raises(ValidationError) as refused:
        read_logo(content)

    assert said in refused.value.messages[0]


def test_a_small_file_that_announces_a_huge_image_is_never_decoded():
    with pytest.raises(ValidationError):
        read_logo(bomb())


# ---------- signatures ----------


def test_a_signature_goes_with_the_letterhead_and_its_signatory(client, department, secretary):
    client.force_login(secretary)
    head = Texts.of(department).head()
    posted = {name: getattr(head, name) for name in HEAD_FIELDS}
    sent = SimpleUploadedFile("signature.png", image("PNG", (300, 90)))
    refused = client.post(address(department, "en-tete"), posted | {"hand": sent})
    assert "Donner le nom de qui signe, ou retirer sa signature." in refused.content.decode()

    sent.seek(0)
    signed = posted | {"signatory": "Paul Doyen", "quality": "le directeur de l’IUT", "hand": sent}
    page = address(department, "en-tete")
    client.post(page, signed | shown(client, page))
    assert Texts.of(department).head().signature[:4] == b"\x89PNG"
    client.post(page, posted | {"remove_hand": "on"} | shown(client, page))
    assert bytes(Texts.of(department).head().signature) == b""


def test_who_presided_signs_with_their_own_hand(client, closed):
    frame = read(client, closed)
    assert "Signature" in frame
    president = closed.session.president
    client.force_login(president)
    page = reverse("letters:handwriting")
    client.post(page, {"image": SimpleUploadedFile("moi.png", image("PNG", (300, 90)))})

    assert Handwriting.objects.get().user == president
    assert "Votre signature" in client.get(page).content.decode()
    assert DocumentSource.of(closed.session).handwriting[:4] == b"\x89PNG"
    client.post(page, {"remove": "1"})
    assert DocumentSource.of(closed.session).handwriting == b""
    assert list(
        Entry.objects.filter(by=president, act__startswith="letters.").values_list("act", flat=True)
    ) == [
        "letters.handwriting",
        "letters.handwriting_removed",
    ]


def test_what_is_no_signature_is_refused_and_said(client, closed):
    client.force_login(closed.session.president)
    page = client.post(reverse("letters:handwriting"), {"image": SimpleUploadedFile("moi.pdf", b"%PDF-1.7")})

    assert "La signature doit être une image PNG ou JPEG" in page.content.decode()
    assert not Handwriting.objects.exists()


# ---------- where the student lives ----------


def test_a_letter_goes_where_the_student_lives_today(client, closed):
    student = closed.student("DUPONT")
    assert "rue des Tanneurs" not in read(client, closed)
    student.address, student.postal_code, student.city = "14 rue des Tanneurs", "00000", "Valbrume"
    student.save()

    assert "14 rue des Tanneurs 00000 Valbrume" in read(client, closed)
