"""One student's relevé de notes: every number that makes a UE, a RCUE and the year, and the years before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from butrt.base import french
from butrt.base.canonical import canonical
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.qr import mark
from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import plural
from jury.cases import bonus, cohortdecisions, cohortfile, outlook, past, wording
from jury.cases.appreciations import appreciations_in
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.cases.spreads import FEWEST
from jury.documents.transcripts import layout
from jury.documents.transcripts.classmates import Classmates
from jury.documents.transcripts.history import codes_in, history_of
from jury.documents.transcripts.units import competence_block
from jury.models import Letterhead, Minutes
from jury.rules import codes
from jury.rules.following import Step


def render_transcript(
    proceedings: Proceedings,
    student_id: str,
    *,
    minutes: Minutes | None = None,
    at: datetime | None = None,
    code: str = "",
    head: Letterhead | None = None,
    case: Case | None = None,
    known: str = "",
) -> RenderedPdf:
    """Print a student's transcript, A4 portrait, one page or two, with their own data attached.

    `minutes` is the version of the PV that `proceedings` was read from; without it the transcript is
    provisional: it says so, and shows what the rules give, none of the jury's decisions. `at` is the
    moment of printing, which only a provisional one bears (now by default). `code` is that of the document
    given out (`jury.documents.issued`); without it, no square to check it. `head` is the department's
    letterhead; without it, the names that the session froze. `case`: the student's, when their identity
    was completed since. `known` tells all of these (`jury.documents.known`).
    Raises KeyError for an unknown student.
    """
    from butrt.base.documents.render import render_known

    return render_known(
        known,
        lambda: transcript_to_print(
            proceedings, student_id, minutes=minutes, at=at, code=code, head=head, case=case
        ),
    )


def transcript_to_print(
    proceedings: Proceedings,
    student_id: str,
    *,
    minutes: Minutes | None = None,
    at: datetime | None = None,
    code: str = "",
    head: Letterhead | None = None,
    case: Case | None = None,
) -> dict[str, Any]:
    """The arguments of `render_pdf`, plain data that another process can take."""

    from butrt.base.documents.render import Attached

    moment = minutes.created_at if minutes else (at or timezone.now())
    case = case or proceedings.case(student_id)
    if minutes is None:
        case = replace(case, verdict=case.proposal, decisions=())
    source = proceedings.cohort_file if minutes else proceedings.bare_cohort
    alone = source | {"students": [student for student in source["students"] if student["id"] == student_id]}
    decisions = {"format": cohortfile.DECISIONS, "students": [cohortdecisions.verdict_to_json(case.verdict)]}
    context = proceedings.context
    page = transcript_page(proceedings, case, minutes=minutes, at=moment)
    page |= {"check": mark(code) if code else None, "head": head}
    cut = _html(page)
    doubtful = page["cut"] is not None and page["cut"].doubtful
    return {
        "html": _html(page | {"cut": None}) if doubtful else cut,
        "if_longer": cut if doubtful else "",
        "title": f"Relevé de notes, {case.legal_name}, BUT{context['year']} {context['school_year']}"
        + ("" if minutes else ", provisoire"),
        "identifier": hashlib.sha256(
            f"{minutes.fingerprint if minutes else moment.isoformat()}/{student_id}".encode()
        ).digest()[:16],
        "attachments": [
            Attached(name, canonical(value).encode(), description, moment, "application/json")
            for name, value, description in (
                ("cohorte.json", alone, "Les notes, le programme et le règlement"),
                ("decisions.json", decisions, "Ce que les règles en tirent, avec les raisons"),
            )
        ],
        "created": moment,
    }


def _html(page: Mapping[str, Any]) -> str:
    return french.typeset(render_to_string("jury/documents/transcripts/transcript.html", page))


def transcript_page(
    proceedings: Proceedings, case: Case, *, minutes: Minutes | None, at: datetime
) -> dict[str, Any]:
    """The context of `jury/documents/transcripts/transcript.html`."""
    context = proceedings.context
    classmates = Classmates.of(proceedings, minutes)
    blocks = [competence_block(case, column, context, classmates) for column in proceedings.columns_of(case)]
    written = appreciations_in(context, case.person)
    history, apart = history_of(case, context), past.apart(case, acquired_only=True)
    judged = case.cohort.judged(case.student)
    regulation = case.cohort.regulation
    return {
        "context": context,
        "case": case,
        "name": wording.civil_name(case.person),
        "birth": wording.birth(case.person),
        "diploma": wording.programme_name(case.programme),
        "scope": _scope(context),
        "provisional": minutes is None,
        "warnings": _warnings(context, provisional=minutes is None),
        "printed": french.moment(at),
        "jury": _jury(minutes, context),
        "fingerprint": in_fours(minutes.fingerprint[:12]) if minutes else "",
        "outcome": _outcome(case, provisional=minutes is None),
        "ects": french.short(case.credits.year),
        "ects_most": french.short(case.credits.of_the_year),
        "total": french.short(case.credits.total),
        "total_most": french.short(case.credits.of_all),
        "blocks": blocks,
        "remarks": [remark for block in blocks for remark in block["remarks"]],
        "absent_codes": [
            f"{code} {words}"
            for code, words in wording.ABSENCES.items()
            if any(code in block["codes"] for block in blocks)
        ],
        "legend": wording.legend(wording.codes_used(case) | codes_in(history), regulation),
        "regulation": wording.settings_in_words(regulation),
        "bonus": " ".join(bonus.setting(context)),
        "history": history,
        "apart": apart,
        "classmates": classmates,
        "fewest": FEWEST,
        "appreciations": written,
        "cut": layout.cut(blocks, history, apart, wide=classmates.shown, written=written),
        "absences": _absences(case),
        "weightless": _weightless(case, context, judged),
        "judges_year": case.judges_year,
    }


# ---------- the head ----------


def _scope(context: Mapping[str, Any]) -> str:
    """ "Deuxième année (BUT2), semestres 3 et 4, 2024-2025"."""
    year = context["year"]
    semesters = wording.semesters(context)
    return f"{wording.YEARS[year].capitalize()} (BUT{year}), {semesters}, {context['school_year']}"


def _jury(minutes: Minutes | None, context: Mapping[str, Any]) -> str:
    if minutes is None:
        return ""
    dated = wording.dated_jury(context, minutes.content["session"]["date"])
    return f"{dated}, PV version {minutes.version}"


def _warnings(context: Mapping[str, Any], *, provisional: bool) -> list[str]:
    """What every page says at its foot of what the whole is worth."""
    warnings = {
        "Relevé provisoire, sans valeur officielle": provisional,
        "Données inventées": context["department"]["demonstration"],
    }
    return [warning for warning, holds in warnings.items() if holds]


def _outcome(case: Case, *, provisional: bool) -> dict[str, Any]:
    """The decision in words, and what follows it."""
    year = case.verdict.year
    if provisional and not case.gone:
        return {
            "family": "gold",
            "code": "PROVISOIRE",
            "sign": "",
            "words": "Le jury n’est pas clos, rien n’est décidé",
            "next": "Les notes peuvent encore changer. Les codes sont ce que les règles donnent aujourd’hui.",
        }
    if year is None:
        waiting = {
            "family": "slate",
            "code": "",
            "sign": "",
            "words": "Décision en attente",
            "next": " ".join((outlook.sentence(case.following), *case.verdict.blocked)),
        }
        odd = waiting | {
            "words": f"Semestre {max(case.student.semesters)} : résultats des UE",
            "next": " ".join(
                [
                    "Les compétences (RCUE) et l’année se jugent au semestre pair.",
                    outlook.sentence(case.following),
                ]
            ),
        }
        return waiting if case.judges_year else odd
    words = codes.words(year, "year", wording.gender(case))
    if case.following.step is Step.CLOSED and year in codes.INTO_THE_NEXT:
        words += ", mais le semestre 5 ne s’ouvre pas encore"
    since = case.person["status_since"]
    when = f" {wording.since(year, since)}" if case.gone and since else ""
    return {
        "family": codes.family(year),
        "code": str(year),
        "sign": codes.sign(year),
        "words": f"{words[0].upper()}{words[1:]}{when}",
        "next": " ".join(
            part for part in (_acquired_in_words(case), outlook.sentence(case.following)) if part
        ),
    }


def _acquired_in_words(case: Case) -> str:
    total = len(case.year_rcues)
    if not total or not any(name in case.verdict.rcues for name in case.year_rcues):
        return ""
    noun = "compétence acquise" if case.acquired < 2 else "compétences acquises"
    return f"{case.acquired or 'Aucune'} {noun} sur {total}."


# ---------- the class ----------


# ---------- competences ----------


# ---------- the foot ----------


def _absences(case: Case) -> str:
    absences = case.person["absences"]
    numbers = [
        f"{absences[kind]} {word}{plural(absences[kind])}"
        for kind, word in (("unjustified", "injustifiée"), ("justified", "justifiée"))
        if absences[kind]
    ]
    return f"en demi-journées : {', '.join(numbers)}" if numbers else "aucune"


def _weightless(case: Case, context: Mapping[str, Any], judged: Any) -> str:
    """The elements of coefficient 0, that no average counts."""
    names = {name for unit in judged for name, coefficient in unit.coefficients.items() if not coefficient}
    displays = sorted(context["elements"][name]["display"] for name in names if name in context["elements"])
    return ", ".join(displays)
