"""Invented cohorts: random, reproducible, and full of averages that fall exactly on a threshold."""

import random

UNIT_CODES = ["ADM", "CMP", "ADJ", "ADJR", "ADSUP", "AJ", "ATJ", "RAT", "DEF", "DEM", "ABAN", "ABL", "EXCLU"]
RCUE_CODES = [code for code in UNIT_CODES if code != "ADJR"]
YEAR_CODES = [
    "ADM",
    "ADSUP",
    "ADJ",
    "PASD",
    "PAS1NCI",
    "RED",
    "NAR",
    "ATJ",
    "RAT",
    "DEF",
    "DEM",
    "ABAN",
    "ABL",
    "EXCLU",
]
BUT3_CODES = [code for code in YEAR_CODES if code not in ("PASD", "PAS1NCI")]
TIES = [
    "7.99",
    "7.994",
    "7.995",
    "8",
    "8.00",
    "9.98",
    "9.99",
    "9.994",
    "9.995",
    "10",
    "10.00",
    "10.01",
    "0",
    "20",
]
PROGRAMMES = ["IOM", "Cyber, version 2024", "ROM/apprentis"]
NAMES = [  # codes and competences are free text
    {"unit": "UE{semester}{number}"},
    {"unit": "UE{semester}{number}"},
    {"unit": "UE{semester}.{number} R&T", "RT4": "RT4.Cyber", "RT5": "Réseaux/Télécoms", "RT1": "Réseaux/1"},
]
LEVELS = {1: {"RT1": 1, "RT2": 1, "RT3": 1}, 2: {"RT1": 2, "RT2": 2, "RT3": 2, "RT4": 1, "RT5": 1}}
LEVELS[3] = {"RT1": 3, "RT2": 3, "RT3": 3, "RT4": 2, "RT5": 2}


def random_cohort(seed, size):
    """A programme of one to three years, a règlement, and `size` students; always the same for a seed."""
    chance = random.Random(seed)
    cohort = {"format": "butrt-cohort/1", "regulation": random_regulation(chance)}
    ways = chance.random()
    if ways < 0.8:
        cohort["units"] = random_units(chance)
    if ways > 0.6:
        cohort["programmes"] = {
            name: {"units": random_units(chance)} for name in chance.sample(PROGRAMMES, chance.randint(1, 3))
        }
    cohort["students"] = [random_one_of(chance, f"s{seed}-{i}", cohort) for i in range(size)]
    return cohort


def random_one_of(chance, identity, cohort):
    """A student of the cohort's own units or of one of its programmes."""
    followed = sorted(cohort.get("programmes", {})) + ([None] if "units" in cohort else [])
    name = chance.choice(followed)
    student = random_student(chance, identity, units_of(cohort, name))
    return student if name is None else student | {"programme": name}


def units_of(cohort, programme):
    return cohort["units"] if programme is None else cohort["programmes"][programme]["units"]


def random_units(chance):
    years = chance.choice([[1, 2, 3], [1, 2, 3], [1, 2], [2], [2, 3]])
    called = chance.choice(NAMES)
    competences = chance.sample(["RT1", "RT2", "RT3", "RT4", "RT5"], chance.choice([5, 5, 4, 3]))
    units = []
    for semester in (s for year in years for s in (2 * year - 1, 2 * year)):
        shared = [f"R{semester}{i:02}" for i in range(1, 4)]
        for competence, level in LEVELS[(semester + 1) // 2].items():
            if competence not in competences or chance.random() < 0.01:
                continue
            own = [f"S{semester}{competence}", f"P{semester}{competence}"]
            names = chance.sample(shared, chance.randint(1, 3)) + own[: chance.randint(1, 2)]
            units.append(
                {
                    "code": called["unit"].format(semester=semester, number=competence[2:]),
                    "semester": semester,
                    "competence": called.get(competence, competence),
                    "level": level,
                    "ects": chance.choice(["3", "5", "6", "7", "7.5", "10"]),
                    "coefficients": {
                        name: chance.choice(["1", "2", "3", "7.5", "12", "13"]) for name in names
                    },
                }
            )
            if chance.random() < 0.1:
                units[-1]["coefficients"][f"Portfolio{semester}"] = "0"
            if chance.random() < 0.3:
                units[-1]["rcue_weight"] = chance.choice(["1", "2", "0.5"])
    return units


def random_regulation(chance):
    regulation = {}
    for field, values in {
        "pass_mark": ["10", "10.00", "9.5"],
        "rcue_minimum": ["8", "7"],
        "decimals": [2, 2, 1, 3, 0],
        "rcue_weights": ["equal", "ects", "coefficients"],
        "rcue_from": ["exact", "displayed"],
        "unjustified_absence": ["zero", "neutral"],
        "second_chance": ["best", "replace"],
        "repeats_per_semester": [1, 2],
        "repeats_total": [4, 1],
    }.items():
        if chance.random() < 0.35:
            regulation[field] = chance.choice(values)
    return regulation


def year_codes(year):
    return YEAR_CODES if year < 3 else BUT3_CODES


def random_average(chance):
    if chance.random() < 0.35:
        return chance.choice(TIES)
    return f"{min(20, max(0, chance.gauss(10, 2))):.{chance.choice([0, 1, 2, 2, 3])}f}"


def random_element(chance, units):
    if chance.random() < 0.5:
        return random_average(chance)
    marks = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        if chance.random() < 0.1:
            mark = {
                "code": chance.choice(
                    ["ABI", "ABJ", "ABJ", "ATT"] if chance.random() < 0.3 else ["ABI", "ABJ"]
                )
            }
        elif chance.random() < 0.2:
            out_of = chance.choice(["10", "40", "30", "7"])
            mark = {"value": str(chance.randint(0, int(out_of))), "out_of": out_of}
        else:
            mark = {"value": random_average(chance)}
        if chance.random() < 0.5:
            mark["coefficient"] = chance.choice(["1", "2", "0.5", "3"])
        if chance.random() < 0.1:
            mark["weights"] = {
                chance.choice(units)["code"]: chance.choice(["0", "2", "0.5"]) for _ in range(2)
            }
        marks.append(mark)
    element = {"marks": marks if chance.random() > 0.01 else []}
    if chance.random() < 0.12:
        element["second_chance"] = random_second_chance(chance)
    return element


def random_second_chance(chance):
    draw = chance.random()
    if draw < 0.2:
        return {"code": chance.choice(["ABI", "ABJ", "ABI", "ABJ", "ATT"])}
    if draw < 0.4:
        return {"value": str(chance.randint(0, 30)), "out_of": "30"}
    return {"value": random_average(chance)}


def random_code(chance, codes):
    """Mostly ADM and AJ, as in life."""
    return chance.choice(["ADM", "AJ"]) if chance.random() < 0.6 else chance.choice(codes)


def random_earlier(chance, key, name, codes):
    average = None if chance.random() < 0.1 else random_average(chance)
    return {key: name, "average": average, "code": random_code(chance, codes)}


def random_student(chance, identity, units):
    year = chance.choice(sorted({(unit["semester"] + 1) // 2 for unit in units}))
    semesters = chance.choices([[2 * year - 1, 2 * year], [2 * year - 1], [2 * year]], (75, 20, 5))[0]
    student = {"id": identity, "year": year, "semesters": semesters}
    if chance.random() < (0.5 if semesters == [2 * year - 1] else 0.03):
        student["ends_year"] = chance.random() < 0.9
    mine = [unit for unit in units if unit["semester"] in semesters]
    rcues = sorted(
        {
            f"{a['competence']}/{a['level']}"
            for a in units
            for b in units
            if a is not b and (a["competence"], a["level"]) == (b["competence"], b["level"])
        }
    )

    names = sorted({name for unit in mine for name in unit["coefficients"]})
    lost = 0.03 if chance.random() < 0.3 else 0
    gone = [unit["code"] for unit in mine if chance.random() < 0.3] if chance.random() < 0.25 else []
    retaken = {name for unit in mine if unit["code"] not in gone for name in unit["coefficients"]}
    student["elements"] = {
        name: random_element(chance, units) for name in names if name in retaken and chance.random() >= lost
    }
    ways = chance.random()
    if ways < 0.5:
        student["averages"] = {
            unit["code"]: random_average(chance)
            for unit in (mine if chance.random() < 0.9 else units)
            if unit["code"] not in gone and chance.random() < (1 if ways < 0.3 else 0.4)
        }
    if chance.random() < 0.15:
        student["bonus"] = {
            unit["code"]: chance.choice(["0.25", "-0.5", "1", "-20", "30", "0.005"])
            for unit in units
            if chance.random() < 0.2
        }
    earlier = {}
    for unit in units:
        before = unit["semester"] < semesters[0] or (
            student.get("ends_year") and unit["semester"] == 2 * year
        )
        if unit["code"] in gone or chance.random() < (0.85 if before else 0.05):
            earlier[unit["code"]] = random_earlier(chance, "unit", unit["code"], UNIT_CODES)
    student["earlier"] = list(earlier.values())
    chance.shuffle(student["earlier"])
    if chance.random() < 0.4:
        student["earlier_rcues"] = [
            random_earlier(chance, "rcue", name, RCUE_CODES) for name in rcues if chance.random() < 0.4
        ]
    if gone and chance.random() < 0.7:
        student["dispensed"] = [code for code in gone if chance.random() < 0.8]
    if chance.random() < 0.3:
        student["repeats"] = {
            str(s): chance.choice([0, 1, 1, 2]) for s in range(1, 7) if chance.random() < 0.4
        }
    if chance.random() < 0.1:
        student["extra_repeats"] = chance.choice([1, 2, {str(2 * year): 1}, {str(2 * year - 1): 2, "1": 0}])
    if chance.random() < 0.1:
        student["status"] = chance.choice(["DEM", "DEF", "DEF", "DEF", "ABAN", "ABL", "EXCLU", ""])
    if chance.random() < 0.25:
        student["jury"] = random_jury(chance, units, rcues, year)
    return student


def random_jury(chance, units, rcues, year):
    jury = {}
    if chance.random() < 0.6:
        jury["units"] = {
            unit["code"]: random_code(chance, UNIT_CODES) for unit in units if chance.random() < 0.1
        }
    if chance.random() < 0.6:
        jury["rcues"] = {name: random_code(chance, RCUE_CODES) for name in rcues if chance.random() < 0.2}
    if chance.random() < 0.3:
        jury["year"] = chance.choice(year_codes(year))
    return jury
