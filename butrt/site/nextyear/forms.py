"""What is typed on the page of the next year: promotions, students, juries. A small form for each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from butrt.base.accounts.models import User
from butrt.base.documents.characters import check_printable
from butrt.base.french import NBSP
from butrt.base.words import folded
from butrt.site.nextyear.outcomes import Fate, Outcome
from butrt.site.nextyear.plan import FATE_WORDS, Choice, Opening, Place, Sitting, YearPlan, proposed
from butrt.site.nextyear.preparing import Groups, Held, NewPromotion, Placed
from curriculum.models import Programme, school_year_label

NOWHERE = "n’est pas inscrit"
SELECT, TICK, TEXT = ({"class": name} for name in ("form-select", "form-check-input", "form-control"))
SELECTED = mark_safe(" selected")
BOTH = "both"
ODD, EVEN = "odd", "even"
Data = Mapping[str, Any] | None


class PlainSelect(forms.Select):
    """A select written at once: the page has hundreds of them, and Django renders a template an option."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) == chosen else "", label) for key, label in self.choices),
        )
        kept = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(kept), options)


def _tick(label: str, *, initial: bool = False) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, initial=initial, widget=forms.CheckboxInput(TICK))


class OpeningForm(forms.Form):
    """A promotion of the next year: which programmes, in which version; what it takes from last year's."""

    opens = _tick("Créer cette promotion", initial=True)
    groups = forms.ChoiceField(
        label="Groupes", choices=Groups.choices, initial=Groups.NAMES, widget=PlainSelect(SELECT)
    )
    teachers = _tick("Reprendre les enseignants et responsables de chaque élément")
    assessments = _tick("Reprendre le plan des évaluations, sans note, dates décalées")

    def __init__(self, data: Data, *, opening: Opening) -> None:
        self.opening = opening
        super().__init__(data, prefix=opening.key, initial={"teachers": opening.source is not None})
        if opening.source is None:
            del self.fields["groups"], self.fields["teachers"], self.fields["assessments"]
        for choice in opening.choices:
            self.fields[choice.name] = forms.ChoiceField(
                label=str(choice.versions[0]),
                required=False,
                choices=[
                    ("", "n’ouvre pas"),
                    *((str(row.pk), _version(row, choice)) for row in choice.versions),
                ],
                initial=str(choice.proposed.pk) if choice.proposed else "",
                widget=PlainSelect(SELECT),
            )

    @property
    def lines(self) -> list[tuple[forms.BoundField, Choice]]:
        """The programmes, each with its choice of a version: those of last year."""
        return [(self[choice.name], choice) for choice in self.opening.choices if choice.followed]

    @property
    def others(self) -> list[forms.BoundField]:
        """Those that last year's promotion did not teach."""
        return [self[choice.name] for choice in self.opening.choices if not choice.followed]

    @cached_property
    def programmes(self) -> list[Programme]:
        """Those that it would teach, as typed; none when it does not open."""
        if self.opening.existing:
            return self.opening.proposed
        if not self["opens"].value():
            return []
        known = {str(row.pk): row for choice in self.opening.choices for row in choice.versions}
        typed = (str(self[choice.name].value() or "") for choice in self.opening.choices)
        return [known[key] for key in typed if key in known]

    @property
    def opened(self) -> NewPromotion:
        """What to create, once valid."""
        data = self.cleaned_data
        return NewPromotion(
            self.opening,
            self.programmes,
            groups=Groups(data.get("groups") or Groups.NONE),
            teachers=bool(data.get("teachers")),
            assessments=bool(data.get("assessments")),
        )


def _version(programme: Programme, choice: Choice) -> str:
    """ "depuis 2022-2023, celle de 2024-2025", "depuis 2025-2026, nouvelle"."""
    since = f"version de {school_year_label(programme.in_force_from)}"
    if choice.followed is None:
        return since
    if programme == choice.followed:
        return f"{since}, gardée"
    newer = programme.in_force_from > choice.followed.in_force_from
    return f"{since}, nouvelle" if newer else f"{since}, plus ancienne"


class LineForm(forms.Form):
    """A student: where they would be, in which semesters."""

    place = forms.ChoiceField(
        label="année suivante",
        required=False,
        widget=PlainSelect(SELECT),
        error_messages={
            "invalid_choice": "Cette place n’existe plus avec les promotions choisies : en choisir une."
        },
    )
    semesters = forms.ChoiceField(
        label="semestres",
        choices=[(BOTH, "les deux"), (ODD, "l’impair seul"), (EVEN, "le pair seul")],
        required=False,
        widget=PlainSelect(SELECT),
    )
    motive = forms.CharField(
        label="motif malgré la décision du jury",
        required=False,
        max_length=1000,
        widget=forms.TextInput(TEXT | {"placeholder": "motif"}),
        validators=[check_printable],
    )

    def __init__(self, data: Data, *, outcome: Outcome, places: Sequence[Place]) -> None:
        self.outcome = outcome
        self.places = {place.key: place for place in places}
        here = proposed(outcome, places)
        taken = {semester % 2 for semester in outcome.seat.semesters} if outcome.seat else set()
        semesters = BOTH if len(taken) != 1 else ODD if 1 in taken else EVEN
        super().__init__(
            data,
            prefix=f"s{outcome.student.pk}",
            initial={"place": here.key if here else "", "semesters": semesters},
        )
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("", NOWHERE),
            *((place.key, place.label) for place in places),
        ]
        for field in self.fields.values():
            field.widget.attrs = {**field.widget.attrs, "aria-label": f"{outcome.student}, {field.label}"}
        # Why the jury decided otherwise, once the service asked.
        self.against = ""

    @property
    def here(self) -> Place | None:
        """The place chosen or, while nothing is typed, proposed."""
        return self.places.get(str(self["place"].value() or ""))

    @property
    def waits(self) -> bool:
        """Whether something opens to them and no place is chosen."""
        return self.outcome.seat is not None and self.here is None

    @property
    def asks_motive(self) -> bool:
        return bool(self.against or self["motive"].value())

    @property
    def placed(self) -> Placed | None:
        """Where to enrol them, once valid."""
        place = self.here
        if place is None:
            return None
        odd, even = place.opening.semesters
        chosen = {ODD: (odd,), EVEN: (even,)}.get(self.cleaned_data["semesters"], (odd, even))
        return Placed(self.outcome, place, chosen, self.cleaned_data["motive"])


class SittingForm(forms.Form):
    """A jury of the next year: held or not, when, presided by whom."""

    held = _tick("Fixer", initial=True)
    date = forms.DateField(label="Date", widget=forms.DateInput(TEXT | {"type": "date"}, format="%Y-%m-%d"))
    president = forms.ChoiceField(label="Présidence", widget=PlainSelect(SELECT))

    def __init__(self, data: Data, *, sitting: Sitting, presidents: Sequence[User]) -> None:
        self.sitting = sitting
        self.people = {str(person.pk): person for person in presidents}
        same = str(sitting.source.president_id)
        super().__init__(
            data,
            prefix=f"j{sitting.source.pk}",
            initial={"date": sitting.date, "president": same if same in self.people else ""},
        )
        for name in ("date", "president"):
            field = self.fields[name]
            field.widget.attrs = {
                **field.widget.attrs,
                "aria-label": f"{sitting.source.title}, {field.label}",
            }
        self.fields["president"].choices = [  # type: ignore[attr-defined]
            ("", "choisir"),
            *((key, str(person)) for key, person in self.people.items()),
        ]

    @property
    def is_held(self) -> bool:
        return bool(self["held"].value())

    @property
    def to_hold(self) -> Held:
        """The session to schedule, once valid."""
        data = self.cleaned_data
        return Held(self.sitting, data["date"], self.people[data["president"]])


class YearForms:
    """All the page: its lines, bound to what is typed or as proposed."""

    def __init__(self, data: Data, plan: YearPlan) -> None:
        self.plan = plan
        self.openings = [OpeningForm(data, opening=opening) for opening in plan.openings]
        taught = {form.opening.key: form.programmes for form in self.openings}
        self.places = plan.places(taught)
        self.lines = [LineForm(data, outcome=outcome, places=self.places) for outcome in plan.left]
        self.sittings = [
            SittingForm(data, sitting=sitting, presidents=plan.presidents)
            for sitting in plan.sittings
            if sitting.existing is None
        ]
        self.refusals: list[str] = []

    @property
    def parts(self) -> list[Part]:
        """The students, those of a fate together; those who pass, by the year that opens."""
        parts: dict[tuple[Fate, int], Part] = {}
        for line in self.lines:
            fate, seat = line.outcome.fate, line.outcome.seat
            year = seat.year if seat and fate is Fate.PASSES else 0
            there = [place for place in self.places if year in (0, place.opening.year)]
            parts.setdefault((fate, year), Part(fate, year, there)).lines.append(line)
        order = list(Fate)
        return sorted(parts.values(), key=lambda part: (order.index(part.fate), part.year))

    @property
    def waiting(self) -> int:
        """How many have something open and no place."""
        return sum(line.waits for line in self.lines)

    @property
    def placed(self) -> int:
        return sum(line.here is not None for line in self.lines)

    def is_valid(self) -> bool:
        """Whether every line that does something can be read; what is wrong is on the lines."""
        opened = [form for form in self.openings if form.opening.existing or not form.programmes]
        asked = [form for form in self.openings if form not in opened]
        held = [form for form in self.sittings if form.is_held and self._opens(form.sitting.opening)]
        valid = [form.is_valid() for form in [*asked, *self.lines, *held]]  # each says what is wrong in it
        return all(valid)

    def _opens(self, opening: Opening) -> bool:
        return any(form.programmes for form in self.openings if form.opening is opening)

    @property
    def opened(self) -> list[NewPromotion]:
        return [form.opened for form in self.openings if form.programmes and form.opening.existing is None]

    @property
    def placements(self) -> list[Placed]:
        return [placed for line in self.lines if (placed := line.placed)]

    @property
    def held(self) -> list[Held]:
        return [form.to_hold for form in self.sittings if form.is_held and self._opens(form.sitting.opening)]

    def object_to(self, sentences: Mapping[int, Sequence[str]]) -> None:
        """Say on their lines what some placements go against: {student's key: sentences}."""
        for line in self.lines:
            line.against = " ".join(sentences.get(line.outcome.student.pk, ()))


HINTS = {
    Fate.REPEATS: "Les UE déjà acquises leur restent : seuls les semestres des UE à reprendre sont proposés.",
    Fate.APART: "Rien n’est proposé à qui attend une décision : la page le proposera une fois le jury clos. "
    "Après une année blanche, le retour dans la même année est proposé.",
    Fate.LEAVES: "Rien n’est proposé. Une exception se choisit ici, avec son motif.",
}
"""What the page does of the students of a fate, where it is not plain."""


class Part:
    """The students of a fate, as the page shows them."""

    def __init__(self, fate: Fate, year: int, places: Sequence[Place]) -> None:
        self.fate, self.year, self.places = fate, year, places
        self.lines: list[LineForm] = []

    @property
    def key(self) -> str:
        return f"{self.fate}-{self.year}" if self.year else str(self.fate)

    @property
    def hint(self) -> str:
        return HINTS.get(self.fate, "")

    @property
    def title(self) -> str:
        return f"{FATE_WORDS[self.fate]} en{NBSP}BUT{self.year}" if self.year else FATE_WORDS[self.fate]

    @property
    def waiting(self) -> int:
        return sum(line.waits for line in self.lines)


# ---------- filled at once ----------


def fill(data: dict[str, Any], forms_: YearForms, part: str) -> dict[str, Any]:
    """What is typed, with everybody of a part who has no place put in the one chosen for all of them."""
    place = str(data.get(f"all-{part}", ""))
    lines = next((row.lines for row in forms_.parts if row.key == part), [])
    return data | {line.add_prefix("place"): place for line in lines if line.here is None}


def paste(data: dict[str, Any], forms_: YearForms) -> tuple[dict[str, Any], list[str]]:
    """What is typed, with the places of a pasted list, "number;parcours"; and the lines that say nothing.

    A parcours is called by its short name or its code; the year is the one that opens to the student.
    """
    lines = {line.outcome.student.number: line for line in forms_.lines}
    filled, unknown = dict(data), []
    for text in filter(None, map(str.strip, str(data.get("list", "")).splitlines())):
        number, _, parcours = text.replace("\t", ";").replace(",", ";").partition(";")
        line = lines.get(number.strip())
        fitting = [place for place in forms_.places if line and _is_meant(place, line, parcours)]
        if line and len(fitting) > 1:  # in two regimes: their own
            regime = line.outcome.enrolment.programme.modality
            fitting = [place for place in fitting if place.programme.modality == regime]
        if line is None or len(fitting) != 1:
            unknown.append(text)
            continue
        filled[line.add_prefix("place")] = fitting[0].key
    return filled, unknown


def _is_meant(place: Place, line: LineForm, parcours: str) -> bool:
    """Whether a pasted parcours names this place, in the year that opens to the student."""
    seat = line.outcome.seat
    names = (place.programme.parcours.short, place.programme.parcours.code, place.programme.formation)
    return (
        seat is not None
        and place.opening.year == seat.year
        and folded(parcours.strip(" ;")) in {folded(name) for name in names}
    )
