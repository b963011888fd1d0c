"""What the reader of a cohort file refuses, in words that name the student and the field."""

import copy
import json

import pytest

from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import parse
from jury.cases.cohortvalues import CohortError

COHORT = {
    "format": "butrt-cohort/1",
    "units": [
        {
            "code": "UE11",
            "semester": 1,
            "competence": "RT1",
            "level": 1,
            "ects": "15",
            "coefficients": {"R1": "2"},
        },
        {
            "code": "UE21",
            "semester": 2,
            "competence": "RT1",
            "level": 1,
            "ects": "15",
            "coefficients": {"R2": "2"},
        },
    ],
    "students": [{"id": "s1", "year": 1, "semesters": [1, 2], "elements": {"R1": "12", "R2": "8"}}],
}


def changed(path, value):
    """The cohort with one value put at a path."""
    cohort = copy.deepcopy(COHORT)
    place = cohort
    for key in path[:-1]:
        place = place[key] if not isinstance(place, dict) else place.setdefault(key, {})
    if isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return cohort


OTHER = {
    "units": [
        {"code": f"UE{s}.1 Cyber/A", "semester": s, "competence": "RT4.Cyber/A", "level": 1, "ects": "6"}
        for s in (1, 2)
    ]
}


def of_programmes(student, units=None, **fields):
    """A cohort of programmes, with a student of them; without units of its own unless they are given."""
    cohort = {"format": "butrt-cohort/1", "programmes": {"IOM": {"units": COHORT["units"]}, "Cyber": OTHER}}
    student = {"id": "s1", "year": 1, "semesters": [1, 2]} | student
    return cohort | ({} if units is None else {"units": units}) | {"students": [student]} | fields


def mark(value):
    return changed(["students", 0, "elements", "R1"], {"marks": [{"value": "10"}, value]})


def of_student(field, value):
    return changed(["students", 0, field], value)


REFUSED = {
    "format": (changed(["format"], "butrt-cohort/2"), 'format : attendu "butrt-cohort/1"'),
    "unknown field": (changed(["unit"], []), "unit : champ inconnu"),
    "unknown setting": (changed(["regulation", "pass"], "10"), "regulation.pass : champ inconnu"),
    "unknown choice": (
        changed(["regulation", "rcue_weights"], "egal"),
        'regulation.rcue_weights : "egal" n’est pas',
    ),
    "setting not text": (
        changed(["regulation", "pass_mark"], 10),
        "regulation.pass_mark : un nombre entre guillemets",
    ),
    "decimals": (changed(["regulation", "decimals"], "2"), "regulation.decimals : un entier de 0 à 6"),
    "unit field": (changed(["units", 0, "name"], "x"), "units[0].name : champ inconnu"),
    "unit without ects": (changed(["units", 0], {"code": "U"}), "units[0].semester : ce champ manque."),
    "unit twice": (changed(["units", 1, "code"], "UE11"), 'units[1].code : deux UE ont le code "UE11".'),
    "same semester": (changed(["units", 1, "semester"], 1), "units : UE11, UE21 : les deux UE du RCUE RT1/1"),
    "coefficient": (
        changed(["units", 0, "coefficients", "R1"], "-1"),
        "units[0].coefficients.R1 : -1 est au-dessous",
    ),
    "ects": (changed(["units", 0, "ects"], "1.1234567"), "units[0].ects : 1.1234567 a plus de 6 décimales."),
    "semester 7": (changed(["units", 0, "semester"], 7), "units[0].semester : un entier de 1 à 6"),
    "true is no level": (changed(["units", 0, "level"], True), "units[0].level : un entier de 1 à 3"),
    "students": (changed(["students"], {}), "students : une liste […] est attendue"),
    "student": (changed(["students", 0], "s1"), "students[0] : un étudiant est un objet"),
    "no id": (
        changed(["students", 0], {"year": 1}),
        "students[0] : un étudiant est un objet {…} avec un texte « id ».",
    ),
    "id twice": (
        changed(["students", 1], COHORT["students"][0]),
        "étudiant s1, id : deux étudiants ont le même id.",
    ),
    "student field": (of_student("name", "X"), "étudiant s1, name : champ inconnu"),
    "year": (of_student("year", 4), "étudiant s1, year : un entier de 1 à 3 est attendu, trouvé 4."),
    "other year": (
        of_student("semesters", [3]),
        "étudiant s1, semesters : S3 n’est pas un semestre de l’année 1",
    ),
    "no semester": (of_student("semesters", []), "étudiant s1, semesters : attendu [1, 2], ou [1]"),
    "status": (of_student("status", "PARTI"), 'étudiant s1, status : le code "PARTI" n’est pas possible'),
    "unknown element": (of_student("elements", {"R9": "1"}), "étudiant s1, elements.R9 : aucune UE"),
    "element average": (
        of_student("elements", {"R1": "21"}),
        "étudiant s1, elements.R1 : 21 dépasse le maximum, 20.",
    ),
    "comma": (of_student("elements", {"R1": "9,5"}), "avec un point et non une virgule"),
    "nan": (of_student("elements", {"R1": "NaN"}), 'étudiant s1, elements.R1 : "NaN" n’est pas un nombre'),
    "exponent": (
        of_student("elements", {"R1": "1e1"}),
        'étudiant s1, elements.R1 : "1e1" n’est pas un nombre',
    ),
    "other digits": (of_student("elements", {"R1": "١٢"}), "n’est pas un nombre"),
    "huge": (of_student("elements", {"R1": "9" * 5000}), "n’est pas un nombre"),
    "element field": (
        of_student("elements", {"R1": {"mark": []}}),
        "étudiant s1, elements.R1.mark : champ inconnu",
    ),
    "marks not a list": (
        of_student("elements", {"R1": {"marks": {}}}),
        "étudiant s1, elements.R1.marks : une liste",
    ),
    "marks a text": (
        of_student("elements", {"R1": {"marks": ""}}),
        "étudiant s1, elements.R1.marks : une liste",
    ),
    "above maximum": (
        mark({"value": "20.01"}),
        "étudiant s1, elements.R1.marks[1].value : 20.01 dépasse le maximum, 20.",
    ),
    "above its maximum": (
        mark({"value": "10.5", "out_of": "10"}),
        "marks[1].value : 10.5 dépasse le maximum, 10.",
    ),
    "below 0": (
        mark({"value": "-0.5"}),
        "étudiant s1, elements.R1.marks[1].value : -0.5 est au-dessous de 0.",
    ),
    "maximum 0": (mark({"value": "0", "out_of": "0"}), "marks[1].out_of : le maximum doit dépasser 0."),
    "mark as number": (
        mark({"value": 12}),
        "étudiant s1, elements.R1.marks[1].value : un texte entre guillemets",
    ),
    "mark as list": (
        mark({"value": ["12"]}),
        "étudiant s1, elements.R1.marks[1].value : un texte entre guillemets",
    ),
    "mark code": (mark({"code": "ABS"}), 'étudiant s1, elements.R1.marks[1].code : "ABS" n’est pas possible'),
    "value and code": (mark({"value": "1", "code": "ABI"}), "marks[1].value : une note a soit"),
    "empty mark": (mark({}), "étudiant s1, elements.R1.marks[1].value : une note a soit"),
    "no mark": (mark(None), "étudiant s1, elements.R1.marks[1] : un objet {…} est attendu, trouvé null."),
    "mark field": (mark({"note": "12"}), "étudiant s1, elements.R1.marks[1].note : champ inconnu"),
    "weight of unknown": (
        mark({"value": "1", "weights": {"UE9": "1"}}),
        'marks[1].weights : "UE9" n’est pas dans',
    ),
    "weight": (
        mark({"value": "1", "weights": {"UE11": "x"}}),
        'marks[1].weights.UE11 : "x" n’est pas un nombre',
    ),
    "second chance": (
        of_student("elements", {"R1": {"marks": [], "second_chance": {"value": "30"}}}),
        "étudiant s1, elements.R1.second_chance.value : 30 dépasse le maximum, 20.",
    ),
    "second chance field": (
        of_student("elements", {"R1": {"marks": [], "second_chance": {"value": "3", "coefficient": "2"}}}),
        "étudiant s1, elements.R1.second_chance.coefficient : champ inconnu",
    ),
    "average of unknown": (
        of_student("averages", {"UE9": "12"}),
        'étudiant s1, averages : "UE9" n’est pas dans',
    ),
    "bonus": (of_student("bonus", {"UE11": "un"}), 'étudiant s1, bonus.UE11 : "un" n’est pas un nombre'),
    "dispensed": (of_student("dispensed", ["UE9"]), 'étudiant s1, dispensed[0] : "UE9" n’est pas dans'),
    "earlier unit": (
        of_student("earlier", [{"unit": "UE9", "average": None, "code": "AJ"}]),
        'étudiant s1, earlier[0].unit : "UE9" n’est pas dans la cohorte.',
    ),
    "earlier twice": (
        of_student("earlier", [{"unit": "UE11", "average": None, "code": "AJ"}] * 2),
        "étudiant s1, earlier[1].unit : UE11 y est deux fois",
    ),
    "earlier code": (
        of_student("earlier", [{"unit": "UE11", "average": None, "code": "PASD"}]),
        'étudiant s1, earlier[0].code : le code "PASD" n’est pas possible ici',
    ),
    "earlier average": (
        of_student("earlier", [{"unit": "UE11", "average": "20.5", "code": "AJ"}]),
        "étudiant s1, earlier[0].average : 20.5 dépasse le maximum, 20.",
    ),
    "earlier rcue": (
        of_student("earlier_rcues", [{"rcue": "RT1/1", "average": None, "code": "ADJR"}]),
        'étudiant s1, earlier_rcues[0].code : le code "ADJR" n’est pas possible ici',
    ),
    "repeats": (of_student("repeats", {"S1": 1}), 'étudiant s1, repeats : "S1" n’est pas un semestre'),
    "repeats count": (of_student("repeats", {"1": -1}), "étudiant s1, repeats.1 : un entier de 0 à 1000"),
    "jury unit": (
        of_student("jury", {"units": {"UE9": "ADJ"}}),
        'étudiant s1, jury.units : "UE9" n’est pas dans',
    ),
    "jury rcue": (
        of_student("jury", {"rcues": {"RT1/2": "ADJ"}}),
        'étudiant s1, jury.rcues : "RT1/2" n’est pas dans',
    ),
    "jury year": (
        of_student("jury", {"year": "AJ"}),
        'étudiant s1, jury.year : le code "AJ" n’est pas possible ici',
    ),
    "ends year": (
        of_student("ends_year", 1),
        "étudiant s1, ends_year : true ou false est attendu, trouvé 1.",
    ),
    "extra repeats": (
        of_student("extra_repeats", {"7": 1}),
        'étudiant s1, extra_repeats : "7" n’est pas un semestre de 1 à 6.',
    ),
    "extra repeats count": (
        of_student("extra_repeats", {"3": "1"}),
        "étudiant s1, extra_repeats.3 : un entier de 0 à 1000",
    ),
    "no programme of that name": (
        of_student("programme", "IOM"),
        'étudiant s1, programme : "IOM" n’est pas un programme de la cohorte.',
    ),
    "no unit": ({"format": "butrt-cohort/1", "students": []}, "units : ce champ manque."),
    "no programme": (
        {"format": "butrt-cohort/1", "programmes": {}, "students": []},
        "units : ce champ manque.",
    ),
    "programmes": (changed(["programmes"], []), "programmes : un objet {…} est attendu"),
    "programme": (changed(["programmes"], {"IOM": {}}), "programmes.IOM.units : ce champ manque."),
    "programme field": (
        changed(["programmes"], {"IOM": {"units": [], "name": "IOM"}}),
        "programmes.IOM.name : champ inconnu",
    ),
    "unit of a programme": (
        changed(["programmes"], {"IOM": {"units": [COHORT["units"][0]] * 2}}),
        'programmes.IOM.units[1].code : deux UE ont le code "UE11".',
    ),
    "rcue of a programme": (
        changed(["programmes"], {"IOM": {"units": [unit | {"semester": 1} for unit in COHORT["units"]]}}),
        "programmes.IOM.units : UE11, UE21 : les deux UE du RCUE RT1/1",
    ),
    "unwritable id": (of_student("id", "\ud800"), "students[0] : un étudiant est un objet"),
}


@pytest.mark.parametrize(("cohort", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_in_words(cohort, message):
    with pytest.raises(CohortError) as refusal:
        decide_object(cohort)

    assert message in str(refusal.value)


OF_PROGRAMMES = {
    "programme not said": (
        {},
        "étudiant s1, programme : ce champ manque : la cohorte n’a pas d’UE en commun",
    ),
    "programme unknown": (
        {"programme": "ROM"},
        'étudiant s1, programme : "ROM" n’est pas un programme de la cohorte.',
    ),
    "programme null": ({"programme": None}, "étudiant s1, programme : null n’est pas un programme"),
    "unit of another programme": (
        {"programme": "Cyber", "averages": {"UE11": "12"}},
        'étudiant s1, averages : "UE11" n’est pas dans',
    ),
    "element of another programme": (
        {"programme": "Cyber", "elements": {"R1": "12"}},
        "étudiant s1, elements.R1 : aucune UE",
    ),
    "weight in another programme": (
        {
            "programme": "IOM",
            "elements": {"R1": {"marks": [{"value": "1", "weights": {"UE1.1 Cyber/A": "2"}}]}},
        },
        'elements.R1.marks[0].weights : "UE1.1 Cyber/A" n’est pas dans',
    ),
    "earlier of another programme": (
        {"programme": "IOM", "earlier": [{"unit": "UE1.1 Cyber/A", "average": "12", "code": "ADM"}]},
        'étudiant s1, earlier[0].unit : "UE1.1 Cyber/A" n’est pas dans',
    ),
    "earlier rcue of another programme": (
        {"programme": "IOM", "earlier_rcues": [{"rcue": "RT4.Cyber/A/1", "average": "12", "code": "ADM"}]},
        'étudiant s1, earlier_rcues[0].rcue : "RT4.Cyber/A/1" n’est pas dans',
    ),
    "jury on another programme": (
        {"programme": "IOM", "jury": {"rcues": {"RT4.Cyber/A/1": "ADJ"}}},
        'étudiant s1, jury.rcues : "RT4.Cyber/A/1" n’est pas dans',
    ),
}


@pytest.mark.parametrize(("student", "message"), OF_PROGRAMMES.values(), ids=OF_PROGRAMMES)
def test_what_is_not_of_their_programme_is_refused_in_words(student, message):
    with pytest.raises(CohortError) as refusal:
        decide_object(of_programmes(student))

    assert message in str(refusal.value)


def test_each_is_judged_by_their_programme_whatever_its_codes_and_names():
    averages = {"UE1.1 Cyber/A": "9", "UE2.1 Cyber/A": "12"}
    cohort = of_programmes({"programme": "Cyber", "averages": averages}, units=COHORT["units"])
    cohort["students"].append(COHORT["students"][0] | {"id": "s2"})
    cyber, own = decide_object(cohort)["students"]

    assert cyber["units"]["UE1.1 Cyber/A"] == {"average": "9.00", "code": "CMP", "ects": "6"}
    assert cyber["rcues"] == {"RT4.Cyber/A/1": {"average": "10.50", "code": "CMP"}}
    assert own == decide_object(COHORT)["students"][0] | {"id": "s2"}


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "": "ce n’est pas du JSON",
        '{"format": ': "ce n’est pas du JSON (ligne 1, colonne 12",
        '{"value": NaN}': "NaN n’est pas un nombre.",
        '{"value": -Infinity}': "-Infinity n’est pas un nombre.",
        '{"UE11": "9", "UE11": "12"}': 'le champ "UE11" est écrit deux fois dans le même objet.',
        "[" * 100_000: "les objets sont emboîtés trop profondément.",
        "1" * 5000: "un nombre est trop long.",
    }.items(),
)
def test_text_that_is_no_json(text, message):
    with pytest.raises(CohortError) as refusal:
        parse(text)

    assert message in str(refusal.value)


def test_bytes_that_are_no_utf8():
    with pytest.raises(CohortError, match="pas en UTF-8"):
        parse(b'{"id": "\xe9"}')


def test_a_byte_order_mark_is_no_obstacle():
    assert parse(b"\xef\xbb\xbf{}") == {}


def test_marks_are_read_exactly():
    third = mark({"value": "9.99500000000000000000000000000001"})

    assert decide_object(third)["students"][0]["units"]["UE11"]["average"] == "10.00"


def test_truncated_anywhere_it_is_refused_and_never_a_surprise():
    whole = json.dumps(COHORT)

    for end in range(len(whole)):
        with pytest.raises(CohortError):
            decide_object(parse(whole[:end]))


@pytest.mark.parametrize("intruder", [None, True, 0, -1, 1.5, "", "x", [], {}, [None], {"x": None}], ids=repr)
def test_any_value_anywhere_gives_an_answer_or_a_message(intruder):
    """Every place of the file in turn takes a value that nobody expects there."""
    student = COHORT["students"][0] | {
        "status": "",
        "elements": {
            "R1": {"marks": [{"value": "1", "weights": {"UE11": "1"}}], "second_chance": {"code": "ABI"}}
        },
        "averages": {"UE21": "1"},
        "bonus": {"UE11": "1"},
        "dispensed": ["UE11"],
        "earlier": [{"unit": "UE11", "average": "1", "code": "AJ"}],
        "earlier_rcues": [{"rcue": "RT1/1", "average": "1", "code": "AJ"}],
        "repeats": {"1": 1},
        "extra_repeats": 1,
        "jury": {"units": {"UE11": "ADJ"}, "rcues": {"RT1/1": "ADJ"}, "year": "RED"},
    }
    cohort = COHORT | {"regulation": {"decimals": 2}, "students": [student]}
    answers, messages = 0, []
    for path in list(places(cohort)):
        strange = copy.deepcopy(cohort)
        place = strange
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = copy.deepcopy(intruder)
        try:
            answers += len(decide_object(strange)["students"])
        except CohortError as error:
            messages.append(str(error))
    assert answers < len(messages)
    assert all(message.endswith(".") for message in messages)


def places(value, path=()):
    """The path to every value of a JSON object."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*path, key)
        yield from places(inside, (*path, key))
