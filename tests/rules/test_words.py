"""Codes in words, comparisons in words, and an engine that needs nothing around it."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from jury.rules import Check, Code, family, sign, words
from jury.rules.codes import FACTS, RCUE_CODES, STATUSES, UNIT_CODES, YEAR_CODES, year_codes
from jury.rules.numbers import french
from jury.rules.reasons import COMPENSATION, counted, listed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("code", "about", "gender", "expected"),
    [
        (Code.ADM, "unit", "M", "acquise"),
        (Code.ADM, "year", "M", "admis"),
        (Code.ADM, "year", "F", "admise"),
        (Code.ADM, "year", "X", "admis·e"),
        (Code.CMP, "rcue", "X", "acquise par compensation"),
        (Code.NAR, "year", "F", "ajournée, ne peut pas redoubler"),
        (Code.DEF, "year", "F", "défaillante"),
        (Code.DEF, "year", "X", "défaillant·e"),
        (Code.PASD, "year", "X", "passe de droit"),
        (None, "year", "F", "À décider"),
    ],
)
def test_words(code, about, gender, expected):
    assert words(code, about, gender) == expected


@pytest.mark.parametrize(
    ("about", "codes"), [("unit", UNIT_CODES), ("rcue", RCUE_CODES), ("year", YEAR_CODES)]
)
def test_every_code_has_words_a_sign_and_a_colour(about, codes):
    for code in (*codes, None):
        assert words(code, about)
        assert len(sign(code)) == 1
        assert family(code) in {"green", "blue", "violet", "rust", "slate", "gold"}


def test_def_is_no_fact_and_but3_has_no_year_above():
    assert {Code.DEF} == STATUSES - FACTS
    assert year_codes(1) == year_codes(2) == YEAR_CODES
    assert YEAR_CODES - year_codes(3) == {Code.PASD, Code.PAS1NCI}


def test_a_code_has_no_words_where_it_does_not_exist():
    with pytest.raises(KeyError):
        words(Code.PASD, "unit")


@pytest.mark.parametrize(
    ("value", "holds", "told"),
    [("9.98", False, "9,98 < 10"), ("10.00", True, "10,00 ≥ 10")],
)
def test_a_comparison_decides_and_tells(value, holds, told):
    check = Check(Decimal(value), Decimal(10), COMPENSATION)

    assert check.holds is holds
    assert str(check).replace("\N{NO-BREAK SPACE}", " ") == told


def test_no_comparison_without_its_article():
    with pytest.raises(TypeError, match="article"):
        Check(Decimal(10), Decimal(10))


def test_numbers_and_lists_in_french():
    assert [french(Decimal("10.00")), french(Decimal(10)), french(3)] == ["10,00", "10", "3"]
    assert listed(["UE35", "UE45", "UE12"]) == "UE35, UE45 et UE12"
    assert listed([]) == ""
    assert counted(0, "compétence", "compétences") == "Aucune compétence"


def test_the_rules_need_neither_django_nor_a_file_nor_a_clock():
    code = (
        "import sys, jury.rules, jury.cases.cohortfile; "
        "print([m for m in ('django', 'datetime', 'time_', 'random', 'pathlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
