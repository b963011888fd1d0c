"""What the rules answer is told apart by what it is: their sentences are only for people to read."""

from dataclasses import replace

import pytest

from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.documents.letters.sentences import grounds
from jury.room.departures import departures
from jury.rules import Verdict
from tests.jury import snapshots

CORVAL = snapshots.PEOPLE[2][0]


def reworded(verdict: Verdict) -> Verdict:
    reasons = tuple(reason._replace(text=f"Raison {n}.") for n, reason in enumerate(verdict.reasons))
    return replace(verdict, reasons=reasons)


def test_a_sentence_reworded_changes_nothing_of_what_a_letter_and_the_room_give_as_grounds():
    proceedings = Proceedings.of_minutes(snapshots.minutes().content)

    def given(case: Case) -> list[object]:
        opposed = [departures(case, "year", "", code) for code in sorted(case.year_codes)]
        letter = grounds(proceedings, case)["reasons"]
        return [*([reason.kind for reason in each] for each in opposed), [each["article"] for each in letter]]

    for case in proceedings.cases:
        other = replace(case, verdict=reworded(case.verdict), proposal=reworded(case.proposal))
        assert given(other) == given(case), case.name


@pytest.mark.parametrize(
    ("regulation", "said"),
    [
        (
            {"repeats_total": 1},
            "Le redoublement n’est pas ouvert. Un semestre ne se redouble qu’une fois, et l’on en redouble 1 "
            "au plus, sauf force majeure.",
        ),
        (
            {"repeats_per_semester": 0},
            "Le redoublement n’est pas ouvert. Aucun semestre ne se redouble, sauf force majeure.",
        ),
    ],
)
def test_a_reglement_may_open_no_repeat_to_who_never_repeated(regulation, said):
    content = snapshots.minutes().content
    content["cohort"]["regulation"] = regulation
    for student in content["cohort"]["students"]:
        student["repeats"] = {}
    proceedings = Proceedings.of_minutes(content)

    assert grounds(proceedings, proceedings.case(CORVAL))["reasons"][0]["text"] == said
