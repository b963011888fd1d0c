"""The rules a second time, naively: one long reading of the contract, on the JSON itself.

Written from the contract of the cohort file and the description of the field (§ 3) alone. It shares nothing
with `jury/`: no import, no helper, no shape. Slow and plain on purpose: Fractions everywhere, dictionaries,
one function a rule. It gives the decisions without `blocked` texts and `reasons`; it only tells whether
something is blocked.
"""

from fractions import Fraction as F

VALID = ("ADM", "CMP", "ADJ", "ADJR", "ADSUP")
PASS = ("ADM", "ADSUP", "ADJ", "PASD", "PAS1NCI")
GONE = ("DEM", "ABAN", "ABL", "EXCLU")  # DEF takes no right away


def decide(cohort):
    return {
        "format": "butrt-decisions/1",
        "students": [decide_student(cohort, student) for student in cohort["students"]],
    }


def rounded(x, decimals):
    """Half up, as a Fraction."""
    scaled = x * 10**decimals
    low = scaled.numerator // scaled.denominator
    return F(low + (1 if scaled - low >= F(1, 2) else 0), 10**decimals)


def text(x, decimals):
    if x is None:
        return None
    grains = rounded(x, decimals) * 10**decimals
    digits = str(int(grains)).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def credits(x):
    for decimals in range(20):
        if (x * 10**decimals).denominator == 1:
            return text(x, decimals)
    raise AssertionError(x)


def mark_average(element, unit, settings):
    """(average or None, why it blocks or None) of one element in one unit."""
    if isinstance(element, str):
        return F(element), None
    marks = element.get("marks", [])
    awaited = any(mark.get("code") == "ATT" for mark in marks)
    top = bottom = F(0)
    for mark in marks:
        coefficient = F(mark.get("coefficient", "1")) * F(mark.get("weights", {}).get(unit, "1"))
        if "value" in mark:
            top += coefficient * F(mark["value"]) * 20 / F(mark.get("out_of", "20"))
            bottom += coefficient
        elif mark["code"] == "ABI" and settings.get("unjustified_absence", "zero") == "zero":
            bottom += coefficient
    average = top / bottom if bottom else None
    chance = element.get("second_chance")
    if chance is not None:
        if "value" in chance:
            again = F(chance["value"]) * 20 / F(chance.get("out_of", "20"))
            replace = settings.get("second_chance", "best") == "replace"
            if average is None or replace or again > average:
                average = again
        awaited = awaited or chance.get("code") == "ATT"
    if not marks:
        return average, "missing"
    return average, "awaited" if awaited else None


def decide_student(cohort, student):
    settings = cohort.get("regulation", {})
    decimals = settings.get("decimals", 2)
    ten = F(settings.get("pass_mark", "10"))
    eight = F(settings.get("rcue_minimum", "8"))
    if "programme" in student:
        units = {unit["code"]: unit for unit in cohort["programmes"][student["programme"]]["units"]}
    else:
        units = {unit["code"]: unit for unit in cohort["units"]}
    judged = [code for code, unit in units.items() if unit["semester"] in student["semesters"]]
    earlier = {e["unit"]: e for e in student.get("earlier", [])}
    earlier_rcues = {e["rcue"]: e for e in student.get("earlier_rcues", [])}
    jury = student.get("jury", {})
    jury_units, jury_rcues = jury.get("units", {}), jury.get("rcues", {})
    year = student["year"]
    even = 2 * year in student["semesters"] or student.get("ends_year", False)

    # 1. unit averages
    new, provisional, blocked = {}, {}, set()
    for code in judged:
        expected = [e for e, c in units[code].get("coefficients", {}).items() if F(c) > 0]
        acquired_before = code in earlier and earlier[code]["code"] in VALID
        average, problems = None, False
        if code in student.get("averages", {}):
            average = F(student["averages"][code])
        elif code in student.get("dispensed", []) or (
            code in earlier and not any(e in student.get("elements", {}) for e in expected)
        ):
            if code in earlier:
                continue
        else:
            top = bottom = F(0)
            for name in expected:
                coefficient = F(units[code]["coefficients"][name])
                if name not in student.get("elements", {}):
                    problems = True
                    continue
                value, problem = mark_average(student["elements"][name], code, settings)
                problems = problems or problem is not None
                if value is not None:
                    top += coefficient * value
                    bottom += coefficient
            average = top / bottom if bottom else None
        if average is not None and code in student.get("bonus", {}):
            average = max(F(0), min(F(20), average + F(student["bonus"][code])))
        if problems or average is None:
            if not acquired_before:
                blocked.add(code)
                provisional[code] = average
        else:
            new[code] = average

    # 2. earlier decisions
    known = {}  # unit -> [average, code]
    for code in units:
        before = earlier.get(code)
        old = None if before is None or before["average"] is None else F(before["average"])
        if before and before["code"] in VALID:
            averages = [a for a in (old, new.get(code)) if a is not None]
            reached = code in new and rounded(new[code], decimals) >= ten
            known[code] = [max(averages) if averages else None, "ADM" if reached else before["code"]]
        elif code in blocked:
            known[code] = [provisional[code], None]
        elif code in new:
            known[code] = [new[code], "ADM" if rounded(new[code], decimals) >= ten else "AJ"]
        elif before:
            known[code] = [old, before["code"]]
    for code, decision in jury_units.items():
        known.setdefault(code, [None, None])[1] = decision

    # 3. RCUE
    pairs = {}
    for code, unit in units.items():
        pairs.setdefault((unit["competence"], unit["level"]), []).append(code)
    pairs = {
        f"{c}/{n}": sorted(p, key=lambda u: units[u]["semester"])
        for (c, n), p in pairs.items()
        if len(p) == 2
    }
    of_year = [r for r, p in pairs.items() if (units[p[0]]["semester"] + 1) // 2 == year]
    rcues = {}  # name -> [average, code]
    for name, (a, b) in pairs.items():
        if name in of_year:
            if not even:
                continue
        elif not (a in known or b in known or name in earlier_rcues or name in jury_rcues):
            continue
        before = earlier_rcues.get(name)
        old = None if before is None or before["average"] is None else F(before["average"])
        touched = any(u in new or u in blocked for u in (a, b))
        if before and not touched:
            rcues[name] = [old, before["code"]]
            continue
        (average_a, code_a), (average_b, code_b) = known.get(a, (None, None)), known.get(b, (None, None))
        average = None
        if average_a is not None and average_b is not None and a not in blocked and b not in blocked:
            if settings.get("rcue_from", "exact") == "displayed":
                average_a, average_b = rounded(average_a, decimals), rounded(average_b, decimals)
            rule = settings.get("rcue_weights", "equal")
            weight = {}
            for u in (a, b):
                if rule == "equal":
                    weight[u] = F(units[u].get("rcue_weight", "1"))
                elif rule == "ects":
                    weight[u] = F(units[u]["ects"])
                else:
                    weight[u] = sum(F(c) for c in units[u].get("coefficients", {}).values())
            if weight[a] + weight[b]:
                average = (weight[a] * average_a + weight[b] * average_b) / (weight[a] + weight[b])
        both = code_a in VALID and code_b in VALID
        if code_a == "ADM" and code_b == "ADM":
            code = "ADM"
        elif average is not None and rounded(average, decimals) >= ten:
            code = "CMP"
        elif both:
            code = "ADSUP" if "ADSUP" in (code_a, code_b) else "ADJ"
        else:
            code = None if average is None else "AJ"
        if before and before["code"] in VALID:
            if average is not None and (old is None or average > old):
                rcues[name] = [average, code if code in VALID else before["code"]]
            else:
                rcues[name] = [old, before["code"]]
        else:
            rcues[name] = [average, code]

    # 4. compensation
    for name, (_, code) in rcues.items():
        for u in pairs[name]:
            if u in known and u not in jury_units and known[u][1] in ("AJ", "ATJ", "RAT"):
                if code in ("ADM", "CMP"):
                    known[u][1] = "CMP"
                elif any(other in blocked for other in pairs[name]):
                    known[u][1] = None

    # 5. the jury
    for name, code in jury_rcues.items():
        if name not in rcues:
            continue
        rcues[name][1] = code
        if code in VALID:
            for u in pairs[name]:
                entry = known.setdefault(u, [None, None])
                if entry[1] not in VALID and u not in jury_units:
                    entry[1] = "ADSUP" if code == "ADSUP" else "ADJR"

    # 6. the level below
    def acquired(u):
        return u in known and known[u][1] in VALID

    competences = {unit["competence"] for unit in units.values()}
    for competence in competences:
        for level in (3, 2):
            above = pairs.get(f"{competence}/{level}")
            if not above or not all(acquired(u) for u in above):
                continue
            for u, unit in units.items():
                below = unit["competence"] == competence and unit["level"] == level - 1
                if below and not acquired(u) and u not in jury_units:
                    known.setdefault(u, [None, None])[1] = "ADSUP"
            name = f"{competence}/{level - 1}"
            if name in pairs and not (name in of_year and not even) and name not in jury_rcues:
                entry = rcues.setdefault(name, [None, None])
                if entry[1] not in VALID:
                    entry[1] = "ADSUP"

    # 7. year, progression, diplomas
    by_right = None
    if even:
        mine = [rcues[name] for name in of_year]
        if mine and all(code is not None for _, code in mine):
            codes = [code for _, code in mine]
            if all(code in VALID for code in codes):
                by_right = "ADJ" if "ADJ" in codes else "ADSUP" if "ADSUP" in codes else "ADM"
            else:

                def reaches(entry, threshold):
                    if entry[0] is None:
                        return entry[1] in VALID
                    return rounded(entry[0], decimals) >= threshold

                if year == 3:
                    pass  # no year to pass into
                elif sum(reaches(e, ten) for e in mine) * 2 > len(mine) and all(
                    reaches(e, eight) for e in mine
                ):
                    by_right = "PASD"
    fact = student.get("status") if student.get("status") in GONE else None
    code = jury.get("year") or fact or by_right
    options = []
    if even and code is None and not blocked:
        extra = student.get("extra_repeats", 0)
        by_semester = extra if isinstance(extra, dict) else None
        extra = sum(by_semester.values()) if by_semester is not None else extra
        repeats = student.get("repeats", {})
        lost = sorted(
            {
                unit["semester"]
                for u, unit in units.items()
                if (unit["semester"] + 1) // 2 == year and not acquired(u)
            }
        )
        once = settings.get("repeats_per_semester", 1)

        def more(s):
            return by_semester.get(str(s), 0) if by_semester is not None else min(extra, 1)

        may = all(repeats.get(str(s), 0) < once + more(s) for s in lost)
        may = may and sum(repeats.values()) + len(lost) <= settings.get("repeats_total", 4) + extra
        options = ["DEF"] if student.get("status") == "DEF" else []
        options += (["RED"] if may else []) + ["NAR"] + (["PAS1NCI"] if year < 3 else []) + ["ADJ"]

    following = (2 * year if student.get("ends_year") else max(student["semesters"])) + 1
    missing = []
    if following == 7:
        following = right = None
    elif following % 2 == 0:
        right = fact is None and code not in GONE
    else:
        if following == 5:
            missing = [u for u, unit in units.items() if unit["semester"] <= 2 and not acquired(u)]
        right = code in PASS and not missing

    def ects(u):
        return F(units[u]["ects"]) if acquired(u) else F(0)

    diplomas = []
    for diploma, last in (("DUT", 4), ("BUT", 6)):
        needed = [u for u, unit in units.items() if unit["semester"] <= last]
        if {units[u]["semester"] for u in needed} == set(range(1, last + 1)) and all(map(acquired, needed)):
            diplomas.append(diploma)
    return {
        "id": student["id"],
        "units": {
            u: {"average": text(average, decimals), "code": c, "ects": credits(ects(u))}
            for u, (average, c) in known.items()
        },
        "rcues": {
            name: {"average": text(average, decimals), "code": c} for name, (average, c) in rcues.items()
        },
        "year": {"code": code, "options": options} if even or code else None,
        "progression": {"semester": following, "right": right, "missing": missing},
        "ects": {
            "year": credits(
                sum((ects(u) for u, unit in units.items() if (unit["semester"] + 1) // 2 == year), F(0))
            ),
            "total": credits(sum((ects(u) for u in known), F(0))),
        },
        "diplomas": diplomas,
        "blocked": bool(blocked),
    }
