"""Two people at once, two hundred times; and the power cut while one acts, twenty-five times a flow. By hand:

    .ci/postgres .venv/bin/python -m tests.benchmarks.races [--races 200] [--kills 25] [NAME…]

Each race makes a small promotion, lets two acts go at the same instant from two connections, and looks for
what must not be. Each kill forks, kills the child (-9) somewhere in its act, and looks for half an act.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, close_old_connections, connection, connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from butrt.base.journal.models import Entry  # noqa: E402
from grades import people  # noqa: E402
from grades.models import Assessment, Enrolment, Mark, MarkChange, Student  # noqa: E402
from grades.services import Entry as Typed  # noqa: E402
from grades.services import create_assessment, delete_assessment, move_assessment, record_marks  # noqa: E402
from jury.cases.ledger.elsewhere import ResultRow, record_results  # noqa: E402
from jury.models import Minutes, Result, Session  # noqa: E402
from jury.sittings import services  # noqa: E402
from jury.sittings.corrections.services import abandon_correction, open_correction  # noqa: E402
from jury.sittings.members.presences import attend  # noqa: E402
from tests.factories import make_user, programme_of  # noqa: E402
from tests.journal import first_break  # noqa: E402
from tests.jury.world import World, all_at, close_world, make_world, reread  # noqa: E402

Act = Callable[[], object]
DELIBERATION = Session.State.DELIBERATION


def world_of(students: int = 2, semester: int = 4) -> World:
    return make_world({f"N{place}": all_at("12") for place in range(students)}, semester=semester)


def type_in(world: World, element: str, name: str, text: str) -> object:
    """Type a mark as somebody who sees what stands."""
    teaching = world.session.cohort.teachings.select_related("element", "cohort__specialty__department").get(
        element__code=element
    )
    assessment = teaching.assessments.order_by("position").first()
    assert assessment is not None
    enrolment = world.enrolments[name]
    mark = Mark.objects.filter(assessment=assessment, enrolment=enrolment).first()
    typed = Typed(assessment.pk, enrolment.pk, text, mark.version if mark else 0)
    return record_marks(teaching=teaching, entries=[typed], by=world.president)


# ---------- races: what is done at once, and what must not be then ----------


def creation(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """An évaluation is created while the jury opens: none stays open during the deliberation."""
    teaching = world.session.cohort.teachings.select_related("element", "cohort__specialty__department").get(
        element__code="R31"
    )

    def wrong() -> str:
        opened = reread(world).state == DELIBERATION
        loose = Assessment.objects.filter(teaching__cohort=world.session.cohort_id, locked=False)
        return "open in the deliberation" if opened and loose.exists() else ""

    return (
        lambda: create_assessment(teaching=teaching, by=world.president, title="DS 2"),
        lambda: services.open_deliberation(session=world.session, by=world.president, motive="Essai"),
        wrong,
    )


def erasure(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """A mark is erased while the jury opens: it opens with it, or asks a motive."""

    def wrong() -> str:
        session = reread(world)
        erased = Mark.objects.filter(enrolment__cohort=session.cohort_id, value=None, code="").exists()
        opened = session.state == DELIBERATION and not session.opening_motive
        return "opened without a mark nor a motive" if opened and erased else ""

    return (
        lambda: type_in(world, "R31", "N0", ""),
        lambda: services.open_deliberation(session=world.session, by=world.president),
        wrong,
    )


def meeting(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """The room of a closed session is changed while a correction opens: the correction stands."""
    close_world(world)
    stale = reread(world)
    stale.place = "Amphi A"

    def wrong() -> str:
        session = reread(world)
        under_way = session.corrections.filter(ended_at__isnull=True).exists()
        return "correction undone" if under_way != session.correcting else ""

    return (
        lambda: services.schedule(session=stale, by=world.president),
        lambda: open_correction(session=world.session, motive="Erreur", marks=False, by=world.president),
        wrong,
    )


def bonus(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """A bonus is given while the jury opens: its figures have it, or it was refused."""
    unit = programme_of(world.session.cohort).units.get(code="UE31")
    enrolment = Enrolment.objects.select_related("student", "cohort__specialty__department").get(
        pk=world.enrolments["N0"].pk
    )

    def wrong() -> str:
        snapshot = Session.objects.values_list("snapshot", flat=True).get(pk=world.session.pk)
        given = enrolment.adjustments.exists()
        frozen = snapshot and any("bonus" in student for student in snapshot["cohort"]["students"])
        return "bonus unknown to the jury" if snapshot and given and not frozen else ""

    return (
        lambda: people.set_adjustments(
            enrolment=enrolment, adjustments={unit: people.Points(Decimal(2), "sport")}, by=world.president
        ),
        lambda: services.open_deliberation(session=world.session, by=world.president, motive="Essai"),
        wrong,
    )


def departure(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """Absences are written while the jury opens: its figures have them, or they were refused."""
    enrolment = Enrolment.objects.select_related("student", "cohort__specialty__department").get(
        pk=world.enrolments["N0"].pk
    )
    number = world.student("N0").number

    def wrong() -> str:
        snapshot = Session.objects.values_list("snapshot", flat=True).get(pk=world.session.pk)
        written = Enrolment.objects.get(pk=enrolment.pk).unjustified_absences
        frozen = snapshot and snapshot["context"]["students"][number]["absences"]["unjustified"]
        return "absences unknown to the jury" if snapshot and written != frozen else ""

    return (
        lambda: people.change_enrolment(
            enrolment=enrolment,
            by=world.president,
            group=None,
            company="",
            status="",
            status_since=None,
            repeats={},
            dispensed=[],
            unjustified_absences=7,
            justified_absences=0,
        ),
        lambda: services.open_deliberation(session=world.session, by=world.president, motive="Essai"),
        wrong,
    )


def ledger(world: World) -> tuple[Act, Act, Callable[[], str]]:
    """A result from elsewhere is recorded while the jury opens: it is read, or the jury is told."""
    number = world.student("N0").number
    row = ResultRow(1, number, "2023", "UE31", "12", "ADM")

    def wrong() -> str:
        session = reread(world)
        snapshot = Session.objects.values_list("snapshot", flat=True).get(pk=session.pk)
        recorded = Result.objects.filter(student__number=number).exists()
        files = snapshot["cohort"]["students"] if snapshot else []
        read = any(file["id"] == number and "UE31" in str(file.get("earlier")) for file in files)
        told = session.rechecks.exists()
        return "result unknown to the jury" if snapshot and recorded and not read and not told else ""

    return (
        lambda: record_results(department=world.session.department, rows=[row], by=world.president),
        lambda: services.open_deliberation(session=world.session, by=world.president, motive="Essai"),
        wrong,
    )


RACES = {each.__name__: each for each in (creation, erasure, meeting, bonus, departure, ledger)}


def run(race: Callable[[World], tuple[Act, Act, Callable[[], str]]], rounds: int) -> Counter[str]:
    told: Counter[str] = Counter()
    for _ in range(rounds):
        first, second, wrong = race(world_of())
        at_once([first, second], told)
        told[wrong() or "as it should be"] += 1
    return told


def at_once(acts: list[Act], told: Counter[str], apart: float = 0.1) -> None:
    """Each in its own connection, within `apart` seconds, to meet everywhere."""
    start = threading.Barrier(len(acts))

    def go(act: Act) -> None:
        start.wait()
        time.sleep(random.uniform(0, apart))
        try:
            act()
        except ValidationError:
            told["(refused)"] += 1
        except DatabaseError as error:
            told[f"({type(error).__name__}: {str(error).splitlines()[0]})"] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ---------- everybody at everything: no deadlock ----------


def crowd(rounds: int) -> Counter[str]:
    """Eight people act at random on two promotions, one of a department that records and convenes."""
    told: Counter[str] = Counter()
    world = world_of(students=6)
    other = world_of(students=6, semester=3)
    acts = [*_acts(world), *_acts(other)]
    for _ in range(rounds // 8):
        at_once(random.sample(acts, 8), told, apart=0.03)
    broken = first_break()
    told["journal broken" if broken else "journal whole"] += 1
    return told


def _acts(world: World) -> list[Act]:
    session, by, cohort = world.session, world.president, world.session.cohort
    units = list(programme_of(cohort).units.all())
    elements = ["R31", "R32", "R41", "R42"]

    def sheet(code: str) -> list[Assessment]:
        rows = Assessment.objects.filter(teaching__cohort=cohort, teaching__element__code=code)
        return list(rows.select_related("teaching__element", "teaching__cohort__specialty__department"))

    def enrolment() -> Enrolment:
        chosen = random.choice(list(world.enrolments.values()))
        rows = Enrolment.objects.select_related("student", "cohort__specialty__department")
        return rows.get(pk=chosen.pk)

    def create() -> object:
        first = sheet(random.choice(elements))[0]
        return create_assessment(teaching=first.teaching, by=by, title=f"DS {random.random()}")

    def remove() -> None:
        delete_assessment(assessment=sheet(random.choice(elements))[-1], by=by)

    def move() -> None:
        move_assessment(assessment=sheet(random.choice(elements))[-1], step=-1, by=by)

    def several() -> None:
        first = sheet(random.choice(elements))[0]
        typed = [Typed(first.pk, each.pk, str(random.randrange(20)), 1) for each in world.enrolments.values()]
        random.shuffle(typed)
        record_marks(teaching=first.teaching, entries=typed, by=by)

    def renumber() -> None:
        each = enrolment().student
        identity = people.Identity(**{name: getattr(each, name) for name in people.Identity.__slots__})
        people.change_identity(student=each, identity=identity, by=by)

    def give() -> None:
        points = people.Points(Decimal(random.choice([1, 2])), "sport")
        people.set_adjustments(enrolment=enrolment(), adjustments={random.choice(units): points}, by=by)

    def results() -> None:
        year = random.choice(["2020", "2021", "2022"])
        row = ResultRow(1, enrolment().student.number, year, "BUT1", "", "RED")
        record_results(department=session.department, rows=[row], by=by)

    def adopt() -> None:
        services.adopt(session=session, by=by, expected=len(world.enrolments))

    return [
        *(lambda code=code: type_in(world, code, "N1", str(random.randrange(20))) for code in elements),
        *(several, several, create, remove, move, renumber, give, results, adopt),
        lambda: services.schedule(session=reread(world), by=by),
        lambda: attend(session=session, by=by, presence="present"),
        lambda: services.open_deliberation(session=session, by=by, motive="Essai"),
        lambda: services.back_to_preparation(session=session, by=by, motive="Essai"),
        lambda: services.close(session=session, by=by),
        lambda: open_correction(session=session, motive="Erreur", marks=random.random() < 0.5, by=by),
        lambda: abandon_correction(session=session, by=by),
    ]


# ---------- kills: what is done, and what would be half of it ----------


def _last_entry() -> int:
    return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def opening(world: World) -> tuple[Act, Callable[[], str]]:
    entries = Entry.objects.filter(act="session.open", pk__gt=_last_entry())

    def half() -> str:
        locked = set(
            Assessment.objects.filter(teaching__cohort=world.session.cohort_id).values_list(
                "locked", flat=True
            )
        )
        written = entries.all().count()
        state = reread(world).state == DELIBERATION
        return "" if (locked, written) == ({state}, int(state)) else f"{state}, {locked}, {written}"

    return lambda: services.open_deliberation(session=world.session, by=world.president), half


def closing(world: World) -> tuple[Act, Callable[[], str]]:
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=world.session, by=world.president, expected=len(world.enrolments))
    entries = Entry.objects.filter(act="session.close", pk__gt=_last_entry())

    def half() -> str:
        closed = reread(world).state == Session.State.CLOSED
        found = (
            Minutes.objects.filter(session=world.session).exists(),
            Result.objects.filter(session=world.session).exists(),
            entries.all().exists(),
        )
        return "" if found == (closed,) * 3 else f"{closed}, {found}"

    return lambda: services.close(session=world.session, by=world.president), half


def saving(world: World) -> tuple[Act, Callable[[], str]]:
    before = (MarkChange.objects.count(), Entry.objects.filter(act="marks.record").count())

    def half() -> str:
        marks = Mark.objects.filter(enrolment__cohort=world.session.cohort_id, value="7").count()
        changes = MarkChange.objects.count() - before[0]
        entries = Entry.objects.filter(act="marks.record").count() - before[1]
        return "" if marks == changes == entries else f"{marks}, {changes}, {entries}"

    return lambda: type_in(world, "R31", "N0", "7"), half


def importing(world: World) -> tuple[Act, Callable[[], str]]:
    cohort = world.session.cohort
    before = Student.objects.count()

    def act() -> None:
        with transaction.atomic():  # as an import is: one transaction of many students
            for place in range(20):
                serial = f"{cohort.pk}{place:04d}"
                identity = people.Identity(
                    number=f"I{serial}",
                    ine=f"{cohort.pk:05d}{place:04d}ZZ",
                    last_name="IMPORTE",
                    first_name=f"N{place}",
                    gender="F",
                    birth_date=timezone.localdate().replace(year=2005, day=1),
                    birth_place="Valbrume",
                )
                people.enrol_new(cohort=cohort, identity=identity, by=world.president)

    def half() -> str:
        made = Student.objects.count() - before
        enrolled = cohort.enrolments.count() - len(world.enrolments)
        return "" if made == enrolled and made in (0, 20) else f"{made}, {enrolled}"

    return act, half


def correcting(world: World) -> tuple[Act, Callable[[], str]]:
    close_world(world)

    def half() -> str:
        session = reread(world)
        under_way = session.corrections.filter(ended_at__isnull=True).exists()
        loose = Assessment.objects.filter(teaching__cohort=session.cohort_id, locked=False).exists()
        state = session.state == Session.State.PREPARATION
        return "" if under_way == loose == state == session.correcting else f"{under_way}, {loose}, {state}"

    act = lambda: open_correction(session=world.session, motive="Erreur", marks=True, by=world.president)  # noqa: E731
    return act, half


KILLS = {each.__name__: each for each in (opening, closing, saving, importing, correcting)}


def kill(flow: Callable[[World], tuple[Act, Callable[[], str]]], rounds: int) -> Counter[str]:
    told: Counter[str] = Counter()
    act, _ = flow(world_of())
    since = time.perf_counter()
    act()
    whole = time.perf_counter() - since
    for _ in range(rounds):
        act, half = flow(world_of())
        connections.close_all()
        if not (child := os.fork()):
            act()
            os._exit(0)
        time.sleep(random.uniform(0, 1.2 * whole))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        told["(killed in the act)" if os.WIFSIGNALED(status) else "(done before)"] += 1
        close_old_connections()
        told[half() or ("journal broken" if first_break() else "whole or nothing")] += 1
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--crowd", type=int, default=4000)
    parser.add_argument("names", nargs="*", help=f"{' '.join([*RACES, 'crowd', *KILLS])}; all by default")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    for name in options.names or [*RACES, "crowd", *KILLS]:
        since = time.perf_counter()
        if name == "crowd":
            make_user()
            told = crowd(options.crowd)
        else:
            told = run(RACES[name], options.races) if name in RACES else kill(KILLS[name], options.kills)
        figures = ", ".join(f"{number} {what}" for what, number in sorted(told.items()))
        print(f"{connection.vendor}, {name} ({time.perf_counter() - since:.0f} s): {figures}", flush=True)
    with contextlib.suppress(DatabaseError):
        connections.close_all()


if __name__ == "__main__":
    main()
