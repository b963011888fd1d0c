"""The export of a ScoDoc formation, XML or JSON, to values: what the file says, judged by nobody yet.

Both forms say one thing: in XML a value is an attribute and a list is repeated children. They become the same
tree of texts, cut down to the fields read here, and the tree becomes a `Formation`. For ScoDoc an empty text,
an absent field and NULL are one; fields that are not read here are let through, exports grow. Of UE levels
(`apc_niveau_*`) and parcours no public export was found: they are read when they come, never required.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from butrt.base import exactjson
from butrt.base.french import NBSP, quoted
from butrt.base.outside import opened_apart
from butrt.base.spreadsheets import Unreadable
from curriculum.safexml import MOST_ELEMENTS, Expected, Tree, read_xml

MOST_BYTES: Final = 4 * 2**20  # an export of six semesters weighs 0.1 to 1 MB
MOST_UES: Final = 150
MOST_MODULES: Final = 1_500
MOST_COEFFICIENTS: Final = 15_000
LONGEST: Final = 300  # characters of a text
LARGEST: Final = Decimal(9_999)

BUT: Final = 700  # `type_parcours`
OTHERS: Final = {100: "un DUT", 1001: "un Bachelor ISCID"}
STANDARD, MALUS, RESOURCE, SAE = range(4)  # `module_type`
PLAIN_UE, BONUS_UE = 0, 1  # `ue.type`

# What is read of each object: its values, then its lists.
FIELDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "formation": (
        ("acronyme", "titre", "titre_officiel", "type_parcours", "refcomp_specialite", "version"),
        ("ue",),
    ),
    "ue": (
        (
            *("acronyme", "titre", "numero", "type", "ects", "is_external", "semestre_idx", "coef_rcue"),
            *("reference", "ue_id", "id", "apc_niveau_libelle", "apc_niveau_annee", "apc_niveau_ordre"),
        ),
        ("parcours", "matiere"),
    ),
    "matiere": ((), ("module",)),
    "module": (
        (
            *("titre", "abbrev", "code", "heures_cours", "heures_td", "heures_tp", "semestre_id", "numero"),
            "module_type",
        ),
        ("coefficients", "parcours", "app_critiques"),
    ),
    "coefficients": (("ue_reference", "coef"), ()),
    "parcours": (("code", "libelle", "ects"), ()),
    "app_critiques": (("code",), ()),
}
OTHER_NAMES: Final = {"parcours": "parcour"}  # one to a UE in older exports

ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});")
NUMBER = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
TRUE, FALSE = ("1", "true"), ("", "0", "false")
AGAIN = "Dans ScoDoc, exporter de nouveau la formation (XML ou JSON), puis l’envoyer."


@dataclass(frozen=True, slots=True)
class Level:
    """The niveau of a competence that a UE is tied to, as ScoDoc's referential names it; 0 for unsaid."""

    label: str
    year: int
    order: int


@dataclass(frozen=True, slots=True)
class Module:
    """A module; `coefficients` by UE reference are all that says where it counts."""

    code: str
    title: str
    abbreviation: str
    kind: int
    semester: int
    rank: int
    hours: tuple[Decimal, Decimal, Decimal]  # CM, TD, TP, of the module and not of a UE
    coefficients: Mapping[str, Decimal]
    parcours: frozenset[str]
    skills: tuple[str, ...]  # codes of apprentissages critiques


@dataclass(frozen=True, slots=True)
class Ue:
    """A UE, in its place in the file. `semester` 0: neither the UE nor its modules say one."""

    index: int
    acronym: str
    title: str
    reference: str
    rank: int
    kind: int
    external: bool
    semester: int
    ects: Decimal | None
    rcue_weight: Decimal
    parcours: Mapping[str, Decimal | None]  # the ECTS there, if they are others
    level: Level | None
    modules: tuple[Module, ...]

    @property
    def year(self) -> int:
        return (self.semester + 1) // 2


@dataclass(frozen=True, slots=True)
class Formation:
    """What a file holds. `tree` is what it was read from, small enough to be kept between two pages."""

    tree: Tree
    acronym: str
    title: str
    specialty: str
    ues: tuple[Ue, ...]
    parcours: Mapping[str, str]  # codes and names that its UE and modules are tied to

    @property
    def modules(self) -> Iterator[tuple[Ue, Module]]:
        """Each module with the UE that it is filed under."""
        return ((ue, module) for ue in self.ues for module in ue.modules)

    @property
    def years(self) -> list[int]:
        """The years that have UE here."""
        return sorted({ue.year for ue in self.ues if ue.semester and ue.kind == PLAIN_UE})

    @property
    def unescaped(self) -> int:
        """How many texts were written with their signs escaped twice."""
        return int(self.tree.get("unescaped", "0"))


@opened_apart(Unreadable)
def read_formation(data: bytes) -> Formation:
    """The formation that a file holds. Raises `Unreadable`, nothing else, whatever the bytes."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            f"Ce fichier dépasse {MOST_BYTES // 2**20}{NBSP}Mo, bien plus qu’une formation. "
            "N’exporter qu’une formation, puis l’envoyer."
        )
    formations = _json(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else _xml(data)
    if len(formations) != 1:
        many = f"{len(formations)} formations : n’en exporter qu’une" if formations else "aucune formation"
        raise Unreadable(f"Ce fichier contient {many}. {AGAIN}")
    cleaner = _Cleaner()
    tree = cleaner.clean("formation", formations[0], "formation")
    return formation_of(tree | {"unescaped": str(cleaner.unescaped)})


# ---------- the two forms ----------


def _json(data: bytes) -> list[Any]:
    try:
        parsed = exactjson.parse(data, exactjson.EXACT)
    except exactjson.NotJson as error:
        raise Unreadable(f"Ce fichier ne se lit pas{NBSP}: {error} {AGAIN}") from None
    if isinstance(parsed, list):
        return parsed
    if isinstance(parsed.get("formation"), dict):
        return [parsed["formation"]]
    if "ue" in parsed:
        return [parsed]
    if "message" in parsed or "error" in parsed:
        raise Unreadable(f"ScoDoc a répondu par une erreur, ce n’est pas une formation. {AGAIN}")
    if "competences" in parsed:
        raise _referential()
    return []


def _xml(data: bytes) -> list[Any]:
    name, root = read_xml(data, Expected("une formation", "un export de formation", AGAIN, _check_root))
    return [root] if name == "formation" else root.get("formation", [])


def _check_root(name: str) -> None:
    if name == "referentiel_competence":
        raise _referential()
    if name not in ("formation", "formation_list"):
        raise Unreadable(
            f"Ce fichier XML commence par {quoted(name[:40])}, un export de formation par "
            f"«{NBSP}formation{NBSP}». {AGAIN}"
        )


def _referential() -> Unreadable:
    return Unreadable(
        "Ce fichier est un référentiel de compétences, il ne dit ni modules ni coefficients. "
        f"L’envoyer par «{NBSP}Importer un référentiel{NBSP}», et ici l’export de la formation elle-même."
    )


class _Cleaner:
    """Cuts a tree down to what is read here, its values made texts without traps."""

    def __init__(self) -> None:
        self.unescaped = 0
        self.room = {"ue": MOST_UES, "module": MOST_MODULES, "coefficients": MOST_COEFFICIENTS}

    def clean(self, name: str, node: Any, place: str) -> Tree:
        if not isinstance(node, dict):
            raise Unreadable(f"{place}{NBSP}: un objet est attendu. {AGAIN}")
        values, lists = FIELDS[name]
        tree: Tree = {field: self.text(node.get(field), f"{place}, {field}") for field in values}
        for child in lists:
            nodes = _listed(node.get(child, node.get(OTHER_NAMES.get(child, ""))), f"{place}, {child}")
            self.room[child] = self.room.get(child, MOST_ELEMENTS) - len(nodes)
            if self.room[child] < 0:
                raise Unreadable(
                    f"Ce fichier contient plus de {child} qu’aucune formation (à {place}), il n’est pas lu."
                )
            tree[child] = [
                self.clean(child, item, f"{place}, {_named(child, item, number)}")
                for number, item in enumerate(nodes, start=1)
            ]
        return tree

    def text(self, value: Any, place: str) -> str:
        """A value as a text: composed letters, single spaces, no control sign, "&amp;" read again."""
        if value is None:
            return ""
        if isinstance(value, dict | list):
            raise Unreadable(f"{place}{NBSP}: une valeur est attendue, et non une liste. {AGAIN}")
        text = str(value)[: 4 * LONGEST]
        if ESCAPED.search(text):
            self.unescaped += 1
            for _ in range(2):  # a copy of a copy adds one
                text = ESCAPED.sub(lambda sign: html.unescape(sign[0]), text)
        shown = (" " if unicodedata.category(sign) in ("Cc", "Cs", "Cn") else sign for sign in text)
        return " ".join(unicodedata.normalize("NFC", "".join(shown)).split())[:LONGEST]


def _listed(value: Any, place: str) -> list[Any]:
    """A list; JSON says the apprentissages critiques by code, and nothing for an empty list."""
    if value in (None, ""):
        return []
    if isinstance(value, dict):
        return [{"code": code} for code in value]
    if not isinstance(value, list):
        raise Unreadable(f"{place}{NBSP}: une liste est attendue. {AGAIN}")
    return value


def _named(name: str, node: Any, number: int) -> str:
    """How a person finds an object in the file: "module « R101 »", or its rank."""
    code = node.get("code") or node.get("acronyme") if isinstance(node, dict) else ""
    shown = quoted(str(code)[:30]) if code and isinstance(code, str) else str(number)
    return f"{name} {shown}"


# ---------- the tree to values ----------


def formation_of(tree: Tree) -> Formation:
    """The values of a cleaned tree. Raises `Unreadable`, naming the place."""
    about = _Node(tree, "formation")
    ues = tuple(_ue(index, node) for index, node in enumerate(about.children("ue")))
    _check_kind(about, ues)
    if not ues:
        raise Unreadable(f"Cette formation n’a aucune UE. {AGAIN}")
    references: set[str] = set()
    for ue in ues:
        if ue.reference in references:
            raise Unreadable(
                f"Deux UE portent la référence {quoted(ue.reference)}, on ne sait où compte un module. "
                f"{AGAIN}"
            )
        references.add(ue.reference)
    tied = [parcours for node in _walk(tree) for parcours in node.get("parcours", ()) if parcours["code"]]
    return Formation(
        tree=tree,
        acronym=about.text("acronyme"),
        title=about.text("titre_officiel") or about.text("titre") or about.text("acronyme"),
        specialty=about.text("refcomp_specialite"),
        ues=ues,
        parcours={parcours["code"]: parcours["libelle"] for parcours in tied},
    )


def _check_kind(about: _Node, ues: Iterable[Ue]) -> None:
    """Refuse what is no BUT, saying so."""
    kind = about.integer("type_parcours")
    counted = any(module.coefficients for ue in ues for module in ue.modules)
    if kind == BUT or (not kind and counted):
        return
    what = OTHERS.get(kind, "une formation d’un autre type")
    raise Unreadable(
        f"{quoted(about.text('acronyme'))} est {what} (type_parcours {kind or 'absent'}) et non un BUT "
        f"({BUT}){NBSP}: ses modules n’ont pas de coefficient par UE, elle ne se reprend pas ici."
    )


def _ue(index: int, node: _Node) -> Ue:
    modules = tuple(
        _module(module) for matter in node.children("matiere") for module in matter.children("module")
    )
    semester = node.integer("semestre_idx")
    if not 1 <= semester <= 6:
        semesters = {module.semester for module in modules}
        semester = semesters.pop() if len(semesters) == 1 else 0
    ects = node.number("ects")
    level = Level(
        node.text("apc_niveau_libelle"),
        _digit(node.text("apc_niveau_annee")),
        node.integer("apc_niveau_ordre"),
    )
    return Ue(
        index=index,
        acronym=node.text("acronyme") or f"UE {index + 1}",
        title=node.text("titre"),
        reference=node.text("reference") or node.text("ue_id") or node.text("id") or f"#{index}",
        rank=node.integer("numero"),
        kind=node.integer("type"),
        external=node.boolean("is_external"),
        semester=semester,
        ects=ects or None,
        rcue_weight=node.number("coef_rcue") or Decimal(1),
        parcours={
            parcours.text("code"): parcours.number("ects") or None for parcours in node.children("parcours")
        },
        level=level if level.label or level.order else None,
        modules=modules,
    )


def _module(node: _Node) -> Module:
    coefficients: dict[str, Decimal] = {}
    for row in node.children("coefficients"):
        if not (reference := row.text("ue_reference")):
            raise Unreadable(f"{row.place}, ue_reference{NBSP}: manque. {AGAIN}")
        number = row.number("coef")
        if coefficients.get(reference, number) != number:
            raise Unreadable(
                f"{node.place}{NBSP}: deux coefficients pour l’UE de référence {quoted(reference)}."
            )
        coefficients[reference] = number
    semester = node.integer("semestre_id")
    code = node.text("code")
    title = node.text("titre") or node.text("abbrev") or code
    if not code and coefficients:
        raise Unreadable(f"{node.place}, code{NBSP}: manque. {AGAIN}")
    return Module(
        code=code,
        title=title,
        abbreviation=node.text("abbrev"),
        kind=node.integer("module_type"),
        semester=semester if 1 <= semester <= 6 else 0,
        rank=node.integer("numero"),
        hours=(node.number("heures_cours"), node.number("heures_td"), node.number("heures_tp")),
        coefficients=coefficients,
        parcours=frozenset(parcours.text("code") for parcours in node.children("parcours")),
        skills=tuple(skill.text("code") for skill in node.children("app_critiques")),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """An object of the tree and its place, said when a field of it is not what it should be."""

    tree: Tree
    place: str

    def children(self, name: str) -> Iterator[_Node]:
        return (
            _Node(child, f"{self.place}, {_named(name, child, number)}")
            for number, child in enumerate(self.tree.get(name, []), start=1)
        )

    def text(self, field: str) -> str:
        return str(self.tree.get(field, ""))

    def number(self, field: str) -> Decimal:
        """A number of 0 or more; 0 where nothing is written."""
        number = self._number(field)
        if not 0 <= number <= LARGEST:
            raise Unreadable(
                f"{self.place}, {field}{NBSP}: {self.text(field)[:40]} n’est pas entre 0 et {LARGEST}. "
                "Le corriger dans ScoDoc, puis exporter de nouveau."
            )
        return number

    def integer(self, field: str) -> int:
        """A whole number, 0 where nothing is written; what has no meaning here (10⁶ for no semester) is 0."""
        number = self._number(field)
        return int(number) if 0 <= number <= LARGEST else 0

    def _number(self, field: str) -> Decimal:
        text = self.text(field) or "0"
        if not NUMBER.fullmatch(text):
            raise Unreadable(f"{self.place}, {field}{NBSP}: {quoted(text[:40])} n’est pas un nombre.")
        return Decimal(text.replace(",", "."))

    def boolean(self, field: str) -> bool:
        text = self.text(field).lower()
        if text not in TRUE + FALSE:
            raise Unreadable(f"{self.place}, {field}{NBSP}: {quoted(text[:40])} n’est ni 0 ni 1.")
        return text in TRUE


def _digit(text: str) -> int:
    """BUT2 → 2."""
    match = re.search(r"[1-3]$", text)
    return int(match[0]) if match else 0


def _walk(tree: Tree) -> Iterator[Tree]:
    """Every UE and module of a cleaned tree."""
    for ue in tree["ue"]:
        yield ue
        for matter in ue["matiere"]:
            yield from matter["module"]
