"""What needs care, on the homes of who administers a department or directs its studies."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from butrt.base.documents import certificates
from butrt.base.documents.signing import SigningRefused
from butrt.site import care
from butrt.site.health import checks
from curriculum.models import Regulation
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_teaching,
    make_user,
)

pytestmark = pytest.mark.django_db
LATE = datetime.datetime(2027, 1, 10, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The establishment's certificate is there, for long."""
    monkeypatch.setattr(certificates, "seal_ends", lambda: datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))


def titles(person) -> list[str]:
    return [line.title for line in care.cares(person)]


def test_a_department_without_people_nor_reglement_says_so_first():
    department = make_department()
    person = make_user("administrator", department=department, password="le sien")
    make_user("teacher", department=department)

    assert titles(person) == ["Des rôles sans personne", "Règlement absent", "Invitations sans réponse"]
    make_regulation(department)
    for role in ("president", "secretariat", "director"):
        make_user(role, department=department, password="le sien")
    assert titles(person) == ["Invitations sans réponse"]


def test_programmes_with_findings_cost_no_more_queries_than_one():
    department = make_department()
    person = make_user("administrator", department=department, password="le sien")

    def odd_programme() -> None:  # ressources alone: 100 % of each UE
        make_programme(parcours=make_parcours(department=department))

    def asked() -> tuple[int, str]:
        person.__dict__.pop("role_set", None)
        with CaptureQueriesContext(connection) as queries:
            (line,) = [line for line in care.cares(person) if line.title == "Constats à regarder"]
        return len(queries), line.text

    odd_programme()
    one, _ = asked()
    for _ in range(4):
        odd_programme()
    five, text = asked()

    assert five == one
    assert "et 2 autres" in text


def test_the_certificates_looked_at_are_those_of_the_department_s_people_who_are_not_all_read(monkeypatch):
    here, elsewhere = make_department(), make_department()
    people = [make_user("president", department=here), make_user("president", department=elsewhere)]
    ends = dict.fromkeys(person.username for person in people)
    monkeypatch.setattr(checks, "answer_of", lambda *_, **__: ends)
    make_user("student", department=here)
    with CaptureQueriesContext(connection) as queries:
        check = checks.personal_certificates([here])

    assert len(queries) == 1
    assert '"accounts_user"."username" IN' in queries[0]["sql"]
    assert check.whose == f"{people[0].username} (illisible)"


@pytest.mark.parametrize(
    ("month", "adopted", "lines"),
    [(6, 2025, ["Règlement de la rentrée"]), (6, 2026, []), (1, 2025, [])],
)
def test_the_coming_year_s_reglement_is_asked_while_it_is_prepared(monkeypatch, month, adopted, lines):
    monkeypatch.setattr(care.timezone, "localdate", lambda: datetime.date(2026, month, 15))
    department = make_department()
    make_regulation(department, school_year=adopted)

    assert Regulation.objects.count() == 1
    assert [line.title for line in care._regulations([department])] == lines


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (None, ""),
        (LATE, "expire le 10\N{NO-BREAK SPACE}janvier\N{NO-BREAK SPACE}2027"),
        (LATE - datetime.timedelta(days=90), "a expiré"),
        (LATE + datetime.timedelta(days=90), ""),
        (SigningRefused("rien"), "Aucun PV ne pourra être scellé"),
    ],
)
def test_the_seal_s_certificate_is_told_when_it_lacks_or_ends(monkeypatch, ends, words):
    def seal_ends() -> datetime.datetime | None:
        if isinstance(ends, Exception):
            raise ends
        return ends

    monkeypatch.setattr(certificates, "seal_ends", seal_ends)
    monkeypatch.setattr(checks.timezone, "now", lambda: datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC))

    seal = checks.seal()
    assert words in seal.sentence
    assert (seal.state is checks.State.OK) == (not words)


def test_the_director_is_told_of_promotions_without_students_and_elements_without_head():
    department = make_department()
    director = make_user("director", department=department)
    programme = make_programme(parcours=make_parcours(department=department))
    cohort = make_cohort(programme)
    teaching = make_teaching(cohort)

    assert titles(director) == ["Promotions sans étudiant", "Éléments sans responsable"]
    make_enrolment(cohort)
    teaching.heads.add(make_user("teacher", department=department))
    assert titles(director) == []
