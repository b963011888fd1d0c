"""The jury: sessions, members, decisions taken by people, results, and the versions of the PV."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, Subquery, UniqueConstraint
from django.urls import reverse
from django.utils.functional import cached_property

from butrt.base.accounts.models import Role
from butrt.base.canonical import digest_of
from butrt.base.documents.codes import new_code
from butrt.base.documents.files import file_stem
from butrt.base.documents.printed import PrintedTexts
from butrt.base.light import Light, LightManager, LightQuerySet
from curriculum.models import Competence, Department, Programme, Regulation, plain, school_year_label
from grades.models import Cohort, EnrolmentQuerySet, Reopening, Student
from jury.rules.codes import Code, fits

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

CODES = tuple(code.value for code in Code)
NO_STUDENT = (
    "un étudiant n’est pas membre d’un jury. Choisir un autre compte, ou « sans compte », ou retirer la "
    "personne."
)


class SessionQuerySet(LightQuerySet["Session"]):
    def visible_to(self, user: User) -> Self:
        """The sessions this person presides, sits in, prepares (director) or serves (secretariat)."""
        return self.filter(
            _presided_by_right(user)
            | (Q(members__user=user) & _where(user.named_in(*Role.SITTING)))
            | _where(user.departments_as("director", "secretariat"))
        ).distinct()

    def presided_by(self, user: User) -> Self:
        """The sessions that this person prepares, opens, decides, closes and signs.

        Their president's; and those where this person is the substitute, present while the president is not.
        """
        return self.filter(_presided_by_right(user) | _presided_as_substitute(user))

    def documented_for(self, user: User) -> Self:
        """The sessions whose documents and exports this person may have: who presides, the secretariat."""
        return self.filter(
            _presided_by_right(user)
            | _presided_as_substitute(user)
            | _where(user.departments_as("secretariat"))
        ).distinct()

    def with_signature(self) -> Self:
        """With `signed`: whether the last version of the PV is signed."""
        last = Minutes.objects.filter(session=OuterRef("pk")).order_by("-version")
        signed = MinutesRevision.objects.filter(minutes=OuterRef("last_minutes"))
        return self.annotate(last_minutes=Subquery(last.values("pk")[:1]), signed=Exists(signed))

    def beside(self, session: Session) -> Self:
        """The main session of the promotion and its catch-ups, but this one; in their order."""
        same = self.filter(cohort=session.cohort_id, semester=session.semester)
        return same.exclude(pk=session.pk).order_by("rank")

    def about(self, student: Student) -> Self:
        """The sessions that judge this student: of the semesters they take, and their own catch-up ones."""
        return (
            self.filter(
                Q(cohort__enrolments__takes_odd=True, semester__in=(1, 3, 5))
                | Q(cohort__enrolments__takes_even=True, semester__in=(2, 4, 6)),
                cohort__enrolments__student=student,
            )
            .filter(Q(rank=1) | Q(students=student))
            .distinct()
        )

    def with_programme(self) -> Self:
        """With what names a session.

        `to_recheck` tells whether results on which it rests have changed since (see Recheck).
        """
        rechecks = Recheck.objects.filter(session=OuterRef("pk"), answered_at__isnull=True)
        return self.annotate(to_recheck=Exists(rechecks)).select_related(
            "cohort__programme__parcours__department",
            "cohort__programme__parcours__specialty",
            "president",
            "regulation",
        )


def _where(departments: list[int]) -> Q:
    """Of these departments: being named in a session gives a right only where the role is held too."""
    return Q(cohort__programme__parcours__department__in=departments)


def _presided_by_right(user: User) -> Q:
    """Whether a session is this person's to preside: its president, as long as they hold the role there."""
    return Q(president=user) & _where(user.named_in("president"))


def _presided_as_substitute(user: User) -> Q:
    """Whether a session is presided by this person as the substitute that its act names (domain 4)."""
    present = Member.objects.filter(session=OuterRef("pk"), presence=Member.Presence.PRESENT)
    substitute = present.filter(user=user, substitute=True)
    absent = ~Exists(
        Member.objects.filter(
            session=OuterRef("session"),
            presence=Member.Presence.PRESENT,
            user=OuterRef("session__president"),
        )
    )
    return _where(user.named_in(*Role.SITTING)) & Q(Exists(substitute.filter(absent)))


class Session(PrintedTexts, Light):
    """A meeting of the jury about a promotion and a semester; the even ones also judge the year."""

    class State(models.TextChoices):
        PREPARATION = "preparation", "préparation"
        DELIBERATION = "deliberation", "délibération"
        CLOSED = "closed", "clos"

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="sessions")
    semester = models.PositiveSmallIntegerField("semestre")
    # 1 judges the whole promotion; 2 and more are catch-up sessions (rattrapage), of chosen students.
    rank = models.PositiveSmallIntegerField("rang", default=1)
    students = models.ManyToManyField(
        Student, blank=True, related_name="catch_ups", verbose_name="étudiants du rattrapage"
    )
    regulation = models.ForeignKey(Regulation, models.PROTECT, related_name="sessions")
    president = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="presided", verbose_name="présidence"
    )
    state = models.CharField("état", max_length=12, choices=State, default=State.PREPARATION)
    date = models.DateField("date")
    place = models.CharField("lieu", max_length=120)
    # The hours of the meeting, as the convocation and the PV say them; the president states them at closing.
    starts = models.TimeField("début", null=True, blank=True)
    ends = models.TimeField("fin", null=True, blank=True)
    opened_at = models.DateTimeField("ouverte le", null=True, blank=True)
    # When the version of the PV in force was made: kept while a correction is open.
    closed_at = models.DateTimeField("close le", null=True, blank=True)
    # A closed session taken up again (see Correction): its PV stays in force until the new version.
    correcting = models.BooleanField("en correction", default=False)
    # The act of the establishment that composes the jury: its reference, its day (domain 4).
    composition_act = models.CharField("acte de composition", max_length=200, blank=True)
    composition_date = models.DateField("date de l’acte", null=True, blank=True)
    # Why it was opened although the checklist blocked; empty when nothing did.
    opening_motive = models.TextField("motif d’ouverture", blank=True)
    # The figures frozen at the opening: see jury/cases/dossier.py. Null in preparation.
    snapshot = models.JSONField("photographie", null=True, blank=True)

    # Annotated by `with_signature`, by `with_programme`.
    signed: bool
    to_recheck: bool

    heavy = ("snapshot",)
    objects = LightManager.from_queryset(SessionQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "session de jury"
        verbose_name_plural = "sessions de jury"
        ordering = ["-date", "-pk"]
        constraints = [
            UniqueConstraint(fields=["cohort", "semester", "rank"], name="session_once"),
            CheckConstraint(condition=Q(rank__gte=1), name="session_rank_counts"),
            CheckConstraint(
                condition=Q(correcting=False) | (~Q(state="closed") & Q(closed_at__isnull=False)),
                name="session_corrected_was_closed",
            ),
            CheckConstraint(condition=Q(semester__range=(1, 6)), name="session_semester_1_to_6"),
            CheckConstraint(
                condition=Q(state="preparation", snapshot__isnull=True)
                | Q(state__in=["deliberation", "closed"], snapshot__isnull=False),
                name="session_frozen_from_deliberation_on",
            ),
            CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="session_closed_dated"
            ),
            CheckConstraint(
                condition=Q(ends__isnull=True) | Q(starts__isnull=False, ends__gt=F("starts")),
                name="session_ends_after_it_starts",
                violation_error_message="La séance finit après avoir commencé : donner le début et la fin.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {school_year_label(self.cohort.school_year)}"

    def get_absolute_url(self) -> str:
        return reverse("jury:session", args=[self.pk])

    @property
    def title(self) -> str:
        """ "Jury S4 et année BUT2", for an odd semester "Jury S3"; then ", rattrapage", ", rattrapage 2"."""
        number = f" {self.rank - 1}" if self.rank > 2 else ""
        return (
            f"Jury S{self.semester}"
            + (f" et année BUT{self.year}" if self.judges_year else "")
            + (f", rattrapage{number}" if self.is_catch_up else "")
        )

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file about this session is called: "resultats_RT-Cyber_BUT2_S4_2024-2025_rattrapage"."""
        again = f"rattrapage-{self.rank - 1}" if self.rank > 2 else "rattrapage" if self.is_catch_up else ""
        about = self.cohort.file_stem(kind, f"S{self.semester}")
        return "_".join(filter(None, (about, file_stem(again, *more))))

    def step_room(self) -> None:
        """Tell those who follow that something was done; inside the transaction of the act."""
        RoomState.objects.step(self)

    def is_presided_by(self, user: User) -> bool:
        """Whether this person presides: the president, or the substitute in the president's absence."""
        if self.president_id == user.pk:
            return self.department.pk in user.named_in("president")
        return Session.objects.presided_by(user).filter(pk=self.pk).exists()

    @property
    def is_catch_up(self) -> bool:
        """Whether it judges chosen students again, after the session of the whole promotion."""
        return self.rank > 1

    @cached_property
    def main(self) -> Session:
        """The session of the whole promotion that a catch-up completes; itself for that one."""
        return Session.objects.beside(self).get(rank=1) if self.is_catch_up else self

    def changes_judged_before(self, *semesters: int) -> list[Reopening]:
        """What changed of its students, under a motive, that the jury of these semesters does not know."""
        rows = Reopening.objects.unjudged().filter(
            cohort=self.cohort_id, semester__in=semesters, enrolments__in=self.enrolments()
        )
        return list(rows.select_related("by").prefetch_related("enrolments__student").distinct())

    @cached_property
    def changed_since(self) -> list[Reopening]:
        """What changed of what this jury judged: its figures do not know it."""
        return self.changes_judged_before(self.semester)

    @property
    def judges_year(self) -> bool:
        """Even semesters judge the year too (domain 3.7)."""
        return self.semester % 2 == 0

    @property
    def year(self) -> int:
        return (self.semester + 1) // 2

    @property
    def semesters(self) -> list[int]:
        """The semesters judged: [3, 4] at the jury of S4, [3] at that of S3."""
        return [self.semester - 1, self.semester] if self.judges_year else [self.semester]

    def enrolments(self) -> EnrolmentQuerySet:
        """Those judged: who takes the semester, or the students of a catch-up session among them.

        A correction asks about those that the version corrected examined: who enrolled since is not one.
        """
        everyone = self.cohort.enrolments.taking(self.semester)
        if self.is_catch_up:
            everyone = everyone.filter(student__in=self.students.all())
        if self.correcting:
            under_way = self.corrections.filter(ended_at__isnull=True).values_list("examined", flat=True)
            if (examined := under_way.first()) is not None:
                return everyone.filter(student__number__in=examined)
        return everyone

    @property
    def department(self) -> Department:
        """Needs `with_programme()`."""
        return self.cohort.programme.parcours.department


class Freeze(Light):
    """Figures once frozen, set aside when the marks were unlocked: what the next ones compare with."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="freezes")
    opened_at = models.DateTimeField("figées le")
    kept_at = models.DateTimeField("mises de côté le")
    motive = models.TextField("motif")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    snapshot = models.JSONField("photographie")

    heavy = ("snapshot",)
    objects = LightManager.from_queryset(LightQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "photographie gardée"
        verbose_name_plural = "photographies gardées"
        ordering = ["session", "pk"]
        constraints = [CheckConstraint(condition=~Q(motive=""), name="freeze_has_motive")]

    def __str__(self) -> str:
        return f"{self.session}, chiffres du {self.opened_at:%d/%m/%Y %H:%M}"


class Member(PrintedTexts):
    """Someone who sits in a session, and whether they came."""

    class Presence(models.TextChoices):
        CONVENED = "convened", "convoqué"
        PRESENT = "present", "présent"
        EXCUSED = "excused", "excusé"

    class Kind(models.TextChoices):
        TEACHER = "teacher", "enseignant"
        PROFESSIONAL = "professional", "professionnel"
        OTHER = "other", "autre"

    session = models.ForeignKey(Session, models.CASCADE, related_name="members")
    # Null for a professional without an account.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="sittings"
    )
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("siège comme", max_length=12, choices=Kind, default=Kind.TEACHER)
    # Where the convocation is sent; empty: the account's own address.
    email = models.EmailField("courriel", blank=True)
    # When the convocation left, for the day and place that the session has; see members/convocations.py.
    convened_at = models.DateTimeField("convoqué le", null=True, blank=True)
    # In full, as the PV prints it: "enseignante", "Altéis Télécom, professionnel".
    quality = models.CharField("qualité", max_length=120)
    presence = models.CharField("présence", max_length=10, choices=Presence, default=Presence.CONVENED)
    # Named by the act that composes the jury, to preside when the president is not there.
    substitute = models.BooleanField("suppléance de la présidence", default=False)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "membre"
        ordering = ["position", "name"]
        constraints = [
            UniqueConstraint(fields=["session", "name"], name="member_once"),
            UniqueConstraint(
                fields=["session"],
                condition=Q(substitute=True),
                name="member_one_substitute",
                violation_error_message="L’acte de composition désigne un seul suppléant de la présidence.",
            ),
            CheckConstraint(
                condition=Q(kind__in=["teacher", "professional", "other"]), name="member_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.quality}"

    def clean(self) -> None:
        if self.user is not None and self.user.has_role(self.session.department, "student"):
            raise ValidationError({"user": f"{self.name} : {NO_STUDENT}"})

    @property
    def address(self) -> str:
        """Where they are written to; "" when nobody knows. Needs `user`."""
        return self.email or (self.user.email if self.user is not None and self.user.is_active else "")

    @property
    def said(self) -> dict[str, Any]:
        """What a line of the list says: user's key, name, address, kind, quality, presence, substitute."""
        return {
            "user": self.user_id,
            "name": self.name,
            "email": self.email,
            "kind": self.kind,
            "quality": self.quality,
            "presence": self.presence,
            "substitute": self.substitute,
        }


class ActQuerySet(models.QuerySet["Act"]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Act(models.Model):
    """Something done in the room, whole: a decision, its withdrawal, or N proposals of right accepted.

    Acts are taken back from the last to the first until closing; one taken back stays, with who did it and
    when, and its rows are no longer current.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", "décision"
        WITHDRAWAL = "withdrawal", "retrait"
        ADOPTION = "adoption", "acceptation"

    session = models.ForeignKey(Session, models.PROTECT, related_name="acts")
    # In which it was done; null before any closing. Tells what may be taken back, whatever the clock says.
    correction = models.ForeignKey(
        "Correction", models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="correction"
    )
    kind = models.CharField("acte", max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("fait le")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = "acte de la salle"
        verbose_name_plural = "actes de la salle"
        ordering = ["session", "pk"]
        constraints = [
            CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="act_undone_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} du {self.at:%d/%m/%Y %H:%M}"


class RoomStateQuerySet(models.QuerySet["RoomState"]):
    def step(self, session: Session) -> None:
        """Tell those who follow that something was done; inside the transaction of the act."""
        if not self.filter(session=session).update(revision=F("revision") + 1):
            self.create(session=session, revision=1)

    def show(self, session: Session, student: Student | None) -> None:
        """Tell those who follow which case the presidency has open; None for the table."""
        self.update_or_create(session=session, defaults={"shown": student})


class RoomState(models.Model):
    """What those who follow a session ask every second: has anything been done, which case is discussed."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="room")
    # Stepped by each act on the session: see services.journal.
    revision = models.PositiveIntegerField("révision", default=0)
    shown = models.ForeignKey(Student, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RoomStateQuerySet.as_manager()

    class Meta:
        verbose_name = "état de la salle"

    def __str__(self) -> str:
        return f"{self.session}, {self.revision}"


class RoomPreference(models.Model):
    """How a person likes the room: the columns of the table, names or numbers when projected."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="room_preference", verbose_name="compte"
    )
    # Keys of jury.room.table.COLUMNS; null: as many as the screen holds.
    columns = models.JSONField("colonnes", null=True, blank=True)
    names = models.BooleanField("noms projetés", default=True)

    class Meta:
        verbose_name = "préférence de la salle"

    def __str__(self) -> str:
        return f"{self.user}, salle du jury"


class MemberRemark(models.Model):
    """What a member tells the presidency of a student, during the deliberation; on no document."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="remarks")
    student = models.ForeignKey(Student, models.PROTECT, related_name="member_remarks")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="auteur"
    )
    text = models.TextField("remarque", max_length=1000)
    at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "remarque d’un membre du jury"
        verbose_name_plural = "remarques des membres du jury"
        ordering = ["at", "pk"]
        constraints = [UniqueConstraint(fields=["session", "student", "author"], name="member_remark_once")]

    def __str__(self) -> str:
        return f"{self.author}, {self.student}"


class Decision(PrintedTexts):
    """What the jury decided about a UE, a RCUE or a year of one student. Superseded, never overwritten."""

    class Kind(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        YEAR = "year", "année"

    session = models.ForeignKey(Session, models.PROTECT, related_name="decisions")
    student = models.ForeignKey(Student, models.PROTECT, related_name="decisions")
    kind = models.CharField("objet", max_length=4, choices=Kind)
    # "UE32", "RT2/2", "" for the year: the names of the cohort file.
    subject = models.CharField("UE ou RCUE", max_length=20, blank=True)
    # Empty: an earlier decision withdrawn, the rules' proposal stands again.
    code = models.CharField("code", max_length=8, blank=True)
    motive = models.TextField("motif")
    # A refusal (NAR, DEF) is decided after hearing the student who asked for it, with advice (4.5).
    hearing = models.TextField("audition", blank=True)
    advice = models.TextField("conseils d’orientation", blank=True)
    # The procedure followed: asked by the student (null: nobody wrote it down), invited, heard; `hearing`
    # says the rest, or why they were not heard (see jury/sittings/hearing.py).
    hearing_asked = models.BooleanField("audition demandée", null=True, blank=True)
    invited_on = models.DateField("invitation à l’audition", null=True, blank=True)
    heard_on = models.DateField("audition tenue le", null=True, blank=True)
    # Taken against what the texts grant, confirmed as such: the PV says which right (jury/cases/rights.py).
    against_right = models.BooleanField("contraire à un droit", default=False)
    right = models.TextField("droit écarté", blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("prise le")
    current = models.BooleanField("en vigueur", default=True)
    # Null for what was decided before acts were kept: it is withdrawn, not undone.
    act = models.ForeignKey(Act, models.PROTECT, null=True, blank=True, related_name="decisions")
    # What the rules gave then (see jury/cases/consequences.py): a mark corrected since shows as a difference.
    basis = models.JSONField("proposition d’alors", null=True, blank=True)

    class Meta:
        verbose_name = "décision"
        ordering = ["session", "student", "at", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student", "kind", "subject"],
                condition=Q(current=True),
                name="decision_one_current",
            ),
            CheckConstraint(condition=Q(code__in=["", *CODES]), name="decision_code_known"),
            CheckConstraint(condition=~Q(motive=""), name="decision_has_motive"),
            CheckConstraint(
                condition=(Q(kind="year") & Q(subject="")) | (~Q(kind="year") & ~Q(subject="")),
                name="decision_subject_fits",
            ),
            CheckConstraint(condition=~Q(code="NAR") | ~Q(advice=""), name="decision_nar_with_advice"),
            CheckConstraint(condition=~Q(code="DEF") | ~Q(advice=""), name="decision_def_with_advice"),
            CheckConstraint(
                condition=Q(against_right=True) ^ Q(right=""), name="decision_against_right_says_which"
            ),
            CheckConstraint(
                condition=Q(invited_on__isnull=True)
                | Q(heard_on__isnull=True)
                | Q(invited_on__lte=F("heard_on")),
                name="decision_invited_then_heard",
                violation_error_message="L’invitation précède l’audition : vérifier les deux dates.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.subject or 'année'} : {self.code or 'retirée'}"

    @property
    def as_told(self) -> dict[str, Any]:
        """What the journal keeps of it, for `check_all` to compare."""
        return {
            "key": self.pk,
            "session": self.session_id,
            "student": self.student_id,
            "kind": str(self.kind),
            "subject": self.subject,
            "code": str(self.code),
            "motive": self.motive,
            # Who was heard, what was advised: the journal is kept for ever, it need not repeat it.
            "said": digest_of(
                [
                    self.hearing,
                    self.advice,
                    self.right,
                    self.hearing_asked,
                    str(self.invited_on or ""),
                    str(self.heard_on or ""),
                ]
            ),
            "author": self.author_id,
            "act": self.act_id,
        }


class Adoption(models.Model):
    """A proposal of right that the jury accepted, as it was shown. Superseded, never overwritten."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="adoptions")
    student = models.ForeignKey(Student, models.PROTECT, related_name="adoptions")
    act = models.ForeignKey(Act, models.PROTECT, related_name="adoptions")
    # Codes, averages, credits and what follows: an Outcome of jury/cases/consequences.py.
    outcome = models.JSONField("accepté")
    current = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "acceptation"
        ordering = ["session", "student", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student"], condition=Q(current=True), name="adoption_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} : proposition acceptée"

    @property
    def as_told(self) -> dict[str, Any]:
        """What the journal keeps of it, for `check_all` to compare: of the outcome, its SHA-256."""
        return {
            "key": self.pk,
            "session": self.session_id,
            "student": self.student_id,
            "act": self.act_id,
            "outcome": digest_of(self.outcome),
        }


class UsualMotive(PrintedTexts):
    """A motive that a department's juries often give; the field where it goes stays free."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="usual_motives")
    text = models.CharField("motif", max_length=300)
    # The codes that it suits, ["PAS1NCI", "ADJ"]; empty for any.
    codes = models.JSONField("codes", default=list, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    active = models.BooleanField("proposé", default=True)

    class Meta:
        verbose_name = "motif usuel"
        verbose_name_plural = "motifs usuels"
        ordering = ["department", "position", "pk"]
        constraints = [UniqueConstraint(fields=["department", "text"], name="usual_motive_once")]

    def __str__(self) -> str:
        return self.text


class ResultQuerySet(models.QuerySet["Result"]):
    def standing(self) -> Self:
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at__isnull=True)

    def from_elsewhere(self) -> Self:
        """Those that no jury held here gave."""
        return self.filter(session__isnull=True)

    def kept_by(self, user: User) -> Self:
        """Those of the departments where this person keeps what comes from elsewhere."""
        return self.filter(student__department__in=user.departments_as("secretariat"))

    def read_by(self, user: User) -> Self:
        """Those of the departments where this person may read what comes from elsewhere."""
        return self.filter(student__department__in=user.departments_as("secretariat", "director"))


class Result(PrintedTexts):
    """A line of a student's ledger: what a jury gave, written once, by the jury that gave it.

    About a competence, a level and a semester (a RCUE has no semester), or a year, or a diploma: it holds
    wherever the competence is the same, whatever the code of the UE (domain 3.3). Or what comes from
    elsewhere: another IUT, a semester abroad, an equivalence, with its document and who wrote it down.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        YEAR = "year", "année"
        DIPLOMA = "diploma", "diplôme"

    class Source(models.TextChoices):
        JURY = "jury", "jury tenu ici"
        IMPORT = "import", "jury antérieur, repris"
        TRANSFER = "transfer", "autre IUT"
        BRIDGE = "bridge", "passerelle"
        MOBILITY = "mobility", "semestre à l’étranger"
        VAE = "vae", "validation des acquis"
        DISPENSATION = "dispensation", "dispense"

    student = models.ForeignKey(Student, models.PROTECT, related_name="results")
    kind = models.CharField("objet", max_length=8, choices=Kind)
    # Null for a year and a diploma, and for a UE that nothing here knows: told apart, it acquires nothing.
    competence = models.ForeignKey(
        Competence, models.PROTECT, null=True, blank=True, related_name="results", verbose_name="compétence"
    )
    level = models.PositiveSmallIntegerField("niveau", null=True, blank=True)
    semester = models.PositiveSmallIntegerField("semestre", null=True, blank=True)
    # Of the BUT: 1 to 3.
    year = models.PositiveSmallIntegerField("année du BUT", null=True, blank=True)
    # As it was called then: "UE31", "RT1/2", "BUT2", "DUT".
    subject = models.CharField("UE, RCUE, année ou diplôme", max_length=60)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="results", verbose_name="programme"
    )
    school_year = models.PositiveSmallIntegerField("année universitaire")
    # In decimal notation, to thirty decimals rounded up (see ledger.decimal_text): SQLite keeps a decimal
    # column as a float, and a RCUE that joins two school years is decided on this. Empty: none known.
    average = models.CharField(
        "moyenne",
        max_length=34,
        blank=True,
        validators=[RegexValidator(r"^(20(\.0+)?|1?\d(\.\d+)?)$", "Une moyenne de 0 à 20, avec un point.")],
    )
    # Empty for a diploma, which is obtained.
    code = models.CharField("code", max_length=8, blank=True)
    # Those that it gave then; a later programme may give others (domain 3.3).
    credits = models.DecimalField("ECTS", max_digits=4, decimal_places=1, null=True, blank=True)

    source = models.CharField("origine", max_length=12, choices=Source)
    # Null: it comes from elsewhere.
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="results")
    # The day of the jury, or of the document; null where nobody said.
    decided_on = models.DateField("décidé le", null=True, blank=True)
    document = models.CharField("pièce", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField("enregistré le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawal_motive = models.TextField("motif du retrait", blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "résultat"
        ordering = ["student", "school_year", "kind", "semester", "subject"]
        constraints = [
            UniqueConstraint(fields=["student", "session", "kind", "subject"], name="result_once"),
            UniqueConstraint(
                fields=["student", "school_year", "source", "kind", "subject"],
                condition=Q(session__isnull=True, withdrawn_at__isnull=True),
                name="result_recorded_once",
            ),
            CheckConstraint(condition=Q(code__in=["", *CODES]), name="result_code_known"),
            CheckConstraint(condition=~Q(code="") | Q(kind="diploma"), name="result_has_code"),
            CheckConstraint(
                condition=Q(source="jury", session__isnull=False)
                | (~Q(source="jury") & Q(session__isnull=True)),
                name="result_of_a_jury_or_from_elsewhere",
            ),
            CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | (Q(session__isnull=True) & ~Q(withdrawal_motive="")),
                name="result_withdrawn_with_motive",
            ),
            CheckConstraint(
                condition=Q(competence__isnull=True)
                | Q(kind="unit", level__isnull=False, semester__isnull=False)
                | Q(kind="rcue", level__isnull=False, semester__isnull=True),
                name="result_subject_whole",
            ),
        ]
        indexes = [models.Index(fields=["student", "school_year"], name="result_of_a_student")]

    def __str__(self) -> str:
        return f"{self.student} {self.subject} {self.code}".rstrip()

    @property
    def as_told(self) -> dict[str, Any]:
        """What the journal keeps of one from elsewhere, for `check_all` to compare."""
        return {
            "key": self.pk,
            "student": self.student_id,
            "school_year": self.school_year,
            "kind": str(self.kind),
            "subject": self.subject,
            "competence": self.competence_id,
            "average": self.average,
            "code": str(self.code),
            "credits": None if self.credits is None else plain(self.credits),
            "source": str(self.source),
            "document": self.document,
        }

    @property
    def code_fits(self) -> bool:
        """Whether the code is one that is said of what it is about."""
        return self.kind == self.Kind.DIPLOMA or fits(self.code, self.kind == self.Kind.YEAR)


class Recheck(models.Model):
    """A result on which a session's figures rest has changed since: this student is to be looked at again."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="rechecks")
    student = models.ForeignKey(Student, models.CASCADE, related_name="rechecks")
    # What changed, in a line: "Jury S2 et année BUT1, 2023-2024, corrigé".
    cause = models.CharField("cause", max_length=250)
    at = models.DateTimeField("depuis le")
    # When its jury took the change in, or looked and saw that nothing follows.
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    # In which it was answered: given up, the answer is too.
    correction = models.ForeignKey(
        "Correction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answered",
        verbose_name="correction",
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "dossier à revoir"
        verbose_name_plural = "dossiers à revoir"
        ordering = ["session", "student", "at"]
        constraints = [
            UniqueConstraint(
                fields=["session", "student"], condition=Q(answered_at__isnull=True), name="recheck_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session}, {self.student} : {self.cause}"


class Minutes(Light):
    """A version of the PV: the frozen data, the decisions, the document and its signatures. Never altered."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField("version")
    created_at = models.DateTimeField("établi le")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The whole of what the PV prints: snapshot, decisions taken, verdicts (see jury/minutes).
    content = models.JSONField("contenu")
    # SHA-256 of the content (jury.documents.minutes.fingerprint), written on the PV.
    fingerprint = models.CharField("empreinte", max_length=64)
    # What this version changes, and why; empty for the first.
    changes = models.TextField("modifications", blank=True)
    # The numbers of the students whose documents it replaces; null: everybody's, as the first version does.
    touched = models.JSONField("étudiants concernés", null=True, blank=True)

    heavy = ("content",)
    objects = LightManager.from_queryset(LightQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = verbose_name_plural = "procès-verbal"
        ordering = ["session", "-version"]
        constraints = [UniqueConstraint(fields=["session", "version"], name="minutes_version_once")]

    def __str__(self) -> str:
        return f"PV {self.session}, version {self.version}"

    def touches(self, number: str) -> bool:
        """Whether the documents of this student are from this version on its own; "": the PV, always."""
        return self.touched is None or not number or number in self.touched


class Correction(PrintedTexts):
    """A closed session taken up again: why, by whom, and the version of the PV that came of it."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="corrections")
    # The version in force when it began; it stays as it is.
    corrected = models.ForeignKey(Minutes, models.PROTECT, related_name="corrections")
    motive = models.TextField("motif")
    # The numbers of the students that this version examined; null: of before it was kept.
    examined = models.JSONField("étudiants examinés", null=True, blank=True)
    # Whether the marks were unlocked, or only the decisions taken up again.
    marks = models.BooleanField("notes rouvertes", default=False)
    # The last change of a mark before it: those that follow were made during it, whatever the clock says.
    after_change = models.BigIntegerField("dernière modification de note avant", default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("ouverte le")
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    # Null once ended: abandoned, the version corrected is still in force.
    minutes = models.OneToOneField(
        Minutes, models.PROTECT, null=True, blank=True, related_name="correction", verbose_name="version"
    )

    class Meta:
        verbose_name = "correction"
        ordering = ["session", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["session"], condition=Q(ended_at__isnull=True), name="correction_one_at_a_time"
            ),
            CheckConstraint(condition=~Q(motive=""), name="correction_has_motive"),
            CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(ended_at__isnull=False),
                name="correction_ends_with_its_version",
            ),
        ]

    def __str__(self) -> str:
        return f"Correction de {self.corrected}"


class MinutesRevision(models.Model):
    """The PDF of a PV after each step (fields, president, seal): only the stored hash reveals a rollback."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="revisions")
    step = models.PositiveSmallIntegerField("étape")
    # The signature field filled; empty for the steps that nobody signs (empty fields, validation data).
    field = models.CharField("champ", max_length=40, blank=True)
    label = models.CharField("signature", max_length=120)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField("le")
    pdf = models.BinaryField("PDF")
    sha256 = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "révision du PV"
        ordering = ["minutes", "step"]
        constraints = [UniqueConstraint(fields=["minutes", "step"], name="minutes_revision_once")]

    def __str__(self) -> str:
        return f"{self.minutes}, {self.label}"


class Issued(models.Model):
    """A document given out, known by the code that its QR square leads to: what it is, never whom it is for.

    One for each (version of the PV, kind, student), or (session, kind, student) while it is provisional.
    """

    token = models.CharField("code", max_length=40, unique=True, default=new_code)
    # A key of jury.documents.kinds.KINDS: "pv", "releve"…
    kind = models.CharField("document", max_length=40)
    session = models.ForeignKey(Session, models.PROTECT, related_name="issued")
    # Null: provisional, made before the session was closed.
    minutes = models.ForeignKey(Minutes, models.PROTECT, null=True, blank=True, related_name="issued")
    # Null: about all of them, the PV.
    student = models.ForeignKey(Student, models.PROTECT, null=True, blank=True, related_name="issued")
    at = models.DateTimeField("délivré le")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "document délivré"
        verbose_name_plural = "documents délivrés"
        ordering = ["session", "kind", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["minutes", "kind", "student"],
                condition=Q(minutes__isnull=False, student__isnull=False),
                name="issued_once_to_a_student",
            ),
            UniqueConstraint(
                fields=["minutes", "kind"],
                condition=Q(minutes__isnull=False, student__isnull=True),
                name="issued_once",
            ),
            UniqueConstraint(
                fields=["session", "kind", "student"],
                condition=Q(minutes__isnull=True, student__isnull=False),
                name="issued_once_provisionally",
            ),
            CheckConstraint(condition=Q(kind="pv") ^ Q(student__isnull=False), name="issued_pv_is_nobodys"),
            CheckConstraint(condition=~Q(kind="pv") | Q(minutes__isnull=False), name="issued_pv_has_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"

    def get_absolute_url(self) -> str:
        return reverse("verify:document", args=[self.token])

    @property
    def final(self) -> bool:
        """Whether it says what a closed jury decided."""
        return self.minutes_id is not None


class Printed(models.Model):
    """The SHA-256 of a PDF that was given out: the file is ours, byte for byte."""

    issued = models.ForeignKey(Issued, models.CASCADE, related_name="printed")
    sha256 = models.CharField("empreinte", max_length=64, db_index=True)
    at = models.DateTimeField("imprimé le")

    class Meta:
        verbose_name = "impression"
        verbose_name_plural = "impressions"
        ordering = ["issued", "at"]
        constraints = [UniqueConstraint(fields=["issued", "sha256"], name="printed_once")]

    def __str__(self) -> str:
        return f"{self.issued}, {self.sha256[:12]}"


class BatchQuerySet(LightQuerySet["Batch"]):
    def with_progress(self) -> Self:
        """With `total`, `done`, `failed`, `doubtful`, `first_at` and `last_at`."""
        counted = {
            name: models.Count("pieces", filter=condition)
            for name, condition in {
                "total": Q(),
                "done": Q(pieces__state=Piece.State.DONE),
                "failed": Q(pieces__state=Piece.State.FAILED),
                "doubtful": Q(pieces__state=Piece.State.DOUBTFUL),
            }.items()
        }
        times = {"first_at": models.Min("pieces__at"), "last_at": models.Max("pieces__at")}
        return self.annotate(**counted, **times).select_related("by", "minutes").defer("minutes__content")

    def documents(self) -> Self:
        return self.exclude(form=Batch.Form.MAIL)

    def mailings(self) -> Self:
        return self.filter(form=Batch.Form.MAIL)


# Pieces made before a pace is told.
PACE_AFTER = 3


class Batch(Light):
    """Documents of a session that workers make: in one file, or sent one by one to the students."""

    class Form(models.TextChoices):
        ZIP = "zip", "un fichier ZIP"
        PDF = "pdf", "un seul PDF à imprimer"
        MAIL = "mail", "un courriel par étudiant"

    session = models.ForeignKey(Session, models.PROTECT, related_name="batches")
    # The version of the PV that they are printed from; null: provisional, printed from `figures`.
    minutes = models.ForeignKey(Minutes, models.PROTECT, null=True, related_name="batches")
    figures = models.JSONField("chiffres provisoires", null=True)
    # Keys of jury/documents/kinds.py, in their order.
    kinds = models.JSONField("documents")
    form = models.CharField("forme", max_length=4, choices=Form)
    # Added by who sends, at the head of each mail.
    words = models.TextField("mot ajouté", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("demandé le")
    cancelled_at = models.DateTimeField("arrêté le", null=True)
    finished_at = models.DateTimeField("terminé le", null=True)
    # The one PDF, when that is the form; a ZIP is written from the pieces as it leaves.
    content = models.BinaryField("fichier", null=True)
    error = models.TextField("erreur", blank=True)

    # Annotated by `with_progress`.
    total: int
    done: int
    failed: int
    doubtful: int
    first_at: datetime | None
    last_at: datetime | None

    heavy = ("figures", "content")
    objects = LightManager.from_queryset(BatchQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "lot de documents"
        verbose_name_plural = "lots de documents"
        ordering = ["-at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(minutes__isnull=True, figures__isnull=False)
                | Q(minutes__isnull=False, figures__isnull=True),
                name="batch_of_a_pv_or_of_figures",
            ),
            CheckConstraint(
                condition=~Q(form="mail") | Q(minutes__isnull=False), name="batch_mailed_is_final"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}, lot du {self.at:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("jury:batch", args=[self.session_id, self.pk])

    @property
    def running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None

    @property
    def settled(self) -> int:
        """How many pieces are made or refused (needs `with_progress`)."""
        return self.done + self.failed + self.doubtful

    @property
    def seconds_left(self) -> int | None:
        """At the pace so far; None before there is one (needs `with_progress`)."""
        if self.settled < PACE_AFTER or self.first_at is None or self.last_at is None:
            return None
        each = (self.last_at - self.first_at).total_seconds() / (self.settled - 1)
        return round(each * (self.total - self.settled)) or 1


class Piece(models.Model):
    """One document of a batch, or one student's mail: made once, whatever becomes of the workers."""

    class State(models.TextChoices):
        WAITING = "waiting", "en attente"
        SENDING = "sending", "en cours d’envoi"
        DONE = "done", "fait"
        FAILED = "failed", "en erreur"
        # The worker died while the mail was leaving: sent again only if someone asks.
        DOUBTFUL = "doubtful", "peut-être parti"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField("rang")
    # Empty for a mail, which holds all the kinds of its batch.
    kind = models.CharField("document", max_length=40, blank=True)
    # As the documents say them, so that the log reads the same for ever; empty for the whole session.
    number = models.CharField("n° étudiant", max_length=20, blank=True)
    name = models.CharField("nom", max_length=170, blank=True)
    address = models.EmailField("courriel", blank=True)
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING)
    at = models.DateTimeField("fait le", null=True)
    file = models.CharField("nom du fichier", max_length=250, blank=True)
    pdf = models.BinaryField("PDF", null=True)
    # SHA-256 of the document, or {kind: SHA-256} of those a mail held.
    sha256 = models.JSONField("empreinte", null=True)
    error = models.TextField("erreur", blank=True)

    class Meta:
        verbose_name = "document d’un lot"
        verbose_name_plural = "documents d’un lot"
        ordering = ["batch", "position"]
        constraints = [
            UniqueConstraint(fields=["batch", "kind", "number"], name="piece_once"),
            CheckConstraint(condition=~Q(state="done") | Q(sha256__isnull=False), name="piece_done_is_known"),
            CheckConstraint(
                condition=~Q(state__in=["failed", "doubtful"]) | ~Q(error=""), name="piece_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'tous'}, {self.get_state_display()}"


class Letterhead(PrintedTexts):
    """A version of the head and signatory of a department's documents. Never altered."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="letterheads")
    version = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("enregistrée le")
    # Null: the one that came with butrt.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    university = models.CharField("université", max_length=120)
    institute = models.CharField("établissement", max_length=120)
    unit = models.CharField("service", max_length=120)
    address = models.TextField("adresse", max_length=400, blank=True)
    contact = models.TextField("contact", max_length=400, blank=True)
    city = models.CharField("fait à", max_length=80)
    # Who decides and signs where no jury does: a resignation, an exclusion, an attestation.
    authority = models.CharField("autorité de l’établissement", max_length=120, blank=True)
    signatory = models.CharField("signataire pour l’établissement", max_length=120, blank=True)
    quality = models.CharField("qualité du signataire", max_length=120, blank=True)
    delegation = models.CharField("délégation de signature", max_length=200, blank=True)
    court = models.TextField("tribunal administratif", max_length=300, blank=True)
    # A PNG that we encoded ourselves; empty: a frame to sign by hand.
    signature = models.BinaryField("signature", blank=True, default=b"")
    # A PNG that we encoded ourselves (jury/documents/letters/logo.py); empty: our own drawing.
    logo = models.BinaryField("logo", blank=True, default=b"")

    class Meta:
        verbose_name = "en-tête"
        ordering = ["department", "-version"]
        constraints = [UniqueConstraint(fields=["department", "version"], name="letterhead_version_once")]

    def __str__(self) -> str:
        return f"En-tête {self.department}, version {self.version}"

    @property
    def logo_address(self) -> str:
        """The logo inside the page itself, a `data:` address; "" without one."""
        return png_address(self.logo)


def png_address(png: bytes | memoryview) -> str:
    """A PNG inside a page, as a `data:` address; "" without one."""
    return f"data:image/png;base64,{b64encode(bytes(png)).decode()}" if png else ""


class Handwriting(models.Model):
    """The signature by hand of somebody who presides juries: on the letters of those juries, no other."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="handwriting", verbose_name="compte"
    )
    # That we encoded ourselves (jury/documents/letters/logo.py).
    png = models.BinaryField("image PNG")
    at = models.DateTimeField("enregistrée le", auto_now=True)

    class Meta:
        verbose_name = "signature manuscrite"

    def __str__(self) -> str:
        return f"signature de {self.user}"


class LetterText(models.Model):
    """A version of the words of a kind of letter of a department. Never altered."""

    class Kind(models.TextChoices):
        NOTIFICATION = "notification", "Notification de décision"
        FACT = "constat", "Démission, abandon, exclusion, année blanche"
        REMEDIES = "recours", "Voies et délais de recours"
        SUCCESS = "reussite", "Attestation de réussite de l’année"
        UNITS = "ue", "Attestation d’UE et d’ECTS acquis"
        DUT = "dut", "Attestation d’obtention du DUT"
        BUT = "but", "Attestation de réussite au BUT"

    department = models.ForeignKey(Department, models.PROTECT, related_name="letter_texts")
    # But for the remedies and the facts, a key of jury.documents.kinds.KINDS.
    kind = models.CharField("lettre", max_length=12, choices=Kind)
    version = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("enregistrée le")
    # Null: the one that came with butrt.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    title = models.CharField("titre", max_length=200)
    # Paragraphs, headings, lists and {fields}: see jury/documents/letters/texts.py.
    body = models.TextField("texte", max_length=12_000)

    class Meta:
        verbose_name = "texte de lettre"
        ordering = ["department", "kind", "-version"]
        constraints = [
            UniqueConstraint(fields=["department", "kind", "version"], name="letter_text_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"


class DocumentChoices(models.Model):
    """What a department wants on its PV and transcripts; a session keeps those of the day it was closed."""

    department = models.OneToOneField(Department, models.CASCADE, related_name="document_choices")
    # The texts in view, a string each, with {fields}: see jury/documents/choices/visas.py.
    visas = models.JSONField("visas du procès-verbal")
    class_figures = models.BooleanField("chiffres de la promotion sur le relevé", default=True)
    class_rank = models.BooleanField("rang sur le relevé", default=False)

    class Meta:
        verbose_name = "choix des documents"
        verbose_name_plural = "choix des documents"

    def __str__(self) -> str:
        return f"PV et relevés de {self.department}"


class ApogeeElement(models.Model):
    """What one of our UE, RCUE, semesters or year is called in Apogée, programme by programme."""

    class Target(models.TextChoices):
        UNIT = "unit", "UE"
        RCUE = "rcue", "RCUE"
        SEMESTER = "semester", "semestre"
        YEAR = "year", "année"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="apogee_elements")
    target = models.CharField("objet", max_length=8, choices=Target)
    # "UE31", "RT1/2", "S3", "BUT2"
    subject = models.CharField("UE, RCUE, semestre ou année", max_length=20)
    # One or several, each perhaps with its version: "V3RTU1, V3RT!231".
    codes = models.CharField("codes Apogée", max_length=200)

    class Meta:
        verbose_name = "élément Apogée"
        verbose_name_plural = "éléments Apogée"
        ordering = ["programme", "target", "subject"]
        constraints = [
            UniqueConstraint(fields=["programme", "target", "subject"], name="apogee_element_once"),
            CheckConstraint(condition=~Q(codes=""), name="apogee_element_has_codes"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} : {self.codes}"


class ApogeeCode(models.Model):
    """How a code of ours is said in the Apogée of the site; empty: never written there."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="apogee_codes")
    target = models.CharField("objet", max_length=8, choices=ApogeeElement.Target)
    code = models.CharField("code", max_length=8)
    written = models.CharField("code Apogée", max_length=8, blank=True)

    class Meta:
        verbose_name = "code Apogée"
        verbose_name_plural = "codes Apogée"
        ordering = ["department", "target", "code"]
        constraints = [
            UniqueConstraint(fields=["department", "target", "code"], name="apogee_code_once"),
            CheckConstraint(condition=Q(code__in=CODES), name="apogee_code_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.code} : {self.written or 'rien'}"


class ApogeeUpload(models.Model):
    """A file that Apogée gave out, between its sending and its filling: of who sent it alone."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField("fichier", max_length=100)
    data = models.BinaryField("contenu")
    sent_at = models.DateTimeField("envoyé le")

    class Meta:
        verbose_name = "fichier Apogée"
        verbose_name_plural = "fichiers Apogée"
        constraints = [UniqueConstraint(fields=["session", "owner"], name="apogee_upload_one_at_a_time")]

    def __str__(self) -> str:
        return self.name
