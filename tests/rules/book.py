"""The cases as data: each file of `cases/` is a rule, read here, run by test_cases, printed in README.md.

A case says only what matters. For the rest: BUT2 of the fiche, both semesters judged, every unit at 11,
S1 and S2 acquired at 11. `python -m tests.rules.book` writes README.md.
"""

import json
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
CASES = HERE / "cases"
README = HERE / "README.md"
EXAMPLE = HERE.parents[1] / "fixtures" / "contract" / "example-cohort.json"

BUT3 = [
    {
        "code": f"UE{semester}{competence[-1]}",
        "semester": semester,
        "competence": competence,
        "level": level,
        "ects": "6",
    }
    for semester in (5, 6)
    for competence, level in [("RT1", 3), ("RT2", 3), ("RT3", 3), ("RT4", 2), ("RT5", 2)]
]
USUAL = "11"
FIELDS = {
    "nom", "article", "annee", "semestres", "reglement", "sans", "element", "notes", "calculees", "moyennes",
    "bonus", "dispense", "anterieur", "redoublements", "rallonge", "statut", "finit", "jury", "attendu",
    "dit", "tait",
}  # fmt: skip


def read_book():
    """[(rule, its text, its cases)], in the order of the files' names."""
    book = []
    for path in sorted(CASES.glob("*.toml")):
        rule = tomllib.loads(path.read_text())
        for case in rule["cas"]:
            unknown = case.keys() - FIELDS
            assert not unknown, f"{path.name}, {case['nom']}: {unknown}"
        book.append((rule["regle"], rule["texte"], rule["cas"]))
    return book


# ------------------------------------------------------------------------------- from a case to a cohort


def cohort_of(case):
    """The cohort object, of one student, that the case tells."""
    units = [*json.loads(EXAMPLE.read_text())["units"], *BUT3]
    units = [unit for unit in units if unit["competence"] not in case.get("sans", [])]
    if "element" in case:  # UE31 of this only element
        case = case | {"notes": {"Élément": case["element"]}, "calculees": ["UE31"]}
        units = [
            unit | {"coefficients": {"Élément": "1"}} if unit["code"] == "UE31" else unit for unit in units
        ]
    return {
        "format": "butrt-cohort/1",
        "regulation": case.get("reglement", {}),
        "units": units,
        "students": [student_of(case, units)],
    }


def student_of(case, units):
    year = case.get("annee", 2)
    semesters = case.get("semestres", [2 * year - 1, 2 * year])
    elements = {name: element_of(text) for name, text in case.get("notes", {}).items()}
    decided = case.get("anterieur", {})
    student = {"id": case["nom"], "year": year, "semesters": semesters, "elements": elements}
    student["averages"] = {
        unit["code"]: USUAL
        for unit in units
        if unit["semester"] in semesters
        and unit["code"] not in decided
        and unit["code"] not in case.get("dispense", [])
        and unit["code"] not in case.get("calculees", [])
    } | case.get("moyennes", {})
    earlier = {unit["code"]: f"{USUAL} ADM" for unit in units if unit["semester"] < semesters[0]} | decided
    student["earlier"] = [
        {"unit": name, **average_and_code(text)}
        for name, text in earlier.items()
        if "/" not in name and text != "inconnue"
    ]
    student["earlier_rcues"] = [
        {"rcue": name, **average_and_code(text)} for name, text in earlier.items() if "/" in name
    ]
    for french, english in {
        "bonus": "bonus",
        "dispense": "dispensed",
        "redoublements": "repeats",
        "rallonge": "extra_repeats",
        "statut": "status",
        "finit": "ends_year",
    }.items():
        if french in case:
            student[english] = case[french]
    jury = case.get("jury", {})
    student["jury"] = {
        "units": {name: code for name, code in jury.items() if name.startswith("UE")},
        "rcues": {name: code for name, code in jury.items() if "/" in name},
    }
    if "annee" in jury:
        student["jury"]["year"] = jury["annee"]
    return student


def element_of(text):
    """ "12 ×2, ABI ; rattrapage 15" to an element; "= 12" is an average known as such."""
    if text.startswith("= "):
        return text[2:]
    marks, _, chance = text.partition(" ; rattrapage ")
    element = {"marks": [mark_of(mark) for mark in marks.split(", ") if mark]}
    if chance:
        element["second_chance"] = mark_of(chance)
    return element


def mark_of(text):
    """ "12", "15/30 ×2", "ABI ×2", "12 (UE31 ×2)" to a mark."""
    found = re.fullmatch(r"([0-9.]+|[A-Z]+)(?:/([0-9]+))?(?: ×([0-9.]+))?(?: \((UE\d\d) ×([0-9.]+)\))?", text)
    assert found, text
    what, out_of, coefficient, unit, weight = found.groups()
    mark = {"code": what} if what.isalpha() else {"value": what}
    if out_of:
        mark["out_of"] = out_of
    if coefficient:
        mark["coefficient"] = coefficient
    if unit:
        mark["weights"] = {unit: weight}
    return mark


def average_and_code(text):
    """ "9.20 AJ" or "— ADJ" to the fields of an earlier decision."""
    average, code = text.split()
    return {"average": None if average == "—" else average, "code": code}


# --------------------------------------------------------------------- from decisions to what is expected


def seen_in(decisions, expected):
    """What the decisions of the student say of the things that the case expects."""
    year, following = decisions["year"], decisions["progression"]
    seen = {
        "annee": "aucune" if year is None else year["code"] or "à décider",
        "options": None if year is None else " ".join(year["options"]),
        "suite": "aucune"
        if following["semester"] is None
        else f"S{following['semester']} {'de droit' if following['right'] else 'pas de droit'}",
        "manque": " ".join(following["missing"]),
        "ects": f"{decisions['ects']['year']} / {decisions['ects']['total']}",
        "diplomes": " ".join(decisions["diplomas"]),
        "bloque": "\n".join(decisions["blocked"]),
    }
    for name, result in (decisions["units"] | decisions["rcues"]).items():
        seen[name] = f"{result['average'] or '—'} {result['code'] or '?'}"
    return {name: seen.get(name, "absent") for name in expected}


# ------------------------------------------------------------------------------------- the printed page


def page():
    """README.md: what the software guarantees, case by case."""
    out = [
        "# Ce que les règles garantissent",
        "",
        "Chaque ligne est un cas que les tests rejouent. Page écrite par `python -m tests.rules.book`",
        "à partir de `cases/` ; ne pas la corriger à la main.",
        "",
        "Sauf mention : BUT2 de la fiche, S3 et S4 jugés, toute UE non nommée à 11, S1 et S2 acquis à 11.",
        "« ? » : pas de code, « — » : pas de moyenne. Article : annexe 1 de l’arrêté",
        "du 15 avril 2022, ou rubrique du règlement.",
    ]
    for rule, text, cases in read_book():
        out += [
            "",
            f"## {rule}",
            "",
            text.strip(),
            "",
            "| cas | donné | attendu | article |",
            "|---|---|---|---|",
        ]
        out += [f"| {c['nom']} | {told(given(c))} | {told(c['attendu'])} | {c['article']} |" for c in cases]
    return "\n".join(out) + "\n"


def given(case):
    return {
        name: value
        for name, value in case.items()
        if name not in ("nom", "article", "attendu", "dit", "tait")
    }


NAMES = {
    "annee": "année", "reglement": "règlement", "anterieur": "antérieur", "dispense": "dispensé de",
    "diplomes": "diplômes", "bloque": "bloqué", "ects": "ECTS (année / total)", "sans": "sans la compétence",
    "calculees": "calculées",
    "element": "élément", "finit": "finit l’année",
}  # fmt: skip


def told(value, name=""):
    """A table of the file on one line of the page, decimals with a comma."""
    if isinstance(value, dict):
        parts = [f"{NAMES.get(key, key)} {told(found, key)}" for key, found in value.items()]
        return " ; ".join(parts) if not name else f"({', '.join(parts)})"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = "oui" if value is True else str(value)
    text = text.replace("\n", ", ").replace("|", "/")
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text) or "aucun"


if __name__ == "__main__":
    README.write_text(page())
