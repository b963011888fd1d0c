"""People choose their own password by a link sent to them alone; what changes of their account is told."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from butrt.base.accounts.invitations import Outcome, invite, lifetime
from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import create_token, save_account, set_roles
from butrt.base.journal.models import Entry
from curriculum.models import Department
from grades.accounts import close_account, open_account, renew_password
from grades.models import Student
from tests.factories import make_department, make_student, make_user
from tests.pages import shown

pytestmark = pytest.mark.django_db

MODEL = "django.contrib.auth.backends.ModelBackend"
NEW = "un-nouveau-mot-de-passe-9"


@pytest.fixture
def department() -> Department:
    return make_department()


@pytest.fixture
def administrator(department: Department) -> User:
    return make_user("administrator", department=department, first_name="Alix", last_name="Kermadec")


@pytest.fixture
def president(department: Department) -> User:
    return make_user("president", department=department, email="b.vaucresson@iut.example", password="ancien")


@pytest.fixture
def page(administrator: User, client: Client) -> Client:
    client.force_login(administrator, backend=MODEL)
    return client


def as_sent(user: User, **changes: Any) -> dict[str, Any]:
    """What the page of an account sends."""
    kept = {name: getattr(user, name) for name in ("username", "first_name", "last_name", "quality", "email")}
    roles = list(user.roles.values_list("role", flat=True))
    return kept | {"is_active": "on", "roles": roles} | changes


def link_in(message: Any) -> str:
    (found,) = re.findall(r"http://127.0.0.1:8000(/connexion/lien/\S+)", message.body)
    return found


# ---------- nobody chooses the password of another ----------


def test_an_administrator_gives_no_password(page: Client, president: User):
    """The attack: to become the president by setting their password."""
    address = reverse("accounts:person", args=[president.pk])
    page.post(address, as_sent(president, password=NEW) | shown(page, address))

    assert not User.objects.get(pk=president.pk).check_password(NEW)
    assert User.objects.get(pk=president.pk).check_password("ancien")


@pytest.mark.parametrize(("days", "sent"), [(2, []), (4, ["alix@iut.example"])])
def test_nor_takes_the_account_with_its_address(page: Client, president: User, days: int, sent: list[str]):
    """The attack: to give one's own address, then to send the link there."""
    address = reverse("accounts:person", args=[president.pk])
    page.post(address, as_sent(president, email="alix@iut.example") | shown(page, address))
    changed = timezone.now() - timedelta(days=days)
    Entry.objects.filter(act="account.change").update(at=changed)
    mail.outbox.clear()
    told = page.post(reverse("accounts:invite", args=[president.pk]), follow=True).content.decode()

    assert [to for message in mail.outbox for to in message.to] == sent
    assert ("son courriel a changé il y a moins de trois jours" in told) == (not sent)


def test_the_address_of_who_has_no_password_yet_is_corrected_at_once(page: Client, president: User):
    president.set_unusable_password()
    president.save()
    address = reverse("accounts:person", args=[president.pk])
    page.post(address, as_sent(president, email="b@iut.example") | shown(page, address))
    mail.outbox.clear()
    page.post(reverse("accounts:invite", args=[president.pk]))

    assert [message.to for message in mail.outbox] == [["b@iut.example"]]


def test_a_new_account_has_no_password_and_its_person_a_link(page: Client):
    sent = {"username": "lea", "first_name": "Léa", "last_name": "Roy", "email": "lea@iut.example"}
    done = page.post(
        reverse("accounts:new_person"),
        sent | {"is_active": "on", "roles": ["teacher"], "password": NEW},
        follow=True,
    )
    lea = User.objects.get(username="lea")

    assert not lea.has_usable_password()
    assert [(each.to, each.subject) for each in mail.outbox] == [
        (["lea@iut.example"], "Choisir votre mot de passe")
    ]
    assert "Un lien pour choisir son mot de passe lui est envoyé." in done.content.decode()
    assert link_in(mail.outbox[0]) not in done.content.decode()


def test_no_page_shows_the_link(page: Client, president: User):
    done = page.post(reverse("accounts:invite", args=[president.pk]), follow=True).content.decode()

    assert "Un lien pour choisir son mot de passe lui est envoyé." in done
    assert "/connexion/lien/" not in done
    assert Entry.objects.get(act="account.link").details == {
        "outcome": "sent",
        "email": "b.vaucresson@iut.example",
    }


def test_the_link_serves_once(
    administrator: User,
    president: User,
    department: Department,
    client: Client,
    django_capture_on_commit_callbacks,
):
    invite(user=president, department=department, by=administrator)
    address = link_in(mail.outbox.pop())
    shown = client.get(address, follow=True)
    form = shown.redirect_chain[-1][0]
    short = client.post(form, {"new_password1": "court", "new_password2": "court"})
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(form, {"new_password1": NEW, "new_password2": NEW}, follow=True)
    again = Client().get(address, follow=True)

    assert president.username in shown.content.decode()
    assert short.status_code == 200
    assert "Mot de passe choisi" in done.content.decode()
    assert User.objects.get(pk=president.pk).check_password(NEW)
    assert "Ce lien ne sert plus" in again.content.decode()
    entry = Entry.objects.get(act="account.password")
    assert (entry.by, entry.department) == (president, department)
    assert [each.to for each in mail.outbox] == [["b.vaucresson@iut.example"]]


@pytest.mark.parametrize(
    ("hours", "told"), [(72, "3 jours"), (24, "1 jour"), (12, "12 heures"), (1, "1 heure")]
)
def test_how_long_a_link_serves_is_said_whole(hours: int, told: str, settings):
    settings.PASSWORD_RESET_TIMEOUT = hours * 3600

    assert lifetime() == told


@pytest.mark.parametrize("change", ["late", "email", "closed", "signed_in"])
def test_a_link_dies_of_itself(
    change: str, administrator: User, president: User, department: Department, client: Client, settings
):
    invite(user=president, department=department, by=administrator)
    address = link_in(mail.outbox[0])
    if change == "late":
        settings.PASSWORD_RESET_TIMEOUT = -1
    elif change == "email":
        User.objects.filter(pk=president.pk).update(email="ailleurs@iut.example")
    elif change == "closed":
        User.objects.filter(pk=president.pk).update(is_active=False)
    else:
        User.objects.filter(pk=president.pk).update(last_login=timezone.now())

    assert "Ce lien ne sert plus" in client.get(address, follow=True).content.decode()


def test_without_a_mail_server_no_link_is_made(page: Client, president: User, settings):
    """Neither shown to the administrator, nor left in a log: who holds the server hands it over."""
    settings.DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    told = page.post(reverse("accounts:invite", args=[president.pk]), follow=True).content.decode()

    assert "n’a pas de serveur de courriel" in told
    assert "/connexion/lien/" not in told
    assert Entry.objects.get(act="account.link").details["outcome"] == "no_server"


def test_an_account_without_address_or_closed_is_said(administrator: User, department: Department):
    nobody = make_user("teacher", department=department, email="")
    closed = make_user("teacher", department=department, email="x@iut.example", is_active=False)

    assert invite(user=nobody, department=department, by=administrator) is Outcome.NO_ADDRESS
    assert invite(user=closed, department=department, by=administrator) is Outcome.CLOSED
    assert mail.outbox == []


def test_the_command_prints_the_link_and_the_person_is_told(
    president: User, client: Client, django_capture_on_commit_callbacks
):
    said = io.StringIO()
    with django_capture_on_commit_callbacks(execute=True):
        call_command("invite", president.username, stdout=said)
    address = said.getvalue().split()[0].removeprefix("http://127.0.0.1:8000")

    assert "Choisir votre mot de passe" in client.get(address, follow=True).content.decode()
    assert "tiré sur le serveur" in mail.outbox[0].body
    assert Entry.objects.get(act="account.link").details == {"outcome": "printed"}
    with pytest.raises(CommandError, match="Aucun compte « personne »"):
        call_command("invite", "personne")


# ---------- what changes is told ----------


def test_an_address_changed_is_told_to_the_one_of_before(
    page: Client, president: User, django_capture_on_commit_callbacks
):
    """The attack: to take the president's address, then to send the link to oneself."""
    address = reverse("accounts:person", args=[president.pk])
    with django_capture_on_commit_callbacks(execute=True):
        page.post(address, as_sent(president, email="moi@ailleurs.example") | shown(page, address))
    page.post(reverse("accounts:invite", args=[president.pk]))

    assert [each.to for each in mail.outbox] == [
        ["b.vaucresson@iut.example"],
        ["moi@ailleurs.example"],
    ]
    assert "courriel : b.vaucresson@iut.example → moi@ailleurs.example" in mail.outbox[0].body
    assert "Fait par Alix Kermadec" in mail.outbox[0].body
    assert Entry.objects.get(act="account.change").details["changes"] == {
        "email": ["b.vaucresson@iut.example", "moi@ailleurs.example"]
    }


def test_every_change_of_an_account_is_told_in_one_mail(
    president: User, administrator: User, department: Department, django_capture_on_commit_callbacks
):
    before, president.last_name, president.is_active = president.last_name, "Martin", False
    with django_capture_on_commit_callbacks(execute=True):
        save_account(user=president, department=department, roles=["member", "teacher"], by=administrator)
    (told,) = mail.outbox

    assert re.findall(r"^- (.*)$", told.body, re.M) == [
        f"nom : {before} → Martin",
        "compte : ouvert → fermé",
        f"rôles ({department}) : Présidence de jury → Enseignement, Membre de jury",
    ]


def test_an_account_keeps_its_user_name(
    page: Client, president: User, administrator: User, department: Department
):
    """The attack: to take the user name that the president’s certificate and the PV bear."""
    before = president.username
    address = reverse("accounts:person", args=[president.pk])
    page.post(address, as_sent(president, username="autre") | shown(page, address))
    president.username = "autre"

    assert User.objects.get(pk=president.pk).username == before
    with pytest.raises(ValidationError, match="ne change pas"):
        save_account(user=president, department=department, roles=["president"], by=administrator)


def test_nothing_changed_tells_nothing(
    president: User, administrator: User, department: Department, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        save_account(user=president, department=department, roles=["president"], by=administrator)

    assert mail.outbox == []


def test_roles_and_tokens_are_told(
    president: User, administrator: User, department: Department, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        set_roles(user=president, department=department, roles=["president", "secretariat"], by=administrator)
        create_token(
            owner=president,
            department=department,
            role="president",
            name="Tableau",
            days=30,
            by=administrator,
        )

    assert "Présidence de jury → Présidence de jury, Secrétariat" in mail.outbox[0].body
    assert "un programme lit en votre nom pendant 30 jours, par le jeton « Tableau »" in mail.outbox[1].body


def test_a_student_is_told_that_their_password_changed(
    administrator: User, department: Department, django_capture_on_commit_callbacks
):
    student = make_student(department, email="etu@iut.example")
    with django_capture_on_commit_callbacks(execute=True):
        open_account(student=student, by=administrator)
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        renew_password(student=again(student), by=administrator)
        close_account(student=again(student), by=administrator)

    assert [each.to for each in mail.outbox] == [["etu@iut.example"]] * 2
    assert "nouveau mot de passe" in mail.outbox[0].body
    assert "compte : fermé" in mail.outbox[1].body


def again(student: Student) -> Student:
    return Student.objects.select_related("account").get(pk=student.pk)


def test_a_mail_server_that_is_down_undoes_nothing(
    president: User, administrator: User, department: Department, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    with django_capture_on_commit_callbacks(execute=True):
        set_roles(user=president, department=department, roles=["teacher"], by=administrator)

    assert Role.objects.filter(user=president, role="teacher").exists()
    assert invite(user=president, department=department, by=administrator) is Outcome.REFUSED
