"""People and marks: students, promotions, enrolments, évaluations, marks and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse

from butrt.base import french
from butrt.base.accounts.models import Role
from butrt.base.documents.files import file_stem
from butrt.base.documents.printed import PrintedTexts
from butrt.base.previews import KeptFile
from butrt.base.sorting import SortedByName, SortedByNameQuerySet, SortKeyField
from curriculum.models import Department, Element, Programme, Unit, school_year_label

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class StudentQuerySet(SortedByNameQuerySet["Student"]):
    def visible_to(self, user: User) -> Self:
        """Those of the departments that this person runs, and those of the elements where they are named."""
        return self.filter(
            Q(department__in=user.departments_as("director", "president", "secretariat", "administrator"))
            | Q(
                pk__in=Enrolment.objects.filter(
                    cohort__teachings__in=Teaching.objects.fillable_by(user)
                ).values("student")
            )
        )


class Student(PrintedTexts, SortedByName):
    """A student of a department, known by their INE (national) and student number (the university's)."""

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
        validators=[RegexValidator(r"^[0-9A-Z]{11}$", "L’INE a 11 caractères, chiffres ou majuscules.")],
    )
    number = models.CharField("n° étudiant", max_length=20)
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    sort_key = SortKeyField("clé de classement", sources=("last_name", "first_name", "number"))
    gender = models.CharField("civilité", max_length=1, choices=Gender, default=Gender.UNSAID)
    birth_date = models.DateField("date de naissance")
    birth_place = models.CharField("lieu de naissance", max_length=80)
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

    objects = StudentQuerySet.as_manager()

    class Meta:
        verbose_name = "étudiant"
        ordering = ["sort_key", "pk"]
        constraints = [
            UniqueConstraint(fields=["department", "number"], name="student_number_once"),
            # Per department: one installation may see the same person in two of them.
            UniqueConstraint(fields=["department", "ine"], name="student_ine_once"),
            CheckConstraint(condition=Q(gender__in=["F", "M", "X"]), name="student_gender_known"),
            CheckConstraint(
                condition=Q(baccalaureate__in=["", "G", "T", "P", "A"]), name="student_baccalaureate_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"

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


class CohortQuerySet(models.QuerySet["Cohort"]):
    def kept_by(self, user: User) -> Self:
        """The promotions whose people this person keeps: the secretariat, the director of studies."""
        return self.filter(programme__parcours__department__in=user.departments_as("director", "secretariat"))

    def listed_for(self, user: User) -> Self:
        """The promotions this person may read: who keeps them, and the administrator, who may create one."""
        return self.filter(
            programme__parcours__department__in=user.departments_as(
                "director", "secretariat", "administrator"
            )
        )


class Cohort(models.Model):
    """A promotion: one programme in one school year."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cohorts")
    school_year = models.PositiveSmallIntegerField("année universitaire")

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = "promotion"
        ordering = ["-school_year", "programme"]
        constraints = [UniqueConstraint(fields=["programme", "school_year"], name="cohort_once")]

    def __str__(self) -> str:
        return f"{self.programme}, {self.years}"

    def get_absolute_url(self) -> str:
        return reverse("cohorts:cohort", args=[self.pk])

    @property
    def years(self) -> str:
        """2024 → "2024-2025"."""
        return school_year_label(self.school_year)

    @property
    def department(self) -> Department:
        """Needs `programme__parcours__department` selected."""
        return self.programme.parcours.department

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file about this promotion is called: "promotion_RT-Cyber_BUT2_2024-2025"."""
        return file_stem(kind, self.programme.formation, f"BUT{self.programme.year}", *more, self.years)


class Group(PrintedTexts):
    """A group of a promotion (TD, TP)."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="groups")
    name = models.CharField("groupe", max_length=30)

    class Meta:
        verbose_name = "groupe"
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["cohort", "name"], name="group_once")]

    def __str__(self) -> str:
        return self.name


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def taking(self, semester: int) -> Self:
        """Those who take this semester of their promotion's year."""
        return self.filter(takes_odd=True) if semester % 2 else self.filter(takes_even=True)


class Enrolment(PrintedTexts):
    """A student in a promotion, with what a jury must know of the year besides the marks."""

    class Status(models.TextChoices):
        PRESENT = "", "présent"
        RESIGNED = "DEM", "démission"
        DEFAULTING = "DEF", "défaillant"
        GAVE_UP = "ABAN", "abandon"
        GAP_YEAR = "ABL", "année blanche"
        EXCLUDED = "EXCLU", "exclu"

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="enrolments")
    student = models.ForeignKey(Student, models.PROTECT, related_name="enrolments")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    status = models.CharField("situation", max_length=5, choices=Status, blank=True, default=Status.PRESENT)
    status_since = models.DateField("depuis le", null=True, blank=True)
    company = models.CharField("entreprise d’apprentissage", max_length=120, blank=True)
    # What is repeated is a semester: who retakes S4 alone does not take S3 (annexe 1, 4.5).
    takes_odd = models.BooleanField("suit le semestre impair", default=True)
    takes_even = models.BooleanField("suit le semestre pair", default=True)
    # UE of this year that the student is exempted from, by hand.
    dispensed = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE dispensées")
    # UE of this programme that an earlier jury acquired: written from its results, never by hand.
    acquired = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE acquises avant")
    # Those that the student chose to take again all the same.
    retaken = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="UE reprises")
    # {"3": 1}: repeats known from elsewhere or from before butrt, this attempt included; the others are
    # counted from the enrolments, see grades/attempts.py.
    repeats = models.JSONField("redoublements d’avant ou d’ailleurs", default=dict, blank=True)
    # Why the enrolment was made although it goes against what juries decided; empty when it does not.
    motive = models.TextField("motif de l’inscription", blank=True)
    unjustified_absences = models.PositiveSmallIntegerField("demi-journées injustifiées", default=0)
    justified_absences = models.PositiveSmallIntegerField("demi-journées justifiées", default=0)
    # What the director of studies tells the jury of this year; never printed.
    remark = models.TextField("remarque de la direction des études", blank=True)
    remark_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    remark_at = models.DateTimeField("remarque écrite le", null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        ordering = ["student__sort_key", "pk"]
        constraints = [
            UniqueConstraint(fields=["cohort", "student"], name="enrolment_once"),
            CheckConstraint(
                condition=Q(status__in=["", "DEM", "DEF", "ABAN", "ABL", "EXCLU"]),
                name="enrolment_status_known",
            ),
            CheckConstraint(
                condition=Q(status="") | Q(status_since__isnull=False), name="enrolment_status_dated"
            ),
            CheckConstraint(
                condition=Q(takes_odd=True) | Q(takes_even=True),
                name="enrolment_takes_a_semester",
                violation_error_message="Une inscription suit au moins un semestre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}, {self.cohort}"

    @property
    def semesters(self) -> list[int]:
        """The semesters taken: [3, 4], [4]. Needs `cohort__programme` selected."""
        odd, even = self.cohort.programme.semesters
        return [odd] * self.takes_odd + [even] * self.takes_even

    @property
    def has_left(self) -> bool:
        """Whether the situation is a departure, for good or for a year: a défaillant has not left."""
        return bool(self.status) and self.status != self.Status.DEFAULTING


class ExtraRepeatQuerySet(models.QuerySet["ExtraRepeat"]):
    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class ExtraRepeat(PrintedTexts):
    """A repeat of one semester that the director of the IUT granted beyond the others, for force majeure.

    An act (annexe 1, 4.5); one withdrawn stays, with who withdrew it and why.
    """

    student = models.ForeignKey(Student, models.PROTECT, related_name="extra_repeats")
    semester = models.PositiveSmallIntegerField("semestre")
    # The year in which it was granted: it counts from that year's juries on.
    school_year = models.PositiveSmallIntegerField("année universitaire")
    # Null, and no name: converted from a former field, which kept neither.
    granted_on = models.DateField("accordé le", null=True)
    granted_by = models.CharField("accordé par", max_length=160, blank=True)  # name and quality
    circumstances = models.TextField("circonstances")
    document = models.CharField("pièce", max_length=160, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawal_motive = models.TextField("motif du retrait", blank=True)

    objects = ExtraRepeatQuerySet.as_manager()

    class Meta:
        verbose_name = "redoublement accordé"
        verbose_name_plural = "redoublements accordés"
        ordering = ["student", "school_year", "semester", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["student", "semester", "school_year"],
                condition=Q(withdrawn_at__isnull=True),
                name="extra_repeat_once",
            ),
            CheckConstraint(condition=Q(semester__range=(1, 6)), name="extra_repeat_semester_1_to_6"),
            CheckConstraint(condition=~Q(circumstances=""), name="extra_repeat_has_circumstances"),
            CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_motive="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_motive=""),
                name="extra_repeat_withdrawn_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}, S{self.semester}"

    @property
    def told(self) -> dict[str, str | int]:
        """What a PV, a page or a file says of it; "" for what is not known."""
        return {
            "semester": self.semester,
            "granted_on": self.granted_on.isoformat() if self.granted_on else "",
            "granted_by": self.granted_by,
            "circumstances": self.circumstances,
            "document": self.document,
        }


class StudentFile(KeptFile):
    """A file of students between its sending and its import."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+")
    # {"3": "last_name"}: what its reader confirmed that each column holds; null until then.
    columns = models.JSONField("colonnes", null=True, blank=True)

    class Meta:
        verbose_name = "fichier d’étudiants"
        verbose_name_plural = "fichiers d’étudiants"
        constraints = [UniqueConstraint(fields=["cohort", "owner"], name="student_file_one_at_a_time")]


class StudentImport(models.Model):
    """An import of students, with all it takes to take it back; see grades/intake/importing.py."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="imports")
    name = models.CharField("fichier", max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("fait le")
    # Keys, and the fields before and after: {"created": […], "enrolled": […], "changed": […], "groups": […]}.
    done = models.JSONField("ce qui a été fait")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "import d’étudiants"
        verbose_name_plural = "imports d’étudiants"
        ordering = ["-at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="student_import_undone_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.cohort}"


class Adjustment(PrintedTexts):
    """A bonus or a malus (negative) on a student's UE average, in points out of 20."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="adjustments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    points = models.DecimalField("points", max_digits=4, decimal_places=2)
    reason = models.CharField("motif", max_length=200)

    class Meta:
        verbose_name = "bonus ou malus"
        constraints = [
            UniqueConstraint(fields=["enrolment", "unit"], name="adjustment_once"),
            CheckConstraint(condition=Q(points__range=(-20, 20)), name="adjustment_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.points} en {self.unit}"


class TeachingQuerySet(models.QuerySet["Teaching"]):
    def fillable_by(self, user: User) -> Self:
        """Where this person may enter marks: elements where they are named, all of them for the director."""
        named = Q(teachers=user) | Q(heads=user)
        return self.filter((named & _where_named(user)) | _directed_by(user)).distinct()

    def headed_by(self, user: User) -> Self:
        """Where this person may also create évaluations: heads of the element, and the director."""
        return self.filter((Q(heads=user) & _where_named(user)) | _directed_by(user)).distinct()


def _directed_by(user: User) -> Q:
    """Of the departments whose studies this person directs, as a part of the query."""
    directed = Role.objects.filter(user=user, role=Role.Name.DIRECTOR)
    return Q(cohort__programme__parcours__department__in=directed.values("department"))


def _where_named(user: User) -> Q:
    """Of the departments where this person may be named on an element: a name alone is nothing."""
    mine = Role.objects.filter(user=user)
    studies = mine.filter(role=Role.Name.STUDENT).values("department")
    named = mine.filter(role__in=Role.TEACHING).exclude(department__in=studies)
    return Q(cohort__programme__parcours__department__in=named.values("department"))


class Teaching(models.Model):
    """An element given to a promotion: who teaches it, who answers for it."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="teachings")
    element = models.ForeignKey(Element, models.PROTECT, related_name="teachings")
    teachers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="teachings", verbose_name="enseignants"
    )
    heads = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="headed", verbose_name="responsables"
    )

    # When the head said that nothing is missing any more, and who did; a new mark changes nothing to it.
    completed_at = models.DateTimeField("déclaré complet le", null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="déclaré complet par",
    )

    objects = TeachingQuerySet.as_manager()

    class Meta:
        verbose_name = "enseignement"
        ordering = ["element__semester", "element__code"]
        constraints = [
            UniqueConstraint(fields=["cohort", "element"], name="teaching_once"),
            CheckConstraint(
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
                name="teaching_completed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element}, {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("grades:sheet", args=[self.pk])


class Assessment(models.Model):
    """An évaluation of an element: a date, a coefficient, a maximum (barème), a kind."""

    class Kind(models.TextChoices):
        NORMAL = "normal", "normale"
        SECOND_CHANCE = "second", "seconde chance"
        BONUS = "bonus", "bonus"

    teaching = models.ForeignKey(Teaching, models.PROTECT, related_name="assessments")
    # Null: the whole promotion takes it.
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="assessments")
    title = models.CharField("évaluation", max_length=80)
    kind = models.CharField("genre", max_length=8, choices=Kind, default=Kind.NORMAL)
    date = models.DateField("date", null=True, blank=True)
    coefficient = models.DecimalField("coefficient", max_digits=5, decimal_places=2, default=1)
    maximum = models.DecimalField("barème", max_digits=5, decimal_places=2, default=20)
    position = models.PositiveSmallIntegerField("rang", default=0)
    locked = models.BooleanField("verrouillée", default=False)
    published = models.BooleanField("publiée", default=False)

    class Meta:
        verbose_name = "évaluation"
        ordering = ["teaching", "position", "pk"]
        constraints = [
            UniqueConstraint(fields=["teaching", "title"], name="assessment_title_once"),
            UniqueConstraint(
                fields=["teaching"], condition=Q(kind="second"), name="assessment_one_second_chance"
            ),
            CheckConstraint(condition=Q(coefficient__gt=0), name="assessment_coefficient_positive"),
            CheckConstraint(condition=Q(maximum__gt=0), name="assessment_maximum_positive"),
            CheckConstraint(
                condition=Q(kind__in=["normal", "second", "bonus"]), name="assessment_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teaching.element.display}, {self.title}"


class ReopeningQuerySet(models.QuerySet["Reopening"]):
    def standing(self) -> Self:
        """The marks that no jury closed again."""
        return self.filter(ended_at__isnull=True, changes="")

    def unjudged(self) -> Self:
        """The changes, made at once, that the jury of their semester has not in its figures."""
        return self.filter(ended_at__isnull=True).exclude(changes="")


class Reopening(models.Model):
    """What a jury locked of a semester, open again for some students only: the marks of those of a catch-up.

    Its évaluations stay locked: nobody else's mark changes, nor what an évaluation is. Or one change to a
    student, made at once (see grades/judged.py): a bonus, absences, an enrolment.
    """

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="reopenings")
    semester = models.PositiveSmallIntegerField("semestre")
    enrolments = models.ManyToManyField(Enrolment, related_name="reopenings", verbose_name="étudiants")
    motive = models.TextField("motif")
    # "UE32 : rien → 9, sport", what was changed at once; empty: the marks were opened.
    changes = models.TextField("ce qui a changé", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("rouvertes le")
    # When a jury closed the marks again; of a change, when the jury of the semester judged with it.
    ended_at = models.DateTimeField("verrouillées de nouveau le", null=True, blank=True)

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = "notes rouvertes"
        verbose_name_plural = "notes rouvertes"
        ordering = ["cohort", "semester", "pk"]
        constraints = [CheckConstraint(condition=~Q(motive=""), name="reopening_has_motive")]

    def __str__(self) -> str:
        return f"{self.cohort}, S{self.semester}, rouvertes le {self.at:%d/%m/%Y}"

    @property
    def names(self) -> list[str]:
        """Its students. Needs `enrolments__student` fetched beforehand."""
        return [str(each.student) for each in self.enrolments.all()]

    @property
    def told(self) -> str:
        """What a change was, for people, with its motive."""
        who, motive = ", ".join(self.names), self.motive.rstrip(".")
        day = french.date(self.at)
        return f"{who}, {self.changes} (motif « {motive} », {self.by}, le {day})."


class AssessmentWeight(models.Model):
    """How much an évaluation weighs in one of the UE of its element (poids), when it is not 1."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="weights")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    weight = models.DecimalField("poids", max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = "poids"
        constraints = [
            UniqueConstraint(fields=["assessment", "unit"], name="assessment_weight_once"),
            CheckConstraint(condition=Q(weight__gte=0), name="assessment_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} en {self.unit} : {self.weight}"


class Mark(models.Model):
    """One student's result at one évaluation: a value, a code, or nothing yet (emptied again)."""

    class Code(models.TextChoices):
        UNEXCUSED = "ABI", "absence injustifiée, compte 0"
        EXCUSED = "ABJ", "absence justifiée, ne compte pas"
        AWAITED = "ATT", "note attendue"

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="marks")
    value = models.DecimalField("note", max_digits=5, decimal_places=2, null=True, blank=True)
    code = models.CharField("code", max_length=3, choices=Code, blank=True)
    # Counts the changes: a save that does not know the last one is refused, nobody's typing is lost.
    version = models.PositiveIntegerField("version", default=1)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("saisie le")

    class Meta:
        verbose_name = "note"
        constraints = [
            UniqueConstraint(fields=["assessment", "enrolment"], name="mark_one_per_student"),
            CheckConstraint(
                condition=Q(value__isnull=True) | Q(code=""),
                name="mark_value_or_code",
                violation_error_message="Une note ou un code d’absence, pas les deux.",
            ),
            CheckConstraint(condition=Q(value__isnull=True) | Q(value__gte=0), name="mark_not_negative"),
            CheckConstraint(condition=Q(code__in=["", "ABI", "ABJ", "ATT"]), name="mark_code_known"),
            CheckConstraint(condition=Q(version__gte=1), name="mark_version_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.student} : {self.code or self.value}"


class MarkChange(models.Model):
    """One line of a mark's history: what it became, by whom, when, from where. Never changed."""

    class Origin(models.TextChoices):
        SCREEN = "screen", "écran"
        WORKBOOK = "workbook", "classeur"
        CORRECTION = "correction", "correction"
        LOADING = "loading", "chargement"

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField("version")
    value = models.DecimalField("note", max_digits=5, decimal_places=2, null=True)
    code = models.CharField("code", max_length=3, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("quand")
    origin = models.CharField("origine", max_length=10, choices=Origin)

    class Meta:
        verbose_name = "modification de note"
        ordering = ["mark", "version"]
        constraints = [UniqueConstraint(fields=["mark", "version"], name="mark_change_once")]

    def __str__(self) -> str:
        return f"{self.mark_id} v{self.version} : {self.code or self.value}"
