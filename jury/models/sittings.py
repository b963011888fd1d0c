"""A session of the jury, who sits in it, and what takes a closed one up again."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import (
    CheckConstraint,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UniqueConstraint,
)
from django.urls import reverse
from django.utils.functional import cached_property

from butrt.base.accounts.models import Role
from butrt.base.documents.files import file_stem
from butrt.base.documents.printed import PrintedTexts
from butrt.base.french import listed
from butrt.base.light import Light, LightManager, LightQuerySet
from curriculum.models import Department, Programme, Regulation, school_year_label
from grades.models import Appreciation, Cohort, EnrolmentQuerySet, Reopening, Student, Teaching

from .documents import Minutes, MinutesRevision
from .ledger import Recheck
from .room import RoomState

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

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

    def unsigned(self) -> Self:
        """Those whose last version of the PV is not signed."""
        last = Minutes.objects.filter(session=OuterRef("pk")).order_by("-version")
        signed = MinutesRevision.objects.filter(minutes=OuterRef("last_minutes"))
        return self.annotate(last_minutes=Subquery(last.values("pk")[:1])).filter(~Exists(signed))

    def beside(self, session: Session) -> Self:
        """The main session of the same students and its catch-ups, but this one; in their order."""
        same = self.filter(cohort=session.cohort_id, semester=session.semester, part=session.part)
        return same.exclude(pk=session.pk).order_by("rank")

    def broken(self) -> Self:
        """Those in correction without one under way, or the contrary (see corrections/repairs.py)."""
        open_one = Exists(Correction.objects.filter(session=OuterRef("pk"), ended_at__isnull=True))
        unlike = Q(correcting=True, under_way=False) | Q(correcting=False, under_way=True)
        return self.annotate(under_way=open_one).filter(unlike).order_by("pk")

    def about(self, student: Student) -> Self:
        """The sessions that judge this student: of the semesters they take, and their own catch-up ones."""
        return (
            self.filter(
                Q(cohort__enrolments__takes_odd=True, semester__in=(1, 3, 5))
                | Q(cohort__enrolments__takes_even=True, semester__in=(2, 4, 6)),
                _of_their_programme(),
                cohort__enrolments__student=student,
            )
            .filter(Q(rank=1) | Q(students=student))
            .distinct()
        )

    def judging(self, students: Collection[int] | QuerySet[Any]) -> Self:
        """The sessions that judge some of these students, whatever semesters they take."""
        return (
            self.filter(_of_their_programme(), cohort__enrolments__student__in=students)
            .filter(Q(rank=1) | Q(students__in=students))
            .distinct()
        )

    def named(self) -> Self:
        """With what names a session; `to_recheck`: whether results on which it rests have changed since."""
        rechecks = Recheck.objects.filter(session=OuterRef("pk"), answered_at__isnull=True)
        return (
            self.annotate(to_recheck=Exists(rechecks))
            .select_related("cohort__specialty__department", "president")
            .prefetch_related("cohort__programmes")
        )

    def with_programme(self) -> Self:
        """With what names a session, its règlement, and what its pages may show.

        `sets_aside` tells whether its promotion sets an element aside, `appreciated` whether anybody there
        has an appreciation.
        """
        aside = Teaching.objects.aside().filter(cohort=OuterRef("cohort"))
        written = Appreciation.objects.filter(enrolment__cohort=OuterRef("cohort"))
        named = self.named().annotate(sets_aside=Exists(aside), appreciated=Exists(written))
        return named.select_related("regulation")


def _of_their_programme() -> Q:
    """Whether a session judges the programme of the enrolment joined in the same `filter`."""
    return Q(part=0) | Q(programmes=F("cohort__enrolments__programme"))


def _where(departments: list[int]) -> Q:
    """Of these departments: being named in a session gives a right only where the role is held too."""
    return Q(cohort__specialty__department__in=departments)


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
    """A meeting of the jury about a promotion and a semester; the even ones also judge the year.

    It judges the whole promotion, or some of its programmes (`part`): two of one semester share none.
    """

    class State(models.TextChoices):
        PREPARATION = "preparation", "préparation"
        DELIBERATION = "deliberation", "délibération"
        CLOSED = "closed", "clos"

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="sessions")
    semester = models.PositiveSmallIntegerField("semestre")
    # 0 judges the whole promotion; 1 and more some of its programmes, a number a jury, kept by its catch-ups.
    part = models.PositiveSmallIntegerField("partie", default=0)
    programmes = models.ManyToManyField(
        Programme, blank=True, related_name="sessions", verbose_name="programmes"
    )
    # What those programmes are called in a title: "IOM, Cyber"; empty for the whole promotion.
    part_name = models.CharField("programmes jugés", max_length=200, blank=True)
    # 1 judges all of them; 2 and more are catch-up sessions (rattrapage), of chosen students.
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
    sets_aside: bool
    appreciated: bool

    heavy = ("snapshot",)
    objects = LightManager.from_queryset(SessionQuerySet)()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = "session de jury"
        verbose_name_plural = "sessions de jury"
        ordering = ["-date", "-pk"]
        constraints = [
            UniqueConstraint(fields=["cohort", "semester", "part", "rank"], name="session_once"),
            CheckConstraint(
                condition=Q(part=0, part_name="") | (Q(part__gte=1) & ~Q(part_name="")),
                name="session_part_is_named",
            ),
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
        """ "Jury S4 et année BUT2", for an odd semester "Jury S3"; then ", rattrapage", ", rattrapage 2".

        Of some programmes: "Jury S4 et année BUT2 (IOM, Cyber), rattrapage".
        """
        number = f" {self.rank - 1}" if self.rank > 2 else ""
        return (
            f"Jury S{self.semester}"
            + (f" et année BUT{self.year}" if self.judges_year else "")
            + (f" ({self.part_name})" if self.part else "")
            + (f", rattrapage{number}" if self.is_catch_up else "")
        )

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file about this session is called: "resultats_RT-Cyber_BUT2_S4_2024-2025_rattrapage"."""
        again = f"rattrapage-{self.rank - 1}" if self.rank > 2 else "rattrapage" if self.is_catch_up else ""
        about = self.cohort.file_stem(kind, f"S{self.semester}")
        return "_".join(filter(None, (about, file_stem(self.part_name, again, *more))))

    def step_room(self) -> None:
        """Tell those who follow that something was done; inside the transaction of the act."""
        RoomState.objects.step(self.pk)

    def is_presided_by(self, user: User) -> bool:
        """Whether this person presides: the president, or the substitute in the president's absence."""
        if self.president_id == user.pk:
            return self.department.pk in user.named_in("president")
        return Session.objects.presided_by(user).filter(pk=self.pk).exists()

    @property
    def is_catch_up(self) -> bool:
        """Whether it judges chosen students again, after the session of all of them."""
        return self.rank > 1

    @cached_property
    def main(self) -> Session:
        """The session that a catch-up completes; itself for that one."""
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
        if self.part:
            everyone = everyone.filter(programme__in=self.programmes.all())
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
        return self.cohort.department

    @cached_property
    def judged(self) -> list[Programme]:
        """The programmes whose students it judges. Needs `with_programme()`."""
        if not self.part:
            return self.cohort.taught
        chosen = set(self.programmes.all())
        return [programme for programme in self.cohort.taught if programme in chosen]

    @property
    def diploma(self) -> str:
        """ "Réseaux et Télécommunications, parcours Cybersécurité"; the parcours judged, each once."""
        ways = dict.fromkeys(programme.parcours for programme in self.judged)
        if any(parcours.common for parcours in ways):
            return f"{self.cohort.specialty}, tronc commun"
        return f"{self.cohort.specialty}, parcours {listed([parcours.name for parcours in ways])}"

    @property
    def regimes(self) -> str:
        """ "formation initiale et apprentissage"."""
        return listed([*dict.fromkeys(programme.get_modality_display() for programme in self.judged)])


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
    def as_line(self) -> dict[str, Any]:
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
