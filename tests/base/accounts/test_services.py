"""Roles and accounts: what does not go together, and the last administrator, who stays."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account, set_roles
from butrt.site.staff.planning import plan
from butrt.site.staff.reading import PersonLine
from butrt.site.staff.services import open_accounts
from grades.accounts import close_account
from tests.factories import make_department, make_student, make_user
from tests.pages import shown

pytestmark = pytest.mark.django_db
ADMINISTRATOR = Role.Name.ADMINISTRATOR


def close(user: User, by: User) -> None:
    department = user.roles.get().department
    user.is_active = False
    save_account(user=user, password="", department=department, roles=[ADMINISTRATOR], by=by)


def open_administrators(department) -> int:
    return department.roles.filter(role=ADMINISTRATOR, user__is_active=True).count()


def test_the_last_administrator_keeps_role_and_account():
    last = make_user("administrator")
    department = last.roles.get().department
    make_user("administrator", department=department, is_active=False)

    with pytest.raises(ValidationError, match="dernier compte ouvert avec le rôle « Administration »"):
        set_roles(user=last, department=department, roles=["director"], by=last)
    with pytest.raises(ValidationError, match="Donner d’abord ce rôle à une autre personne"):
        close(last, by=last)
    assert open_administrators(department) == 1


def test_the_page_says_it_and_changes_nothing(client: Client):
    last = make_user("administrator", email="a@iut.example")
    client.force_login(last, backend="django.contrib.auth.backends.ModelBackend")
    told = {"username": last.username, "last_name": "Change", "email": last.email, "roles": ["director"]}
    address = reverse("accounts:person", args=[last.pk])
    page = client.post(address, told | shown(client, address))

    assert "dernier compte ouvert avec le rôle" in page.text
    assert open_administrators(last.roles.get().department) == 1
    assert not User.objects.filter(last_name="Change").exists()


def test_another_one_lets_them_go():
    one = make_user("administrator")
    department = one.roles.get().department
    other = make_user("administrator", department=department)
    close(one, by=other)

    assert open_administrators(department) == 1


def test_an_administrator_of_two_departments_is_the_last_of_each():
    one = make_user("administrator")
    here, there = one.roles.get().department, make_department()
    make_user("administrator", department=here)
    Role.objects.create(user=one, department=there, role=ADMINISTRATOR)
    one.is_active = False

    with pytest.raises(ValidationError, match="dernier compte ouvert"):
        save_account(user=one, password="", department=here, roles=[ADMINISTRATOR], by=None)


@pytest.mark.parametrize("role", ["teacher", "member", "president", "director"])
def test_a_student_neither_teaches_nor_sits(role):
    student = make_user("student")
    department = student.roles.get().department

    with pytest.raises(ValidationError, match="n’enseigne pas et ne siège pas au jury du même département"):
        set_roles(user=student, department=department, roles=["student", role], by=None)
    assert [each.role for each in student.roles.all()] == ["student"]


def test_no_list_nor_promotion_takes_the_last_administrator_away():
    """A list gives roles and takes none; an account that is more than a student's is not closed as one."""
    last = make_user("administrator", email="a@iut.example")
    department = last.roles.get().department
    lines = [PersonLine(1, last_name="Exemple", first_name="Camille", email=last.email, roles=("teacher",))]
    seen = plan(department=department, lines=lines, role="teacher").seen
    given = {"department": department, "lines": lines, "role": "teacher", "seen": seen}
    open_accounts(**given, by_mail=False, by=last)
    student = make_student(department, account=last)

    with pytest.raises(ValidationError, match="l’administration s’en occupe"):
        close_account(student=student, by=last)
    assert {role.role for role in last.roles.all()} == {"administrator", "teacher"}
    assert open_administrators(department) == 1


def test_who_was_named_elsewhere_meanwhile_is_not_closed_unseen():
    one = make_user("administrator")
    here, there = one.roles.get().department, make_department()
    make_user("administrator", department=here)
    assert one.departments_as(ADMINISTRATOR) == [here.pk]
    Role.objects.bulk_create([Role(user=one, department=there, role=ADMINISTRATOR)])
    one.is_active = False

    with pytest.raises(ValidationError, match="vient d’être nommé à l’administration d’un autre"):
        save_account(user=one, department=here, roles=[ADMINISTRATOR], by=None)


def demote(user: User) -> None:
    set_roles(user=user, department=user.roles.get().department, roles=["director"], by=user)


def close_oneself(user: User) -> None:
    close(user, by=user)


@pytest.mark.parametrize("go", [demote, close_oneself])
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_leave_at_once_are_not_both_gone(go):
    department = make_department()
    for _ in range(3):
        pair = [make_user("administrator", department=department) for _ in range(2)]
        start, refused = threading.Barrier(2), []

        def leave(user: User, start=start, refused=refused) -> None:
            start.wait()
            try:
                go(user)
            except ValidationError:
                refused.append(user)
            finally:
                close_old_connections()

        threads = [threading.Thread(target=leave, args=[user]) for user in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(refused), open_administrators(department)) == (1, 1)
        Role.objects.all().delete()
