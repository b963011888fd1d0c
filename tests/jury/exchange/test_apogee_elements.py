"""What an element of Apogée is proposed for: on strong evidence alone, with its reason."""

import pytest

from jury.exchange.apogee.elements import propose
from jury.exchange.apogee.file import Reference, read_apogee
from jury.exchange.apogee.filling import Subject, Target
from jury.exchange.apogee.ours import Known
from tests.jury.exchange.apogee_files import Element, Layout

TITLES = {
    "C1": ("Comprendre", "Comprendre les besoins des utilisateurs"),
    "C2": ("Concevoir", "Concevoir ou co-concevoir une réponse stratégique"),
    "C3": ("Entreprendre", "Entreprendre dans le numérique"),
}
KNOWN = [
    *(
        Known(Subject(Target.UNIT, f"UE{semester}.{code[1]}"), "", code, titles, semester, 2)
        for semester in (3, 4)
        for code, titles in TITLES.items()
    ),
    *(Known(Subject(Target.RCUE, f"{code}/2"), "", code, titles, level=2) for code, titles in TITLES.items()),
    *(Known(Subject(Target.SEMESTER, f"S{number}"), "", semester=number) for number in (3, 4)),
    Known(Subject(Target.YEAR, "BUT2"), ""),
    Known(
        Subject(Target.ELEMENT, "R401"), "", titles=("Anglais professionnel",), semester=4, display="R4.01"
    ),
    Known(Subject(Target.ELEMENT, "Saé4.stage"), "", titles=("Stage",), semester=4, display="Stage S4"),
]
WORDS = {"metiers", "multimedia", "internet", "mmi"}


def read(*elements, **options):
    file = read_apogee(Layout([("21000001", "ALBE")], elements=elements).build())
    return propose(file, options.pop("known", KNOWN), words=WORDS, **options)


def named(proposals):
    return {subject.name: [*map(str, found.references)] for subject, found in proposals.by_subject.items()}


def one(label, *, type="ELP", code="7WXYZ", **options):
    return list(named(read(Element(type, code, f"{code} - {label}"), **options)))


def test_labels_that_end_in_a_semester_are_not_that_semester():
    proposals = read(
        Element("ELP", "7WGA4", "7WGA4 - Comprend stratégie com S4"),
        Element("ELP", "7WGC4", "7WGC4 - Expri identité visuell S4"),
        Element("ELP", "7WGD4", "7WGD4 - Dévelop applic web S4"),
        Element("ELP", "7WGB4", "7WGB4 - Co-concevoir réponse S4"),
        Element("ELP", "7WGE4", "7WGE4 - Entreprendre un projet S4"),
    )

    assert named(proposals) == {"UE4.2": ["7WGB4"], "UE4.3": ["7WGE4"]}
    assert [
        remark for element, remark in proposals.remarks.items() if element[1].code in ("7WGA4", "7WGC4")
    ] == ["rien n’y est reconnu"] * 2
    why = proposals.by_subject[Subject(Target.UNIT, "UE4.3")].why
    assert why == "le libellé commence par «\xa0Entreprendre\xa0» et dit S4"


@pytest.mark.parametrize(
    ("label", "ours"),
    [
        *[("UE 4.2", ["UE4.2"]), ("UE4.2 Concevoir", ["UE4.2"]), ("ue42", ["UE4.2"])],
        *[("UE 4.25", []), ("UE4.2.SNRV", []), ("UE 4.2 et UE 4.3", []), ("UE d'ouverture", [])],
        # It says otherwise than its code: another competence, another semester.
        *[("UE 4.2 Entreprendre", []), ("UE 4.2 S3", [])],
        # A title without its semester is of two UE; with another's, of none.
        *[("Entreprendre", []), ("Entreprendre et concevoir S4", ["UE4.3"]), ("Bien entreprendre S4", [])],
        *[("Semestre 4", ["S4"]), ("S4 MMI", ["S4"]), ("4e semestre BUT 2 Multimédia", ["S4"])],
        *[("Anglais S4", []), ("Option semestre 4", []), ("S3 et S4", []), ("S5", [])],
        *[("BUT2 MMI", ["BUT2"]), ("Année 2 du BUT", ["BUT2"]), ("Sport BUT2", []), ("BUT1", [])],
        *[("RCUE C2", ["C2/2"]), ("RCUE 2 niveau 2", ["C2/2"]), ("BCC Entreprendre", ["C3/2"])],
        *[("RCUE C2 niveau 1", []), ("Concevoir niveau 2", ["C2/2"]), ("UE Concevoir niveau 2", [])],
        *[("R4.01 Anglais", ["R401"]), ("r401", ["R401"]), ("R4.011", []), ("ER401", [])],
        *[("Anglais professionnel S4", ["R401"]), ("Anglais professionnel S3", [])],
        *[("Stage S4", ["Saé4.stage"]), ("Rapport de stage S4", []), ("R4.01 de l'UE 4.2", [])],
    ],
)
def test_a_label_is_read_by_whole_words_and_codes(label, ours):
    assert one(label) == ours


def test_the_code_of_apogee_may_end_by_ours():
    assert one("Anglais", code="7WR401") == ["R401"]
    assert one("", code="VUE43") == ["UE4.3"]
    assert one("", code="VUE431") == one("", code="V2XUE43B") == []


def test_two_elements_for_one_of_ours_are_proposed_for_nothing():
    proposals = read(Element("ELP", "A1", "UE 4.2"), Element("ELP", "A2", "UE4.2 Concevoir"))

    assert named(proposals) == {}
    assert set(proposals.remarks.values()) == {"A1 et A2 se lisent tous UE4.2\xa0: rien n’est proposé"}


def test_a_code_is_surer_than_a_title():
    proposals = read(Element("ELP", "A1", "UE 4.2"), Element("ELP", "A2", "Concevoir S4"))

    assert named(proposals) == {"UE4.2": ["A1"]}
    assert proposals.remarks["ELP", Reference("A2")] == "A1 est plus sûrement UE4.2"


def test_an_etape_is_a_year_unless_it_says_another_or_there_are_two():
    assert one("Métiers du multimédia", type="VET") == ["BUT2"]
    assert one("Semestre 4", type="VET") == ["BUT2"]
    assert one("BUT1 MMI", type="VET") == []
    old, new = Element("VET", "V2", "Ancien", version="212"), Element("VET", "V2", "", version="231")
    assert named(read(old, new)) == {}
    assert named(read(old, Element("VET", "V2", "BUT2", version="231"))) == {"BUT2": ["V2!231"]}


def test_what_was_said_elsewhere_is_surest_unless_the_label_says_otherwise():
    learnt = {
        Reference("A1"): (Subject(Target.UNIT, "UE4.2"), "BUT2 MMI (2022)"),
        Reference("A2"): (Subject(Target.UNIT, "UE4.2"), "BUT2 MMI (2022)"),
    }
    proposals = read(
        Element("ELP", "A1", "Réponse"),
        Element("ELP", "A2", ""),
        Element("ELP", "A3", "UE 4.2"),
        learnt=learnt,
    )
    assert named(proposals) == {"UE4.2": ["A1", "A2"]}
    assert (
        proposals.remarks["ELP", Reference("A1")]
        == "proposé pour UE4.2\xa0: A1 l’est déjà dans BUT2 MMI (2022)"
    )
    assert named(read(Element("ELP", "A1", "UE 4.3"), learnt=learnt)) == {}


def test_what_is_saved_is_proposed_for_nothing_else():
    proposals = read(Element("ELP", "A1", "UE 4.2"), saved={Subject(Target.UNIT, "UE4.3"): [Reference("A1")]})

    assert named(proposals) == {}
    assert list(proposals.remarks.values()) == ["est déjà UE4.3"]


@pytest.mark.parametrize(
    ("label", "ours"),
    [
        *[("UE3.5.SNRV Virtualiser", ["UE3.5.SNRV"]), ("UE 3.5", []), ("UE 3.5 Innover", ["UE3.5.IPI"])],
        *[("UE 3.5 Recycler", []), ("UE3.5.II", []), ("Portfolio", ["Portfolio"]), ("Portfolio de S4", [])],
    ],
)
def test_units_of_one_number_are_told_apart_by_their_whole_code_or_their_title(label, ours):
    known = [
        Known(Subject(Target.UNIT, name), name, competence, (title,), semester=3)
        for name, competence, title in (
            ("UE3.5.IPI", "C5-IPI", "Innover"),
            ("UE3.5.SNRV", "C5-SNRV", "Virtualiser"),
            ("Portfolio", "C6", "Se présenter"),
        )
    ]

    assert one(label, known=known) == ours


def test_a_number_alone_is_not_the_only_unit_that_has_it():
    """UE3.5 of a label may be of a parcours that is not ours, whose title is there."""
    known = [Known(Subject(Target.UNIT, "UE3.5.IPI"), "", "C5", ("Innover",), semester=3)]

    assert one("UE 3.5", known=known) == one("UE 3.5 Innover", known=known) == ["UE3.5.IPI"]
    assert one("UE 3.5 SNRV Virtualiser", known=known) == []
