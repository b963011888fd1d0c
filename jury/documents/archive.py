"""A closed session in one ZIP that is enough by itself: each version of its PV, its data, its results.

    manifeste.json                         SHA-256 of every other file, the session, the versions
    pv/version-1.pdf, pv/version-1/…       the PV, and each revision of it, as the signatures left them
    donnees/version-1/cohorte.json …       the cohort file, the decisions, the whole content
    resultats.xlsx                         the workbook of the version in force

`open_archive` checks one, anywhere: nothing is read from the database to find what was altered.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.canonical import canonical
from butrt.base.journal.services import record
from butrt.base.outside import Limits, opened_apart
from butrt.base.spreadsheets import Unreadable
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.minutes.signatories import SEAL_FIELD
from jury.exchange.cohort import cohort_json
from jury.models import Minutes, Session

if TYPE_CHECKING:
    from jury.documents.verify.report import Report

FORMAT = "butrt-archive/1"
MANIFEST = "manifeste.json"
# A ZIP that a person gives is read whole: more than this is not one of ours.
LARGEST_FILE = 200 * 1024 * 1024
MOST_FILES = 2_000
NO_ARCHIVE = "Ce fichier n’est pas une archive de session, ou il est abîmé."


def archive_session(session: Session, *, by: User | None = None) -> bytes:
    """The archive of a closed session whose last PV is sealed (`session`: `with_programme()`).

    The same session gives the same bytes as long as nothing is signed or corrected. It is journaled when
    `by` asks for it. Raises `Refusal`.
    """
    versions = list(session.minutes.whole().prefetch_related("revisions").order_by("version"))
    if session.state != Session.State.CLOSED or not versions:
        raise Refusal("Une session s’archive une fois le jury clos.")
    last = versions[-1]
    revisions = list(last.revisions.all())
    if not revisions or revisions[-1].field != SEAL_FIELD:
        raise Refusal("Une session s’archive après le cachet : il manque à la dernière version du PV.")
    files = dict(sorted(_files(versions)))
    manifest = {
        "format": FORMAT,
        "session": str(session),
        "cohort": str(session.cohort),
        "department": f"{session.department.institute}, {session.department.name}",
        "versions": [
            {
                "version": version.version,
                "fingerprint": version.fingerprint,
                "created_at": version.created_at.isoformat(),
                "revisions": [revision.sha256 for revision in version.revisions.all()],
            }
            for version in versions
        ],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    content = _zipped({MANIFEST: _pretty(manifest)} | files, revisions[-1].at)
    if by is not None:
        with transaction.atomic():
            record(
                act="session.archive",
                about=str(session),
                by=by,
                department=session.department,
                details={"sha256": hashlib.sha256(content).hexdigest()},
            )
    return content


def archive_name(session: Session) -> str:
    """ "archive_RT-Cyber_BUT2_S4_2024-2025.zip"."""
    return f"{session.file_stem('archive')}.zip"


def _files(versions: list[Minutes]) -> Iterator[tuple[str, bytes]]:
    from jury.exchange.results_workbook import results_workbook

    for version in versions:
        label = f"version-{version.version}"
        revisions = list(version.revisions.all())
        for revision in revisions:
            yield f"pv/{label}/etape-{revision.step}.pdf", bytes(revision.pdf)
        if revisions:
            yield f"pv/{label}.pdf", bytes(revisions[-1].pdf)
        proceedings = Proceedings.of_minutes(version.content)
        yield f"donnees/{label}/cohorte.json", cohort_json(proceedings)
        yield f"donnees/{label}/decisions.json", canonical(version.content["decisions"]).encode()
        yield f"donnees/{label}/contenu.json", canonical(version.content).encode()
    last = Proceedings.of_minutes(versions[-1].content)
    yield "resultats.xlsx", results_workbook(last, title=str(last.context["title"]))


def _zipped(files: dict[str, bytes], at: datetime) -> bytes:
    moment = timezone.localtime(at).timetuple()[:6]
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)
    return output.getvalue()


def _pretty(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


# ---------- checking one ----------


def _version(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A version as a manifest tells it. Raises what a broken one raises."""
    return {
        "version": int(entry["version"]),
        "fingerprint": str(entry["fingerprint"]),
        "revisions": [str(digest) for digest in entry["revisions"]],
    }


@dataclass(frozen=True)
class ArchiveReport:
    """What an archive holds; `problems` is empty when it is whole, `minutes` the reports of its last PV."""

    session: str
    files: int
    problems: tuple[str, ...]
    minutes: tuple[tuple[str, Report], ...] = ()

    @property
    def whole(self) -> bool:
        return not self.problems


class NotUnpacked(Exception):
    """A file that is not unpacked; the message says why, in French."""


@opened_apart(NotUnpacked, Limits(processor=30, time=60, memory=3 * LARGEST_FILE, answer=2 * LARGEST_FILE))
def unpacked(content: bytes) -> tuple[dict[str, bytes], bool]:
    """The files of an archive, and whether two bear one name. What they unfold to is counted first."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_FILE or len(members) > MOST_FILES:
                raise NotUnpacked("Cette archive est trop grande pour être d’ici.")
            if (bad := archive.testzip()) is not None:
                raise NotUnpacked(f"{bad} est abîmé.")
            files = {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise NotUnpacked(NO_ARCHIVE) from None
    return files, len(files) != len(members)


def open_archive(content: bytes) -> ArchiveReport:
    """Check an archive: each file against the manifest, each PV by itself, the data against its PV.

    Whatever it is, answer: the manifest is its author's, so nothing of it is believed.
    """

    from jury.documents.checking.attached import unlike_its_minutes
    from jury.documents.verify.report import examine

    try:
        files, doubles = unpacked(content)
        manifest = json.loads(files.pop(MANIFEST))
        digests, versions = dict(manifest["files"]), [_version(entry) for entry in manifest["versions"]]
        session = f"{manifest['session']}, {manifest['cohort']}"
        if manifest["format"] != FORMAT:
            raise ValueError("not our format")
    except NotUnpacked as error:
        return ArchiveReport("", 0, (str(error),))
    except (KeyError, ValueError, TypeError, RecursionError):
        return ArchiveReport("", 0, (NO_ARCHIVE,))
    problems = ["Un même nom y figure deux fois."] if doubles else []
    problems += [f"{name} manque." for name in sorted(digests.keys() - files.keys())]
    problems += [f"{name} a été ajouté." for name in sorted(files.keys() - digests.keys())]
    problems += [
        f"{name} a été modifié."
        for name in sorted(digests.keys() & files.keys())
        if hashlib.sha256(files[name]).hexdigest() != digests[name]
    ]
    reports = []
    for version in versions:
        name = f"pv/version-{version['version']}.pdf"
        if name not in files:
            continue
        report = examine(files[name])
        reports.append((name, report))
        if not report.holds:
            reasons = " ".join(finding.text for finding in report.findings if not finding.holds)
            problems.append(f"{name} : {report.headline.lower()}. {reasons}")
        steps = [
            hashlib.sha256(files[step]).hexdigest()
            for step in sorted(files)
            if step.startswith(f"pv/version-{version['version']}/")
        ]
        if sorted(steps) != sorted(version["revisions"]):
            problems.append(f"{name} : les étapes de ses signatures ne sont pas celles du manifeste.")
    try:
        problems += unlike_its_minutes(files, versions)
    except Unreadable as error:
        problems.append(str(error))
    return ArchiveReport(session, len(files), tuple(problems), tuple(reports))
