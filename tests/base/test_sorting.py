"""Names in the order of a French list, on every page and in every file, whatever the database’s locale."""

import html
import importlib
import io
import random
import re

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.accounts.models import User
from butrt.base.sorting import name_key
from butrt.base.words import folded
from grades.models import Enrolment, Student
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook import results_workbook
from tests.factories import make_department, make_student, make_user
from tests.jury.world import all_at, close_world, make_world

# As a list of the secretariat has them: É is E, a particle is of the name and a word before what follows it,
# a hyphen or an apostrophe is a space; the same name is then sorted by first name.
IN_ORDER = (
    ("BEN YOUSSEF", "Inès"),
    ("BENALI", "Ana"),
    ("ÇELIK", "Deniz"),
    ("CERVEAUX", "Lou"),
    ("d’AUBIGNÉ", "Agrippa"),
    ("DE LA TOUR", "Anne"),
    ("De La-Tour", "Bruno"),
    ("DE LA TOUR", "Carla"),
    ("DELAMARE", "Yves"),
    ("ELUARD", "Paul"),
    ("EMERY", "Alice"),
    ("ÉMERY", "Bruno"),
    ("EMERY", "Zoé"),
    ("ENJALBERT", "Luc"),
    ("LE", "Zoé"),
    ("LE GUENNIC", "Camille"),
    ("LEBRUN", "Éva"),
    ("ŁUKASZEWICZ", "Jan"),
    ("MARTIN", "Élise"),
    ("MARTIN", "Emma"),
    ("MARTIN", "Jean Marc"),
    ("MARTIN", "Jean-Marc"),
    ("MARTIN", "Jeanne"),
    ("N’GUESSAN", "Aya"),
    ("NGUYEN", "Minh"),
    ("NOËL", "Ida"),
    ("NOEL-BARON", "Ada"),
    ("ODIN", "Max"),
    ("ŒUVRARD", "Léa"),
    ("OFFRET", "Léo"),
    ("STRAßER", "Eva"),
    ("STRAUSS", "Ben"),
    ("zurbach", "Tom"),
)
NAMES = [f"{last} {first}" for last, first in IN_ORDER]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("d’AUBIGNÉ", "d aubigne"),
        ("D'Aubigné", "d aubigne"),
        ("De La-Tour", "de la tour"),
        ("  DE  LA TOUR ", "de la tour"),
        ("ŁUKASZEWICZ", "lukaszewicz"),
        ("ĐẶNG", "dang"),
        ("Œuvrard", "oeuvrard"),
        ("ǼBELØ", "aebelo"),
        ("STRAẞER", "strasser"),
        ("E\N{COMBINING ACUTE ACCENT}MERY", "emery"),
        ("ÇELİK", "celik"),
        ("NʼGUESSAN", "n guessan"),
        ("李", "李"),
        ("", ""),
    ],
)
def test_what_a_name_is_filed_under(written, key):
    assert folded(written) == key


def test_two_people_are_never_equal():
    same = [name_key("MARTIN", "Zoé", number) for number in ("2", "1")]

    assert sorted(same) == same[::-1]
    assert name_key("MARTIN", "Zoe", "9") < name_key("MARTIN", "Zoé", "1")


# ---------- everywhere that names are listed ----------


@pytest.fixture
def world():
    """A promotion of these students, entered in any order."""
    shuffled = random.Random(13).sample(IN_ORDER, len(IN_ORDER))
    world = make_world({str(place): all_at("12") for place in range(len(shuffled))})
    for place, (last, first) in enumerate(shuffled):
        student = world.student(str(place))
        student.last_name, student.first_name = last, first
        student.save()
    return world


def listed_in(page: bytes) -> list[str]:
    """The names that a page shows, in its order; each is there."""
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.decode())).split())
    return sorted(NAMES, key=text.index)


@pytest.mark.django_db
def test_students_and_enrolments_are_in_order(world):
    assert [str(each) for each in Student.objects.all()] == NAMES
    assert [str(each) for each in Student.objects.reverse()] == NAMES[::-1]
    assert [str(each.student) for each in Enrolment.objects.select_related("student")] == NAMES
    assert sorted(Student.objects.all(), key=lambda each: each.sort_key) == list(Student.objects.all())


@pytest.mark.django_db
def test_pages_and_files_are_in_order(client, world):
    session, cohort = world.session, world.session.cohort
    teaching = cohort.teachings.first()
    client.force_login(make_user("secretariat", department=session.department))
    promotion = reverse("cohorts:cohort", args=[cohort.pk])
    head = teaching.heads.get()
    minutes = close_world(world)

    assert listed_in(client.get(promotion).content) == NAMES
    assert listed_in(client.get(promotion, {"sort": "-student"}).content) == NAMES[::-1]
    export = client.get(promotion, {"_export": "csv"}).content.replace(b";", b" ")
    assert listed_in(export) == NAMES
    following = reverse("jury:following", args=[session.pk])
    assert listed_in(client.get(following, {"sort": "name"}).content) == NAMES
    assert listed_in(client.get(following, {"sort": "-name"}).content) == NAMES[::-1]

    client.force_login(head)
    assert listed_in(client.get(reverse("grades:sheet", args=[teaching.pk])).content) == NAMES
    marks = load_workbook(io.BytesIO(client.get(reverse("grades:workbook", args=[teaching.pk])).content))
    cells = [[str(cell) for cell in row if cell] for row in marks.worksheets[0].iter_rows(values_only=True)]
    assert listed_in(" ".join(" ".join(row) for row in cells).encode()) == NAMES

    client.force_login(world.president)
    assert listed_in(client.get(reverse("jury:room", args=[session.pk])).content) == NAMES
    assert listed_in(client.get(reverse("jury:after", args=[session.pk])).content) == NAMES

    proceedings = Proceedings.of_minutes(minutes.content)
    assert [case.name for case in proceedings.cases] == NAMES
    people = minutes.content["context"]["students"]
    in_file = [people[each["id"]] for each in minutes.content["cohort"]["students"]]
    assert [f"{each['last_name']} {each['first_name']}" for each in in_file] == NAMES
    sheet = load_workbook(io.BytesIO(results_workbook(proceedings, title="Jury")))["BUT2"]
    rows = sheet.iter_rows(min_row=4, values_only=True)
    assert [f"{last} {first}" for _, last, first, *_ in rows] == NAMES


@pytest.mark.django_db
def test_accounts_are_in_order(client):
    department = make_department()
    for last, first in random.Random(7).sample(IN_ORDER, len(IN_ORDER)):
        make_user("teacher", department=department, last_name=last, first_name=first)
    client.force_login(make_user("administrator", department=department, last_name="ZZ"))

    assert [f"{each.last_name} {each.first_name}" for each in User.objects.all()][:-1] == NAMES
    page = client.get(reverse("accounts:people"))
    people = [row.record for row in page.context["table"].rows][:-1]
    assert [f"{each.last_name} {each.first_name}" for each in people] == NAMES


# ---------- the key follows the name ----------


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["save", "update_fields", "bulk_update", "update"])
def test_the_key_follows_the_name(how):
    student = make_student(make_department(), last_name="AVANT", first_name="Zoé", number="1")
    student.last_name = "ÉMERY"
    if how == "save":
        student.save()
    elif how == "update_fields":
        student.save(update_fields=["last_name"])
    elif how == "bulk_update":
        Student.objects.bulk_update([student], ["last_name"])
    else:
        Student.objects.filter(last_name="AVANT").update(last_name="ÉMERY")

    assert Student.objects.get().sort_key == "emery\tzoe\tÉMERY\tZoé\t1"


@pytest.mark.django_db
def test_the_key_of_an_account_follows_its_name_and_its_identifier():
    users = User.objects.bulk_create([User(username="e", last_name="Émery", first_name="Zoé")])
    assert User.objects.get().sort_key == "emery\tzoe\tÉmery\tZoé\te"

    users[0].first_name = "Ana"
    User.objects.bulk_update(users, ["first_name"])
    User.objects.update(username="a")
    assert User.objects.get().sort_key == "emery\tana\tÉmery\tAna\ta"


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compares bytes")
@pytest.mark.parametrize("table", ["grades_student", "accounts_user"])
def test_postgresql_compares_bytes_whatever_its_locale(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT collation_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name = 'sort_key'",
            [table],
        )
        assert cursor.fetchone() == ("C",)


# ---------- the migration ----------


@pytest.mark.django_db
def test_people_known_before_get_their_key(world):
    for last, first in IN_ORDER:
        make_user(last_name=last, first_name=first)
    User.objects.exclude(last_name__in=[last for last, _ in IN_ORDER]).update(is_active=False)
    for model, migration in (
        (User, "butrt.base.accounts.migrations.0004_sort_key"),
        (Student, "grades.migrations.0007_sort_key"),
    ):
        model.objects.update(sort_key="")
        importlib.import_module(migration).fill(apps, connection.schema_editor())

    assert [str(each) for each in Student.objects.all()] == NAMES
    people = User.objects.filter(is_active=True)
    assert [f"{each.last_name} {each.first_name}" for each in people] == NAMES
