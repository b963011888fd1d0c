"""The ledger: what each session gave is what its last PV says; the rest, what was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import Any

from butrt.base.exactjson import plain
from grades.models import Student
from jury.cases.ledger.writing import Given, lines_of
from jury.cases.proceedings import Proceedings
from jury.documents.checking.checked import Checked, in_words
from jury.documents.checking.journaled import Journaled, Kind, Value, compare
from jury.models import Minutes, Result, Session

WORDS = {
    "code": "code",
    "average": "moyenne",
    "credits": "ECTS",
    "competence": "compétence",
    "level": "niveau",
    "semester": "semestre",
    "year": "année du BUT",
    "programme": "programme",
    "school_year": "année universitaire",
    "decided_on": "jour de la décision",
    "subject": "objet",
    "kind": "nature",
    "source": "origine",
    "document": "pièce",
    "withdrawn": "retiré",
    "student": "étudiant",
}
ResultKey = tuple[int, str, str]  # student, kind, subject


def elsewhere_told_by_the_rows() -> dict[str, Value]:
    there = {}
    for row in Result.objects.from_elsewhere():
        value = row.as_journaled | {"withdrawn": row.withdrawn_at is not None}
        there[str(value.pop("key"))] = value
    return there


def check_results(journaled: Journaled) -> Checked:
    """Each session's lines, recomputed from its last PV; a query for all the lines, four for each session."""
    checked = Checked("Résultats des jurys", seen=Result.objects.exclude(session=None).count())
    there: defaultdict[int, dict[ResultKey, Result]] = defaultdict(dict)
    everywhere: set[tuple[str, ResultKey]] = set()
    for row in Result.objects.standing():
        line = (row.student_id, row.kind, row.subject)
        everywhere.add((row.code, line))
        if row.session_id is not None:
            there[row.session_id][line] = row
    for session, content in _last_minutes():
        given = lines_of(session, Proceedings.of_minutes(content))
        _compare(session, content, given, there.pop(session.pk, {}), everywhere, checked)
    orphans = (
        Session.objects.select_related("cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .in_bulk(there)
    )
    for key, lines in there.items():
        checked.finds(f"{orphans[key]} : {len(lines)} résultats, sans aucun PV.")
    return checked


def _last_minutes() -> Iterable[tuple[Session, dict[str, Any]]]:
    """Each session that has a PV, with what the last one says; one PV at a time."""
    last = dict(Minutes.objects.order_by("version").values_list("session", "pk"))
    sessions = Session.objects.with_programme().in_bulk(last)
    rows = Minutes.objects.filter(pk__in=last.values()).values_list("session", "content").order_by("session")
    for session, content in rows.iterator(chunk_size=1):
        yield sessions[session], content


def _compare(
    session: Session,
    content: Mapping[str, Any],
    given: list[Given],
    there: dict[ResultKey, Result],
    everywhere: Set[tuple[str, ResultKey]],
    checked: Checked,
) -> None:
    version = content["version"]
    expected = {(row.student_id, row.kind, row.subject): row for row in given}
    wrong = [
        about for about in {*expected, *there} if _fields(expected.get(about)) != _fields(there.get(about))
    ]
    names = Student.objects.in_bulk({student for student, *_ in wrong}) if wrong else {}
    for about in sorted(wrong):
        student, _, subject = about
        line = f"{names[student]}, {subject}, {session}"
        pv, here = _fields(expected.get(about)), _fields(there.get(about))
        kept_once = bool(here) or (pv["code"], about) in everywhere
        if not (pv and here) and kept_once and _recalled(content, names[student].number, subject, pv or here):
            continue
        if not here:
            code = pv.get("code") or "le diplôme"
            checked.finds(f"{line} : le PV (version {version}) donne {code}, les résultats ne l’ont plus.")
        elif not pv:
            code = here.get("code") or "le diplôme"
            checked.finds(f"{line} : les résultats disent {code}, le PV (version {version}) n’en dit rien.")
        for name in pv if pv and here else ():
            if pv[name] != here[name]:
                checked.finds(
                    f"{line}, {WORDS[name]} : les résultats disent {in_words(here[name])}, "
                    f"le PV (version {version}) {in_words(pv[name])}."
                )


def _recalled(content: Mapping[str, Any], number: str, subject: str, line: Mapping[str, Any]) -> bool:
    """Whether a PV of before 0.3 said a line without telling whether it gave or recalled it.

    The upgrade kept each line once, with the jury that gave it (migration 0012).
    """
    if "granted" in content["context"]["students"].get(number, {"granted": {}}):
        return False
    for student in content["decisions"]["students"]:
        if student["id"] == number:
            decided = {**student.get("units", {}), **student.get("rcues", {})}.get(subject, {})
            return bool(decided.get("code") == line["code"])
    return False


def _fields(row: Result | Given | None) -> dict[str, Any]:
    """What of a line a jury gives; {} without one."""
    if row is None:
        return {}
    return {
        "code": str(row.code),
        "average": row.average,
        "credits": None if row.credits is None else plain(row.credits),
        "competence": row.competence_id,
        "level": row.level,
        "semester": row.semester,
        "year": row.year,
        "programme": row.programme_id,
        "school_year": row.school_year,
        "decided_on": row.decided_on,
        "withdrawn": row.withdrawn_at is not None,
    }


def check_elsewhere(journaled: Journaled) -> Checked:
    """The results that no jury held here gave: as they were recorded, those withdrawn too."""
    there, recorded = elsewhere_told_by_the_rows(), journaled.values[Kind.ELSEWHERE]
    checked = Checked("Résultats d’ailleurs", seen=len(there))
    compared = compare(there, recorded)
    values = [there.get(key) or recorded[key] for key in compared.keys]
    names = Student.objects.in_bulk({value["student"] for value in values})

    def line(key: str) -> str:
        value = there.get(key) or recorded[key]
        student = names.get(value["student"], f"Étudiant n° {value['student']}")
        return f"{student}, {value['subject']} {value['code']} ({value['source']})"

    for key, name, before, here in compared.differing:
        checked.differs(f"{line(key)}, {WORDS.get(name, name)}", here, before)
    for key in compared.gone:
        checked.finds(f"{line(key)} : le journal dit ce résultat, il n’y est plus.")
    checked.untold(journaled, Kind.ELSEWHERE, compared.untold, line)
    return checked
