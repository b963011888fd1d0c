"""Two people on the same page: who saves second is told what the first did, loses nothing and undoes nothing.

Every address that reads what is posted is in one of the tables; one that is not fails the test.
"""

from __future__ import annotations

import dis
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from butrt.base.accounts.models import ApiToken, User
from butrt.base.accounts.services import create_token, save_account
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from butrt.base.meanwhile import SALT, _date_in_words
from curriculum.models import Department, Element, Programme
from grades.models import Cohort, Group
from grades.people import set_aside
from jury.documents.letters.versions import Texts
from jury.models import Session
from jury.sittings.services import schedule
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_session,
    make_student,
    make_teaching,
    make_user,
)
from tests.pages import form_of

pytestmark = pytest.mark.django_db

Fields = dict[str, Any]


@dataclass
class Edit:
    """A page that edits rows: who keeps them, what one types and the other, and what the second is told.

    `page`: the address that shows the form when another saves it; `with_`: the button that is pressed.
    """

    role: str
    arguments: tuple[str, ...]
    theirs: Fields
    mine: Fields
    said: str
    page: tuple[str, ...] = ()
    with_: Fields = field(default_factory=dict)


EDITS = {
    "accounts:person": Edit(
        "administrator",
        ("account",),
        {"quality": "maître de conférences"},
        {"email": "c.exemple@valbrume.fr"},
        "Qualité : de rien à « maître de conférences »",
    ),
    "departments:department": Edit(
        "site",
        ("department",),
        {"city": "Lille"},
        {"institute": "IUT du Nord"},
        "Ville : de « Valbrume » à « Lille »",
    ),
    "curriculum:identity": Edit(
        "administrator",
        ("programme",),
        {"rncp": "35457"},
        {"mention": "Réseaux"},
        "de rien à « 35457 »",
    ),
    "cohorts:programmes": Edit(
        "secretariat",
        ("cohort",),
        {"name": "apprentis"},
        {"name": "alternants"},
        "Nom : de rien à « apprentis »",
    ),
    "cohorts:groups": Edit(
        "secretariat",
        ("cohort",),
        {"form-0-name": "TP Z"},
        {"form-1-name": "TP C"},
        "Groupe : de « TP A » à « TP Z »",
    ),
    "cohorts:teachers": Edit(
        "secretariat",
        ("cohort", "element"),
        {"teachers": ["teacher"]},
        {"heads": ["other_teacher"]},
        "Enseignants : de rien à « Anne Enseignante »",
    ),
    "cohorts:aside": Edit(
        "director",
        ("cohort", "element_aside"),
        {"motive": "Poste vacant."},
        {"motive": "Atelier fermé."},
        "Motif : de « Grève. » à « Poste vacant. »",
    ),
    "cohorts:enrolment": Edit(
        "secretariat",
        ("enrolment",),
        {"unjustified_absences": "4"},
        {"justified_absences": "7"},
        "Absences injustifiées : de « 0 » à « 4 »",
    ),
    "cohorts:remark": Edit(
        "director",
        ("enrolment",),
        {"remark": "Arrêt de travail."},
        {"remark": "Assidu."},
        "Remarque pour le jury : de rien à « Arrêt de travail. »",
        page=("cohorts:enrolment", "enrolment"),
    ),
    "cohorts:identity": Edit(
        "secretariat",
        ("enrolment",),
        {"city": "Lille"},
        {"baccalaureate_series": "STI2D"},
        "Ville : de rien à « Lille »",
    ),
    "cohorts:appreciation": Edit(
        "director",
        ("enrolment",),
        {"s3": "Assidu."},
        {"s4": "En progrès."},
        "Semestre 3 : de rien à « Assidu. »",
    ),
    "cohorts:adjustments": Edit(
        "secretariat",
        ("enrolment",),
        {"UE31-points": "0,5", "UE31-reason": "Sport"},
        {"UE41-points": "-1,00", "UE41-reason": "Retards"},
        "UE31, points : de rien à « 0,5 »",
    ),
    "grades:assessment_edit": Edit(
        "teacher",
        ("assessment",),
        {"coefficient": "2"},
        {"title": "DS de juin"},
        "Coefficient : de « 1 » à « 2 »",
    ),
    "jury:schedule": Edit(
        "secretariat",
        ("session",),
        {"place": "Amphi A"},
        {"date": "2025-07-10"},
        "Lieu : de « salle B204 » à « Amphi A »",
    ),
    "jury:members": Edit(
        "secretariat",
        ("session",),
        {"form-0-presence": "excused"},
        {"act": "arrêté n° 13", "day": "2025-06-04"},
        ", présence : de « présent » à « excusé »",
    ),
    "jury:motives": Edit(
        "secretariat",
        ("department",),
        {"form-0-text": "Résultats en hausse depuis mars."},
        {"form-1-codes": ["PAS1NCI"]},
        "motif : de « Résultats en hausse sur l’année, avis favorable de l’équipe. » à « Résultats en hausse "
        "depuis mars. »",
    ),
    "jury:new_regulation": Edit(
        "administrator",
        (),
        {"decimals": "3"},
        {"rcue_from": "displayed"},
        "Décimales : de « 2 » à « 3 »",
        with_={"adopt": "1"},
    ),
    "letters:text": Edit(
        "secretariat",
        ("department", "notification"),
        {"title": "Décision de notre jury"},
        {"title": "Votre résultat"},
        "à « Décision de notre jury »",
    ),
    "letters:head": Edit(
        "secretariat",
        ("department", "head"),
        {"city": "Lens"},
        {"contact": "Scolarité"},
        "Fait à : de « Valbrume » à « Lens »",
    ),
    "jury:choices": Edit(
        "secretariat",
        ("department",),
        {"form-0-text": "Vu le code de l’éducation"},
        {"class_rank": "on"},
        "visa : de rien à « Vu le code de l’éducation »",
    ),
    "jury:apogee_elements": Edit(
        "secretariat",
        ("closed",),
        {"e0": "V3RTU1"},
        {"e1": "V3RTU2"},
        "de rien à « V3RTU1 »",
    ),
    "jury:apogee_codes": Edit(
        "secretariat",
        ("closed",),
        {"unit_ADM": "VAL"},
        {"unit_AJ": "NVAL"},
        "ADM, UE : de « ADM » à « VAL »",
    ),
}
"""`letters:head` is `letters:text` of the letterhead."""

ADOPTED = {"jury:new_regulation"}
"""Adopting again the règlement in force is another version of it."""

OWN_WAY = {
    "curriculum:edit": "three versions carried onto each other, tests/curriculum/editing/test_refusing.py",
    "grades:sheet": "a version each mark, tests/grades/test_services.py",
    "grades:save": "a version each mark, tests/grades/test_services.py",
    "grades:appreciations": "a field each student, tests/grades/test_appreciations.py",
    "grades:appreciation": "the text that was shown, tests/grades/test_appreciations.py",
    "cohorts:appreciations": "a field each student, tests/grades/test_appreciations.py",
    "grades:operation": "a version each mark, tests/grades/workbook/test_confirming.py",
    "grades:mark_list": "a version each mark, tests/grades/test_lists.py",
    "grades:workbook_import": "a version each mark, tests/grades/workbook/test_confirming.py",
    "jury:card": "the last act on the student, tests/jury/room/test_card.py",
}
"""They refuse a stale save by their own means, finer than a form's."""

A_PLAN_SHOWN = (
    *("curriculum:confirm", "curriculum:confirm_referential", "curriculum:send_workbook"),
    *("curriculum:scodoc_place", "curriculum:scodoc_units"),
    *("cohorts:import_preview", "jury:elsewhere_confirm", "jury:apogee_give", "staff:confirm"),
    "nextyear:year",
    *("cohorts:all_teachers", "cohorts:all_assessments", "cohorts:all_groups", "cohorts:all_absences"),
)
"""What would change is shown first, and refused when it is no longer that."""

CREATES = (
    *("accounts:new_person", "accounts:tokens", "curriculum:new", "curriculum:new_version"),
    *("departments:new", "departments:administrator"),
    *("cohorts:new_cohort", "cohorts:new_student", "cohorts:enrol", "cohorts:extra_repeat"),
    *("grades:assessment_new", "jury:new_session", "jury:catch_up", "jury:correct", "jury:batches"),
    *("jury:elsewhere_student", "jury:renew"),
)

ACTS = (
    *(
        "login",
        "logout",
        "choose_password",
        "forgotten",
        "mine:keep_address",
        "mine:prove",
        "mine:close",
        "mine:close_others",
        "accounts:invite",
        "accounts:remove_factor",
        "accounts:revoke_token",
        "departments:invite",
        "departments:remove_factor",
        "factors:ask",
        "setup:put_away",
        "staff:invitations",
        "cohorts:remind",
        "cohorts:open_accounts",
    ),
    *("cohorts:account", "cohorts:remove", "cohorts:withdraw_repeat", "cohorts:remove_cohort"),
    *("cohorts:version", "nextyear:cancel"),
    *("cohorts:import_done", "grades:assessment_move", "grades:assessment_delete", "grades:publication"),
    *(
        "grades:complete",
        "grades:reopen",
        "grades:together",
        "jury:convocations",
        "jury:presences",
        "jury:open",
        "jury:back",
    ),
    *("jury:adopt", "jury:together", "jury:undo", "jury:show", "jury:withdraw", "jury:reopen_marks"),
    *("jury:meanwhile", "jury:recheck", "jury:close", "jury:abandon", "jury:sign", "jury:seal"),
    *("jury:succession", "jury:mailing", "jury:batch_act", "jury:elsewhere_withdraw"),
)
"""A button, with a motive perhaps: it says what becomes of something, nothing shown is typed over."""

ONE_S_OWN = (
    "mine:password",
    "mine:address",
    "mine:alerts",
    "jury:prefer",
    "jury:remark",
    "letters:handwriting",
    *("factors:application", "factors:key", "factors:codes", "factors:remove", "factors:challenge"),
)
"""Nobody else writes it."""

KEEPS_NOTHING = (
    *("curriculum:preview", "curriculum:bring_workbook", "curriculum:bring_referential"),
    *("curriculum:bring_fiche", "curriculum:provided", "staff:several"),
    *("curriculum:scodoc", "cohorts:import_students", "cohorts:import_columns", "grades:preview"),
    *("jury:elsewhere_send", "jury:elsewhere_scodoc", "jury:elsewhere_compare", "jury:apogee"),
    *("letters:preview", "personal:data"),
    *("cas_callback", "saml_acs"),
    *("verify:verify", "cohorts:change_photo"),
)
"""A preview, a file sent to be read; a photo, which takes the place of the other whole; who says they are in
or out, by a provider's own post."""


# ---------- every address ----------


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{prefix}{each.name}", each.callback
        else:
            yield from addresses(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)


def functions(view: Any) -> list[types.FunctionType]:
    """A view, and the functions of its module that it calls."""
    found: list[types.FunctionType] = []
    waiting = [inspect.unwrap(view)]
    while waiting:
        function = waiting.pop()
        if function in found:
            continue
        found.append(function)
        codes, names = [function.__code__], set()
        while codes:
            code = codes.pop()
            names |= {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
            codes += [each for each in code.co_consts if isinstance(each, types.CodeType)]
        module = sys.modules[function.__module__]
        known = [
            inspect.unwrap(getattr(module, name)) for name in names if callable(getattr(module, name, 0))
        ]
        waiting += [
            each
            for each in known
            if isinstance(each, types.FunctionType) and each.__module__ == module.__name__
        ]
    return found


def posts(view: Any) -> bool:
    """Whether an address reads what is posted."""
    if hasattr(view, "view_class"):
        return hasattr(view.view_class, "post")
    sources = [inspect.getsource(function) for function in functions(view)]
    return any("POST" in source or "Shown(" in source for source in sources)


def test_every_address_that_is_posted_to_is_in_a_table():
    posted = sorted(name for name, view in addresses(get_resolver()) if posts(view))
    listed = [*EDITS, *OWN_WAY, *A_PLAN_SHOWN, *CREATES, *ACTS, *ONE_S_OWN, *KEEPS_NOTHING]

    assert posted == sorted(name for name in listed if name != "letters:head")


# ---------- removed by somebody else ----------

REMOVED = {
    "cohorts:enrolment": ("cohorts:remove", "enrolment"),
    "cohorts:remark": ("cohorts:remove", "enrolment"),
    "cohorts:identity": ("cohorts:remove", "enrolment"),
    "cohorts:appreciation": ("cohorts:remove", "enrolment"),
    "cohorts:adjustments": ("cohorts:remove", "enrolment"),
    "grades:assessment_edit": ("grades:assessment_delete", "assessment"),
}
"""What somebody else may remove while it is edited, and the address where they do."""

NEVER_REMOVED = (
    *("accounts:person", "cohorts:programmes", "curriculum:identity", "jury:schedule"),
    "departments:department",
    "jury:new_regulation",
    *("letters:text", "letters:head", "jury:choices", "jury:apogee_elements", "jury:apogee_codes"),
)
"""Accounts are closed and sessions stay; the rest belongs to a department or a programme, which stay."""

LINES = ("cohorts:groups", "jury:members", "jury:motives")
"""A line removed is one more change of the page, told as the others are."""

BY_A_FILE = ("cohorts:aside", "cohorts:teachers")
"""An element goes with the file that no longer has it: `test_an_element_removed_by_a_file`."""


@pytest.mark.parametrize("name", LINES)
def test_who_saves_a_list_from_which_somebody_took_a_line_is_told(name: str, world: dict[str, Any]):
    desk, other = Desk.of(name, world, 1), Desk.of(name, world, 0)
    lines = other.open()
    first = next(field for field in ("name", "text") if f"form-0-{field}" in lines)
    last = int(lines["form-INITIAL_FORMS"][0]) - 1
    (gone,) = lines[f"form-{last}-{first}"]
    seen = desk.open()
    assert other.save(lines | {f"form-{last}-{first}": [""]}).status_code == 302

    refused = desk.save(seen)

    assert refused.status_code == 200
    assert f"de « {gone} » à rien" in readable(refused)
    kept = desk.fields(refused)
    assert without(kept) == without(seen)
    assert desk.save(kept).status_code == 302  # put back, under another key
    assert desk.open()[f"form-{last}-{first}"] == [gone]


def test_what_becomes_of_rows_removed_is_said_of_each_edited_page():
    assert sorted([*REMOVED, *NEVER_REMOVED, *LINES, *BY_A_FILE]) == sorted(EDITS)


@pytest.mark.parametrize("name", REMOVED)
def test_who_saves_what_somebody_removed_is_told_who_and_keeps_the_text(name: str, world: dict[str, Any]):
    edit, (remove, row) = EDITS[name], REMOVED[name]
    desk = Desk.of(name, world, 1)
    seen = desk.open()
    remover = world["secretariat" if remove == "cohorts:remove" else "teacher"][0]
    assert signed_in(remover).post(reverse(remove, args=[world[row]])).status_code == 302

    answer = desk.save(seen | typed(edit.mine, world))

    assert answer.status_code == 404
    text = readable(answer)
    assert f"{remover} a supprimé ou retiré ce que vous modifiiez" in text
    for value in edit.mine.values():
        assert str(value) in text


def test_a_choice_is_given_back_in_its_words(world: dict[str, Any]):
    desk = Desk.of("grades:assessment_edit", world, 1)
    seen = desk.open()
    signed_in(world["teacher"][0]).post(reverse("grades:assessment_delete", args=[world["assessment"]]))

    assert "seconde chance" in readable(desk.save(seen | {"kind": ["second"]}))


def test_an_element_removed_by_a_file(world: dict[str, Any]):
    desk = Desk.of("cohorts:teachers", world, 1)
    seen = desk.open()
    element = Element.objects.get(pk=world["element"])
    element.weights.all().delete()
    element.delete()
    by = world["administrator"][0]
    record(act="programme.load", about=str(element.programme), by=by, department=by.roles.get().department)
    answer = desk.save(seen | typed({"heads": ["other_teacher"]}, world))

    assert answer.status_code == 404
    assert f"{by} a supprimé ou retiré" in readable(answer)
    assert "Bruno Enseignante" in readable(answer)


def test_who_lost_their_role_keeps_the_text_and_is_told_of_nobody(world: dict[str, Any]):
    desk = Desk.of("grades:assessment_edit", world, 1)
    seen = desk.open()
    signed_in(world["teacher"][0]).post(reverse("grades:assessment_delete", args=[world["assessment"]]))
    world["teacher"][1].roles.all().delete()
    answer = desk.save(seen | {"title": ["DS de juin"]})

    assert answer.status_code in (403, 404)
    assert str(world["teacher"][0]) not in readable(answer)


def test_what_another_was_shown_is_given_to_nobody_else(world: dict[str, Any]):
    desk, other = (Desk.of("grades:assessment_edit", world, who) for who in (0, 1))
    seen = desk.open()
    signed_in(world["teacher"][0]).post(reverse("grades:assessment_delete", args=[world["assessment"]]))

    assert "supprimé ou retiré" not in readable(other.save(seen))


# ---------- two people ----------


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]) -> dict[str, Any]:
    return once(make_world)


@pytest.fixture
def world(db: None, world_once: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(world_once)


def make_world() -> dict[str, Any]:
    department = make_department()
    programme = make_programme(parcours=make_parcours(department=department))
    cohort = make_cohort(programme)
    people = {"teacher": [], "director": [], "secretariat": [], "administrator": []}
    for role, two in people.items():
        for first in ("Anne", "Bruno"):
            last = {"teacher": "Enseignante"}.get(role, "Exemple")
            two.append(make_user(role, department=department, first_name=first, last_name=last))
    people["site"] = [make_user(first_name=first, is_superuser=True) for first in ("Anne", "Bruno")]
    teaching = make_teaching(cohort, programme.elements.get(code="R31"), heads=people["teacher"])
    free = programme.elements.exclude(pk=teaching.element_id).first()
    aside = make_element(programme, code="R49", semester=4)
    set_aside(cohort=cohort, element=aside, motive="Grève.", by=people["director"][0])
    Group.objects.create(cohort=cohort, name="TP A")
    Group.objects.create(cohort=cohort, name="TP B")
    president = make_user("president", department=department)
    regulation = make_regulation(department)
    Texts.of(department)
    session = make_session(cohort, president, regulation=regulation)
    closed = make_session(cohort, president, regulation=regulation, semester=3)
    Session.objects.filter(pk=closed.pk).update(state="closed", snapshot={}, closed_at=timezone.now())
    return people | {
        "department": department.pk,
        "programme": programme.pk,
        "cohort": cohort.pk,
        "element": free.pk,
        "element_aside": aside.pk,
        "teaching": teaching.pk,
        "account": make_user("teacher", department=department, last_name="Enseignante").pk,
        "enrolment": make_enrolment(cohort, make_student(department)).pk,
        "assessment": make_assessment(teaching).pk,
        "session": session.pk,
        "closed": closed.pk,
        "notification": "notification",
        "head": "en-tete",
    }


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@dataclass
class Desk:
    """A page in somebody's browser."""

    client: Client
    edit: Edit
    page: str
    action: str

    @classmethod
    def of(cls, name: str, world: dict[str, Any], who: int) -> Desk:
        edit = EDITS[name]

        def address(named: str, *arguments: str) -> str:
            return reverse(named, args=[world[each] for each in arguments])

        action = address("letters:text" if name == "letters:head" else name, *edit.arguments)
        page = address(*edit.page) if edit.page else action
        return cls(signed_in(world[edit.role][who]), edit, page, action)

    def open(self) -> Fields:
        """The fields that the page shows."""
        page = self.client.get(self.page)
        assert page.status_code == 200
        return self.fields(page)

    def fields(self, page: Any) -> Fields:
        return form_of(page, self.action if self.action != page.request["PATH_INFO"] else "")

    def save(self, fields: Fields) -> Any:
        return self.client.post(self.action, fields | self.edit.with_)


def typed(fields: Fields, world: dict[str, Any]) -> Fields:
    """What is typed, the people named by their place in the world."""
    keys = {"teacher": world["teacher"][0].pk, "other_teacher": world["teacher"][1].pk}
    return {
        name: [str(keys.get(each, each)) for each in (value if isinstance(value, list) else [value])]
        for name, value in fields.items()
    }


def readable(page: Any) -> str:
    return " ".join(page.content.decode().replace("\xa0", " ").replace("&#x27;", "'").split())


def without(fields: Fields) -> Fields:
    """What a page shows, its tokens apart."""
    hidden = ("csrfmiddlewaretoken", "shown")
    return {name: value for name, value in fields.items() if name not in hidden and "initial-" not in name}


@pytest.mark.parametrize("name", EDITS)
def test_who_saves_second_is_told_who_did_what_and_may_save_again(name: str, world: dict[str, Any]):
    edit = EDITS[name]
    first, second = Desk.of(name, world, 0), Desk.of(name, world, 1)
    seen = second.open()
    assert first.save(first.open() | typed(edit.theirs, world)).status_code == 302
    theirs = without(second.open())

    refused = second.save(seen | typed(edit.mine, world))

    assert refused.status_code == 200
    text = readable(refused)
    who = world[edit.role][0]
    assert f"Entre-temps, {who} a changé ce que cette page montrait le " in text
    assert edit.said in text
    assert "Rien n’est enregistré, votre saisie reste" in text
    kept = second.fields(refused)
    mine = typed(edit.mine, world)
    assert {field: kept[field] for field in mine} == mine  # what was typed stays
    assert without(second.open()) == theirs  # nothing was saved

    assert second.save(kept).status_code == 302
    after = second.open()
    assert {field: after[field] for field in mine} == mine


@pytest.mark.parametrize("name", sorted(EDITS.keys() - ADOPTED))
def test_a_save_that_changes_nothing_writes_nothing(name: str, world: dict[str, Any]):
    desk = Desk.of(name, world, 0)
    shown = desk.open()
    entries = Entry.objects.count()

    assert desk.save(shown).status_code == 302

    assert without(desk.open()) == without(shown)
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("name", sorted(EDITS.keys() - ADOPTED))
def test_the_same_save_sent_twice_is_no_quarrel(name: str, world: dict[str, Any]):
    desk = Desk.of(name, world, 0)
    fields = desk.open() | typed(EDITS[name].theirs, world)

    assert (desk.save(fields).status_code, desk.save(fields).status_code) == (302, 302)


@pytest.mark.parametrize("name", EDITS)
def test_a_page_that_does_not_say_what_it_showed_saves_nothing(name: str, world: dict[str, Any]):
    desk = Desk.of(name, world, 0)
    shown = desk.open()

    for forged in ("", "[" * 100_000, signing.dumps({}, salt="another page")):
        refused = desk.save(shown | typed(EDITS[name].mine, world) | {"shown": forged})
        assert "Cette page ne dit pas ce qu’elle montrait" in readable(refused)

    assert without(desk.open()) == without(shown)


@pytest.mark.parametrize("name", EDITS)
def test_a_page_says_what_each_of_its_fields_showed(name: str, world: dict[str, Any]):
    fields = Desk.of(name, world, 0).open()
    (shown,) = fields["shown"]
    said = signing.loads(shown, salt=SALT)["fields"].keys()
    shows = {name for name, values in without(fields).items() if any(values)}
    lines = int(fields.get("form-INITIAL_FORMS", ["0"])[0])
    new = {name for name in shows if (place := re.match(r"form-(\d+)-", name)) and int(place[1]) >= lines}
    ours = {name for name in shows if re.search(r"_FORMS$|-key$", name)}

    assert shows - new - ours - said == set()


def test_an_unchanged_save_moves_nobody_to_another_group(world: dict[str, Any]):
    cohort = Cohort.objects.get(pk=world["cohort"])
    one, other = cohort.groups.order_by("name")
    for group in (one, other):
        for _ in range(14):
            make_enrolment(cohort, make_student(cohort.department), group=group)
    desk = Desk.of("cohorts:groups", world, 0)
    shown = desk.open()
    Group.objects.filter(pk=one.pk).update(name="TP C")  # now after the other one

    refused = desk.save(shown)
    again = desk.save(desk.fields(refused))

    assert (refused.status_code, again.status_code) == (200, 302)
    names = {group.pk: group.name for group in cohort.groups.all()}
    assert names == {one.pk: "TP A", other.pk: "TP B"}
    assert [group.enrolments.count() for group in (one, other)] == [14, 14]


# ---------- created at once ----------


def new_account(world: dict[str, Any]) -> None:
    account = User(username="lea", first_name="Léa", last_name="Roy")
    department = Department.objects.get(pk=world["department"])
    save_account(user=account, password="", department=department, roles=[], by=None)


def new_token(world: dict[str, Any]) -> None:
    department = Department.objects.get(pk=world["department"])
    owner = world["secretariat"][0]
    create_token(owner=owner, department=department, role="secretariat", name="Bord", days=30, by=None)


def new_session(world: dict[str, Any]) -> None:
    cohort = make_cohort(Programme.objects.get(pk=world["programme"]), school_year=2025)
    new = [
        Session(cohort=cohort, semester=4, president=world["teacher"][0], date=date(2026, 7, 8), place="B1")
        for _ in range(2)
    ]
    for session in new:
        schedule(session=session, by=world["teacher"][0])


@pytest.mark.parametrize(
    ("model", "create"),
    [(User, new_account), (ApiToken, new_token), (Session, new_session)],
)
def test_who_creates_second_what_another_just_created_is_told(model, create, world, monkeypatch):
    if create is not new_session:
        create(world)
    checks = model.full_clean
    seen = []

    def blind_once(row: Any, *args: Any, **kwargs: Any) -> None:
        """As if the other's had come between the check and the insertion."""
        seen.append(row)
        if len(seen) != (2 if create is new_session else 1):
            checks(row, *args, **kwargs)

    monkeypatch.setattr(model, "full_clean", blind_once)
    count = model.objects.count()

    with pytest.raises(ValidationError, match=r"existe déjà|porte déjà"):
        create(world)

    assert model.objects.count() == count + (create is new_session)


@pytest.mark.parametrize(
    ("typed", "shown_back"),
    [("2024-12-01", "1er décembre 2024"), ("2024-02-31", "2024-02-31"), ("20241202", "20241202"), ("", "")],
)
def test_a_date_typed_is_shown_back_in_french(typed: str, shown_back: str):
    assert _date_in_words(typed) == shown_back
