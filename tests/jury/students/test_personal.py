"""What a purge erases and what it leaves; what a student's export holds; who sees it."""

from __future__ import annotations

import datetime
import io
import json
import os
import zipfile
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from butrt.base.documents.kept import RenderedPdf, keep
from butrt.base.journal.models import Entry
from butrt.base.workers.services import housekeeping
from grades.models import Mark, MarkChange
from jury.documents.kinds import MINUTES, TRANSCRIPT, WHOLE_SESSION
from jury.documents.source import DocumentSource
from jury.models import Result
from jury.students.personal.retention import purge
from tests.factories import make_user
from tests.journal import first_break
from tests.jury.world import all_at, close_world, make_world

pytestmark = pytest.mark.django_db
BEFORE, AFTER = datetime.date(2030, 8, 31), datetime.date(2030, 9, 1)  # 2024-2025, five years later


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_told)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_told():
    """Two students of whom all that a purge erases is recorded."""
    world = make_world({"DUPONT": all_at("14"), "MARTIN": all_at("12")})
    for mark in Mark.objects.all():
        MarkChange.objects.create(
            mark=mark, version=1, value=mark.value, by=mark.entered_by, at=mark.entered_at, origin="screen"
        )
    enrolment = world.enrolments["DUPONT"]
    enrolment.remark, enrolment.unjustified_absences = "Arrêt de travail.", 3
    enrolment.save()
    student = enrolment.student
    student.address, student.postal_code, student.city = "14 rue des Tanneurs", "00000", "Valbrume"
    student.save()
    return world


def test_marks_go_after_their_time_and_the_pv_stays(world):
    minutes = close_world(world)
    source = DocumentSource.of(world.session)
    pv, transcript = (
        MINUTES.render(source, WHOLE_SESSION),
        TRANSCRIPT.render(source, world.student("DUPONT").number),
    )
    results = Result.objects.count()
    shown = {each.category.key: each.rows for each in purge(do=False, today=AFTER)}

    assert shown == {
        "marks": {
            "modifications de notes": 8,
            "notes": 8,
            "bonus et malus": 0,
            "chiffres mis de côté": 0,
        },
        "about": {
            "absences et remarques": 1,
            "remarques des membres du jury": 0,
            "appréciations": 0,
            "photos": 0,
            "adresses postales": 1,
        },
    }
    assert "marks" not in {each.category.key for each in purge(do=True, today=BEFORE)}
    assert Mark.objects.count() == MarkChange.objects.count() == 8
    purge(do=True, today=AFTER)
    enrolment = world.enrolments["DUPONT"]
    enrolment.refresh_from_db()
    minutes.refresh_from_db()

    assert Mark.objects.count() == MarkChange.objects.count() == 0
    assert (enrolment.remark, enrolment.unjustified_absences) == ("", 0)
    assert enrolment.student.postal_address == ()
    assert (Result.objects.count(), bool(results)) == (results, True)
    again = DocumentSource.of(world.session)
    assert MINUTES.render(again, WHOLE_SESSION) == pv
    assert TRANSCRIPT.render(again, world.student("DUPONT").number) == transcript
    assert purge(do=True, today=AFTER) == []
    assert list(Entry.objects.filter(act="data.purge").values_list("details__category", flat=True)) == [
        "about",
        "marks",
    ]
    assert first_break() is None


def test_what_was_printed_goes_once_the_rest_is_erased(
    world, monkeypatch, django_capture_on_commit_callbacks
):
    close_world(world)
    forgotten = []
    monkeypatch.setattr(
        "jury.students.personal.retention.forget_printed", lambda: forgotten.append(Mark.objects.count())
    )
    with django_capture_on_commit_callbacks() as at_the_end:
        purge(do=True, today=AFTER)
    assert forgotten == []

    for forget in at_the_end:
        forget()

    assert forgotten == [0]


def test_another_machine_forgets_what_it_printed_before_the_erasing(world, settings, tmp_path):
    close_world(world)
    purge(do=True, today=AFTER)
    settings.DATA_DIR = tmp_path  # the other machine's
    for name in ("after", "before"):
        keep(name, RenderedPdf(f"%PDF {name}".encode(), 1, {}))
    before = Entry.objects.filter(act="data.purge").latest("at").at.timestamp() - 1
    os.utime(tmp_path / "imprimes" / "before", (before, before))

    housekeeping.send(sender=None)

    printed = tmp_path / "imprimes"
    assert {file.stat().st_ino for file in printed.iterdir()} == {(printed / "after").stat().st_ino}


def test_a_jury_not_closed_and_a_running_year_are_never_touched(world, settings, capsys):
    assert purge(do=False, today=datetime.date(2060, 1, 1)) == []
    close_world(world)
    settings.BUTRT_KEPT_YEARS = dict.fromkeys(settings.BUTRT_KEPT_YEARS, 0)
    assert purge(do=False, today=datetime.date(2025, 8, 31)) == []
    assert len(purge(do=False, today=datetime.date(2025, 9, 1))) == 2
    call_command("purge")
    assert "ajouter --do" in capsys.readouterr().out
    assert Mark.objects.count() == 8


def test_the_export_holds_everything_and_says_who_read(world, client):
    close_world(world)
    student, session = world.student("DUPONT"), world.session
    office = make_user("secretariat", department=session.department)
    client.force_login(office)
    client.get(reverse("jury:student_pdf", args=[session.pk, "releve", student.number]))
    page = client.get(reverse("personal:student", args=[student.pk])).content.decode()
    answer = client.post(reverse("personal:data", args=[student.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        names, whole = bundle.namelist(), json.loads(bundle.read("donnees.json"))
        html, marks = bundle.read("donnees.html").decode(), bundle.read("notes.csv").decode("utf-8-sig")

    assert "Relevé de notes, DUPONT Camille" in page
    assert names == [
        *("donnees.json", "donnees.html", "identite.csv", "inscriptions.csv", "redoublements.csv"),
        *("appreciations.csv", "bonus.csv", "notes.csv"),
        *("decisions.csv", "remarques.csv", "resultats.csv", "documents.csv", "envois.csv"),
        *("sessions.csv", "lectures.csv"),
    ]
    assert whole["identite"][5] == {"donnée": "INE", "valeur": student.ine}
    assert whole["inscriptions"][0]["remarque de la direction des études"] == "Arrêt de travail."
    assert [each["note"] for each in whole["notes"]] == ["14.00"] * 4
    assert len(whole["resultats"]) == Result.objects.filter(student=student).count() > 0
    assert [each["document"] for each in whole["documents"]] == ["Relevé de notes"]
    assert [(each["acte"], each["par"]) for each in whole["lectures"]] == [
        ("data.export", str(office)),
        ("document.read", str(office)),
    ]
    assert "MARTIN" not in json.dumps(whole, ensure_ascii=False)
    assert ("DUPONT" in html, marks.count("\n")) == (True, 5)
    assert Entry.objects.get(act="data.export").details == {"student": student.number}
