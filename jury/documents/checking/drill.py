"""The restoration tried each night: what an archive gives back is the site, to the last byte of a PV."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from butrt.base import french
from butrt.base.backups.services import Copy, restored
from butrt.base.canonical import digest_of
from butrt.base.french import several
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, running
from jury.models import Minutes, MinutesRevision

MOST_TOLD = 20
Bytes = dict[tuple[str, int], tuple[str, str]]
"""{(table, key): (what it is, SHA-256 of what it holds now)}."""


def drill(archive: Path, identity: Path) -> None:
    """Restore an archive beside the site, look at it, drop it. Raises `WentWrong`, and keeps why."""
    with running(Run.Act.DRILL) as run, restored(archive, identity) as copy:
        findings = copy.differences()
        with copy.connected() as alias:
            revisions, versions = revision_bytes(alias), version_bytes(alias)
            findings += _unlike(revisions | versions, revision_bytes("default") | version_bytes("default"))
        findings += _journal(copy)
        if findings:
            differences = " ".join(french.first(findings, MOST_TOLD, "autres différences."))
            raise WentWrong(f"{archive.name} ne rend pas le site : {differences}")
        contents = copy.manifest.contents
        run.details = {"archive": archive.name, "tables": len(contents.tables), "rows": contents.rows}
        run.summary = (
            f"{archive.name}, du {french.moment(copy.manifest.made_at)}, restaurée à part puis effacée : "
            f"{several(len(contents.tables), 'table')} et {several(contents.rows, 'ligne')} identiques, "
            f"journal intact, {several(len(versions), 'version de PV', 'versions de PV')} et "
            f"{several(len(revisions), 'PDF', 'PDF')} identiques à ceux du site."
        )


def revision_bytes(alias: str) -> Bytes:
    """The PDF of every PV, at each step, one at a time."""
    rows = MinutesRevision.objects.using(alias).values_list("pk", "minutes", "step", "pdf")
    return {
        ("revision", pk): (f"PV n° {minutes}, étape {step}", hashlib.sha256(pdf).hexdigest())
        for pk, minutes, step, pdf in rows.order_by("pk").iterator(chunk_size=1)
    }


def version_bytes(alias: str) -> Bytes:
    """What every version of every PV says, one at a time."""
    rows = Minutes.objects.using(alias).values_list("pk", "content")
    return {
        ("version", pk): (f"PV n° {pk}", digest_of(content))
        for pk, content in rows.order_by("pk").iterator(chunk_size=1)
    }


def _unlike(copy: Bytes, site: Bytes) -> Iterator[str]:
    """A PV never changes: those of a copy are still in the site, the same; it may have newer ones."""
    for key, (name, digest) in copy.items():
        if key not in site:
            yield f"{name} : la copie l’a, le site ne l’a plus."
        elif site[key][1] != digest:
            yield f"{name} : la copie et le site diffèrent."


def _journal(copy: Copy) -> Iterator[str]:
    """Its chain, its head and what the PV say of it, by this release's own command."""
    applied = {f"{app} {name}" for app, name in MigrationRecorder(connection).applied_migrations()}
    try:
        if applied != {*copy.manifest.contents.migrations}:
            copy.manage("migrate", "--verbosity=0")  # an archive of the release before
        copy.manage("check_journal")
    except WentWrong as problem:
        yield str(problem)
