"""No page reads what it does not show: figures frozen by past juries, contents of their PV, files of batches.

Each is some megabytes for a promotion, and takes seconds to decode: a page that loads a session or a PV on
its way to something else must leave them aside (butrt/base/light.py, and `defer` after a `select_related`).
"""

import datetime
import re
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.db.models.sql import compiler
from django.db.models.sql.compiler import cursor_iter
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from butrt.base.accounts.models import Role
from butrt.base.accounts.services import create_token
from butrt.base.light import Light
from grades.models import Enrolment, Student
from jury.cases import figures, proceedings
from jury.models import Batch, Freeze, Issued, Minutes, MinutesRevision, Result, Session
from jury.sittings import services
from jury.sittings.corrections.services import open_correction
from tests.factories import make_department, make_user, programme_of
from tests.jury.years import Years, read

pytestmark = pytest.mark.django_db

HEAVY = re.compile(
    r'"jury_(?:session"\."snapshot|minutes"\."content|freeze"\."snapshot|batch"\."(?:figures|content))"'
)
# What shows a PV or frozen figures: each reads one of them, once, and no other does.
SHOWING = {
    "jury:prepare",
    *("jury:room", "jury:live", "jury:card", "jury:what_if", "jury:spread", "jury:meanwhile", "jury:close"),
    *("jury:after", "jury:student_documents", "jury:student_pdf", "jury:minutes_pdf", "jury:minutes_to_sign"),
    *("jury:sign", "jury:seal", "jury:following", "jury:figures", "jury:results_xlsx", "jury:results_csv"),
    *("jury:batches", "jury:mailing", "jury:batch_file", "jury:cohort_json", "jury:archive_zip"),
    *("jury:apogee", "jury:apogee_elements", "jury:apogee_codes", "jury:attendance", "jury:recheck"),
    *(
        "own:document",
        "own:marks",
        "api:following",
        "api:decisions",
        "api:cohort",
        "api:minutes_pdf",
        "api:transcript",
    ),
}


@pytest.fixture(scope="module")
def years_once(once):
    return once(make_years)


@pytest.fixture
def years(db, years_once):
    return deepcopy(years_once)


def make_years():
    """TOM and ZOE: BUT1, BUT2 and S5 closed, S6 prepared."""
    years = Years()
    students = [years.student("TOM"), years.student("ZOE")]
    for parcours, year, school_year in (("TC", 1, 2022), ("IOM", 2, 2023), ("IOM", 3, 2024)):
        cohort = years.cohort(years.programme(parcours, year), school_year)
        for student in students:
            years.enrol(cohort, student, {"*": "12"})
        years.hold(cohort, 2 * year - 1)
        if year < 3:
            years.hold(cohort, 2 * year)
    years.session(cohort, 6)
    for role in (Role.Name.DIRECTOR, Role.Name.ADMINISTRATOR, Role.Name.TEACHER, Role.Name.MEMBER):
        Role.objects.get_or_create(user=years.president, role=role, department=years.department)
    return years


def addresses(patterns=None, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every address of the site: its name, its arguments."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            space = f"{prefix}{each.namespace}:" if each.namespace else prefix
            yield from addresses(each.url_patterns, space)
        elif isinstance(each, URLPattern) and each.name:
            yield f"{prefix}{each.name}", list(each.pattern.converters)


def known_arguments(years: Years, session: Session) -> dict[str, object]:
    student = session.cohort.enrolments.order_by("student__number").first().student
    return {
        "number": student.number,
        "version": 1,
        "kind": "releve",
        "department": years.department.pk,
        "batch": getattr(Batch.objects.filter(session=session).first(), "pk", 0),
        "token": getattr(Issued.objects.first(), "token", "X"),
    }


OF_AN_ENROLMENT = {f"cohorts:{name}" for name in ("enrolment", "identity", "adjustments", "photo")}


def key(name: str, session: Session) -> int:
    """The `pk` of an address: a session's, but for what is about a promotion, a student, an element."""
    enrolment = session.cohort.enrolments.first()
    if name in OF_AN_ENROLMENT:
        return enrolment.pk
    if name == "personal:student":
        return enrolment.student_id
    if name == "jury:follow" or name.startswith("cohorts:"):
        return session.cohort_id
    if name.startswith("grades:"):
        return session.cohort.teachings.first().pk
    if name.startswith("curriculum:"):
        return programme_of(session.cohort).pk
    return session.pk


def heavy_reads(client: Client, address: str, **extra: str) -> list[str]:
    """The queries of a page that read a heavy column, in short."""
    figures._frozen.cache_clear()
    proceedings._versions.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address, **extra)
    return [
        f"{', '.join(sorted(set(HEAVY.findall(each['sql']))))} … {each['sql'].partition(' FROM ')[2][:120]}"
        for each in queries
        if each["sql"].startswith("SELECT") and HEAVY.search(each["sql"].partition(" FROM ")[0])
    ]


def walk(
    client: Client, years: Years, session: Session, spaces: tuple[str, ...], **extra: str
) -> dict[str, list[str]]:
    """{address: its heavy reads} of the pages of these spaces, when there are more than it may have."""
    found, known = {}, known_arguments(years, session)
    for name, arguments in addresses():
        if name.partition(":")[0] not in spaces:
            continue
        pk = key(name, session)
        try:
            address = reverse(name, kwargs={each: (known | {"pk": pk})[each] for each in arguments})
        except (NoReverseMatch, KeyError):
            continue
        reads = heavy_reads(client, address, **extra)
        columns = [each.partition(" … ")[0] for each in reads]
        if columns and (name not in SHOWING or len(set(columns)) < len(columns)):
            found[f"{name} ({session.state})"] = reads
    return found


def in_each_state(years: Years) -> Iterator[Session]:
    last = Session.objects.with_programme().get(semester=6)
    yield last
    services.open_deliberation(session=last, by=years.president, motive="Essai.")
    yield read(last)
    closed = Session.objects.with_programme().get(semester=4)
    yield closed
    open_correction(session=closed, motive="Erreur.", marks=False, by=years.president)
    yield read(closed)


@pytest.mark.usefixtures("unprinted")
def test_no_page_reads_what_it_does_not_show(client, years):
    client.force_login(years.president)
    spaces = (
        "home",
        "search",
        "journal",
        "jury",
        "personal",
        "cohorts",
        "grades",
        "letters",
        "verify",
        "curriculum",
    )
    found = {}
    for session in in_each_state(years):
        Batch.objects.create(
            session=session,
            minutes=session.minutes.first(),
            figures=None if session.minutes.exists() else {},
            kinds=["releve"],
            form="zip",
            by=years.president,
            at=datetime.datetime(2025, 7, 8, tzinfo=datetime.UTC),
        )
        found |= walk(client, years, session, spaces)
    found |= {
        f"search {query}": reads
        for query in ("TOM", "jury", "PV", Issued.objects.first().token[:8])
        if (reads := heavy_reads(client, f"{reverse('search')}?q={query}"))
    }

    assert found == {}, "\n".join(f"{page} : {' | '.join(reads)}" for page, reads in found.items())


@pytest.mark.usefixtures("unprinted")
def test_no_page_of_a_student_does(client, years):
    student = Result.objects.first().student
    student.account = make_user("student", department=years.department)
    student.save()
    client.force_login(student.account)
    found = {}
    for session in in_each_state(years):
        found |= walk(client, years, session, ("own",))

    assert found == {}, "\n".join(f"{page} : {' | '.join(reads)}" for page, reads in found.items())


@pytest.mark.usefixtures("unprinted")
def test_no_object_of_the_api_does(client, years):
    _token, secret = create_token(
        owner=years.president, department=years.department, role="president", name="Essai", days=30, by=None
    )
    found = {}
    for session in in_each_state(years):
        found |= walk(client, years, session, ("api",), HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert found == {}, "\n".join(f"{page} : {' | '.join(reads)}" for page, reads in found.items())


# ---------- where they are in their tables ----------

WEIGHS = [(model, name) for model in Light.__subclasses__() for name in model.heavy]
WEIGHS.append((MinutesRevision, "pdf"))


def after_what_weighs(names: list[str], model: type[Model]) -> list[str]:
    """The columns that SQLite reads through what weighs."""
    heavy = {name for each, name in WEIGHS if each is model}
    first = min(map(names.index, heavy))
    return [name for name in names[first:] if name not in heavy]


@pytest.mark.parametrize("model", {model: None for model, _ in WEIGHS})
def test_what_weighs_is_last_in_its_table(model):
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, model._meta.db_table)

    assert after_what_weighs([column.name for column in columns], model) == []


def test_what_weighs_stays_last_whatever_a_migration_makes_anew(settings):
    settings.MIGRATION_MODULES = {}  # those that the tests do without
    state = MigrationLoader(None).project_state()
    wrong = {}
    for model in {model: None for model, _ in WEIGHS}:
        fields = state.models["jury", str(model._meta.model_name)].fields
        columns = [name for name, field in fields.items() if not field.many_to_many]
        wrong[model] = after_what_weighs(columns, model)

    assert not any(wrong.values()), wrong


# ---------- five years behind ----------

MEGABYTE = "x" * 1_000_000


def years_behind(years: Years, students: list[Student], number: int) -> None:
    """BUT1 repeated for some years by all of them: each jury closed, its figures and its PV of a megabyte."""
    units = list(years.programme("TC", 1).units.select_related("competence"))
    for school_year in range(2023 - number, 2023):
        cohort = years.cohort(years.programme("TC", 1), school_year)
        programme = programme_of(cohort)
        Enrolment.objects.bulk_create(
            Enrolment(cohort=cohort, programme=programme, student=student) for student in students
        )
        moment = datetime.datetime(school_year + 1, 7, 5, tzinfo=datetime.UTC)
        session = years.session(cohort, 2)
        Session.objects.filter(pk=session.pk).update(
            state="closed", snapshot={"x": MEGABYTE}, opened_at=moment, closed_at=moment
        )
        Freeze.objects.create(
            session=session,
            snapshot={"x": MEGABYTE},
            opened_at=moment,
            kept_at=moment,
            motive="Note.",
            by=years.president,
        )
        Minutes.objects.create(
            session=session,
            version=1,
            created_at=moment,
            created_by=years.president,
            content={"x": MEGABYTE},
            fingerprint="0" * 64,
        )
        about = {"school_year": school_year, "source": "jury", "session": session, "decided_on": session.date}
        Result.objects.bulk_create(
            Result(
                student=student,
                kind="unit",
                subject=unit.code,
                competence=unit.competence,
                level=unit.level,
                semester=unit.semester,
                year=1,
                average="12",
                code="ADM",
                **about,
            )
            for student in students
            for unit in units
        )
        Result.objects.bulk_create(
            Result(student=student, kind="year", subject="BUT1", year=1, code="ADM", **about)
            for student in students
        )


@pytest.fixture
def read_bytes(monkeypatch):
    """How much the database gave since: a list of the sizes of its rows, as text."""
    sizes: list[int] = []

    def counted(cursor, *arguments):
        for rows in cursor_iter(cursor, *arguments):
            sizes.extend(len(str(value)) for row in rows for value in row)
            yield rows

    monkeypatch.setattr(compiler, "cursor_iter", counted)
    return sizes


def spent(
    client: Client, code: str, sizes: list[int], *, behind: int, students: int
) -> dict[str, tuple[int, int]]:
    """{act: (queries, bytes read)} of a jury from its preparation to its list, with so many years behind."""
    years = Years(make_department(code=code))
    people = [years.student(f"NOM{number}") for number in range(students)]
    years_behind(years, people, behind)
    cohort = years.cohort(years.programme("IOM", 2), 2023)
    for place, student in enumerate(people):
        years.enrol(cohort, student, {"*": "12"} if place else {"RT1": "12", "RT2": "9.5", "RT4": "7.9"})
    session, by = years.session(cohort, 4), years.president
    client.force_login(by)
    Role.objects.create(user=by, role=Role.Name.DIRECTOR, department=years.department)
    decided = {"session": session, "student": people[0], "kind": "year", "subject": "", "code": "RED"}

    def get(name: str, *arguments: str, **query: str) -> Callable[[], object]:
        return lambda: client.get(reverse(f"jury:{name}", args=[session.pk, *arguments]), query)

    acts: dict[str, Callable[[], object]] = {
        "prepare": get("prepare"),
        "open": lambda: services.open_deliberation(session=read(session), by=by, motive="Essai."),
        "room": get("room"),
        "card": get("card", people[0].number),
        "decide": lambda: services.decide(motive="Motif.", by=by, confirmed_against_right=True, **decided),
        "projection": get("room", projection="1"),
        "adopt": lambda: services.adopt(session=session, by=by, expected=students - 1),
        "closing page": get("close"),
        "close": lambda: services.close(session=read(session), by=by),
        "after": get("after"),
        "documents": get("student_documents", people[0].number),
        "following": get("following"),
        "sessions": lambda: client.get(reverse("jury:sessions")),
        "home": lambda: client.get(reverse("home")),
    }
    found = {}
    for act, do in acts.items():
        sizes.clear()
        with CaptureQueriesContext(connection) as queries:
            do()
        found[act] = len(queries), sum(sizes)
    return found


def test_closed_years_behind_cost_neither_queries_nor_figures(client, read_bytes):
    """As many queries with five years as with two, for many students as for few; the lines of the ledger."""
    few = spent(client, "few", read_bytes, behind=2, students=6)
    years = spent(client, "years", read_bytes, behind=5, students=6)
    students = spent(client, "students", read_bytes, behind=2, students=18)

    queries = {act: number for act, (number, _) in few.items()}
    assert {act: number for act, (number, _) in years.items()} == queries
    assert {act: number for act, (number, _) in students.items()} == queries
    assert max(size for _, size in years.values()) < 200_000
