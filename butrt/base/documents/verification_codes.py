"""The code that each document given out bears, by which anyone asks what it is."""

from django.utils.crypto import get_random_string

# Crockford's alphabet: no O to take for a zero, no I nor L to take for a one. 20 of these are 100 bits.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """A code that nobody can guess: "7Q4M-X2KD-9RTF-0HMZ-K3VD"."""
    return in_fours(get_random_string(LENGTH, LETTERS), "-")


def as_written(text: str) -> str:
    """A code as documents bear it, from what a person typed: "7q4mx2kd…" → "7Q4M-X2KD-…"."""
    return in_fours("".join(letter for letter in text.upper().translate(MISREAD) if letter in LETTERS), "-")


def in_fours(letters: str, separator: str = " ") -> str:
    """Letters in groups of four, as an eye follows them."""
    return separator.join(letters[start : start + 4] for start in range(0, len(letters), 4))
