"""The French that people read: what a machine can see of it, in the templates and in the strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.template import Context, Template

from butrt.base.french import of, several
from jury.documents.letters.texts import fill

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
    """What a template prints of its own, its tags and values left out."""
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.*")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.S)
        bare = re.sub(r"\{\{.*?\}\}", "X", text, flags=re.S)
        for number, line in enumerate(bare.split("\n"), start=1):
            yield f"{path.name}:{number}", line


def text_of_screens() -> Iterator[tuple[str, str]]:
    """What pages print between their tags; documents are typeset when they are printed."""
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        if path.parent.name != "documents":
            text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "X", path.read_text("utf-8"), flags=re.S)
            for piece in MARKUP.split(text):
                yield path.name, piece


def of_code() -> Iterator[tuple[str, str]]:
    """The strings of the code that are French: docstrings left out, what an f-string computes as X."""
    for package in ("butrt", "curriculum", "grades", "jury"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if "migrations" not in path.parts:
                for number, text in _strings(ast.parse(path.read_text("utf-8"))):
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
        f"{place} : {text.strip()[:120]}"
        for place, text in (*of_templates(), *((place, text) for place, text in of_code() if is_french(text)))
        if KINDS[kind].search(re.sub("|".join(map(re.escape, HEADINGS)), "", text))
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
