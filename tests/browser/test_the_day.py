"""The day of a jury: S3, S4, a catch-up and a correction, by the keys of an AZERTY; then its PDFs, read.

BUTRT_KEEP=1 leaves the PDFs in /tmp/day, to turn into pictures and look at.
"""

from __future__ import annotations

import datetime
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from grades.models import Assessment, Mark, Student
from grades.services import Entry, record_marks
from jury.cases import outlook
from jury.documents.kinds import KINDS
from jury.documents.minutes.rows import printed_rows
from jury.documents.source import DocumentSource
from jury.models import Session
from jury.rules.following import Step
from tests.base.documents.tools import run
from tests.browser.test_keyboard import AZERTY, CONTROL, Keyboard, keys  # noqa: F401
from tests.browser.test_room import tab_to
from tests.factories import make_student
from tests.jury.test_said_once import SAID_TO_THE_STUDENT
from tests.jury.years import Years, read

KEPT = Path("/tmp/day")
# What the jury of S4 decides of who is to decide, in the words typed.
MOTIVES = {
    "COSTA": ("RED", "Les bases de deux compétences manquent."),
    "DIALLO": ("PAS1NCI", "Progrès nets au second semestre."),
    "FABRE": ("ATJ", "La note de R41 est attendue."),
    "JOLY": ("DEF", "Absent des évaluations depuis mars."),
    "MOREL": ("PAS1NCI", "Travail régulier."),
    "NADAUD": ("NAR", "Le redoublement n’a pas permis d’acquérir les compétences."),
}
GENDERS = {"ADAM": "F", "COSTA": "F", "GARNIER": "F", "RENAUD": "F"}
STATUSES = {
    "GARNIER": ("ABL", datetime.date(2024, 10, 14)),
    "HAMEL": ("DEM", datetime.date(2025, 3, 3)),
    "IMBERT": ("EXCLU", datetime.date(2025, 5, 12)),
    "JOLY": ("DEF", datetime.date(2025, 3, 17)),
}
# The marks of BUT2 in 2024-25, by element, by competence, or everywhere.
MARKS = {
    "ADAM": {"*": "14"},
    "BLANC": {"*": "12", "RT4": "9"},
    "COSTA": {"*": "8.5", "RT1": "12"},
    "DIALLO": {"*": "9", "RT1": "13"},
    "FABRE": {"*": "12", "R41": "ATT"},
    "GARNIER": {},
    "HAMEL": {"R31": "11", "R32": "10", "R34": "9"},
    "IMBERT": {"R31": "12", "R32": "12", "R34": "12"},
    "JOLY": {"*": "4", "R31": "11"},
    "MOREL": {"*": "9.5", "RT1": "12"},
    "NADAUD": {"*": "7"},
    "RENAUD": {"*": "11.5"},
}
FIRST_NAMES = {
    "ADAM": "Inès", "BLANC": "Hugo", "COSTA": "Léa", "DIALLO": "Moussa", "FABRE": "Noé", "GARNIER": "Zoé",
    "HAMEL": "Yanis", "IMBERT": "Luc", "JOLY": "Tom", "MOREL": "Nils", "NADAUD": "Paul", "RENAUD": "Eva",
}  # fmt: skip
REPEATS = {"NADAUD", "RENAUD"}
# Whose UE are attested in each session: one of each kind of student is enough.
UNITS_READ = {"COSTA", "GARNIER", "NADAUD"}
# What no document says: genders are known here, nothing is counted as none, no code stands for a name.
NEVER = r"ne n’est|·e\b|\b0 (crédit|compétence)|RT\d/\d|UE acquises de la \S+ année : UE\d\d \("


@dataclass
class Desk:
    """The president's browser, without its mouse."""

    page: Page
    keys: Keyboard
    site: str

    def open(self, session: Session, part: str = "") -> None:
        """An address typed."""
        self.page.goto(f"{self.site}/jurys/{session.pk}/{part}")

    def room(self, session: Session) -> None:
        self.open(session, "salle/")
        self.page.wait_for_selector("table[data-ready]")

    def to(self, wanted: Locator) -> None:
        """By Tab alone."""
        tab_to(self.page, wanted)

    def push(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.to(self.page.get_by_role(role, name=name).first)
        self.keys.press("Enter")

    def write(self, label: str, text: str, within: Locator | None = None) -> None:
        self.to((within or self.page).get_by_label(label, exact=True).locator("visible=true").first)
        self.type(text)

    def type(self, text: str) -> None:
        """Digits with Shift, as on an AZERTY."""
        for part in re.findall(r"\d|\D+", text):
            if part.isdigit():
                self.keys.digit(int(part), AZERTY, shift=True)
            else:
                self.page.keyboard.type(part)

    def date(self, field: Locator, day: datetime.date) -> None:
        """Day first, as a French Chromium asks; where its French is not installed, month first."""
        self.to(field)
        self.type(day.strftime("%d%m%Y"))
        if field.input_value() != day.isoformat():
            for _ in range(3):
                self.keys.press("ArrowLeft")
            self.type(day.strftime("%m%d%Y"))
        expect(field).to_have_value(day.isoformat())

    def hour(self, field: Locator, hour: str) -> None:
        """ "09:30"; where Chromium has no French it asks for the half of the day too."""
        self.to(field)
        self.type(hour.replace(":", ""))
        if not field.input_value():
            self.type("a")
        expect(field).to_have_value(hour)

    def decide(self, code: str, motive: str) -> None:
        """On the card: the digit under which the code stands, the motive, what a refusal asks; Ctrl Enter."""
        form = self.page.locator("form.decide")
        option = form.locator(f".opt:has(input[value={code}])")
        if option.locator("kbd").count():
            self.keys.digit(int(option.locator("kbd").inner_text()), AZERTY)
        else:
            self.push("Un autre code", role="group")
        expect(option.locator("input")).to_be_checked()
        expect(form.locator(".conseq")).to_be_visible()
        self.keys.press("m")
        self.write("Motif", motive, form)
        if code in ("NAR", "DEF"):
            self.hearing(form, asked=code == "NAR")
        self.keys.send("Enter", "Enter", CONTROL)

    def hearing(self, form: Locator, *, asked: bool) -> None:
        self.to(form.get_by_label("Oui", exact=True))
        self.keys.press(" ")
        if not asked:
            self.keys.press("ArrowDown")
        if asked:
            self.date(form.get_by_label("Invitation du"), datetime.date(2025, 6, 20))
            self.date(form.get_by_label("Audition du"), datetime.date(2025, 7, 1))
            self.write("Par qui, ou pourquoi non tenue", "par le directeur des études", form)
        self.to(form.get_by_label("Conseils d’orientation"))
        self.type("BTS CIEL par apprentissage.")

    def accept(self) -> None:
        """All that is of right, in one act."""
        self.keys.press("a")
        expect(self.page.locator("#accepter button[type=submit]")).to_be_focused()
        self.keys.press("Enter")
        expect(self.page.get_by_text(re.compile("propositions? de droit acceptée"))).to_be_visible()
        self.page.wait_for_selector("table[data-ready]")

    def to_decide(self, motives: dict[str, tuple[str, str]]) -> None:
        """Each one to decide, card after card, as the page brings them."""
        self.keys.press("d")
        self.page.wait_for_url(re.compile("/etudiants/"))
        while "/etudiants/" in self.page.url:
            name = self.page.title().split(",")[0]
            self.decide(*motives[name.split()[0]])
            expect(self.page.get_by_text(f"{name} : décision enregistrée.")).to_be_visible()
        self.page.wait_for_selector("table[data-ready]")

    def close(self, starts: str, ends: str) -> None:
        self.hour(self.page.get_by_label("Début"), starts)
        self.hour(self.page.get_by_label("Fin"), ends)
        self.push("Clore le jury")
        self.page.wait_for_url(re.compile("/apres/"))


@dataclass
class Pile:
    """The PDFs that a browser is given of a session, by what they are: their words, one space between two."""

    desk: Desk
    stage: str
    source: DocumentSource

    def minutes(self) -> str:
        return self.take("PV", f"documents/pv-{self.source.minutes.version}.pdf")

    def attendance(self) -> str:
        return self.take("emargement", "membres/emargement.pdf")

    def of(self, *names: str) -> dict[tuple[str, str], str]:
        """{(kind, student's name): words}: every document that these students are given."""
        return {
            (kind.key, name): self.take(f"{kind.key}-{name}", f"documents/{kind.key}/{case.id}.pdf")
            for kind in KINDS.values()
            if kind.concerns
            for case in kind.students(self.source)
            if (name := case.person["last_name"]) in names
            and (kind.key != "ue" or name in UNITS_READ or os.environ.get("BUTRT_KEEP"))
        }

    def take(self, name: str, part: str) -> str:
        answer = self.desk.page.request.get(f"{self.desk.site}/jurys/{self.source.session.pk}/{part}")
        pdf = answer.body()
        assert pdf.startswith(b"%PDF-"), (name, answer.status)
        if os.environ.get("BUTRT_KEEP"):
            KEPT.mkdir(exist_ok=True)
            (KEPT / f"{self.stage}-{name}.pdf").write_bytes(pdf)
        return words_of(pdf)


def words_of(pdf: bytes) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return " ".join(run("pdftotext", "-raw", file.name, "-").split())


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def years(transactional_db: None) -> Years:
    """A promotion of BUT2 in 2024-25; NADAUD and RENAUD repeat, MOREL has a UE of S1 to acquire."""
    years = Years()
    for name in MARKS:
        make_student(
            years.department,
            last_name=name,
            first_name=FIRST_NAMES[name],
            gender=GENDERS.get(name, "M"),
            address="Résidence des Tilleuls\n12 rue de la Paix",
            postal_code="29000",
            city="Valbrume",
        )
    for since, names in ((2022, REPEATS), (2023, MARKS.keys() - REPEATS)):
        cohort = years.cohort(years.programme("TC", 1), since)
        for name in sorted(names):
            marks = {"RT1": "12", "RT2": "6" if name == "MOREL" else "12"}
            years.enrol(cohort, student(name), marks)
        years.hold(cohort, 1)
        years.hold(cohort, 2, **({"MOREL": "PAS1NCI"} if "MOREL" in names else {}))
    before = years.cohort(years.programme("IOM", 2), 2023)
    for name in sorted(REPEATS):
        years.enrol(before, student(name), {"*": "8"})
    years.hold(before, 3)
    years.hold(before, 4, **dict.fromkeys(sorted(REPEATS), "RED"))
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    for name, marks in MARKS.items():
        status, since = STATUSES.get(name, ("", None))
        years.enrol(cohort, student(name), marks, status=status, status_since=since)
    return years


def student(name: str) -> Student:
    return Student.objects.get(last_name=name)


@pytest.fixture
def desk(page: Page, keys: Keyboard, live_server: Any, years: Years, sign_in: Callable) -> Desk:  # noqa: F811
    sign_in(years.president)
    return Desk(page, keys, str(live_server.url))


def mark(years: Years, name: str, code: str, text: str) -> None:
    """The teacher enters a mark, where it is open."""
    assessment = Assessment.objects.get(
        teaching__element__code=code, teaching__cohort__school_year=2024, teaching__cohort__year=2
    )
    known = Mark.objects.get(assessment=assessment, enrolment__student__last_name=name)
    entry = Entry(assessment.pk, known.enrolment_id, text, known.version)
    (outcome,) = record_marks(teaching=assessment.teaching, entries=[entry], by=years.teacher).outcomes
    assert str(outcome.state) == "saved"


def open_jury(desk: Desk, session: Session, motive: str = "") -> None:
    desk.open(session, "preparation/")
    if motive:
        desk.to(desk.page.locator("#id_motive"))
        desk.type(motive)
    desk.push("Ouvrir la délibération")
    desk.page.wait_for_url(re.compile("/salle/"))
    desk.page.wait_for_selector("table[data-ready]")


def hold_s3(desk: Desk, session: Session) -> None:
    """Everything of an odd semester is of right."""
    open_jury(desk, session)
    desk.accept()
    desk.keys.press("c")
    desk.page.wait_for_url(re.compile("/clore/"))
    desk.close("09:00", "09:30")


def hold_s4(desk: Desk, session: Session) -> None:
    open_jury(desk, session, "La note de R41 de FABRE viendra en septembre.")
    desk.accept()
    desk.to_decide(MOTIVES)
    desk.keys.press("c")
    desk.page.wait_for_url(re.compile("/clore/"))
    desk.close("14:00", "15:45")


def hold_catch_up(desk: Desk, years: Years, main: Session) -> Session:
    """Of FABRE, who waited: already ticked."""
    desk.open(main, "rattrapage/")
    desk.date(desk.page.locator("#id_date"), datetime.date(2025, 9, 9))
    desk.hour(desk.page.locator("#id_starts"), "09:00")
    desk.to(desk.page.locator("#id_place"))
    desk.type("salle B204")
    desk.push("Créer le rattrapage")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("rattrapage")
    made = Session.objects.get(rank=2)
    desk.to(desk.page.locator("#reopen-motive"))
    desk.type("Note de R41.")
    desk.push("Rouvrir leurs notes")
    expect(desk.page.get_by_text("Notes rouvertes")).to_be_visible()
    mark(years, "FABRE", "R41", "13")
    made.members.update(presence="present")
    open_jury(desk, made)
    desk.accept()
    desk.keys.press("c")
    desk.page.wait_for_url(re.compile("/clore/"))
    desk.close("09:00", "09:10")
    return made


def correct(desk: Desk, years: Years, session: Session) -> None:
    """A mark of COSTA came after the closing: she is admitted."""
    desk.open(session, "corriger/")
    desk.to(desk.page.get_by_role("radio").first)
    desk.keys.press("ArrowDown")
    desk.keys.press(" ")
    expect(desk.page.get_by_role("radio", name=re.compile("Une note"))).to_be_checked()
    desk.to(desk.page.locator("#id_motive"))
    desk.type("Notes de R42 et de R44 parvenues le 14 juillet.")
    desk.push("Ouvrir la correction")
    expect(desk.page.get_by_text("Correction d’un jury clos.")).to_be_visible()
    for code in ("R42", "R44"):
        mark(years, "COSTA", code, "15")
    open_jury(desk, session, "La note de FABRE était attendue.")
    desk.open(session, "changements/")
    desk.push("Répondre")
    expect(desk.page.get_by_text("La proposition des règles est acceptée.")).to_be_visible()
    desk.open(session, "clore/")
    desk.close("16:00", "16:15")


def held(desk: Desk, stage: str, session: Session) -> Pile:
    return Pile(desk, stage, DocumentSource.of(read(session)))


def test_the_day(desk: Desk, years: Years):
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    odd, even = years.session(cohort, 3), years.session(cohort, 4)

    hold_s3(desk, odd)
    of_s3 = held(desk, "1-S3", odd)
    assert_said_once(of_s3, of_s3.minutes(), of_s3.of("GARNIER", "HAMEL", "MOREL"))

    hold_s4(desk, even)
    of_s4 = held(desk, "2-S4", even)
    first, given = of_s4.minutes(), of_s4.of(*MARKS)
    assert_said_once(of_s4, first, given)
    assert_given(given)
    assert "Semestre 4 et année BUT2 : 12 étudiants" in of_s4.attendance()

    made = hold_catch_up(desk, years, even)
    of_catch_up = held(desk, "3-rattrapage", made)
    told = of_catch_up.minutes()
    assert_said_once(of_catch_up, told, of_catch_up.of("FABRE"))
    assert "jury de rattrapage" in told
    assert "jury de rattrapage" not in first

    correct(desk, years, even)
    of_second = held(desk, "4-S4-v2", even)
    second, again = of_second.minutes(), of_second.of("COSTA", "DIALLO")
    assert_said_once(of_second, second, again)
    one, two = even.minutes.order_by("version")
    assert one.fingerprint != two.fingerprint
    for version, words in ((one, first), (two, second)):
        assert version.fingerprint in words.replace(" ", "")
    replaced = {case.person["last_name"] for case in KINDS["releve"].replaced(of_second.source)}
    assert replaced == {"COSTA"}
    for (kind, name), words in again.items():
        assert (given.get((kind, name)) == words) is (name != "COSTA"), (kind, name)


def assert_said_once(pile: Pile, minutes: str, given: dict[tuple[str, str], str]) -> None:
    """What comes next, the same in the PV, in the transcript, in the letter; nothing that contradicts it."""
    in_the_minutes = {
        re.search(r"n° (\S+)", anchor)[1]: plain(dict(cells)["suite"])
        for _, anchor, cells in printed_rows(pile.source.proceedings)
    }
    for (kind, name), words in given.items():
        case = pile.source.proceedings.case(student(name).number)
        few = plain(outlook.few_words(case.following))
        assert (in_the_minutes[case.id], few in minutes) == (few, True), name
        if kind == "releve":
            assert plain(outlook.sentence(case.following)) in words, name
        if kind == "notification":
            for step, only in SAID_TO_THE_STUDENT.items():
                said = re.search(only, words)
                if step is case.following.step:
                    assert said, (name, step)
                elif step not in (Step.OPENS, Step.GAP_YEAR):
                    assert not said, (name, step)
        assert not re.search(NEVER, words), (kind, name, re.search(NEVER, words))
    assert not (found := re.search(f"{NEVER}|[Dd]écidé par [A-Z]", minutes)), found


def assert_given(given: dict[tuple[str, str], str]) -> None:
    """Each one's letters of S4: who decided, what was heard, no attestation that says otherwise."""
    of_success = {name for kind, name in given if kind in ("reussite", "dut")}
    assert of_success == {"ADAM", "RENAUD"}
    letters = {name: words for (kind, name), words in given.items() if kind == "notification"}
    for name in ("GARNIER", "HAMEL", "IMBERT"):
        assert "Le jury ne se prononce pas sur votre deuxième année" in letters[name]
        assert "peut encore" not in letters[name]
    assert "demandée, invitation du 20 juin 2025, tenue le 1er juillet 2025" in letters["NADAUD"]
    assert "Le redoublement n’est plus ouvert" in letters["NADAUD"]
    assert "aucun droit n’est retiré" not in letters["JOLY"]
    assert "sans résultat" not in letters["FABRE"]
    assert "troisième année" not in letters["MOREL"]
