"""What is changed behind the site is told, by name: each tampering is made in the database, then found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account
from butrt.base.documents.verification_codes import in_fours
from butrt.base.journal.models import Entry, Head
from butrt.base.journal.services import FIRST, record
from grades.accounts import close_account, open_account
from grades.models import Adjustment, Assessment, Enrolment, ExtraRepeat, Mark, MarkChange, Student, Teaching
from grades.people import (
    Grant,
    Points,
    change_enrolment,
    enrol,
    grant_repeat,
    remove_enrolment,
    set_adjustments,
    set_aside,
    withdraw_repeat,
)
from grades.services import Entry as Typed
from grades.services import create_assessment, record_marks
from jury.cases.ledger.elsewhere import Origin, ResultRow, record_results, withdraw_result
from jury.cases.proceedings import Proceedings
from jury.documents.checking import check_all
from jury.documents.checking.journal import unlike_the_journal
from jury.documents.checking.journaled import NOTE, read_journal
from jury.documents.checking.noting import note
from jury.documents.fingerprints import fingerprint
from jury.documents.minutes.document import minutes_page
from jury.models import Act, Adoption, Decision, Freeze, Minutes, MinutesRevision, Result, Session
from jury.sittings import services
from jury.sittings.corrections.services import abandon_correction, open_correction
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_session,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.jury.world import UNITS

# `django_db` said for each: the database is made only when a test says that it needs it.
pytestmark = pytest.mark.django_db
MARKS = {"ARNAUD": "12", "BERTIN": "9", "CARON": "7"}


@dataclass
class Department:
    """S3 closed, its PV signed; S4 in deliberation, with decisions of each fate. All by the services."""

    president: User
    secretary: User
    teacher: User
    director: User
    enrolments: dict[str, Enrolment]
    closed: Session
    open: Session
    minutes: Minutes

    def student(self, name: str) -> Student:
        return self.enrolments[name].student


def read(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


def lead() -> Department:
    row = make_department()
    programme = make_programme(UNITS, parcours=make_parcours(department=row))
    cohort = make_cohort(programme)
    president = make_user("president", department=row, last_name="Vaucresson")
    secretary = make_user("secretariat", department=row, last_name="Abgrall")
    teacher = make_user("teacher", department=row, last_name="Mercier")
    director = make_user("director", department=row, last_name="Lenoir")
    students = {name: make_student(row, last_name=name) for name in MARKS}
    note()  # what the factories made without the services
    enrolments = {
        name: enrol(cohort=cohort, student=student, by=secretary) for name, student in students.items()
    }
    elements = {element.code: element for element in programme.elements.all()}
    teachings = {code: make_teaching(cohort, element, heads=[teacher]) for code, element in elements.items()}
    for teaching in teachings.values():
        made = create_assessment(teaching=teaching, by=teacher, title="Examen", date=date(2025, 3, 4))
        typed = [Typed(made.pk, enrolments[name].pk, mark, 0) for name, mark in MARKS.items()]
        record_marks(teaching=teaching, entries=typed, by=teacher)
    again = Typed(teachings["R31"].assessments.get().pk, enrolments["ARNAUD"].pk, "12,5", 1)
    record_marks(teaching=teachings["R31"], entries=[again], by=teacher)
    change = {"group": None, "company": "", "status": "", "status_since": None, "repeats": {}}
    change_enrolment(
        enrolment=enrolments["CARON"],
        by=secretary,
        dispensed=[],
        unjustified_absences=4,
        justified_absences=2,
        **change,
    )
    unit = programme.units.get(code="UE32")
    set_adjustments(
        enrolment=enrolments["BERTIN"], adjustments={unit: Points(Decimal("0.5"), "Sport")}, by=secretary
    )
    origin = Origin(Result.Source.TRANSFER, "relevé de Lannion", date(2024, 7, 4))
    rows = [ResultRow(1, students["ARNAUD"].number, "2023", "BUT1", "", "ADM")]
    rows += [ResultRow(2, students["BERTIN"].number, "2023", "BUT1", "", "ADM")]
    record_results(department=row, rows=rows, by=secretary, origin=origin)
    withdrawn = Result.objects.from_elsewhere().get(student=students["BERTIN"])
    withdraw_result(result=withdrawn, motive="Erreur de personne.", by=secretary)
    save_account(
        user=User(username="partie", last_name="Partie", is_active=False),
        password="",
        department=row,
        roles=["teacher"],
        by=secretary,
    )
    closed = read(make_session(cohort, president, semester=3, date=date(2025, 2, 5)))
    services.open_deliberation(session=closed, by=president, motive="Essai.")
    services.decide(
        session=read(closed),
        student=students["CARON"],
        kind="unit",
        subject="UE31",
        code="ADJ",
        motive="Tout près.",
        by=president,
    )
    services.adopt(session=read(closed), by=president, expected=len(Proceedings.of(read(closed)).awaiting))
    minutes = services.close(session=read(closed), by=president)
    sign(minutes, president, b"%PDF vide", b"%PDF signe")
    regulation = closed.regulation
    late = read(make_session(cohort, president, semester=4, regulation=regulation))
    services.open_deliberation(session=late, by=president, motive="Essai.")
    services.back_to_preparation(session=read(late), motive="Une note.", by=president)
    services.open_deliberation(session=read(late), by=president, motive="Essai.")
    for code in ("ADJ", ""):
        services.decide(
            session=read(late),
            student=students["CARON"],
            kind="unit",
            subject="UE41",
            code=code,
            motive="Puis non.",
            by=president,
        )
    services.undo(session=read(late), by=president)
    services.adopt(session=read(late), by=president, expected=len(Proceedings.of(read(late)).awaiting))
    return Department(president, secretary, teacher, director, enrolments, read(closed), read(late), minutes)


def sign(minutes: Minutes, by: User, *files: bytes) -> None:
    """Revisions of a PV as its signatures leave them; the files stand for PDF."""
    steps = [
        MinutesRevision(
            minutes=minutes,
            step=step,
            field="sig-president" if step else "",
            label="présidence" if step else "à signer",
            signer=by if step else None,
            at=timezone.now(),
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
        )
        for step, pdf in enumerate(files)
    ]
    MinutesRevision.objects.bulk_create(steps)
    told = {"version": minutes.version, "sha256": [each.sha256 for each in steps]}
    record(act="minutes.sign", about=str(minutes.session), by=by, details=told)


@pytest.fixture(scope="module")
def led(django_db_setup, django_db_blocker) -> Iterator[Department]:
    """Led once; each test works in a transaction of its own, taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield lead()
        transaction.set_rollback(True)


@pytest.fixture
def department(led: Department) -> Iterator[Department]:
    with transaction.atomic():
        yield led
        transaction.set_rollback(True)


def findings() -> list[str]:
    return [sentence for checked in check_all() for sentence in checked.findings]


def test_the_head_goes_with_each_entry():
    record(act="essai", about="1", by=None)
    record(act="essai", about="2", by=None)
    head, last = Head.objects.get(chain=Head.INSTALLATION), Entry.objects.get(about="2")

    count = Entry.objects.filter(department=None).count()
    assert (head.number, head.digest, head.count) == (last.pk, last.digest, count)


# ---------- who rewrites ----------


def rewrite_chain(*, head: bool) -> None:
    """As an attacker who knows the code would: every hash again, numbers kept; the heads too if `head`."""
    ends: dict[int, Entry] = {}
    for entry in Entry.objects.order_by("pk"):
        chain = entry.department_id or Head.INSTALLATION
        entry.previous = ends[chain].digest if chain in ends else FIRST
        entry.digest = entry.computed_digest()
        ends[chain] = entry
        Entry.objects.filter(pk=entry.pk).update(previous=entry.previous, digest=f"*{entry.pk}")
        Entry.objects.filter(pk=entry.pk).update(digest=entry.digest)
    for kept in Head.objects.all() if head else ():
        last = ends.get(kept.chain)
        kept.number, kept.digest = (last.pk, last.digest) if last else (0, FIRST)
        kept.count = Entry.objects.filter(department=kept.chain or None).count()
        kept.save()


def drop_last(department: Department, number: int = 1) -> None:
    keys = Entry.objects.order_by("-pk").values_list("pk", flat=True)[:number]
    Entry.objects.filter(pk__in=list(keys)).delete()


def drop_all(department: Department, *, head: bool = False) -> None:
    Entry.objects.all().delete()
    if head:
        rewrite_chain(head=True)


def rename_in_journal(department: Department, *, head: bool) -> None:
    """One entry says otherwise, before the PV was made, and the chain is computed again."""
    entry = Entry.objects.filter(act="marks.record").first()
    entry.details["marks"][0]["after"] = "19"
    entry.save()
    rewrite_chain(head=head)


def mark(department: Department, name: str = "CARON", element: str = "R31") -> Mark:
    return Mark.objects.get(
        enrolment=department.enrolments[name], assessment__teaching__element__code=element
    )


def raise_mark(department: Department, *, history: bool = False) -> None:
    found = mark(department)
    Mark.objects.filter(pk=found.pk).update(value="15")
    if history:
        MarkChange.objects.filter(mark=found).update(value="15")


def forget_correction(department: Department) -> None:
    """ARNAUD's 12,5 is 12 again, as if nobody had corrected it."""
    found = mark(department, "ARNAUD")
    MarkChange.objects.filter(mark=found, version=2).delete()
    Mark.objects.filter(pk=found.pk).update(value="12", version=1)


def remove_mark(department: Department) -> None:
    found = mark(department)
    MarkChange.objects.filter(mark=found).delete()
    found.delete()


def add_mark(department: Department, *, history: bool) -> None:
    remove = mark(department)
    other = Assessment.objects.create(teaching=remove.assessment.teaching, title="Ajout")
    added = Mark.objects.create(
        assessment=other,
        enrolment=remove.enrolment,
        value="20",
        entered_by=department.teacher,
        entered_at=timezone.now(),
    )
    if history:
        MarkChange.objects.create(
            mark=added, version=1, value="20", by=department.teacher, at=timezone.now(), origin="screen"
        )


def raise_decision(department: Department, session: Session, **change: object) -> None:
    Decision.objects.filter(session=session, current=True).exclude(code="").update(**change)


def add_decision(department: Department, session: Session) -> None:
    Decision.objects.create(
        session=session,
        student=department.student("BERTIN"),
        kind="rcue",
        subject="RT1/2",
        code="ADJ",
        motive="Glissée.",
        author=department.president,
        at=timezone.now(),
    )


def forge_minutes(department: Department, *, whole: bool) -> None:
    """The PV says otherwise; with its fingerprint if `whole`."""
    content = department.minutes.content
    content = content | {"session": content["session"] | {"place": "ailleurs"}}
    change = {"content": content} | ({"fingerprint": fingerprint(content)} if whole else {})
    Minutes.objects.filter(pk=department.minutes.pk).update(**change)


def forge_signed(department: Department, *, whole: bool) -> None:
    change = {"pdf": b"%PDF autre"} | ({"sha256": hashlib.sha256(b"%PDF autre").hexdigest()} if whole else {})
    MinutesRevision.objects.filter(step=1).update(**change)


def forge_figures(session: Session) -> None:
    snapshot = Session.objects.whole().get(pk=session.pk).snapshot
    carried = snapshot["context"]["students"]
    number = next(number for number, person in carried.items() if person["last_name"] == "CARON")
    carried[number]["status"] = "DEM"
    Session.objects.filter(pk=session.pk).update(snapshot=snapshot)


def add_diploma(department: Department) -> None:
    Result.objects.create(
        student=department.student("CARON"),
        kind="diploma",
        subject="DUT",
        source="jury",
        session=department.closed,
        school_year=2024,
    )


def result(department: Department, name: str, subject: str) -> object:
    return Result.objects.filter(session=department.closed, student=department.student(name), subject=subject)


D = Department


def granted(department: Department) -> ExtraRepeat:
    """A repeat of S3 for CARON, as the director of studies records it."""
    grant = Grant(3, date(2025, 1, 15), "Mme Roy, directrice", "Maladie longue", "Lettre du 15 janvier")
    return grant_repeat(enrolment=department.enrolments["CARON"], grant=grant, by=department.director)


def corrected(department: Department) -> Minutes:
    """A second version of the PV of S3, which changes CARON."""
    open_correction(session=read(department.closed), motive="UE32.", marks=False, by=department.president)
    services.decide(
        session=read(department.closed),
        student=department.student("CARON"),
        kind="unit",
        subject="UE32",
        code="ADJ",
        motive="De même.",
        by=department.president,
    )
    return services.close(session=read(department.closed), by=department.president)


TAMPERINGS: dict[str, tuple[Callable[[Department], object], tuple[str, ...]]] = {
    # ---------- the journal ----------
    "the last entry deleted": (drop_last, ("Le journal (", "1 a été effacée")),
    "the last three deleted, and the head put back": (
        lambda d: (drop_last(d, 3), rewrite_chain(head=True)),
        # What they told is still in the database.
        ("acceptation", "le journal n’en dit rien"),
    ),
    "all entries deleted": (drop_all, (") a 0 entrées, il en avait ",)),
    "all entries deleted, and the head put back": (
        lambda d: drop_all(d, head=True),
        ("du journal, que dit ce PV, n’y est plus",),
    ),
    "the head deleted with them": (
        lambda d: (drop_all(d), Head.objects.all().delete()),
        ("du journal, que dit ce PV, n’y est plus",),
    ),
    "an entry changed": (
        lambda d: Entry.objects.filter(act="jury.decide").update(about="autre"),
        ("elle a été modifiée",),
    ),
    "an entry deleted in the middle": (
        lambda d: Entry.objects.filter(act="marks.record").first().delete(),
        ("celle qui la précède n’est plus la même",),
    ),
    "the chain computed again": (
        lambda d: rename_in_journal(d, head=False),
        ("le journal a été récrit",),
    ),
    "the chain computed again, with its head": (
        lambda d: rename_in_journal(d, head=True),
        ("n’est plus celle que dit ce PV", "PV Jury S3"),
    ),
    "an entry added": (
        lambda d: (
            Entry.objects.create(
                at=timezone.now(),
                by=d.teacher,
                act="marks.record",
                about="ajout",
                department=d.closed.department,
                previous=read_journal().last[d.closed.department.pk].digest,
                digest="a" * 64,
            ),
        ),
        ("1 de trop",),
    ),
    # ---------- the marks ----------
    "a mark raised": (raise_mark, ("CARON", "R31, Examen", "la note est 15, son historique dit 7")),
    "a mark raised with its history": (
        lambda d: raise_mark(d, history=True),
        ("CARON", "R31, Examen", "version 1 : l’historique dit 15, le journal 7"),
    ),
    "a correction forgotten": (
        forget_correction,
        ("ARNAUD", "R31, Examen", "le journal dit 12,5, l’historique a perdu cette ligne"),
    ),
    "a mark erased with its history": (
        remove_mark,
        ("CARON", "R31, Examen", "le journal dit 7, l’historique a perdu"),
    ),
    "a mark slipped in": (lambda d: add_mark(d, history=False), ("CARON", "Ajout", "20, sans historique")),
    "a mark slipped in with a history": (
        lambda d: add_mark(d, history=True),
        ("CARON", "Ajout", "l’historique dit 20, le journal n’en dit rien"),
    ),
    "a mark said to be another's": (
        lambda d: Mark.objects.filter(pk=mark(d).pk).update(entered_by=d.director),
        ("CARON", "R31", "n’est pas au nom de qui l’a saisie"),
    ),
    "a history said to be another's": (
        lambda d: (
            Mark.objects.filter(pk=mark(d).pk).update(entered_by=d.director),
            MarkChange.objects.filter(mark=mark(d)).update(by=d.director),
        ),
        ("CARON", "R31", "l’auteur de la note n’est pas celui que dit le journal"),
    ),
    "a coefficient changed": (
        lambda d: Assessment.objects.filter(teaching__element__code="R31").update(coefficient=9),
        ("R31, Examen", "coefficient : la base dit 9, le journal 1"),
    ),
    "a maximum lowered": (
        lambda d: Assessment.objects.filter(teaching__element__code="R31").update(maximum=15),
        ("R31, Examen", "barème : la base dit 15, le journal 20"),
    ),
    # ---------- the year ----------
    "absences erased": (
        lambda d: Enrolment.objects.filter(unjustified_absences=4).update(unjustified_absences=0),
        ("CARON", "absences injustifiées : la base dit 0, le journal 4"),
    ),
    "a situation changed": (
        lambda d: Enrolment.objects.filter(student__last_name="CARON").update(
            status="DEM", status_since=date(2025, 1, 6)
        ),
        ("CARON", "situation : la base dit DEM, le journal rien"),
    ),
    "a UE dispensed": (
        lambda d: d.enrolments["CARON"].dispensed.add(programme_of(d.closed.cohort).units.get(code="UE42")),
        ("CARON", "UE dispensées : la base dit UE42, le journal rien"),
    ),
    "a student slipped in": (
        lambda d: make_enrolment(
            cohort=d.closed.cohort, student=make_student(d.closed.department, last_name="DUVAL")
        ),
        ("Inscription de DUVAL", "le journal n’en dit rien"),
    ),
    "a bonus raised": (
        lambda d: Adjustment.objects.update(points=5),
        ("BERTIN", "bonus ou malus de UE32 : la base dit 5, Sport, le journal 0.5, Sport"),
    ),
    "a bonus erased": (
        lambda d: Adjustment.objects.all().delete(),
        ("BERTIN", "le journal dit un bonus ou malus (UE32 : 0.5, Sport)"),
    ),
    "a bonus slipped in": (
        lambda d: Adjustment.objects.create(
            enrolment=d.enrolments["CARON"],
            unit=programme_of(d.closed.cohort).units.get(code="UE41"),
            points=3,
            reason="Sport",
        ),
        ("CARON", "bonus ou malus (UE41 : 3, Sport) : le journal n’en dit rien"),
    ),
    # ---------- the figures ----------
    "figures changed during the deliberation": (
        lambda d: forge_figures(d.open),
        ("Jury S4", "les chiffres figés ne sont plus ceux que dit le journal"),
    ),
    "figures changed once closed": (
        lambda d: forge_figures(d.closed),
        ("CARON", "Jury S3", "les chiffres figés ne sont pas ceux du PV"),
    ),
    "figures set aside changed": (
        lambda d: Freeze.objects.update(snapshot={}),
        ("Jury S4", "chiffres du", "le journal n’en dit rien"),
    ),
    # ---------- the decisions ----------
    "a decision of a closed jury changed": (
        lambda d: raise_decision(d, d.closed, code="ADM"),
        ("CARON", "UE31", "PV Jury S3", "code, la base dit ADM, le PV ADJ"),
    ),
    "a decision of an open jury changed": (
        lambda d: raise_decision(d, d.open, code="ADM"),
        ("CARON", "UE41", "Jury S4", "code : la base dit ADM, le journal ADJ"),
    ),
    "its motive changed": (
        lambda d: raise_decision(d, d.open, motive="Autre."),
        ("CARON", "UE41", "motif : la base dit Autre., le journal Puis non."),
    ),
    "its advice changed": (
        lambda d: raise_decision(d, d.open, advice="Autre."),
        ("CARON", "UE41", "audition, conseils ou droit écarté"),
    ),
    "a decision erased": (
        lambda d: Decision.objects.filter(session=d.closed).delete(),
        ("CARON", "UE31", "la base n’a pas ADJ"),
    ),
    "a decision slipped in": (
        lambda d: add_decision(d, d.open),
        ("BERTIN", "RT1", "Jury S4", "le journal n’en dit rien"),
    ),
    "a decision put out of force": (
        lambda d: Decision.objects.filter(session=d.open, code="ADJ").update(current=False),
        ("CARON", "UE41", "n’est plus en vigueur, à tort"),
    ),
    "an act taken back": (
        lambda d: Act.objects.filter(session=d.open, kind="adoption").update(
            undone_at=timezone.now(), undone_by=d.president
        ),
        ("Jury S4", "acceptation", "le journal n’en dit rien"),
    ),
    "an acceptance changed": (
        lambda d: Adoption.objects.filter(student=d.student("ARNAUD")).update(outcome={}),
        ("ARNAUD", "Jury S3", "la proposition acceptée n’est"),
    ),
    # ---------- the PV ----------
    "a PV changed": (
        lambda d: forge_minutes(d, whole=False),
        ("PV Jury S3", "n’est plus celui de son empreinte"),
    ),
    "a PV changed with its fingerprint": (
        lambda d: forge_minutes(d, whole=True),
        ("PV Jury S3", "le journal ne dit pas qu’il a été établi"),
    ),
    "a signed PV changed": (
        lambda d: forge_signed(d, whole=False),
        ("PV Jury S3", "étape 1", "n’est plus celui de son empreinte"),
    ),
    "a signed PV changed with its hash": (
        lambda d: forge_signed(d, whole=True),
        ("PV Jury S3", "étape 1", "le journal ne dit pas cette signature"),
    ),
    "a signature taken away": (
        lambda d: MinutesRevision.objects.filter(step=1).delete(),
        ("PV signé d’empreinte", "la base ne l’a plus"),
    ),
    "a meeting moved": (
        lambda d: Session.objects.filter(pk=d.closed.pk).update(place="ailleurs"),
        ("Jury S3", "lieu : la base dit ailleurs, le PV salle B204"),
    ),
    "a jury closed by hand": (
        lambda d: Session.objects.filter(pk=d.open.pk).update(state="closed", closed_at=timezone.now()),
        ("Jury S4", "la session est close, sans PV"),
    ),
    # ---------- the results ----------
    "AJ made ADM": (
        lambda d: result(d, "CARON", "UE32").update(code="ADM"),
        ("CARON", "UE32, Jury S3", "code : les résultats disent ADM, le PV (version 1) AJ"),
    ),
    "an average raised": (
        lambda d: result(d, "CARON", "UE32").update(average="12"),
        ("CARON", "UE32", "moyenne : les résultats disent 12, le PV (version 1) 7"),
    ),
    "a result erased": (
        lambda d: result(d, "ARNAUD", "UE31").delete(),
        ("ARNAUD", "UE31", "le PV (version 1) donne ADM, les résultats ne l’ont plus"),
    ),
    "a diploma slipped in": (
        add_diploma,
        ("CARON", "DUT", "les résultats disent le diplôme, le PV (version 1) n’en dit rien"),
    ),
    "a result from elsewhere changed": (
        lambda d: Result.objects.filter(subject="BUT1", withdrawn_at=None).update(code="PASD"),
        ("ARNAUD", "BUT1", "code : la base dit PASD, le journal ADM"),
    ),
    "a result from elsewhere slipped in": (
        lambda d: Result.objects.create(
            student=d.student("CARON"),
            kind="year",
            subject="BUT1",
            code="ADM",
            school_year=2023,
            source="vae",
        ),
        ("CARON", "BUT1 ADM", "le journal n’en dit rien"),
    ),
    "a result put back": (
        lambda d: Result.objects.exclude(withdrawn_at=None).update(withdrawn_at=None, withdrawn_by=None),
        ("BERTIN", "retiré : la base dit non, le journal oui"),
    ),
    "a correction undone behind it": (
        lambda d: Session.objects.filter(pk=d.closed.pk).update(correcting=True, state="deliberation"),
        ("se dit en correction sans en avoir",),
    ),
    "an évaluation unlocked under the jury": (
        lambda d: Assessment.objects.filter(teaching__element__code="R31").update(locked=False),
        ("R31", "verrou du jury : la base dit non, le journal oui"),
    ),
    "an element put back in the averages": (
        lambda d: (
            aside(d),
            Teaching.objects.update(aside_motive="", aside_at=None, aside_by=None),
        ),
        ("R31", "le journal le dit mis de côté, il est dans les moyennes"),
    ),
    "an element set aside for another reason": (
        lambda d: (aside(d), Teaching.objects.aside().update(aside_motive="Grève.")),
        ("R31", "motif de la mise de côté : la base dit Grève., le journal Poste vacant."),
    ),
    "an element set aside behind it": (
        lambda d: Teaching.objects.filter(element__code="R31").update(
            aside_motive="Grève.", aside_at=timezone.now(), aside_by=d.director
        ),
        ("R31", "mis de côté : le journal n’en dit rien"),
    ),
    "a repeat granted for another semester": (
        lambda d: ExtraRepeat.objects.filter(pk=granted(d).pk).update(semester=4),
        ("CARON", "semestre : la base dit 4, le journal 3"),
    ),
    "a repeat slipped in": (
        lambda d: (granted(d), ExtraRepeat.objects.update(id=999)),
        ("Redoublement accordé", "le journal"),
    ),
    "a repeat withdrawn, put back": (
        lambda d: (
            withdraw_repeat(act=granted(d), motive="Erreur", by=d.director),
            ExtraRepeat.objects.update(withdrawn_at=None, withdrawn_by=None, withdrawal_motive=""),
        ),
        ("CARON", "motif du retrait : la base dit rien, le journal Erreur"),
    ),
    "a UE said acquired before": (
        lambda d: d.enrolments["CARON"].acquired.add(programme_of(d.closed.cohort).units.get(code="UE31")),
        ("CARON", "UE acquises avant : la base dit UE31, les résultats rien"),
    ),
    "a PV that replaces nobody’s documents": (
        lambda d: Minutes.objects.filter(pk=corrected(d).pk).update(touched=[]),
        ("version 2", "il ne remplace pas les documents"),
    ),
    # ---------- who may what ----------
    "a role given": (
        lambda d: Role.objects.create(user=d.teacher, department=d.closed.department, role="president"),
        ("Camille Mercier", "« Présidence de jury », « Enseignement », le journal dit « Enseignement »"),
    ),
    "a role taken": (
        lambda d: Role.objects.filter(user=d.director).delete(),
        ("Camille Lenoir", "aucun rôle, le journal dit « Direction des études »"),
    ),
    "a role given to an account slipped in": (
        lambda d: Role.objects.create(
            user=User.objects.create_user("intrus"), department=d.closed.department, role="administrator"
        ),
        ("intrus", "« Administration » : le journal n’en dit rien"),
    ),
    "an account opened again": (
        lambda d: User.objects.filter(username="partie").update(is_active=True),
        ("partie", "le compte est ouvert, le journal le dit fermé"),
    ),
}


def aside(d):
    """R31 of the next year's promotion, set aside by its director of studies."""
    cohort = make_cohort(programme_of(d.closed.cohort), school_year=2025)
    element = programme_of(cohort).elements.get(code="R31")
    set_aside(cohort=cohort, element=element, motive="Poste vacant.", by=d.director)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_told(department: Department, name: str):
    tamper, said = TAMPERINGS[name]
    tamper(department)
    found = findings()

    assert any(all(words in sentence for words in said) for sentence in found), found


JOURNAL = [name for name in TAMPERINGS if "head" in name or "entr" in name or "chain" in name]


@pytest.mark.parametrize("name", [each for each in JOURNAL if each != list(JOURNAL)[1]])
def test_check_journal_is_a_part_of_it(department: Department, name: str):
    TAMPERINGS[name][0](department)

    with pytest.raises(CommandError, match="n’est pas tel qu’il a été écrit"):
        call_command("check_journal")


# ---------- who does not ----------


def test_what_people_did_is_no_tampering(department: Department):
    assert findings() == []


def test_neither_is_what_they_do_next(department: Department):
    """A correction abandoned, another that changes the PV, an account closed, an enrolment removed."""
    d = department
    extra = make_student(d.closed.department, last_name="EVRARD")
    other = make_cohort(programme_of(d.closed.cohort), school_year=2025)
    made = enrol(cohort=other, student=extra, by=d.secretary)
    set_adjustments(
        enrolment=made,
        adjustments={other.programmes.get().units.first(): Points(Decimal(1), "Sport")},
        by=d.secretary,
    )
    remove_enrolment(enrolment=made, by=d.secretary)
    open_account(student=extra, by=d.secretary)
    close_account(student=Student.objects.get(pk=extra.pk), by=d.secretary)
    open_correction(session=read(d.closed), motive="Pour voir.", marks=True, by=d.president)
    abandon_correction(session=read(d.closed), by=d.president)
    open_correction(session=read(d.closed), motive="UE32 aussi.", marks=False, by=d.president)
    assert findings() == []
    services.decide(
        session=read(d.closed),
        student=d.student("CARON"),
        kind="unit",
        subject="UE32",
        code="ADJ",
        motive="De même.",
        by=d.president,
    )
    services.close(session=read(d.closed), by=d.president)

    assert findings() == []
    assert (
        Minutes.objects.get(session=d.closed, version=2).content["journal"]["number"]
        > (d.minutes.content["journal"]["number"])
    )


def test_what_was_erased_in_its_time_is_not_missed(department: Department):
    Enrolment.objects.update(unjustified_absences=0, justified_absences=0)
    MarkChange.objects.all().delete()
    Mark.objects.all().delete()
    Adjustment.objects.all().delete()
    for category in ("marks", "about"):
        told = {"category": category, "cohorts": [], "keys": [department.closed.cohort_id]}
        record(act="data.purge", about=category, by=None, details=told)

    assert findings() == []


def test_what_the_journal_did_not_tell_before_is_said_then_noted(department: Department):
    """An installation of before: its entries tell neither roles nor figures; what is seen is said."""
    Entry.objects.filter(act=NOTE).delete()
    Entry.objects.filter(act="account.roles").delete()
    rewrite_chain(head=True)
    Minutes.objects.update(content=F("content"))
    Head.objects.update(before=Entry.objects.count())
    uncovered = [sentence for checked in check_all() for sentence in checked.uncovered]
    noted = note()
    Role.objects.create(user=department.teacher, department=department.closed.department, role="president")

    assert any("lignes (rôles) d’avant la version 0.5" in sentence for sentence in uncovered)
    assert noted["rôles"] == 5
    assert any("Camille Mercier" in sentence for sentence in findings())


def test_the_command_says_all_and_ends_with_1(department: Department):
    output = StringIO()
    call_command("check_all", stdout=output)
    assert "Rien n’a été changé hors du site." in output.getvalue()
    raise_mark(department)

    with pytest.raises(SystemExit) as ended:
        call_command("check_all", stdout=output)
    assert ended.value.code == 1
    assert "Notes (12) : 1 anomalie\n  ✗ CARON Camille, R31, Examen (" in output.getvalue()


def test_as_many_queries_for_one_more_student(department: Department):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            findings()
        return len(seen)

    before = queries()
    extra = make_student(department.closed.department, last_name="EVRARD")
    made = enrol(cohort=department.closed.cohort, student=extra, by=department.secretary, unlocking="Oublié.")
    set_adjustments(
        enrolment=made,
        adjustments={programme_of(department.closed.cohort).units.first(): Points(Decimal(1), "Sport")},
        by=department.secretary,
        unlocking="Oublié.",
    )

    assert queries() <= before
    assert before <= 63


# ---------- the head of the journal, in the PV ----------


def test_a_pv_names_the_last_entry_of_the_journal_then(department: Department):
    head = department.minutes.content["journal"]
    entry = Entry.objects.get(pk=head["number"])

    page = minutes_page(department.minutes, Proceedings.of_minutes(department.minutes.content))
    printed = render_to_string("jury/documents/minutes/minutes.html", page)

    assert (entry.digest, entry.act) == (head["digest"], "jury.adopt")
    assert f"l’entrée n° {entry.pk}, d’empreinte" in printed
    assert in_fours(entry.digest) in printed
    assert unlike_the_journal(head) == ""
    assert "n’est plus celle que dit ce PV" in unlike_the_journal(head | {"digest": "a" * 64})
    for wrong in ({}, {"number": "x", "digest": ""}, {"number": 10**40, "digest": ""}):
        assert unlike_the_journal(wrong) != ""
