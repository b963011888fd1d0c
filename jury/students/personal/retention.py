"""How long each kind of personal data is kept, and the erasing of what is past its time."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.documents.kept import forget_printed
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from curriculum.models import Department
from grades.models import (
    Adjustment,
    Appreciation,
    Cohort,
    Enrolment,
    Mark,
    MarkChange,
    Photo,
    Student,
    StudentImport,
)
from grades.people import POSTAL
from jury.models import Freeze, MemberRemark, Piece, Session


@dataclass(frozen=True)
class Kept:
    """A kind of data: for how many whole years after the end of the school year, and why so long."""

    key: str
    name: str
    why: str

    @property
    def years(self) -> int:
        """Set by the environment: see BUTRT_KEPT_YEARS in butrt/settings.py."""
        return int(settings.BUTRT_KEPT_YEARS[self.key])


MARKS = Kept(
    "marks",
    "Notes, leur historique, bonus et malus, chiffres mis de côté par une correction",
    "Le temps d’un BUT, redoublements compris : un jury peut encore relire une année. Les délais de recours "
    "sont passés.",
)
ABOUT = Kept(
    "about",
    "Absences, remarques de la direction des études et des membres du jury, appréciations, photos, adresses "
    "postales",
    "Ne servent qu’aux jurys de l’année et à leurs rattrapages.",
)
IMPORTS = Kept(
    "imports", "Valeurs gardées pour annuler un import d’étudiants", "Un import se corrige dans l’année."
)
MAILS = Kept("mails", "Journal des envois aux étudiants", "Prouver qu’une décision a été notifiée, et quand.")
CATEGORIES = (MARKS, ABOUT, IMPORTS, MAILS)

# What is left of an import: nothing to tell, nothing to undo (grades/intake/importing.py).
UNDONE: dict[str, list[Any]] = {"created": [], "changed": [], "groups": []}

# Kept for less, or for ever: said on the page, no purge by year.
OTHERS = (
    ("Fichiers d’étudiants en cours d’import", "une journée de travail", "Le temps de confirmer l’import."),
    ("Fichiers de documents faits ensemble", "batches", "Se refont à l’identique depuis le PV."),
    (
        "Sessions ouvertes : adresse et navigateur de qui se connecte",
        "douze heures au plus",
        "Que chacun voie d’où son compte est ouvert, et ferme ce qui n’est pas de lui.",
    ),
    (
        "Courriel à confirmer",
        "un jour",
        "Le temps d’ouvrir le lien qui le prouve.",
    ),
    (
        "PV, sessions closes et leurs chiffres figés, résultats acquis, redoublements accordés, "
        "documents délivrés",
        "sans limite",
        "Ce qui est acquis l’est définitivement (annexe 1, 4.3) ; le PV et sa signature doivent se vérifier.",
    ),
    (
        "Journal",
        "sans limite",
        "Preuve de qui a fait, lu ou effacé quoi ; une entrée ôtée romprait la chaîne.",
    ),
)


@dataclass(frozen=True)
class Erased:
    """What a category loses (or would) in a department: rows by kind of data."""

    category: Kept
    cohorts: int
    rows: dict[str, int]


def past(category: Kept, today: datetime.date | None = None) -> QuerySet[Cohort]:
    """The promotions whose time is up. Never a running year, nor one that a jury has not closed.

    A school year ends on 31 August; the years of the category are counted from there.
    """
    today = today or timezone.localdate()
    ended = today.year - 1 if today >= datetime.date(today.year, 9, 1) else today.year - 2
    open_jury = Session.objects.filter(cohort=OuterRef("pk")).exclude(state=Session.State.CLOSED)
    return Cohort.objects.filter(school_year__lte=ended - category.years).exclude(Exists(open_jury))


def purge(*, do: bool, by: User | None = None, today: datetime.date | None = None) -> list[Erased]:
    """Erase what is past its time, or only count it. Journaled by department; a second time finds nothing."""
    erased = []
    with transaction.atomic():
        for category in CATEGORIES:
            cohorts = list(
                past(category, today).select_related("specialty__department").prefetch_related("programmes")
            )
            departments = {cohort.department.pk: cohort.department for cohort in cohorts}
            for _, department in sorted(departments.items()):
                mine = [cohort for cohort in cohorts if cohort.department == department]
                rows = {
                    name: (erase(queryset) if do else queryset.count())
                    for name, queryset, erase in _erasing(category, mine)
                }
                if not any(rows.values()):
                    continue
                erased.append(Erased(category, len(mine), rows))
                if do:
                    record(
                        act="data.purge",
                        about=category.name,
                        by=by,
                        department=department,
                        details={
                            "category": category.key,
                            "years": category.years,
                            "cohorts": [str(cohort) for cohort in mine],
                            "keys": [cohort.pk for cohort in mine],
                            "erased": rows,
                        },
                    )
    if do and erased:
        # Once done: what a page prints meanwhile of data not yet erased goes too.
        transaction.on_commit(forget_printed)
    return erased


def forget_elsewhere() -> None:
    """What the other machines printed before the last erasing: each forgets its own, by its workers."""
    departments = Department.objects.values("pk")  # the journal's index begins by them
    erasings = Entry.objects.filter(department__in=departments, act="data.purge")
    if last := erasings.aggregate(last=Max("at"))["last"]:
        forget_printed(older_than=timezone.now() - last)


Erasing = tuple[str, QuerySet[Any], Callable[[QuerySet[Any]], int]]


def _delete(rows: QuerySet[Any]) -> int:
    return int(rows.delete()[0])


def _erasing(category: Kept, cohorts: list[Cohort]) -> Iterable[Erasing]:
    """(what, rows, how they are erased), in the order that the constraints ask."""
    enrolments = Enrolment.objects.filter(cohort__in=cohorts)
    if category == MARKS:
        yield "modifications de notes", MarkChange.objects.filter(mark__enrolment__in=enrolments), _delete
        yield "notes", Mark.objects.filter(enrolment__in=enrolments), _delete
        yield "bonus et malus", Adjustment.objects.filter(enrolment__in=enrolments), _delete
        yield "chiffres mis de côté", Freeze.objects.filter(session__cohort__in=cohorts), _delete
    elif category == ABOUT:
        noted = enrolments.filter(Q(unjustified_absences__gt=0) | Q(justified_absences__gt=0) | ~Q(remark=""))
        yield "absences et remarques", noted, _silence
        later = Enrolment.objects.filter(student=OuterRef("student")).exclude(cohort__in=cohorts)
        gone = enrolments.exclude(Exists(later)).values("student")
        students = enrolments.values("student")
        remarks = MemberRemark.objects.filter(session__cohort__in=cohorts, student__in=students)
        yield "remarques des membres du jury", remarks, _delete
        yield "appréciations", Appreciation.objects.filter(enrolment__in=enrolments), _delete
        yield "photos", Photo.objects.filter(student__in=gone), _delete
        housed = ~Q(address="", postal_code="", city="", country="")
        yield "adresses postales", Student.objects.filter(housed, pk__in=gone), _forget_address
    elif category == IMPORTS:
        yield "imports", StudentImport.objects.filter(cohort__in=cohorts).exclude(done=UNDONE), _empty
    elif category == MAILS:
        sent = Piece.objects.filter(batch__session__cohort__in=cohorts, batch__finished_at__isnull=False)
        yield "envois", sent.exclude(address=""), _delete


def _silence(rows: QuerySet[Enrolment]) -> int:
    return rows.update(
        unjustified_absences=0, justified_absences=0, remark="", remark_by=None, remark_at=None
    )


def _forget_address(rows: QuerySet[Student]) -> int:
    return rows.update(**dict.fromkeys(POSTAL, ""))


def _empty(rows: QuerySet[StudentImport]) -> int:
    """The import stays known (who, when, which file); what it brought, and its undoing, do not."""
    return rows.update(done=UNDONE)
