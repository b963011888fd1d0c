"""Migrate a database of before and tell what became of it, as JSON: run in a process of its own, on it.

Its arguments are what to look at, among `LOOKS`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")

import django

django.setup()

from django.core.management import CommandError, call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from butrt.base.exactjson import plain  # noqa: E402
from curriculum.models import Competence  # noqa: E402
from jury.cases import dossier  # noqa: E402
from jury.cases.proceedings import Proceedings  # noqa: E402
from jury.documents.checking import check_all  # noqa: E402
from jury.documents.fingerprints import fingerprint  # noqa: E402
from jury.documents.kinds import KINDS  # noqa: E402
from jury.documents.minutes.rows import printed_rows  # noqa: E402
from jury.documents.source import DocumentSource  # noqa: E402
from jury.documents.verify.report import examine  # noqa: E402
from jury.models import Minutes, MinutesRevision, Result, Session  # noqa: E402

MOST_WAITED = 60  # seconds, for a document that is being printed
PAST = ("earlier", "earlier_rcues")


def results() -> list[dict[str, Any]]:
    rows = Result.objects.order_by("student__last_name", "school_year", "decided_on", "pk")
    return [
        {
            "student": row.student.last_name,
            "department": row.student.department.code,
            "kind": row.kind,
            "subject": row.subject,
            "competence": row.competence.identity if row.competence else None,
            "level": row.level,
            "semester": row.semester,
            "year": row.year,
            "code": row.code,
            "average": row.average,
            "credits": None if row.credits is None else plain(row.credits),
            "source": row.source,
            "session": row.session_id,
            "on": row.decided_on.isoformat() if row.decided_on else None,
        }
        for row in rows.select_related("student__department", "competence")
    ]


def frozen_otherwise() -> list[tuple[int, str]]:
    """The (session, student) of whom the ledger now says otherwise than 0.2 had frozen."""
    otherwise = []
    for session in Session.objects.with_programme().exclude(state="preparation").order_by("pk"):
        frozen = Session.objects.values_list("snapshot", flat=True).get(pk=session.pk)
        now = {file["id"]: file for file in dossier.past_of(session)["students"]}
        people = frozen["context"]["students"]
        otherwise += [
            (session.pk, people[file["id"]]["last_name"])
            for file in frozen["cohort"]["students"]
            if _past(file) != _past(now[file["id"]])
        ]
    return otherwise


def _past(file: dict[str, Any]) -> list[list[str]]:
    return [sorted(json.dumps(each, sort_keys=True) for each in file[name]) for name in PAST]


def minutes() -> list[dict[str, Any]]:
    """Each PV: whether it gives its own decisions back, whom it says earned which diploma."""
    told = []
    for version in Minutes.objects.order_by("session", "version"):
        proceedings = Proceedings.of_minutes(version.content)
        told.append(
            {
                "session": version.session_id,
                "version": version.version,
                "fingerprint": fingerprint(version.content) == version.fingerprint,
                "otherwise": [
                    case.name
                    for case, made, kept in zip(
                        proceedings.cases,
                        proceedings.decisions_object()["students"],
                        version.content["decisions"]["students"],
                        strict=True,
                    )
                    if {**made, "reasons": 0} != {**kept, "reasons": 0}
                ],
                "diplomas": {
                    case.person["last_name"]: list(case.verdict.diplomas)
                    for case in proceedings.cases
                    if case.verdict.diplomas
                },
            }
        )
    return told


def printed() -> dict[str, list[Any]]:
    """The lines of the table of each PV, as they would be printed today."""
    return {
        f"{version.session_id} v{version.version}": printed_rows(Proceedings.of_minutes(version.content))
        for version in Minutes.objects.order_by("session", "version")
    }


def pages() -> dict[str, int]:
    """The pages of every session, its PV and a transcript, one of each other kind: their status."""
    client, answers = Client(SERVER_NAME="127.0.0.1"), {}
    printed: set[str] = set()

    def ask(name: str, *arguments: object) -> None:
        address = reverse(name, args=arguments)
        answer = client.get(address)
        until = time.monotonic() + MOST_WAITED
        while answer.status_code == 503 and time.monotonic() < until:  # a busy machine still prints it
            time.sleep(1)
            answer = client.get(address)
        answers[address] = answer.status_code
        b"".join(answer) if answer.streaming else answer.content

    for session in Session.objects.with_programme().order_by("pk"):
        client.force_login(session.president, backend="django.contrib.auth.backends.ModelBackend")
        closed = session.state == Session.State.CLOSED
        for name in ("room", *(["after"] if closed else [])):
            ask(f"jury:{name}", session.pk)
        proceedings = Proceedings.of(session)
        for case in proceedings.cases[:5]:
            ask("jury:card", session.pk, case.id)
        if not closed:
            continue
        source = DocumentSource.of(session)
        for version in session.minutes.values_list("version", flat=True):
            ask("jury:minutes_pdf", session.pk, version)
        for kind in KINDS.values():
            for case in kind.students(source)[:1]:
                if kind.key == "releve" or kind.key not in printed:
                    printed.add(kind.key)
                    ask("jury:student_documents", session.pk, case.id)
                    ask("jury:student_pdf", session.pk, kind.key, case.id)
    ask("jury:sessions")
    ask("home")
    return answers


def command(name: str, *arguments: str) -> bool:
    try:
        call_command(name, *arguments, stdout=StringIO(), stderr=StringIO())
    except (CommandError, SystemExit):
        return False
    return True


def tampered() -> list[str]:
    """What `check_all` finds, but the marks that `make_0_*.py` wrote without the services: no history."""
    found = [sentence for checked in check_all() for sentence in checked.findings]
    return [sentence for sentence in found if not sentence.endswith("sans historique.")]


def signed() -> dict[str, Any]:
    """What `verify_pdf` says of the PV that was signed."""
    report = examine(bytes(MinutesRevision.objects.latest("step").pdf))
    return {"verdict": report.verdict, "findings": [[each.holds, each.text] for each in report.findings]}


def open_jury() -> dict[str, Any]:
    """The deliberation that was open: what the rules of today say of it."""
    session = Session.objects.with_programme().get(state=Session.State.DELIBERATION)
    return {
        case.person["last_name"]: [case.verdict.year, case.standing] for case in Proceedings.of(session).cases
    }


def competences() -> list[list[Any]]:
    return [
        [row.identity, row.code, row.title, sorted(row.parcours.values_list("short", flat=True))]
        for row in Competence.objects.filter(specialty__department__code="trois-ans")
    ]


LOOKS: dict[str, Callable[[], Any]] = {
    "migrations": partial(command, "makemigrations", "--check"),
    "journal": partial(command, "check_journal"),
    "tampered": tampered,
    "competences": competences,
    "results": results,
    "frozen": frozen_otherwise,
    "minutes": minutes,
    "printed": printed,
    "signed": signed,
    "open": open_jury,
    "pages": pages,
}


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    json.dump({name: LOOKS[name]() for name in sys.argv[1:] or LOOKS}, sys.stdout, ensure_ascii=False)
