"""Passwords that anybody would try here: those made of the words of the place."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from butrt.base.accounts.models import User, departments_of
from butrt.base.words import plain_letters

# Beside these: the site's address, the names of the person's departments. butrt/ASVS.md says so.
WORDS = (
    *("butrt", "bachelor", "universite", "institut", "departement", "iut", "but"),
    *("jury", "jurys", "notes", "releve", "scolarite", "secretariat", "presidence", "administration"),
    *("enseignant", "enseignante", "etudiant", "etudiante", "directeur", "directrice", "president"),
    *("motdepasse", "password", "bonjour", "bienvenue", "soleil", "azerty", "qwerty"),
)
LEAST = 6  # letters that are of no such word
SHORTEST = 3  # letters of a word: "de" is none


class OursAreNone:
    """A password validator: once the words of the place are taken out, something has to remain."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        written = _letters(password)
        rest = written
        for word in sorted(_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < min(LEAST, len(written)):
            raise ValidationError(self.get_help_text(), code="password_of_the_place")

    def get_help_text(self) -> str:
        return (
            "Votre mot de passe ne peut pas être fait des seuls mots d’ici : le site, le département, "
            "l’établissement, les fonctions."
        )


def _letters(text: str) -> str:
    """ "IUT-Élancourt 2026" → "iutelancourt"."""
    return re.sub(r"[^a-z]", "", plain_letters(text).lower())


def _words(user: AbstractBaseUser | None) -> set[str]:
    theirs = departments_of(user.departments_as()) if isinstance(user, User) and user.pk else ()
    texts = [*map(str, theirs), *settings.ALLOWED_HOSTS]
    words = {_letters(word) for text in texts for word in re.split(r"\W+", text)}
    return {*WORDS, *(word for word in words if len(word) >= SHORTEST)}
