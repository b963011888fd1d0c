"""`manage.py create_department`: how a department begins, without the demonstration."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.journal.models import Entry
from curriculum.departments import create_department
from curriculum.models import Department, Regulation
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "brume-sur-le-val-9"
ABOUT = {
    "name": "Réseaux et Télécommunications",
    "institute": "IUT de Valbrume",
    "university": "Université de Valbrume",
    "city": "Valbrume",
    "administrator": "e.roussalet",
}


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("BUTRT_PASSWORD", PASSWORD)
    return PASSWORD


def create(code: str = "rt", **options: str) -> str:
    out = io.StringIO()
    call_command("create_department", code, stdout=out, **ABOUT | options)
    return out.getvalue()


def test_it_creates_the_department_its_regulation_and_its_administrator(password):
    said = create(email="e.roussalet@iut.example", first_name="Étienne", last_name="Roussalet")

    department = Department.objects.get(code="rt")
    assert str(department) == "Réseaux et Télécommunications, IUT de Valbrume"
    assert department.demonstration is False
    regulation = Regulation.objects.get(department=department)
    assert (regulation.school_year, regulation.version, regulation.adopted_on) == (
        2022,
        1,
        timezone.localdate(),
    )
    administrator = User.objects.get(username="e.roussalet")
    assert administrator.check_password(PASSWORD)
    assert str(administrator) == "Étienne Roussalet"
    assert list(administrator.roles.values_list("department", "role")) == [
        (department.pk, Role.Name.ADMINISTRATOR)
    ]
    assert [entry.act for entry in Entry.objects.all()] == [
        "department.create",
        "account.create",
        "account.roles",
    ]
    assert "Département créé" in said
    assert PASSWORD not in said


def test_the_regulation_has_the_date_that_is_given(password):
    create(adopted_on=datetime.date(2022, 9, 12))

    assert Regulation.objects.get().adopted_on == datetime.date(2022, 9, 12)


def test_the_password_may_come_from_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv("BUTRT_PASSWORD", raising=False)
    file = tmp_path / "secret"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")

    create(password_file=str(file))

    assert User.objects.get(username="e.roussalet").check_password(PASSWORD)


def test_a_second_time_changes_nothing_and_says_so(password):
    create()
    before = Entry.objects.count()

    with pytest.raises(CommandError, match=r"« rt » existe déjà.*Rien n’est changé"):
        create()

    assert Entry.objects.count() == before
    assert Department.objects.count() == 1


def test_somebody_of_another_department_keeps_their_account(password):
    known = make_user(
        "teacher", department=make_department(), username="e.roussalet", password="autre-secret-7"
    )

    said = create()

    known.refresh_from_db()
    assert known.check_password("autre-secret-7")
    assert known.is_a(Role.Name.TEACHER)
    assert known.has_role(Department.objects.get(code="rt"), Role.Name.ADMINISTRATOR)
    assert "mot de passe inchangé" in said


def test_without_a_terminal_nor_a_password_nothing_is_created(monkeypatch):
    monkeypatch.delenv("BUTRT_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(CommandError, match="Aucun mot de passe"):
        create()

    assert not Department.objects.exists()


def test_a_weak_password_is_refused_and_nothing_is_created(monkeypatch):
    monkeypatch.setenv("BUTRT_PASSWORD", "12345")

    with pytest.raises(CommandError, match="trop court") as refused:
        create()

    assert "12345" not in str(refused.value)
    assert not Department.objects.exists()
    assert not User.objects.exists()


def test_a_wrong_field_is_named(password):
    with pytest.raises(CommandError, match="code : "):
        create("r t")

    assert not Department.objects.exists()


def test_the_service_refuses_a_code_that_is_taken():
    there = make_department(code="rt")

    with pytest.raises(Exception, match="« rt » existe déjà"):
        create_department(
            department=Department(code="rt", name="x", institute="x", university="x", city="x"),
            administrator=make_user("administrator", department=there),
            password="",
        )
