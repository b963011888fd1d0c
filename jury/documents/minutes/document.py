"""The procès-verbal as a PDF, from the frozen content of a version and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from butrt.base import french
from butrt.base.canonical import canonical
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.known import known_as
from butrt.base.documents.qr import mark
from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import NBSP, listed, plural
from curriculum.derogations import derogations
from jury.cases import aside, bonus, statistics, wording
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FIRST_FORMAT
from jury.documents.issued import PV
from jury.documents.minutes import counts, first, formerly
from jury.documents.minutes.motives import motive_of, refusal_of, refused_codes
from jury.documents.minutes.rows import in_legal_order, kept_before, row_of
from jury.documents.minutes.signatories import by_hand, signatories
from jury.models import Member, Minutes
from jury.rules import Code
from jury.rules.following import Step

if TYPE_CHECKING:
    from butrt.base.documents.render import Attached

PRESIDENCY = "présidence du jury"
PRESENT_FIRST = (
    (Member.Presence.PRESENT, "Présents"),
    (Member.Presence.EXCUSED, "Excusés"),
    (Member.Presence.CONVENED, "Convoqués, présence non relevée"),
)
FEWEST = 3
"""Under so many students who followed the year, statistics say nothing that the table does not."""


def render_minutes(version: Minutes, code: str = "") -> RenderedPdf:
    """Print a version of the PV: PDF/A-3a, boxes of its `signatories`, the data attached.

    `code` is that of the document given out (`jury.documents.issued`); without it, no square to check it.
    The bytes depend on the version and the code alone: the PV of last year prints the same today.
    """
    from butrt.base.documents.render import render_known

    return render_known(known_minutes(version, code), lambda: _to_print(version, code))


def known_minutes(version: Minutes, code: str) -> str:
    """What tells a version of the PV given out, before its page is written; "" for one that is not."""
    if version.pk is None or not code:
        return ""
    facts = (version.pk, version.version, version.created_at, version.fingerprint, version.changes)
    return known_as(PV, facts, code, _superseded(version))


def _to_print(version: Minutes, code: str) -> dict[str, Any]:
    saved = version.pk is not None
    proceedings = Proceedings.of_version(version) if saved else Proceedings.of_minutes(version.content)
    page = minutes_page(version, proceedings) | {"check": mark(code) if code else None}
    return {
        "html": french.typeset(render_to_string("jury/documents/minutes/minutes.html", page)),
        "title": f"Procès-verbal, {proceedings.context['title']}, {proceedings.context['school_year']}, "
        f"version {version.version}",
        "identifier": hashlib.sha256(f"{version.fingerprint}/{version.version}".encode()).digest()[:16],
        "attachments": attachments(version, proceedings),
        "created": version.created_at,
        "anchors": "sig-",
    }


def attachments(version: Minutes, proceedings: Proceedings) -> list[Attached]:
    """The data of the PV: `contenu.json` hashes to its fingerprint (see `content`)."""

    from butrt.base.documents.render import Attached

    def attached(name: str, value: Any, description: str) -> Attached:
        return Attached(name, canonical(value).encode(), description, version.created_at, "application/json")

    content = version.content
    return [
        attached("cohorte.json", proceedings.cohort_file, "Notes, programme, règlement et décisions du jury"),
        attached("decisions.json", content["decisions"], "Ce que les règles en tirent, avec les raisons"),
        attached("contenu.json", content, "Tout le contenu de ce procès-verbal"),
    ]


def minutes_page(version: Minutes, proceedings: Proceedings) -> dict[str, Any]:
    """The context of `jury/documents/minutes/minutes.html`."""
    content, context, cases = version.content, proceedings.context, in_legal_order(proceedings.cases)
    session = content["session"]
    programme = context["programme"]
    edited = "visas" in content
    today = content.get("edition", 1) > 1
    parts = [_part(part, today=today, edited=edited) for part in proceedings.parts]
    elements_aside = aside.set_aside(context)
    return {
        "context": context,
        "session": session,
        "version": version,
        "correction": _correction(content, today=today),
        "today": today,
        "superseded": _superseded(version),
        "heading": f"BUT{programme['year']} {programme['short']}",
        "diploma": wording.programme_name(programme),
        "scope": _scope(context),
        "catch_up": _catch_up(session),
        "date": french.full_day(session["date"]),
        "start": _when(session.get("starts"), session["opened_at"], session),
        "end": _when(session.get("ends"), session["closed_at"], session),
        "established": french.moment(version.created_at),
        "fingerprint": in_fours(version.fingerprint),
        "journal": _journal(content),
        "of_figures": content["format"] == FIRST_FORMAT,
        "reference": f"Version {version.version}",
        "reference_note": f"empreinte {in_fours(version.fingerprint[:12])}",
        "settings": [*wording.settings_in_words(proceedings.cohort.regulation), *bonus.setting(context)],
        "derogations": derogations(content["cohort"]["regulation"], context.get("regulation_sources", {})),
        "visas": content.get("visas"),
        "members": _members(content["members"], session, said_once=today),
        "presidency": _presidency(session),
        "composition": _composition(content),
        # Alone on the first page, unless something more is said there that would begin a second one.
        "apart": not edited
        or not (session["opening_motive"] or version.changes or content.get("correction") or elements_aside),
        "aside": elements_aside,
        "emptied": aside.without_average(aside.emptied(elements_aside, proceedings.units)),
        "tally": counts.boxes(proceedings, waiting=today) if edited else first.boxes(proceedings),
        "summary": counts.summary(proceedings, waiting=today) if edited else first.summary(proceedings),
        "parts": parts,
        "motives": [motive_of(case, with_author=not edited, today=today) for case in cases if case.decisions],
        "refusals": [
            refusal_of(case, taken, with_motive=edited)
            for case in cases
            for taken in refused_codes(case, once=edited)
        ],
        "extra_repeats": [
            {"case": case, "date": french.day(act["granted_on"]) if act["granted_on"] else "", **act}
            for case in cases
            for act in case.person.get("extra_repeats", ())
        ],
        "defaults": any(decision.code == Code.DEF for case in cases for decision in case.decisions),
        "below": [entry for case in cases if (entry := _below(case))],
        "legends": _in_two(
            wording.legend(
                {code for case in cases for code in wording.codes_used(case)}, proceedings.cohort.regulation
            )
        ),
        "with_statistics": [part for part in parts if part["told_as_a_whole"]],
        "judges_year": proceedings.tells_year,
        "signatories": signatories(content),
        "by_hand": by_hand(content),
    }


def _part(part: Proceedings, *, today: bool, edited: bool) -> dict[str, Any]:
    """What is printed of one of the programmes judged: its table, its statistics, its own counts."""
    rows = [row_of(case, part.columns) for case in in_legal_order(part.cases)]
    of_units, of_rcues = statistics.by_unit(part), statistics.by_rcue(part)
    if not today:
        of_units, of_rcues = formerly.averages(of_units), formerly.averages(of_rcues)
    return {
        "label": part.label,
        "diploma": wording.programme_name(part.context["programme"]) if part.label else "",
        "summary": counts.summary(part, waiting=today) if part.label else "",
        "columns": part.columns,
        "rows": rows,
        "kept_before": kept_before(rows) if today else ["24"],
        "told_as_a_whole": not today or statistics.followed(part) >= FEWEST,
        "waiting": any(figures.waiting for figures in (*of_units, *of_rcues)),
        "spread": _spread(part),
        "unit_statistics": of_units,
        "rcue_statistics": of_rcues if edited else [],
    }


def _journal(content: Any) -> dict[str, str] | None:
    """How far the site's journal went when this version was made; None for a PV of before it was said."""
    head = content.get("journal")
    return head and {"number": str(head["number"]), "digest": in_fours(head["digest"])}


# ---------- the first page ----------


def _correction(content: Any, *, today: bool) -> dict[str, Any] | None:
    """What this version changes from the one that it replaces, why and by whom; None for a first version."""
    correction = content.get("correction")
    return correction and correction | {
        "replaced": _version_of(correction["version"], correction["established"]),
        "changes": [
            change | {"sentence": (text := " ; ".join(change["lines"])), "stop": _stop(text, today=today)}
            for change in correction["changes"]
        ],
        "opened": french.moment(correction["opened_at"]),
    }


def _stop(sentence: str, *, today: bool) -> str:
    """The full stop that a sentence lacks; before edition 2, one after that of a quotation too."""
    return "" if sentence.endswith(".") or (today and re.search(r"[.!?…]\s»$", sentence)) else "."


def _superseded(version: Minutes) -> str:
    """Which later version replaces this one, printed while it was not signed; "" for the last."""
    if version.pk is None:
        return ""
    later = Minutes.objects.filter(session=version.session_id, version__gt=version.version)
    last = later.defer("content").order_by("-version").first()
    return _version_of(last.version, last.created_at) if last else ""


def _version_of(number: int, established: datetime | str) -> str:
    """ "version 1 du 8 juillet 2025"."""
    return f"version{NBSP}{number} du {french.day(established)}"


def _scope(context: Any) -> str:
    """ "Semestre 4 et deuxième année (BUT2), année universitaire 2024-2025"."""
    year = f" et {wording.YEARS[context['year']]} (BUT{context['year']})" if context["judges_year"] else ""
    return f"Semestre {context['semester']}{year}, année universitaire {context['school_year']}"


def _catch_up(session: Any) -> str:
    """What a catch-up session completes, in a sentence; "" for a main session."""
    if ", rattrapage" not in session["title"]:
        return ""
    main = session.get("completes")  # the PV of before it was said know only their title
    after = f", après le jury du {french.day(main['date'])}" if main else ""
    return f"Session de rattrapage{after}, pour les étudiants qu’elle examine."


def _when(stated: str | None, moment: str, session: Any) -> str:
    """The hour that the president stated; else the clock's, with its day when it is not the session's."""
    if stated:
        return french.hour(stated)
    day = french.local(moment).date()
    hour = french.hour(moment)
    return hour if day.isoformat() == session["date"] else f"{french.day(day)}, {hour}"


def _presidency(session: Any) -> str:
    """Who presided: "Béatrice Vaucresson, directrice", or the substitute, named as such."""
    instead = session.get("presided_by")
    if not instead:
        return ", ".join(filter(None, (session["president"], session.get("president_quality"))))
    if "composition" not in session:
        return (
            f"{instead['name']}, suppléant·e désigné·e par l’acte de composition, en l’absence de "
            f"{session['president']}"
        )
    president = ", ".join(filter(None, (session["president"], session.get("president_quality"))))
    return (
        f"{instead['name']}, {instead['quality']}, que l’acte de composition désigne pour suppléer, "
        f"en l’absence {french.of(president)}"
    )


def _composition(content: Any) -> str:
    """The act that composes the jury, unless a visa names it already."""
    act: str = content["session"].get("composition", "")
    return "" if any(act in visa for visa in content.get("visas", ())) else act


def _members(members: Iterable[Any], session: Any, *, said_once: bool) -> list[dict[str, Any]]:
    """Those present, then those excused, in their order; who presided is told, and who may in their place."""
    with_roles = [member | {"role": _role(member, session, said_once=said_once)} for member in members]
    return [
        {"title": title, "people": people}
        for presence, title in PRESENT_FIRST
        if (people := [member for member in with_roles if member["presence"] == presence])
    ]


def _role(member: Any, session: Any, *, said_once: bool) -> str:
    """What a member is beside their quality: "préside", "suppléance de la présidence".

    `said_once`: who has no quality but that of presiding is not said to preside as well.
    """
    if "composition" not in session:
        return ""
    instead, already = session.get("presided_by"), said_once and member["quality"] == PRESIDENCY
    presides = instead["name"] if instead else session["president"]
    if member["name"] == presides:
        return "" if already else "préside"
    if member.get("substitute"):
        return "suppléance de la présidence"
    return "" if already or member["name"] != session["president"] else PRESIDENCY


def _in_two(lines: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Two columns, made here: WeasyPrint lays out real columns over and over to balance them."""
    half = (len(lines) + 1) // 2
    return [lines[:half], lines[half:]]


# ---------- the table ----------


# ---------- what the jury decided ----------


def _below(case: Case) -> dict[str, Any] | None:
    """What the level above acquired, and the UE of BUT1 that still close S5."""
    units = [
        f"{name}{NBSP}({french.number(case.verdict.units[name].average)})"
        for name in wording.acquired_below(case)
    ]
    following = case.following
    missing = following.again if following.step is Step.CLOSED else ()
    if not units and not missing:
        return None
    return {
        "case": case,
        "acquired": listed(units) if units else "",
        "missing": listed(missing) if missing else "",
        "plural": len(missing) > 1,
        "opens": bool(units) and following.step is Step.OPENS,
        "semester": following.semester,
    }


# ---------- statistics ----------


def _spread(proceedings: Proceedings) -> list[dict[str, Any]]:
    """The spread of the students, with the width of its bar."""
    shares = statistics.spread(proceedings)
    most = max((share.students for share in shares), default=0) or 1
    return [
        {
            "label": f"{share.acquired} sur {share.total}",
            "number": share.students,
            "words": plural(share.students, "étudiant", "étudiants"),
            "width": share.students * 160 // most,
        }
        for share in shares
    ]
