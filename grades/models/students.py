"""The people who study, and their photos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, F, Max, Q, UniqueConstraint

from butrt.base.documents.printed import PrintedTexts
from butrt.base.schoolyears import past_last
from butrt.base.sorting import SortedByName, SortedByNameQuerySet, SortKeyField
from butrt.base.words import holds
from curriculum.models import Department
from grades.models.enrolments import Enrolment
from grades.models.teaching import Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


def lacking(*, ine: str, birth_place: str, without_ine: bool = False) -> list[str]:
    """What an identity waits for, in words: it may come after the enrolment, before official documents."""
    known = {"INE": ine or without_ine, "lieu de naissance": birth_place}
    return [words for words, value in known.items() if not value]


class StudentQuerySet(SortedByNameQuerySet["Student"]):
    def visible_to(self, user: User) -> Self:
        """Those of the departments that this person runs, and those of the elements where they are named.

        A director's other elements are of their department: asking for them too reads everybody's enrolments.
        """
        return self.filter(
            Q(department__in=user.departments_as("director", "president", "secretariat", "administrator"))
            | Q(
                pk__in=Enrolment.objects.filter(
                    cohort__teachings__in=Teaching.objects.naming(user),
                    programme__elements__code=F("cohort__teachings__element__code"),
                ).values("student")
            )
        )

    def this_year_first(self) -> Self:
        """Those who are enrolled, then those of past years; each by name."""
        years = self.annotate(last_year=Max("enrolments__cohort__school_year"))
        return years.order_by(past_last("last_year"), "sort_key", "pk")

    def matching(self, query: str) -> Self:
        """Those in whose names or number each word of a search is, without case, accents or signs; or an INE.

        No database folds alike: the names are read, one query, and compared here.
        """
        if not query.strip():
            return self
        keys = [
            student.pk
            for student in self.order_by().only(*SEARCHED)
            if holds(query, *student.searched) or student.ine == query.strip().upper()
        ]
        return self.filter(pk__in=keys)


SEARCHED = ("last_name", "first_name", "usual_last_name", "usual_first_name", "number", "ine")


class Student(PrintedTexts, SortedByName):
    """A student of a department, known by their student number (the university's) and their INE (national).

    The legal names are those of official documents; the usual ones, where there are any, those that people
    read everywhere else.
    """

    class Gender(models.TextChoices):
        FEMALE = "F", "Madame"
        MALE = "M", "Monsieur"
        UNSAID = "X", "non précisé"

    class Baccalaureate(models.TextChoices):
        UNKNOWN = "", "non renseigné"
        GENERAL = "G", "général"
        TECHNOLOGICAL = "T", "technologique"
        PROFESSIONAL = "P", "professionnel"
        OTHER = "A", "autre titre"

    department = models.ForeignKey(Department, models.PROTECT, related_name="students")
    ine = models.CharField(
        "INE",
        max_length=11,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Z]{11}$", "L’INE a 11 caractères, chiffres ou majuscules.")],
    )
    # An exchange student, whom no French school enrols: the INE is not waited for.
    without_ine = models.BooleanField("sans INE, en échange international", default=False)
    number = models.CharField("n° étudiant", max_length=20)
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    usual_last_name = models.CharField("nom d’usage", max_length=80, blank=True)
    usual_first_name = models.CharField("prénom usuel", max_length=80, blank=True)
    sort_key = SortKeyField(
        "clé de classement",
        sources=("usual_last_name last_name", "usual_first_name first_name", "number"),
    )
    gender = models.CharField("civilité", max_length=1, choices=Gender, default=Gender.UNSAID)
    birth_date = models.DateField("date de naissance")
    birth_place = models.CharField("lieu de naissance", max_length=80, blank=True)
    email = models.EmailField("courriel", blank=True)
    # Where they come from, for the department's report; no rule reads it.
    baccalaureate = models.CharField(
        "type de baccalauréat", max_length=1, choices=Baccalaureate, blank=True, default=Baccalaureate.UNKNOWN
    )
    baccalaureate_series = models.CharField("série ou spécialités du baccalauréat", max_length=80, blank=True)
    parcoursup = models.CharField("n° Parcoursup", max_length=20, blank=True)
    # Where letters reach them: as it is today, no PV keeps it. Street, building, one line a line.
    address = models.TextField("adresse postale", max_length=160, blank=True)
    postal_code = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("ville", max_length=80, blank=True)
    country = models.CharField("pays", max_length=60, blank=True)
    # Their own account, to see their own marks; none until the secretariat opens one.
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="student",
        verbose_name="compte",
    )

    # Annotated by `this_year_first`: the last school year of their enrolments.
    last_year: int | None

    objects = StudentQuerySet.as_manager()

    class Meta:
        verbose_name = "étudiant"
        ordering = ["sort_key", "pk"]
        constraints = [
            UniqueConstraint(fields=["department", "number"], name="student_number_once"),
            # Per department: one installation may see the same person in two of them.
            UniqueConstraint(fields=["department", "ine"], condition=~Q(ine=""), name="student_ine_once"),
            CheckConstraint(
                condition=Q(without_ine=False) | Q(ine=""),
                name="student_with_or_without_ine",
                violation_error_message="Sans INE, ou avec celui qui est donné : pas les deux.",
            ),
            CheckConstraint(condition=Q(gender__in=["F", "M", "X"]), name="student_gender_known"),
            CheckConstraint(
                condition=Q(baccalaureate__in=["", "G", "T", "P", "A"]), name="student_baccalaureate_known"
            ),
        ]

    def __str__(self) -> str:
        """As people read it; official documents print the legal names that a jury froze."""
        return f"{self.shown_last_name} {self.shown_first_name}"

    @property
    def shown_last_name(self) -> str:
        return self.usual_last_name or self.last_name

    @property
    def shown_first_name(self) -> str:
        return self.usual_first_name or self.first_name

    @property
    def legal_name(self) -> str:
        return f"{self.last_name} {self.first_name}"

    @property
    def searched(self) -> tuple[str, ...]:
        """What a search looks in."""
        return tuple(getattr(self, name) for name in SEARCHED if name != "ine")

    @property
    def lacks(self) -> list[str]:
        """What official documents need of their identity and is not known yet, in words."""
        return lacking(ine=self.ine, birth_place=self.birth_place, without_ine=self.without_ine)

    @property
    def postal_address(self) -> tuple[str, ...]:
        """The lines of an envelope under the name; empty without an address. France is not written."""
        town = " ".join(filter(None, (self.postal_code, self.city)))
        abroad = "" if self.country.casefold() == "france" else self.country.upper()
        lines = tuple(line for line in (*self.address.splitlines(), town, abroad) if line.strip())
        return lines if self.city else ()


class Photo(models.Model):
    """The face of a student, small and re-encoded (see grades/photos.py)."""

    student = models.OneToOneField(Student, models.CASCADE, related_name="photo")
    jpeg = models.BinaryField("image JPEG")
    added_at = models.DateTimeField("ajoutée le", auto_now=True)

    class Meta:
        verbose_name = "photo"

    def __str__(self) -> str:
        return f"photo de {self.student}"
