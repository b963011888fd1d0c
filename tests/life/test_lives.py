"""Each life, as it is written in lives/, against what the site made of it."""

import pytest

from tests.life.lives import Life, read_lives

# django_db: the test database is made only when a test says that it needs one.
pytestmark = pytest.mark.django_db

LIVES = read_lives()


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_life(led, life: Life):
    """What each jury says, what is opposed to each enrolment, who is told of a change, the diplomas' days."""
    years = [(year.promotion, year.school_year) for year in life.years]

    assert {year: led.says(life.name, *year) for year in years} == {
        (year.promotion, year.school_year): dict(year.says) for year in life.years
    }
    assert [led.refused[life.name, year.school_year, year.promotion] for year in life.years] == [
        year.refused for year in life.years
    ]
    assert {then.on: led.told[life.name, then.on] for then in life.then} == {
        then.on: {jury: list(lines) for jury, lines in then.tells.items()} for then in life.then
    }
    assert led.diplomas(life.name) == life.diplomas


def test_a_motive_is_written_where_the_site_opposes_something():
    against = [(life.name, year) for life in LIVES for year in life.years if year.refused]

    assert [(name, year.motive != "") for name, year in against] == [(name, True) for name, _ in against]


def test_nothing_of_five_honest_years_is_taken_for_tampering(led):
    """With catch-ups, corrections, results from elsewhere, repeats granted, departures, bonus."""
    assert led.tampered == []
    assert [each.partition(" :")[0] for each in led.uncovered] == [
        "Mots de passe, noms et adresses des comptes"
    ]


def test_nobody_s_life_is_told_twice():
    names = [life.name for life in LIVES]

    assert len(names) == len(set(names)) > 60
