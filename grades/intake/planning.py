"""What a file of students would do to a promotion: every row judged, nothing written.

A student is found by number, then by INE. A row is somebody new, somebody known whom it changes or leaves
alone, set aside (the file itself says that it is of another parcours), or refused. An empty cell says
nothing: what is known stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from butrt.base.french import NBSP, date, of
from butrt.base.spreadsheets import crosses, reference
from butrt.base.words import folded
from curriculum.models import Programme
from grades.intake import cells
from grades.intake.cells import CellError, cell_text, shown
from grades.intake.columns import FIELDS, Extract
from grades.intake.juries import against, late
from grades.intake.known import KnownPeople, RowRead, is_another
from grades.intake.likeness import Person, accents, programme_followed, same_parcours
from grades.intake.plan import (
    Aside,
    Difference,
    ImportPlan,
    Known,
    New,
    RefusedRow,
    field_in_words,
)
from grades.models import Cohort, Enrolment, Student
from grades.people import POSTAL, Identity, provisional_number

# The fields of an identity, and the others that a change of an enrolment is told by.
IDENTITY = tuple(Identity.__slots__)
# What a list writes for nothing.
NOTHING = ("—", "–", "-")
# Where capitals and lost accents are no news.
OF_PEOPLE = (
    *("last_name", "first_name", "usual_last_name", "usual_first_name"),
    *("birth_place", "address", "city"),
)
# What a bad cell of is left out, and told: no jury reads it, and the person comes in all the same.
OPTIONAL = (
    *("without_ine", "email", "baccalaureate", "baccalaureate_series", "usual_last_name", "usual_first_name"),
    *("address", "address_more", "postal_code", "city", "country"),
)


class Planner:
    """Judges every row of an extract whose columns hold these fields, in a fixed number of queries."""

    def __init__(self, cohort: Cohort, extract: Extract, columns: Mapping[int, str]) -> None:
        self.cohort, self.extract, self.table = cohort, extract, extract.table
        self.columns = columns
        self.column_of = {name: number for number, name in columns.items()}
        self.result = ImportPlan(cohort)
        self.apprentices = cohort.has_apprentices
        self.programmes = cohort.taught
        self.refused: list[tuple[int, RefusedRow]] = []  # with their row
        self.new_people: dict[Person, RowRead] = {}
        self.unknown_baccalaureates: dict[str, None] = {}
        self.homeless = 0  # rows whose address is not whole
        self.provisional: dict[str, RowRead] = {}  # by the number that stands for one
        self.known_groups = {group.name for group in cohort.groups.all()}
        self.group_names = {name.casefold(): name for name in self.known_groups}
        self.left_out: dict[str, list[str]] = {}  # by field: the cells that are not taken, and why
        self.kept_numbers: list[str] = []  # of people whom a PV names by theirs
        self.repeated = 0  # rows that say again what one above says
        self.met: set[int] = set()  # keys of the students whom a row means

    def plan(self) -> ImportPlan:
        self._merged()
        lines = self._once([line for row in self.extract.body if (line := self._line(row))])
        lines = [line for line in lines if not self._is_elsewhere(line)]
        for line in lines:
            self._read(line)
        self.people = KnownPeople(self.cohort, [line.fields for line in lines])
        self._twice(lines, "number")
        self._twice(lines, "ine")
        taken: dict[int, RowRead] = {}
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
        self.met = set(taken)
        self.result.refusals = [refusal for _, refusal in sorted(self.refused, key=lambda pair: pair[0])]
        return self.result

    # ---------- rows ----------

    def _line(self, row: int) -> RowRead | None:
        cells = self.table.rows[row]
        mapped = {
            name: cells[number]
            for number, name in self.columns.items()
            if number in cells and cells[number].text.strip() not in NOTHING
        }
        line = RowRead(row, mapped)
        if not mapped:
            return None
        named = "full_name" in mapped or {"last_name", "first_name"} <= set(mapped)
        nobody = not named and not {"number", "ine"} & set(mapped)
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

    def _once(self, lines: list[RowRead]) -> list[RowRead]:
        """Each person once: a list of results has a line a UE, which says the same of its student."""
        seen: dict[tuple[tuple[str, str], ...], RowRead] = {}
        for line in lines:
            seen.setdefault(tuple((name, cell.text) for name, cell in sorted(line.cells.items())), line)
        self.repeated = len(lines) - len(seen)
        return list(seen.values())

    def _merged(self) -> None:
        bottom = max(self.table.rows)
        for merged in self.table.merged:
            last = max(self.columns, default=1)
            if crosses(merged, first_row=self.extract.header_row, last_row=bottom, last_column=last):
                reason = "Ces cases sont fusionnées : on ne sait à qui va leur contenu. Les séparer."
                self.refused.append((0, RefusedRow(merged[:20], "", "", reason)))

    def _is_elsewhere(self, line: RowRead) -> bool:
        """Whether the row says that it is of another parcours or régime: set aside, not refused."""
        try:
            parcours = cell_text(line.cells["parcours"]) if "parcours" in line.cells else ""
            regime = cell_text(line.cells["modality"]) if "modality" in line.cells else ""
        except CellError as error:
            self._refuse(line, "parcours", str(error))
            return True
        line.fitting = [row for row in self.programmes if not parcours or same_parcours(parcours, row)]
        why = "" if line.fitting else f"parcours {parcours[:60]}"
        if modality := cells.modality(regime):
            line.fitting = [programme for programme in line.fitting if programme.modality == modality]
        if why := why or ("" if line.fitting else f"régime {regime[:60]}"):
            self.result.aside.append(Aside(line.number, line.who, why))
        return bool(why)

    # ---------- cells ----------

    def _read(self, line: RowRead) -> None:
        for name, cell in line.cells.items():
            if name in ("parcours", "modality", "ine_key") or (name == "company" and not self.apprentices):
                continue
            try:
                if name == "full_name":
                    continue
                if name == "birth_date":
                    line.fields[name] = cells.birth_date(cell, since_1904=self.table.since_1904)
                elif name == "baccalaureate":
                    self._baccalaureate(line, cell_text(cell))
                elif name == "semesters":
                    line.fields[name] = cells.semesters(cell_text(cell), self.cohort.semesters)
                else:
                    text = cell_text(cell)
                    if name == "ine":
                        text = self._with_key(text, line)
                    line.fields[name] = cells.TEXTS[name](text)
            except CellError as error:
                if name in OPTIONAL:
                    self._leave_out(line, name, str(error))
                else:
                    self._refuse(line, name, str(error))
        self._names(line)
        self._address(line)
        series = line.fields.get("baccalaureate_series", "")
        if not line.fields.get("baccalaureate") and series and (kind := cells.baccalaureate(series)):
            line.fields["baccalaureate"] = kind

    def _names(self, line: RowRead) -> None:
        """Both names of one cell; a usual name that is the legal one says nothing."""
        fields = line.fields
        if "full_name" in line.cells:
            header = self.extract.column(self.column_of["full_name"]).header
            try:
                both = cells.both_names(cell_text(line.cells["full_name"]), header)
            except CellError as error:
                line.unsplit = str(error)
            else:
                fields |= dict(zip(("last_name", "first_name"), both, strict=True))
        for usual, legal in (("usual_last_name", "last_name"), ("usual_first_name", "first_name")):
            if usual in fields and folded(fields[usual]) == folded(fields.get(legal, "")):
                del fields[usual]

    def _address(self, line: RowRead) -> None:
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

    def _with_key(self, text: str, line: RowRead) -> str:
        """An INE whose last character is in a column of its own, as Apogée keeps it."""
        key = cell_text(line.cells["ine_key"]) if "ine_key" in line.cells else ""
        return text + key if len(text) == 10 and len(key) == 1 else text

    def _baccalaureate(self, line: RowRead, text: str) -> None:
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

    def _twice(self, lines: Iterable[RowRead], name: str) -> None:
        first: dict[str, RowRead] = {}
        for line in lines:
            value = line.fields.get(name)
            if value and (other := first.setdefault(value, line)) is not line:
                self._refuse(
                    line, name, f"{value} est déjà en ligne {other.number} ({other.who}). N’en garder qu’une."
                )

    def _known(self, line: RowRead) -> Student | None:
        """The student whom a row means, by number then by INE; None for somebody new."""
        number, ine = line.fields.get("number", ""), line.fields.get("ine", "")
        by_number, by_ine = self.people.by_number.get(number), self.people.by_ine.get(ine)
        if not by_number and not by_ine and (same := self.people.same_person(line)):
            return same
        if not number and not ine:
            self._refuse(line, "", "Ni n° étudiant ni INE : on ne sait qui est cette personne.")
            return None
        if by_number and by_ine and by_number != by_ine:
            self._refuse(
                line,
                "ine",
                f"Le n°{NBSP}{number} est celui de {by_number}, l’INE {ine} celui de {by_ine} "
                f"(n°{NBSP}{by_ine.number}). Corriger l’un des deux.",
            )
            return None
        student = by_number or by_ine
        if student and is_another(line, student):
            which = f"n°{NBSP}{number}" if by_number else f"INE {ine}"
            self._refuse(
                line,
                "number" if by_number else "ine",
                f"Ce {which} est celui {of(str(student))}, naissance le {date(student.birth_date)}{NBSP}: "
                "ni le nom ni la date de naissance ne sont les mêmes.",
            )
            return None
        return student

    # ---------- somebody new ----------

    def _judge_new(self, line: RowRead) -> None:
        fields = line.fields
        if not fields.get("number") and fields.get("parcoursup"):
            self._number_for_now(line)
        if line.wrong:
            return
        if line.unsplit:
            self._refuse(line, "full_name", line.unsplit)
            return
        for name, known in FIELDS.items():
            if known.needed and not fields.get(name):
                self._refuse(line, name, self._lacks(name))
        person = line.person
        programme = self._programme(line)
        if line.wrong or person is None or programme is None:
            return
        if (other := self.new_people.setdefault(person, line)) is not line:
            self._refuse(
                line,
                "number",
                f"La ligne {other.number} a le même nom, le même prénom et la même naissance, sous un autre "
                "numéro. N’en garder qu’une.",
            )
            return
        if known_people := self.people.by_person.get(person):
            same = known_people[0]
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
                programme,
                fields.get("semesters", ()),
            )
        )

    def _programme(self, line: RowRead, there: Enrolment | None = None) -> Programme | None:
        programme, why = programme_followed(line.fitting, there)
        if why:
            self._refuse(line, "parcours", why)
        return programme

    def _number_for_now(self, line: RowRead) -> None:
        """Somebody of a Parcoursup extract, before the university numbers them."""
        number = provisional_number(line.fields["parcoursup"])
        if other := self.people.by_number.get(number):
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

    def _judge_known(self, line: RowRead, student: Student) -> None:
        # Both names in one cell find somebody, they are not parted surely enough to rename them.
        unsure = ("last_name", "first_name") if "full_name" in line.cells else ()
        values = {
            name: self._news(name, value, student)
            for name, value in line.fields.items()
            if name in IDENTITY and name not in unsure
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
        enrolment = self.people.enrolments.get(student.pk)
        if (programme := self._programme(line, enrolment)) is None:
            return
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
            programme,
            semesters,
        )
        (self.result.changed if differences else self.result.unchanged).append(known)

    def _news(self, name: str, value: Any, student: Student) -> Any:
        """The value of a row, or the one known where the row only loses something (accents, zeros)."""
        known = getattr(student, name)
        if name in OF_PEOPLE and folded(value) == folded(known) and accents(value) <= accents(known):
            return value if known.islower() else known
        if name in ("last_name", "first_name") and folded(value) == folded(getattr(student, f"usual_{name}")):
            return known
        if name == "number" and value != known and student.pk in self.people.frozen:
            self.kept_numbers.append(f"{student}, n°{NBSP}{known} et non {value}")
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
        used = {row.group for row in self.result.new} | {row.group for row in self.result.changed}
        self.result.groups = sorted(used - self.known_groups - {""})

    def _leave_out(self, line: RowRead, name: str, reason: str) -> None:
        """A cell that is not taken; what is known stays."""
        where = reference(line.number, self.column_of[name])
        self.left_out.setdefault(name, []).append(f"{where}, {line.who}{NBSP}: {reason}")

    def _refuse(self, line: RowRead, name: str, reason: str) -> None:
        line.wrong = True
        number = self.column_of.get(name)
        if number is None:
            where, header = f"ligne {line.number}", ""
        else:
            where, header = reference(line.number, number), self.extract.column(number).named
        self.refused.append((line.number, RefusedRow(where, line.who, header, reason)))


def _in_words(semesters: Iterable[int]) -> str:
    return " ".join(f"S{semester}" for semester in semesters)
