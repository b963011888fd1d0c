"""What a version of the PV changes from the one before: computed from both, never typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import shown
from jury.cases import hearing
from jury.cases.aside import set_aside
from jury.cases.case import Case
from jury.cases.consequences import changes
from jury.cases.proceedings import Proceedings
from jury.models import Member

# What of the meeting a correction may change, and how it is called.
MEETING = {
    "date": "date",
    "place": "lieu",
    "starts": "début",
    "ends": "fin",
    "president": "présidence",
    "president_quality": "qualité de la présidence",
    "composition": "acte de composition",
    "opening_motive": "motif d’ouverture malgré la liste de contrôle",
}
# What of the meeting the documents of every student print.
PRINTED = ("date", "president", "president_quality", "title")
# What is said around the figures, of all the students, and how it is called.
AROUND = {
    "department": "établissement",
    "programme": "programme",
    "regulation": "règlement",
    "regulation_sources": "textes du règlement",
    "competences": "compétences",
    "elements": "éléments",
    "school_year": "année universitaire",
    "title": "session",
}
FIGURES = {"regulation": "réglages du règlement", "units": "UE, crédits et coefficients"}
# What of a person the documents print, and how it is called.
PERSON = {
    "last_name": "nom",
    "first_name": "prénom",
    "gender": "civilité",
    "birth_date": "date de naissance",
    "birth_place": "lieu de naissance",
    "ine": "INE",
    "without_ine": "sans INE",
    "status": "situation",
    "status_since": "date de la situation",
    "company": "entreprise",
}
# What of earlier juries they recall.
PAST = ("path", "granted", "since", "diplomas")
DECISION = {"motive": "motif", "advice": "conseils", "right": "droit écarté"}

WRITTEN = ("opening_motive", "composition")
DATES, HOURS = ("date", "birth_date", "status_since"), ("starts", "ends")

Change = dict[str, Any]


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """[{who, lines: [text]}] from the content of a version to that of the next, nothing left out.

    The meeting and members, the texts, then each student, with their `student` number: marks, averages,
    codes, motives. Averages are told beside their codes. Empty when the two versions say the same.
    """
    differences: list[Change] = [
        {"who": "Séance et membres", "lines": [*_meeting(before, after)]},
        {"who": "Textes et programme", "lines": [*_texts(before, after)]},
    ]
    then, now = Proceedings.of_minutes(before), Proceedings.of_minutes(after)
    earlier = {case.id: case for case in then.cases}
    for case in now.cases:
        was = earlier.pop(case.id, None)
        who = f"{case.legal_name}, n°{NBSP}{case.person['number']}"
        lines = [*_student(was, case)] if was else ["ajouté à la session"]
        differences.append({"who": who, "student": case.id, "lines": lines})
    for case in earlier.values():
        differences.append({"who": case.legal_name, "student": case.id, "lines": ["retiré de la session"]})
    return [change for change in differences if change["lines"]]


def students_touched(
    before: Mapping[str, Any], after: Mapping[str, Any], differences: list[Change]
) -> list[str] | None:
    """The students whose documents the next version replaces, by number; None: everybody's.

    Those of whom something changes, by the `differences`; all of them when what every document prints does.
    """
    printed = {name: before["session"].get(name) for name in PRINTED}
    if printed != {name: after["session"].get(name) for name in PRINTED} or [*_texts(before, after)]:
        return None
    return [change["student"] for change in differences if "student" in change]


def _arrow(words: str, before: Any, after: Any) -> str:
    """ "lieu : salle B204 → salle B205"."""
    return f"{words}{NBSP}: {before or 'non consigné'} → {after or 'non consigné'}"


def _dated(name: str, value: Any) -> Any:
    """A date or an hour of a content as people read it; anything else as it is."""
    if value is True:
        return "oui"
    if value and name in DATES:
        return french.day(value)
    return french.hour(value) if value and name in HOURS else value


def _quoted(words: str, before: str, after: str) -> str:
    was, becomes = (f"« {value} »" if value else "rien" for value in (before, after))
    return f"{words}{NBSP}: {was} → {becomes}"


# ---------- the meeting, the texts ----------


def _meeting(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, words in MEETING.items():
        was, becomes = before["session"].get(name), after["session"].get(name)
        if was != becomes:
            phrase = _quoted if name in WRITTEN else _arrow
            yield phrase(words, _dated(name, was), _dated(name, becomes))
    presided, presides = (
        (content["session"].get("presided_by") or {}).get("name") for content in (before, after)
    )
    if presided != presides:
        yield _arrow("suppléance de la présidence", presided, presides)
    was_there, is_there = _by_name(before), _by_name(after)
    for name in dict.fromkeys([*was_there, *is_there]):
        if was_there.get(name) != is_there.get(name):
            was, becomes = was_there.get(name, "absent de la liste"), is_there.get(name, "retiré de la liste")
            yield f"{name}{NBSP}: {was} → {becomes}"


def _by_name(content: Mapping[str, Any]) -> dict[str, str]:
    return {
        member["name"]: f"{member['quality']}, {Member.Presence(member['presence']).label}"
        for member in content["members"]
    }


def _texts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if "visas" in before:
        yield from (f"visa retiré, « {visa} »" for visa in before["visas"] if visa not in after["visas"])
        yield from (f"visa ajouté, « {visa} »" for visa in after["visas"] if visa not in before["visas"])
    for part, named in (("context", AROUND), ("cohort", FIGURES)):
        for name, words in named.items():
            was, becomes = before[part].get(name), after[part].get(name)
            if was != becomes and name in before[part]:
                yield from (_arrow(words, *pair) for pair in _leaves(was, becomes))
    yield from _set_aside(before["context"], after["context"])


def _set_aside(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The elements set aside or put back in the averages, and a motive that changed."""
    then, now = (
        {element.name: element.motive for element in set_aside(around)} for around in (before, after)
    )
    for name in dict.fromkeys([*then, *now]):
        if name not in now:
            yield f"{name} remis dans les moyennes"
        elif then.get(name) != now[name]:
            yield _quoted(f"{name} mis de côté, motif", then.get(name, ""), now[name])


def _leaves(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """What differs between two objects, down to their texts: those that are in both."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                yield from _leaves(before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            if one != other:
                yield from _leaves(one, other)
    else:
        yield tuple("" if value is None else str(value) for value in (before, after))  # type: ignore[misc]


# ---------- a student ----------


def _student(was: Case, case: Case) -> Iterator[str]:
    for name, words in PERSON.items():
        before, after = was.person.get(name), case.person.get(name)
        if before != after:
            yield _arrow(words, _dated(name, before), _dated(name, after))
    yield from _elements(was, case)
    yield from map(str, changes(was.outcome, case.outcome, averages=True))
    yield from _decisions(was, case)
    if any(was.person.get(name) != case.person.get(name) for name in PAST):
        yield "résultats antérieurs relus"
    if was.person.get("absences") != case.person.get("absences"):
        yield "relevé des absences"
    if was.person.get("appreciations") != case.person.get("appreciations"):
        yield "appréciations du relevé"
    if was.person.get("extra_repeats") != case.person.get("extra_repeats"):
        yield "redoublements supplémentaires accordés"


def _elements(was: Case, case: Case) -> Iterator[str]:
    """The elements whose average changes: "R41 : 9,00 → 12,00"; a mark that changes none is told as such."""
    before, after = _averages(was), _averages(case)
    names = {**was.elements, **case.elements}
    changed = False
    for element in dict.fromkeys([*before, *after]):
        if (one := before.get(element, "")) != (other := after.get(element, "")):
            changed = True
            yield _arrow(names[element]["display"] if element in names else element, one, other)
    marks = [judged.figures.files[judged.id].get("elements") for judged in (was, case)]
    if not changed and (marks[0] != marks[1] or _lines(was) != _lines(case)):
        yield "des notes, sans que les moyennes des éléments changent"


def _averages(case: Case) -> dict[str, str]:
    """{element: its averages, one per UE where they differ, or its state}."""
    averages: dict[str, list[str]] = {}
    for unit in case.verdict.units.values():
        for line in unit.elements:
            average = shown(line.average, case.cohort.regulation.decimals)
            text = line.state if average is None else french.number(average)
            if text not in averages.setdefault(line.element, []):
                averages[line.element].append(text)
    return {element: ", ".join(texts) for element, texts in averages.items()}


def _lines(case: Case) -> dict[str, Any]:
    """The elements of each UE, whole: coefficients as well."""
    return {name: unit.elements for name, unit in case.verdict.units.items()}


def _decisions(was: Case, case: Case) -> Iterator[str]:
    taken = {(decision.kind, decision.subject): decision for decision in was.decisions}
    for decision in case.decisions:
        before = taken.pop((decision.kind, decision.subject), None)
        if before is None:
            yield (f"décision du jury, {decision.about}{NBSP}{decision.code}{NBSP}: « {decision.motive} »")
            continue
        if before.code != decision.code:
            yield _arrow(f"décision du jury, {decision.about}", before.code, decision.code)
        for name, words in DECISION.items():
            one, other = getattr(before, name), getattr(decision, name)
            if one != other:
                yield _quoted(f"{words} {french.of(decision.code)}, {decision.about}", one, other)
        heard_before, heard = hearing.in_words(before), hearing.in_words(decision)
        if heard_before != heard:
            yield _quoted(f"audition {french.of(decision.code)}, {decision.about}", heard_before, heard)
    for decision in taken.values():
        yield f"décision du jury retirée, {decision.about}{NBSP}{decision.code}"


def in_one_text(changes: list[Change]) -> str:
    """The same, a line each: what `Minutes.changes` keeps."""
    return "\n".join(f"{change['who']}{NBSP}: {' ; '.join(change['lines'])}." for change in changes)
