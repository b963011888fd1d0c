"""The marks: each equals the last line of its history, and each line of it what the journal says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from butrt.base import french
from grades.models import Assessment, Enrolment, Mark, MarkChange
from jury.documents.checking.checked import Checked, in_words
from jury.documents.checking.journaled import Journaled, Kind, Value, compare

CELL = ("mark__assessment", "mark__enrolment", "version", "value", "code", "by", "origin")
ENTERED_HERE = frozenset(MarkChange.Origin) - {MarkChange.Origin.LOADING}


def told_by_the_rows() -> dict[str, Value]:
    """{"évaluation/inscription/version": what the history says}."""
    return {
        f"{assessment}/{enrolment}/{version}": {"text": code or french.short(value), "by": by}
        for assessment, enrolment, version, value, code, by, _ in _history()
    }


def check_marks(journaled: Journaled) -> Checked:
    """Every mark and every line of its history: three queries, and two to name what is wrong."""
    checked = Checked("Notes", seen=Mark.objects.count())
    history: dict[str, tuple[int, str, int]] = {}
    there: dict[str, Value] = {}
    entered_here: set[str] = set()
    for assessment, enrolment, version, value, code, by, origin in _history():
        text, cell = code or french.short(value), f"{assessment}/{enrolment}"
        there[f"{cell}/{version}"] = {"text": text, "by": by}
        history[cell] = max(history.get(cell, (0, "", 0)), (version, text, by))
        if origin in ENTERED_HERE:
            entered_here.add(f"{cell}/{version}")
    compared = compare(there, journaled.values[Kind.MARKS])
    wrong = _unlike_their_history(history)
    names = _Names({*wrong, *compared.keys})
    for cell, sentence in wrong.items():
        checked.finds(f"{names.of(cell)} : {sentence}.")
    for key, name, before, here in compared.differing:
        line = f"{names.of(key)}, version {key.rpartition('/')[2]}"
        if name == "by":
            checked.finds(f"{line} : l’auteur de la note n’est pas celui que dit le journal.")
        else:
            checked.finds(f"{line} : l’historique dit {in_words(here)}, le journal {in_words(before)}.")
    for key in compared.gone:
        if not names.purged(key, journaled):
            mark = in_words(journaled.values[Kind.MARKS][key]["text"])
            checked.finds(f"{names.of(key)} : le journal dit {mark}, l’historique a perdu cette ligne.")
    # The journal has told the marks entered here since its first day.
    for key in filter(entered_here.__contains__, compared.untold):
        checked.finds(
            f"{names.of(key)} : l’historique dit {in_words(there[key]['text'])}, le journal n’en dit rien."
        )
    loaded = [key for key in compared.untold if key not in entered_here]
    checked.untold(
        journaled, Kind.MARKS, loaded, lambda key: f"{names.of(key)}, note {in_words(there[key]['text'])}"
    )
    return checked


def _history() -> Any:
    rows = MarkChange.objects.order_by("mark", "version").values_list(*CELL)
    return rows.iterator(chunk_size=5000)


def _unlike_their_history(history: Mapping[str, tuple[int, str, int]]) -> dict[str, str]:
    """{cell: what is wrong}: a mark that is not the last line of its history, or has none."""
    wrong = {}
    fields = ("assessment", "enrolment", "version", "value", "code", "entered_by")
    for assessment, enrolment, version, value, code, by in Mark.objects.values_list(*fields).iterator():
        cell, text = f"{assessment}/{enrolment}", code or french.short(value)
        if cell not in history:
            wrong[cell] = f"la note est {in_words(text)}, sans historique"
            continue
        last, last_text, last_by = history[cell]
        if text != last_text:
            wrong[cell] = f"la note est {in_words(text)}, son historique dit {in_words(last_text)}"
        elif version != last:
            wrong[cell] = f"la note est à sa version {version}, son historique à la version {last}"
        elif by != last_by:
            wrong[cell] = "la note n’est pas au nom de qui l’a saisie d’après son historique"
    return wrong


class _Names:
    """The student, the element and the évaluation of some cells, by key: two queries."""

    def __init__(self, keys: Collection[str]) -> None:
        cells = [tuple(map(int, key.split("/")[:2])) for key in keys]
        self.assessments = (
            Assessment.objects.select_related("teaching__element", "teaching__cohort__specialty__department")
            .prefetch_related("teaching__cohort__programmes")
            .in_bulk({assessment for assessment, _ in cells})
        )
        self.enrolments = (
            Enrolment.objects.select_related("student", "cohort__specialty__department")
            .prefetch_related("cohort__programmes")
            .in_bulk({enrolment for _, enrolment in cells})
        )

    def of(self, key: str) -> str:
        """ "MARTIN Camille, R3.01, Examen (BUT2 Cyber, 2024-2025)"."""
        assessment_key, enrolment_key = map(int, key.split("/")[:2])
        assessment, enrolment = self.assessments.get(assessment_key), self.enrolments.get(enrolment_key)
        who = str(enrolment.student) if enrolment else f"inscription n° {enrolment_key}, effacée"
        what = str(assessment) if assessment else f"évaluation n° {assessment_key}, effacée"
        return f"{who}, {what} ({enrolment.cohort})" if enrolment else f"{who}, {what}"

    def purged(self, key: str, journaled: Journaled) -> bool:
        """Whether the marks of this promotion were erased in their time."""
        enrolment = self.enrolments.get(int(key.split("/")[1]))
        return bool(enrolment and {enrolment.cohort_id, str(enrolment.cohort)} & journaled.purged["marks"])
