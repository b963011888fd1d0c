"""The French that people read: what a machine can see of it, in the templates and in the strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain

import pytest
from django.conf import settings
from django.template import Context, Template

from butrt.base import french
from butrt.base.french import of, several, size
from jury.documents.letters.texts import fill

TEMPLATES = settings.BASE_DIR / "templates"

STRAIGHT = re.compile(r"[A-Za-zÀ-ÿ]'[A-Za-zÀ-ÿ]")
"""A typewriter's apostrophe between two letters."""

TWICE = re.compile(r"\b[Nn]e (?:n’|ne\b)|\bn’ne\b|’’|\bpas pas\b")
"""A negation said twice."""

UNDECIDED = re.compile(r"[a-zéè]\((?:s|e|es|nt|x)\)")
""" "décision(s)": the program knows how many, and of whom."""

CONTRACTED = re.compile(r"\b(?:jury|membres?|PV|auprès|celui|celle|présence|absence) de les? ")
""" "jury de le"."""

ELIDED = re.compile(r"\b(?:que|lorsque|puisque) (?:il|elle|ils|elles|un|une|on)\b")
""" "que elle"."""

LOOSE = re.compile(r" (?=[:;?!»])|(?<=«) ")
"""A space that may end a line before « : ; ? ! » or inside quotation marks: it is a no-break space."""

MARKUP = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->|<[a-zA-Z/!](?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", re.S
)

HEADINGS = {"Né(e) le"}
"""What a column is called, of nobody in particular."""

KINDS = {
    "apostrophe droite": STRAIGHT,
    "négation double": TWICE,
    "accord entre parenthèses": UNDECIDED,
    "article non contracté": CONTRACTED,
    "élision manquante": ELIDED,
}


def of_templates() -> Iterator[tuple[str, str]]:
    """What a template prints of its own, on one line, its tags and values left out."""
    for path in sorted(TEMPLATES.rglob("*.*")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.S)
        bare = re.sub(r"\{\{.*?\}\}", "X", text, flags=re.S)
        yield path.name, re.sub(r"[ \n]+", " ", bare)


def text_of_screens() -> Iterator[tuple[str, str]]:
    """What pages and documents print between their tags, on one line."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "X", path.read_text("utf-8"), flags=re.S)
        for piece in MARKUP.split(text):
            yield path.name, re.sub(r"[ \n]+", " ", piece)


def of_code() -> Iterator[tuple[str, str]]:
    """The strings of the code that are French: docstrings left out, what an f-string computes as X."""
    for package in ("butrt", "curriculum", "grades", "jury"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if "migrations" not in path.parts:
                for number, text in _strings(ast.parse(path.read_text("utf-8"))):
                    if is_french(text):
                        yield f"{path.name}:{number}", text


def of_scripts() -> Iterator[tuple[str, str]]:
    """The texts of our scripts, what they compute as X."""
    for path in sorted((settings.BASE_DIR / "static").glob("*.js")):
        for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
            for text in re.findall(r"""`[^`]*`|"[^"]*"|'[^']*'""", re.sub(r"\$\{[^{}]*\}", "X", line)):
                if " " in text:
                    yield f"{path.name}:{number}", text


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values]
        yield node.lineno, "".join(parts)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _strings(child)


def is_french(text: str) -> bool:
    """Whether a string of the code is a sentence: a regular expression, an address or a name is not."""
    return " " in text and not re.search(r"\\[bdws]|\(\?|[<>{}]|^https?:|%[sd]", text)


@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_of_this_kind_in_what_people_read(kind):
    found = [
        f"{place} : {text[max(0, each.start() - 60) : each.end() + 60]}"
        for place, written in chain(of_templates(), of_scripts(), of_code())
        for text in (re.sub("|".join(map(re.escape, HEADINGS)), "", written),)
        for each in KINDS[kind].finditer(text)
    ]

    assert found == [], kind


def test_punctuation_keeps_with_its_word_on_screens():
    found = [
        f"{place} : {text[max(0, each.start() - 30) : each.end() + 20]!r}"
        for place, text in text_of_screens()
        for each in LOOSE.finditer(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 étudiant"), (1, "1 étudiant"), (2, "2 étudiants"), (-1, "-1 étudiant")]
)
def test_nought_is_singular(number, told):
    page = Template("{{ number }} étudiant{{ number|pluralize }}").render(Context({"number": number}))

    assert page == told == several(number, "étudiant", "étudiants")


@pytest.mark.parametrize(
    ("octets", "told"),
    [(64 * 2**10, "64\xa0Ko"), (2**20 - 1, "1023\xa0Ko"), (2 * 2**20, "2\xa0Mo")],
)
def test_the_size_of_a_file(octets, told):
    assert size(octets) == told


@pytest.mark.parametrize(
    ("value", "forms", "told"),
    [([], "a,ont", "a"), (["x", "y"], "a,ont", "ont"), ("2", "s", "s"), (None, "s", "")],
)
def test_the_plural_of_what_has_a_length(value, forms, told):
    assert Template(f"{{{{ value|pluralize:'{forms}' }}}}").render(Context({"value": value})) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Béatrice Vaucresson", "de Béatrice Vaucresson"),
        ("Émile Roux", "d’Émile Roux"),
        ("AMRANI Inès", "d’AMRANI Inès"),
        ("UE31", "d’UE31"),
        ("Yves Roux", "d’Yves Roux"),
        ("Yann Roux", "de Yann Roux"),
        ("RED", "de RED"),
        ("le directeur de l’IUT", "du directeur de l’IUT"),
        ("les membres du jury", "des membres du jury"),
        ("la présidence du jury", "de la présidence du jury"),
    ],
)
def test_what_belongs_to_somebody(name, told):
    assert of(name) == told
    assert Template("{{ name|of }}").render(Context({"name": name})) == told
    assert fill("auprès de {auteur}, ici", {"auteur": name}) == f"auprès {told}, ici"


def test_a_field_that_nothing_introduces_is_left_as_it_is():
    assert fill("{prénom} et le code {numéro}", {"prénom": "Inès", "numéro": "7"}) == "Inès et le code 7"


@pytest.mark.parametrize(
    ("value", "as_it_is", "without_zeros"),
    [("10.50", "10,50", "10,5"), ("12.00", "12,00", "12"), ("0", "0", "0"), ("1E+2", "100", "100")],
)
def test_a_number_has_a_comma(value, as_it_is, without_zeros):
    number = Decimal(value)

    assert (french.number(number), french.short(number)) == (as_it_is, without_zeros)
    assert Template("{{ n|fr }} {{ n|mark }}").render(Context({"n": number})) == f"{as_it_is} {without_zeros}"


def test_no_number_is_a_dash_or_nothing():
    assert (french.number(None), french.number(None, ""), french.short(None)) == ("—", "", "")


def test_a_list_ends_with_and():
    assert list(map(french.listed, ([], ["S1"], ["S1", "S2"], ["S1", "S2", "S4"]))) == [
        "",
        "S1",
        "S1 et S2",
        "S1, S2 et S4",
    ]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (date(2025, 3, 1), "1er mars 2025"),
        ("2025-07-08", "8 juillet 2025"),
        (datetime(2025, 6, 30, 22, 5, tzinfo=UTC), "1er juillet 2025"),
        ("2025-06-30T22:05:00+00:00", "1er juillet 2025"),
    ],
)
def test_a_day_and_the_first_of_a_month(when, told):
    assert french.date(when) == told
    assert french.day(when) == told.replace(" ", french.NBSP)
    assert Template("{{ when|date }}").render(Context({"when": when})) == told


@pytest.mark.parametrize(
    "when", [time(9, 5), "09:05:00", datetime(2025, 7, 8, 7, 5, tzinfo=UTC), "2025-07-08T07:05:00+00:00"]
)
def test_an_hour_has_no_nought_before_it(when):
    assert french.hour(when) == "9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}05"


def test_a_style_of_figures_keeps_its_day():
    assert french.date(date(2025, 3, 1), "j/m/Y") == "1/03/2025"


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "rien"), ([], "rien"), (True, "oui"), (Decimal("8.50"), "8,5"), (["UE1", "UE2"], "UE1, UE2")],
)
def test_a_value_in_a_sentence(value, told):
    assert french.in_words(value, "rien") == told
