"""Documents from outside are opened in a child that the kernel ends: time, processor, memory, places."""

from __future__ import annotations

import io
import os
import pickle
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand
from django.test import Client
from django.urls import reverse

from butrt.base.outside import PEOPLE, STRANGERS, Busy, nursery, places, waiting_with
from butrt.base.outside.plain import dumps, loads
from jury.rules.following import Step
from tests.base.outside import hostile
from tests.factories import make_user

QUEUE = replace(STRANGERS, name="essai", patience=0.3, waiting=threading.Lock())


def test_a_call_is_done_by_another_process_and_answers_plain_values():
    child, said = hostile.whoami("1 é")

    assert child != os.getpid()
    assert said == "1 é"
    with pytest.raises(hostile.Refused, match=r"^Non\.$"):
        hostile.whoami("refuse")


@pytest.mark.parametrize(
    "spend", [hostile.spin, hostile.sleep, hostile.swallow, hostile.tell_at_length, hostile.crash]
)
def test_what_spends_too_much_is_ended_and_refused_in_french(spend):
    began = time.monotonic()
    with pytest.raises(hostile.Refused, match="son examen a été arrêté"):
        spend()

    assert time.monotonic() - began < 20
    assert hostile.whoami("next")[1] == "next"


def test_an_answer_is_never_a_function_to_call():
    """Whoever took hold of the child answers what they like."""
    with pytest.raises(pickle.UnpicklingError, match="no plain value"):
        hostile.answer_with_a_function()
    for forged in (os.system, eval, places.waiting_with, pickle.loads):
        with pytest.raises(pickle.UnpicklingError):
            loads(pickle.dumps(forged))


def test_a_member_of_an_enumeration_comes_back_as_itself():
    """Python 3.11.2, that of Debian 12, writes one as a call of `getattr`."""
    assert loads(dumps({"state": Step.REPEATS})) == {"state": Step.REPEATS}


def test_the_child_has_no_database():
    with pytest.raises(ImproperlyConfigured):
        hostile.ask_the_database()


def test_a_nursery_that_was_killed_is_started_again():
    hostile.whoami("first")
    started = nursery._started
    assert started is not None
    os.kill(started[1].pid, signal.SIGKILL)
    started[1].wait()

    assert hostile.whoami("again")[1] == "again"


# ---------- places ----------


def test_who_finds_no_place_is_told_and_keeps_nobody_else_waiting(settings):
    """Both places of strangers taken, 24 more come: none is examined, and a teacher is at once."""
    settings.BUTRT_EXAMINED_FOR_ALL = 2
    told: Counter[str] = Counter()

    def ask() -> None:
        with waiting_with(QUEUE):
            try:
                hostile.whoami("one more")
            except Busy as busy:
                told[str(busy)] += 1

    with waiting_with(QUEUE), places.place(), places.place():
        threads = [threading.Thread(target=ask) for _ in range(24)]
        for each in threads:
            each.start()
        with waiting_with(PEOPLE):
            assert hostile.whoami("a teacher")[1] == "a teacher"
        for each in threads:
            each.join()

    assert told == {"Trop de fichiers sont examinés en ce moment : réessayer dans un instant.": 24}


def test_one_thread_of_a_process_waits_the_others_serve_pages(settings):
    settings.BUTRT_EXAMINED_FOR_ALL = 0
    queue = replace(QUEUE, name="long", patience=3600, waiting=threading.Lock())
    with queue.waiting, waiting_with(queue), pytest.raises(Busy):
        hostile.whoami("would wait an hour")


def test_a_place_given_back_is_taken_by_who_waits(settings):
    settings.BUTRT_EXAMINED_FOR_ALL = 1
    queue = replace(QUEUE, name="attente", patience=5, waiting=threading.Lock())
    hostile.whoami("warm")

    def first() -> None:
        with waiting_with(queue):
            hostile.linger()

    thread = threading.Thread(target=first)
    thread.start()
    time.sleep(0.1)
    with waiting_with(queue):
        assert hostile.whoami("second")[1] == "second"
    thread.join()


class Command(BaseCommand):
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        hostile.whoami("a file given to a command")


def test_a_command_that_finds_no_place_says_so_and_ends(settings, capsys):
    """No traceback; the exit code by which a script knows to try again later."""
    settings.BUTRT_EXAMINED = 0
    with waiting_with(replace(PEOPLE, patience=0.1)), pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "read"])

    assert ended.value.code == os.EX_TEMPFAIL
    assert "réessayer dans un instant" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_site_answers_while_strangers_take_every_place(client: Client, settings):
    """Sign-in and a teacher's workbook go on; the page open to all says 503, politely and at once."""
    settings.BUTRT_EXAMINED_FOR_ALL = 1
    teacher = make_user("teacher")
    teacher.set_password("un mot de passe long")
    teacher.save()
    cache.clear()
    with waiting_with(STRANGERS), places.place():
        answer = client.post(reverse("verify:verify"), {"file": io.BytesIO(b"%PDF-1.7")})
        signing_in = {"username": teacher.username, "password": "un mot de passe long"}
        signed_in = client.post(reverse("login"), signing_in)
        with waiting_with(PEOPLE):
            hostile.whoami("a workbook")

    assert answer.status_code == 503
    assert "réessayer dans un instant" in answer.content.decode()
    assert signed_in.status_code == 302


@pytest.mark.django_db
def test_a_page_that_finds_no_place_says_so(client: Client, settings):
    settings.BUTRT_EXAMINED = 0
    client.force_login(make_user("administrator"), backend="django.contrib.auth.backends.ModelBackend")
    file = SimpleUploadedFile("r.xml", b"<referentiel_competence/>")
    with waiting_with(replace(PEOPLE, patience=0.1)):
        answer = client.post(reverse("curriculum:bring_referential"), {"file": file})

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Réessayez dans un instant" in answer.content.decode()
