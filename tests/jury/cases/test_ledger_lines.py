"""Annexe 1, 4.3: a result follows its competence; it is written once, by the jury that gave it."""

import csv
import datetime
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from curriculum.models import Competence, Unit
from grades.models import Mark, MarkChange, Student
from jury.cases.dossier import cohort_object
from jury.cases.enrolments import recall_acquired
from jury.cases.ledger.elsewhere import ResultRow, record_results
from jury.cases.outlook import few_words
from jury.cases.proceedings import Proceedings
from jury.documents.letters.sentences import outcome
from jury.documents.letters.sentences import what_next as next_words_of
from jury.models import Recheck, Result, Session
from jury.sittings import services
from jury.sittings.corrections import rechecks
from jury.sittings.corrections.answers import answer, differences
from jury.sittings.corrections.services import open_correction
from tests.factories import make_result, programme_of
from tests.jury.years import Years, case, read

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def years_once(once: Callable[[Callable], Any]):
    return once(Years)


@pytest.fixture
def years(db, years_once):
    return deepcopy(years_once)


def ledger(student: Student) -> list[tuple]:
    """What the ledger has of a student: (school year, what, average, code), in order."""
    rows = Result.objects.filter(student=student).order_by("pk")
    return [(row.school_year, row.subject, row.average, row.code) for row in rows]


def test_a_competence_of_the_same_number_acquires_nothing(years):
    """Case 06: RT4 of Cyber acquired, then IOM's RT4 at 6.8."""
    ines = years.student("VERNET")
    cyber = years.cohort(years.programme("Cyber", 2), 2024)
    years.enrol(cyber, ines, {"RT4": "15", "*": "7"})
    years.hold(cyber, 4, VERNET="RED")
    iom = years.cohort(years.programme("IOM", 2), 2025)
    years.enrol(iom, ines, {"RT4": "6.8", "*": "12"})
    found = case(years.session(iom, 4), ines)

    assert (found.verdict.units["UE34"].code, found.verdict.rcues["RT4/1"].code) == ("AJ", "AJ")
    assert {each["title"] for each in found.person["apart"]} == {"Compétence de Cyber"}
    assert not any("UE34" in reason.text and "antérieur" in reason.text for reason in found.verdict.reasons)


def test_a_common_competence_holds_in_another_parcours_whatever_the_code(years):
    """With the credits of the programme now followed."""
    ines = years.student("VERNET")
    cyber = years.cohort(years.programme("Cyber", 2, codes="UE{semester}.{number}.CY"), 2024)
    years.enrol(cyber, ines, {"RT1": "15", "*": "7"})
    years.hold(cyber, 4, VERNET="RED")
    iom = years.cohort(years.programme("IOM", 2), 2025)
    years.enrol(iom, ines, {"RT2": "12", "RT4": "12"})
    found = case(years.session(iom, 4), ines)

    assert found.verdict.units["UE31"].code == "ADM"
    assert found.verdict.rcues["RT1/2"].code == "ADM"
    assert found.verdict.year == "ADM"
    assert found.verdict.ects_year == 60
    assert found.person["granted"]["UE31"]["by"] == "jury S4 et année BUT2"
    assert found.person["granted"]["UE31"]["school_year"] == "2024-2025"


def test_another_version_of_the_programme_keeps_what_was_earned(years):
    """BUT1 of 2021 followed, a version of 2024 since, with other codes: the one followed judges."""
    old = years.programme("TC", 1)
    years.programme("TC", 1, codes="UE{semester}.{number}", since=2024)
    tom = years.student("TOM")
    first = years.cohort(old, 2023)
    years.enrol(first, tom, {"*": "12"})
    years.hold(first, 2)
    second = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(second, tom, {"*": "12"})
    found = case(years.session(second, 4), tom)

    assert {"UE11", "UE12", "UE21", "UE22"} <= set(found.verdict.units)
    assert found.verdict.ects_total == 120
    assert found.verdict.diplomas == ("DUT",)


def test_students_of_one_promotion_may_have_two_versions_behind_them(years):
    old, new = years.programme("TC", 1), years.programme("TC", 1, codes="UE{semester}.{number}", since=2023)
    for name, programme, school_year in (("OLD", old, 2022), ("NEW", new, 2023), ("NOUVEAU", new, 2023)):
        cohort = years.cohort(programme, school_year)
        years.enrol(cohort, years.student(name), {"*": "12"})
    for programme, school_year in ((old, 2022), (new, 2023)):
        years.hold(years.cohort(programme, school_year), 2)
    second = years.cohort(years.programme("IOM", 2), 2024)
    for student in Student.objects.filter(department=years.department):
        years.enrol(second, student, {"*": "12"})
    session = years.session(second, 4)
    file = cohort_object(session)
    by_name = {found.name.split()[0]: found for found in Proceedings.of(session).cases}

    assert list(file["programmes"]) == ["BUT1 R&T initiale 2021, BUT2 IOM initiale 2021"]
    assert [student.get("programme") for student in file["students"]] == [
        None,
        None,
        next(iter(file["programmes"])),
    ]
    assert "UE11" in by_name["OLD"].verdict.units
    assert "UE1.1" in by_name["NEW"].verdict.units
    assert {found.verdict.ects_total for found in by_name.values()} == {120}


def test_each_result_is_written_once_by_the_jury_that_gave_it(years):
    """S3 closed before S4: what S4 recalls of S3 adds nothing; what compensation changes is S4's."""
    tom = years.student("TOM")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, tom, {"R31": "12", "R32": "9", "R34": "12", "*": "12"})
    years.hold(cohort, 3)
    after_s3 = ledger(tom)
    years.hold(cohort, 4)

    assert after_s3 == [(2024, "UE31", "12", "ADM"), (2024, "UE32", "9", "AJ"), (2024, "UE34", "12", "ADM")]
    assert ledger(tom)[3:] == [
        (2024, "UE32", "9", "CMP"),
        (2024, "UE41", "12", "ADM"),
        (2024, "UE42", "12", "ADM"),
        (2024, "UE44", "12", "ADM"),
        (2024, "RT1/2", "12", "ADM"),
        (2024, "RT2/2", "10.5", "CMP"),
        (2024, "RT4/1", "12", "ADM"),
        (2024, "BUT2", "", "ADM"),
    ]


def test_a_repeater_s_past_is_told_as_it_was(years):
    """Once S3 is closed before S4: last year's UE32 is 6.00, not this year's 6.10."""
    lea = years.student("LEA")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"R32": "6", "R42": "13.9", "RT4": "7", "*": "12"})
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(again, lea, {"R32": "6.1", "RT4": "10"})
    years.hold(again, 3)
    session = years.session(again, 4)
    found = case(session, lea)
    past = {each["name"]: (each["average"], each["code"]) for each in found.person["past"]}

    assert past["UE32"] == ("6", "AJ")
    assert found.given_this_year("UE32")["average"] == "6.1"
    assert found.verdict.units["UE32"].code == "CMP"  # 6.1 and 13.9 of last year: 10.00
    assert found.person["since"]["UE42"] == "2023-2024"
    assert "UE32" not in found.person["since"]


def test_a_diploma_is_granted_once(years):
    tom = years.student("TOM")
    for parcours, year, school_year in (("TC", 1, 2022), ("IOM", 2, 2023), ("IOM", 3, 2024)):
        cohort = years.cohort(years.programme(parcours, year), school_year)
        years.enrol(cohort, tom, {"*": "12"})
        years.hold(cohort, 2 * year - 1)
        years.hold(cohort, 2 * year)
    granted = Result.objects.filter(student=tom, kind="diploma").order_by("pk")

    assert [(row.subject, row.school_year, row.session.semester) for row in granted] == [
        ("DUT", 2023, 4),
        ("BUT", 2024, 6),
    ]


def test_a_result_from_elsewhere_counts_and_its_withdrawal_too(years):
    """A semester abroad: S3 validated without average."""
    mia = years.student("MIA")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, mia, {"R41": "12", "R42": "12", "R44": "12"})
    units = {unit.code: unit for unit in programme_of(cohort).units.all()}
    for code in ("UE31", "UE32", "UE34"):
        make_result(mia, units[code], "ADM", source="mobility", school_year=2024, average="")
    session = years.session(cohort, 4)

    assert case(session, mia).verdict.year == "ADM"
    Result.objects.filter(student=mia).update(
        withdrawn_at="2025-01-01T00:00Z", withdrawn_by=years.president, withdrawal_motive="Erreur."
    )
    assert case(session, mia).verdict.year is None


# ---------- a changed result reaches those that used it ----------


def correct(years, session, student, **marks):
    open_correction(session=read(session), motive="Erreur de saisie.", marks=True, by=years.president)
    enrolment = session.cohort.enrolments.get(student=student)
    for element, text in marks.items():
        years.mark(enrolment, element, text)
    services.open_deliberation(session=read(session), by=years.president, motive="Corrigé.")


@pytest.fixture(scope="module")
def corrected_once(once: Callable[[Callable], Any]):
    return once(make_corrected)


@pytest.fixture
def corrected(db, corrected_once):
    return deepcopy(corrected_once)


def make_corrected():
    """BUT1 closed with UE12 at 9 compensated, BUT2 closed after it; then BUT1 is corrected: UE12 at 4."""
    years = Years()
    tom, zoe = years.student("TOM"), years.student("ZOE")
    first = years.cohort(years.programme("TC", 1), 2023)
    for student in (tom, zoe):
        years.enrol(first, student, {"R12": "9", "*": "12"})
    years.hold(first, 2)
    second = years.cohort(years.programme("IOM", 2), 2024)
    for student in (tom, zoe):
        years.enrol(second, student, {"R32": "9", "R42": "10", "*": "12"})
    years.hold(second, 4)
    session = first.sessions.get()
    correct(years, session, tom, R12="4", R22="9")
    answer_all(years, session)
    return years, tom, second.sessions.get()


def answer_all(years, session):
    """Accept what the rules now say, decide the rest by RED, close."""
    for each in differences(Proceedings.of(read(session))):
        answer(session=session, number=each.case.id, kept=(), motive="", shown=each.mark, by=years.president)
    cases = Proceedings.of(read(session)).cases
    left = {found.person["last_name"]: "PASD" for found in cases if found.undecided}
    years.close(read(session), **left)


def test_a_corrected_jury_reaches_those_that_used_it(corrected):
    _years, tom, later = corrected
    (recheck,) = Recheck.objects.all()

    assert (recheck.session, recheck.student) == (later, tom)
    assert recheck.cause.startswith("Jury S2 et année BUT1, 2023-2024, corrigé le")
    assert read(later).to_recheck
    (looked,) = rechecks.to_look_at(read(later))
    assert any("UE12" in str(change) for change in looked.changes)


def test_taking_it_in_makes_a_new_version_that_says_what_changes(corrected):
    years, _tom, later = corrected
    rechecks.take_in(session=later, motive="BUT1 corrigé.", by=years.president)

    assert read(later).correcting
    assert not read(later).to_recheck
    answer_all(years, later)
    assert "UE12" in later.minutes.latest("version").changes
    assert later.minutes.count() == 2


def test_the_odd_semester_corrected_reaches_the_jury_of_its_year(years):
    """S1's own jury is corrected for a mark of S1: S2's takes the mark in, not the code alone."""
    tom = years.student("TOM")
    cohort = years.cohort(years.programme("TC", 1), 2023)
    years.enrol(cohort, tom, {"R12": "10", "R22": "11", "*": "12"})
    years.hold(cohort, 1)
    years.hold(cohort, 2)
    first, second = cohort.sessions.get(semester=1), cohort.sessions.get(semester=2)
    open_correction(session=first, motive="Erreur.", marks=True, by=years.president)
    enter(years, cohort, tom, "R12", 4)
    services.open_deliberation(session=read(first), by=years.president, motive="Corrigé.")
    answer_all(years, first)
    (looked,) = rechecks.to_look_at(read(second))

    assert [str(each).replace("\N{NO-BREAK SPACE}", " ") for each in looked.changes][:2] == [
        "UE12 : 10,00 ADM → 4,00 AJ",
        "RT2 niveau 1 : 10,50 ADM → 7,50 AJ",
    ]
    rechecks.take_in(session=second, motive="S1 corrigé.", by=years.president)
    answer_all(years, second)
    assert (2023, "RT2/1", "7.5", "AJ") in ledger(tom)


def test_a_jury_closes_after_results_without_an_average(years):
    """Some acquired without average, some with: nothing orders them."""
    tom = years.student("TOM")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, tom, {"*": "12"})
    first = years.programme("TC", 1)
    for unit in first.units.all():
        make_result(tom, unit, "ADM", average="" if unit.semester == 1 else "12")
    years.hold(cohort, 3)
    years.hold(cohort, 4)

    assert [row.subject for row in Result.objects.filter(student=tom, kind="diploma")] == ["DUT"]


def test_a_dut_made_whole_from_elsewhere_is_granted_by_the_next_jury(years):
    """S4 abroad, its results come after the jury: that of S5 finds S1 to S4 acquired, and grants it once."""
    tom = years.student("TOM")
    first = years.cohort(years.programme("TC", 1), 2022)
    years.enrol(first, tom, {"*": "12"})
    years.hold(first, 2)
    second = years.programme("IOM", 2)
    for unit in second.units.all():
        make_result(tom, unit, "ADM", source="mobility", average="12")
    third = years.cohort(years.programme("IOM", 3), 2024)
    years.enrol(third, tom, {"*": "12"})
    years.hold(third, 5)
    years.hold(third, 6)
    granted = Result.objects.filter(student=tom, kind="diploma").order_by("pk")

    assert [(row.subject, row.session.semester) for row in granted] == [("DUT", 5), ("BUT", 6)]


def test_a_dut_earned_elsewhere_alone_is_not_granted_here(years):
    ada = years.student("ADA")
    for unit in [*years.programme("TC", 1).units.all(), *years.programme("IOM", 2).units.all()]:
        make_result(ada, unit, "ADM", source="bridge", average="")
    third = years.cohort(years.programme("IOM", 3), 2024)
    years.enrol(third, ada, {"*": "12"})
    years.hold(third, 5)
    years.hold(third, 6)

    assert [row.subject for row in Result.objects.filter(student=ada, kind="diploma")] == ["BUT"]


def test_correcting_and_correcting_back_gives_the_same_ledger(years):
    tom = years.student("TOM")
    cohort = years.cohort(years.programme("TC", 1), 2023)
    years.enrol(cohort, tom, {"*": "12"})
    years.hold(cohort, 2)
    before, session = ledger(tom), cohort.sessions.get()
    correct(years, session, tom, R12="4", R22="9")
    answer_all(years, session)
    changed = ledger(tom)
    correct(years, session, tom, R12="12", R22="12")
    answer_all(years, session)

    assert changed != before
    assert ledger(tom) == before


def test_a_result_recorded_late_reaches_the_juries_that_missed_it(years):
    tom = years.student("TOM")
    first = years.programme("TC", 1)
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, tom, {"*": "12"})
    years.hold(cohort, 4)
    unit = first.units.get(code="UE11")
    row = ResultRow(
        line=2, number=tom.number, school_year="2023", subject=unit.code, average="12", code="ADM"
    )
    record_results(department=years.department, rows=[row], by=years.president)

    assert [each.student for each in Recheck.objects.filter(student__department=years.department)] == [tom]


@pytest.fixture
def twice(years):
    """July judged Ana and Bob; September judged Ana again, on 15 in R42."""
    ana, bob = years.student("ANA"), years.student("BOB")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    for student in (ana, bob):
        years.enrol(cohort, student, {"R42": "9", "*": "12"})
    years.hold(cohort, 4)
    july = cohort.sessions.get()
    september = services.catch_up(
        closed=july,
        session=Session(date=datetime.date(2025, 9, 10), place="B204", president=years.president),
        students=[ana],
        by=years.president,
    )
    services.reopen_marks(session=september, motive="Rattrapage.", by=years.president)
    enter(years, cohort, ana, "R42", 15)
    september.members.update(presence="present")
    years.close(read(september))
    open_correction(session=read(july), motive="Erreur.", marks=True, by=years.president)
    return ana, bob, july, september


def test_a_correction_of_july_after_september_keeps_each_jury_s_own_marks(years, twice):
    """The second chance of September is not July's: correcting July for another leaves her July as it was."""
    ana, bob, july, september = twice
    enter(years, july.cohort, bob, "R41", 13)
    figures = {found.name.split()[0]: found.verdict for found in Proceedings.of(read(july)).cases}

    assert figures["ANA"].units["UE42"].average == 9
    assert figures["BOB"].units["UE41"].average == 13
    assert case(september, ana).verdict.units["UE42"].average == 15


def test_the_clock_put_back_hides_no_mark_corrected(years, twice, monkeypatch):
    ana, _, july, _ = twice
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: an_hour_ago)
    enter(years, july.cohort, ana, "R41", 7)

    assert case(july, ana).verdict.units["UE41"].average == 7


def enter(years, cohort, student, element, value):
    """A mark changed as teachers do, with its history."""
    mark = Mark.objects.get(
        enrolment__cohort=cohort, enrolment__student=student, assessment__teaching__element__code=element
    )
    mark.value, mark.code, mark.version = value, "", mark.version + 1
    mark.save()
    MarkChange.objects.create(
        mark=mark, version=mark.version, value=value, by=years.teacher, at=timezone.now(), origin="screen"
    )


@pytest.fixture
def retaken(years):
    """LEA repeats S3 alone in 2024-2025: S4 was judged in July 2024; TOM is in BUT2 for the first time."""
    lea, tom = years.student("LEA"), years.student("TOM")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"R32": "4", "RT4": "7", "*": "12"})
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    enrolment = years.enrol(again, lea, {"R32": "13", "R34": "14"}, takes_even=False)
    recall_acquired([enrolment])
    years.enrol(again, tom, {"*": "12"})
    return years, lea, tom, years.session(again, 3)


def test_an_odd_semester_retaken_alone_ends_the_year_in_february(retaken):
    years, lea, tom, session = retaken
    found = case(session, lea)

    assert (found.verdict.year, found.verdict.ects_year) == ("ADM", 60)
    assert {name: rcue.code for name, rcue in found.verdict.rcues.items()} == {
        "RT1/2": "ADM",
        "RT2/2": "ADM",
        "RT4/1": "CMP",
    }
    assert case(session, tom).verdict.year is None
    years.close(session)
    said = Result.objects.filter(session=session, kind="year").values_list("student", "code")
    assert list(said) == [(lea.pk, "ADM")]


def test_every_page_and_file_tells_it(retaken, client):
    years, lea, tom, session = retaken
    client.force_login(years.president)
    for page in ("prepare", "room", "spread"):
        assert client.get(reverse(f"jury:{page}", args=[session.pk])).status_code == 200
    services.open_deliberation(session=session, by=years.president, motive="Essai.")
    room = client.get(reverse("jury:room", args=[session.pk])).text
    for student in (lea, tom):
        assert client.get(reverse("jury:card", args=[session.pk, student.number])).status_code == 200
    years.close(read(session))
    files = {name: client.get(reverse(f"jury:{name}", args=[session.pk])) for name in FILES}
    text = files["results_csv"].content.decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";" if ";" in text else ","))
    years_told = {row["Nom"]: row["Année"] for row in rows}

    assert "RCUE" in room
    assert years_told == {"LEA": "ADM", "TOM": ""}
    assert {answer.status_code for answer in files.values()} == {200}
    for student in (lea, tom):
        page = reverse("jury:student_pdf", args=[session.pk, "releve", student.number])
        assert client.get(page).status_code == 200


FILES = ("after", "results_csv", "results_xlsx", "following", "figures", "cohort_json")


@pytest.fixture
def closed_s5(years):
    """NOE passes BUT2 of right with UE12 and UE22 missing, then retakes S1 and S2 for them."""
    noe = years.student("NOE")
    first = years.cohort(years.programme("TC", 1), 2022)
    years.enrol(first, noe, {"RT2": "9", "*": "15"})
    years.hold(first, 2, NOE="PAS1NCI")
    second = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(second, noe, {"RT2": "9", "*": "12"})
    years.hold(second, 4)
    again = years.cohort(years.programme("TC", 1), 2024)
    return years, noe, second.sessions.get(), again


def test_passing_with_s5_closed_is_said_in_one_sentence_with_what_to_do(closed_s5):
    _, noe, july, _ = closed_s5
    found = case(july, noe)

    assert found.verdict.year == "PASD"
    assert outcome(found)["words"].replace("\N{NO-BREAK SPACE}", " ") == (
        "Votre deuxième année suffit, de droit, pour passer, "
        "mais le semestre 5 ne s’ouvre pas encore : il y faut "
        "UE12 et UE22"
    )
    assert next_words_of(found)[0].startswith("Reprenez UE12 et UE22, de première année")


def test_s5_is_decided_anew_when_units_of_but1_are_retaken(closed_s5):
    years, noe, _, again = closed_s5
    enrolment = years.enrol(again, noe, {"R12": "10"}, takes_even=False)
    recall_acquired([enrolment])
    found = case(years.session(again, 1), noe)
    assert (found.following.gate, few_words(found.following)) == (
        ("UE22",),
        "à décider",
    )
    years.mark(enrolment, "R12", "12")
    found = case(again.sessions.get(), noe)

    assert found.verdict.rcues["RT2/1"].code == "CMP"  # 12 of this year, 9 of then
    assert (found.following.gate, few_words(found.following)) == ((), "S5")  # no DUT: RT2 of BUT2 is missing
    assert next_words_of(found) == [
        "Le semestre 5 vous est ouvert (point 4.5)\xa0: vous pouvez vous y inscrire.",
        "",
        "",
    ]


def test_a_cursus_read_again_may_name_a_competence_that_was_not_there(corrected):
    """BUT3 was loaded since, with a competence of its own: taking the change in and closing still hold."""
    years, _tom, later = corrected
    third = years.programme("IOM", 3)
    own = Competence.objects.create(
        specialty=third.parcours.specialty, identity="IOM9", code="RT9", title="Nouvelle", short="Neuf"
    )
    for semester in third.semesters:
        Unit.objects.create(
            programme=third, code=f"UE{semester}9", semester=semester, competence=own, level=1, ects=5
        )
    rechecks.take_in(session=later, motive="BUT1 corrigé.", by=years.president)
    answer_all(years, later)

    content = later.minutes.latest("version").content
    assert content["context"]["competences"]["RT9"]["title"] == "Nouvelle"


def test_the_page_offers_to_have_seen_only_where_nothing_changes(corrected, client):
    """One student whose UE12 changes: to be taken in; and the page says of whom, and what."""
    years, _tom, later = corrected
    client.force_login(years.president)
    page = client.get(reverse("jury:recheck", args=[later.pk])).text

    assert "TOM" in page
    assert "Ouvrir une correction et reprendre ces résultats" in page
    assert "Vu, rien ne change" not in page
    answer = client.post(reverse("jury:recheck", args=[later.pk]), {"motive": "BUT1 corrigé."})
    assert answer.url == reverse("jury:meanwhile", args=[later.pk])
    assert "Rien à revoir" in client.get(reverse("jury:recheck", args=[later.pk])).text
