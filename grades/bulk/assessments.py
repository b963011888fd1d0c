"""The évaluations of all elements of a promotion, in one list: those that are new, those that change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Max

from butrt.base import french
from butrt.base.french import NBSP, listed, quoted
from butrt.base.words import folded
from grades.averages import TWENTY
from grades.bulk.elements import ELEMENT, TITLE, Elements, in_order
from grades.bulk.reading import NOTHING, Line, column
from grades.bulk.steps import Plan, Refused, Step
from grades.forms import AssessmentForm
from grades.judged import locked_semesters
from grades.models import Assessment
from grades.people.holding import tidy
from grades.services import change_assessment, create_assessment

if TYPE_CHECKING:
    from grades.models import Cohort, Group, Teaching

COLUMNS = {
    "element": ELEMENT,
    "about": TITLE,
    "title": column(
        "Évaluation", "evaluations, intitule evaluation, epreuve, controle, devoir, nom evaluation"
    ),
    "kind": column("Genre", "type, nature, type evaluation"),
    "coefficient": column("Coefficient", "coef, coeff, poids"),
    "date": column("Date", "date evaluation, jour, le"),
    "maximum": column("Barème", "bareme sur, sur, note maximale, note max, maximum"),
    "group": column("Groupe", "gpe, grp"),
}
WRITTEN = tuple(COLUMNS)
USUAL = ("element", "title", "kind", "coefficient", "date", "maximum", "group")
KINDS = {
    Assessment.Kind.NORMAL: ("normale", "normal", "ordinaire", "ds", "cc", "tp", "examen"),
    Assessment.Kind.SECOND_CHANCE: ("seconde chance", "second", "2e chance", "2nde chance", "rattrapage"),
    Assessment.Kind.BONUS: ("bonus",),
}
WANTED = {
    "title": "80 caractères au plus.",
    "coefficient": "un nombre plus grand que 0, deux décimales au plus.",
    "date": "une date, comme 12/10/2025.",
    "maximum": "un nombre plus grand que 0, deux décimales au plus.",
}
FIELDS: Mapping[str, Callable[[str], Any]] = {name: AssessmentForm.base_fields[name].clean for name in WANTED}
DEFAULTS: Mapping[str, Any] = {
    "kind": Assessment.Kind.NORMAL,
    "coefficient": Decimal(1),
    "maximum": TWENTY,
    "date": None,
    "group": None,
}
LABELS = {
    "kind": "genre",
    "coefficient": "coefficient",
    "date": "date",
    "maximum": "barème",
    "group": "groupe",
}


def present(cohort: Cohort) -> Iterator[Sequence[str]]:
    """The plan as it stands, a line an évaluation, one for an element that has none."""
    rows = list(in_order(cohort).prefetch_related("assessments__group"))
    elements = Elements(rows)
    for teaching in rows:
        names = elements.called(teaching), teaching.element.title
        planned = list(teaching.assessments.all())
        for assessment in planned:
            yield (*names, *_cells(assessment))
        if not planned:
            yield (*names, *[""] * len(WRITTEN[2:]))


def taken_up(source: Cohort, cohort: Cohort) -> Iterator[Sequence[str]]:
    """What another promotion planned in the elements of the same code: its dates are not this year's."""
    by_code: dict[str, list[Assessment]] = {}
    planned = Assessment.objects.filter(teaching__cohort=source).select_related("group", "teaching__element")
    for assessment in planned.exclude(kind=Assessment.Kind.SECOND_CHANCE).order_by("position", "pk"):
        by_code.setdefault(assessment.teaching.element.code, []).append(assessment)
    rows = list(in_order(cohort))
    elements = Elements(rows)
    for teaching in rows:
        for assessment in by_code.get(teaching.element.code, []):
            title, kind, coefficient, _, maximum, group = _cells(assessment)
            names = elements.called(teaching), teaching.element.title
            yield (*names, title, kind, coefficient, "", maximum, group)


def _cells(assessment: Assessment) -> tuple[str, ...]:
    return (
        assessment.title,
        assessment.get_kind_display(),
        french.short(assessment.coefficient),
        f"{assessment.date:%d/%m/%Y}" if assessment.date else NOTHING,
        french.short(assessment.maximum),
        assessment.group.name if assessment.group else NOTHING,
    )


def plan(cohort: Cohort, lines: Iterable[Line]) -> Plan:
    """What the list would create and change. An évaluation that it does not say stays."""
    return _Reader(cohort).read(lines)


class _Reader:
    """A list against the évaluations as they stand, in a fixed number of queries."""

    def __init__(self, cohort: Cohort) -> None:
        self.made = Plan()
        self.elements = Elements(in_order(cohort))
        self.groups = {folded(group.name): group for group in cohort.groups.all()}
        self.locked = locked_semesters(cohort.pk, cohort.semesters)
        rows = Assessment.objects.filter(teaching__cohort=cohort).select_related(
            "group", "teaching__element", "teaching__cohort__specialty__department"
        )
        self.there = {
            (row.teaching_id, folded(row.title)): row
            for row in rows.annotate(highest=Max("marks__value")).prefetch_related("weights__unit")
        }
        self.lines: dict[tuple[int, str], int] = {}

    def read(self, lines: Iterable[Line]) -> Plan:
        for line in lines:
            teaching, why = self.elements.meant(line["element"], line["about"])
            if teaching is None:
                self._refuse(line, why)
            elif line["title"]:
                self._line(line, teaching)
            elif set(line.cells) - {"element", "about"}:
                self._refuse(line, f"Dire l’intitulé, dans une colonne {quoted(COLUMNS['title'].title)}.")
        return self.made

    def _refuse(self, line: Line, why: str) -> None:
        self.made.refused.append(Refused(line.number, line.text, why))

    def _line(self, line: Line, teaching: Teaching) -> None:
        key = teaching.pk, folded(line["title"])
        about = f"{teaching.element.display}, {tidy(line['title'])}"
        if (first := self.lines.setdefault(key, line.number)) != line.number:
            return self._refuse(line, f"{about}{NBSP}: déjà en ligne {first}, n’en garder qu’une.")
        known = self.there.get(key)
        try:
            values = self._values(line)
            step = self._changed(about, known, values) if known else self._created(about, teaching, values)
        except ValidationError as refusal:
            return self._refuse(line, f"{about}{NBSP}: {' '.join(refusal.messages)}")
        if step:
            self.made.steps.append(step)
        else:
            self.made.unchanged += 1
        return None

    def _values(self, line: Line) -> dict[str, Any]:
        """The fields that a line gives; a dash is none. Raises ValidationError, in French."""
        values: dict[str, Any] = {}
        for name, clean in FIELDS.items():
            if text := line[name]:
                try:
                    values[name] = None if name == "date" and text == NOTHING else clean(text)
                except ValidationError as wrong:
                    title = COLUMNS[name].title.lower()
                    raise ValidationError(f"{title}, {quoted(text[:30])}{NBSP}: {WANTED[name]}") from wrong
        values["title"] = tidy(line["title"])
        if text := line["kind"]:
            values["kind"] = _kind(text)
        if text := line["group"]:
            values["group"] = None if text == NOTHING else self._group(text)
        return values

    def _group(self, text: str) -> Group:
        if group := self.groups.get(folded(text)):
            return group
        names = listed([group.name for group in self.groups.values()]) or "aucun"
        raise ValidationError(f"le groupe {quoted(text[:30])} n’existe pas ici ({names}).")

    def _created(self, about: str, teaching: Teaching, values: dict[str, Any]) -> Step:
        if teaching.is_aside:
            raise ValidationError("l’élément est mis de côté, rien ne s’y évalue.")
        if teaching.element.semester in self.locked:
            raise ValidationError("les notes de ce semestre sont verrouillées par le jury.")
        values = {**DEFAULTS, **values}
        return Step(
            about,
            "nouvelle",
            _in_words(values, LABELS),
            partial(create_assessment, teaching=teaching, **values),
        )

    def _changed(self, about: str, known: Assessment, values: dict[str, Any]) -> Step | None:
        current = {name: getattr(known, name) for name in ("title", *LABELS)}
        after = current | values | {"title": known.title}
        changed = [name for name in LABELS if after[name] != current[name]]
        if not changed:
            return None
        if known.locked:
            raise ValidationError("elle est verrouillée par le jury, elle ne change plus.")
        highest = known.highest  # type: ignore[attr-defined]
        if highest is not None and highest > after["maximum"]:
            raise ValidationError(
                f"une note de {french.short(highest)} est déjà saisie, le barème ne peut pas être de "
                f"{french.short(after['maximum'])}."
            )
        poids = {weight.unit: weight.weight for weight in known.weights.all()}
        act = partial(change_assessment, assessment=known, **after, weights=poids)
        return Step(about, _in_words(current, changed), _in_words(after, changed), act)


def _kind(text: str) -> str:
    for kind, names in KINDS.items():
        if folded(text) in names:
            return kind
    kinds = listed([str(label) for label in Assessment.Kind.labels])
    raise ValidationError(f"genre {quoted(text[:30])} inconnu{NBSP}: {kinds}.")


def _in_words(values: Mapping[str, Any], names: Iterable[str]) -> str:
    """ "coefficient : 2 ; date : 4 mars 2025"."""
    words = {
        "kind": lambda value: str(Assessment.Kind(value).label),
        "group": lambda value: str(value or "toute la promotion"),
    }
    return " ; ".join(f"{LABELS[name]}{NBSP}: {words.get(name, _plain)(values[name])}" for name in names)


def _plain(value: Any) -> str:
    return french.in_words(value, "sans")
