"""What the label of an element of Apogée says: whole words and whole codes, never a piece of one. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

SEMESTER = re.compile(
    r"\bs([1-6])\b|\bsem(?:estre)? ?([1-6])\b|\b([1-6])(?:er?|eme|ieme|nd)? ?sem(?:estre)?\b"
)
YEAR = re.compile(r"\bbut ?([1-3])\b|\bannee ([1-3])\b|\b([1-3])(?:e|eme|ieme|er?e|nde)? annee\b")
RCUE = re.compile(r"\brcue ?\d*\b|\bbcc?\b")
LEVEL = re.compile(r"\bniv(?:eau)? ?([1-3])\b|\b([1-3])(?:e|er|eme) niveau\b")
UNIT = re.compile(r"\bue(?![a-z])")
# What a label adds without saying anything of what the element is.
FILLERS = frozenset(
    {
        *("a", "au", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "pour"),
        *("but", "dut", "iut", "bachelor", "universitaire", "technologie", "diplome", "ects"),
        *("an", "annee", "formation", "initiale", "apprentissage", "fa", "fc", "fi", "parcours"),
        *("resultat", "specialite", "total", "validation"),
    }
)
SHORTEST_CUT = 3  # letters: "dev" may be a word cut by Apogée, "de" is a word


def bare(text: str) -> str:
    """In small letters without accents, the points of codes kept, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return re.sub(r"[^a-z0-9.]+", " ", plain.encode("ascii", "ignore").decode()).strip()


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", bare(text))


def digits_of(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@dataclass(frozen=True)
class Label:
    """The code and the words of an element, without the code that comes before them."""

    code: str
    text: str  # bare

    @classmethod
    def of(cls, code: str, label: str) -> Label:
        before, dash, after = label.partition(" - ")
        return cls(bare(code), bare(after if dash and before.strip().upper() == code.upper() else label))

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def semesters(self) -> frozenset[int]:
        """The semesters that it names."""
        return _numbers(SEMESTER, self.text)

    @cached_property
    def years(self) -> frozenset[int]:
        return _numbers(YEAR, self.text)

    @cached_property
    def levels(self) -> frozenset[int]:
        return _numbers(LEVEL, self.text)

    @property
    def says_rcue(self) -> bool:
        return RCUE.search(self.text) is not None

    @property
    def may_be_rcue(self) -> bool:
        """Whether it says so, or a niveau of neither a UE nor a semester."""
        return self.says_rcue or bool(self.levels and not self.semesters and not UNIT.search(self.text))

    def names(self, name: str) -> bool:
        """Whether a code of ours stands whole in the label: UE3.1, UE 3.1 and ue31 are one."""
        return re.search(rf"(?<![a-z0-9.]){_spelt(name)}(?!\.?[a-z0-9])", self.text) is not None

    def is_coded(self, name: str) -> bool:
        """Whether the code of Apogée is ours behind the letters of the site: VRTUE31, 7WR301."""
        return re.fullmatch(rf"[0-9]?[a-z]*{''.join(words_of(name))}", self.code) is not None

    def says_only(self, name: str) -> bool:
        """Whether it says that and nothing more, its semester apart."""
        wanted = "".join(words_of(SEMESTER.sub(" ", bare(name))))
        return bool(wanted) and "".join(self._without_semester) == wanted

    def says_nothing_but(self, known: Collection[str]) -> bool:
        """Whether, its semester and its year apart, it has no words but those of the programme."""
        rest = words_of(YEAR.sub(" ", SEMESTER.sub(" ", self.text)))
        return all(
            word in FILLERS or re.fullmatch(r"20\d\d", word) or any(_is_cut(word, whole) for whole in known)
            for word in rest
        )

    def has(self, title: str) -> bool:
        """Whether a title stands whole in it."""
        wanted = " ".join(words_of(title))
        return bool(wanted) and f" {wanted} " in f" {' '.join(self.words)} "

    def begins_with(self, title: str) -> bool:
        wanted = words_of(title)
        return bool(wanted) and self._about[: len(wanted)] == wanted

    def abridges(self, title: str) -> bool:
        """Whether all its words are of a title, in its order, cut or not: "Co-concevoir réponse S4"."""
        own = [word for word in self._about if word not in FILLERS]
        if not own or max(map(len, own)) <= SHORTEST_CUT:
            return False
        words = iter(words_of(title))
        return all(any(_is_cut(word, whole) for whole in words) for word in own)

    @cached_property
    def _without_semester(self) -> list[str]:
        return words_of(SEMESTER.sub(" ", self.text))

    @cached_property
    def _about(self) -> list[str]:
        """What it is about: its words without the semester and the word UE."""
        return [word for word in self._without_semester if word != "ue"]


def is_a_code(name: str) -> bool:
    """Whether a name is a code, recognisable among words (UE31, R3.01), and no word (Portfolio, Stage S4)."""
    rest = SEMESTER.sub(" ", bare(name))
    return any(map(str.isdigit, rest)) and any(map(str.isalpha, bare(name)))


def _numbers(pattern: re.Pattern[str], text: str) -> frozenset[int]:
    return frozenset(int(number) for match in pattern.findall(text) for number in match if number)


def _spelt(name: str) -> str:
    """A code, however its letters and digits are parted."""
    return "[ .]?".join("".join(words_of(name)))


def _is_cut(word: str, whole: str) -> bool:
    return word == whole or (len(word) >= SHORTEST_CUT and whole.startswith(word))
