"""What a file of students would do to a promotion: every row judged, nothing written.

A student is found by number, then by INE. A row is somebody new, somebody known whom it changes or leaves
alone, set aside (the file itself says that it is of another parcours), or refused. An empty cell says
nothing: what is known stays.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from butrt.base.french import NBSP, of, plural, several
from butrt.base.spreadsheets import Cell, crosses, reference
from butrt.base.words import folded
from curriculum.models import Programme
from grades.intake import cells
from grades.intake.cells import CellError, cell_text, shown
from grades.intake.columns import FIELDS, Extract
from grades.intake.juries import against, late
from grades.intake.likeness import accents, person_key, same_parcours
from grades.intake.plan import (
    NAMES_TOLD,
    Aside,
    Difference,
    ImportPlan,
    Known,
    New,
    RefusedRow,
    field_in_words,
)
from grades.models import Assessment, Cohort, Enrolment, Student
from grades.people import FROZEN_NUMBER, POSTAL, Identity, provisional_number

# The fields of an identity, and the others that a change of an enrolment is told by.
IDENTITY = tuple(Identity.__slots__)
# Where capitals and lost accents are no news.
OF_PEOPLE = ("last_name", "first_name", "birth_place", "address", "city")


def plan_import(*, cohort: Cohort, extract: Extract, columns: Mapping[int, str]) -> ImportPlan:
    """Judge every row of an extract whose columns hold these fields. A fixed number of queries."""
    return _Planner(cohort, extract, columns).plan()


@dataclass
class _RowRead:
    """A row read: its fields by name, empty ones absent; `wrong` when one was refused."""

    number: int
    cells: dict[str, Cell]
    fields: dict[str, Any] = field(default_factory=dict)
    wrong: bool = False

    @property
    def who(self) -> str:
        names = [self.cells[name].text for name in ("last_name", "first_name") if name in self.cells]
        return " ".join(names)[:60]


class _Planner:
    def __init__(self, cohort: Cohort, extract: Extract, columns: Mapping[int, str]) -> None:
        self.cohort, self.extract, self.table = cohort, extract, extract.table
        self.columns = columns
        self.column_of = {name: number for number, name in columns.items()}
        self.result = ImportPlan(cohort)
        self.apprentices = cohort.programme.modality == Programme.Modality.APPRENTICESHIP
        self.refused: list[tuple[int, RefusedRow]] = []  # with their row
        self.new_people: dict[tuple[str, str, datetime.date], _RowRead] = {}
        self.unknown_baccalaureates: dict[str, None] = {}
        self.homeless = 0  # rows whose address is not whole
        self.provisional: dict[str, _RowRead] = {}  # by the number that stands for one

    def plan(self) -> ImportPlan:
        self._merged()
        lines = [line for row in self.extract.body if (line := self._line(row))]
        lines = [line for line in lines if not self._is_elsewhere(line)]
        for line in lines:
            self._read(line)
        self._find_known(lines)
        self._twice(lines, "number")
        self._twice(lines, "ine")
        taken: dict[int, _RowRead] = {}
        for line in lines:
            if line.wrong:
                continue
            student = self._known(line)
            if line.wrong:
                continue
            if student and (other := taken.setdefault(student.pk, line)) is not line:
                self._refuse(
                    line,
                    "",
                    f"La ligne {other.number} est déjà celle {of(str(student))}, n°{NBSP}{student.number}.",
                )
            elif student:
                self._judge_known(line, student)
            else:
                self._judge_new(line)
        self._groups()
        self.result.against = against(self.result)
        self.result.late = late(self.result)
        self._notes(set(taken))
        self.result.refusals = [refusal for _, refusal in sorted(self.refused, key=lambda pair: pair[0])]
        return self.result

    # ---------- rows ----------

    def _line(self, row: int) -> _RowRead | None:
        cells = self.table.rows[row]
        mapped = {name: cells[number] for number, name in self.columns.items() if number in cells}
        line = _RowRead(row, mapped)
        if not mapped:
            return None
        nobody = not {"number", "ine"} & set(mapped) and not {"last_name", "first_name"} <= set(mapped)
        if nobody and len(cells) < 3:  # "Total : 28", "Édité le…"
            self.result.notes.append(
                f"Ligne {row}, {shown(next(iter(cells.values())).text)}{NBSP}: n’est pas lue."
            )
            return None
        if row in self.table.hidden_rows:
            self._refuse(
                line, "", "Cette ligne est masquée. Enlever le filtre ou l’effacer, puis envoyer de nouveau."
            )
            return None
        beyond = [number for number in cells if number > self.extract.columns[-1].number]
        strangers = [
            number
            for number in cells
            if not self.extract.column(number).header and number not in self.columns
        ]
        if (beyond or strangers) and self.table.about.startswith("texte"):
            self._refuse(
                line,
                "",
                "Plus de cellules que de titres : un séparateur de trop a tout décalé. Corriger la ligne.",
            )
            return None
        return line

    def _merged(self) -> None:
        bottom = max(self.table.rows)
        for merged in self.table.merged:
            last = max(self.columns, default=1)
            if crosses(merged, first_row=self.extract.header_row, last_row=bottom, last_column=last):
                reason = "Ces cases sont fusionnées : on ne sait à qui va leur contenu. Les séparer."
                self.refused.append((0, RefusedRow(merged[:20], "", "", reason)))

    def _is_elsewhere(self, line: _RowRead) -> bool:
        """Whether the row says that it is of another parcours or régime: set aside, not refused."""
        try:
            parcours = cell_text(line.cells["parcours"]) if "parcours" in line.cells else ""
            regime = cell_text(line.cells["modality"]) if "modality" in line.cells else ""
        except CellError as error:
            self._refuse(line, "parcours", str(error))
            return True
        programme = self.cohort.programme
        if parcours and not same_parcours(parcours, programme):
            self.result.aside.append(Aside(line.number, line.who, f"parcours {parcours[:60]}"))
            return True
        modality = cells.modality(regime)
        if modality and modality != programme.modality:
            self.result.aside.append(Aside(line.number, line.who, f"régime {regime[:60]}"))
            return True
        return False

    # ---------- cells ----------

    def _read(self, line: _RowRead) -> None:
        for name, cell in line.cells.items():
            if name in ("parcours", "modality", "ine_key") or (name == "company" and not self.apprentices):
                continue
            try:
                if name == "birth_date":
                    line.fields[name] = cells.birth_date(cell, since_1904=self.table.since_1904)
                elif name == "baccalaureate":
                    self._baccalaureate(line, cell_text(cell))
                elif name == "semesters":
                    semesters = self.cohort.programme.semesters
                    line.fields[name] = cells.semesters(cell_text(cell), semesters)
                else:
                    text = cell_text(cell)
                    if name == "ine":
                        text = self._with_key(text, line)
                    line.fields[name] = cells.TEXTS[name](text)
            except CellError as error:
                self._refuse(line, name, str(error))
        self._address(line)
        series = line.fields.get("baccalaureate_series", "")
        if not line.fields.get("baccalaureate") and series and (kind := cells.baccalaureate(series)):
            line.fields["baccalaureate"] = kind

    def _address(self, line: _RowRead) -> None:
        """An address is one: told whole, the empty cells too, or, without its town, not at all."""
        fields = line.fields
        fields["address"] = "\n".join(filter(None, (fields.get("address"), fields.pop("address_more", ""))))
        street_or_code = fields["address"] or fields.get("postal_code")
        if fields.get("city") and street_or_code:
            fields.setdefault("country", "")
            code = fields.setdefault("postal_code", "")
            if len(code) == 4 and code.isdigit() and not fields["country"]:
                fields["postal_code"] = code.zfill(5)  # a spreadsheet takes the first 0 for nothing
            return
        if street_or_code or fields.get("country") or fields.get("city"):
            self.homeless += 1
        for name in POSTAL:
            fields.pop(name, None)

    def _with_key(self, text: str, line: _RowRead) -> str:
        """An INE whose last character is in a column of its own, as Apogée keeps it."""
        key = cell_text(line.cells["ine_key"]) if "ine_key" in line.cells else ""
        return text + key if len(text) == 10 and len(key) == 1 else text

    def _baccalaureate(self, line: _RowRead, text: str) -> None:
        kind = cells.baccalaureate(text)
        if kind is None:
            self.unknown_baccalaureates[text[:40]] = None
        line.fields["baccalaureate"] = kind or ""
        # "STI2D" says the series too.
        if (
            kind
            and "baccalaureate_series" not in self.column_of
            and len(folded(text)) <= 6
            and folded(text) not in "gtpa"
        ):
            line.fields["baccalaureate_series"] = cells.series(text)

    # ---------- who it is ----------

    def _find_known(self, lines: Iterable[_RowRead]) -> None:
        """Everyone of the department whom the file may mean, in one query, and their enrolments here."""
        all_fields = [line.fields for line in lines]
        numbers = {fields["number"] for fields in all_fields if "number" in fields}
        ines = {fields["ine"] for fields in all_fields if "ine" in fields}
        numbers |= {
            provisional_number(fields["parcoursup"]) for fields in all_fields if fields.get("parcoursup")
        }
        names = {fields["last_name"] for fields in all_fields if "last_name" in fields}
        students = Student.objects.filter(department=self.cohort.department).filter(
            Q(number__in=numbers) | Q(ine__in=ines) | Q(last_name__in=names)
        )
        self.by_number, self.by_ine, self.by_person = {}, {}, {}
        for student in students:
            self.by_number[student.number] = student
            self.by_ine[student.ine] = student
            self.by_person[person_key(student.last_name, student.first_name, student.birth_date)] = student
        rows = self.cohort.enrolments.select_related("group", "student")  # by name
        self.enrolments: dict[int, Enrolment] = {row.student_id: row for row in rows}
        self.frozen = set(
            Assessment.objects.filter(
                locked=True, teaching__cohort__enrolments__student__in=[student.pk for student in students]
            )
            .values_list("teaching__cohort__enrolments__student", flat=True)
            .distinct()
        )
        self.group_names = {group.name.casefold(): group.name for group in self.cohort.groups.all()}

    def _twice(self, lines: Iterable[_RowRead], name: str) -> None:
        first: dict[str, _RowRead] = {}
        for line in lines:
            value = line.fields.get(name)
            if value and (other := first.setdefault(value, line)) is not line:
                self._refuse(
                    line, name, f"{value} est déjà en ligne {other.number} ({other.who}). N’en garder qu’une."
                )

    def _known(self, line: _RowRead) -> Student | None:
        """The student whom a row means, by number then by INE; None for somebody new."""
        number, ine = line.fields.get("number", ""), line.fields.get("ine", "")
        if not number and not ine:
            self._refuse(line, "", "Ni n° étudiant ni INE : on ne sait qui est cette personne.")
            return None
        by_number, by_ine = self.by_number.get(number), self.by_ine.get(ine)
        if by_number and by_ine and by_number != by_ine:
            self._refuse(
                line,
                "ine",
                f"Le n°{NBSP}{number} est celui de {by_number}, l’INE {ine} celui de {by_ine} "
                f"(n°{NBSP}{by_ine.number}). Corriger l’un des deux.",
            )
            return None
        student = by_number or by_ine
        if student and self._is_another(line, student):
            which = f"n°{NBSP}{number}" if by_number else f"INE {ine}"
            self._refuse(
                line,
                "number" if by_number else "ine",
                f"Ce {which} est celui {of(str(student))}, naissance le {student.birth_date:%d/%m/%Y}{NBSP}: "
                "ni le nom ni la date de naissance ne sont les mêmes.",
            )
            return None
        return student

    def _is_another(self, line: _RowRead, student: Student) -> bool:
        """Whether both the name and the birth of a row are somebody else's."""
        name, birth = line.fields.get("last_name"), line.fields.get("birth_date")
        return bool(
            name and birth and folded(name) != folded(student.last_name) and birth != student.birth_date
        )

    # ---------- somebody new ----------

    def _judge_new(self, line: _RowRead) -> None:
        fields = line.fields
        if not fields.get("number") and fields.get("parcoursup"):
            self._number_for_now(line)
        if line.wrong:
            return
        for name, known in FIELDS.items():
            if known.needed and not fields.get(name):
                self._refuse(line, name, self._lacks(name))
        if line.wrong:
            return
        person = person_key(fields["last_name"], fields["first_name"], fields["birth_date"])
        if (other := self.new_people.setdefault(person, line)) is not line:
            self._refuse(
                line,
                "number",
                f"La ligne {other.number} a le même nom, le même prénom et la même naissance, sous un autre "
                "numéro. N’en garder qu’une.",
            )
            return
        if same := self.by_person.get(person):
            self._refuse(
                line,
                "number",
                f"{same} existe, de même naissance, avec un autre n° ({same.number}) et un autre INE "
                f"({same.ine}){NBSP}: corriger le fichier ou son identité ; si ce sont deux personnes, "
                "inscrire celle-ci à la main.",
            )
            return
        identity = Identity(
            **{name: fields[name] for name in IDENTITY if name in fields}
            | {"gender": fields.get("gender", "X")}
        )
        self.result.new.append(
            New(
                line.number,
                identity,
                self._group(fields),
                fields.get("company", ""),
                fields.get("semesters", ()),
            )
        )

    def _number_for_now(self, line: _RowRead) -> None:
        """Somebody of a Parcoursup extract, before the university numbers them."""
        number = provisional_number(line.fields["parcoursup"])
        if other := self.by_number.get(number):
            self._refuse(line, "parcoursup", f"Ce n° Parcoursup est celui de {other} (INE {other.ine}).")
        elif (first := self.provisional.setdefault(number, line)) is not line:
            self._refuse(line, "parcoursup", f"Ce n° Parcoursup est déjà en ligne {first.number}.")
        else:
            line.fields["number"] = number

    def _lacks(self, name: str) -> str:
        label = FIELDS[name].label
        if name not in self.column_of and (name != "number" or "parcoursup" not in self.column_of):
            return f"Personne nouvelle, et aucune colonne ne donne : {label}."
        if name == "number":
            return (
                "Personne nouvelle sans n° étudiant ni n° Parcoursup : l’université donne le premier à "
                "l’inscription administrative."
            )
        return f"Personne nouvelle, et la case est vide : {label}."

    # ---------- somebody known ----------

    def _judge_known(self, line: _RowRead, student: Student) -> None:
        values = {
            name: self._news(name, value, student) for name, value in line.fields.items() if name in IDENTITY
        }
        before = Identity(**{name: getattr(student, name) for name in IDENTITY})
        after = replace(before, **values)
        differences = [
            Difference(
                name, field_in_words(name, getattr(before, name)), field_in_words(name, getattr(after, name))
            )
            for name in IDENTITY
            if getattr(before, name) != getattr(after, name)
        ]
        if after.number != before.number and student.pk in self.frozen:
            self._refuse(line, "number", f"{student} a le n°{NBSP}{student.number}. {FROZEN_NUMBER}")
            return
        enrolment = self.enrolments.get(student.pk)
        group, company = self._group(line.fields), line.fields.get("company", "")
        if enrolment is None:
            differences.append(Difference("enrolment", "", "inscription"))
        was_group = enrolment.group.name if enrolment and enrolment.group else ""
        was_company = enrolment.company if enrolment else ""
        if group and group != was_group:
            differences.append(Difference("group", was_group, group))
        if company and company != was_company:
            differences.append(Difference("company", was_company, company))
        semesters = line.fields.get("semesters", ())
        was_taken = enrolment.semesters if enrolment else []
        if semesters and [*semesters] != was_taken:
            differences.append(Difference("semesters", _in_words(was_taken), _in_words(semesters)))
        known = Known(
            line.number,
            student,
            enrolment,
            after,
            group or was_group,
            company or was_company,
            tuple(differences),
            semesters,
        )
        (self.result.changed if differences else self.result.unchanged).append(known)

    def _news(self, name: str, value: Any, student: Student) -> Any:
        """The value of a row, or the one known where the row only loses something (accents, zeros)."""
        known = getattr(student, name)
        if name in OF_PEOPLE and folded(value) == folded(known) and accents(value) <= accents(known):
            return known
        if name == "number" and value == known.lstrip("0"):
            return known
        if name == "email" and value.casefold() == known.casefold():
            return known
        if (name == "gender" and value == Student.Gender.UNSAID) or (value == "" and name not in POSTAL):
            return known
        return value

    # ---------- groups ----------

    def _group(self, fields: Mapping[str, Any]) -> str:
        """The name of the group as the promotion writes it."""
        name = str(fields.get("group", ""))
        return self.group_names.setdefault(name.casefold(), name) if name else ""

    def _groups(self) -> None:
        existing = {group.name for group in self.cohort.groups.all()}
        used = {row.group for row in self.result.new} | {row.group for row in self.result.changed}
        self.result.groups = sorted(used - existing - {""})

    # ---------- what is told ----------

    def _notes(self, met: set[int]) -> None:
        notes = self.result.notes
        missing = [
            str(row.student) for pk, row in self.enrolments.items() if pk not in met and not row.status
        ]
        if missing and not self.refused:
            some = ", ".join(missing[:NAMES_TOLD]) + ("…" if len(missing) > NAMES_TOLD else "")
            who = several(len(missing), "inscrit n’est", "inscrits ne sont")
            whom = plural(len(missing), "lui", "eux")
            notes.append(
                f"{who} pas dans le fichier, rien ne change pour {whom}{NBSP}: "
                f"{some}{'' if some.endswith('…') else '.'}"
            )
        if self.provisional and not self.refused:
            number = len(self.provisional)
            notes.append(
                f"{several(number, 'personne n’a', 'personnes n’ont')} pas encore de n° étudiant{NBSP}: PS "
                "et le n° Parcoursup en tiennent lieu, jusqu’à ce que l’extrait d’Apogée, qui "
                f"{plural(number, 'la', 'les')} retrouve par l’INE, le donne."
            )
        if self.unknown_baccalaureates:
            listed = ", ".join(list(self.unknown_baccalaureates)[:NAMES_TOLD])
            notes.append(f"Type de baccalauréat non reconnu, laissé vide{NBSP}: {listed}.")
        if self.homeless and not self.refused:
            left = plural(self.homeless, "elle n’est pas reprise", "elles ne sont pas reprises")
            notes.append(
                f"{several(self.homeless, 'adresse')} sans ville, ou ville sans rue ni code postal"
                f"{NBSP}: {left}."
            )
        if "company" in self.column_of and not self.apprentices:
            notes.append("La promotion n’est pas en apprentissage : les entreprises ne sont pas reprises.")

    def _refuse(self, line: _RowRead, name: str, reason: str) -> None:
        line.wrong = True
        number = self.column_of.get(name)
        if number is None:
            where, header = f"ligne {line.number}", ""
        else:
            where, header = reference(line.number, number), self.extract.column(number).named
        self.refused.append((line.number, RefusedRow(where, line.who, header, reason)))


def _in_words(semesters: Iterable[int]) -> str:
    return " ".join(f"S{semester}" for semester in semesters)
