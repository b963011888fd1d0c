"""What a decision entails is said the same everywhere: every code × S5 closed × status × year of study.

One jury a year of study, a student a situation; room, card, preview, projection, PV, letter, transcript, own
page, workbook, CSV, lists, API and the promotion's flow are then read for each of them.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.accounts.services import create_token
from grades.models import Student
from jury.cases import outlook
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.documents.letters.sentences import following as told_in_letter
from jury.documents.letters.sentences import outcome as decided_in_letter
from jury.documents.minutes.rows import printed_rows
from jury.documents.source import DocumentSource
from jury.documents.transcripts.document import transcript_page
from jury.models import Minutes, MinutesRevision, Session
from jury.room.options import rcues_left
from jury.room.page import Room
from jury.room.projection import projected
from jury.rules import codes
from jury.rules.following import Following, Step
from jury.sittings import services
from jury.sittings.services import Choice
from tests.factories import make_user
from tests.jury.years import Years, read
from tests.pages import plain

pytestmark = pytest.mark.django_db

# What only one step says to the student: found in its letter, and in no other's.
SAID_TO_THE_STUDENT = {
    Step.OPENS: "semestre 5|semestre 3",
    Step.CLOSED: "ne s’ouvre pas encore|reste fermé|s’ouvre dès que",
    Step.UNFINISHED: "Il vous reste à acquérir, pour le BUT",
    Step.REPEATS: "Vous redoublez",
    Step.REFUSED: "pas autorisée? à redoubler|pas autorisé·e à redoubler",
    Step.GAP_YEAR: "année blanche",
    Step.RESIT: "attend un rattrapage|après le rattrapage",
}


@dataclass
class Judged:
    """A closed jury, and the student of each situation by name."""

    years: Years
    session: Session
    minutes: Minutes
    previews: dict[str, str]
    projected: dict[str, str]

    @property
    def cases(self) -> list[Case]:
        return Proceedings.of_minutes(self.minutes.content).cases

    def get(self, name: str, *arguments: object, **query: object) -> str:
        client = Client()
        client.force_login(self.years.president)
        return plain(client.get(reverse(name, args=[self.session.pk, *arguments]), query).text)


def words(case: Case) -> str:
    return outlook.few_words(case.following).replace("\N{NO-BREAK SPACE}", " ")


def situations(year: int) -> Iterator[tuple[str, str, str, bool]]:
    """(name, status, code decided, S5 closed)."""
    gates = (False, True) if year == 2 else (False,)
    for gate in gates:
        tail = "F" if gate else "O"
        for code in sorted(codes.year_codes(year)):
            yield f"{code}{tail}", "", str(code), gate
        for status in sorted(codes.FACTS):
            yield f"FAIT{status}{tail}", str(status), "", gate
        yield f"DEFRED{tail}", "DEF", "RED", gate
        yield f"DEFNAR{tail}", "DEF", "NAR", gate


def first_year(years: Years, students: dict[str, Student], gated: set[str]) -> None:
    """Everyone passed BUT1, the gated by the jury without RT2."""
    cohort = years.cohort(years.programme("TC", 1), 2022)
    for name, student in students.items():
        years.enrol(cohort, student, {"RT1": "12", "RT2": "5" if name in gated else "12"})
    years.hold(cohort, 1)
    years.hold(cohort, 2, **dict.fromkeys(gated, "PAS1NCI"))


def judged(year: int) -> Judged:
    years = Years()
    wanted = list(situations(year))
    students = {name: years.student(name) for name, *_ in wanted}
    if year == 2:
        first_year(years, students, {name for name, _, _, gate in wanted if gate})
    cohort = years.cohort(years.programme("TC" if year == 1 else "IOM", year), 2021 + year)
    for name, status, _, _ in wanted:
        since = datetime.date(2022 + year, 3, 1) if status else None
        years.enrol(cohort, students[name], {"*": "7"}, status=status, status_since=since)
    session = years.session(cohort, 2 * year)
    services.open_deliberation(session=session, by=years.president, motive="Essai.")
    client, previews = Client(), {}
    client.force_login(years.president)
    for name, _, code, _ in wanted:
        if not code:
            continue
        found = Proceedings.of(read(session)).case(students[name].number)
        more = {"code": code, "motive": "Motif.", "advice": "Conseil.", "target": "year:", "preview": "1"}
        address = reverse("jury:card", args=[session.pk, found.id])
        previews[found.id] = plain(client.post(address, more | {"hearing_asked": "no"}).text)
        services.decide(
            session=session,
            student=students[name],
            kind="year",
            subject="",
            code=code,
            motive="Motif.",
            advice="Conseil.",
            by=years.president,
            also=[Choice("rcue", rcue, "ADJ") for rcue, _ in rcues_left(found)] if code == "ADJ" else (),
        )
    room = Room(read(session), years.president, {})
    projections = {
        each.id: plain(render_to_string("jury/room/_projection.html", projected(room, each.id)))
        for each in room.proceedings.cases
    }
    minutes = services.close(session=session, by=years.president)
    MinutesRevision.objects.create(
        minutes=minutes, step=2, label="cachet", at=minutes.created_at, pdf=b"", sha256="0" * 64
    )
    return Judged(years, read(session), minutes, previews, projections)


@pytest.fixture(scope="module", params=(1, 2, 3), ids="BUT{}".format)
def world_once(request, once: Callable) -> Judged:
    return once(lambda: judged(request.param))


@pytest.fixture
def world(db, world_once: Judged) -> Judged:
    return deepcopy(world_once)


def test_every_screen_file_and_document_says_the_same(world):
    said = {case.id: words(case) for case in world.cases}
    assert all(said.values())

    assert in_the_room(world) == said
    assert in_lists(world) == {"Suites": said, "Résultats": said}
    assert in_the_workbook(world) == said
    assert in_the_api(world) == said
    assert in_the_minutes(world) == said
    assert in_the_flow(world) == {case.name: ahead(case.following) for case in world.cases}
    after = world.get("jury:after")
    for case in world.cases:
        shown = f"Suite : {outlook.sign(case.following)} {said[case.id]}"
        assert shown in world.get("jury:card", case.id), case.name
        assert f"{outlook.sign(case.following)} {said[case.id]}" in after
        assert shown in world.projected[case.id], case.name
        if case.id in world.previews:
            assert previewed(case, said[case.id]) in world.previews[case.id], case.name
        assert_transcript(world, case)
        assert_letter(case)


def previewed(case: Case, told: str) -> str:
    before = outlook.few_words(case.figures.following(case.student, case.proposal))
    return f"Suite {before} → {told}" if before != told else "Ce que cela entraîne"


def in_the_room(world: Judged) -> dict[str, str]:
    client = Client()
    client.force_login(world.years.president)
    page = client.get(reverse("jury:room", args=[world.session.pk])).text
    cells = re.findall(r'<tr id="r-([^"]*)".*?<td class="next" data-v="([^"]*)"', page, re.DOTALL)
    return {number: plain(told) for number, told in cells}


def in_lists(world: Judged) -> dict[str, dict[str, str]]:
    client = Client()
    client.force_login(world.years.president)
    addresses = {
        "Suites": (reverse("jury:following", args=[world.session.pk]) + "?_export=csv", "N° étudiant"),
        "Résultats": (reverse("jury:results_csv", args=[world.session.pk]), "N° étudiant"),
    }
    found = {}
    for name, (address, key) in addresses.items():
        answer = client.get(address)
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
        found[name] = {row[key]: row["Suite"] for row in rows}
    return found


def in_the_workbook(world: Judged) -> dict[str, str]:
    client = Client()
    client.force_login(world.years.president)
    answer = client.get(reverse("jury:results_xlsx", args=[world.session.pk]))
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    found: dict[str, str] = {}
    for sheet in load_workbook(io.BytesIO(data)):
        rows = list(sheet.iter_rows(values_only=True))
        head = next((row for row in rows if "Suite" in row and "N° étudiant" in row), None)
        if head is None:
            continue
        for row in rows[rows.index(head) + 1 :]:
            if number := row[head.index("N° étudiant")]:
                told = row[head.index("Suite")]
                assert found.setdefault(str(number), told) == told
    return found


def in_the_api(world: Judged) -> dict[str, str]:
    owner = make_user("secretariat", department=world.years.department)
    _, token = create_token(
        owner=owner,
        department=world.years.department,
        role="secretariat",
        name="essai",
        days=30,
        by=None,
    )
    answer = Client().get(
        f"/api/v1/sessions/{world.session.pk}/following", headers={"authorization": f"Bearer {token}"}
    )
    return {each["student"]: each["words"] for each in answer.json()["students"]}


def in_the_minutes(world: Judged) -> dict[str, str]:
    rows = printed_rows(Proceedings.of_minutes(world.minutes.content))
    numbers = [re.search(r"n° (\S+)", anchor).group(1) for _, anchor, _ in rows]
    printed = [dict(cells)["suite"].replace("\N{NO-BREAK SPACE}", " ") for _, _, cells in rows]
    return dict(zip(numbers, printed, strict=True))


def in_the_flow(world: Judged) -> dict[str, str]:
    """Where the promotion's page says that each student goes next."""
    client = Client()
    client.force_login(world.years.president)
    page = client.get(reverse("jury:follow", args=[world.session.cohort_id])).text
    rows = page.partition('id="h-who"')[2].partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")
    cells = [[plain(cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]
    return {
        name: to
        for start, to, _, _, names in filter(None, cells)
        if start.endswith(world.session.cohort.years)
        for name in names.split(", ")
    }


def ahead(following: Following) -> str:
    """What a place ahead is called: the year that opens or is taken again, else the step."""
    if following.step is Step.OPENS:
        return f"vers le BUT{(following.semester + 1) // 2}"
    others = {Step.FINISHED: "fin du BUT", Step.REPEATS: f"redouble le BUT{following.year}"}
    return others.get(following.step, outlook.LOOKS[following.step].one)


def assert_transcript(world: Judged, case: Case) -> None:
    source = DocumentSource.of_minutes(world.session, world.minutes)
    page = transcript_page(source.proceedings, case, minutes=world.minutes, at=world.minutes.created_at)
    assert outlook.sentence(case.following) in page["outcome"]["next"]


def assert_letter(case: Case) -> None:
    letter = plain(" ".join([decided_in_letter(case)["words"], *told_in_letter(case)]))
    for step, only in SAID_TO_THE_STUDENT.items():
        found = re.search(only, letter)
        if step is case.following.step:
            assert found, (case.name, step, letter)
        elif step not in (Step.OPENS, Step.GAP_YEAR):
            assert not found, (case.name, step, letter)


def test_a_student_reads_the_same_on_their_own_page(world):
    for case in world.cases:
        student = Student.objects.get(number=case.id)
        student.account = make_user("student", department=world.years.department)
        student.save()
        client = Client()
        client.force_login(student.account)
        page = plain(client.get(reverse("own:marks")).text)
        shown = f"Suite : {outlook.sign(case.following)} {words(case)}"
        assert shown in page, case.name
