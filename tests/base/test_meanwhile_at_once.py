"""Two people who save a page at the same moment, each in a transaction of their own: one of them is told."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests.base.test_meanwhile import EDITS, Desk, make_world, typed

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = ("cohorts:groups", "grades:assessment_edit", "jury:motives", "jury:new_regulation", "jury:schedule")


@pytest.mark.parametrize("name", AT_ONCE)
def test_of_two_who_save_at_the_same_moment_one_is_told(name: str):
    world = make_world()
    edit = EDITS[name]
    desks = [Desk.of(name, world, 0), Desk.of(name, world, 1)]
    sent = [
        desk.open() | typed(said, world) for desk, said in zip(desks, (edit.theirs, edit.mine), strict=True)
    ]
    start, answers = threading.Barrier(2), [0, 0]

    def save(number: int) -> None:
        try:
            start.wait()
            answers[number] = desks[number].save(sent[number]).status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 302]
