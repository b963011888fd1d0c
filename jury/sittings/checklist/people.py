"""The students of a session, read once for the whole checklist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.db.models import QuerySet

from butrt.base.accounts.models import Role
from curriculum.models import Element
from grades.models import Assessment, Teaching, distinct_elements
from grades.progress.doors import WATCHERS
from jury.cases.case import Case
from jury.models import Session
from jury.sittings.checklist.items import KEEPERS, MOST_NAMED, Link


class People:
    """Who answers for what in a session, read once."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def teachings(self) -> dict[str, Teaching]:
        """By element's code, those of the judged semesters, with their people."""
        rows = (
            Teaching.objects.filter(
                cohort=self.session.cohort_id, element__semester__in=self.session.semesters
            )
            .select_related("element")
            .prefetch_related("heads", "teachers")
            .order_by("element__semester", "element__kind", "element__code")
        )
        return {teaching.element.code: teaching for teaching in rows}

    @property
    def elements(self) -> QuerySet[Element]:
        """Those of the judged semesters, the common ones once a programme."""
        return Element.objects.filter(programme__in=self.session.judged, semester__in=self.session.semesters)

    @cached_property
    def bare(self) -> list[Element]:
        """Elements of the judged semesters with a coefficient and no évaluation, each code once."""
        assessed = Assessment.objects.filter(teaching__cohort=self.session.cohort_id, kind="normal")
        rows = self.elements.filter(weights__coefficient__gt=0)
        bare = rows.exclude(code__in=assessed.values("teaching__element__code")).distinct()
        aside = Teaching.objects.aside().filter(cohort=self.session.cohort_id)
        bare = bare.exclude(code__in=aside.values("element__code"))
        return sorted(distinct_elements(bare), key=lambda element: (element.semester, element.code))

    @cached_property
    def closed(self) -> set[int]:
        """The semesters whose own jury is closed: their marks are locked, nobody mends them from here."""
        others = Session.objects.filter(cohort=self.session.cohort_id, closed_at__isnull=False)
        return set(others.exclude(semester=self.session.semester).values_list("semester", flat=True))

    @cached_property
    def _by_role(self) -> dict[str, list[str]]:
        by_role: dict[str, list[str]] = {}
        rows = Role.objects.filter(department=self.session.department, role__in=KEEPERS, user__is_active=True)
        for row in rows.select_related("user").order_by("user__sort_key"):
            by_role.setdefault(row.role, []).append(str(row.user))
        return by_role

    @property
    def director(self) -> str:
        return ", ".join(self._by_role.get(Role.Name.DIRECTOR, [])) or "la direction des études"

    @property
    def secretariat(self) -> str:
        return ", ".join(self._by_role.get(Role.Name.SECRETARIAT, [])) or "le secrétariat"

    def of(self, code: str) -> str:
        """Those responsible for an element, else its teachers, else the director of studies."""
        teaching = self.teachings.get(code)
        named = teaching and [*(teaching.heads.all() or teaching.teachers.all())]
        return ", ".join(map(str, named)) if named else self.director

    def sheet(self, code: str, label: str) -> tuple[Link, ...]:
        """The mark sheet of an element, for its people; the follow-up of the promotion, to ask them."""
        teaching = self.teachings.get(code)
        if teaching is None:
            return ()
        return (Link(label, "grades:sheet", (teaching.pk,), teaching=teaching.pk), self.progress("Relancer"))

    def aside(self, element: Element, label: str) -> Link:
        """Where an element is set aside for the promotion, and put back in the averages."""
        return Link(
            label,
            "cohorts:aside",
            (self.session.cohort_id, element.pk),
            (Role.Name.DIRECTOR,),
        )

    def progress(self, label: str) -> Link:
        return Link(label, "cohorts:progress", (self.session.cohort_id,), WATCHERS)

    def teachers(self, element: Element) -> Link:
        """Where the people of an element are named."""
        return Link(
            f"Nommer pour {element.display}",
            "cohorts:teachers",
            (self.session.cohort_id, element.pk),
            KEEPERS,
        )

    @cached_property
    def _enrolments(self) -> dict[str, int]:
        return dict(self.session.cohort.enrolments.values_list("student__number", "pk"))

    def results(self, cases: Iterable[Case]) -> tuple[Link, ...]:
        """Where the results from elsewhere of each student are recorded, the first ones."""
        students = dict(self.session.cohort.enrolments.values_list("student__number", "student"))
        return tuple(
            Link(case.name, "jury:elsewhere_student", (students[case.id],), (Role.Name.SECRETARIAT,))
            for case in [*cases][:MOST_NAMED]
            if case.id in students
        )

    def enrolments(self, cases: Iterable[Case]) -> tuple[Link, ...]:
        """The enrolment of each student, the first ones."""
        return tuple(
            Link(case.name, "cohorts:enrolment", (self._enrolments[case.id],), KEEPERS)
            for case in [*cases][:MOST_NAMED]
            if case.id in self._enrolments
        )


def cards_of(session: Session, cases: Iterable[Case]) -> tuple[Link, ...]:
    return tuple(Link(case.name, "jury:card", (session.pk, case.id)) for case in [*cases][:MOST_NAMED])
