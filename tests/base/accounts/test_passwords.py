"""What a password may be: anything long enough that nobody here would try."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password",
    ["Jury-IUT-2026!", "secretariat-2026", "MotDePasse2026", "Élancourt-IUT-26", "butrt.butrt.butrt"],
)
def test_the_words_of_the_place_make_no_password(password: str):
    person = make_user("secretariat", department=make_department(institute="IUT d’Élancourt"))

    with pytest.raises(ValidationError, match="mots d’ici"):
        validate_password(password, person)


@pytest.mark.parametrize(
    "password",
    [
        *("497261830572", "!?;:,%$*()-_", "x" * 4 + "é" * 60, "  deux espaces  "),
        *("le jury du chat gris", "Élancourt-brume-lente"),
    ],
)
def test_whatever_it_is_made_of(password: str):
    person = make_user("secretariat", department=make_department(institute="IUT d’Élancourt"))

    validate_password(password, person)
