"""The API: what each token reads, what it is refused, and every answer as the description says."""

from __future__ import annotations

import datetime
import json

import pytest
import schemathesis
from django.core.exceptions import ValidationError
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from butrt.base.accounts.models import ApiToken, Role
from butrt.base.accounts.services import create_token, revoke_token
from butrt.base.journal.models import Entry
from curriculum.models import Weight
from grades.people import set_aside
from jury.models import Issued
from tests.factories import make_department, make_element, make_user, programme_of
from tests.jury.world import all_at, close_world, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world({"DUPONT": all_at("14"), "MARTIN": all_at("12")})
    close_world(world)
    return world


def token_of(world, role: str, owner=None) -> str:
    department = world.session.department
    owner = owner or (world.president if role == "president" else make_user(role, department=department))
    return create_token(owner=owner, department=department, role=role, name=role, days=30, by=None)[1]


def get(token: str, path: str, **headers: str):
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}", **headers})


def statuses(world, token: str) -> list[int]:
    session, cohort = world.session.pk, world.session.cohort_id
    number = world.student("DUPONT").number
    addresses = [
        "programmes",
        f"cohorts/{cohort}/students",
        f"sessions/{session}",
        f"sessions/{session}/decisions",
        f"sessions/{session}/following",
        f"sessions/{session}/cohort",
        f"sessions/{session}/documents",
        f"sessions/{session}/documents/pv/1",
        f"sessions/{session}/documents/releve/{number}",
    ]
    return [get(token, address).status_code for address in addresses]


def test_each_role_reads_what_its_pages_show(world):
    asked = {role: statuses(world, token_of(world, role)) for role in ApiToken.ROLES}

    assert asked == {
        "secretariat": [200] * 9,
        "director": [200, 200, 200, 200, 200, 403, 403, 403, 403],
        "president": [200, 404, 200, 200, 200, 200, 200, 200, 200],
        "administrator": [200, 200, 404, 404, 404, 404, 404, 404, 404],
    }


def test_a_token_opens_nothing_of_its_owner_s_other_roles_nor_departments(world):
    administers = token_of(world, "administrator", owner=_also(world, "administrator"))
    elsewhere = make_department()
    owner = make_user("secretariat", department=elsewhere)
    Role.objects.create(user=owner, department=world.session.department, role="secretariat")
    _, theirs = create_token(
        owner=owner, department=elsewhere, role="secretariat", name="autre", days=30, by=None
    )

    assert get(administers, f"sessions/{world.session.pk}").status_code == 404
    assert statuses(world, theirs) == [200, *[404] * 8]
    assert get(theirs, "programmes").json()["items"] == get(theirs, "sessions").json()["items"] == []


def _also(world, role: str):
    """The president of the jury, who holds another role too."""
    Role.objects.create(user=world.president, department=world.session.department, role=role)
    return world.president


def test_decisions_and_pages_are_whole(world):
    token = token_of(world, "secretariat")
    decided = get(token, f"sessions/{world.session.pk}/decisions").json()
    page = get(token, f"cohorts/{world.session.cohort_id}/students?per_page=1&page=2").json()
    past = get(token, f"cohorts/{world.session.cohort_id}/students?page=9").json()
    martin = world.student("MARTIN")

    assert decided == world.session.minutes.get().content["decisions"]
    assert page == {
        "items": [
            {
                "number": martin.number,
                "ine": martin.ine,
                "last_name": "MARTIN",
                "first_name": martin.first_name,
                "usual_last_name": "",
                "usual_first_name": "",
                "programme": programme_of(world.session.cohort).pk,
                "group": None,
                "semesters": [3, 4],
                "status": None,
                "status_since": None,
            }
        ],
        "number": 2,
        "page": 2,
        "pages": 2,
    }
    assert (past["items"], past["number"]) == ([], 2)


def test_an_element_set_aside_is_told_of_its_promotion_and_of_the_jury_that_froze_it():
    world = make_world({"DUPONT": all_at("14")})
    cohort = world.session.cohort
    element = make_element(programme_of(cohort), code="R39", semester=3, title="Réseaux")
    Weight.objects.create(unit=element.programme.units.get(code="UE32"), element=element, coefficient=2)
    director = make_user("director", department=world.session.department, last_name="Lenoir")
    set_aside(cohort=cohort, element=element, motive="Poste vacant.", by=director)
    close_world(world)
    token = token_of(world, "director", owner=director)

    (live,) = get(token, "cohorts").json()["items"][0]["aside"]
    (frozen,) = get(token, f"sessions/{world.session.pk}").json()["aside"]
    day = timezone.localdate().isoformat()

    common = {"code": "R39", "display": "R39", "title": "Réseaux", "motive": "Poste vacant."}
    assert live.pop("since").startswith("20")
    assert live == common | {"semester": 3}
    assert frozen == common | {"by": "Camille Lenoir", "since": day, "units": {"UE32": "2"}}


def test_dead_tokens_and_none_are_refused_in_json(world):
    owner = make_user("secretariat", department=world.session.department)
    token = token_of(world, "secretariat", owner=owner)
    found = ApiToken.objects.get()

    def answers() -> int:
        return get(token, "programmes").status_code

    assert found.digest != token
    assert token not in json.dumps([entry.details for entry in Entry.objects.all()])
    assert answers() == 200
    found.expires_at = timezone.now() - datetime.timedelta(seconds=1)
    found.save()
    assert answers() == 401
    found.expires_at = timezone.now() + datetime.timedelta(days=1)
    found.save()
    owner.is_active = False
    owner.save()
    assert answers() == 401
    owner.is_active = True
    owner.save()
    held = owner.roles.get()
    held.delete()
    assert answers() == 401
    held.save(force_insert=True)
    assert answers() == 200
    revoke_token(token=found, by=None)
    assert answers() == 401
    refusal = Client().get("/api/v1/programmes")
    assert (refusal.status_code, refusal["WWW-Authenticate"]) == (401, "Bearer")
    assert refusal.json()["error"].startswith("Donnez un jeton valable")
    signed_in = Client()
    signed_in.force_login(owner)
    assert signed_in.get("/api/v1/programmes").status_code == 401  # no cookie opens it


def test_refusals_say_why_in_json(world):
    token = token_of(world, "secretariat")
    bearer = {"Authorization": f"Bearer {token}"}
    posted = Client(enforce_csrf_checks=True).post("/api/v1/programmes", headers=bearer)
    wrong = {path: get(token, path) for path in ("cohorts?page=0", "cohorts?per_page=1e3", "cohorts?tri=x")}

    assert (posted.status_code, posted["Allow"]) == (405, "GET, HEAD")
    assert posted.json() == {"error": "Cette interface se lit seulement : GET ou HEAD."}
    assert {path: (answer.status_code, answer.json()["error"]) for path, answer in wrong.items()} == {
        "cohorts?page=0": (400, "page : un nombre entier de 1 à 1000000."),
        "cohorts?per_page=1e3": (400, "per_page : un nombre entier de 1 à 200."),
        "cohorts?tri=x": (400, "tri : argument inconnu. Il y a page et per_page."),
    }
    assert get(token, "rien").json()["error"].startswith("Rien à cette adresse")
    assert Client().head("/api/v1/programmes", headers=bearer).content == b""


def test_an_etag_saves_the_body(world):
    token = token_of(world, "secretariat")
    first = get(token, f"sessions/{world.session.pk}/decisions")
    again = get(token, f"sessions/{world.session.pk}/decisions", **{"If-None-Match": first["ETag"]})

    assert (first["Cache-Control"], first.cookies) == ("private, no-cache", {})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Vary"] == first["Vary"] == "Authorization, Cookie"


def test_an_etag_saves_a_pdf_too_that_a_cache_would_not_keep(world):
    token = token_of(world, "secretariat")
    address = f"sessions/{world.session.pk}/documents/pv/1"
    first = get(token, address)
    again = get(token, address, **{"If-None-Match": first["ETag"]})

    assert (first["Content-Type"], first["Cache-Control"]) == ("application/pdf", "private, no-cache")
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_described_without_any_page_that_would_load_a_library_from_elsewhere():
    described = Client().get("/api/v1/openapi.json").json()

    assert described["openapi"] == "3.1.0"
    assert {name for path in described["paths"].values() for name in path} == {"get"}
    assert [Client().get(f"/api/v1/{page}").status_code for page in ("docs", "redoc", "")] == [404, 404, 404]


def test_reading_personal_data_is_journaled_once_a_call(world):
    token = token_of(world, "secretariat")
    number, before = world.student("DUPONT").number, Entry.objects.count()
    statuses(world, token)
    entries = list(Entry.objects.order_by("pk"))[before:]
    session, cohort = world.session, world.session.cohort

    assert [(entry.act, entry.about) for entry in entries] == [
        ("api.read", f"Étudiants, {cohort}"),
        ("api.read", f"Décisions, {session}"),
        ("api.read", f"Suites, {session}"),
        ("api.read", f"Fichier de cohorte, {session}"),
        ("api.read", f"Liste des documents, {session}"),
        ("api.read", f"PV, {session}, version 1"),
        ("document.read", f"Relevé de notes, DUPONT Camille, {session}"),
    ]
    assert {entry.by for entry in entries} == {ApiToken.objects.get().owner}
    assert entries[0].details == {
        "token": "secretariat",
        "role": "secretariat",
        "cohort": cohort.pk,
        "students": 2,
        "page": 1,
    }
    assert entries[-1].details == {
        "student": number,
        "document": Issued.objects.get(kind="releve").token,
        "version": 1,
        "through": "api, secretariat",
    }


def test_the_queries_do_not_grow(world, django_assert_max_num_queries):
    token = token_of(world, "secretariat")
    get(token, "programmes")
    with django_assert_max_num_queries(11):
        get(token, f"cohorts/{world.session.cohort_id}/students")
    with django_assert_max_num_queries(8):
        get(token, f"programmes/{programme_of(world.session.cohort).pk}")


def test_the_administrator_makes_and_revokes_tokens(world, client):
    department = world.session.department
    administrator = make_user("administrator", department=department)
    owner = make_user("secretariat", department=department)
    client.force_login(administrator)
    asked = {"name": "Scolarité", "owner": owner.pk, "role": "secretariat", "days": "90"}
    page = client.post(reverse("accounts:tokens"), asked)
    secret = page.context["secret"]
    twice = client.post(reverse("accounts:tokens"), asked)
    beyond = client.post(reverse("accounts:tokens"), asked | {"name": "x", "role": "president"})
    token = ApiToken.objects.get()

    assert secret in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert get(secret, "cohorts").status_code == 200
    assert "Un jeton porte déjà ce nom" in twice.content.decode()
    assert "n’a pas le rôle « Présidence de jury »" in beyond.content.decode()
    assert secret not in client.get(reverse("accounts:tokens")).content.decode()
    client.post(reverse("accounts:revoke_token", args=[token.pk]))
    assert get(secret, "cohorts").status_code == 401
    assert list(Entry.objects.filter(act__startswith="token.").values_list("act", "by")) == [
        ("token.create", administrator.pk),
        ("token.revoke", administrator.pk),
    ]
    with pytest.raises(ValidationError):
        create_token(owner=owner, department=make_department(), role="secretariat", name="y", days=1, by=None)


# ---------- the description ----------


@pytest.fixture
def same_connection():
    """As Django's own client does: a request leaves the connection of the test open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_answer_is_as_the_description_says(world, same_connection):
    """Schemathesis asks each address, well and badly, and compares; then each as it really is."""
    token = token_of(world, "secretariat")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    headers = {"Authorization": f"Bearer {token}"}
    session = world.session
    real = {
        "cohorts": {"id": session.cohort_id},
        "programmes": {"id": programme_of(session.cohort).pk},
        "sessions": {"id": session.pk, "version": 1, "number": world.student("DUPONT").number},
    }
    answered = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        place = operation.path.split("/")[3]
        names = [each.name for each in operation.path_parameters]
        case = operation.Case(path_parameters={name: real[place][name] for name in names})
        answered[operation.path] = case.call_and_validate(headers=headers).status_code

        @given(case=operation.as_strategy())
        @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def ask(case):
            case.call_and_validate(headers=headers)

        ask()

    assert answered == dict.fromkeys(answered, 200)
    assert len(answered) == 12
