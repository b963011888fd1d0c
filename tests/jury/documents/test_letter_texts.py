"""How a letter is written: fields, blocks, what is refused and where, and that text stays text."""

import pytest

from jury.documents.letters.texts import BLOCKS, FIELDS, Part, fill, parts, problems
from jury.documents.letters.versions import shipped
from jury.models import LetterText

GOOD = "{civilité},\n\n{décision}\n\n{raisons}\n\n{suite}\n\n{recours}"


def refused(body: str, *, title: str = "Décision", kind: str = "notification") -> list[str]:
    """What is refused in a body, the required fields left aside."""
    return [each for each in problems(kind, title, body) if not each.startswith("Il manque {")]


def test_each_text_has_words_that_come_with_butrt():
    assert set(shipped()) == set(LetterText.Kind.values)
    assert {kind: problems(kind, **text) for kind, text in shipped().items()} == {
        kind: [] for kind in shipped()
    }


def test_the_remedies_tell_the_two_months():
    body = shipped()["recours"]["body"]

    assert "deux mois à compter de la notification" in body
    assert "{tribunal}" in body
    assert "recours gracieux" in body


def test_a_text_is_paragraphs_headings_lists_and_blocks():
    body = "Madame,\nMonsieur,\n\n# Pourquoi\n{raisons}\n- un\n-  deux\nsuite\r\n\r\n  {décision}  "

    assert list(parts(body)) == [
        Part("paragraph", ("Madame,", "Monsieur,")),
        Part("heading", ("Pourquoi",)),
        Part("block", ("raisons",)),
        Part("list", ("un", "deux")),
        Part("paragraph", ("suite",)),
        Part("block", ("décision",)),
    ]


def test_a_field_is_filled_once_and_never_read_again():
    values = {"prénom": "{nom}", "nom": "{{ 7*7 }} {% debug %} <b>"}

    assert fill("{prénom} { Nom }", values) == "{nom} {{ 7*7 }} {% debug %} <b>"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{prenom}", "Ligne 1 : {prenom} n’est pas un champ. Vouliez-vous {prénom} ?"),
        ("{salaire}", "Ligne 1 : {salaire} n’est pas un champ. Voir la liste des champs."),
        ("{prénom.__class__}", "Ligne 1 : {prénom.__class__} n’est pas un champ. Voir la liste des champs."),
        (
            "{a.__class__.__mro__}",
            "Ligne 1 : {a.__class__.__mro__} n’est pas un champ. Voir la liste des champs.",
        ),
        (
            "{prénom!r:>99999999}",
            "Ligne 1 : {prénom!r:>99999999} n’est pas un champ. Voir la liste des champs.",
        ),
        ("{0}", "Ligne 1 : {0} n’est pas un champ. Voir la liste des champs."),
        ("{}", "Ligne 1 : {} n’est pas un champ. Voir la liste des champs."),
        ("{% debug %}", "Ligne 1 : {% debug %} n’est pas un champ. Voir la liste des champs."),
        ("{prénom", "Ligne 1 : une accolade n’a pas sa paire."),
        ("a } b", "Ligne 1 : une accolade n’a pas sa paire."),
        ("Voici {décision} enfin", "Ligne 1 : {décision} se met seul sur sa ligne, entre deux lignes vides."),
        ("Bien\n\nnom : 漢", "Ligne 3 : un caractère ne s’imprime pas dans les documents, idéogramme 漢"),
        ("un\u200bdeux", "Ligne 1 : un caractère ne s’imprime pas dans les documents, caractère invisible"),
    ],
)
def test_what_is_refused_says_where_and_why(line, said):
    assert any(each.startswith(said) for each in refused(line)), refused(line)


def test_django_s_own_braces_are_refused_as_such():
    assert refused("{{ request.user }}") == [
        "Ligne 1 : { request.user } n’est pas un champ. Voir la liste des champs.",
        "Ligne 1 : une accolade n’a pas sa paire. Une accolade ne sert qu’à un champ, {prénom} par exemple.",
    ]


@pytest.mark.parametrize(
    "text", ["<b>gras</b>", "<script>alert(1)</script>", "javascript:alert(1)", "%s %(a)s", "&amp;"]
)
def test_markup_is_no_mistake_it_is_text(text):
    assert refused(text) == []


def test_a_notification_without_its_decision_or_remedies_is_refused():
    assert problems("notification", "Décision", GOOD) == []
    assert problems("notification", "Décision", GOOD.replace("{recours}", "")) == [
        "Il manque {recours} : le texte « Voies et délais de recours »."
    ]
    assert problems("ue", "Attestation", "{identité}") == [
        "Il manque {UE acquises} : le tableau des UE acquises, avec leurs crédits."
    ]


def test_the_remedies_hold_no_block_and_nothing_may_be_empty():
    assert refused("{recours}", kind="recours") == ["Ligne 1 : {recours} n’a pas sa place dans ce texte."]
    assert problems("recours", " ", " \n ") == ["Le titre est vide.", "Le texte est vide."]


def test_a_block_has_no_place_in_a_title():
    assert refused("Bien", title="{décision}") == [
        "Titre : {décision} se met seul sur sa ligne, entre deux lignes vides."
    ]


def test_names_are_written_as_people_write_them():
    assert (
        fill(
            "{ine} {Année Universitaire} {ECTS de l'année}",
            {"INE": "1", "année universitaire": "2", "ECTS de l’année": "3"},
        )
        == "1 2 3"
    )


def test_no_field_is_a_block():
    assert set(FIELDS) & set(BLOCKS) == set()
