"""What the jury decided and accepted: as the journal says, and as the last PV of each closed session says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Max

from grades.models import Student
from jury.cases.taken import Adopted, Taken
from jury.documents.checking.checked import Checked, in_words
from jury.documents.checking.journaled import Journaled, Kind, Value, compare
from jury.models import Act, Adoption, Decision, Minutes, Session

WORDS = {
    "code": "code",
    "motive": "motif",
    "said": "audition, conseils ou droit écarté",
    "hearing": "audition",
    "advice": "conseils",
    "right": "droit écarté",
    "session": "session",
    "student": "étudiant",
    "kind": "objet",
    "subject": "UE ou RCUE",
    "author": "auteur",
    "act": "acte",
    "at": "heure",
    "outcome": "proposition acceptée",
}
# A person may be named otherwise since.
NOT_COMPARED = frozenset({"author"})


def decisions_told_by_the_rows() -> dict[str, Value]:
    return _as_journaled(Decision.objects.all())


def adoptions_told_by_the_rows() -> dict[str, Value]:
    return _as_journaled(Adoption.objects.all())


def _as_journaled(rows: Iterable[Decision | Adoption]) -> dict[str, Value]:
    there = {}
    for row in rows:
        value = row.as_journaled
        there[str(value.pop("key"))] = value
    return there


def check_decisions(journaled: Journaled) -> Checked:
    """Against the journal, then which are in force, then against the PV: ten queries at most."""
    checked = Checked("Décisions et acceptations", seen=Decision.objects.count() + Adoption.objects.count())
    for kind, model in ((Kind.DECISIONS, Decision), (Kind.ADOPTIONS, Adoption)):
        _check_told(kind, model, journaled, checked)
        _check_current(model, checked)
    _check_undone(journaled, checked)
    _check_minutes(checked)
    return checked


def _check_told(kind: Kind, model: type[Decision | Adoption], journaled: Journaled, checked: Checked) -> None:
    there, recorded = _as_journaled(model._default_manager.all()), journaled.values[kind]
    compared = compare(there, recorded)
    names = _Names(
        [*(there[key] for key in compared.keys if key in there), *(recorded[key] for key in compared.gone)]
    )
    for key, name, before, here in compared.differing:
        if name == "outcome":
            checked.finds(f"{names.of(there[key])} : la proposition acceptée n’est plus celle du journal.")
        elif name in ("session", "student"):
            checked.finds(
                f"{names.of(recorded[key])} : le journal le dit, la base dit {names.of(there[key])}."
            )
        elif name in ("said", "author", "act"):
            checked.finds(f"{names.of(there[key])}, {WORDS[name]} : ce n’est plus ce que dit le journal.")
        else:
            checked.differs(f"{names.of(there[key])}, {WORDS.get(name, name)}", here, before)
    for key in compared.gone:
        checked.finds(f"{names.of(recorded[key])} : le journal le dit, la base ne l’a plus.")
    checked.untold(journaled, kind, compared.untold, lambda key: names.of(there[key]))


def _check_current(model: type[Decision | Adoption], checked: Checked) -> None:
    """In force is the newest that no one took back, on each subject."""
    about = ("session", "student", *(("kind", "subject") if model is Decision else ()))
    newest: dict[tuple[Any, ...], int] = {}
    current: defaultdict[tuple[Any, ...], set[int]] = defaultdict(set)
    rows = model._default_manager.order_by("pk").values_list(*about, "pk", "current", "act__undone_at")
    for *subject, key, in_force, undone_at in rows:
        if in_force:
            current[tuple(subject)].add(key)
        if undone_at is None:
            newest[tuple(subject)] = key
    wrong = {key for subject, keys in current.items() for key in keys if newest.get(subject) != key}
    wrong |= {key for subject, key in newest.items() if key not in current[subject]}
    rows_by_key = model._default_manager.in_bulk(wrong)
    names = _Names([row.as_journaled for row in rows_by_key.values()])
    for key in sorted(wrong):
        row = rows_by_key[key]
        state = "est en vigueur, à tort" if row.current else "n’est plus en vigueur, à tort"
        checked.finds(f"{names.of(row.as_journaled)} : {state}.")


def _check_undone(journaled: Journaled, checked: Checked) -> None:
    """An act taken back is told so, an act told taken back is."""
    undone = set(Act.objects.exclude(undone_at=None).values_list("pk", flat=True))
    slipped = undone - journaled.undone if journaled.tells_all(Kind.DECISIONS) else set()
    acts = Act.objects.select_related("session__cohort__specialty__department", "by").prefetch_related(
        "session__cohort__programmes"
    )
    named = acts.defer("session__snapshot").in_bulk(slipped | (journaled.undone - undone))
    for key, act in sorted(named.items()):
        wrong = (
            "annulé, le journal n’en dit rien"
            if key in undone
            else "le journal le dit annulé, il ne l’est plus"
        )
        about = f"{act.session}, {act} par {act.by}"
        checked.finds(f"{about} : {wrong}.")


def _check_minutes(checked: Checked) -> None:
    """What the last PV of a closed session says was taken and accepted, student by student."""
    closed = Session.objects.filter(state=Session.State.CLOSED)
    last = closed.annotate(last=Max("minutes__version")).values_list("pk", "last")
    taken, adopted = _in_force(Decision, Taken), _in_force(Adoption, Adopted)
    versions = dict(last)
    rows = (
        Minutes.objects.whole()
        .filter(session__in=versions)
        .select_related("session__cohort__specialty__department")
        .prefetch_related("session__cohort__programmes")
    )
    for minutes in rows.defer("session__snapshot").order_by("session", "version").iterator(chunk_size=1):
        if minutes.version != versions[minutes.session_id]:
            continue
        content = minutes.content
        people = content["context"]["students"]
        for made, there in (("taken", taken), ("adopted", adopted)):
            printed = {_about(entry): entry for entry in content.get(made, ())}
            here = there[minutes.session_id]
            for about in sorted({*printed, *here}):
                for sentence in _unlike(printed.get(about), here.get(about)):
                    person = people.get(about[0], {})
                    who = f"{person.get('last_name', '')} {person.get('first_name', '')}".strip() or about[0]
                    what = about[2].partition("/")[0] or ("l’année" if made == "taken" else "proposition")
                    checked.finds(f"{who}, {what}, {minutes} : {sentence}.")


def _in_force(
    model: type[Decision | Adoption], read: type[Taken | Adopted]
) -> defaultdict[int, dict[tuple[str, str, str], dict[str, Any]]]:
    """{session: {(student, kind, subject): what a PV would say of it}}."""
    who = ("student", "author") if model is Decision else ("student", "act__by")
    by_session: defaultdict[int, dict[tuple[str, str, str], dict[str, Any]]] = defaultdict(dict)
    for row in model._default_manager.filter(current=True).select_related(*who):
        if isinstance(row, Decision):
            if not row.code:  # withdrawn: nothing is taken
                continue
            entry: dict[str, Any] = Taken.from_row(row).as_content()
        else:
            entry = asdict(Adopted.from_row(row))
        by_session[row.session_id][_about(entry)] = entry
    return by_session


def _about(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["student"], entry.get("kind", ""), entry.get("subject", "")


def _unlike(printed: Mapping[str, Any] | None, here: Mapping[str, Any] | None) -> Iterable[str]:
    """What differs between a PV and the database, in French."""
    if printed is None or here is None:
        code = (printed or here or {}).get("code") or "l’acceptation"
        yield f"la base n’a pas {code}" if printed else f"la base dit {code}, le PV n’en dit rien"
        return
    for name in printed.keys() & here.keys() - NOT_COMPARED:
        if printed[name] != here[name]:
            if name == "outcome":
                yield "la proposition acceptée n’est pas celle du PV"
            else:
                yield (
                    f"{WORDS.get(name, name)}, la base dit {in_words(here[name])}, "
                    f"le PV {in_words(printed[name])}"
                )


class _Names:
    """The student and the session of some rows, as they are told: two queries."""

    def __init__(self, values: Collection[Value]) -> None:
        self.students = Student.objects.in_bulk({value["student"] for value in values})
        self.sessions = (
            Session.objects.select_related("cohort__specialty__department")
            .prefetch_related("cohort__programmes")
            .in_bulk({value["session"] for value in values})
        )

    def of(self, value: Value) -> str:
        """ "MARTIN Camille, l’année, Jury S4 et année BUT2, 2024-2025"."""
        student, session = value["student"], value["session"]
        what = value.get("subject", "").partition("/")[0] or (
            "l’année" if value.get("kind") == Decision.Kind.YEAR else "acceptation"
        )
        return f"{self.students.get(student, f'Étudiant n° {student}')}, {what}, " + str(
            self.sessions.get(session, f"session n° {session}")
        )
