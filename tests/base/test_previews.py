"""What is kept between a preview and its act: for who sent it alone, a working day at most."""

from __future__ import annotations

import ast
import re

import pytest
from django.conf import settings
from django.utils import timezone

from butrt.base.previews import KEPT, MOST_KEPT, Gone, PlanChanged, given_back, keep
from grades.models import StudentFile
from tests.factories import make_cohort, make_user

SALT = "test"


def test_the_browser_gives_back_what_was_kept(db):
    by = make_user()

    assert (
        given_back(keep({"name": "notes.xlsx"}, salt=SALT, by=by), salt=SALT, by=by)["name"] == "notes.xlsx"
    )


def test_what_another_person_kept_or_another_page_is_gone(db):
    by, other = make_user(), make_user()
    token = keep({}, salt=SALT, by=by)

    for wrong in ({"token": token, "salt": SALT, "by": other}, {"token": token, "salt": "page", "by": by}):
        with pytest.raises(Gone):
            given_back(**wrong)


def test_after_a_working_day_it_is_gone(db, monkeypatch):
    by = make_user()
    token = keep({}, salt=SALT, by=by)
    later = timezone.now() + KEPT
    monkeypatch.setattr("django.core.signing.time.time", lambda: later.timestamp() + 1)

    with pytest.raises(Gone):
        given_back(token, salt=SALT, by=by)


def test_too_much_for_a_browser_is_refused(db):
    noise = {"rows": [str(hash((number, "x"))) for number in range(MOST_KEPT // 10)]}

    with pytest.raises(ValueError, match="trop"):
        keep(noise, salt=SALT, by=make_user(), too_much=ValueError("trop"))


def test_a_file_is_its_senders_replaced_and_forgotten(db):
    cohort, by = make_cohort(), make_user()
    about = {"cohort": cohort}
    StudentFile.objects.keep(by=by, data=b"one", name="un.csv", **about)
    StudentFile.objects.keep(by=by, data=b"two", name=f"{'x' * 200}.csv", **about)

    kept = StudentFile.objects.of(by, **about)

    assert (bytes(kept.data), kept.name[-5:], len(kept.name)) == (b"two", "x.csv", 100)
    assert StudentFile.objects.of(make_user(), **about) is None
    StudentFile.objects.update(sent_at=timezone.now() - KEPT * 2)
    assert StudentFile.objects.of(by, **about) is None
    assert not StudentFile.objects.exists()


def test_that_a_plan_changed_is_said_in_one_sentence():
    """Who raises it says at most what changed: the sentence, and what to do, are its own."""
    packages = ("butrt", "curriculum", "grades", "jury")
    said = [
        (path.name, ast.unparse(node))
        for package in packages
        for path in (settings.BASE_DIR / package).rglob("*.py")
        if "PlanChanged" in (source := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Raise) and "PlanChanged" in ast.unparse(node)
    ]

    assert len(said) >= 8
    assert [each for each in said if re.search("[\"']", each[1])] == []
    assert str(PlanChanged("Le groupe")) == "Le groupe a changé entre-temps\xa0: relire, puis confirmer."
