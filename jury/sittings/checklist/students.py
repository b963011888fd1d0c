"""Whether what is known of each student holds together."""

from __future__ import annotations

from butrt.base.french import listed, quoted, several, shortened
from grades.models import Assessment
from grades.people import is_provisional
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.rules import Code
from jury.rules.following import Step
from jury.sittings.changed import moved_averages
from jury.sittings.checklist.items import KEEPERS, MOST_NAMED, Item, Link
from jury.sittings.checklist.people import People, cards_of


def earlier_results(session: Session, proceedings: Proceedings, people: People) -> list[Item]:
    """The UE of earlier years of which no jury's result is recorded: S5, levels below, credits need them."""
    # Each by their own cursus: two students may have followed two versions of BUT1.
    before = {
        case.id: [unit.code for unit in case.cohort.units if unit.year < session.year]
        for case in proceedings.here
    }
    if not any(before.values()):
        return []
    short = [
        (case, missing)
        for case in proceedings.here
        if (missing := [code for code in before[case.id] if code not in case.student.earlier])
    ]
    if not short:
        number = max(map(len, before.values()))
        return [Item("done", "Résultats antérieurs enregistrés", f"{number} UE pour chaque étudiant.")]
    named = [
        f"{case.name} ({'tous' if len(missing) == len(before[case.id]) else ', '.join(missing)})"
        for case, missing in short
    ]
    return [
        Item(
            "know",
            several(len(short), "étudiant sans tous ses résultats", "étudiants sans tous leurs résultats")
            + " antérieurs",
            f"Il en manque à {shortened(named, MOST_NAMED)}. Les crédits, les niveaux inférieurs et l’accès "
            "à S5 en dépendent : le secrétariat les enregistre, un étudiant, un fichier ou les décisions de "
            "ScoDoc à la fois.",
            people.secretariat,
            (
                Link("Résultats venus d’ailleurs", "jury:elsewhere", (), KEEPERS),
                *people.results(case for case, _ in short),
            ),
        )
    ]


def changed_since(session: Session, proceedings: Proceedings, people: People) -> list[Item]:
    """What another jury judged otherwise than this one would: averages, and the motives of the changes."""
    moved, changes = moved_averages(session, proceedings), session.changes_judged_before(*session.semesters)
    if not moved and not changes:
        return []
    who = [name for change in changes for name in change.names]
    names = [*dict.fromkeys([*(case.name for case, _ in moved), *who])]
    lines = [f"{case.name} : {', '.join(units)}." for case, units in moved]
    return [
        Item(
            "know",
            several(len(names), "étudiant changé", "étudiants changés") + " depuis qu’un jury a jugé",
            " ".join([*lines, *dict.fromkeys(change.sentence for change in changes)]),
            people.secretariat,
            people.enrolments(case for case in proceedings.cases if case.name in names),
        )
    ]


def against_a_jury(session: Session, people: People) -> list[Item]:
    """The enrolments made although a jury had decided otherwise, each with its motive."""
    rows = session.enrolments().exclude(motive="").select_related("student")
    if not rows:
        return []
    return [
        Item(
            "know",
            several(len(rows), "inscription malgré un jury", "inscriptions malgré un jury"),
            " ".join(f"{row.student} : {quoted(row.motive.rstrip('.'))}." for row in rows),
            people.secretariat,
            tuple(
                Link(str(enrolment.student), "cohorts:enrolment", (enrolment.pk,), KEEPERS)
                for enrolment in [*rows][:MOST_NAMED]
            ),
        )
    ]


def placed(session: Session, proceedings: Proceedings, people: People) -> list[Item]:
    """Everyone follows a parcours, by their enrolment; a group is needed where évaluations are by group."""
    names = [programme.parcours.short for programme in session.judged]
    counted = several(len(proceedings.cases), "étudiant", "étudiants")
    items = [
        Item("done", f"Parcours {names[0]} pour tous", f"{counted}, par la promotion.")
        if len(names) == 1
        else Item("done", "Chacun a son parcours", f"{counted}, en {listed([*dict.fromkeys(names)])}.")
    ]
    unnumbered = [case for case in proceedings.cases if is_provisional(case.student.id)]
    if unnumbered:
        items.append(
            Item(
                "know",
                several(len(unnumbered), "numéro d’étudiant provisoire", "numéros d’étudiant provisoires"),
                f"{shortened([case.name for case in unnumbered], MOST_NAMED)}. Le PV les désignerait par "
                "leur n° Parcoursup et Apogée ne les connaîtrait pas : importer d’abord l’extrait d’Apogée.",
                people.secretariat,
                people.enrolments(unnumbered),
            )
        )
    by_group = Assessment.objects.filter(
        teaching__cohort=session.cohort_id,
        teaching__element__semester__in=session.semesters,
        group__isnull=False,
    )
    loose = [case for case in proceedings.here if not case.person["group"]]
    if loose and by_group.exists():
        items.append(
            Item(
                "know",
                several(len(loose), "étudiant sans groupe", "étudiants sans groupe"),
                f"{shortened([case.name for case in loose], MOST_NAMED)}. Les évaluations de groupe ne les "
                "comptent pas.",
                people.secretariat,
                people.enrolments(loose),
            )
        )
    return items


def identities(proceedings: Proceedings, people: People) -> list[Item]:
    """Whose INE or birthplace is still to come: the PV, the transcripts and the attestations say them."""
    waiting = [case for case in proceedings.cases if case.lacks]
    if not waiting:
        return []
    named = [f"{case.name} ({', '.join(case.lacks)})" for case in waiting]
    return [
        Item(
            "blocks",
            several(len(waiting), "identité à compléter", "identités à compléter"),
            f"{shortened(named, MOST_NAMED)}. Le PV, les relevés et les attestations les portent ; ce qui "
            "vient avant la clôture y sera.",
            people.secretariat,
            people.enrolments(waiting),
        )
    ]


def closed_s5(session: Session, proceedings: Proceedings) -> list[Item]:
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
            cards_of(session, passing),
        )
    ]


def repeaters(session: Session, proceedings: Proceedings, people: People) -> list[Item]:
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
