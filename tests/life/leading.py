"""Leads the students through their years, day after day, by the site's own services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.french import NBSP
from grades.models import Assessment, Cohort, Enrolment, Mark, Student
from grades.people import Grant, Points, change_enrolment, enrol, grant_repeat, set_adjustments
from grades.services import Entry, record_marks
from jury.cases.case import Case
from jury.cases.ledger.elsewhere import Origin, ResultRow, record_results, withdraw_result
from jury.cases.proceedings import Proceedings
from jury.documents.checking import check_all
from jury.documents.checking.noting import note
from jury.documents.letters.versions import Texts
from jury.models import Minutes, Result, Session
from jury.sittings import services
from jury.sittings.corrections import rechecks
from jury.sittings.corrections.answers import answer, differences
from jury.sittings.corrections.services import open_correction
from jury.sittings.services import Choice, MemberEdit
from tests.factories import make_student, programme_of
from tests.life.department import Campus
from tests.life.lives import Life, Then, Year, read_lives
from tests.life.saying import said

LAST_YEAR = 2025


@dataclass(frozen=True)
class Version:
    """A version of the PV of a jury: read from what it keeps, no query."""

    promotion: str
    school_year: int
    label: str  # "S4", "S4 rattrapage"
    minutes: Minutes
    proceedings: Proceedings


@dataclass
class Led:
    """What became of everyone, as plain data: it outlives the database."""

    versions: list[Version] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    # {name: [(school year, kind, subject, average, code, source, day, withdrawn)]}
    ledger: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    refused: dict[tuple[str, int, str], tuple[str, ...]] = field(default_factory=dict)
    # {(name, day): {"S4 2022": [what would change]}}
    told: dict[tuple[str, date], dict[str, list[str]]] = field(default_factory=dict)
    # The words of the department's letters.
    texts: Texts | None = None
    # What `check_all` finds and does not compare in the department so led.
    tampered: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)

    def cases(self, name: str) -> Iterable[tuple[Version, Case]]:
        """What each version of each jury says of a student, in the order of time."""
        number = self.numbers[name]
        for version in self.versions:
            if number in version.proceedings.context["students"]:
                yield version, version.proceedings.case(number)

    def says(self, name: str, promotion: str, school_year: int) -> dict[str, str]:
        """{"S4": …, "S4 corrigé": … when a later version says otherwise}."""
        found: dict[str, str] = {}
        last: dict[str, str] = {}
        for version, case in self.cases(name):
            if (version.promotion, version.school_year) != (promotion, school_year):
                continue
            text, label = said(case), version.label
            if last.get(label) == text:
                continue
            while label in found:
                label += " corrigé"
            found[label] = last[version.label] = text
        return found

    def diplomas(self, name: str) -> dict[str, date]:
        return {row[2]: row[6] for row in self.ledger[name] if row[1] == "diploma"}


def lead() -> Led:
    """The whole of it; inside a transaction that the caller rolls back."""
    return Leading(read_lives()).run()


class Leading:
    """The department's five years, as an agenda."""

    def __init__(self, lives: list[Life]) -> None:
        self.lives = lives
        self.campus = Campus()
        self.led = Led()
        self.students: dict[str, Student] = {}
        self.enrolments: dict[tuple[str, int, str], Enrolment] = {}
        self.promotions: dict[int, str] = {}
        for life in lives:
            student = make_student(
                self.campus.row, last_name=life.last_name.upper(), first_name=life.first_name
            )
            self.students[life.name] = student
            self.led.numbers[life.name] = student.number
        note()  # the accounts of the campus, made without the services

    def run(self) -> Led:
        for _, act in sorted(self._agenda(), key=lambda each: each[0]):
            act()
        for life in self.lives:
            self.led.ledger[life.name] = _ledger(self.students[life.name])
        self.led.texts = Texts.of(self.campus.row)
        for checked in check_all():
            self.led.tampered += checked.findings
            self.led.uncovered += checked.uncovered
        return self.led

    def _agenda(self) -> Iterable[tuple[tuple[date, int], Callable[[], None]]]:
        """Every act with its day, and its order in the day."""
        for year in range(2021, LAST_YEAR + 1):
            yield (date(year, 9, 15), 0), lambda year=year: self.enrol_everyone(year)
            for half, marks, jury in (
                (1, date(year + 1, 1, 20), date(year + 1, 2, 5)),
                (0, date(year + 1, 6, 20), date(year + 1, 7, 5)),
            ):
                yield (marks, 0), lambda year=year, half=half: self.enter_marks(year, half)
                yield (jury, 1), lambda year=year, half=half, jury=jury: self.hold_juries(year, half, jury)
            yield (date(year + 1, 9, 10), 0), lambda year=year: self.hold_catch_ups(year)
        for life in self.lives:
            for year in life.years:
                for status, since in year.leaves.items():
                    yield (
                        (since, 0),
                        lambda life=life, year=year, status=status: self.leave(life, year, status),
                    )
                if year.grant:
                    yield (year.grant["on"], 0), lambda life=life, year=year: self.grant(life, year)
                for table in year.elsewhere:
                    day = max(table["on"], date(year.school_year, 9, 16))
                    yield (day, 0), lambda life=life, table=table: self.record(life, table)
            for then in life.then:
                yield (then.on, 2), lambda life=life, then=then: self.do(life, then)

    def _years(self, school_year: int) -> Iterable[tuple[Life, Year]]:
        for life in self.lives:
            for year in life.years:
                if year.school_year == school_year:
                    yield life, year

    # ---------- the school year begins ----------

    def enrol_everyone(self, school_year: int) -> None:
        for life, year in self._years(school_year):
            cohort = self.campus.cohort(year.promotion, school_year)
            self.promotions[cohort.pk] = year.promotion
            key = (life.name, school_year, year.promotion)
            self.enrolments[key] = self._enrol(life, year, cohort)
            self.led.refused.setdefault(key, ())

    def _enrol(self, life: Life, year: Year, cohort: Cohort) -> Enrolment:
        """Without a motive first: what the site opposes to it is kept."""
        asked = {
            "cohort": cohort,
            "student": self.students[life.name],
            "by": self.campus.secretary,
            "company": year.company,
            "semesters": year.semesters,
        }
        try:
            with transaction.atomic():
                enrolment = enrol(**asked)
        except ValidationError as refusal:
            self.led.refused[life.name, year.school_year, year.promotion] = tuple(
                refusal.message_dict["motive"][:-1]
            )
            enrolment = enrol(**asked, motive=year.motive or "À comparer à la vie écrite.")
        if year.retakes or year.dispensed:
            self._change(enrolment, retaken=year.retakes, dispensed=year.dispensed)
        if year.bonus:
            units = {unit.code: unit for unit in programme_of(cohort).units.all()}
            set_adjustments(
                enrolment=enrolment,
                adjustments={units[code]: Points(points, "Sport") for code, points in year.bonus.items()},
                by=self.campus.director,
            )
        return enrolment

    def _change(self, enrolment: Enrolment, *, retaken=(), dispensed=(), status="", since=None) -> None:
        units = {unit.code: unit for unit in programme_of(enrolment.cohort).units.all()}
        change_enrolment(
            enrolment=enrolment,
            by=self.campus.secretary,
            group=None,
            company=enrolment.company,
            status=status,
            status_since=since,
            repeats={},
            dispensed=[units[code] for code in dispensed],
            unlocking="Arrivé après le jury du semestre impair.",
            retaken=[units[code] for code in retaken],
            unjustified_absences=0,
            justified_absences=0,
        )

    # ---------- marks ----------

    def enter_marks(self, school_year: int, half: int) -> None:
        wanted: dict[int, dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
        for life, year in self._years(school_year):
            enrolment = self.enrolments[life.name, school_year, year.promotion]
            for semester in year.semesters:
                for number in range(1, 6) if semester % 2 == half else ():
                    element = f"R{semester}{number}"
                    if (text := year.mark(element)) is not None:
                        wanted[enrolment.cohort_id][element][enrolment.pk] = text
        for cohort, elements in wanted.items():
            for element, texts in elements.items():
                self._record(cohort, element, texts)

    def _record(self, cohort: int, element: str, texts: dict[int, str]) -> None:
        """Enter marks on the sheet of an element; none is asked of who does not take its UE."""
        assessment = (
            Assessment.objects.filter(teaching__cohort=cohort, teaching__element__code=element)
            .select_related("teaching__element", "teaching__cohort__specialty__department")
            .first()
        )
        if assessment is None:  # no such UE in BUT1
            return
        versions = dict(Mark.objects.filter(assessment=assessment).values_list("enrolment", "version"))
        recorded = record_marks(
            teaching=assessment.teaching,
            entries=[
                Entry(assessment.pk, enrolment, text.replace(".", ","), versions.get(enrolment, 0))
                for enrolment, text in texts.items()
            ],
            by=self.campus.director,
        )
        for outcome in recorded.outcomes:
            refused = outcome.state != "saved" and "aucune note attendue" not in outcome.reason
            assert not refused, (element, outcome)

    # ---------- juries ----------

    def hold_juries(self, school_year: int, half: int, day: date) -> None:
        """Those of the odd or even semester of every promotion that has someone in it."""
        cohorts = Cohort.objects.filter(school_year=school_year).order_by("year", "pk")
        for cohort in cohorts.prefetch_related("programmes"):
            semester = programme_of(cohort).semesters[0 if half else 1]
            if not cohort.enrolments.taking(semester).exists():
                continue
            session = Session(
                cohort=cohort, semester=semester, president=self.campus.president, date=day, place="B204"
            )
            services.schedule(session=session, by=self.campus.secretary)
            self._deliberate(self._present(session), f"S{semester}")
        self.answer_rechecks()

    def hold_catch_ups(self, school_year: int) -> None:
        wanted: dict[tuple[int, int], list[tuple[Life, Year]]] = defaultdict(list)
        for life, year in self._years(school_year):
            for label in year.catch_up:
                cohort = self.enrolments[life.name, school_year, year.promotion].cohort_id
                wanted[cohort, int(label[1])].append((life, year))
        for (cohort, semester), those in wanted.items():
            closed = self._session(cohort, semester)
            session = services.catch_up(
                closed=closed,
                session=Session(
                    date=date(school_year + 1, 9, 10), place="B204", president=self.campus.president
                ),
                students=[self.students[life.name] for life, _ in those],
                by=self.campus.secretary,
            )
            services.reopen_marks(session=session, motive="Rattrapage.", by=self.campus.president)
            for life, year in those:
                enrolment = self.enrolments[life.name, school_year, year.promotion]
                for element, mark in year.catch_up[f"S{semester}"].items():
                    self._record(cohort, element, {enrolment.pk: str(mark)})
            self._deliberate(self._present(session), f"S{semester} rattrapage")
        self.answer_rechecks()

    def _present(self, session: Session) -> Session:
        """Seat the president, who came."""
        services.seat_president(session=session)
        member = session.members.get()
        edit = MemberEdit(member.pk, {**member.as_line, "presence": "present"})
        services.convene(session=session, edits=[edit], by=self.campus.secretary)
        return session

    def _deliberate(self, session: Session, label: str, decisions: dict[str, Any] | None = None) -> None:
        """From opening to closing, as the lives decide; then the version of the PV is kept."""
        services.open_deliberation(session=_read(session), by=self.campus.president, motive="Essai.")
        self._close(session, label, self._decisions(session, label) if decisions is None else decisions)

    def _decisions(self, session: Session, label: str) -> dict[str, Any]:
        promotion = self.promotions[session.cohort_id]
        return {
            life.name: year.decide[label]
            for life, year in self._years(session.cohort.school_year)
            if year.promotion == promotion and label in year.decide
        }

    def _close(self, session: Session, label: str, decisions: dict[str, Any]) -> None:
        for name, decision in decisions.items():
            self._decide(session, name, decision)
        proceedings = Proceedings.of(_read(session))
        left = {
            case.name: case.verdict.options or case.blocked for case in proceedings.cases if case.undecided
        }
        assert not left, (str(_read(session)), left)
        if awaiting := proceedings.awaiting:
            services.adopt(session=_read(session), by=self.campus.president, expected=len(awaiting))
        minutes = services.close(session=_read(session), by=self.campus.president)
        content = Minutes.objects.get(pk=minutes.pk).content
        self.led.versions.append(
            Version(
                self.promotions[session.cohort_id],
                session.cohort.school_year,
                label,
                minutes,
                Proceedings.of_minutes(content),
            )
        )

    def _decide(self, session: Session, name: str, decision: dict[str, Any]) -> None:
        said_with = {"motive": "Résultats insuffisants.", "advice": "", "hearing": ""}
        about = {key: value for key, value in decision.items() if key in said_with}
        choices = [
            Choice(
                "year" if key == "year" else "rcue" if "/" in key else "unit",
                "" if key == "year" else key,
                code,
            )
            for key, code in decision.items()
            if key not in said_with
        ]
        first, *also = choices
        services.decide(
            session=_read(session),
            student=self.students[name],
            kind=first.kind,
            subject=first.subject,
            code=first.code,
            also=also,
            by=self.campus.president,
            **(said_with | about),
        )

    def _session(self, cohort: int, semester: int, rank: int = 1) -> Session:
        return Session.objects.with_programme().get(cohort=cohort, semester=semester, rank=rank)

    # ---------- between juries ----------

    def leave(self, life: Life, year: Year, status: str) -> None:
        enrolment = self.enrolments[life.name, year.school_year, year.promotion]
        self._change(enrolment, status=status, since=year.leaves[status])

    def grant(self, life: Life, year: Year) -> None:
        said = dict(year.grant or {})
        grant_repeat(
            enrolment=self.enrolments[life.name, year.school_year, year.promotion],
            grant=Grant(said["semester"], said["on"], said["by"], said["circumstances"], said["document"]),
            by=self.campus.director,
        )

    def record(self, life: Life, table: Any) -> None:
        """Results of elsewhere: {"UE11": "12.5 ADM", "UE12": "ADM"}."""
        rows = []
        for line, (subject, text) in enumerate(table["results"].items(), 2):
            average, _, code = text.rpartition(" ")
            number = self.students[life.name].number
            rows.append(ResultRow(line, number, str(table["from"]), subject, average, code))
        record_results(
            department=self.campus.row,
            rows=rows,
            by=self.campus.secretary,
            origin=Origin(Result.Source(table["kind"]), table["document"], table["on"]),
        )

    def do(self, life: Life, then: Then) -> None:
        if then.records:
            self.record(life, dict(then.records) | {"on": then.on})
        elif then.withdraws:
            result = Result.objects.standing().get(
                student=self.students[life.name], subject=then.withdraws, session=None
            )
            withdraw_result(result=result, motive=then.motive, by=self.campus.secretary)
        else:
            self.correct(life, then)
        told = self.answer_rechecks(then.decide)
        self.led.told[life.name, then.on] = told

    def correct(self, life: Life, then: Then) -> None:
        """Take a closed jury up again for marks, answer what changed, close its new version."""
        semester = int(then.corrects[1])
        year = next(
            each for each in life.years if each.school_year == then.school_year and semester in each.semesters
        )
        enrolment = self.enrolments[life.name, then.school_year, year.promotion]
        session = self._session(enrolment.cohort_id, semester)
        open_correction(session=session, motive="Erreur de saisie.", marks=True, by=self.campus.president)
        for element, mark in then.marks.items():
            self._record(enrolment.cohort_id, element, {enrolment.pk: str(mark)})
        services.open_deliberation(session=_read(session), by=self.campus.president, motive="Corrigé.")
        decision = then.decide.get(f"{then.corrects} {then.school_year}")
        self._answer(session, then.corrects, {life.name: decision} if decision else {})

    def _answer(self, session: Session, label: str, decisions: dict[str, Any]) -> None:
        """Accept line by line what the rules say now, decide what they leave, close."""
        for each in differences(Proceedings.of(_read(session))):
            answer(
                session=_read(session),
                number=each.case.id,
                kept=(),
                motive="",
                shown=each.mark,
                by=self.campus.president,
            )
        self._close(session, label, decisions)

    def answer_rechecks(self, decide: Any = None) -> dict[str, list[str]]:
        """Each jury told of a result that changed takes it in, or says that nothing follows."""
        told: dict[str, list[str]] = {}
        while waiting := Session.objects.with_programme().filter(to_recheck=True).order_by("date").first():
            label = f"S{waiting.semester}" + (" rattrapage" if waiting.is_catch_up else "")
            looked = rechecks.to_look_at(waiting)
            told[f"{label} {waiting.cohort.school_year}"] = [
                f"{each.name}{NBSP}: {change}".replace(NBSP, " ")
                for each in looked
                for change in each.changes
            ]
            if any(each.changes for each in looked):
                rechecks.take_in(session=waiting, motive="Résultat changé.", by=self.campus.president)
                names = {student.number: name for name, student in self.students.items()}
                decided = (decide or {}).get(f"{label} {waiting.cohort.school_year}")
                concerned = {names[each.number]: decided for each in looked} if decided else {}
                self._answer(waiting, label, concerned)
            else:
                rechecks.leave(session=waiting, by=self.campus.president)
        return told


def _read(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


def _ledger(student: Student) -> list[tuple[Any, ...]]:
    rows = Result.objects.filter(student=student).order_by("school_year", "decided_on", "pk")
    return [
        (
            row.school_year,
            str(row.kind),
            row.subject,
            row.average,
            row.code,
            str(row.source),
            row.decided_on,
            row.withdrawn_at is not None,
        )
        for row in rows
    ]
