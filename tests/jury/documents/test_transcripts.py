"""The relevé: one page that a student can recompute by hand."""

import json
import re
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from butrt.base.documents.verifying import embedded_files
from jury.cases import cohortdecisions
from jury.cases.proceedings import Proceedings
from jury.cases.spreads import Spread
from jury.documents.transcripts import render_transcript
from jury.documents.transcripts.document import transcript_page
from tests.base.documents.test_verapdf import judge as judge  # noqa: PLC0414
from tests.base.documents.test_verapdf import pytestmark as verapdf_is_there
from tests.jury import snapshots
from tests.jury.documents.test_letters import head, logo
from tests.jury.documents.test_minutes_document import text_of

ADAMA, BREHAT, CORVAL, DELORME, ESTEVE, FARGUES, GUIRAUD, HERVE, IMBERT, KIM = (
    person[0] for person in snapshots.PEOPLE
)


@pytest.fixture(scope="module")
def minutes():
    return snapshots.minutes()


@pytest.fixture(scope="module")
def proceedings(minutes):
    return Proceedings.of_minutes(minutes.content)


@pytest.fixture(scope="module")
def printed(proceedings, minutes):
    """{student: their transcript}."""
    return {case.id: render_transcript(proceedings, case.id, minutes=minutes) for case in proceedings.cases}


@pytest.fixture(scope="module")
def told(printed):
    """{student: what their transcript says}."""
    return {student: text_of(each.content) for student, each in printed.items()}


@pytest.mark.parametrize(
    ("student", "said"),
    [
        (ADAMA, "Mme Inès ADAMA née le 3 septembre 2005 à Roubaix n° 21000001, INE 071000001ZZ"),
        (
            ADAMA,
            "BUT Réseaux et Télécommunications, parcours Internet des objets et mobilité, par apprentissage.",
        ),
        (ADAMA, "Deuxième année (BUT2), semestres 3 et 4, 2024-2025."),
        (ADAMA, "Jury du 8 juillet 2025, PV version 1. 3 compétences acquises sur 3. S5 ouvert. DUT obtenu."),
        (ADAMA, "Bonus +0,25"),
        (ADAMA, "UE31 ✓ ADM acquise, 10 ECTS sur 10 10 12,65"),
        (BREHAT, "(8,80 + 11,80) ÷ 2 = 10,30 ↔ CMP acquise par compensation"),
        (BREHAT, "ABI, 2e chance"),
        (DELORME, "◆ ADJ Admise par le jury"),
        (DELORME, "UE33 ◇ ADJR acquise avec sa compétence"),
        (ESTEVE, "Acquise en 2023-2024, gardée définitivement (4.3)."),
        (ESTEVE, "BUT1, 2022-2023 : ADM, admis. 60 ECTS acquis."),
        (ESTEVE, "RT2 niveau 1 UE12 11,50 ADM, 15 ECTS UE22 11,50 ADM, 15 ECTS 11,50 ADM"),
        (ESTEVE, "BUT2, 2023-2024 : RED, ajourné, peut redoubler."),
        (ESTEVE, "RT1 niveau 2 UE31 10,85 ADM, 10 ECTS UE41 10,35 ADM, 10 ECTS —"),
        (FARGUES, "(6) ABJ"),
        (FARGUES, "(6) ATT"),
        (FARGUES, "UE42 … moyenne provisoire, 0 ECTS sur 10"),
        (FARGUES, "ABJ absence justifiée, sort de la moyenne avec son coefficient"),
        (GUIRAUD, "⇥ DEM Démission le 14 mars 2025"),
        (GUIRAUD, "Non évaluée : démission le 14 mars 2025."),
        (HERVE, "BUT1, 2023-2024 : PASD, passe de droit. 60 ECTS acquis."),
        (HERVE, "RT2 niveau 1 UE12 8,90 ADSUP (AJ auparavant), 15 ECTS"),
        (HERVE, "8,90 ADSUP (AJ auparavant) Lire"),
        (IMBERT, "RT1 niveau 1 UE11 8,90 AJ, 0 ECTS UE21 8,90 AJ, 0 ECTS 8,90 AJ"),
        (IMBERT, "S5 fermé jusqu’à ce que UE11 et UE21 soient acquises (annexe 1, 4.5)."),
        (KIM, "né·e le 22 novembre 2005 à Arras"),
        (CORVAL, "■ NAR Ajourné, ne peut pas redoubler"),
        (GUIRAUD, "Absences de l’année, en demi-journées : 3 injustifiées, 1 justifiée."),
        (ADAMA, "Sans coefficient, ne compte pas : Portfolio S3, Portfolio S4."),
        (ADAMA, "Données inventées"),
    ],
)
def test_transcript_says(told, student, said):
    assert said in told[student]


def test_transcript_keeps_the_motives_for_the_student_and_the_jury(told):
    assert snapshots.NAR_MOTIVE not in told[CORVAL]


def test_each_transcript_is_one_page(printed):
    assert [each.pages for each in printed.values()] == [1] * 10


def test_a_long_title_is_whole_and_the_second_page_still_says_whose_it_is(minutes):
    version = snapshots.minutes()
    title = "Expression, culture et communication professionnelles : préparer l’insertion " * 2 + "pour finir"
    for element in version.content["context"]["elements"].values():
        element["title"] = title
    for unit in version.content["cohort"]["units"]:
        if unit["semester"] > 2:
            unit["coefficients"] |= {f"R{unit['semester']}{number}": "6" for number in (1, 2, 3)}
    proceedings = Proceedings.of_minutes(version.content)
    rendered = render_transcript(proceedings, HERVE, at=snapshots.MADE)
    first, second, _ = pages_of(rendered.content)

    assert rendered.pages == 2
    assert "pour finir" in first
    assert "…" not in first + second
    for page in (first, second):
        assert "PROVISOIRE, sans valeur officielle" in page
        assert "HERVÉ Léa, n° 21000008" in page


def pages_of(pdf: bytes) -> list[str]:
    """What each page says, then an empty text (pdftotext ends each page with a form feed)."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")]


def test_a_provisional_one_says_so_and_tells_no_decision_of_the_jury(proceedings):
    told = text_of(render_transcript(proceedings, CORVAL, at=snapshots.MADE).content)

    assert "provisoire" in told
    assert "PROVISOIRE Le jury n’est pas clos, rien n’est décidé" in told
    assert "Édité le 8 juillet 2025 à 17 h 10, avant la clôture du jury." in told
    assert "NAR" not in told
    assert "Relevé provisoire, sans valeur officielle" in told


def test_a_final_one_is_not_provisional(told):
    assert not any("PROVISOIRE" in each or "Relevé provisoire" in each for each in told.values())


def test_an_odd_semester_shows_ue_only():
    version = snapshots.minutes(odd=True)
    rendered = render_transcript(Proceedings.of_minutes(version.content), BREHAT, minutes=version)
    told = text_of(rendered.content)

    assert rendered.pages == 1
    assert "Deuxième année (BUT2), semestre 3, 2024-2025." in told
    assert "Les compétences (RCUE) et l’année se jugent au semestre pair." in told
    assert "UE31 ○ AJ non acquise, 0 ECTS sur 10" in told
    assert "UE41" not in told


def number(text: str) -> Fraction:
    return Fraction(text.strip("*").replace(",", "."))


def rounded(value: Fraction) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", ",")


@pytest.mark.parametrize("student", [ADAMA, BREHAT, CORVAL, DELORME, FARGUES, HERVE, KIM])
def test_a_student_finds_each_ue_and_rcue_again_by_hand(proceedings, minutes, student):
    page = transcript_page(proceedings, proceedings.case(student), minutes=minutes, at=snapshots.MADE)
    checked = 0
    for block in page["blocks"]:
        for unit in block["units"]:
            lines = [line for line in unit["lines"] if line.coefficient and "(" not in line.coefficient]
            weight = sum(number(line.coefficient) for line in lines)
            total = sum(number(line.coefficient) * number(line.average) for line in lines)
            bonus = sum(number(line.average) for line in unit["lines"] if line.display == "Bonus")
            assert number(unit["weight"]) == weight
            assert rounded(total / weight + bonus) == unit["average"]
            checked += 1
        if block["rcue"]["sum"]:
            first, second = re.findall(r"\d+,\d+", block["rcue"]["sum"])
            assert rounded((number(first) + number(second)) / 2) == block["rcue"]["average"]
            checked += 1
    assert checked >= 6


def test_an_average_that_displayed_numbers_miss_is_starred_and_explained(minutes):
    version = snapshots.minutes()
    for student in version.content["cohort"]["students"]:
        if student["id"] == ADAMA:
            student["elements"]["R43"]["marks"] = [{"value": "10.01"}, {"value": "10.00"}]  # 10.005
    told = text_of(render_transcript(Proceedings.of_minutes(version.content), ADAMA, minutes=version).content)

    # UE43: (6 × 10.005 + 4 × 10) ÷ 10 = 10.003, so 10.00; the displayed 10.01 would give 10.006, so 10.01.
    assert "10,00*" in told
    assert "* Calcul sur les moyennes exactes ; UE43 : les moyennes affichées donnent 10,01" in told


def test_an_earlier_better_average_says_that_it_stays():
    version = snapshots.minutes()
    for student in version.content["cohort"]["students"]:
        if student["id"] == BREHAT:
            student["earlier"].append({"unit": "UE31", "average": "10.5", "code": "ADM"})
    told = text_of(
        render_transcript(Proceedings.of_minutes(version.content), BREHAT, minutes=version).content
    )

    assert "Cette année 8,80 : la moyenne déjà acquise, 10,50, est meilleure et reste (4.3)." in told


def test_only_their_own_data_are_attached_and_recompute(printed):
    files = embedded_files(printed[DELORME].content)
    cohort, decisions = json.loads(files["cohorte.json"]), json.loads(files["decisions.json"])

    assert [student["id"] for student in cohort["students"]] == [DELORME]
    assert cohortdecisions.decide_object(cohort) == decisions
    assert decisions["students"][0]["rcues"]["RT3/1"]["code"] == "ADJ"


def test_same_version_same_bytes(printed, proceedings, minutes):
    assert render_transcript(proceedings, KIM, minutes=minutes).content == printed[KIM].content


@verapdf_is_there
def test_a_transcript_is_for_the_archive_and_for_everyone(judge, proceedings, minutes):
    """Final, and provisional; by one Java."""
    final, provisional = (
        render_transcript(
            proceedings,
            HERVE,
            minutes=version,
            at=snapshots.MADE,
            code="W8HC-30TN-5EPA",
            head=head(logo=logo(), address="14 rue des Tanneurs"),
        )
        for version in (minutes, None)
    )
    said, passed = judge(final.content, provisional.content)

    assert passed == ["3a", "3a", "ua1", "ua1"], said


def test_an_unknown_student_is_a_key_error(proceedings, minutes):
    with pytest.raises(KeyError):
        render_transcript(proceedings, "0", minutes=minutes)


# ---------- the class ----------


def wanting(*, rank: bool = False):
    """A version whose department wants the class told."""
    version = snapshots.minutes()
    version.content["transcript"] = {"figures": True, "rank": rank}
    return version


def test_the_class_is_told_beside_each_average_when_the_department_wants():
    version = wanting()
    proceedings = Proceedings.of_minutes(version.content)
    told = text_of(render_transcript(proceedings, ADAMA, minutes=version).content)
    spread = proceedings.spreads.units["RT1/2", "UE31"]

    assert "coef. moyenne promotion min. max. effectif" in told
    figures = " ".join(str(each).replace(".", ",") for each in (spread.mean, spread.lowest, spread.highest))
    assert f"UE31 ✓ ADM acquise, 10 ECTS sur 10 10 12,65 {figures} {spread.size}" in told
    assert "Compétence RT1, promotion" in told
    assert "de la promotion : moyenne, minimum, maximum, effectif (rien sous 5 étudiants)" in told


def test_a_rank_is_told_when_wanted_and_two_equal_averages_share_it():
    version = wanting(rank=True)
    proceedings = Proceedings.of_minutes(version.content)
    spread = proceedings.spreads.units["RT1/2", "UE31"]
    told = text_of(render_transcript(proceedings, ADAMA, minutes=version).content)

    assert "coef. moyenne promotion min. max. rang" in told
    assert f"{spread.rank(Decimal('12.65'))} / {spread.size}" in told
    tied = Spread(tuple(Decimal(each) for each in (8, 12, 12, 15)), Decimal(11))
    assert [tied.rank(each) for each in tied.values] == [4, 2, 2, 1]


def test_nothing_of_the_class_is_told_without_the_wish_or_before_closing(told):
    version = wanting()
    provisional = render_transcript(Proceedings.of_minutes(version.content), ADAMA, at=snapshots.MADE)

    assert "promotion" not in told[ADAMA]
    assert "promotion" not in text_of(provisional.content)


def test_what_few_have_an_average_in_hides_somebodys_mark():
    version = wanting()
    for student in version.content["cohort"]["students"][4:]:
        student["elements"].pop("R31", None)
    proceedings = Proceedings.of_minutes(version.content)
    page = transcript_page(proceedings, proceedings.case(ADAMA), minutes=version, at=snapshots.MADE)

    assert page["classmates"].shown
    assert page["blocks"][0]["units"][0]["lines"][0].figures == ["", "", "", "4"]


def test_nothing_is_told_of_a_class_too_small():
    """A catch-up of one student has no class: its columns would be empty."""
    version = wanting()
    version.content["cohort"]["students"] = version.content["cohort"]["students"][:4]
    proceedings = Proceedings.of_minutes(version.content)
    page = transcript_page(proceedings, proceedings.case(ADAMA), minutes=version, at=snapshots.MADE)

    assert not page["classmates"].shown
    assert page["blocks"][0]["units"][0]["figures"] == []


def test_the_codes_of_earlier_years_are_explained_too(minutes, proceedings):
    page = transcript_page(proceedings, proceedings.case(CORVAL), minutes=minutes, at=snapshots.MADE)
    printed = " ".join(f"{each['sentence']} {each['rows']}" for each in page["history"])
    codes = {code for code in ("ADM", "AJ", "CMP", "RED", "PASD") if re.search(rf"\b{code}\b", printed)}

    assert codes
    assert codes <= {each["code"] for each in page["legend"]}


def test_a_transcript_of_a_catch_up_says_so():
    version = snapshots.minutes()
    version.content["context"]["title"] += ", rattrapage"
    proceedings = Proceedings.of_minutes(version.content)
    page = transcript_page(proceedings, proceedings.case(ADAMA), minutes=version, at=snapshots.MADE)

    assert page["jury"].replace("\xa0", " ") == "Jury de rattrapage du 8 juillet 2025, PV version 1"


def test_an_average_of_one_who_left_is_not_no_result(proceedings, minutes):
    page = transcript_page(proceedings, proceedings.case(GUIRAUD), minutes=minutes, at=snapshots.MADE)
    units = {unit["name"]: unit for block in page["blocks"] for unit in block["units"]}

    assert (units["UE31"]["average"], units["UE31"]["words"]) == ("9,40", "non décidée")
    assert (units["UE41"]["average"], units["UE41"]["words"]) == ("—", "sans résultat")


# ---------- one page, or two alike ----------


def many(elements: int):
    """A version where each judged UE has that many elements."""
    version = snapshots.minutes()
    names = [f"R3{number}" for number in range(1, 4)]
    words = version.content["context"]["elements"]
    for number in range(elements):
        words[f"X{number}"] = words[names[0]] | {"display": f"R9{number:02}"}
    for unit in version.content["cohort"]["units"]:
        if unit["semester"] > 2:
            unit["coefficients"] |= {f"X{number}": "1" for number in range(elements)}
    for student in version.content["cohort"]["students"]:
        student["elements"] |= {
            f"X{number}": {"marks": [{"value": "12"}]} for number in range(elements) if student["elements"]
        }
    return version


@pytest.mark.parametrize("elements", range(4, 22, 3))
def test_two_pages_are_filled_alike_and_one_is_enough_when_it_holds_all(elements):
    version = many(elements)
    rendered = render_transcript(Proceedings.of_minutes(version.content), BREHAT, minutes=version)
    lengths = [len(page) for page in pages_of(rendered.content) if page]

    assert rendered.pages == len(lengths) <= 2
    assert rendered.pages == 1 or min(lengths) > 0.45 * max(lengths)
