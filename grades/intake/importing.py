"""An import of students: planned, kept between its steps, done as it was shown or not at all, and taken back.

The page and the command `import_students` share these services; each student goes through those of
grades/people/, as typed on the screen.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ForeignObjectRel, Model
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.previews import MOST_NAME, PlanChanged
from curriculum.models import Department
from grades import locks, people
from grades.intake.columns import Extract
from grades.intake.notes import notes_of
from grades.intake.plan import LABELS, ImportPlan, Known, New
from grades.intake.planning import IDENTITY, Planner
from grades.models import Cohort, Enrolment, Group, Student, StudentImport
from grades.people import Identity, Newcomer

Json = dict[str, Any]


def plan_import(*, cohort: Cohort, extract: Extract, columns: Mapping[int, str]) -> ImportPlan:
    """Judge every row of an extract whose columns hold these fields. A fixed number of queries."""
    planner = Planner(cohort, extract, columns)
    plan = planner.plan()
    plan.notes += notes_of(planner)
    return plan


# ---------- doing ----------


@transaction.atomic
def import_students(
    *,
    cohort: Cohort,
    extract: Extract,
    columns: Mapping[int, str],
    name: str,
    by: User,
    shown: str | None = None,
    motive: str = "",
) -> StudentImport:
    """Do what the file says, all of it or nothing. `shown`: the digest of the plan that was confirmed.

    `motive`: why students are enrolled against the decision of a jury, or what one has judged changes;
    without it they are refused.

    Raises PlanChanged when a row is refused, nothing is left to do, or the plan is not the one shown.
    """
    _lock(cohort)
    plan = plan_import(cohort=cohort, extract=extract, columns=columns)
    if not plan.applicable or (shown is not None and shown != plan.digest):
        raise PlanChanged(plan=plan)
    done = _Doing(cohort, by, motive).do(plan)
    made = StudentImport.objects.create(
        cohort=cohort, name=name[-MOST_NAME:], by=by, at=timezone.now(), done=done
    )
    record(
        act="students.import",
        about=str(cohort),
        by=by,
        department=cohort.department,
        details={
            "import": made.pk,
            "file": made.name,
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": len(plan.unchanged),
            "aside": len(plan.aside),
        },
    )
    return made


def _lock(cohort: Cohort) -> None:
    """One import at a time in a department: what was judged stays true until it is written."""
    Department.objects.select_for_update(no_key=True).get(pk=cohort.department.pk)
    locks.share(cohort, cohort.semesters)


class _Doing:
    """Carries a plan out, and keeps what it takes to take it back."""

    def __init__(self, cohort: Cohort, by: User, motive: str) -> None:
        self.cohort, self.by, self.motive = cohort, by, motive

    def do(self, plan: ImportPlan) -> dict[str, Any]:
        groups = self._groups(plan)
        return {
            "created": self._create(plan.new, groups),
            "changed": self._change_all(plan.changed, groups),
            "groups": [groups[name].pk for name in plan.groups],
        }

    def _groups(self, plan: ImportPlan) -> dict[str, Group]:
        if plan.groups:
            people.set_groups(cohort=self.cohort, names={}, new=plan.groups, by=self.by)
        return {group.name: group for group in self.cohort.groups.all()}

    def _create(self, rows: Sequence[New], groups: Mapping[str, Group]) -> list[Json]:
        newcomers = [
            (row.identity, self._newcomer(row, Student(department=self.cohort.department), groups))
            for row in rows
        ]
        with _named(rows):
            enrolments = people.enrol_all_new(cohort=self.cohort, newcomers=newcomers, by=self.by)
        return [
            {"student": made.student_id, "enrolment": made.pk, "name": str(made.student)}
            for made in enrolments
        ]

    def _newcomer(self, row: New | Known, student: Student, groups: Mapping[str, Group]) -> Newcomer:
        return Newcomer(
            student,
            programme=row.programme,
            group=groups.get(row.group),
            company=row.company,
            semesters=row.semesters,
            motive=self.motive,
            unlocking=self.motive,
        )

    def _change_all(self, rows: Sequence[Known], groups: Mapping[str, Group]) -> list[Json]:
        """Change the identities and the places, then enrol all those who were not."""
        changes = []
        for place, row in enumerate(rows):
            with _named(rows), people.naming(place):
                changes.append(self._change(row, groups))
        if not (entering := [row for row in rows if row.enrolment is None]):
            return changes
        newcomers = [self._newcomer(row, row.row, groups) for row in entering]
        with _named(entering):
            enrolments = people.enrol_all(cohort=self.cohort, newcomers=newcomers, by=self.by)
        enrolled = {made.student_id: made.pk for made in enrolments}
        for change in changes:
            if change["student"] in enrolled:
                change["enrolled"] = enrolled[change["student"]]
        return changes

    def _change(self, known: Known, groups: Mapping[str, Group]) -> Json:
        student = known.row
        before = {name: getattr(student, name) for name in IDENTITY}
        after = asdict(known.identity)
        moved = [name for name in IDENTITY if before[name] != after[name]]
        if moved:
            people.change_identity(student=student, identity=known.identity, by=self.by)
        done: dict[str, Any] = {
            "student": student.pk,
            "name": str(student),
            "told": [
                [difference.label, difference.before, difference.after] for difference in known.differences
            ],
            "identity": {name: [_kept(before[name]), _kept(after[name])] for name in moved},
        }
        group = groups.get(known.group)
        was = known.enrolment
        if was and {difference.name for difference in known.differences} & {"group", "company", "semesters"}:
            done["place"] = {
                "enrolment": was.pk,
                "group": [was.group_id, group.pk if group else None],
                "company": [was.company, known.company],
                "semesters": [was.semesters, [*known.semesters] or was.semesters],
            }
            semesters = done["place"]["semesters"][1]
            _place(
                was,
                group=group,
                company=known.company,
                semesters=semesters,
                motive=self.motive or None,
                by=self.by,
            )
        return done


@contextmanager
def _named(rows: Sequence[New] | Sequence[Known]) -> Iterator[None]:
    """What only a service refuses is told with its line and its student."""
    try:
        yield
    except people.Refused as error:
        row, why = rows[error.place], " ".join(error.messages)
        raise ValidationError(f"Ligne {row.line}, {row.student}{NBSP}: {why}") from error


def _place(
    enrolment: Enrolment,
    *,
    group: Group | None,
    company: str,
    semesters: list[int],
    by: User,
    motive: str | None = None,
) -> None:
    """Change the group, the company and the semesters of an enrolment, nothing else."""
    people.change_enrolment(
        enrolment=enrolment,
        by=by,
        group=group,
        company=company,
        status=enrolment.status,
        status_since=enrolment.status_since,
        repeats={int(semester): times for semester, times in enrolment.repeats.items()},
        dispensed=list(enrolment.dispensed.all()),
        unjustified_absences=enrolment.unjustified_absences,
        justified_absences=enrolment.justified_absences,
        semesters=semesters,
        motive=motive,
        unlocking=motive or "",
    )


def _label(name: str) -> str:
    """The field of an identity, in words."""
    return LABELS[name].lower() if name != "ine" else "INE"


def _kept(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else ""
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _given_back(name: str, kept: str) -> Any:
    """The value of a field of an identity, as `_kept` wrote it."""
    if name == "birth_date":
        return datetime.date.fromisoformat(kept)
    return bool(kept) if name == "without_ine" else kept


# ---------- taking back ----------


@dataclass
class Undoing:
    """What taking an import back does: `kept` names what stays, and why."""

    removed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)

    @property
    def does_something(self) -> bool:
        return bool(self.removed or self.restored)


def preview_undo(made: StudentImport) -> Undoing:
    """What `undo_import` would do now."""
    return _Undo(made).judge()


@transaction.atomic
def undo_import(*, made: StudentImport, by: User) -> Undoing:
    """Put back what an import changed, remove what it created; what was used since stays, and is named."""
    _lock(made.cohort)
    made = (
        StudentImport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cohort__specialty__department")
        .get(pk=made.pk)
    )
    if made.undone_at:
        raise ValidationError("Cet import est déjà annulé.")
    undo = _Undo(made)
    undoing = undo.judge()
    if not undoing.does_something:
        raise ValidationError("Il n’y a plus rien à annuler : tout a servi ou changé depuis.")
    undo.act(by)
    made.undone_at, made.undone_by = timezone.now(), by
    made.save(update_fields=["undone_at", "undone_by"])
    record(
        act="students.undo_import",
        about=str(made.cohort),
        by=by,
        department=made.cohort.department,
        details={
            "import": made.pk,
            "file": made.name,
            "removed": undoing.removed,
            "restored": undoing.restored,
            "kept": [list(pair) for pair in undoing.kept],
        },
    )
    return undoing


class _Undo:
    """An import read again against what became of its students: a fixed number of queries."""

    def __init__(self, made: StudentImport) -> None:
        self.made, self.cohort = made, made.cohort
        self.done = made.done
        created, changed = self.done["created"], self.done["changed"]
        self.students = Student.objects.select_related("department").in_bulk(
            [row["student"] for row in (*created, *changed)]
        )
        enrolments = [
            *(row["enrolment"] for row in created),
            *(row["enrolled"] for row in changed if "enrolled" in row),
            *(row["place"]["enrolment"] for row in changed if "place" in row),
        ]
        rows = Enrolment.objects.select_related(
            "student", "group", "programme__parcours", "cohort__specialty__department"
        )
        self.enrolments = rows.in_bulk(enrolments)
        self.student_uses = _uses(Student, [row["student"] for row in created])
        self.enrolment_uses = _uses(Enrolment, enrolments)
        self.sits = people.jury_sits(self.cohort)
        self.to_delete: list[tuple[Enrolment, Student | None]] = []
        self.to_restore: list[tuple[Student, Identity]] = []
        self.to_place: list[tuple[Enrolment, int | None, str, list[int]]] = []

    def judge(self) -> Undoing:
        undoing = Undoing()
        for row in self.done["created"]:
            self._judge_created(row, undoing)
        for row in self.done["changed"]:
            self._judge_changed(row, undoing)
        return undoing

    def _judge_created(self, row: Mapping[str, Any], undoing: Undoing) -> None:
        student, enrolment = self.students.get(row["student"]), self.enrolments.get(row["enrolment"])
        if student is None or enrolment is None:
            undoing.kept.append((row["name"], "déjà retiré depuis"))
        elif why := self._why_enrolled(enrolment) or self._why_student(student):
            undoing.kept.append((str(student), why))
        else:
            undoing.removed.append(str(student))
            self.to_delete.append((enrolment, student))

    def _judge_changed(self, row: Mapping[str, Any], undoing: Undoing) -> None:
        student = self.students.get(row["student"])
        if student is None:
            undoing.kept.append((row["name"], "retiré depuis"))
            return
        before = []
        if "enrolled" in row:
            enrolment = self.enrolments.get(row["enrolled"])
            why = self._why_enrolled(enrolment) if enrolment else "inscription déjà retirée"
            if why or enrolment is None:
                undoing.kept.append((str(student), why))
            else:
                before.append("inscription")
                self.to_delete.append((enrolment, None))
        before += self._judge_identity(row, student, undoing)
        before += self._judge_place(row, student, undoing)
        if before:
            undoing.restored.append(f"{student}{NBSP}: {', '.join(before)}")

    def _judge_identity(self, row: Mapping[str, Any], student: Student, undoing: Undoing) -> list[str]:
        values = {name: getattr(student, name) for name in IDENTITY}
        back = {}
        for name, (was, became) in row["identity"].items():
            label = _label(name)
            if _kept(values[name]) == became:
                back[name] = _given_back(name, was)
            elif _kept(values[name]) != was:
                undoing.kept.append((str(student), f"{label} changé depuis, reste {_kept(values[name])}"))
        if "number" in back and people.in_a_jury(student):
            del back["number"]
            undoing.kept.append((str(student), "n° étudiant : un jury a verrouillé ses notes"))
        if back:
            self.to_restore.append((student, Identity(**values | back)))
        return [_label(name) for name in back]

    def _judge_place(self, row: Mapping[str, Any], student: Student, undoing: Undoing) -> list[str]:
        place = row.get("place")
        enrolment = self.enrolments.get(place["enrolment"]) if place else None
        if place is None or enrolment is None:
            return []
        (group_was, group_became), (company_was, company_became) = place["group"], place["company"]
        back = []
        group, company = enrolment.group_id, enrolment.company
        if group == group_became != group_was:
            group = group_was
            back.append("groupe")
        elif group != group_was:
            undoing.kept.append((str(student), "groupe changé depuis"))
        if company == company_became != company_was:
            company = company_was
            back.append("entreprise")
        elif company != company_was:
            undoing.kept.append((str(student), "entreprise changée depuis"))
        semesters = enrolment.semesters
        semesters_was, semesters_became = place.get("semesters", (semesters, semesters))
        if semesters == semesters_became != semesters_was:
            semesters = semesters_was
            back.append("semestres suivis")
        elif semesters != semesters_was:
            undoing.kept.append((str(student), "semestres suivis changés depuis"))
        if back:
            self.to_place.append((enrolment, group, company, semesters))
        return back

    def _why_enrolled(self, enrolment: Enrolment) -> str:
        if self.sits:
            return "un jury a verrouillé les notes de la promotion"
        return self.enrolment_uses.get(enrolment.pk, "")

    def _why_student(self, student: Student) -> str:
        if student.account_id:
            return "a un compte"
        return self.student_uses.get(student.pk, "")

    def act(self, by: User) -> None:
        groups = {group.pk: group for group in self.cohort.groups.all()}
        for enrolment, group, company, semesters in self.to_place:
            _place(
                enrolment,
                group=groups.get(group or 0),
                company=company,
                semesters=semesters,
                # What was before the import stood already: it needs no other reason.
                motive=enrolment.motive or "Import annulé.",
                by=by,
            )
        for enrolment, student in self.to_delete:
            people.remove_enrolment(enrolment=enrolment, by=by)
            if student:
                people.remove_student(student=student, by=by)
        for student, identity in self.to_restore:
            people.change_identity(student=student, identity=identity, by=by)
        self._remove_groups(by)

    def _remove_groups(self, by: User) -> None:
        """The groups that the import made, once nobody and nothing is in them."""
        made = self.done["groups"]
        empty = set(self.cohort.groups.filter(pk__in=made, enrolments=None, assessments=None))
        if empty:
            names = {group: "" if group in empty else group.name for group in self.cohort.groups.all()}
            people.set_groups(cohort=self.cohort, names=names, new=[], by=by)


def _uses(model: type[Model], keys: Iterable[int]) -> dict[int, str]:
    """{key: what refers to the row, in words}: whatever refers to it, today or in a later version."""
    keys = list(keys)
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for relation in model._meta.related_objects:
        for key, number in _counts(relation, keys):
            counts[key][str(relation.related_model._meta.verbose_name_plural)] = number
    if model is Student:  # the enrolment that the import made goes with its student
        for uses in counts.values():
            name = str(Enrolment._meta.verbose_name_plural)
            uses[name] = uses.get(name, 0) - 1
    if model is Enrolment:
        for units, name in ((Enrolment.dispensed, "UE dispensées"), (Enrolment.retaken, "UE reprises")):
            through = units.through.objects.filter(enrolment__in=keys)
            for key in through.values_list("enrolment", flat=True):
                counts[key][name] = 1
    words = {
        key: ", ".join(
            f"{number}{NBSP}{name}" if number > 1 else name for name, number in uses.items() if number > 0
        )
        for key, uses in counts.items()
    }
    return {key: f"sert depuis ({text})" for key, text in words.items() if text}


def _counts(relation: ForeignObjectRel, keys: list[int]) -> list[tuple[int, int]]:
    column = relation.field.attname
    rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys})
    counted: dict[int, int] = defaultdict(int)
    for key in rows.values_list(column, flat=True):
        counted[key] += 1
    return list(counted.items())
