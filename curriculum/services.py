"""What people do with programmes: load one, or change one that was loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError

from butrt.base.french import first
from butrt.base.journal.services import record
from curriculum.identity.services import identity_data, set_identity, write_identity
from curriculum.models import Competence, Department, Element, Parcours, Programme, Specialty, Unit, Weight
from curriculum.programmefile import PARCOURS, ProgrammeError, check_programme, check_units
from curriculum.programmelock import locked_by
from curriculum.reading import programme_data
from curriculum.referential.register import Register, parcours_meant, specialty_meant
from curriculum.referential.titles import plain_words

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def load_programme(
    *,
    department: Department,
    data: Mapping[str, Any],
    by: User | None,
    update: bool = False,
    origin: str = "",
) -> Programme:
    """Load a programme (as `programmefile` parses it) into a department, whole or not at all.

    The same one again changes nothing. One that differs from what is there is refused, unless `update` says
    that this is meant; its évaluations and their marks stay. One on which a jury has judged never changes.
    `origin` tells the journal where it comes from, by default the file that the programme names.
    Raises `ProgrammeError`, naming what differs, or which jury.
    """
    check_programme(data)
    check_units(data)
    sync = _Sync()
    parcours = _parcours(sync, department, data["parcours"])
    shared = bool(sync.changes)
    programme = _programme(sync, parcours, data)
    competences, reworded = _competences(sync, parcours, data["competences"], update=update)
    _maquette(sync, programme, competences, data)
    if sync.changes and not update:
        raise ProgrammeError(
            f"{programme} est déjà chargé et diffère ({len(sync.changes)} écarts) : "
            + " ; ".join(first(sync.changes))
        )
    if sync.changes:
        # A parcours and the competences are those of every year and version.
        everywhere = Programme.objects.filter(parcours__specialty=parcours.specialty)
        _refuse_if_judged(everywhere if shared or reworded else [programme])
    if sync.changes or sync.moved or not sync.adding_is_a_change:
        record(
            act="programme.load",
            about=str(programme),
            by=by,
            department=department,
            details={
                "file": origin or programme.source.get("file", ""),
                "changes": sync.changes or sync.moved,
            },
        )
    if identity := data.get("identity"):
        _keep_identity(programme, identity, by, update=update)
    return programme


def _programme(sync: _Sync, parcours: Parcours, data: Mapping[str, Any]) -> Programme:
    """The programme itself, held if it is known: from then on, what is added to it is a change."""
    identity = {name: data[name] for name in ("year", "modality", "in_force_from")}
    programme = Programme.objects.select_for_update().filter(parcours=parcours, **identity).first()
    sync.adding_is_a_change = programme is not None
    return sync.put(
        programme or Programme(parcours=parcours, **identity),
        {"illustrative": data["illustrative"], "source": source_of(data)},
    )


def _competences(
    sync: _Sync, parcours: Parcours, rows: Iterable[Mapping[str, Any]], *, update: bool
) -> tuple[dict[str, Competence], bool]:
    """The competences by their code, and whether one that was known is worded otherwise from now on."""
    register = Register(parcours)
    competences: dict[str, Competence] = {}
    reworded = False
    for row in rows:
        competence = register.of(code=row["code"], title=row["title"])
        if competence.pk and not _same(competence, row) and not competence.units.exists():
            sync.adopt(competence, {name: row[name] for name in ("code", "title", "short")})
        known, before = competence.pk is not None, len(sync.changes)
        if known and not update and not sync.adding_is_a_change and _same_title(competence, row):
            wording: tuple[str, ...] = ()  # a new programme calls it as it is called here already
        else:
            wording = ("code", "title", "short")
        competences[row["code"]] = sync.put(competence, {name: row[name] for name in wording})
        register.belongs(competence)
        reworded = reworded or (known and len(sync.changes) > before)
    return competences, reworded


def _maquette(
    sync: _Sync, programme: Programme, competences: Mapping[str, Competence], data: Mapping[str, Any]
) -> None:
    """The UE, the elements and their coefficients: those that are gone leave first."""
    known_units = sync.known(
        programme.units.select_related("competence"), lambda unit: (unit.code,), _keys(data, "units", "code")
    )
    known_elements = sync.known(
        programme.elements.all(), lambda element: (element.code,), _keys(data, "elements", "code")
    )
    known_weights = sync.known(
        Weight.objects.filter(unit__programme=programme).select_related("unit", "element"),
        lambda weight: (weight.unit.code, weight.element.code),
        _keys(data, "weights", "unit", "element"),
    )
    # Before what comes: a competence has one UE in a semester, the new one takes the place of the old.
    sync.remove_gone()
    units = sync.rows(
        known_units,
        lambda code: Unit(programme=programme, code=code),
        {(row["code"],): _unit_values(row, competences) for row in data["units"]},
    )
    elements = sync.rows(
        known_elements,
        lambda code: Element(programme=programme, code=code),
        {
            (row["code"],): {name: row[name] for name in ("display", "title", "short", "kind", "semester")}
            for row in data["elements"]
        },
    )
    sync.rows(
        known_weights,
        lambda unit, element: Weight(unit=units[(unit,)], element=elements[(element,)]),
        {
            (row["unit"], row["element"]): _weight_values(row, position)
            for position, row in enumerate(data["weights"])
        },
    )


def _unit_values(row: Mapping[str, Any], competences: Mapping[str, Competence]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("semester", "level", "ects")},
        "competence": competences[row["competence"]],
        "rcue_weight": row.get("rcue_weight", 1),
    }


def _weight_values(row: Mapping[str, Any], position: int) -> dict[str, Any]:
    return {
        "coefficient": row["coefficient"],
        **{name: row.get(name, 0) for name in ("cm", "td", "tp", "project")},
        **{name: row.get(name, "") for name in ("evaluation_type", "label")},
        "line": row.get("line"),
        "position": position,
    }


def _keep_identity(
    programme: Programme, identity: Mapping[str, str], by: User | None, *, update: bool
) -> None:
    """What the file says the programme is; what a person wrote since stays, unless the file is to prevail."""
    if update:
        set_identity(programme=programme, values=identity, by=by)
    elif not identity_data(programme):
        write_identity(programme=programme, values=identity)


def _parcours(sync: _Sync, department: Department, data: Mapping[str, Any]) -> Parcours:
    """The parcours that a programme names, and its spécialité: those there, or new ones.

    One that a référentiel brought is called as the first programme that hangs on it calls it.
    """
    specialty = specialty_meant(department, data["specialty"])
    specialty = specialty or sync.put(Specialty(department=department), {"name": data["specialty"]})
    about = {name: data[name] for name in PARCOURS if name != "specialty"}
    parcours = Parcours.objects.filter(department=department, code=data["code"]).first()
    if parcours is None and not data.get("common"):
        parcours = parcours_meant(specialty.parcours.filter(common=False, programmes=None), data)
    otherwise = parcours is not None and any(getattr(parcours, name) != about[name] for name in about)
    if parcours and otherwise and not parcours.programmes.exists():
        sync.adopt(parcours, about)
    return sync.put(
        parcours or Parcours(department=department),
        {"specialty": specialty, "common": data.get("common", False), **about},
    )


def _same(competence: Competence, row: Mapping[str, Any]) -> bool:
    return all(getattr(competence, name) == row[name] for name in ("code", "title", "short"))


def _same_title(competence: Competence, row: Mapping[str, Any]) -> bool:
    return plain_words(competence.title) == plain_words(row["title"])


def _refuse_if_judged(programmes: Iterable[Programme]) -> None:
    if judged := locked_by([programme.pk for programme in programmes]):
        raise ProgrammeError(
            f"Ce programme a servi à {' ; '.join(judged)} : il ne change plus, pas même un intitulé. "
            "Pour l’année à venir, en faire une nouvelle version."
        )


@transaction.atomic
def new_version(*, programme: Programme, in_force_from: int, by: User) -> Programme:
    """A copy of a programme, in force from another school year, to be changed there.

    What its fiche printed (totals, labels, lines) stays with the fiche. Raises `ProgrammeError`.
    """
    taken = Programme.objects.filter(
        parcours=programme.parcours,
        year=programme.year,
        modality=programme.modality,
        in_force_from=in_force_from,
    )
    if taken.exists():
        raise ProgrammeError(
            f"{programme} a déjà une version en vigueur depuis {in_force_from} : choisir une autre année."
        )
    data = programme_data(programme)
    printed = ("line", "label", "total")
    copy = data | {
        "in_force_from": in_force_from,
        "source": {"copied_from": programme.in_force_from},
        "announced_ects": None,
        "printed_totals": [],
        **{
            name: [{key: row[key] for key in row if key not in printed} for row in data[name]]
            for name in ("competences", "weights")
        },
    }
    if identity := identity_data(programme):
        copy["identity"] = identity
    return load_programme(department=programme.parcours.department, data=copy, by=by)


def _keys(data: Mapping[str, Any], name: str, *key: str) -> set[tuple[str, ...]]:
    return {tuple(row[part] for part in key) for row in data[name]}


def source_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the fiche printed and the tables do not hold: kept for the findings, and to be read again."""
    return {
        **data["source"],
        "announced_ects": data.get("announced_ects"),
        "printed_totals": data["printed_totals"],
        "competences": [row for row in data["competences"] if "label" in row],
        "line_totals": [
            {"unit": row["unit"], "element": row["element"], "total": row["total"]}
            for row in data["weights"]
            if "total" in row and row["total"] != sum(row.get(name, 0) for name in ("cm", "td", "tp"))
        ],
    }


def _check_fields(row: Model) -> None:
    """Raises `ProgrammeError` for a value that no field of this kind may hold."""
    try:
        row.clean_fields(exclude=[field.name for field in row._meta.fields if field.is_relation])
    except ValidationError as error:
        raise ProgrammeError(f"{row} : {' '.join(error.messages)}") from error


class _Sync:
    """Brings rows to what a file says, and tells what that changed of what was already there."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.adding_is_a_change = False
        self.gone: list[Model] = []
        self.moved: list[str] = []

    def put(self, row: Row, values: Mapping[str, Any]) -> Row:
        """Save a row with these values, if it is new or if that changes it."""
        changed = [name for name, value in values.items() if getattr(row, name, None) != value]
        if row.pk is not None:
            if not changed:
                return row
            # The order of the lines is how they are shown, not what the programme is.
            self.changes += [_change(row, name, values[name]) for name in changed if name != "position"]
            if changed == ["position"]:
                self.moved = ["ordre des lignes"]
        for name in changed:
            setattr(row, name, values[name])
        if row.pk is None and self.adding_is_a_change:
            self.changes.append(f"{row} : ajouté")
        _check_fields(row)
        try:
            row.save()
        except IntegrityError as error:
            # Rows are saved one at a time: two UE that exchange their competences meet on the way.
            raise ProgrammeError(
                f"{row} prendrait la place d’une autre ligne, qui y est encore : enlever ou changer d’abord "
                "celle-ci, et l’enregistrer."
            ) from error
        return row

    def adopt(self, row: Model, values: Mapping[str, Any]) -> None:
        """Call a row that no programme has yet as this one calls it: that changes nothing of a programme."""
        for name, value in values.items():
            setattr(row, name, value)
        _check_fields(row)
        row.save(update_fields=list(values))

    def known(
        self,
        existing: Iterable[Row],
        key: Callable[[Row], tuple[str, ...]],
        wanted: Collection[tuple[str, ...]],
    ) -> dict[tuple[str, ...], Row]:
        """The rows of a list that are there and stay, by key; the others wait for `remove_gone`."""
        known = {key(row): row for row in existing}
        self.gone = [row for name, row in known.items() if name not in wanted] + self.gone
        return {name: row for name, row in known.items() if name in wanted}

    def rows(
        self,
        known: Mapping[tuple[str, ...], Row],
        new: Callable[..., Row],
        wanted: Mapping[tuple[str, ...], Mapping[str, Any]],
    ) -> dict[tuple[str, ...], Row]:
        """The rows of a list, by key, as wanted."""
        return {name: self.put(known.get(name) or new(*name), values) for name, values in wanted.items()}

    def remove_gone(self) -> None:
        """Remove what the file no longer has: coefficients before the UE and elements that they name."""
        for row in self.gone:
            self.changes.append(f"{row} : retiré")
            try:
                row.delete()
            except ProtectedError as error:
                raise ProgrammeError(
                    f"{row} a des évaluations ou des décisions : il ne peut être retiré."
                ) from error


def _change(row: Model, field: str, value: Any) -> str:
    name = row._meta.get_field(field).verbose_name  # type: ignore[union-attr]
    before, after = (shorten(str(item), 60, placeholder="…") for item in (getattr(row, field), value))
    return f"{row}, {name} : {before} → {after}"
