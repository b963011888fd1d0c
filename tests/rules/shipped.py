"""The cohorts shipped in fixtures/cohorts: written by `python -m tests.rules.shipped`, compared by a test.

`cohorte-inventee.json` is the demonstration as its jury of S4 finds it. `cursus.json` follows a few invented
students from jury to jury: what one decides is the `earlier` of the next.
"""

import json
import os
from pathlib import Path

from jury.cases.cohortdecisions import decide_object

FIXTURES = Path(__file__).parents[2] / "fixtures"
COHORTS = FIXTURES / "cohorts"
USUAL = "12"

# Each student's juries: its title, its semesters, the averages that are not 12, what else it knows.
# "unchanged": nothing retaken but what is named. "simulation": the next jury does not know of it.
CURSUS = {
    "Alba": [
        {"title": "S1", "semesters": [1]},
        {"title": "S2", "semesters": [1, 2]},
        {"title": "S3", "semesters": [3]},
        {"title": "S4", "semesters": [3, 4]},
        {"title": "S5", "semesters": [5]},
        {"title": "S6", "semesters": [5, 6]},
    ],
    "Bruno": [
        {"title": "S2", "semesters": [1, 2], "averages": {"UE11": "9", "UE21": "9.4"}},
        {
            "title": "S4, avant que le jury décide",
            "semesters": [3, 4],
            "averages": {"UE31": "9.1", "UE41": "9.7"},
            "simulation": True,
        },
        {
            "title": "S4",
            "semesters": [3, 4],
            "averages": {"UE31": "9.1", "UE41": "9.7"},
            "jury": {"year": "PAS1NCI"},
        },
        {"title": "S6", "semesters": [5, 6], "averages": {"UE51": "9", "UE61": "11.5"}},
    ],
    "Chloé": [
        {"title": "S2", "semesters": [1, 2], "averages": {"UE12": "10.6", "UE22": "7.8"}},
        {"title": "S3", "semesters": [3], "averages": {"UE32": "9.2"}},
        {"title": "S4", "semesters": [3, 4], "averages": {"UE32": "9.2", "UE42": "10.8"}},
    ],
    "Driss": [
        {"title": "S2", "semesters": [1, 2]},
        {
            "title": "S4",
            "semesters": [3, 4],
            "averages": {"UE31": "10.2", "UE41": "8.1", "UE42": "7", "UE43": "6.9"}
            | {"UE32": "10.4", "UE33": "10.1"},
            "jury": {"year": "RED"},
        },
        {
            "title": "S4 redoublé, sans rallonge",
            "semesters": [3, 4],
            "averages": {"UE41": "9.7", "UE42": "7.5", "UE43": "8"},
            "unchanged": True,
            "repeats": {"4": 1},
            "simulation": True,
        },
        {
            "title": "S4 redoublé, rallonge du directeur",
            "semesters": [3, 4],
            "averages": {"UE41": "9.7", "UE42": "7.5", "UE43": "8"},
            "unchanged": True,
            "repeats": {"4": 1},
            "extra_repeats": 1,
            "jury": {"year": "RED"},
        },
        {
            "title": "S4 redoublé deux fois",
            "semesters": [3, 4],
            "averages": {"UE41": "10", "UE42": "9.59", "UE43": "9.895"},
            "unchanged": True,
            "repeats": {"4": 2},
            "extra_repeats": 1,
        },
    ],
    "Emma": [
        {"title": "S2", "semesters": [1, 2]},
        {"title": "S4", "semesters": [3, 4], "averages": {"UE32": "6", "UE42": "13.9"}},
        {
            "title": "S3 retenté seul",
            "semesters": [3],
            "ends_year": True,
            "averages": {"UE32": "10.25"},
            "unchanged": True,
            "repeats": {"3": 1},
        },
    ],
    "Farid": [
        {"title": "S1", "semesters": [1], "averages": {"UE13": "8.2"}},
        {"title": "S2, démission", "semesters": [1, 2], "averages": {"UE13": "8.2"}, "status": "DEM"},
    ],
}


def build_cursus():
    """The cohort object of CURSUS, each jury a student named « Alba, S2 »."""
    head = {"format": "butrt-cohort/1", "regulation": {}, "units": cursus_units()}
    students = []
    for name, juries in CURSUS.items():
        known, known_rcues = {}, {}
        for jury in juries:
            student = student_of(name, jury, head["units"], known, known_rcues)
            students.append(student)
            if jury.get("simulation"):
                continue
            decided = decide_object(head | {"students": [student]})["students"][0]
            known |= {code: earlier(unit) for code, unit in decided["units"].items() if unit["code"]}
            known_rcues |= {rcue: earlier(found) for rcue, found in decided["rcues"].items() if found["code"]}
    return head | {"students": students}


def cursus_units():
    """The UE of the three years, without their elements: here averages are known."""
    fields = ("code", "semester", "competence", "level")
    return [
        {field: unit[field] for field in fields} | {"ects": str(unit["ects"])}
        for year in ("but1-rt", "but2-rt-iom-app", "but3-rt-iom")
        for unit in json.loads((FIXTURES / "programmes" / f"{year}.json").read_text())["units"]
    ]


def student_of(name, jury, units, known, known_rcues):
    judged = [unit["code"] for unit in units if unit["semester"] in jury["semesters"]]
    usual = {} if jury.get("unchanged") else dict.fromkeys(judged, USUAL)
    student = {
        "id": f"{name}, {jury['title']}",
        "year": (jury["semesters"][0] + 1) // 2,
        "semesters": jury["semesters"],
        "averages": usual | jury.get("averages", {}),
        "earlier": [{"unit": code} | decision for code, decision in known.items()],
        "earlier_rcues": [{"rcue": rcue} | decision for rcue, decision in known_rcues.items()],
    }
    others = ("ends_year", "status", "repeats", "extra_repeats", "jury")
    return student | {field: jury[field] for field in others if field in jury}


def earlier(decided):
    return {"average": decided["average"], "code": str(decided["code"])}


def build_demonstration():
    """The cohort object of the demonstration's jury of S4; loads the demonstration in an empty database."""
    from jury.cases.dossier import cohort_object
    from jury.management.demo import load_demo
    from jury.models import Session

    load_demo()
    return json.loads(
        json.dumps(
            cohort_object(
                Session.objects.with_programme().get(
                    semester=4, cohort__school_year=2024, cohort__programmes__modality="apprentissage"
                )
            )
        )
    )


def spelled(cohort):
    """The object as text, a unit or a student a line."""
    lines = {
        field: ",\n  ".join(json.dumps(each, ensure_ascii=False) for each in cohort[field])
        for field in ("units", "students")
    }
    return (
        f'{{"format": "{cohort["format"]}",\n'
        f' "regulation": {json.dumps(cohort["regulation"])},\n'
        f' "units": [\n  {lines["units"]}\n ],\n'
        f' "students": [\n  {lines["students"]}\n ]}}\n'
    )


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.test.runner import DiscoverRunner

    django.setup()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        (COHORTS / "cohorte-inventee.json").write_text(spelled(build_demonstration()))
    finally:
        runner.teardown_databases(databases)
    (COHORTS / "cursus.json").write_text(spelled(build_cursus()))


if __name__ == "__main__":
    main()
