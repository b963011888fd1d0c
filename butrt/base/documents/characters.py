"""What the fonts of the documents can print: a character that they lack, in words, and what to write."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from fontTools.ttLib import TTFont

from butrt.base.french import first, plural
from butrt.base.words import plain_letters

# The last family of every text, in every weight (a test holds them equal): what it lacks cannot be printed.
EVERY_CHARACTER = Path(__file__).resolve().parents[3] / "static" / "fonts" / "jury-sans-400.woff2"
MOST_TOLD = 3
LONGEST_PROPOSED = 300
SEEN_BEFORE = 25

BULLET, BOX, TICKED, TICK, CROSS, ARROW = "-", "[ ]", "[x]", "✓", "✗", "→"
LOST = "\ufffd"  # what a conversion writes for a character that it could not read
VARIANTS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
JOINING = VARIANTS | frozenset(map(chr, (0x200D, *range(0xE0020, 0xE0080))))
# Word writes its bullets and its boxes in a font of symbols, at these places of its own.
WORD = {
    0xF06E: BULLET, 0xF06F: BOX, 0xF071: BOX, 0xF072: BOX, 0xF076: BULLET, 0xF077: BULLET, 0xF0A7: BULLET,
    0xF0A8: BOX, 0xF0B7: BULLET, 0xF0D8: BULLET, 0xF0E0: ARROW, 0xF0E8: ARROW, 0xF0FB: CROSS, 0xF0FC: TICK,
    0xF0FD: TICKED, 0xF0FE: TICKED, 0xF02D: BULLET,
}  # fmt: skip
WORD_KINDS = {
    BULLET: "puce de Word", BOX: "case de Word", TICKED: "case cochée de Word", ARROW: "flèche de Word",
}  # fmt: skip
SYMBOLS = {
    "☐": BOX, "☑": TICKED, "☒": TICKED, "✔": TICK, "✅": TICK, "✘": CROSS, "❌": CROSS, "✖": CROSS,
    "➢": BULLET, "➤": BULLET, "⮚": BULLET, "❖": BULLET, "⁃": BULLET, "⦁": BULLET, "∙": BULLET, "➔": ARROW,
    "➜": ARROW, "➡": ARROW, "⟶": ARROW, "⇨": ARROW, "\v": "\n", "\x1c": "\n", "\x1d": "\n", "\x1e": "\n",
    "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n",
}  # fmt: skip
SCRIPTS = {
    "ARABIC": "lettre arabe", "HEBREW": "lettre hébraïque", "CJK": "idéogramme",
    "HIRAGANA": "lettre japonaise", "KATAKANA": "lettre japonaise", "HANGUL": "lettre coréenne",
    "THAI": "lettre thaïe", "LAO": "lettre lao", "KHMER": "lettre khmère", "MYANMAR": "lettre birmane",
    "DEVANAGARI": "lettre indienne", "BENGALI": "lettre bengalie", "TAMIL": "lettre tamoule",
    "TELUGU": "lettre télougoue", "GUJARATI": "lettre gujaratie", "SINHALA": "lettre singhalaise",
    "ARMENIAN": "lettre arménienne", "GEORGIAN": "lettre géorgienne", "ETHIOPIC": "lettre éthiopienne",
    "TIBETAN": "lettre tibétaine", "MONGOLIAN": "lettre mongole", "TIFINAGH": "lettre tifinagh",
    "SYRIAC": "lettre syriaque", "COPTIC": "lettre copte", "GREEK": "lettre grecque rare",
    "CYRILLIC": "lettre cyrillique rare", "LATIN": "lettre latine rare",
}  # fmt: skip


@cache
def printable() -> frozenset[str]:
    """Every character that a document may hold."""
    with TTFont(EVERY_CHARACTER, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap())) | frozenset("\t\n\r\f")


def unprintable(text: str) -> list[str]:
    """The characters of a text that no document can print, each once, in their order."""
    composed = unicodedata.normalize("NFC", text)
    return [character for character in dict.fromkeys(composed) if character not in printable()]


def named(characters: str) -> str:
    """Characters that follow each other, in plain French: "emoji 😀 (U+1F600)", "puce de Word (U+F0B7)"."""
    kind = _kind(characters[0])
    seen = characters if characters.isprintable() and unicodedata.category(characters[0])[0] in "LNPS" else ""
    return f"{kind} {seen} ({_codes(characters)})" if seen else f"{kind} ({_codes(characters)})"


def _codes(characters: str) -> str:
    codes = ", ".join(f"U+{ord(character):04X}" for character in characters[:MOST_TOLD])
    return f"{codes}…" if len(characters) > MOST_TOLD else codes


def _kind(character: str) -> str:
    """What sort of thing a character is."""
    code, category = ord(character), unicodedata.category(character)
    if code in WORD:
        return WORD_KINDS.get(WORD[code], "signe de Word")
    if 0xF000 <= code <= 0xF0FF:
        return "symbole de Word"
    if character == LOST:
        return "caractère perdu dans une conversion"
    if category == "Co":
        return "symbole d’une police particulière"
    if category[0] == "C" or category in ("Zl", "Zp") or character in VARIANTS:
        return "caractère invisible"
    if category[0] == "M":
        return "accent séparé de sa lettre"
    if category[0] == "Z":
        return "espace particulier"
    if SYMBOLS.get(character) in (BOX, TICKED):
        return "case à cocher"
    if category in ("So", "Sk") and (code >= 0x1F000 or 0x2600 <= code <= 0x27BF):
        return "emoji"
    if category[0] == "L":
        word = unicodedata.name(character, "").split(" ")[0].split("-")[0]
        return SCRIPTS.get(word, "lettre d’une autre écriture")
    return "signe"


def replacement(character: str) -> str | None:
    """What to write instead of an unprintable character, "" to take it out; None: a person must say."""
    category = unicodedata.category(character)
    if (known := WORD.get(ord(character)) or SYMBOLS.get(character)) is not None:
        return known
    if character == LOST or category == "Co":
        return None
    if category[0] in "CM" or _kind(character) == "emoji":
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    # "ﬁ" → "fi", "①" → "1", a letter with an accent that the fonts lack → the letter.
    usual = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", character))
    return next(
        (form for form in (usual, plain_letters(character)) if form and printable().issuperset(form)), None
    )


def printable_form(text: str) -> str | None:
    """A text with everything unprintable replaced; None when a person must say by what."""
    replacements = {character: replacement(character) for character in unprintable(text)}
    if None in replacements.values():
        return None
    return _replaced(text, {character: instead or "" for character, instead in replacements.items()})


def bracketed(text: str, has: frozenset[str] | None = None) -> str:
    """A text that prints: what the fonts lack is replaced by its name, "[emoji U+1F600]".

    `has`: the characters of another font than the documents'.
    """
    known = printable() if has is None else has
    if known.issuperset(text):
        return text
    return "".join(
        run if run[0] in known else f"[{_kind(run[0])} {_codes(run)}]" for run in _runs(text, known)
    )


def _runs(text: str, known: frozenset[str]) -> Iterator[str]:
    """The pieces of a text: what prints, and each suite of one kind that does not."""
    run, kind = "", ""
    for character in unicodedata.normalize("NFC", text):
        own = "" if character in known else _kind(character)
        if kind == "emoji" and character in JOINING:
            own = kind
        if run and own != kind:
            yield run
            run = ""
        run, kind = run + character, own
    if run:
        yield run


def _replaced(text: str, by: dict[str, str]) -> str:
    composed = unicodedata.normalize("NFC", text)
    return composed.translate({ord(character): instead for character, instead in by.items()})


@dataclass(frozen=True, slots=True)
class Unprintable:
    """Characters of one kind that the documents cannot print, and the text just before them."""

    characters: str
    before: str

    def __str__(self) -> str:
        where = f"après « {self.before} »" if self.before else "au début"
        return f"{named(self.characters)}, {where} ({self.remedy})"

    @property
    def remedy(self) -> str:
        """What to do, in plain words."""
        instead = printable_form(self.characters)
        if instead is None:
            letter = unicodedata.category(self.characters[0])[0] == "L"
            return "le transcrire en lettres latines" if letter else "le retirer, ou le dire en mots"
        if not instead:
            return "le retirer"
        return "aller à la ligne" if "\n" in instead else f"écrire « {instead} » à la place"


def unprintable_runs(text: str) -> Iterator[Unprintable]:
    """Each suite of characters of a text that cannot be printed, once, with what comes before it."""
    before, seen = "", set()
    for run in _runs(text, printable()):
        if run[0] in printable():
            before += run
        elif run not in seen:
            seen.add(run)
            line = " ".join(before.split())
            yield Unprintable(run, f"…{line[-SEEN_BEFORE:]}" if len(line) > SEEN_BEFORE else line)


def refusal(text: str, label: str = "") -> str:
    """Why a text is refused: the field, each character, where it stands, what to write. "" when it prints."""
    if printable().issuperset(text) or not (faults := list(unprintable_runs(text))):
        return ""
    listed = " ; ".join(first([*map(str, faults)], MOST_TOLD))
    prefix = f"{label[:1].upper()}{label[1:]} : " if label else ""
    which = plural(len(faults), "un caractère ne s’imprime", "des caractères ne s’impriment")
    sentence = f"{prefix}{which} pas dans les documents, {listed}."
    proposed = printable_form(text)
    if proposed is None or len(proposed) > LONGEST_PROPOSED or not proposed.strip():
        return sentence
    return f"{sentence} Texte proposé : « {' '.join(proposed.split())} »."


def check_printable(text: str, label: str = "") -> None:
    """A validator: raises ValidationError for a text that a document could not print."""
    if sentence := refusal(text, label):
        raise ValidationError(sentence, code="unprintable")


def note_of(replaced: Iterable[str]) -> str:
    """What a document says of what it had to replace; `replaced` holds the characters."""
    names = ", ".join(dict.fromkeys(f"{_kind(character)} U+{ord(character):04X}" for character in replaced))
    return (
        "Ce document contient des caractères que ses polices ne savent pas imprimer : "
        f"leur nom y est écrit entre crochets ({names})."
    )
