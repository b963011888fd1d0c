import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from butrt.base.journal.models import Entry
from curriculum.models import Competence, Programme, Unit
from grades.models import Enrolment, Student
from jury.exchange.scodoc.reading import ScodocError, read_scodoc
from jury.models import Result
from tests.factories import (
    make_cohort,
    make_competence,
    make_department,
    make_enrolment,
    make_parcours,
    make_regulation,
    make_specialty,
    make_student,
)
from tests.jury.world import make_world

pytestmark = pytest.mark.django_db

FILE = settings.BASE_DIR / "fixtures" / "scodoc" / "decisions_jury_2023_BUT2.json"
INVENTED = json.loads(FILE.read_text())
UNITS = "ue_id,unit\n2101,UE31\n2102,UE32\n2201,UE41\n2202,UE42\n"


@pytest.fixture(scope="module")
def department_once(once: Callable[[Callable], Any]):
    return once(make_its_department)


@pytest.fixture
def department(db, department_once):
    return deepcopy(department_once)


def make_its_department():
    """The department of the fixture's people: two RCUE in BUT2, student numbers as ScoDoc's code_nip."""
    names = [f"ETU{number}" for number in range(1, 7)]
    department = make_world({name: {} for name in names}).session.department
    for name, each in zip(names, INVENTED, strict=True):
        Student.objects.filter(department=department, last_name=name).update(number=each["code_nip"])
    return department


@pytest.fixture
def units(tmp_path) -> Path:
    file = tmp_path / "units.csv"
    file.write_text(UNITS)
    return file


def written(tmp_path, found, name="jury.json") -> str:
    file = tmp_path / name
    file.write_text(found if isinstance(found, str) else json.dumps(found))
    return str(file)


def bring(department, *files, **options):
    call_command("import_scodoc_decisions", *map(str, files), department=department.code, **options)


def changed(**first):
    """The fixture, its first student changed."""
    return [INVENTED[0] | first, *INVENTED[1:]]


def rcue(**fields):
    return [INVENTED[0]["rcues"][0] | fields, INVENTED[0]["rcues"][1]]


def unit(**fields):
    return rcue(ue_1=INVENTED[0]["rcues"][0]["ue_1"] | fields)


# ---------- recording ----------


def test_decisions_become_earlier_results_with_their_exact_decimals(department, units, capsys):
    bring(department, FILE, units=units)

    first = Result.objects.filter(student__number="22400001").order_by("subject")
    assert list(first.values_list("school_year", "kind", "subject", "average", "code")) == [
        (2023, "year", "BUT2", "", "ADM"),
        (2023, "rcue", "RT1/2", "11.816327380952382", "ADM"),
        (2023, "rcue", "RT2/2", "10.188175293851717", "CMP"),
        (2023, "unit", "UE31", "12.132654761904762", "ADM"),
        (2023, "unit", "UE32", "11.4", "ADM"),
        (2023, "unit", "UE41", "11.5", "ADM"),
        (2023, "unit", "UE42", "8.976350587703436", "CMP"),
    ]
    assert dict(Result.objects.filter(kind="year").values_list("student__number", "code")) == {
        **{"22400001": "ADM", "22400002": "ADJ", "22400003": "RED", "22400004": "NAR"},
        **{"22400005": "DEM", "22400006": "DEF"},
    }
    # A missing average is never invented: nothing is said of UE41 nor of its RCUE.
    assert set(
        Result.objects.filter(student__number="22400006").values_list("subject", "average", "code")
    ) == {
        *{("UE31", "3.9", "AJ"), ("UE32", "2.64", "AJ"), ("UE42", "0", "AJ"), ("RT2/2", "1.32", "AJ")},
        ("BUT2", "", "DEF"),
    }
    said = capsys.readouterr().out
    assert "UE\xa0: 2101 = UE31, 2102 = UE32, 2201 = UE41, 2202 = UE42." in said
    assert "34 résultats enregistrés, 0 déjà connus." in said
    bring(department, FILE, units=units)
    assert "0 résultats enregistrés, 34 déjà connus." in capsys.readouterr().out


def test_a_dry_run_checks_everything_and_keeps_nothing(department, units, capsys):
    entries = Entry.objects.count()
    bring(department, FILE, units=units, dry_run=True)

    assert "34 résultats seraient enregistrés (essai, rien ne l’est)" in capsys.readouterr().out
    assert (Result.objects.count(), Entry.objects.count()) == (0, entries)


def test_units_are_known_by_order_or_by_acronym(department, tmp_path, capsys):
    bring(department, FILE, by_order=True, dry_run=True)
    assert "2101 = UE31, 2102 = UE32, 2201 = UE41, 2202 = UE42" in capsys.readouterr().out
    named = json.loads(FILE.read_text())
    names = {2101: "UE3.1", 2102: "UE3.2", 2201: "UE4.1", 2202: "ue 42"}
    for each in named:
        for pair in each["rcues"]:
            for place in ("ue_1", "ue_2"):
                pair[place]["acronyme"] = names[pair[place]["ue_id"]]
    bring(department, written(tmp_path, named), dry_run=True)
    assert "2101 = UE31, 2102 = UE32, 2201 = UE41, 2202 = UE42" in capsys.readouterr().out


def test_students_are_known_by_a_mapping_or_by_ine(department, units, tmp_path):
    student = Student.objects.get(number="22400001")
    hashed = changed(code_nip="3c109cf90b0e", code_ine=student.ine)
    bring(department, written(tmp_path, hashed), units=units, dry_run=True)
    people = tmp_path / "people.csv"
    people.write_text("etudid;number\ninv0001;22400001\n")
    bring(
        department,
        written(tmp_path, changed(code_nip=None)),
        units=units,
        students=people,
    )
    assert Result.objects.filter(student=student).count() == 7


def test_someone_unknown_stops_all_unless_left_aside_by_name(department, units, tmp_path, capsys):
    file = written(tmp_path, changed(code_nip="99999999"))
    with pytest.raises(CommandError, match=r"étudiant 1 de la liste .* aucun étudiant du département"):
        bring(department, file, units=units)
    assert not Result.objects.exists()
    capsys.readouterr()
    bring(department, file, units=units, known_only=True)
    assert (
        "étudiant 1 de la liste (etudid inv0001)\xa0: inconnu ici, laissé de côté." in capsys.readouterr().out
    )
    assert Result.objects.count() == 27


def test_one_bad_code_in_a_second_file_keeps_nothing_of_the_first(department, units, tmp_path):
    bad = written(tmp_path, changed(annee={"code": "ATB", "ordre": 2, "annee_scolaire": 2022}))
    with pytest.raises(CommandError) as refusal:
        bring(department, FILE, bad, units=units, school_year=2022)

    assert str(refusal.value).startswith(
        "jury.json, étudiant 1 de la liste (etudid inv0001), étudiant 22400001, BUT2"
    )
    assert "le code « ATB » ne se donne pas à année" in str(refusal.value)
    assert not Result.objects.exists()


def test_what_the_file_says_twice_otherwise_is_told(department, units, tmp_path, capsys):
    ues = [{"ue_id": 2201, "code": "AJ", "ects": 0}]
    bring(department, written(tmp_path, changed(ues=ues)), units=units, dry_run=True)

    assert "UE41\xa0: ADM dans rcues, AJ dans ues ; ADM est retenu." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "on ne sait quelle UE est 2101"),
        ({"department": "ailleurs"}, "n’existe pas"),
        ({"programme": 0, "by_order": True}, "aucun programme de BUT2"),
    ],
)
def test_what_is_not_said_is_asked_for(department, options, why):
    with pytest.raises(CommandError, match=why):
        call_command("import_scodoc_decisions", str(FILE), **{"department": department.code} | options)


DEEP = "[" * 100_000
HOSTILE = {
    "not JSON": ("{", "ce n’est pas du JSON (ligne 1"),
    "too deep": (DEEP, "emboîtés trop profondément"),
    "an object": ({}, "une liste d’étudiants est attendue"),
    "not a student": ([3], "étudiant 1 de la liste\xa0: un objet {…} est attendu"),
    "field twice": ('[{"etudid": 1, "etudid": 2}]', "écrit deux fois"),
    "no etudid": (changed(etudid=None), "etudid manque"),
    "same etudid": (changed(etudid="inv0002"), "etudid inv0002 y est déjà"),
    "unknown state": (changed(etat="X"), "n’est ni I, ni D, ni DEF"),
    "over 20": (
        changed(rcues=unit(moy=20.01)),
        "rcues[0].ue_1.moy\xa0: 20.01 n’est pas une moyenne de 0 à 20",
    ),
    "negative": (changed(rcues=unit(moy=-1)), "-1 n’est pas une moyenne"),
    "a boolean": (changed(rcues=unit(moy=True)), "True n’est pas une moyenne"),
    "infinite": ('[{"etudid": 1, "rcues": [{"moy": Infinity}]}]', "Infinity n’est pas un nombre"),
    "huge exponent": (
        '[{"etudid": 1, "rcues": [{"ue_1": {"ue_id": 1, "moy": 1e-999999}}]}]',
        "trop de décimales",
    ),
    "many digits": (changed(rcues=unit(moy="9." + "9" * 60)), "trop de décimales"),
    "words": (changed(rcues=unit(moy="dix")), "«\xa0dix\xa0» n’est pas une moyenne"),
    "no ue_id": (changed(rcues=unit(ue_id=None)), "rcues[0].ue_1.ue_id\xa0: un identifiant est attendu"),
    "half a RCUE": (changed(rcues=rcue(ue_2=None)), "rcues[0].ue_2\xa0: un objet {…} est attendu"),
    "UE twice": (changed(rcues=rcue(ue_2={"ue_id": 2101})), "l’UE 2101 y est deux fois"),
    "rcues no list": (changed(rcues={}), "rcues\xa0: une liste […] est attendue"),
    "year 4": (changed(annee={"ordre": 4}), "annee.ordre\xa0: un entier de 1 à 3"),
    "semester 9": (
        changed(autorisations=[{"semestre_id": 9}]),
        "autorisations[0].semestre_id\xa0: un entier de 1 à 6",
    ),
    "long code": (changed(annee={"code": "A" * 500}), "annee.code\xa0: un texte court"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_the_place(name):
    found, why = HOSTILE[name]
    with pytest.raises(ScodocError) as refusal:
        read_scodoc((found if isinstance(found, str) else json.dumps(found)).encode())

    assert why in str(refusal.value)


def test_missing_values_are_missing_however_written():
    text = json.dumps(changed(rcues=unit(moy="?"))).replace('"?"', "{}")
    for missing in ("NaN", "null", '""', '"~"'):
        (first, *_) = read_scodoc(text.replace("{}", missing).encode())
        assert first.rcues[0].units[0].average == ""


# ---------- replaying ----------


def replay(department, *files, **options):
    call_command("compare_scodoc", *map(str, files), department=department.code, **options)


def test_what_agrees_is_counted_and_what_a_jury_decided_is_apart(department, units, capsys):
    make_regulation(department, school_year=2021)
    replay(department, FILE, units=units)

    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [
        "UE\xa0: 20 comparés\xa0: 17 d’accord, 1 décidé par leur jury, 2 sans code ou sans moyenne.",
        "RCUE\xa0: 10 comparés\xa0: 8 d’accord, 1 décidé par leur jury, 1 sans code ou sans moyenne.",
        "année\xa0: 6 comparés\xa0: 2 d’accord, 4 décidé par leur jury.",
        "Moyennes de RCUE\xa0: 9 comparées, 0 différentes.",
        "Tout concorde.",
    ]
    assert not Result.objects.exists()


def test_a_code_that_our_rules_do_not_give_is_a_difference_with_our_reason(
    department, units, tmp_path, capsys
):
    file = written(tmp_path, changed(rcues=rcue(code="CMP"), annee=INVENTED[0]["annee"] | {"code": "RED"}))
    with pytest.raises(CommandError, match="2 différences") as refusal:
        replay(department, file, units=units)

    assert refusal.value.returncode == 1
    said = capsys.readouterr().out
    assert (
        "étudiant 1 de la liste (etudid inv0001), RT1/2\xa0: ScoDoc CMP, butrt ADM. UE31 et UE41 sont" in said
    )
    assert "étudiant 1 de la liste (etudid inv0001), année\xa0: ScoDoc RED, butrt ADM. " in said


def test_another_average_of_a_rcue_is_a_difference(department, units, tmp_path, capsys):
    with pytest.raises(CommandError, match="1 différence"):
        replay(department, written(tmp_path, changed(rcues=rcue(moy=12.5))), units=units)

    assert "moyenne de RT1/2\xa0: ScoDoc 12,50, butrt 11,82." in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_neither(department, tmp_path):
    with pytest.raises(CommandError) as refusal:
        replay(department, written(tmp_path, "{"))

    assert refusal.value.returncode == 2


# ---------- several parcours, other years, students who cannot be taken ----------


@pytest.fixture
def two_parcours():
    """A department of two parcours, each with its own second competence, a student in each."""
    department = make_department()
    specialty = make_specialty(department)
    shared = Competence.objects.create(
        specialty=specialty, identity="C1", code="C1", title="Concevoir", short="Concevoir", common=True
    )
    for number, short in enumerate(("II", "SNRV"), start=1):
        parcours = make_parcours(department=department, short=short, code=f"GMP-{short}")
        own = make_competence(parcours, "C2", title=f"Virtualiser {short}")
        for year, level in ((1, 1), (2, 2)):
            programme = Programme.objects.create(
                parcours=parcours, year=year, modality="initiale", in_force_from=2022
            )
            for semester in programme.semesters:
                make_unit(programme, f"UE{semester}.1-C1", semester, shared, level)
                if year == 2:
                    make_unit(programme, f"UE{semester}.2.{short}", semester, own, 1)
        student = make_student(department, number=f"gmp{number}")
        make_enrolment(make_cohort(programme, school_year=2023), student)
    return department


def make_unit(programme, code, semester, competence, level):
    return Unit.objects.create(
        programme=programme, code=code, semester=semester, competence=competence, level=level, ects=15
    )


def decision(number, pairs, *, ues=(), code="ADM"):
    def said(identity):
        return {"ue_id": identity, "moy": 12, "code": "ADM"}

    return {
        "etudid": f"e-{number}",
        "code_nip": number,
        "etat": "I",
        "rcues": [{"ue_1": said(a), "ue_2": said(b), "moy": 12, "code": "ADM"} for a, b in pairs],
        "ues": [{"ue_id": each, "code": "ADSUP", "ects": 15} for each in ues],
        "annee": {"code": code, "ordre": 2, "annee_scolaire": 2023},
    }


BOTH = [
    decision("gmp1", [(301, 401), (302, 402)]),
    decision("gmp2", [(301, 401), (303, 403)], ues=[101]),
]
MAPPED = (
    "ue_id;unit\n101;UE1.1-C1\n301;UE3.1-C1\n401;UE4.1-C1\n302;UE3.2.II\n402;UE4.2.II\n"
    "303;UE3.2.SNRV\n403;UE4.2.SNRV\n"
)


@pytest.fixture
def mapped(tmp_path):
    file = tmp_path / "ue.csv"
    file.write_text(MAPPED)
    return file


def test_each_student_is_read_by_the_programmes_of_their_own_parcours(two_parcours, mapped, tmp_path, capsys):
    bring(two_parcours, written(tmp_path, BOTH), units=mapped)

    own = Result.objects.filter(kind="rcue", subject="C2/1").order_by("student__number")
    assert [(each.student.number, each.competence.title) for each in own] == [
        ("gmp1", "Virtualiser II"),
        ("gmp2", "Virtualiser SNRV"),
    ]
    assert "BUT2 SNRV, formation initiale, 2023, 1 étudiant connu" in capsys.readouterr().out


def test_a_unit_of_another_year_goes_to_its_own_place(two_parcours, mapped, tmp_path, capsys):
    bring(two_parcours, written(tmp_path, BOTH), units=mapped)

    result = Result.objects.get(subject="UE1.1-C1")
    assert (result.code, result.level, result.semester, result.year, result.school_year) == (
        *("ADSUP", 1, 1, 1, 2023),
    )
    assert "UE1.1-C1, d’une autre année que BUT2, est enregistrée à sa place" in capsys.readouterr().out


def test_several_parcours_are_compared_each_by_its_own_rules(two_parcours, mapped, tmp_path, capsys):
    replay(two_parcours, written(tmp_path, BOTH), units=mapped)

    said = capsys.readouterr().out
    assert "RCUE\xa0: 4 comparés\xa0: 4 d’accord." in said
    assert "année\xa0: 2 comparés\xa0: 2 d’accord." in said


def test_one_who_cannot_be_taken_stops_all_unless_left_aside(two_parcours, mapped, tmp_path, capsys):
    wrong = [BOTH[0], decision("gmp2", [(301, 401), (302, 402)])]
    with pytest.raises(CommandError, match=r"étudiant 2 .* serait UE3\.2\.II, qui n’est d’aucun programme"):
        bring(two_parcours, written(tmp_path, wrong), units=mapped)
    assert not Result.objects.exists()
    bring(two_parcours, written(tmp_path, wrong), units=mapped, keep_going=True)

    assert set(Result.objects.values_list("student__number", flat=True)) == {"gmp1"}
    assert "étudiant 2 de la liste (etudid e-gmp2)" in capsys.readouterr().out


def test_one_whose_code_is_refused_is_left_whole(two_parcours, mapped, tmp_path, capsys):
    wrong = [decision("gmp1", [(301, 401)], code="ATB"), BOTH[1]]
    bring(two_parcours, written(tmp_path, wrong), units=mapped, keep_going=True)

    assert set(Result.objects.values_list("student__number", flat=True)) == {"gmp2"}
    assert "le code « ATB » ne se donne pas à année. Laissé de côté." in capsys.readouterr().out


def test_one_who_is_not_enrolled_is_read_by_the_only_programme_that_has_their_units(
    two_parcours, mapped, tmp_path
):
    Enrolment.objects.all().delete()
    bring(two_parcours, written(tmp_path, BOTH), units=mapped)

    own = Result.objects.filter(kind="rcue", subject="C2/1").order_by("student__number")
    assert [result.competence.title for result in own] == ["Virtualiser II", "Virtualiser SNRV"]


def test_one_of_a_common_year_is_read_by_the_only_parcours_that_has_their_units(
    two_parcours, mapped, tmp_path
):
    Enrolment.objects.all().delete()
    common = make_parcours(department=two_parcours, short="GMP", code="GMP", common=True)
    first = Programme.objects.create(parcours=common, year=1, modality="initiale", in_force_from=2022)
    make_enrolment(make_cohort(first, school_year=2022), Student.objects.get(number="gmp2"))
    bring(two_parcours, written(tmp_path, [decision("gmp2", [(301, 401), (303, 403)])]), units=mapped)

    assert Result.objects.get(kind="rcue", subject="C2/1").competence.title == "Virtualiser SNRV"


def test_one_whose_units_are_common_is_read_by_the_parcours_asked_for(two_parcours, mapped, tmp_path):
    make_student(two_parcours, number="gmp3")
    file = written(tmp_path, [decision("gmp3", [(301, 401)])])
    with pytest.raises(CommandError, match="plusieurs programmes de BUT2 ont toutes ses UE"):
        bring(two_parcours, file, units=mapped)
    mixed = written(tmp_path, [decision("gmp3", [(302, 402), (303, 403)])], "mixed.json")
    with pytest.raises(CommandError, match="aucun n’a toutes ses UE"):
        bring(two_parcours, mixed, units=mapped)
    bring(two_parcours, file, units=mapped, parcours="GMP-SNRV")

    assert Result.objects.filter(student__number="gmp3").count() == 4


def test_one_who_changed_parcours_is_read_by_that_of_the_year(two_parcours, mapped, tmp_path):
    student = Student.objects.get(number="gmp1")
    later = Programme.objects.get(parcours__short="SNRV", year=2)
    make_enrolment(make_cohort(later, school_year=2024), student)
    bring(two_parcours, written(tmp_path, [BOTH[0]]), units=mapped)

    assert Result.objects.get(subject="C2/1").competence.title == "Virtualiser II"
