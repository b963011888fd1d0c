"""Notifications and attestations: who is given which, and what they say, word for word."""

import io
import re
import subprocess
from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image

from butrt.base.documents.kept import RenderedPdf
from jury.cases.proceedings import Proceedings
from jury.documents.kinds import ATTESTATIONS, NOTIFICATION
from jury.documents.letters.document import Making, letter_page, render_letter
from jury.documents.letters.example import EXAMPLES, example
from jury.documents.letters.grounds import GROUNDS, refusal
from jury.documents.letters.sentences import field_values, following, grounds, outcome
from jury.documents.letters.signatory import text_kind
from jury.documents.letters.texts import FACT_FIELDS, FIELDS
from jury.documents.letters.versions import shipped
from jury.models import Letterhead, LetterText
from tests.base.documents.test_verapdf import judge as judge  # noqa: PLC0414
from tests.base.documents.test_verapdf import pytestmark as verapdf_is_there
from tests.factories import make_department
from tests.jury import snapshots
from tests.jury.documents.test_minutes_document import text_of

ADAMA, BREHAT, CORVAL, DELORME, ESTEVE, FARGUES, GUIRAUD, HERVE, IMBERT, KIM = (
    person[0] for person in snapshots.PEOPLE
)
TEXTS = {kind: LetterText(kind=kind, version=1, **text) for kind, text in shipped().items()}


def head(**fields) -> Letterhead:
    defaults = {
        "university": "Université de Valbrume",
        "institute": "IUT de Valbrume",
        "unit": "Département Réseaux et Télécommunications",
        "city": "Valbrume",
    }
    return Letterhead(**defaults | fields)


def making(minutes, kind="notification", **fields) -> Making:
    defaults = {"text": TEXTS[kind], "remedies": TEXTS["recours"], "head": head(), "at": snapshots.MADE}
    return Making(minutes=minutes, **defaults | fields)


@pytest.fixture(scope="module")
def minutes():
    return snapshots.minutes()


@pytest.fixture(scope="module")
def proceedings(minutes):
    return Proceedings.of_minutes(minutes.content)


def letter(proceedings, minutes, student, kind="notification", **fields) -> str:
    case = proceedings.case(student)
    made = render_letter(proceedings, case, making(minutes, text_kind(kind, case), **fields))
    return text_of(made.content)


@pytest.fixture(scope="module")
def printed(proceedings, minutes) -> Callable[..., RenderedPdf]:
    """Any letter of the PV of `snapshots` as its department first writes it, printed once."""

    def print_one(student: str, kind: str = "notification") -> RenderedPdf:
        case = proceedings.case(student)
        return render_letter(proceedings, case, making(minutes, text_kind(kind, case)))

    return cache(print_one)


@pytest.fixture(scope="module")
def told(printed) -> Callable[..., str]:
    """What such a letter says."""
    return cache(lambda *letter: text_of(printed(*letter).content))


def every_letter(proceedings) -> list[tuple[str, str]]:
    """[(student, kind)] of all that are given."""
    return [(case.id, kind) for case in proceedings.cases for kind in GROUNDS if not refusal(kind, case)]


# ---------- who ----------


def given(proceedings, kind: str) -> list[str]:
    return [case.id for case in proceedings.cases if not refusal(kind, case)]


def test_who_is_given_what(proceedings):
    assert given(proceedings, "notification") == [person[0] for person in snapshots.PEOPLE]
    assert given(proceedings, "reussite") == [ADAMA, BREHAT, DELORME, ESTEVE, HERVE, KIM]
    assert given(proceedings, "dut") == [ADAMA, BREHAT, DELORME, ESTEVE, HERVE, KIM]
    assert given(proceedings, "ue") == [person[0] for person in snapshots.PEOPLE]
    assert given(proceedings, "but") == []


@pytest.mark.parametrize(
    ("kind", "student", "said"),
    [
        (
            "reussite",
            IMBERT,
            "L’année n’est pas validée (PASD, passe de droit) : "
            "l’attestation d’UE et d’ECTS acquis dit ce qui l’est.",
        ),
        (
            "dut",
            FARGUES,
            "Le DUT demande toutes les UE de S1 à S4 : UE42 n’est pas acquise.",
        ),
        (
            "dut",
            IMBERT,
            "Le DUT demande toutes les UE de S1 à S4 : UE11, UE21, UE31 et UE41 ne sont pas acquises.",
        ),
        ("but", ADAMA, "Le programme enregistré n’a pas tous les semestres du BUT."),
    ],
)
def test_who_is_not_is_told_why(proceedings, kind, student, said):
    assert refusal(kind, proceedings.case(student)) == said


def test_an_odd_semester_attests_units_but_no_year():
    version = snapshots.minutes(odd=True)
    proceedings = Proceedings.of_minutes(version.content)

    assert given(proceedings, "reussite") == []
    assert refusal("reussite", proceedings.case(ADAMA)) == (
        "L’année se juge au semestre pair : l’attestation d’UE et d’ECTS acquis dit les UE du semestre."
    )
    assert ADAMA in given(proceedings, "ue")
    told = letter(proceedings, version, BREHAT)
    assert "Vous avez acquis 2 des 3 UE du semestre 3" in told
    assert "RT1 Administrer 8,80 ○ non acquise" in told
    assert (
        "UE31 peut encore être acquise au semestre 4, par compensation dans la compétence (point 4.4)."
        in told
    )
    assert "Le semestre 4 vous est ouvert de droit (point 4.5) : vous pouvez vous y inscrire." in told


def test_a_student_without_any_unit_has_nothing_to_attest():
    version = snapshots.minutes(odd=True)
    for student in version.content["cohort"]["students"]:
        if student["id"] == GUIRAUD:
            student |= {"earlier": [], "earlier_rcues": [], "elements": {}}
    case = Proceedings.of_minutes(version.content).case(GUIRAUD)

    assert refusal("ue", case) == "Aucune UE n’est acquise."


def test_every_kind_of_letter_has_its_grounds_its_words_and_its_document():
    letters = {kind.key for kind in (NOTIFICATION, *ATTESTATIONS)}

    assert letters == set(GROUNDS) == set(TEXTS) - {"recours", "constat"}


# ---------- what it says ----------


@pytest.mark.parametrize(
    ("student", "words", "note"),
    [
        (ADAMA, "Vous êtes admise : votre deuxième année est validée", "code ADM, 60"),
        (CORVAL, "Vous êtes ajourné et n’êtes pas autorisé à redoubler votre deuxième année", "code NAR, 20"),
        (DELORME, "Vous êtes admise par décision du jury : votre deuxième année est validée", "code ADJ, 60"),
        (FARGUES, "Votre deuxième année attend une décision du jury", "code ATJ, 50"),
        (GUIRAUD, "Votre démission est enregistrée", "code DEM, 70 crédits (ECTS) acquis en tout"),
        (
            IMBERT,
            "Votre deuxième année suffit, de droit, pour passer, mais le semestre 5 ne s’ouvre pas "
            "encore\xa0: "
            "il y faut UE11 et UE21",
            "code PASD, 40",
        ),
        (KIM, "Vous êtes admis·e : votre deuxième année est validée", "code ADM, 60"),
    ],
)
def test_the_decision_in_plain_words_as_it_agrees(proceedings, student, words, note):
    told = outcome(proceedings.case(student))

    assert told["words"] == words
    assert told["note"].startswith(note)


def test_a_repeated_year_says_what_is_taken_again():
    red = snapshots.decision(CORVAL, "year", "", "RED", "Un redoublement ciblé est plus utile.")
    version = snapshots.minutes(decisions=[red])
    for student in version.content["cohort"]["students"]:
        student["repeats"] = {}
    proceedings = Proceedings.of_minutes(version.content)
    case = proceedings.case(CORVAL)

    assert outcome(case)["words"] == "Vous êtes ajourné et autorisé à redoubler votre deuxième année"
    assert [each.replace("\xa0", " ") for each in following(case)] == [
        "Vous gardez définitivement les UE acquises de la deuxième année : UE33 et UE43 (point 4.3).",
        "L’an prochain, vous reprenez UE31 et UE41 en Administrer (RT1), UE32 et UE42 en Connecter (RT2).",
        "Vous redoublez S3 et S4 (point 4.5). Un semestre ne se redouble qu’une fois, et l’on en "
        "redouble 4 au plus, sauf force majeure.",
        "Vous aurez alors redoublé 2 semestres sur 4 : S3 et S4 ne pourront plus l’être.",
    ]


def test_the_reasons_are_those_of_the_rules_with_both_numbers_and_the_article(proceedings):
    told = grounds(proceedings, proceedings.case(CORVAL))

    assert [each["text"].replace("\xa0", " ") for each in told["reasons"]] == [
        "Le redoublement n’est plus ouvert : vous avez déjà redoublé S3 et S4 (2 redoublements). Un semestre "
        "ne se redouble qu’une fois, et l’on en redouble 4 au plus, sauf force majeure.",
        "1 compétence acquise sur 3, il les faut toutes pour être admis.",
        "1 compétence sur 3 à 10 ou plus : il en faut 2, plus de la moitié.",
        "Administrer (RT1) : 7,90, inférieur à 8 ; chaque compétence doit atteindre 8.",
    ]
    assert [each["article"] for each in told["reasons"]] == [
        f"point\xa0{number}" for number in ("4.5", "4.3", "4.5", "4.5")
    ]
    assert [(row["competence"], row["average"], row["words"]) for row in told["rows"]] == [
        ("RT1", "7,90", "non acquise, sous 8"),
        ("RT2", "8,05", "non acquise"),
        ("RT3", "10,00", "acquise par compensation"),
    ]
    assert told["motives"] == [{"about": "l’année", "motive": snapshots.NAR_MOTIVE}]


@pytest.mark.parametrize(
    ("student", "said"),
    [
        (CORVAL, "Audition (point 4.5) : entendu à sa demande le 7 juillet 2025."),
        (CORVAL, "Conseils du jury : BTS CIEL par apprentissage ; rendez-vous au service d’orientation"),
        (CORVAL, "Voies et délais de recours Si vous contestez cette décision, vous disposez de deux mois"),
        (CORVAL, "M. Maël CORVAL"),
        (CORVAL, f"Motif du jury, sur l’année : « {snapshots.NAR_MOTIVE} »"),
        (
            DELORME,
            "Madame, Le jury du BUT Réseaux et Télécommunications, parcours Internet des objets et mobilité",
        ),
        (DELORME, "réuni le 8 juillet 2025 sous la présidence de Béatrice Vaucresson, directrice de l’IUT"),
        (
            DELORME,
            "Motif du jury, sur le niveau 1 de la compétence « Créer des outils et applications » (RT3) :",
        ),
        (DELORME, "Vous obtenez le DUT : toutes les UE des semestres 1 à 4 sont acquises."),
        (HERVE, "UE12 et UE22 sont acquises par le niveau supérieur de la même compétence (point 4.3)."),
        (IMBERT, "le semestre 5 s’ouvre dès que vous les avez acquises (point 4.5)."),
        (
            IMBERT,
            "La compétence Administrer (RT1) reste à acquérir : valider une compétence au niveau supérieur",
        ),
        (KIM, "Madame, Monsieur,"),
        (ADAMA, "Le semestre 5 vous est ouvert de droit (point 4.5) : vous pouvez vous y inscrire."),
    ],
)
def test_notification_says(told, student, said):
    assert said in told(student)


@pytest.mark.parametrize(
    ("title", "semester", "told"),
    [
        ("Jury S3", 3, "Décision du jury du semestre 3 de BUT2, année universitaire 2024-2025"),
        ("Jury S4 et année BUT2", 4, "Décision du jury du semestre 4 de BUT2, année universitaire"),
        ("Jury S4 et année BUT2, rattrapage", 4, "Décision du jury de rattrapage du semestre 4 de BUT2"),
        ("Jury S4 et année BUT2, rattrapage 2", 4, "Décision du 2e jury de rattrapage du semestre 4 de BUT2"),
    ],
)
def test_the_title_says_which_jury_it_comes_from(title, semester, told):
    version = snapshots.minutes(odd=semester == 3)
    version.content["context"]["title"] = title

    assert told in letter(Proceedings.of_minutes(version.content), version, KIM)


def test_the_letter_of_a_correction_replaces_the_one_before(told):
    version = snapshots.minutes(version=2)
    version.content["correction"] = {"version": 1}
    said = "Cette lettre remplace celle établie d’après la version 1 du procès-verbal"

    assert said in letter(Proceedings.of_minutes(version.content), version, CORVAL)
    assert said not in letter(Proceedings.of_minutes(version.content), version, KIM, "reussite")
    assert said not in told(CORVAL)


def test_attestation_of_success(told):
    told = told(ADAMA, "reussite")

    assert (
        "Nous attestons que Mme Inès ADAMA, née le 3 septembre 2005 à Roubaix, numéro étudiant 21000001, INE "
        "071000001ZZ, inscrite en deuxième année du BUT Réseaux et Télécommunications, parcours Internet des "
        "objets et mobilité, par apprentissage, au titre de l’année universitaire 2024-2025, a validé cette "
        "deuxième année (admise)."
    ) in told
    assert "acquises cette année" not in told
    assert (
        "Les unités d’enseignement acquises de la deuxième année représentent 60 crédits européens (ECTS), "
        "sur 120 acquis" in told
    )


def test_attestation_of_units_lists_each_with_its_credits(told, proceedings, minutes):
    told = told(CORVAL, "ue")

    assert "8,80 CMP acquise par compensation 8 juillet 2025, jury S4 et année BUT2 10" in told
    assert "UE31" not in told
    assert "Crédits européens (ECTS) acquis 80" in told
    page = letter_page(proceedings, proceedings.case(CORVAL), making(minutes, "ue"))
    assert [(unit["name"], unit["ects"]) for unit in page["units"]] == [
        *((unit, "15") for unit in ("UE11", "UE12", "UE21", "UE22")),
        ("UE33", "10"),
        ("UE43", "10"),
    ]


def test_attestation_of_the_dut(proceedings, minutes):
    told = letter(proceedings, minutes, BREHAT, "dut", rncp="35457")

    assert "a acquis toutes les unités d’enseignement des semestres 1 à 4, soit 120 crédits européens" in told
    assert (
        "le diplôme universitaire de technologie, spécialité « Réseaux et Télécommunications », parcours "
        "« Internet des objets et mobilité »." in told
    )
    assert "RNCP" not in told  # the number is the licence's


def test_a_diploma_is_said_by_its_full_title(told, proceedings, minutes):
    title = (
        "licence professionnelle « bachelor universitaire de technologie », spécialité « Réseaux et "
        "Télécommunications », parcours « Internet des objets et mobilité »"
    )

    assert f"{title} (RNCP 35457)." in letter(proceedings, minutes, ADAMA, "reussite", rncp="35457")
    assert f"{title}." in told(ADAMA, "reussite")


DOYEN = head(
    authority="la présidence de l’université",
    signatory="Paul Doyen",
    quality="le directeur de l’IUT",
    delegation="par délégation de la présidente de l’université",
    court="Tribunal administratif de Valbrume\n2 place du Palais, 00000 Valbrume",
)


def test_who_presided_signs_what_the_jury_decided_and_the_establishment_the_rest(told, proceedings, minutes):
    by_the_jury = letter(proceedings, minutes, KIM, head=DOYEN)
    attested = letter(proceedings, minutes, KIM, "reussite", head=DOYEN)

    assert "La présidence du jury, directrice de l’IUT, Béatrice Vaucresson" in by_the_jury
    assert "Le directeur de l’IUT, par délégation de la présidente de l’université, Paul Doyen" in attested
    assert "Directrice de l’IUT, Béatrice Vaucresson" in told(KIM, "reussite")


def test_the_substitute_who_presided_is_named_and_signs():
    version = snapshots.minutes()
    version.content["session"]["presided_by"] = {
        "name": "Yann Kerdoncuff",
        "quality": "maître de conférences",
        "account": "y.kerdoncuff",
    }
    told = letter(Proceedings.of_minutes(version.content), version, KIM)

    assert "sous la présidence de Yann Kerdoncuff, maître de conférences" in told
    assert "La présidence du jury, par suppléance, maître de conférences, Yann Kerdoncuff" in told
    assert "Béatrice" not in told


def test_remedies_name_who_decided_and_the_court_with_its_address(told, proceedings, minutes):
    by_the_jury = letter(proceedings, minutes, CORVAL, head=DOYEN)
    of_a_fact = letter(proceedings, minutes, GUIRAUD, head=DOYEN)

    assert "recours gracieux auprès de la présidence du jury, IUT de Valbrume ;" in by_the_jury
    assert (
        "saisir le tribunal administratif de Valbrume, 2 place du Palais, 00000 Valbrume, par courrier "
        "ou par l’application Télérecours citoyens (www.telerecours.fr)." in by_the_jury
    )
    assert "recours gracieux auprès de la présidence de l’université" in of_a_fact
    assert "le tribunal administratif dans le ressort duquel se trouve" in told(CORVAL)


def departed(status: str, gender: str = "F") -> tuple[Proceedings, object]:
    """The jury where GUIRAUD, who resigned, left otherwise."""
    version = snapshots.minutes()
    version.content["context"]["students"][GUIRAUD] |= {"status": status, "gender": gender}
    for student in version.content["cohort"]["students"]:
        if student["id"] == GUIRAUD:
            student["status"] = status
    return Proceedings.of_minutes(version.content), version


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            "DEM",
            "La direction de l’établissement prend acte de votre démission, enregistrée le 14 mars 2025.",
        ),
        (
            "ABAN",
            "La direction de l’établissement constate que vous avez abandonné la formation depuis le 14",
        ),
        ("EXCLU", "vous rappelle que vous êtes exclue de la formation depuis le 14 mars 2025 : la section"),
        ("ABL", "La direction de l’établissement enregistre votre année blanche, à compter du 14 mars 2025."),
    ],
)
def test_a_fact_is_no_decision_of_the_jury(status, said):
    told = letter(*departed(status), GUIRAUD)

    assert said in told
    assert "Le jury ne se prononce pas sur votre deuxième année." in told
    for wrong in (
        "a pris à votre égard",
        "Décision du jury",
        "non acquise",
        "Aucune UE",
        "présidence du jury",
    ):
        assert wrong not in told


def test_an_exclusion_has_the_remedies_of_the_section_that_decided_it():
    """The general ones would name another judge of it than its own decision does."""
    general = "Voies et délais de recours"

    assert general in letter(*departed("DEM"), GUIRAUD)
    told = letter(*departed("EXCLU"), GUIRAUD)
    assert general not in told
    assert "avec ses propres voies de recours" in told


def test_a_gap_year_says_what_it_is_and_how_one_comes_back():
    told = letter(*departed("ABL"), GUIRAUD)

    assert "elle ne compte pas comme un redoublement (point 4.5)" in told
    assert "Pour revenir, réinscrivez-vous pour l’année universitaire suivante" in told


def test_a_gap_year_that_a_jury_grants_is_its_decision():
    given = snapshots.decision(CORVAL, "year", "", "ABL", "Une année à l’étranger est accordée.")
    version = snapshots.minutes(decisions=[given])
    proceedings = Proceedings.of_minutes(version.content)

    assert text_kind("notification", proceedings.case(CORVAL)) == "notification"
    assert "a pris à votre égard la décision suivante" in letter(proceedings, version, CORVAL)


def test_a_letter_bears_the_address_in_the_window_of_an_envelope(proceedings, minutes):
    address = ("Résidence des Étangs, bâtiment B", "14 rue des Tanneurs", "00000 Valbrume")
    made = render_letter(proceedings, proceedings.case(KIM), making(minutes, address=address))
    boxes = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=made.content, capture_output=True, check=True
    ).stdout.decode()
    mm = 72 / 25.4
    found = {
        word: (float(left) / mm, float(top) / mm)
        for left, top, word in re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)".*?>([^<]+)</word>', boxes)
        if word in ("Résidence", "14", "00000")
    }

    assert set(found) == {"Résidence", "14", "00000"}
    assert all(100 < left < 110 and 45 < top < 80 for left, top in found.values())


def test_a_signature_is_an_image_or_a_frame_to_sign(proceedings, minutes):
    case = proceedings.case(KIM)
    signed = letter_page(proceedings, case, making(minutes, handwriting=logo()))
    not_signed = letter_page(proceedings, case, making(minutes))

    assert signed["signature"].startswith("data:image/png;base64,")
    assert not_signed["signature"] == ""
    attested = letter_page(proceedings, case, making(minutes, "dut", handwriting=logo(), head=DOYEN))
    assert attested["signature"] == ""  # who presided does not sign for the establishment


def test_no_letter_says_a_competence_by_its_code_alone(told, proceedings):
    for each in every_letter(proceedings):
        assert not re.search(r"RT\d/\d", told(*each)), each


def test_every_field_has_a_value(proceedings, minutes):
    values = field_values(proceedings, proceedings.case(KIM), minutes, head(), snapshots.MADE)

    assert set(values) == {*FIELDS, *FACT_FIELDS}
    assert [name for name, value in values.items() if not value] == ["constat"]  # the jury decided


# ---------- markup ----------

HOSTILE = "<b>gras</b> {{ 7*7 }} {% debug %} {prénom} {a.__class__} javascript:alert(1) &amp;"


def test_markup_stays_text_wherever_somebody_wrote_it(minutes):
    motive = snapshots.decision(CORVAL, "year", "", "NAR", HOSTILE, advice=HOSTILE, hearing=HOSTILE)
    version = snapshots.minutes(decisions=[motive], president=HOSTILE)
    version.content["context"]["students"][CORVAL]["first_name"] = HOSTILE
    proceedings = Proceedings.of_minutes(version.content)
    written = LetterText(
        kind="notification",
        version=2,
        title="<i>{prénom}</i>",
        body="<u>{prénom}</u>\n\n{raisons}\n\n{suite}",
    )
    told = letter(
        proceedings, version, CORVAL, text=written, head=head(address=HOSTILE, contact=HOSTILE, unit=HOSTILE)
    )

    assert (
        told.count("<b>gras</b> {{ 7*7 }} {% debug %} {prénom} {a.__class__} javascript:alert(1) &amp;") >= 6
    )
    assert f"<i>{HOSTILE}</i>" in told
    assert "49" not in told


# ---------- the file ----------


def test_same_letter_same_bytes(proceedings, minutes):
    once, again = (
        render_letter(proceedings, proceedings.case(KIM), making(minutes, code="W8HC-30TN-5EPA")).content
        for _ in range(2)
    )

    assert once == again


def test_each_letter_is_one_page(printed, proceedings):
    assert {printed(*each).pages for each in every_letter(proceedings)} == {1}


def logo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 90), "#5433a8").save(written, "PNG")
    return written.getvalue()


@verapdf_is_there
@pytest.mark.django_db
def test_each_letter_is_for_the_archive_and_for_everyone(judge):
    printed = []
    for kind in GROUNDS:
        proceedings, case, version = example(
            make_department(), kind, "ines" if kind != "notification" else "sacha"
        )
        made = making(
            version,
            kind,
            head=head(logo=logo(), address="14 rue des Tanneurs\n00000 Valbrume"),
            code="W8HC-30TN-5EPA",
        )
        printed.append(render_letter(proceedings, case, made).content)
    said, passed = judge(*printed)

    assert passed == len(GROUNDS) * ["3a"] + len(GROUNDS) * ["ua1"], said


@pytest.mark.django_db
def test_the_example_has_a_student_of_each_fate():
    department = make_department()
    years = {name: example(department, "notification", name)[1].verdict.year for name in EXAMPLES}

    assert years == {"ines": "ADM", "noe": "RED", "sacha": "NAR", "lou": "DEM"}
    assert refusal("but", example(department, "but", "ines")[1]) == ""
    assert refusal("dut", example(department, "dut", "ines")[1]) == ""
