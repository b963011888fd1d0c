"""Appreciations: frozen with the figures where the department wants them, absent everywhere else."""

import pytest

from grades.appreciations import write_appreciations
from jury.cases import dossier
from jury.cases.appreciations import AppreciationLine as Line
from jury.cases.proceedings import Proceedings
from jury.documents.choices.services import choose
from jury.documents.minutes.compare import changes_between
from jury.documents.transcripts import layout
from jury.documents.transcripts.document import transcript_page
from tests.factories import make_user
from tests.jury.life import adopt, close, fresh, open_jury, read
from tests.jury.world import ENTERED, all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """DUPONT has a line of R31 and one of the fourth semester, MARTIN none."""
    world = make_world({"DUPONT": all_at("14"), "MARTIN": all_at("12")})
    cohort, dupont = world.session.cohort, world.enrolments["DUPONT"]
    director = make_user("director", department=world.session.department)
    taught = cohort.teachings.get(element__code="R31")
    write_appreciations(cohort=cohort, semester=4, texts={dupont.pk: "En progrès."}, by=director)
    write_appreciations(
        cohort=cohort, semester=3, teaching=taught, texts={dupont.pk: "Très bon travail."}, by=director
    )
    return world


def want(world, wanted=True):
    choose(
        department=world.session.department,
        visas=["Vu la loi"],
        class_figures=True,
        class_rank=False,
        appreciations=wanted,
        by=world.president,
    )


def printed(proceedings, world, name="DUPONT", minutes=None):
    case = proceedings.case(world.student(name).number)
    return transcript_page(proceedings, case, minutes=minutes, at=ENTERED)["appreciations"]


def test_they_are_frozen_of_who_has_some_where_the_department_wants_them(world):
    without = dossier.freeze(fresh(world))
    want(world)
    with_them = dossier.freeze(fresh(world))
    numbers = [world.student(name).number for name in ("DUPONT", "MARTIN")]

    people = with_them["context"]["students"]
    assert people[numbers[0]].pop("appreciations") == [
        {"semester": 3, "element": "R31", "text": "Très bon travail."},
        {"semester": 4, "element": "", "text": "En progrès."},
    ]
    assert dossier.figures_digest(with_them) == dossier.figures_digest(without)
    own = dossier.freeze(fresh(world), published_only=True)["context"]["students"]
    assert own == without["context"]["students"]


def test_a_transcript_prints_those_of_the_day_the_jury_opened(world):
    want(world)
    lines = [
        Line("R31 Élément R31", "Très bon travail."),
        Line("Semestre 4", "En progrès."),
    ]
    assert printed(read(world), world) == lines

    open_jury(world)
    want(world, wanted=False)
    adopt(world)
    minutes = close(world)
    closed = Proceedings.of_minutes(minutes.content)

    assert printed(closed, world, minutes=minutes) == lines
    assert printed(closed, world, "MARTIN", minutes=minutes) == []


def test_a_correction_says_that_they_changed(world):
    want(world)
    open_jury(world)
    adopt(world)
    before = close(world).content
    number = world.student("DUPONT").number
    people = before["context"]["students"]
    after = people | {number: people[number] | {"appreciations": []}}
    changes = changes_between(before, before | {"context": before["context"] | {"students": after}})

    assert "appréciations du relevé" in str(changes)


def test_a_page_that_they_fill_is_cut_before_them():
    block = {"units": [{"lines": []}], "rcue": None}

    assert layout.cut([block] * 9, [], [], wide=False) is None
    assert layout.cut([block] * 9, [], [], wide=False, written=[Line("R31", "x" * 190)] * 30) is not None
