"""Sessions that end, pages that no browser keeps, passwords long enough."""

from __future__ import annotations

from datetime import timedelta
from time import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from butrt.base.accounts import sessions
from butrt.base.workers.services import clean
from jury.management.demo import PASSWORD
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(make_user("director"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def back_dated(client: Client, **seconds: int) -> Client:
    """A client whose session began, was used, so many seconds ago."""
    session = client.session
    for name, ago in seconds.items():
        session[name] = int(time()) - ago
    session.save()
    return client


@pytest.mark.parametrize(
    ("began", "seen", "answer"),
    [
        (59 * MINUTE, 59 * MINUTE, 200),
        (61 * MINUTE, 61 * MINUTE, 302),
        (11 * HOUR, MINUTE, 200),
        (12 * HOUR + MINUTE, MINUTE, 302),
        (-30, -30, 200),
        (-HOUR, -HOUR, 302),
    ],
)
def test_a_session_ends_after_an_idle_hour_and_twelve_in_all(signed_in, began, seen, answer):
    back_dated(signed_in, began=began, seen=seen)

    assert signed_in.get(reverse("jury:sessions")).status_code == answer
    assert ("_auth_user_id" in signed_in.session) == (answer == 200)


def test_being_there_makes_it_last_a_page_left_open_does_not(signed_in):
    back_dated(signed_in, began=2 * HOUR, seen=50 * MINUTE)
    signed_in.get(reverse("jury:live", args=[1]))
    left_open = time() - signed_in.session[sessions.SEEN]
    signed_in.get(reverse("home"))

    assert left_open > 49 * MINUTE
    assert time() - signed_in.session[sessions.SEEN] < MINUTE


def test_a_script_is_told_that_it_is_over(signed_in):
    back_dated(signed_in, seen=2 * HOUR)

    assert signed_in.get(reverse("home"), headers={"X-Requested-With": "fetch"}).status_code == 401


def test_the_idle_time_is_a_setting(signed_in, settings):
    settings.BUTRT_SESSION_IDLE = timedelta(minutes=5)
    back_dated(signed_in, seen=6 * MINUTE)

    assert signed_in.get(reverse("home")).status_code == 302


@pytest.mark.parametrize("address", ["home", "jury:sessions", "cohorts:cohorts", "verify:verify", "account"])
def test_no_browser_keeps_a_page_of_someone_signed_in(signed_in, address):
    assert signed_in.get(reverse(address))["Cache-Control"] == "private, no-store"


def test_signing_out_has_the_browser_forget(signed_in):
    answer = signed_in.post(reverse("logout"))

    assert answer["Clear-Site-Data"] == '"cache"'
    assert signed_in.get(reverse("home")).status_code == 302


def test_the_workers_remove_the_sessions_that_ended(signed_in):
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    clean()

    assert not Session.objects.exists()


def test_a_password_has_twelve_characters():
    with pytest.raises(ValidationError):
        validate_password("brume-sur-9")
    validate_password("brume-sur-99")
    validate_password(PASSWORD)  # that of the demonstration
