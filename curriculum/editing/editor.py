"""A programme in the hands of one person: what they saw, typed, and ask for; what that makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core import signing

from butrt.base.requested import whole_number
from curriculum.differences import Change, Field, Section, differences
from curriculum.editing.forms import AddElementForm, AddForm, AddUnitForm
from curriculum.editing.typed import Draft, Reading, Row, draft_of, draft_typed, merged, read
from curriculum.findings import Finding, Share, findings_of, only_in, shares
from curriculum.maquette import Maquette
from curriculum.models import Programme
from curriculum.programmefile import dump_programme, parse_programme
from curriculum.proposals import fingerprint, propose, take_proposals
from curriculum.reading import maquette_from, programme_data
from curriculum.services import source_of

if TYPE_CHECKING:
    from django.http import QueryDict

    from butrt.base.accounts.models import User

SALT = "curriculum.editing"
ON_SCREEN = "à l’écran"
"""Where a change comes from, in the journal."""
TOO_OLD = (
    "Cette page a perdu ce qu’elle montrait à son ouverture : ce qui est tapé est gardé, comparé au "
    "programme d’aujourd’hui. Relire les changements, puis enregistrer."
)


class Editor:
    """The page's state, made anew from each request: nothing of it is stored before the save."""

    def __init__(self, programme: Programme, seen: Mapping[str, Any], draft: Draft) -> None:
        self.programme = programme
        self.seen = seen
        self.draft = draft
        self.problems: list[str] = []
        self.meanwhile: tuple[Section, ...] = ()
        self.both: list[str] = []
        self.posted: QueryDict | None = None
        self.asked = ""

    @classmethod
    def opened(cls, programme: Programme) -> Editor:
        seen = programme_data(programme)
        return cls(programme, seen, draft_of(seen))

    @classmethod
    def sent(cls, programme: Programme, posted: QueryDict) -> Editor:
        """What the browser gives back. Raises `BadRequest` when it does not hold together."""
        draft = draft_typed(posted)
        try:
            kept = signing.loads(posted.get("seen", ""), salt=SALT)
            seen = parse_programme(kept["data"]) if kept["programme"] == programme.pk else None
        except signing.BadSignature:
            seen = None
        editor = cls(programme, seen or programme_data(programme), draft)
        if seen is None:
            editor.problems.append(TOO_OLD)
        editor.posted = posted
        editor.asked = posted.get("act", "")
        return editor

    @property
    def token(self) -> str:
        """What was seen, as the browser keeps it: a save builds upon it."""
        kept = {"programme": self.programme.pk, "data": dump_programme(self.seen)}
        return signing.dumps(kept, salt=SALT, compress=True)

    # What the draft makes

    @cached_property
    def semesters(self) -> tuple[int, ...]:
        """Those of the year, and any other that the stored programme has."""
        stored = (row["semester"] for name in ("units", "elements") for row in self.seen[name])
        return tuple(sorted({*self.programme.semesters, *stored}))

    @cached_property
    def reading(self) -> Reading:
        return read(self.draft, self.seen, semesters=self.semesters)

    @cached_property
    def table(self) -> Maquette:
        return maquette_from(self.reading.data, source_of(self.reading.data))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return findings_of(self.table)

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        return shares(self.table)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """What a save would change of what was seen."""
        return differences(self.seen, self.reading.data)

    @cached_property
    def before(self) -> tuple[Finding, ...]:
        """The findings of the programme as it was seen."""
        # That the structure was a mere illustration is no finding.
        if {**self.reading.data, "illustrative": self.seen["illustrative"]} == self.seen:
            return self.findings
        return findings_of(maquette_from(self.seen, source_of(self.seen)))

    @property
    def come(self) -> tuple[Finding, ...]:
        return only_in(self.findings, self.before)

    @property
    def gone(self) -> tuple[Finding, ...]:
        return only_in(self.before, self.findings)

    @property
    def changes(self) -> int:
        return sum(len(section.changes) for section in self.sections)

    @property
    def refused(self) -> Mapping[str, str]:
        return self.reading.refused

    # What adds

    @cached_property
    def competences(self) -> dict[str, Row]:
        """Those of the parcours: a UE to add has one of them, or a new one."""
        rows = self.programme.parcours.competences
        return {row.code: {"code": row.code, "title": row.title, "short": row.short} for row in rows}

    @cached_property
    def element_forms(self) -> dict[int, AddElementForm]:
        return {
            number: AddElementForm(self.posted, draft=self.draft, semester=number)
            for number in self.semesters
        }

    @cached_property
    def unit_forms(self) -> dict[int, AddUnitForm]:
        return {number: self._unit_form(number, self.posted) for number in self.semesters}

    def _unit_form(self, semester: int, posted: QueryDict | None) -> AddUnitForm:
        return AddUnitForm(
            posted,
            draft=self.draft,
            semester=semester,
            year=self.programme.year,
            competences=self.competences,
        )

    @property
    def unfinished(self) -> Iterator[AddForm]:
        """The forms where something waits to be added."""
        forms: tuple[AddForm, ...] = (*self.element_forms.values(), *self.unit_forms.values())
        return (form for form in forms if form.begun)

    # What is asked

    def do(self) -> None:
        """Add or take out what the button says; any other does nothing."""
        act, _, about = self.asked.partition("-")
        name, _, place = about.partition("-")
        index = whole_number(place)
        rows = self.draft.rows.get(name, [])
        self.asked = act
        if index is None:
            return
        if act == "drop" and index < len(rows):
            self.draft.drop(name, index)
        elif act == "add" and name == "line":
            self._add_line(index)
        elif act == "add" and index in self.semesters:
            self._add(name, index)

    def _add_line(self, unit: int) -> None:
        element = self.posted.get(f"new-line-{unit}", "") if self.posted else ""
        if unit < len(self.draft.rows["units"]) and self.draft.index("elements", element) is not None:
            self.draft.add_line(self.draft.rows["units"][unit]["code"], element, self.seen)

    def _add(self, name: str, semester: int) -> None:
        if name == "element" and (element := self.element_forms[semester]).press():
            element.add(self.seen)
            self.element_forms[semester] = AddElementForm(draft=self.draft, semester=semester)
        if name == "unit" and (unit := self.unit_forms[semester]).press():
            unit.add()
            self.unit_forms[semester] = self._unit_form(semester, None)
            # The new UE is among those where an element can count.
            self.element_forms[semester] = AddElementForm(self.posted, draft=self.draft, semester=semester)

    # The save

    @property
    def savable(self) -> bool:
        return not (self.refused or self.problems or any(self.unfinished))

    def overtaken(self) -> bool:
        """Whether somebody changed it since it was seen; what was typed is then carried onto theirs."""
        now = programme_data(self.programme)
        if fingerprint(now) == fingerprint(self.seen):
            return False
        mine = self.reading.data
        self.meanwhile = differences(self.seen, now)
        self.both = _both(self.sections, self.meanwhile)
        self.draft = draft_of(merged(mine, self.seen, now))
        self.seen = now
        for name in ("semesters", "reading", "table", "findings", "shares", "sections", "before"):
            self.__dict__.pop(name, None)
        return True

    def save(self, by: User) -> None:
        """All of it, or nothing. Raises `PlanChanged` and `ProgrammeError` as `take_proposals` does."""
        proposal = propose(
            department=self.programme.parcours.department,
            data=self.reading.data,
            name=ON_SCREEN,
            seen=fingerprint(self.seen),
        )
        take_proposals([proposal], by=by)


def _both(mine: tuple[Section, ...], theirs: tuple[Section, ...]) -> list[str]:
    """What two people changed differently: "R301 en UE31, TD : 12 chez vous, 13 enregistré"."""
    other = {
        (change.about, field.name): _after(change, field)
        for change in _changes(theirs)
        for field in change.fields
    }
    return [
        f"{change.about}, {field.name} : {value} chez vous, {other[key]} enregistré"
        for change in _changes(mine)
        for field in change.fields
        if other.get(key := (change.about, field.name), value := _after(change, field)) != value
    ]


def _after(change: Change, field: Field) -> str:
    return "retiré" if change.kind == "removed" else field.after or "(vide)"


def _changes(sections: tuple[Section, ...]) -> Iterator[Change]:
    return (change for section in sections for change in section.changes)
