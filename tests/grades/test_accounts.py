"""Students' accounts: opened once, closed, renewed; what is refused; passwords shown once."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts import invitations
from butrt.base.accounts.models import Role, User
from butrt.base.journal.models import Entry
from grades.accounts import (
    close_account,
    draw_password,
    open_account,
    open_accounts,
    renew_password,
)
from grades.models import Student
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_user,
)

pytestmark = pytest.mark.django_db

SHAPE = r"[a-z2-9]{4}(-[a-z2-9]{4}){3}"


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def secretary(department):
    return make_user("secretariat", department=department)


@pytest.fixture
def student(department):
    return make_student(department, number="22400001", last_name="LE GUENNIC", email="e@etu.example")


@pytest.fixture
def cohort(department):
    return make_cohort(make_programme(parcours=make_parcours(department=department)))


def signs_in(username, password):
    return authenticate(None, username=username, password=password)


def again(student):
    """As the base now has them."""
    return Student.objects.select_related("account").get(pk=student.pk)


# ---------- the services ----------


def test_a_student_signs_in_with_their_number(student, secretary, rf):
    opened = open_account(student=student, by=secretary)
    account = again(student).account

    assert opened.username == account.username == "22400001"
    assert re.fullmatch(SHAPE, opened.password)
    assert account.check_password(opened.password)
    assert [(role.role, role.department) for role in account.roles.all()] == [("student", student.department)]
    assert (account.last_name, account.email, account.is_staff) == ("LE GUENNIC", "e@etu.example", False)


def test_the_journal_knows_the_act_and_not_the_password(student, secretary):
    opened = open_account(student=student, by=secretary)
    entry = Entry.objects.get()

    assert (entry.act, entry.by) == ("student.account.open", secretary)
    assert entry.details == {
        "students": [student.pk],
        "usernames": ["22400001"],
        "users": [again(student).account_id],
        "created": [again(student).account_id],
    }
    assert opened.password not in str(entry.details)


def test_a_number_that_is_somebody_s_user_name_is_refused(student, secretary):
    make_user(username="22400001")
    with pytest.raises(ValidationError, match="déjà l’identifiant d’un autre compte"):
        open_account(student=student, by=secretary)

    assert again(student).account is None
    assert not Entry.objects.exists()


def test_open_twice_is_refused_and_the_password_stays(student, secretary):
    opened = open_account(student=student, by=secretary)
    with pytest.raises(ValidationError, match="déjà ouvert"):
        open_account(student=again(student), by=secretary)

    assert again(student).account.check_password(opened.password)


def test_closed_then_opened_again(student, secretary):
    first = open_account(student=student, by=secretary)
    close_account(student=again(student), by=secretary)
    assert not again(student).account.is_active
    with pytest.raises(ValidationError, match="n’a pas de compte ouvert"):
        close_account(student=again(student), by=secretary)
    second = open_account(student=again(student), by=secretary)

    account = again(student).account
    assert (account.is_active, User.objects.filter(username="22400001").count()) == (True, 1)
    assert (account.check_password(first.password), account.check_password(second.password)) == (
        False,
        True,
    )
    assert [entry.act for entry in Entry.objects.all()] == [
        "student.account.open",
        "student.account.close",
        "student.account.open",
    ]


def test_a_new_password_replaces_the_one_before(student, secretary):
    with pytest.raises(ValidationError, match="n’a pas de compte ouvert"):
        renew_password(student=student, by=secretary)
    first = open_account(student=student, by=secretary)
    second = renew_password(student=again(student), by=secretary)

    assert not again(student).account.check_password(first.password)
    assert again(student).account.check_password(second.password)
    assert Entry.objects.last().act == "student.account.password"


@pytest.mark.parametrize("more", ["teacher", "administrator"])
def test_an_account_with_another_role_is_not_touched(student, secretary, more):
    opened = open_account(student=student, by=secretary)
    account = again(student).account
    Role.objects.create(user=account, department=make_department(), role=more)
    for act in (renew_password, close_account):
        with pytest.raises(ValidationError, match="d’autres rôles"):
            act(student=again(student), by=secretary)
    account.is_active = False
    account.save()
    with pytest.raises(ValidationError, match="d’autres rôles"):
        open_account(student=again(student), by=secretary)

    assert again(student).account.check_password(opened.password)


def test_an_account_of_the_staff_is_not_touched(student, secretary):
    student.account = make_user(username="root", is_superuser=True, password="le sien")
    student.save()
    with pytest.raises(ValidationError, match="d’autres rôles"):
        renew_password(student=student, by=secretary)

    assert again(student).account.check_password("le sien")


def test_a_promotion_at_once(department, secretary, student):
    others = [make_student(department) for _ in range(3)]
    make_user(username=others[2].number)
    kept = open_account(student=student, by=secretary)
    opening = open_accounts(
        students=[again(each) for each in (student, *others)], department=department, by=secretary
    )

    assert [each.student for each in opening.opened] == others[:2]
    assert [each.student for each in opening.refused] == [others[2]]
    assert len({each.password for each in opening.opened}) == 2
    assert again(student).account.check_password(kept.password)
    assert Entry.objects.filter(act="student.account.open").count() == 2
    assert Role.objects.filter(role="student").count() == 3


def test_its_queries_do_not_grow(department, secretary):
    def queries(number):
        students = [make_student(department) for _ in range(number)]
        with CaptureQueriesContext(connection) as caught:
            open_accounts(students=students, department=department, by=secretary)
        return len(caught)

    queries(1)  # the first entry of the department's journal
    assert queries(2) == queries(30) <= 20


def test_neither_when_links_are_sent(department, secretary, mailoutbox):
    def queries(number):
        students = [make_student(department, email="e@etu.example") for _ in range(number)]
        with CaptureQueriesContext(connection) as caught:
            open_accounts(students=students, department=department, by=secretary, by_mail=True)
        return len(caught)

    queries(1)  # the first entry of the department's journal
    assert queries(2) == queries(10)


def test_a_quick_hash_is_made_strong_at_the_first_sign_in(student, secretary, settings, rf):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    opened = open_account(student=student, by=secretary)

    assert signs_in("22400001", opened.password) == again(student).account
    iterations = int(again(student).account.password.split("$")[1])
    assert iterations == PBKDF2PasswordHasher.iterations


def test_drawn_passwords_differ():
    assert len({draw_password() for _ in range(200)}) == 200


# ---------- the pages ----------


@pytest.fixture
def enrolment(cohort, student):
    return make_enrolment(cohort, student)


def post(client, enrolment, act):
    return client.post(reverse("cohorts:account", args=[enrolment.pk]), {"act": act}, follow=True)


def test_the_password_is_in_one_answer_only(client, secretary, enrolment):
    client.force_login(secretary)
    answer = post(client, enrolment, "open")
    password = re.search(SHAPE, answer.text)[0]

    assert answer["Cache-Control"] == "private, no-store"
    assert again(enrolment.student).account.check_password(password)
    for address in (
        reverse("cohorts:enrolment", args=[enrolment.pk]),
        reverse("cohorts:accounts", args=[enrolment.cohort_id]),
    ):
        assert password not in client.get(address).text
    assert "Le compte de LE GUENNIC Camille est déjà ouvert." in post(client, enrolment, "open").text


def test_the_page_of_an_enrolment_closes_and_renews(client, secretary, enrolment):
    client.force_login(secretary)
    post(client, enrolment, "open")
    renewed = re.search(SHAPE, post(client, enrolment, "renew").text)[0]

    assert again(enrolment.student).account.check_password(renewed)
    assert "Compte de LE GUENNIC Camille fermé." in post(client, enrolment, "close").text
    assert not again(enrolment.student).account.is_active


def test_a_closed_account_is_out_at_once(client, secretary, enrolment):
    open_account(student=enrolment.student, by=secretary)
    client.force_login(again(enrolment.student).account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("own:marks")).status_code == 200
    close_account(student=again(enrolment.student), by=secretary)

    assert client.get(reverse("own:marks")).status_code == 302


def test_a_list_to_print_for_those_who_are_there(client, secretary, cohort, enrolment):
    left = make_enrolment(cohort, status="DEM", status_since="2024-11-04")
    taken = make_enrolment(cohort)
    make_user(username=taken.student.number)
    client.force_login(secretary)
    answer = client.post(reverse("cohorts:open_accounts", args=[cohort.pk]), {"as": "list"})

    assert len(re.findall(SHAPE, answer.text)) == 1
    assert f"{taken.student.number} est déjà l’identifiant" in answer.text
    assert left.student.number not in answer.text
    assert answer["Cache-Control"] == "private, no-store"


def test_who_has_an_address_is_sent_a_link_and_paper_is_for_the_others(
    client, secretary, cohort, enrolment, mailoutbox
):
    without = make_enrolment(cohort)
    client.force_login(secretary)
    answer = client.post(reverse("cohorts:open_accounts", args=[cohort.pk]), {"as": "mail"})

    (mail,) = mailoutbox
    assert mail.to == ["e@etu.example"]
    assert len(re.findall(SHAPE, answer.text)) == 1
    assert without.student.number in answer.text
    assert "1 lien envoyé" in answer.text
    account = again(enrolment.student).account
    assert (account.is_active, account.has_usable_password()) == (True, False)
    assert Entry.objects.get(act="account.link").details["outcomes"] == {"22400001": "sent"}

    (link,) = re.findall(r"http\S+", mail.body)
    assert client.get(urlsplit(link).path, follow=True).status_code == 200


def test_an_address_that_the_server_refuses_is_said(client, secretary, cohort, enrolment, monkeypatch):
    monkeypatch.setattr(invitations, "deliver", lambda mails: ([], [each for each, _ in mails]))
    client.force_login(secretary)
    address = reverse("cohorts:open_accounts", args=[cohort.pk])

    assert "n’a pas pris le lien" in client.post(address, {"as": "mail"}, follow=True).text
    assert re.search(SHAPE, post(client, enrolment, "renew").text)


def test_without_a_mail_server_only_paper_is_proposed(client, secretary, cohort, enrolment, settings):
    client.force_login(secretary)
    page = reverse("cohorts:accounts", args=[cohort.pk])
    assert 'value="mail"' in client.get(page).text
    settings.EMAIL_BACKEND, settings.DEMO = "django.core.mail.backends.console.EmailBackend", False

    assert 'value="mail"' not in client.get(page).text


def test_a_file_once(client, secretary, cohort, enrolment):
    client.force_login(secretary)
    address = reverse("cohorts:open_accounts", args=[cohort.pk])
    answer = client.post(address, {"as": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))

    assert rows[0] == ["nom", "prénom", "courriel", "identifiant", "mot de passe"]
    assert rows[1][:4] == ["LE GUENNIC", "Camille", "e@etu.example", "22400001"]
    assert again(enrolment.student).account.check_password(rows[1][4])
    second = client.post(address, {"as": "csv"}, follow=True)
    assert "Tous les comptes sont déjà ouverts." in second.text


def test_the_page_of_a_promotion_counts_its_accounts(client, secretary, cohort, enrolment):
    make_enrolment(cohort)
    open_account(student=enrolment.student, by=secretary)
    client.force_login(secretary)
    with CaptureQueriesContext(connection) as few:
        text = client.get(reverse("cohorts:accounts", args=[cohort.pk])).text
    for _ in range(5):
        make_enrolment(cohort)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("cohorts:accounts", args=[cohort.pk]))

    assert "1 étudiant sans compte ouvert" in text
    assert len(many) == len(few)
