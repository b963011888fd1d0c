"""What a version of the PV changes from the one before: computed from both, never typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jury import wording
from jury.consequences import changes
from jury.models import Member
from jury.proceedings import Case, Proceedings

# What of the meeting a correction may change, and how it is called.
MEETING = {"date": "date", "place": "lieu", "starts": "début", "ends": "fin", "president": "présidence"}


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """[{who, lines: [text]}] from the content of a version to that of the next: the meeting, then students.

    Averages are told beside their codes. Empty when the two versions say the same.
    """
    said = [{"who": "Séance et membres", "lines": [*_meeting(before, after)]}]
    then, now = Proceedings.of_minutes(before), Proceedings.of_minutes(after)
    earlier = {case.id: case for case in then.cases}
    for case in now.cases:
        was = earlier.pop(case.id, None)
        who = f"{case.name}, n°{wording.NBSP}{case.person['number']}"
        said.append({"who": who, "lines": [*_student(was, case)] if was else ["ajouté à la session"]})
    said += [{"who": case.name, "lines": ["retiré de la session"]} for case in earlier.values()]
    return [each for each in said if each["lines"]]


def _meeting(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, words in MEETING.items():
        was, becomes = before["session"].get(name), after["session"].get(name)
        if was != becomes:
            yield f"{words}{wording.NBSP}: {was or 'non consigné'} → {becomes or 'non consigné'}"
    was_there, is_there = _by_name(before), _by_name(after)
    for name in dict.fromkeys([*was_there, *is_there]):
        if was_there.get(name) != is_there.get(name):
            was, becomes = was_there.get(name, "absent de la liste"), is_there.get(name, "retiré de la liste")
            yield f"{name}{wording.NBSP}: {was} → {becomes}"


def _by_name(content: Mapping[str, Any]) -> dict[str, str]:
    return {
        each["name"]: f"{each['quality']}, {Member.Presence(each['presence']).label}"
        for each in content["members"]
    }


def _student(was: Case, case: Case) -> Iterator[str]:
    for name in ("last_name", "first_name", "birth_date", "birth_place", "ine"):
        if was.person.get(name) != case.person.get(name):
            yield f"identité{wording.NBSP}: {was.person.get(name)} → {case.person.get(name)}"
    for change in changes(was.outcome, case.outcome, averages=True):
        yield str(change)
    taken = {(each.kind, each.subject): each for each in was.decisions}
    for decision in case.decisions:
        before = taken.pop((decision.kind, decision.subject), None)
        if before is None or (before.code, before.motive) != (decision.code, decision.motive):
            about = decision.about[0].upper() + decision.about[1:]
            yield (
                f"décision du jury, {about}{wording.NBSP}{decision.code}, {decision.author}{wording.NBSP}: "
                f"« {decision.motive} »"
            )
    for decision in taken.values():
        yield f"décision du jury retirée, {decision.about}{wording.NBSP}{decision.code}"


def in_one_text(changes: list[dict[str, Any]]) -> str:
    """The same, a line each: what `Minutes.changes` keeps."""
    return "\n".join(f"{each['who']}{wording.NBSP}: {' ; '.join(each['lines'])}." for each in changes)
