"""An archive beside itself: what its files say against what its signed PV bring along.

A manifest is written by whoever writes the archive; the data attached to a PV are under its signatures.
Nothing is read from the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from butrt.base.documents.verifying import MALFORMED, embedded_files
from butrt.base.french import first
from butrt.base.outside import Limits, opened_apart
from butrt.base.spreadsheets import Tab, Unreadable, read_xlsx
from jury.cases.cohortvalues import CohortError
from jury.cases.proceedings import Proceedings
from jury.documents.checking.checked import in_words
from jury.documents.fingerprints import fingerprint
from jury.exchange.results_workbook import HEADER_ROW, IDENTITY, results_workbook

DATA = ("cohorte.json", "decisions.json", "contenu.json")
WORKBOOK = "resultats.xlsx"
MOST_TOLD = 8
WORDS = {
    "year": "année",
    "units": "UE",
    "rcues": "RCUE",
    "average": "moyenne",
    "elements": "notes",
    "jury": "décision du jury",
    "taken": "décision prise",
    "adopted": "proposition acceptée",
    "reasons": "raisons",
    "motive": "motif",
    "students": "étudiants",
}
LEFT_OUT = ("cohort", "decisions", "context", "students")
# Of the workbook, what a jury gives: its other columns are worded otherwise from a version to the next.
RESULTS = ("Année", "ECTS année", "ECTS cumul", "Motif")
RESULTS_OF_A_UNIT = (" moyenne", " code", " ECTS")
UNREADABLE = (*MALFORMED, CohortError, UnicodeDecodeError)


@opened_apart(Unreadable, Limits(processor=60, time=120, memory=1500 * 2**20, file=64 * 2**20))
def unlike_its_minutes(files: Mapping[str, bytes], versions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each thing that the files of an archive say otherwise than its signed PV, with both values.

    `versions` are those of the manifest: version, fingerprint, revisions. Raises Unreadable.
    """
    return list(_each_unlike(files, versions))


def _each_unlike(files: Mapping[str, bytes], versions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    last = max((int(version["version"]) for version in versions), default=0)
    for version in versions:
        number = int(version["version"])
        name = f"pv/version-{number}.pdf"
        held = embedded_files(files[name]) if name in files else {}
        if not held:
            if number == last:
                yield f"{name} manque ou n’a pas de données jointes : rien ne garantit celles de l’archive."
            continue
        content = _read(held.get("contenu.json", b""))
        people = _names(content)
        for data in DATA:
            archived = files.get(f"donnees/version-{number}/{data}")
            if archived is not None and archived != held.get(data):
                yield from _differences(f"donnees/version-{number}/{data}", archived, held.get(data), people)
        try:
            if fingerprint(content) != version["fingerprint"]:
                yield f"{name} : son empreinte n’est pas celle du manifeste."
            if number == last:
                yield from _workbook(files.get(WORKBOOK), content)
        except UNREADABLE:
            yield f"{name} : les données jointes sont abîmées."


def _read(data: bytes | None) -> Any:
    try:
        return json.loads(data or b"null")
    except (ValueError, RecursionError):
        return None


def _names(content: Any) -> dict[str, str]:
    """{student number: name}, from the content of a PV."""
    try:
        people = content["context"]["students"]
        return {number: f"{person['last_name']} {person['first_name']}" for number, person in people.items()}
    except UNREADABLE:
        return {}


def _differences(name: str, file: bytes, held: bytes | None, people: Mapping[str, str]) -> Iterator[str]:
    """What a file says otherwise than the one attached, the first places."""
    if held is None:
        yield f"{name} : le PV signé ne joint pas ce fichier."
        return
    there, signed = _read(file), _read(held)
    differing = [] if there is None or signed is None else list(_unlike(there, signed, ()))
    if not differing:
        yield f"{name} n’est pas celui que joint le PV signé."
    differences = [
        f"{name}, {_place(path, people)} : l’archive dit {_short(archived)}, le PV signé {_short(attached)}."
        for path, archived, attached in differing
    ]
    yield from first(differences, MOST_TOLD, f"autres différences entre {name} et le PV signé.")


Path = tuple[str, ...]


def _unlike(there: Any, signed: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """(where, what the archive says, what the PV says) for each value that differs."""
    if isinstance(there, list) and isinstance(signed, list):
        there, signed = _keyed(there), _keyed(signed)
    if isinstance(there, dict) and isinstance(signed, dict):
        for key in sorted({*there, *signed}):
            yield from _unlike(there.get(key), signed.get(key), (*path, key))
    elif there != signed:
        yield path, there, signed


def _keyed(values: list[Any]) -> dict[str, Any]:
    """A list by what names each of its objects (a student, a decision), else by its place."""
    return {
        " ".join(filter(None, (str(value.get("id") or value.get("student", "")), value.get("subject", ""))))
        if isinstance(value, dict) and ("id" in value or "student" in value)
        else str(place): value
        for place, value in enumerate(values, start=1)
    }


def _place(path: Path, people: Mapping[str, str]) -> str:
    """ "MARTIN Camille, UE UE31 code"."""
    who, where = "", []
    for key in path:
        number, _, rest = key.partition(" ")
        if number in people and not who:
            who, word = people[number], rest
        else:
            word = key
        if word and word not in LEFT_OUT:
            where.append(WORDS.get(word, word))
    return ", ".join(filter(None, (who, " ".join(where)))) or "ensemble"


def _short(value: Any) -> str:
    text = in_words(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


# ---------- the workbook ----------


def _workbook(archived: bytes | None, content: Mapping[str, Any]) -> Iterator[str]:
    """What the workbook says of a student's results otherwise than the one that the PV gives."""
    if archived is None:
        return  # the manifest says that it is missing
    proceedings = Proceedings.of_minutes(content)
    expected = results_workbook(proceedings, title=str(proceedings.context["title"]))
    if archived == expected:
        return
    try:
        there = {tab.name: tab for tab in read_xlsx(archived)}
    except Unreadable:
        yield f"{WORKBOOK} n’est pas un classeur lisible."
        return
    names = {case.id: case.legal_name for case in proceedings.cases}
    for tab in read_xlsx(expected):
        lines = lines_of(tab)
        if not lines:
            continue
        if tab.name not in there:
            yield f"{WORKBOOK} : la feuille {tab.name} manque."
            continue
        written = lines_of(there[tab.name])
        for number, cells in lines.items():
            who = names.get(number, number)
            if number not in written:
                yield f"{WORKBOOK}, feuille {tab.name} : {who} n’y est pas."
                continue
            for header in cells.keys() & written[number].keys():
                if cells[header] != written[number][header]:
                    yield (
                        f"{WORKBOOK}, feuille {tab.name}, {who}, {header} : l’archive dit "
                        f"{_short(written[number][header])}, le PV signé {_short(cells[header])}."
                    )
        for number in written.keys() - lines.keys():
            yield f"{WORKBOOK}, feuille {tab.name} : l’étudiant {number} n’est pas du PV signé."


def lines_of(tab: Tab) -> dict[str, dict[str, str]]:
    """{student number: {header: text}} of the results of a sheet of students, one line each; else nothing."""
    if tab.text(HEADER_ROW, 1) != IDENTITY[0].header:
        return {}
    width = max(column for _, column in tab.cells)
    headers = {column: tab.text(HEADER_ROW, column) for column in range(1, width + 1)}
    kept = {
        column: header
        for column, header in headers.items()
        if header in RESULTS or header.endswith(RESULTS_OF_A_UNIT)
    }
    height = max(row for row, _ in tab.cells)
    numbers = [tab.text(row, 1) for row in range(HEADER_ROW + 1, height + 1)]
    if len(set(numbers)) != len(numbers):  # the years before: several lines for each
        return {}
    return {
        number: {header: tab.text(row, column) for column, header in kept.items()}
        for row, number in enumerate(numbers, start=HEADER_ROW + 1)
        if number
    }
