"""What must be looked at before opening a session (domain 4): numbers, who answers, where it is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.urls import reverse

from butrt.base.accounts.models import Role, User
from butrt.base.french import listed, quoted, several
from curriculum.findings import findings
from curriculum.models import Element
from grades.models import Assessment, Teaching
from grades.people import is_provisional
from grades.progress.doors import WATCHERS
from jury.cases.proceedings import Case, Proceedings
from jury.models import Member, Session
from jury.rules import Code
from jury.rules.following import Step
from jury.sittings.changed import moved_averages

MOST_NAMED = 8
THEIRS = "Leur UE, leur compétence et leur année restent"
Weight = Literal["blocks", "know", "done"]
KEEPERS = (Role.Name.DIRECTOR, Role.Name.SECRETARIAT)


@dataclass(frozen=True)
class Link:
    """A page where an item is mended, and whose it is: `kept` by some roles, or one teaching's people."""

    label: str
    page: str
    arguments: tuple[Any, ...]
    # Empty: everyone who sees the session.
    roles: tuple[str, ...] = ()
    # A mark sheet is for those named on it, and the director of studies.
    teaching: int | None = None

    @property
    def address(self) -> str:
        return reverse(self.page, args=self.arguments)


@dataclass(frozen=True)
class Item:
    """One line of the checklist: whether it blocks the opening, what it says, who mends it and where."""

    weight: Weight
    title: str
    text: str
    # Names of people, "" when nobody has anything to do.
    who: str = ""
    links: tuple[Link, ...] = ()


def checklist(session: Session, proceedings: Proceedings) -> list[Item]:
    """The items, those that block first. `session` is fetched `with_programme()`.

    Blocking: an awaited or missing mark, an element that counts and has no évaluation, nobody convened.
    Not blocking, to know: elements not declared complete, UE without average, earlier results not recorded,
    what changed since the odd semester's jury judged it, enrolments made against a jury, students without
    group or with a provisional number, findings on the programme, exhausted repeats, who would pass with S5
    closed.
    """
    people = _People(session)
    items = [
        *_awaited(proceedings, people),
        *_without_assessment(people),
        *([] if session.is_catch_up else _undeclared(people)),
        *_without_average(session, proceedings),
        *_earlier_results(session, proceedings, people),
        *_changed_since(session, proceedings, people),
        *_against_a_jury(session, people),
        *_placed(session, proceedings, people),
        *_programme(session, people),
        *_members(session),
        *_closed_s5(session, proceedings),
        *_repeaters(session, proceedings, people),
    ]
    order: list[Weight] = ["blocks", "know", "done"]
    return sorted(items, key=lambda item: order.index(item.weight))


def blocking(items: list[Item]) -> list[Item]:
    return [item for item in items if item.weight == "blocks"]


def reachable(items: Iterable[Item], *, session: Session, by: User) -> list[tuple[Item, list[Link]]]:
    """Each item with the links that this person may follow: what another mends is named, not linked."""
    directs = by.has_role(session.department, Role.Name.DIRECTOR)
    fillable = set(
        Teaching.objects.fillable_by(by).filter(cohort=session.cohort_id).values_list("pk", flat=True)
    )

    def may(link: Link) -> bool:
        if link.teaching is not None:
            return directs or link.teaching in fillable
        return not link.roles or by.has_role(session.department, *link.roles)

    return [(item, [link for link in item.links if may(link)]) for item in items]


def shortened(names: list[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many others."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" et {several(more, 'autre', 'autres')}" if more > 0 else "")


class _People:
    """Who answers for what in a session, read once."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def teachings(self) -> dict[str, Teaching]:
        """By element's code, those of the judged semesters, with their people."""
        rows = (
            Teaching.objects.filter(
                cohort=self.session.cohort_id, element__semester__in=self.session.semesters
            )
            .select_related("element")
            .prefetch_related("heads", "teachers")
            .order_by("element__semester", "element__kind", "element__code")
        )
        return {teaching.element.code: teaching for teaching in rows}

    @cached_property
    def bare(self) -> list[Element]:
        """Elements of the judged semesters with a coefficient and no évaluation."""
        assessed = Assessment.objects.filter(teaching__cohort=self.session.cohort_id, kind="normal")
        elements = self.session.cohort.programme.elements
        return list(
            elements.filter(semester__in=self.session.semesters, weights__coefficient__gt=0)
            .exclude(pk__in=assessed.values("teaching__element"))
            .distinct()
            .order_by("semester", "code")
        )

    @cached_property
    def closed(self) -> set[int]:
        """The semesters whose own jury is closed: their marks are locked, nobody mends them from here."""
        others = Session.objects.filter(cohort=self.session.cohort_id, closed_at__isnull=False)
        return set(others.exclude(semester=self.session.semester).values_list("semester", flat=True))

    @cached_property
    def _by_role(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        rows = Role.objects.filter(department=self.session.department, role__in=KEEPERS, user__is_active=True)
        for row in rows.select_related("user").order_by("user__sort_key"):
            found.setdefault(row.role, []).append(str(row.user))
        return found

    @property
    def director(self) -> str:
        return ", ".join(self._by_role.get(Role.Name.DIRECTOR, [])) or "la direction des études"

    @property
    def secretariat(self) -> str:
        return ", ".join(self._by_role.get(Role.Name.SECRETARIAT, [])) or "le secrétariat"

    def of(self, code: str) -> str:
        """Those responsible for an element, else its teachers, else the director of studies."""
        teaching = self.teachings.get(code)
        named = teaching and [*(teaching.heads.all() or teaching.teachers.all())]
        return ", ".join(map(str, named)) if named else self.director

    def sheet(self, code: str, label: str) -> tuple[Link, ...]:
        """The mark sheet of an element, for its people; the follow-up of the promotion, to ask them."""
        teaching = self.teachings.get(code)
        if teaching is None:
            return ()
        return (Link(label, "grades:sheet", (teaching.pk,), teaching=teaching.pk), self.progress("Relancer"))

    def progress(self, label: str) -> Link:
        return Link(label, "cohorts:progress", (self.session.cohort_id,), WATCHERS)

    def teachers(self, element: Element) -> Link:
        """Where the people of an element are named."""
        return Link(
            f"Nommer pour {element.display}",
            "cohorts:teachers",
            (self.session.cohort_id, element.pk),
            KEEPERS,
        )

    @cached_property
    def _enrolments(self) -> dict[str, int]:
        return dict(self.session.cohort.enrolments.values_list("student__number", "pk"))

    def results(self, cases: Iterable[Case]) -> tuple[Link, ...]:
        """Where the results from elsewhere of each student are recorded, the first ones."""
        students = dict(self.session.cohort.enrolments.values_list("student__number", "student"))
        return tuple(
            Link(case.name, "jury:elsewhere_student", (students[case.id],), (Role.Name.SECRETARIAT,))
            for case in [*cases][:MOST_NAMED]
            if case.id in students
        )

    def enrolments(self, cases: Iterable[Case]) -> tuple[Link, ...]:
        """The enrolment of each student, the first ones."""
        return tuple(
            Link(case.name, "cohorts:enrolment", (self._enrolments[case.id],), KEEPERS)
            for case in [*cases][:MOST_NAMED]
            if case.id in self._enrolments
        )


def _cards(session: Session, cases: Iterable[Case]) -> tuple[Link, ...]:
    return tuple(Link(case.name, "jury:card", (session.pk, case.id)) for case in [*cases][:MOST_NAMED])


def _here(proceedings: Proceedings) -> list[Case]:
    return [case for case in proceedings.cases if not case.gone]


def _awaited(proceedings: Proceedings, people: _People) -> list[Item]:
    """Awaited or missing marks of students who are still there."""
    by_element: dict[str, list[str]] = {}
    bare = {element.code for element in people.bare}  # told once, by `_without_assessment`
    display = proceedings.context["elements"]
    for case in _here(proceedings):
        # A défaillant's sheet no longer takes marks: those they lack are not on their way.
        states = ("ATT",) if case.person["status"] == Code.DEF else ("ATT", "missing")
        awaited = {
            line.element
            for unit in case.verdict.units.values()
            if unit.provisional
            for line in unit.elements
            if line.state in states
        }
        for element in awaited - bare:
            by_element.setdefault(element, []).append(case.name)
    if not by_element:
        return [Item("done", "Toutes les notes sont là", "Aucune note attendue ni manquante.")]
    items = []
    for element, names in sorted(by_element.items()):
        code = display[element]["display"]
        theirs = "Son UE, sa compétence et son année restent" if len(names) == 1 else THEIRS
        waiting = several(len(names), "étudiant attend une note", "étudiants attendent une note")
        items.append(
            Item(
                "blocks",
                f"{code} : {waiting}",
                f"{shortened(names, 5)}. {theirs} provisoires.",
                people.of(element),
                people.sheet(element, f"Voir {code}"),
            )
        )
    return items


def _without_assessment(people: _People) -> list[Item]:
    """Elements with a coefficient and no évaluation: nobody can have an average there."""
    items = [
        Item(
            "blocks",
            f"{element.display} : aucune évaluation",
            "Un élément qui compte et n’a pas d’évaluation bloque ses UE.",
            people.of(element.code),
            people.sheet(element.code, f"Créer en {element.display}") or (people.teachers(element),),
        )
        for element in people.bare
        if element.semester not in people.closed
    ]
    if judged := [element for element in people.bare if element.semester in people.closed]:
        semester = judged[0].semester
        items.append(
            Item(
                "know",
                f"Le jury S{semester}, clos, a jugé sans évaluation en "
                f"{', '.join(element.display for element in judged)}",
                "Ses notes sont verrouillées : elles ne se corrigent qu’en corrigeant ce jury.",
                str(people.session.president),
            )
        )
    if not people.session.cohort.programme.elements.filter(semester__in=people.session.semesters).exists():
        return [Item("done", "Aucun élément au programme", "Ses UE ont une moyenne venue d’ailleurs.")]
    return items or [Item("done", "Chaque élément a ses évaluations", "Tous ceux qui ont un coefficient.")]


def _undeclared(people: _People) -> list[Item]:
    """Elements with a coefficient that nobody declared complete yet, and who answers for them."""
    counted = set(
        people.session.cohort.programme.elements.filter(weights__coefficient__gt=0).values_list(
            "code", flat=True
        )
    )
    rows = [
        (code, teaching)
        for code, teaching in people.teachings.items()
        if code in counted
        and teaching.completed_at is None
        and teaching.element.semester not in people.closed
    ]
    progress = (people.progress("Avancement"),)
    if not rows:
        return [Item("done", "Chaque élément est déclaré complet", "Par ses responsables.", links=progress)]
    named = [
        f"{teaching.element.display} ({', '.join(map(str, teaching.heads.all())) or 'sans responsable'})"
        for _, teaching in rows
    ]
    answering = dict.fromkeys(name for code, _ in rows for name in people.of(code).split(", "))
    return [
        Item(
            "know",
            several(len(rows), "élément n’est pas déclaré complet", "éléments ne sont pas déclarés complets"),
            f"{shortened(named)}. Des notes peuvent encore changer.",
            shortened([*answering]),
            progress,
        )
    ]


def _without_average(session: Session, proceedings: Proceedings) -> list[Item]:
    """UE that no mark can give an average any more (every mark ABJ): the jury decides them."""
    found = [
        (
            case,
            [
                name
                for name, unit in case.verdict.units.items()
                if unit.average is None and unit.code is None and not _waits(unit.elements)
            ],
        )
        for case in _here(proceedings)
    ]
    bare = [(case, names) for case, names in found if names]
    if not bare:
        return []
    text = " ".join(f"{case.name} : {', '.join(names)}." for case, names in bare)
    return [
        Item(
            "know",
            several(len(bare), "étudiant a une UE sans moyenne", "étudiants ont une UE sans moyenne"),
            f"{text} Aucune note n’y compte ; une moyenne ne s’invente pas, le jury décide.",
            str(session.president),
            _cards(session, (case for case, _ in bare)),
        )
    ]


def _waits(elements: Iterable[Any]) -> bool:
    return any(line.state in ("ATT", "missing") for line in elements)


def _earlier_results(session: Session, proceedings: Proceedings, people: _People) -> list[Item]:
    """The UE of earlier years of which no jury's result is recorded: S5, levels below, credits need them."""
    # Each by their own cursus: two students may have followed two versions of BUT1.
    before = {
        case.id: [unit.code for unit in case.cohort.units if unit.year < session.year]
        for case in _here(proceedings)
    }
    if not any(before.values()):
        return []
    short = [
        (case, missing)
        for case in _here(proceedings)
        if (missing := [code for code in before[case.id] if code not in case.student.earlier])
    ]
    if not short:
        number = max(map(len, before.values()))
        return [Item("done", "Résultats antérieurs enregistrés", f"{number} UE pour chaque étudiant.")]
    told = [
        f"{case.name} ({'tous' if len(missing) == len(before[case.id]) else ', '.join(missing)})"
        for case, missing in short
    ]
    return [
        Item(
            "know",
            several(len(short), "étudiant sans tous ses résultats", "étudiants sans tous leurs résultats")
            + " antérieurs",
            f"Il en manque à {shortened(told)}. Les crédits, les niveaux inférieurs et l’accès à S5 en "
            "dépendent : le secrétariat les enregistre, un étudiant, un fichier ou les décisions de ScoDoc "
            "à la fois.",
            people.secretariat,
            (
                Link("Résultats venus d’ailleurs", "jury:elsewhere", (), KEEPERS),
                *people.results(case for case, _ in short),
            ),
        )
    ]


def _changed_since(session: Session, proceedings: Proceedings, people: _People) -> list[Item]:
    """What another jury judged otherwise than this one would: averages, and the motives of the changes."""
    moved, told = moved_averages(session, proceedings), session.changes_judged_before(*session.semesters)
    if not moved and not told:
        return []
    who = [name for each in told for name in each.names]
    names = [*dict.fromkeys([*(case.name for case, _ in moved), *who])]
    lines = [f"{case.name} : {', '.join(units)}." for case, units in moved]
    return [
        Item(
            "know",
            several(len(names), "étudiant changé", "étudiants changés") + " depuis qu’un jury a jugé",
            " ".join([*lines, *dict.fromkeys(each.told for each in told)]),
            people.secretariat,
            people.enrolments(case for case in proceedings.cases if case.name in names),
        )
    ]


def _against_a_jury(session: Session, people: _People) -> list[Item]:
    """The enrolments made although a jury had decided otherwise, each with its motive."""
    rows = session.enrolments().exclude(motive="").select_related("student")
    if not rows:
        return []
    return [
        Item(
            "know",
            several(len(rows), "inscription malgré un jury", "inscriptions malgré un jury"),
            " ".join(f"{each.student} : {quoted(each.motive.rstrip('.'))}." for each in rows),
            people.secretariat,
            tuple(
                Link(str(each.student), "cohorts:enrolment", (each.pk,), KEEPERS)
                for each in [*rows][:MOST_NAMED]
            ),
        )
    ]


def _placed(session: Session, proceedings: Proceedings, people: _People) -> list[Item]:
    """Everyone follows a parcours, by their promotion; a group is needed where évaluations are by group."""
    parcours = session.cohort.programme.parcours
    items = [
        Item(
            "done",
            f"Parcours {parcours.short} pour tous",
            f"{several(len(proceedings.cases), 'étudiant', 'étudiants')}, par la promotion.",
        )
    ]
    unnumbered = [case for case in proceedings.cases if is_provisional(case.student.id)]
    if unnumbered:
        items.append(
            Item(
                "know",
                several(len(unnumbered), "numéro d’étudiant provisoire", "numéros d’étudiant provisoires"),
                f"{shortened([case.name for case in unnumbered])}. Le PV les désignerait par leur n° "
                "Parcoursup et Apogée ne les connaîtrait pas : importer d’abord l’extrait d’Apogée.",
                people.secretariat,
                people.enrolments(unnumbered),
            )
        )
    by_group = Assessment.objects.filter(
        teaching__cohort=session.cohort_id,
        teaching__element__semester__in=session.semesters,
        group__isnull=False,
    )
    loose = [case for case in _here(proceedings) if not case.person["group"]]
    if loose and by_group.exists():
        items.append(
            Item(
                "know",
                several(len(loose), "étudiant sans groupe", "étudiants sans groupe"),
                f"{shortened([case.name for case in loose])}. Les évaluations de groupe ne les comptent pas.",
                people.secretariat,
                people.enrolments(loose),
            )
        )
    return items


def _programme(session: Session, people: _People) -> list[Item]:
    found = findings(session.cohort.programme)
    if not found:
        return [Item("done", "Aucun constat sur le programme", "Totaux, coefficients et crédits concordent.")]
    text = " ".join(finding.title.rstrip(".") + "." for finding in found[:3])
    return [
        Item(
            "know",
            several(len(found), "constat sur le programme", "constats sur le programme"),
            text + " Rien n’est bloqué.",
            people.director,
            (Link("Programme", "curriculum:programme", (session.cohort.programme_id,)),),
        )
    ]


def _members(session: Session) -> list[Item]:
    members = list(session.members.all())
    office = (Role.Name.SECRETARIAT,)
    who = str(session.president)
    if not members:
        return [
            Item(
                "blocks",
                "Aucun membre convoqué",
                "Le PV nomme les membres présents et excusés.",
                who,
                (Link("Convoquer", "jury:members", (session.pk,), (*office, Role.Name.PRESIDENT)),),
            )
        ]
    kinds = Counter(member.kind for member in members)
    told = [
        several(kinds[kind], one, many)
        for kind, one, many in (
            (Member.Kind.TEACHER, "enseignant", "enseignants"),
            (Member.Kind.PROFESSIONAL, "professionnel", "professionnels"),
            (Member.Kind.OTHER, "autre", "autres"),
        )
        if kinds[kind]
    ]
    excused = [member.name for member in members if member.presence == Member.Presence.EXCUSED]
    text = f"{', '.join(told)}. {', '.join(member.name for member in members)}."
    return [
        Item(
            "done",
            several(len(members), "membre convoqué", "membres convoqués"),
            text + (f" Absences excusées : {', '.join(excused)}." if excused else ""),
            links=(Link("Membres", "jury:members", (session.pk,), (*office, Role.Name.PRESIDENT)),),
        )
    ]


def _closed_s5(session: Session, proceedings: Proceedings) -> list[Item]:
    passing = [case for case in proceedings.cases if case.following.step is Step.CLOSED]
    if not passing:
        return []
    text = " ".join(f"{case.name} : il y faut {listed(case.following.gate)} (4.5)." for case in passing)
    return [
        Item(
            "know",
            several(
                len(passing),
                "étudiant passerait sans pouvoir entrer en S5",
                "étudiants passeraient sans pouvoir entrer en S5",
            ),
            text + " Le jury peut les acquérir.",
            str(session.president),
            _cards(session, passing),
        )
    ]


def _repeaters(session: Session, proceedings: Proceedings, people: _People) -> list[Item]:
    repeaters = [case for case in proceedings.cases if case.student.repeats]
    if not repeaters:
        return []
    closed = [
        case
        for case in repeaters
        if case.judges_year and case.proposal.options and Code.RED not in case.proposal.options
    ]
    parts = [
        f"{case.name} garde {several(len(case.student.dispensed), 'UE', 'UE')} d’une année antérieure."
        for case in repeaters
        if case.student.dispensed
    ]
    items = [
        Item(
            "done",
            several(len(repeaters), "redoublant, acquis repris", "redoublants, acquis repris"),
            " ".join(parts) or ", ".join(case.name for case in repeaters) + ".",
            links=people.enrolments(repeaters),
        )
    ]
    if closed:
        items.append(
            Item(
                "know",
                several(len(closed), "redoublement épuisé", "redoublements épuisés"),
                f"{', '.join(case.name for case in closed)} : RED n’est plus ouvert (4.5) ; la direction de "
                "l’IUT peut en accorder un de plus, pour force majeure.",
                people.director,
                people.enrolments(closed),
            )
        )
    return items
