"""Every rule, by its cases (`cases/*.toml`), and the page that prints them."""

import pytest

from jury.cases.cohortdecisions import decide_object

from .book import README, cohort_of, page, read_book, seen_in

CASES = [case for _, _, cases in read_book() for case in cases]


def decisions_of(case):
    return decide_object(cohort_of(case))["students"][0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["nom"])
def test_case(case):
    decisions = decisions_of(case)

    assert seen_in(decisions, case["attendu"]) == case["attendu"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["nom"])
def test_the_explanation_gives_the_article_and_the_numbers(case):
    reasons = decisions_of(case)["reasons"]
    told = "\n".join(reason["text"].replace("\N{NO-BREAK SPACE}", " ") for reason in reasons)

    assert case["article"] in {reason["article"] for reason in reasons}
    for words in case.get("dit", []):
        assert words in told
    for words in case.get("tait", []):
        assert words not in told


def test_the_names_of_the_cases_are_different():
    names = [case["nom"] for case in CASES]

    assert sorted(names) == sorted(set(names))


def test_the_printed_page_is_up_to_date():
    assert README.read_text() == page(), "lancer : python -m tests.rules.book"
