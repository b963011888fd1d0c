"""The site's administrator opens a department on screen, and sees nothing of what happens in it."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from curriculum.departments import code_for
from curriculum.models import Department, Regulation
from jury.models import Minutes
from tests.factories import (
    make_cohort,
    make_department,
    make_parcours,
    make_programme,
    make_session,
    make_user,
)
from tests.pages import plain, shown

pytestmark = pytest.mark.django_db

NEW = {
    **{"name": "Réseaux et Télécommunications", "institute": "IUT de Valbrume"},
    **{"university": "Université de Valbrume", "city": "Valbrume"},
    **{"administrator-last_name": "Roussalet", "administrator-first_name": "Étienne"},
    "administrator-email": "Etienne.Roussalet@iut.example",
}


@pytest.fixture
def site(client):
    client.force_login(make_user(is_superuser=True))
    return client


def test_a_department_begins_with_its_reglement_and_who_administers_it(site):
    answer = site.post(reverse("departments:new"), NEW, follow=True)
    department = Department.objects.get()
    role = Role.objects.get()

    assert department.code == "rt"
    assert Regulation.objects.get().department == department
    assert (role.user.username, role.role) == ("etienne.roussalet", "administrator")
    assert not role.user.has_usable_password()
    assert [message.to for message in mail.outbox] == [["Etienne.Roussalet@iut.example"]]
    assert "Un lien pour choisir son mot de passe lui est envoyé" in answer.text


def test_who_has_an_account_already_administers_with_it(site):
    known = make_user("teacher", email="etienne.roussalet@iut.example", password="le sien")
    site.post(reverse("departments:new"), NEW)

    assert User.objects.filter(is_superuser=False).get() == known
    assert known.has_role(Department.objects.get(name=NEW["name"], code="rt"), "administrator")


def test_a_field_that_is_wrong_begins_nothing_and_keeps_what_was_typed(site):
    answer = site.post(reverse("departments:new"), NEW | {"administrator-email": "etienne@iut"})

    assert not Department.objects.exists()
    assert "Université de Valbrume" in answer.text
    assert "adresse de courriel valide" in answer.text


def test_another_administrator_is_named_and_a_link_sent_again(site):
    department = make_department()
    fields = {name: value for name, value in NEW.items() if name.startswith("administrator")}
    site.post(reverse("departments:administrator", args=[department.pk]), fields)
    named = Role.objects.get(department=department).user
    site.post(reverse("departments:invite", args=[department.pk, named.pk]))

    assert len(mail.outbox) == 2


def test_its_names_are_corrected(site):
    department = make_department()
    address = reverse("departments:department", args=[department.pk])
    names = {name: NEW[name] for name in ("name", "institute", "university")}
    site.post(address, names | {"city": "Sainte-Brume"} | shown(site, address))

    department.refresh_from_db()
    assert department.city == "Sainte-Brume"


def test_names_that_a_pv_carries_stay(site):
    department = make_department()
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    president = make_user("president", department=department)
    session = make_session(cohort, president)
    Minutes.objects.create(
        session=session,
        version=1,
        created_at=timezone.now(),
        created_by=president,
        content={},
        fingerprint="",
    )
    address = reverse("departments:department", args=[department.pk])
    names = {name: NEW[name] for name in ("name", "institute", "university")}
    site.post(address, names | {"city": "Sainte-Brume"} | shown(site, address))

    department.refresh_from_db()
    assert department.city == "Valbrume"
    assert "ils ne changent plus ici" in plain(site.get(address).text)


def test_a_code_is_the_initials_of_a_name_with_a_number_when_taken():
    make_department(code="gea")

    names = ("Gestion des entreprises et des administrations", "Chimie", "Métiers de l’énergie")
    assert [code_for(name) for name in names] == ["gea2", "chimie", "me"]
