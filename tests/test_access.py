"""Who reaches each address of the site. An address that is not in the table fails the test."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import create_token
from butrt.site import views
from curriculum.models import Department
from grades.models import ExtraRepeat, Mark, MarkChange, Photo, StudentImport
from jury.models import Batch, Member, Session
from jury.sittings import services
from jury.sittings.corrections.services import open_correction
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_key,
    make_parcours,
    make_programme,
    make_regulation,
    make_result,
    make_session,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db

STAFF = (
    *("teacher", "head", "colleague", "director", "president", "other_president"),
    *("member", "secretariat", "administrator"),
)
# Who opens departments (`create_site`): no role, so no mark, no student, no jury.
EVERYONE = (*STAFF, "student", "site")
OK, DONE, MOVED, SIGNED_OUT, FORBIDDEN, ABSENT = 200, 204, 302, 401, 403, 404


def only(*people: str, answer: int = OK, refused: tuple[str, ...] = ()) -> dict[str, int]:
    """`people` get `answer`, `refused` may see but not do (403), for the others it does not exist (404)."""
    table = dict.fromkeys([*EVERYONE, "outsider"], ABSENT)
    return table | dict.fromkeys(people, answer) | dict.fromkeys(refused, FORBIDDEN)


@dataclass
class Page:
    """One address: its arguments (by the world's names), how it is asked, what each person is answered."""

    answers: dict[str, int]
    arguments: dict[str, str] = field(default_factory=dict)
    posted: dict[str, Any] | None = None
    anonymous: int = MOVED  # to the login page; what is posted is answered SIGNED_OUT instead
    # What JSON pages want.
    content_type: str | None = None


ANYBODY = only(*EVERYONE, "outsider")
FILLERS = ("teacher", "head", "director")
SITTING = ("president", "member", "director", "secretariat")
READERS = ("member", "director", "secretariat")
OFFICE = ("president", "secretariat")
LISTING = ("director", "secretariat", "administrator")
WATCHERS = ("director", "president", "other_president", "secretariat")
KEEPING = only("director", "secretariat", refused=("administrator",))

# By token alone (tests/site/api): who is signed in is nobody there.
API = Page(only(*EVERYONE, "outsider", answer=401), anonymous=401)

PAGES: dict[str, Page] = {
    "api:description": Page(ANYBODY, anonymous=OK),
    "api:programmes": API,
    "api:programme": replace(API, arguments={"pk": "programme"}),
    "api:cohorts": API,
    "api:students": replace(API, arguments={"pk": "cohort"}),
    "api:sessions": API,
    "api:session": replace(API, arguments={"pk": "closed"}),
    "api:decisions": replace(API, arguments={"pk": "closed"}),
    "api:following": replace(API, arguments={"pk": "closed"}),
    "api:cohort": replace(API, arguments={"pk": "closed"}),
    "api:documents": replace(API, arguments={"pk": "closed"}),
    "api:minutes_pdf": replace(API, arguments={"pk": "closed", "version": "version"}),
    "api:transcript": replace(API, arguments={"pk": "closed", "number": "number"}),
    "api:api-root": Page(only(), anonymous=ABSENT),
    "api:unknown": Page(only(), {"rest": "number"}, anonymous=ABSENT),
    "home": Page(ANYBODY | {"student": MOVED, "site": MOVED}),
    "help:help": Page(only(*EVERYONE, answer=MOVED) | {"outsider": OK}),
    "help:page": Page(only("teacher", "head", "colleague"), {"slug": "help_of_teachers"}),
    "departments:departments": Page(only("site")),
    "departments:new": Page(only("site")),
    "departments:department": Page(only("site"), {"pk": "department"}),
    "departments:administrator": Page(only("site"), {"pk": "department"}, {}),
    "departments:invite": Page(
        only("site", answer=MOVED), {"pk": "department", "account": "administrator_key"}, {}
    ),
    "setup:put_away": Page(only("administrator", answer=MOVED), {"pk": "department"}, {}),
    "staff:several": Page(only("administrator")),
    "staff:confirm": Page(only("administrator", answer=MOVED), posted={}),
    "staff:invitations": Page(only("administrator")),
    "departments:remove_factor": Page(
        only("site", answer=MOVED), {"pk": "department", "account": "administrator_key"}, {}
    ),
    # Nothing is owed: one is led on.
    "factors:ask": Page(only(*EVERYONE, "outsider", answer=MOVED)),
    "factors:challenge": Page(only("member"), posted={}),
    "factors:mine": Page(ANYBODY),
    "factors:application": Page(ANYBODY),
    "factors:key": Page(ANYBODY),
    "factors:codes": Page(only(), posted={}),
    "factors:remove": Page(only("member", answer=MOVED), {"pk": "key_of_member"}, {}),
    "own:marks": Page(only("student")),
    "own:document": Page(only("student"), {"pk": "prepared", "kind": "transcript"}),
    "login": Page(ANYBODY, anonymous=OK),
    "account": Page(ANYBODY, anonymous=OK),
    "choose_password": Page(ANYBODY, {"uidb64": "number", "token": "token"}, anonymous=OK),
    # Off until the settings describe them (tests/base/accounts/outside).
    "sign_in_by": Page(only(), {"way": "way"}, anonymous=ABSENT),
    "prove_again": Page(only()),
    "cas_callback": Page(only(), anonymous=ABSENT),
    "openid_connect_callback": Page(only(), {"provider_id": "way"}, anonymous=ABSENT),
    "saml_acs": Page(only(), {"organization_slug": "way"}, {}, anonymous=ABSENT),
    "saml_finish_acs": Page(only(), {"organization_slug": "way"}, anonymous=ABSENT),
    "saml_sls": Page(only(), {"organization_slug": "way"}, anonymous=ABSENT),
    "saml_metadata": Page(only(), {"organization_slug": "way"}, anonymous=ABSENT),
    "forgotten": Page(ANYBODY, anonymous=OK),
    "mine:account": Page(ANYBODY),
    # Whose account has no password here: tests/base/accounts/own.
    "mine:password": Page(only()),
    "mine:address": Page(ANYBODY),
    "mine:keep_address": Page(only(*EVERYONE, "outsider", answer=MOVED), posted={}),
    "mine:prove": Page(ANYBODY, {"secret": "token"}),
    "mine:close": Page(only(*EVERYONE, "outsider", answer=MOVED), {"pk": "teaching"}, {}),
    "mine:close_others": Page(only(*EVERYONE, "outsider", answer=MOVED), posted={}),
    "mine:alerts": Page(only(*EVERYONE, "outsider", answer=MOVED), posted={}),
    "logout": Page(only(*EVERYONE, "outsider", answer=MOVED), posted={}),
    "search": Page(only(*STAFF)),
    "nextyear:years": Page(only("director", "secretariat", answer=MOVED)),
    "nextyear:year": Page(only("director", "secretariat"), {"pk": "department", "school_year": "next_year"}),
    "nextyear:cancel": Page(
        only("director", "secretariat", answer=MOVED),
        {"pk": "department", "school_year": "next_year"},
        {},
    ),
    "personal:retention": Page(only("administrator")),
    "personal:student": Page(only("secretariat", "administrator"), {"pk": "pupil"}),
    "personal:data": Page(only("secretariat", "administrator"), {"pk": "pupil"}, {}),
    # Anyone is told "ok" or "fail"; the rest, a token or an address (tests/site/health).
    "health": Page(ANYBODY, anonymous=OK),
    "alive": Page(ANYBODY, anonymous=OK),
    "metrics": Page(only(), anonymous=ABSENT),
    "journal": Page(only("administrator", "president", "other_president", "director")),
    "accounts:people": Page(only("administrator")),
    "accounts:new_person": Page(only("administrator")),
    "accounts:tokens": Page(only("administrator")),
    "accounts:revoke_token": Page(only("administrator", answer=MOVED), {"pk": "api_token"}, {}),
    "accounts:person": Page(only("administrator"), {"pk": "account"}),
    "accounts:invite": Page(only("administrator", answer=MOVED), {"pk": "account"}, {}),
    "accounts:remove_factor": Page(only("administrator", answer=MOVED), {"pk": "account"}, {}),
    "curriculum:confirm": Page(only("administrator", answer=MOVED)),
    "curriculum:bring_workbook": Page(only("administrator")),
    "curriculum:bring_fiche": Page(only("administrator")),
    "curriculum:bring_referential": Page(only("administrator")),
    "curriculum:provided": Page(only("administrator")),
    # Without a proposal, one is led to the file's page.
    "curriculum:confirm_referential": Page(only("administrator", answer=MOVED)),
    "curriculum:referential": Page(only(*STAFF), {"pk": "specialty"}),
    "curriculum:programmes": Page(only(*STAFF)),
    "curriculum:scodoc": Page(only("administrator")),
    # Without a file kept, its sender is led to the first step.
    "curriculum:scodoc_place": Page(only("administrator", answer=MOVED), posted={}),
    "curriculum:scodoc_units": Page(only("administrator", answer=MOVED), posted={}),
    "curriculum:programme": Page(only(*STAFF), {"pk": "programme"}),
    "curriculum:workbook": Page(only(*STAFF), {"pk": "programme"}),
    "curriculum:send_workbook": Page(
        only("administrator", refused=tuple(name for name in STAFF if name != "administrator")),
        {"pk": "programme"},
    ),
    "curriculum:new_version": Page(
        only("administrator", refused=tuple(name for name in STAFF if name != "administrator")),
        {"pk": "programme"},
    ),
    "curriculum:identity": Page(
        only("administrator", refused=tuple(name for name in STAFF if name != "administrator")),
        {"pk": "programme"},
    ),
    "curriculum:new": Page(only("administrator")),
    "curriculum:edit": Page(
        only("administrator", refused=tuple(name for name in STAFF if name != "administrator")),
        {"pk": "programme_before"},
    ),
    "curriculum:preview": Page(
        only("administrator", refused=tuple(name for name in STAFF if name != "administrator")),
        {"pk": "programme_before"},
        {},
    ),
    "curriculum:differences": Page(only(*STAFF), {"pk": "programme", "since": "programme_before"}),
    "cohorts:cohorts": Page(only(*LISTING)),
    "cohorts:new_cohort": Page(only(*LISTING)),
    "cohorts:cohort": Page(only(*LISTING), {"pk": "cohort"}),
    "cohorts:programmes": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:version": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:remove_cohort": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:groups": Page(only(*LISTING), {"pk": "cohort"}),
    "cohorts:elements": Page(only(*LISTING), {"pk": "cohort"}),
    "cohorts:all_teachers": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:all_assessments": Page(
        only("director", refused=("secretariat", "administrator")), {"pk": "cohort"}
    ),
    "cohorts:all_groups": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:all_absences": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:teachers": Page(KEEPING, {"pk": "cohort", "element": "element"}),
    "cohorts:aside": Page(
        only("director", refused=("secretariat", "administrator")), {"pk": "cohort", "element": "element"}
    ),
    "cohorts:new_student": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:import_students": Page(KEEPING, {"pk": "cohort"}),
    # Without a file kept, its sender is led to the first step.
    "cohorts:import_columns": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)), {"pk": "cohort"}
    ),
    "cohorts:import_preview": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)), {"pk": "cohort"}
    ),
    "cohorts:import_done": Page(KEEPING, {"pk": "cohort", "made": "import"}),
    "cohorts:enrol": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)),
        {"pk": "cohort"},
        {"student": "pupil"},
    ),
    "cohorts:enrolment": Page(KEEPING, {"pk": "enrolment"}),
    "cohorts:remark": Page(
        only("director", refused=("secretariat", "administrator")),
        {"pk": "enrolment"},
        {"remark": "Arrêt de travail."},  # refused: it does not say what the page showed
    ),
    "cohorts:extra_repeat": Page(
        only("director", refused=("secretariat", "administrator")), {"pk": "enrolment"}
    ),
    "cohorts:withdraw_repeat": Page(
        only("director", answer=MOVED, refused=("secretariat", "administrator")),
        {"pk": "enrolment", "act": "granted"},
        {"motive": "Erreur de saisie."},
    ),
    "cohorts:photo": Page(KEEPING, {"pk": "enrolment"}),
    "cohorts:change_photo": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)), {"pk": "enrolment"}, {}
    ),
    "cohorts:identity": Page(KEEPING, {"pk": "enrolment"}),
    "cohorts:appreciation": Page(
        only("director", refused=("secretariat", "administrator")), {"pk": "enrolment"}
    ),
    "cohorts:appreciations": Page(
        only("director", refused=("secretariat", "administrator")), {"pk": "cohort", "semester": "semester"}
    ),
    "cohorts:adjustments": Page(KEEPING, {"pk": "enrolment"}),
    "cohorts:remove": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)), {"pk": "enrolment"}, {}
    ),
    "cohorts:progress": Page(only(*WATCHERS), {"pk": "cohort"}),
    "cohorts:remind": Page(
        only("director", "president", "other_president", refused=("secretariat",)),
        {"pk": "cohort"},
        {"teachings": "teaching"},
    ),
    "cohorts:accounts": Page(KEEPING, {"pk": "cohort"}),
    "cohorts:open_accounts": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)), {"pk": "cohort"}, {}
    ),
    "cohorts:account": Page(
        only("director", "secretariat", answer=MOVED, refused=("administrator",)),
        {"pk": "enrolment"},
        {"act": "close"},
    ),
    "grades:teachings": Page(only("teacher", "head", "colleague", "director")),
    "grades:sheet": Page(only(*FILLERS), {"pk": "teaching"}),
    "grades:figures": Page(only(*FILLERS), {"pk": "teaching"}),
    "grades:save": Page(only(*FILLERS), {"pk": "teaching"}, {"cells": []}, content_type="application/json"),
    "grades:assessment_new": Page(only("head", "director", refused=("teacher",)), {"pk": "teaching"}),
    "grades:assessment_edit": Page(only("head", "director", refused=("teacher",)), {"pk": "assessment"}),
    "grades:preview": Page(
        only(*FILLERS), {"pk": "teaching"}, {"cells": []}, content_type="application/json"
    ),
    "grades:average": Page(only(*FILLERS), {"pk": "teaching", "enrolment": "enrolment"}),
    "grades:assessment_move": Page(
        only("head", "director", answer=MOVED, refused=("teacher",)), {"pk": "assessment"}, {"vers": "droite"}
    ),
    "grades:assessment_delete": Page(
        only("head", "director", answer=MOVED, refused=("teacher",)), {"pk": "assessment"}, {}
    ),
    "grades:publication": Page(only(*FILLERS), {"pk": "assessment"}),
    "grades:together": Page(only("teacher", "head", "colleague", "director")),
    "grades:complete": Page(
        only("head", "director", answer=MOVED, refused=("teacher",)), {"pk": "teaching"}, {}
    ),
    "grades:reopen": Page(
        only("head", "director", answer=MOVED, refused=("teacher",)), {"pk": "teaching"}, {"motive": "Essai."}
    ),
    "grades:history": Page(only(*FILLERS), {"pk": "mark"}),
    "grades:workbook": Page(only("head", "director", refused=("teacher",)), {"pk": "teaching"}),
    "grades:appreciations": Page(only("teacher", "head", "director"), {"pk": "teaching"}),
    "grades:appreciation": Page(
        only(*FILLERS),
        {"pk": "teaching", "enrolment": "enrolment"},
        {"text": "", "seen": ""},
        content_type="application/json",
    ),
    "grades:mark_list": Page(only("teacher", "head", "director"), {"pk": "teaching"}),
    "grades:workbook_import": Page(only("head", "director", refused=("teacher",)), {"pk": "teaching"}),
    "grades:operation": Page(only(*FILLERS), {"pk": "teaching", "change": "change"}),
    "verify:verify": Page(ANYBODY, anonymous=OK),
    "verify:document": Page(ANYBODY, {"token": "token"}, anonymous=OK),
    "jury:sessions": Page(only("president", "other_president", "member", "director", "secretariat")),
    "jury:new_session": Page(only("president", "other_president", "secretariat")),
    "jury:regulations": Page(only("administrator")),
    "jury:new_regulation": Page(only("administrator")),
    "jury:follow": Page(only(*WATCHERS), {"pk": "cohort"}),
    "letters:texts": Page(only("secretariat")),
    "letters:handwriting": Page(
        only(*(name for name in STAFF if name not in ("secretariat", "administrator")))
    ),
    "letters:text": Page(only("secretariat"), {"department": "department", "kind": "notification"}),
    "letters:preview": Page(only("secretariat"), {"department": "department", "kind": "notification"}),
    "jury:session": Page(only(*SITTING, answer=MOVED), {"pk": "prepared"}),
    "jury:schedule": Page(only(*OFFICE), {"pk": "prepared"}),
    "jury:members": Page(only(*OFFICE, refused=("member", "director")), {"pk": "prepared"}),
    "jury:convocations": Page(only(*OFFICE, refused=("member", "director")), {"pk": "prepared"}),
    "jury:attendance": Page(only(*OFFICE, refused=("member", "director")), {"pk": "prepared"}),
    "jury:prepare": Page(only(*SITTING), {"pk": "prepared"}),
    "jury:open": Page(only("president", answer=MOVED, refused=READERS), {"pk": "prepared"}, {}),
    "jury:back": Page(
        only("president", answer=MOVED, refused=READERS), {"pk": "opened"}, {"motive": "Note oubliée."}
    ),
    "jury:room": Page(only(*SITTING), {"pk": "opened"}),
    "jury:live": Page(only(*SITTING), {"pk": "opened"}),
    "jury:show": Page(
        only("president", answer=DONE, refused=READERS), {"pk": "opened"}, {"number": "number"}
    ),
    "jury:spread": Page(only(*SITTING), {"pk": "opened"}),
    "jury:prefer": Page(only(*SITTING, answer=MOVED), {"pk": "opened"}, {"names": "0"}),
    "jury:card": Page(only(*SITTING), {"pk": "opened", "number": "number"}),
    "jury:what_if": Page(only(*SITTING), {"pk": "opened", "number": "number"}),
    "jury:photo": Page(only(*SITTING), {"pk": "opened", "number": "number"}),
    "jury:choices": Page(only("secretariat", "administrator"), {"department": "department"}),
    "jury:motives": Page(only("president", "other_president", "secretariat"), {"department": "department"}),
    "jury:withdraw": Page(
        only("president", answer=MOVED, refused=READERS),
        {"pk": "opened", "number": "number"},
        {"decision": "decision"},
    ),
    "jury:presences": Page(
        only(*OFFICE, answer=MOVED, refused=("member", "director")), {"pk": "opened"}, {"all": "1"}
    ),
    "jury:remark": Page(
        only("member", answer=MOVED, refused=("president", "director", "secretariat")),
        {"pk": "opened", "number": "number"},
        {"text": "À revoir."},
    ),
    "jury:together": Page(
        only("president", answer=MOVED, refused=READERS), {"pk": "opened"}, {"code": "ATJ"}
    ),
    "jury:adopt": Page(only("president", answer=MOVED, refused=READERS), {"pk": "opened"}, {"expected": "0"}),
    "jury:undo": Page(only("president", answer=MOVED, refused=READERS), {"pk": "opened"}, {}),
    "jury:meanwhile": Page(only(*SITTING), {"pk": "opened"}),
    "jury:recheck": Page(only(*SITTING), {"pk": "closed"}),
    "jury:correct": Page(only("president", refused=READERS), {"pk": "closed"}),
    "jury:succession": Page(
        only("director", refused=("president", "member", "secretariat")), {"pk": "closed"}
    ),
    "jury:abandon": Page(only("president", answer=MOVED, refused=READERS), {"pk": "closed"}, {}),
    "jury:catch_up": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:reopen_marks": Page(
        only("president", answer=MOVED, refused=READERS), {"pk": "prepared"}, {"motive": "Essai."}
    ),
    "jury:close": Page(only("president", refused=READERS), {"pk": "opened"}),
    "jury:after": Page(only(*SITTING), {"pk": "closed"}),
    "jury:to_sign": Page(ANYBODY),
    # A member's turn comes after the president: they are sent back to the session's page.
    "jury:sign": Page(
        only("president", refused=("director", "secretariat")) | {"member": MOVED},
        {"pk": "closed", "version": "version"},
    ),
    "jury:minutes_to_sign": Page(
        only("president", "member", refused=("director", "secretariat")),
        {"pk": "closed", "version": "version"},
    ),
    "jury:seal": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed", "version": "version"}),
    "jury:minutes_pdf": Page(
        only(*OFFICE, refused=("member", "director")), {"pk": "closed", "version": "version"}
    ),
    "jury:student_pdf": Page(
        only(*OFFICE, refused=("member", "director")),
        {"pk": "closed", "kind": "transcript", "number": "number"},
    ),
    "jury:batches": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:mailing": Page(
        only(*OFFICE, answer=MOVED, refused=("member", "director")), {"pk": "closed"}
    ),  # the PV is not signed
    "jury:batch": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed", "batch": "batch"}),
    "jury:batch_act": Page(
        only(*OFFICE, answer=MOVED, refused=("member", "director")),
        {"pk": "closed", "batch": "batch"},
        {"act": "resume"},
    ),
    "jury:batch_file": Page(
        only(*OFFICE, refused=("member", "director")), {"pk": "closed", "batch": "batch"}
    ),
    "jury:student_documents": Page(
        only(*OFFICE, refused=("member", "director")), {"pk": "closed", "number": "number"}
    ),
    "jury:renew": Page(
        only(*OFFICE, answer=MOVED, refused=("member", "director")),
        {"pk": "closed", "kind": "notification", "number": "number"},
        {},
    ),
    "jury:results_xlsx": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:results_csv": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:following": Page(only(*SITTING), {"pk": "closed"}),
    "jury:figures": Page(only(*SITTING), {"pk": "closed"}),
    # Not sealed yet: back to the session's page, which says so.
    "jury:archive_zip": Page(only(*OFFICE, answer=MOVED, refused=("member", "director")), {"pk": "closed"}),
    "jury:apogee": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:apogee_elements": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:apogee_codes": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
    "jury:apogee_give": Page(
        only(*OFFICE, answer=MOVED, refused=("member", "director")), {"pk": "closed"}, {}
    ),  # no file was sent
    "jury:elsewhere": Page(only("director", "secretariat")),
    "jury:elsewhere_find": Page(only("secretariat", refused=("director",))),
    "jury:elsewhere_student": Page(only("secretariat", refused=("director",)), {"pk": "pupil"}),
    "jury:elsewhere_withdraw": Page(
        only("secretariat", answer=MOVED, refused=("director",)), {"pk": "result"}, {"motive": "Erreur."}
    ),
    "jury:elsewhere_send": Page(only("secretariat", refused=("director",))),
    "jury:elsewhere_scodoc": Page(only("secretariat", refused=("director",))),
    "jury:elsewhere_compare": Page(only("director", "secretariat", "president", "other_president")),
    # Without a file kept, its sender is led to the list.
    "jury:elsewhere_confirm": Page(
        only("secretariat", answer=MOVED, refused=("director",)), posted={"kept": ""}
    ),
    "jury:elsewhere_model": Page(only("secretariat", refused=("director",)), {"pk": "cohort"}),
    "jury:cohort_json": Page(only(*OFFICE, refused=("member", "director")), {"pk": "closed"}),
}


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]) -> dict[str, Any]:
    return once(make_world)


@pytest.fixture
def world(db: None, world_once: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(world_once)


@pytest.fixture(scope="module")
def signed_in_once(once: Callable[[Callable], Any], world_once: dict[str, Any]) -> dict[str, SimpleCookie]:
    """The cookies of each one, signed in once a module."""
    return once(lambda: {person: signed_in(world_once[person]).cookies for person in (*EVERYONE, "outsider")})


@pytest.fixture
def browser_of(db: None, signed_in_once: dict[str, SimpleCookie]) -> Callable[[str], Client]:
    """The browser of one of the world's people, signed in."""

    def browser_of(person: str, **options: Any) -> Client:
        client = Client(**options)
        client.cookies = deepcopy(signed_in_once[person])
        return client

    return browser_of


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is its status alone, among thousands: `test_who_reaches` draws their pages."""

    def status_of(request: HttpRequest, template: str, *given: Any, **how: Any) -> HttpResponse:
        if template in ("403.html", "404.html"):
            return HttpResponse(status=how["status"])
        return render(request, template, *given, **how)

    monkeypatch.setattr(views, "render", status_of)


def make_world() -> dict[str, Any]:
    """A department with one person of each role, a promotion of one student, and a session in each state."""
    department = make_department()
    parcours = make_parcours(department=department)
    programme = make_programme(parcours=parcours)
    cohort = make_cohort(programme, school_year=2024)
    regulation = make_regulation(department)
    people = {
        "teacher": make_user("teacher", department=department),
        "head": make_user("teacher", department=department),
        "colleague": make_user("teacher", department=department),  # named on no element of this promotion
        "director": make_user("director", department=department),
        "president": make_user("president", department=department),
        "other_president": make_user("president", department=department),
        "member": make_user("member", department=department),
        "secretariat": make_user("secretariat", department=department),
        "administrator": make_user("administrator", department=department),
        "student": make_user("student", department=department),
        "outsider": make_user(department=make_department()),
        "site": make_user(is_superuser=True),
    }
    enrolment = make_enrolment(cohort, make_student(department, account=people["student"]))
    Photo.objects.create(student=enrolment.student, jpeg=b"\xff\xd8\xff")
    teaching = make_teaching(
        cohort, programme.elements.get(code="R31"), teachers=[people["teacher"]], heads=[people["head"]]
    )
    assessment = make_assessment(teaching)
    mark = Mark.objects.create(
        assessment=assessment,
        enrolment=enrolment,
        value=12,
        entered_by=people["teacher"],
        entered_at=datetime.datetime(2025, 3, 4, 12, tzinfo=datetime.UTC),
    )
    change = MarkChange.objects.create(
        mark=mark, version=1, value=12, by=people["teacher"], at=mark.entered_at, origin="screen"
    )

    imported = StudentImport.objects.create(
        cohort=cohort,
        name="apogee.csv",
        by=people["secretariat"],
        at=mark.entered_at,
        done={"created": [], "changed": [], "groups": []},
    )

    granted = ExtraRepeat.objects.create(
        student=enrolment.student,
        semester=3,
        # After the juries opened below.
        school_year=2024,
        granted_on=datetime.date(2024, 9, 2),
        granted_by="Une directrice",
        circumstances="Accident.",
        document="Lettre",
        recorded_by=people["director"],
        recorded_at=mark.entered_at,
    )

    def session(year: int, semester: int):
        there = cohort if year == 2024 else make_cohort(programme, school_year=year)
        if there != cohort:
            make_enrolment(there, enrolment.student)
        made = make_session(there, people["president"], semester=semester, regulation=regulation)
        Member.objects.create(
            session=made, user=people["member"], name="Membre", quality="enseignant", presence="present"
        )
        return made

    prepared, opened, closed = session(2024, 4), session(2023, 4), session(2022, 4)
    for each in (opened, closed):
        services.open_deliberation(session=each, by=people["president"], motive="Essai.")
    decision = decide_year(opened, enrolment.student, people["president"])
    decide_year(closed, enrolment.student, people["president"])
    minutes = services.close(session=closed, by=people["president"])
    batch = Batch.objects.create(
        session=closed,
        minutes=minutes,
        kinds=["releve"],
        form="zip",
        by=people["president"],
        at=minutes.created_at,
        finished_at=minutes.created_at,
    )
    api_token, _ = create_token(
        owner=people["secretariat"],
        department=department,
        role="secretariat",
        name="Scolarité",
        days=30,
        by=people["administrator"],
    )
    return people | {
        "api_token": api_token.pk,
        "help_of_teachers": "enseignement",
        "way": "saml",
        "department": department.pk,
        "next_year": cohort.school_year + 1,
        "notification": "notification",
        "account": people["teacher"].pk,
        "key_of_member": make_key(people["member"]).pk,
        "administrator_key": people["administrator"].pk,
        "programme": programme.pk,
        "specialty": programme.parcours.specialty_id,
        "programme_before": make_programme(parcours=parcours, in_force_from=2021).pk,
        "cohort": cohort.pk,
        "element": teaching.element_id,
        "enrolment": enrolment.pk,
        "semester": 3,
        "pupil": enrolment.student_id,
        "granted": granted.pk,
        "teaching": teaching.pk,
        "assessment": assessment.pk,
        "mark": mark.pk,
        "change": change.pk,
        "import": imported.pk,
        "result": make_result(enrolment.student, "BUT1").pk,
        "prepared": prepared.pk,
        "opened": opened.pk,
        "closed": closed.pk,
        "number": enrolment.student.number,
        "decision": decision.pk,
        "version": minutes.version,
        "transcript": "releve",
        "batch": batch.pk,
        "token": minutes.issued.get(kind="pv").token,
    }


def decide_year(session, student, president):
    return services.decide(
        session=session,
        student=student,
        kind="year",
        subject="",
        code="PAS1NCI",
        motive="Essai.",
        by=president,
    )


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every named address of the project."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            assert each.name, f"address without a name: {each.pattern}"
            yield prefix + each.name
        else:
            yield from names(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)


def test_every_address_is_in_the_table():
    assert sorted(names(get_resolver())) == sorted(PAGES)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(client: Client, name: str, world: dict[str, Any], state: str = ""):
    """The answer to one address of the table; with `state`, that of the session in this state."""
    page = PAGES[name]
    named = {argument: world[value] for argument, value in page.arguments.items()}
    address = reverse(name, kwargs=named | ({"pk": world[state]} if state else {}))
    if page.posted is None:
        return client.get(address)
    posted = {
        key: world.get(value, value) if isinstance(value, str) else value
        for key, value in page.posted.items()
    }
    extra = {"content_type": page.content_type} if page.content_type else {}
    return client.post(address, posted, **extra)


@pytest.mark.parametrize("name", PAGES)
def test_who_reaches(name: str, world: dict[str, Any], browser_of: Callable[[str], Client]):
    page = PAGES[name]

    def ask(person: str | None) -> int:
        client = browser_of(person) if person else Client()
        return asked(client, name, world).status_code

    # Those who may act come last: what they do may change the answer of the others.
    order = sorted(page.answers, key=lambda person: page.answers[person] in (OK, DONE, MOVED))
    answered = {"nobody": ask(None)} | {person: ask(person) for person in order}

    sent_on = page.posted is not None and page.anonymous == MOVED
    assert answered == {"nobody": SIGNED_OUT if sent_on else page.anonymous} | page.answers


# ---------- in every state of a session ----------

STATES = ("prepared", "opened", "closed", "correcting")
OF_A_SESSION = [name for name, page in PAGES.items() if page.arguments.get("pk") in STATES]


@pytest.fixture(scope="module")
def states_once(once: Callable[[Callable], Any], world_once: dict[str, Any]) -> dict[str, Any]:
    return once(lambda: make_states(deepcopy(world_once)))


@pytest.fixture
def states(db: None, states_once: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(states_once)


def make_states(world: dict[str, Any]) -> dict[str, Any]:
    """The world, with a session in correction too."""
    made = Session.objects.with_programme().get(pk=world["closed"])
    cohort = make_cohort(programme_of(made.cohort), school_year=2021)
    president, member = world["president"], world["member"]
    make_enrolment(cohort, made.cohort.enrolments.get().student)
    session = make_session(cohort, president, semester=4, regulation=made.regulation)
    Member.objects.create(
        session=session, user=member, name="Membre", quality="enseignant", presence="present"
    )
    services.open_deliberation(session=session, by=president, motive="Essai.")
    decide_year(session, cohort.enrolments.get().student, president)
    services.close(session=session, by=president)
    open_correction(session=session, motive="Essai.", marks=False, by=president)
    return world | {"correcting": session.pk}


# One of each kind: a head or a colleague is refused as a teacher is.
REFUSED = ("teacher", "other_president", "administrator", "student", "member", "director", "secretariat")


@pytest.mark.usefixtures("undrawn")
def test_who_is_refused_in_one_state_is_refused_in_all(
    states: dict[str, Any], browser_of: Callable[[str], Client]
):
    people = {person: browser_of(person) for person in REFUSED}
    entered = []
    for name in OF_A_SESSION:
        page = PAGES[name]
        for person in REFUSED:
            expected = page.answers[person]
            for state in (ABSENT, FORBIDDEN).count(expected) * STATES:
                if state == page.arguments["pk"]:  # asked by `test_who_reaches`
                    continue
                answer = asked(people[person], name, states, state).status_code
                if answer not in (expected, ABSENT):  # 404 too: no such version, case or batch there
                    entered.append((name, state, person, answer))

    assert entered == []


# ---------- two departments ----------


@pytest.mark.parametrize("institute", ["Autre IUT", "Zone IUT"])
def test_an_administrator_of_two_departments_administers_both(institute: str, world: dict[str, Any]):
    """Every page of an administrator, whether its department comes after the other one or before."""
    both = make_user("administrator", department=Department.objects.get(pk=world["department"]))
    other = make_department(institute=institute)
    Role.objects.create(user=both, department=other, role=Role.Name.ADMINISTRATOR)
    client = signed_in(both)
    wrong = {}
    for name, page in PAGES.items():
        expected = page.answers["administrator"]
        if name != "logout" and expected != ABSENT:
            status = asked(client, name, world).status_code
            if status != expected:
                wrong[name] = (status, expected)

    assert wrong == {}


# ---------- once a role is taken away ----------


def take_roles_away(people: list[User]) -> None:
    Role.objects.filter(user__in=people).delete()
    User.objects.filter(is_superuser=True).update(is_superuser=False)


def close_accounts(people: list[User]) -> None:
    User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=False)


def move_elsewhere(people: list[User]) -> None:
    """The same roles, each in a department of their own."""
    for person in people:
        person.roles.update(department=make_department())
    User.objects.filter(is_superuser=True).update(is_superuser=False)  # who belongs to no department


def places(name: str) -> tuple[str, ...]:
    return STATES if name in OF_A_SESSION else ("",)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("removal", [take_roles_away, close_accounts, move_elsewhere])
def test_a_role_taken_away_takes_its_power_along(
    removal, states: dict[str, Any], browser_of: Callable[[str], Client]
):
    people = {person: browser_of(person) for person in EVERYONE}
    removal([states[person] for person in EVERYONE])
    # Moved, they have the pages of the other department: those that name nothing of this one.
    names = {name for name, page in PAGES.items() if page.arguments or removal is not move_elsewhere}
    if removal is move_elsewhere:
        names -= {"help:page"}  # the same help everywhere
    kept = []
    # The first would leave nobody to ask the rest; one's own key hangs on no role.
    for name in sorted(names - {"logout", "factors:challenge", "factors:remove"}):
        page = PAGES[name]
        expected = outsider = page.answers["outsider"]
        if removal is close_accounts:
            expected = SIGNED_OUT if page.posted is not None and page.anonymous == MOVED else page.anonymous
        for person in [each for each in EVERYONE if page.answers[each] != outsider]:
            for state in places(name):
                answer = asked(people[person], name, states, state).status_code
                if answer != expected:
                    kept.append((name, state, person, answer))

    assert kept == []


def test_what_is_listed_elsewhere_names_nobody_here(
    states: dict[str, Any], browser_of: Callable[[str], Client]
):
    people = {person: browser_of(person) for person in EVERYONE}
    move_elsewhere([states[person] for person in EVERYONE])
    student = states["student"].student
    told = [
        (name, person)
        for name, page in PAGES.items()
        if not page.arguments and page.posted is None
        for person, client in people.items()
        if student.last_name in asked(client, name, states).text
    ]

    assert told == []


def test_what_may_be_read_but_not_done_says_why(client: Client, world: dict[str, Any]):
    client.force_login(world["member"])
    answer = client.post(reverse("jury:open", args=[world["prepared"]]))

    assert answer.status_code == FORBIDDEN
    assert "présidence du jury ouvre la délibération" in answer.content.decode()


def test_the_table_speaks_of_everyone():
    assert {person for page in PAGES.values() for person in page.answers} == {*EVERYONE, "outsider"}
