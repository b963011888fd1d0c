"""What the secretariat does with Apogée: keep its file, say what is what, give the file back filled."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base import french
from butrt.base.accounts.models import User
from butrt.base.french import NBSP, quoted
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from butrt.base.previews import PlanChanged
from curriculum.models import Department, Programme, Unit
from grades.averages import rounded
from jury.cases.case import Case
from jury.cases.source import Source
from jury.exchange.apogee.elements import Proposals, propose
from jury.exchange.apogee.file import ApogeeFile, Reference, read_apogee
from jury.exchange.apogee.filling import FillingPlan, Given, Ours, Settings, Subject, Target, plan_filling
from jury.exchange.apogee.learnt import learnt
from jury.exchange.apogee.ours import ours, programme_words
from jury.models import ApogeeCode, ApogeeElement, ApogeeUpload, Session
from jury.rules import VALIDATING, Code, RcueVerdict, UnitVerdict, codes

CODE = re.compile(r"[A-Z0-9.+_-]{1,8}")
ELEMENT = re.compile(r"[A-Z0-9._+/-]{1,16}(![0-9A-Z]{1,6})?")

# What a site usually writes; where it has another word, the file's own list refuses ours: edit the table.
USUAL: Final[Mapping[Code, str]] = {
    Code.ADM: "ADM",
    Code.CMP: "CMP",
    Code.ADJ: "ADM",
    Code.ADJR: "ADM",
    Code.ADSUP: "ADM",
    Code.AJ: "AJ",
    Code.PASD: "PASD",
    Code.PAS1NCI: "PAS1NCI",
    Code.RED: "RED",
    Code.NAR: "NAR",
    Code.ATJ: "ATT",
    Code.RAT: "RAT",
    Code.DEF: "DEF",
    Code.DEM: "DEM",
    Code.ABAN: "ABAN",
    Code.ABL: "ABL",
    Code.EXCLU: "EXCLU",
}
POSSIBLE_CODES: Final[Mapping[Target, frozenset[Code]]] = {
    Target.UNIT: codes.UNIT_CODES,
    Target.RCUE: codes.RCUE_CODES,
    Target.SEMESTER: frozenset({Code.ADM, Code.AJ}) | codes.STATUSES,
    Target.YEAR: codes.YEAR_CODES,
}
"""The codes that each kind of subject may have."""
NOTHING: Final = Given("", "")


# ---------- what is what ----------


def saved_elements(programme: Programme) -> dict[Subject, list[Reference]]:
    """What each of ours is called in Apogée, as the secretariat said."""
    return {
        Subject(Target(row.target), row.subject): [Reference.read(code) for code in row.codes.split(",")]
        for row in programme.apogee_elements.all()
    }


def proposed_elements(programme: Programme, file: ApogeeFile) -> Proposals:
    """What a file seems to call ours, beside what is already said. Needs `parcours__specialty`."""
    return propose(
        file,
        ours(programme),
        words=programme_words(programme),
        learnt=learnt(programme),
        saved=saved_elements(programme),
    )


def site_codes(department: Department) -> dict[tuple[Target, str], str]:
    """How each code is written in the site's Apogée: the usual words, and what the secretariat changed."""
    usual = {
        (target, code.value): USUAL[code] for target, possible in POSSIBLE_CODES.items() for code in possible
    }
    rows = department.apogee_codes.values_list("target", "code", "written")
    return usual | {(Target(target), code): written for target, code, written in rows}


def read_references(text: str) -> list[Reference]:
    """ "v3rtu1, V3RT!231" → two references. Raises ValidationError for what is no code of Apogée."""
    references = []
    for part in filter(None, re.split(r"[,;\s]+", text.strip())):
        reference = Reference.read(part)
        if not ELEMENT.fullmatch(str(reference)):
            raise ValidationError(
                f"{quoted(part[:30])} n’est pas un code d’élément{NBSP}: écrire V3RTU1, ou V3RT!231 "
                "avec sa version, séparés par des virgules."
            )
        if reference not in references:
            references.append(reference)
    return references


@transaction.atomic
def save_elements(
    *,
    programme: Programme,
    elements: Mapping[Subject, list[Reference]],
    by: User,
    check: Check = unchecked,
) -> None:
    """Say what each of ours is called in Apogée. Raises ValidationError for a code given to two of ours."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    check()
    given: dict[Reference, Subject] = {}
    for subject, references in elements.items():
        for reference in references:
            other = next(
                (taken for known, taken in given.items() if known.means(reference) or reference.means(known)),
                None,
            )
            if other is not None and other != subject:
                raise ValidationError(
                    f"{reference} est donné à {other.name} et à {subject.name}{NBSP}: n’en garder qu’un."
                )
            given[reference] = subject
    before = {str(row): row.codes for row in programme.apogee_elements.all()}
    rows = [
        ApogeeElement(
            programme=programme,
            target=subject.target.value,
            subject=subject.name,
            codes=", ".join(map(str, references)),
        )
        for subject, references in elements.items()
        if references
    ]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    after = {str(row): row.codes for row in rows}
    if before == after:
        return
    programme.apogee_elements.all().delete()
    ApogeeElement.objects.bulk_create(rows)
    record(
        act="apogee.elements",
        about=str(programme),
        by=by,
        department=programme.parcours.department,
        details={"before": before, "after": after},
    )


@transaction.atomic
def save_codes(
    *,
    department: Department,
    written: Mapping[tuple[Target, str], str],
    by: User,
    check: Check = unchecked,
) -> None:
    """Say how each code is written in the site's Apogée; "" leaves the cell as it is.

    Raises ValidationError for what cannot be a code.
    """
    for (_, code), text in written.items():
        if text and not CODE.fullmatch(text):
            raise ValidationError(f"{code}{NBSP}: {quoted(text[:20])} n’est pas un code d’Apogée.")
    Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    check()
    before = site_codes(department)
    if before == {key: written.get(key, "") for key in before}:
        return
    department.apogee_codes.all().delete()
    ApogeeCode.objects.bulk_create(
        ApogeeCode(department=department, target=target.value, code=code, written=text)
        for (target, code), text in written.items()
    )
    changed = {
        f"{target} {code}": [before.get((target, code), ""), text]
        for (target, code), text in written.items()
        if before.get((target, code), "") != text
    }
    record(
        act="apogee.codes", about=str(department), by=by, department=department, details={"changed": changed}
    )


# ---------- the file ----------


@transaction.atomic
def keep_file(*, session: Session, data: bytes, name: str, by: User) -> ApogeeUpload:
    """Keep the file that Apogée gave out until it is filled. Raises ApogeeError for an unreadable one."""
    file = read_apogee(data)
    kept: ApogeeUpload = ApogeeUpload.objects.keep(by=by, data=data, name=name, session=session)
    record(
        act="apogee.receive",
        about=f"{name}, {session}",
        by=by,
        department=session.department,
        details={"sha256": hashlib.sha256(data).hexdigest(), "students": len(file.rows)},
    )
    return kept


def plan_for(session: Session, file: ApogeeFile) -> FillingPlan:
    """What each cell of a file would become, by the last PV of a closed session."""
    programme = programme_of_file(session, file)
    elements: dict[Subject, list[Reference]] = {element.subject: [] for element in ours(programme)}
    settings = Settings(
        elements=elements | saved_elements(programme),
        codes=site_codes(session.department),
        school_year=session.cohort.school_year,
        catch_up=session.is_catch_up,
    )
    return plan_filling(file, results_of(session, programme), settings)


def results_of(session: Session, programme: Programme) -> list[Ours]:
    """What the last PV says to Apogée of the students of a programme that it judges."""
    units = {unit.code: unit for unit in programme.units.select_related("competence")}
    return [
        _ours(case, session, units)
        for case in Source.of(session).proceedings.cases
        if case.person.get("programme", str(programme.pk)) == str(programme.pk)
    ]


def programme_of_file(session: Session, file: ApogeeFile | None) -> Programme:
    """The programme judged of which a file is: that of most of its students. Apogée gives one a programme."""
    judged = session.judged
    if len(judged) == 1 or file is None:
        return judged[0]
    theirs = session.enrolments().filter(student__number__in=[row.number for row in file.rows])
    counts = Counter(theirs.values_list("programme", flat=True))
    return max(judged, key=lambda programme: counts[programme.pk])


def _ours(case: Case, session: Session, units: Mapping[str, Unit]) -> Ours:
    """What the jury says of a student, of this year alone: UE, semesters; RCUE and year at an even one."""
    verdict, semesters = case.verdict, session.semesters
    judged = {
        code: unit
        for code, unit in verdict.units.items()
        if code in units and units[code].semester in semesters
    }
    given: dict[Subject, Given] = {}
    of_semester: dict[int, list[str | None]] = {}
    for code, unit in judged.items():
        average = None if unit.average is None or unit.provisional else str(unit.average)
        given[Subject(Target.UNIT, code)] = _given(average, _of_result(unit, case))
        of_semester.setdefault(units[code].semester, []).append(unit.code)
    if session.judges_year:
        for name, rcue in verdict.rcues.items():
            if name in case.year_rcues:
                average = None if rcue.average is None else str(rcue.average)
                # By the programme's own name, whatever the jury's file calls it.
                called = units[rcue.of.units[0].code].rcue
                given[Subject(Target.RCUE, called)] = _given(average, _of_result(rcue, case))
        given[Subject(Target.YEAR, f"BUT{session.year}")] = _given(None, verdict.year)
    for semester, unit_codes in of_semester.items():
        given[Subject(Target.SEMESTER, f"S{semester}")] = _given(None, _of_semester(unit_codes, case))
    decimals = case.cohort.regulation.decimals
    for element, by_unit in _averages(judged).items():
        given[Subject(Target.ELEMENT, element)] = _of_element(by_unit, decimals)
    return Ours(case.id, case.name, given)


def _averages(units: Mapping[str, UnitVerdict]) -> dict[str, dict[str, Fraction]]:
    """{element: {unit: average}} of the ressources and SAÉ that have one there and await no mark."""
    averages: dict[str, dict[str, Fraction]] = {}
    for code, unit in units.items():
        for line in unit.elements:
            by_unit = averages.setdefault(line.element, {})
            if line.average is not None and line.state != "ATT":
                by_unit[code] = line.average
    return averages


def _of_element(by_unit: Mapping[str, Fraction], decimals: int) -> Given:
    """The average of a ressource or a SAÉ, if it has one, shown the same in all its UE."""
    if not by_unit:
        return NOTHING
    first, *others = by_unit.values()
    if any(average is not first for average in others):  # one a UE, where its évaluations weigh otherwise
        averages = {unit: str(rounded(average, decimals)) for unit, average in by_unit.items()}
        if len(set(averages.values())) > 1:
            each_unit = ", ".join(f"{french.number(average)} en {unit}" for unit, average in averages.items())
            return Given("", "", f"une moyenne par UE{NBSP}: {each_unit}")
    return _given(str(rounded(first, decimals)), None)


def _of_result(result: UnitVerdict | RcueVerdict, case: Case) -> str | None:
    """The code of a UE or a RCUE. Of who left, what is said of the year is said of each without a code.

    Of a défaillant likewise for whatever is not acquired: the marks missing, typed ABI or left empty, give
    the same. What a person decided stands.
    """
    code = result.code
    if result.acquired or result.by_jury:
        return code
    if case.gone:
        return code or str(case.person["status"])
    if _is_default(case):
        return Code.DEF
    # Judged otherwise than défaillant: what lacks marks is not acquired, as with ABI.
    return Code.AJ if case.person["status"] == Code.DEF else code


def _is_default(case: Case) -> bool:
    """Whether the jury decided DEF; before it says anything of the year, whether the office recorded it."""
    return (case.verdict.year or case.person["status"]) == Code.DEF


def _given(average: str | None, code: str | None) -> Given:
    return Given(average or "", str(code) if code else "")


def _of_semester(unit_codes: list[str | None], case: Case) -> str | None:
    """A semester is acquired when its UE are; it has no code of its own (and no average): not said before."""
    if all(code in VALIDATING for code in unit_codes):
        return Code.ADM.value
    if case.gone:
        return str(case.person["status"])
    if _is_default(case):
        return Code.DEF.value
    if case.person["status"] == Code.DEF:
        return Code.AJ.value
    return Code.AJ.value if all(code in VALIDATING or code == Code.AJ for code in unit_codes) else None


@transaction.atomic
def give_back(*, session: Session, kept: ApogeeUpload, shown: str, overwrite: bool, by: User) -> bytes:
    """The file to give back to Apogée, as it was shown. Raises PlanChanged when it no longer is."""
    data = bytes(kept.data)
    plan = plan_for(session, read_apogee(data))
    if plan.digest != shown:
        raise PlanChanged
    filled = plan.written(overwrite=overwrite)
    record(
        act="apogee.give",
        about=f"{kept.name}, {session}",
        by=by,
        department=session.department,
        details={
            "received": hashlib.sha256(data).hexdigest(),
            "given": hashlib.sha256(filled).hexdigest(),
            "filled": plan.new,
            "already": plan.same,
            "conflicts": len(plan.conflicts),
            "overwritten": overwrite,
            "refused": len(plan.refused),
            "not_ours": [row.number for row in plan.strangers],
            "not_in_file": [student.number for student in plan.absent],
            "other_names": [row.number for row, _ in plan.renamed],
        },
    )
    return filled
