"""Loading a référentiel: the spécialité is completed, what programmes wrote keeps its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from butrt.base.french import typeset
from butrt.base.journal.services import record
from curriculum.models import Competence, Department, Level, Parcours, Programme, Specialty, Unit
from curriculum.referential.file import check_referential
from curriculum.referential.register import parcours_meant, specialty_meant
from curriculum.referential.titles import plain_words

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


@dataclass(frozen=True)
class Loaded:
    """The spécialité, and what the file changed of it: a sentence a change, in the order of the file."""

    specialty: Specialty
    changes: tuple[str, ...]


@transaction.atomic
def load_referential(
    *, department: Department, data: Mapping[str, Any], by: User | None, origin: str = ""
) -> Loaded:
    """Load a référentiel (as `file` reads it) into a department, whole; the same again changes nothing.

    Competences and parcours that programmes brought are recognised and take their identity, niveaux and
    parcours from it. Their code, title and short name stay: a department has its own, and a programme on
    which a jury judged never changes. Raises `Unreadable` when the object is no référentiel.
    """
    check_referential(data)
    loading = _Loading(department, data)
    loading.run()
    if loading.changes:
        record(
            act="referential.load",
            about=str(loading.specialty),
            by=by,
            department=department,
            details={"file": origin, "source": data.get("source", ""), "changes": loading.changes},
        )
    return Loaded(loading.specialty, tuple(map(typeset, loading.changes)))


def changes_of(*, department: Department, data: Mapping[str, Any]) -> Loaded:
    """What loading it would change: it is done, read, and undone."""
    with transaction.atomic():
        loaded = load_referential(department=department, data=data, by=None)
        transaction.set_rollback(True)
    return loaded


@dataclass
class _Loading:
    """One référentiel being loaded; `changes` grows as rows do."""

    department: Department
    data: Mapping[str, Any]
    changes: list[str] = field(default_factory=list)

    def run(self) -> None:
        self.specialty = self._specialty()
        parcours = self._parcours()
        known = list(
            self.specialty.competences.prefetch_related("parcours", "levels").annotate(
                hung=Exists(Unit.objects.filter(competence=OuterRef("pk")))
            )
        )
        matched = _matched(self.data["competences"], known, parcours, identified=self.identified)
        self._free_identities(known, matched)
        for row in self.data["competences"]:
            self._competence(row, matched.get(row["identity"]), parcours)
        if self.specialty.source != (source := self.data.get("source", "") or "référentiel chargé"):
            self._set(self.specialty, {"source": source}, str(self.specialty))

    def _specialty(self) -> Specialty:
        data = self.data["specialty"]
        specialty = specialty_meant(self.department, data["name"], data.get("short", ""))
        # Once a référentiel was loaded, identities are a référentiel's; before, programmes made them up.
        self.identified = bool(specialty and specialty.source)
        if specialty is None:
            self.changes.append(f"Spécialité {data['name']} : nouvelle")
            return Specialty.objects.create(
                department=self.department, name=data["name"], short=data.get("short", "")
            )
        if data.get("short") and not specialty.short:
            self._set(specialty, {"short": data["short"]}, str(specialty))
        return specialty

    def _parcours(self) -> dict[str, Parcours]:
        """The parcours by the short name that the file gives them: those there, or new ones."""
        rows = [row for row in self.specialty.parcours.all() if not row.common]
        codes = set(Parcours.objects.filter(department=self.department).values_list("code", flat=True))
        by_short: dict[str, Parcours] = {}
        for row in self.data["parcours"]:
            there = parcours_meant(rows, row)
            if there is None:
                self.changes.append(f"Parcours {row['name']} ({row['short']}) : nouveau")
                there = Parcours.objects.create(
                    department=self.department,
                    specialty=self.specialty,
                    code=_free(row["code"], codes, 20),
                    name=row["name"],
                    short=row["short"],
                )
                codes.add(there.code)
            else:
                rows.remove(there)
            by_short[row["short"]] = there
        return by_short

    def _free_identities(self, known: Iterable[Competence], matched: Mapping[str, Competence]) -> None:
        """Take from every competence an identity that the file gives to another: it is unique."""
        wanted = {row["identity"] for row in self.data["competences"]}
        taken = {row.identity for row in known} | wanted
        for row in known:
            if row.identity in wanted and matched.get(row.identity) != row:
                row.identity = _free(f"{row.code}.{row.pk}", taken, 40)
                taken.add(row.identity)
                row.save(update_fields=["identity"])

    def _competence(
        self, row: Mapping[str, Any], there: Competence | None, parcours: Mapping[str, Parcours]
    ) -> None:
        wording = {name: row[name] for name in ("code", "title", "short")}
        if there is None:
            self.changes.append(f"Compétence {row['code']} « {row['title']} » : nouvelle")
            there = Competence.objects.create(
                specialty=self.specialty, identity=row["identity"], common=row["common"], **wording
            )
            known: set[int] = set()
            levels: dict[int, Level] = {}
        else:
            given = {"identity": row["identity"], "common": row["common"]}
            hung = there.hung  # type: ignore[attr-defined]
            self._set(there, given if hung else given | wording, f"Compétence {there}")
            known = {linked.pk for linked in there.parcours.all()}
            levels = {level.number: level for level in there.levels.all()}
        new = [named for short in row["parcours"] if (named := parcours[short]).pk not in known]
        if new:
            there.parcours.add(*new)
            self.changes += [f"Compétence {there} : du parcours {added.name}" for added in new]
        self._levels(there, row["levels"], levels)

    def _levels(
        self, competence: Competence, rows: Iterable[Mapping[str, Any]], known: dict[int, Level]
    ) -> None:
        for row in rows:
            about = f"{competence.code}, niveau {row['number']} (BUT{row['year']})"
            values = {"year": row["year"], "title": row["title"]}
            if level := known.pop(row["number"], None):
                self._set(level, values, about)
            else:
                Level.objects.create(competence=competence, number=row["number"], **values)
                self.changes.append(f"{about} : « {row['title']} »")
        for level in known.values():
            self.changes.append(f"{level} : retiré")
            level.delete()

    def _set(self, row: Specialty | Competence | Level, values: Mapping[str, Any], about: str) -> None:
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            label = row._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            before = getattr(row, name)
            self.changes.append(f"{about}, {label} : {_words(before)} → {_words(value)}")
            setattr(row, name, value)
        if changed:
            row.save(update_fields=list(changed))


def _matched(
    rows: Iterable[Mapping[str, Any]],
    known: Iterable[Competence],
    parcours: Mapping[str, Parcours],
    *,
    identified: bool,
) -> dict[str, Competence]:
    """The competences that are there, by the identity that the file gives them; each is found once.

    By identity when a référentiel gave it, by title, by a short name that was all that a programme knew, and
    last by the code within the parcours: RT4 of another parcours is another competence.
    """
    matched: dict[str, Competence] = {}
    left = list(known)
    rows = list(rows)

    def same_identity(row: Mapping[str, Any], there: Competence) -> bool:
        return identified and there.identity == row["identity"]

    def same_title(row: Mapping[str, Any], there: Competence) -> bool:
        return plain_words(there.title) == plain_words(row["title"])

    def called_by_its_short_name(row: Mapping[str, Any], there: Competence) -> bool:
        return plain_words(there.title) == plain_words(row["short"]) and same_place(row, there)

    def same_code(row: Mapping[str, Any], there: Competence) -> bool:
        return there.code == row["code"] and same_place(row, there)

    def same_place(row: Mapping[str, Any], there: Competence) -> bool:
        own = {parcours[short].pk for short in row["parcours"]}
        theirs = {linked.pk for linked in there.parcours.all() if not linked.common}
        return bool(row["common"] or there.common or own & theirs)

    for fits in (same_identity, same_title, called_by_its_short_name, same_code):
        for row in rows:
            if row["identity"] in matched:
                continue
            if there := next((competence for competence in left if fits(row, competence)), None):
                matched[row["identity"]] = there
                left.remove(there)
    return matched


def _free(wanted: str, taken: set[str], longest: int) -> str:
    """A code that nothing has yet."""
    candidates = (wanted, *(f"{wanted[: longest - 3]}-{number}" for number in range(2, 100)))
    return next(candidate[:longest] for candidate in candidates if candidate[:longest] not in taken)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return f"« {value} »" if value else "rien"


def programmes_of(specialty: Specialty) -> list[Programme]:
    """The programmes that hang on it, in the order of their years."""
    return list(
        Programme.objects.filter(parcours__specialty=specialty)
        .select_related("parcours__specialty")
        .order_by("year", "parcours__name", "modality", "-in_force_from")
    )
