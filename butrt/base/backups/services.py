"""Backing up, and getting back what was: each says in French what it did."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from butrt.base import french
from butrt.base.backups import archives
from butrt.base.backups.databases import Database, site_database
from butrt.base.backups.manifest import CERTIFICATES, DATABASE, SETTINGS, Manifest
from butrt.base.backups.rotation import archives as archives_of
from butrt.base.backups.rotation import named, rotate
from butrt.base.french import several
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, running


@dataclass(frozen=True, slots=True)
class Copy:
    """What an archive gave back, apart from the site: removed when nobody looks any more."""

    archive: Path
    manifest: Manifest
    database: Database
    folder: Path  # its pieces

    def differences(self) -> list[str]:
        """How it differs from what was saved, a sentence each."""
        return self.manifest.contents.differences(self.database.contents())

    def manage(self, *command: str) -> None:
        """Run a command of the site on it, in a process of its own. Raises `WentWrong` with what it said."""
        done = subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
            env=os.environ | self.database.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise WentWrong(f"« {command[0]} » sur la copie : {done.stderr.strip() or done.stdout.strip()}")

    @contextmanager
    def connected(self) -> Iterator[str]:
        """The name under which querysets reach it: `using(name)`."""
        alias = "copy"
        connections[alias] = connections["default"].copy(alias)
        connections[alias].settings_dict |= self.database.settings
        try:
            yield alias
        finally:
            connections[alias].close()
            del connections[alias]


def back_up() -> Path:
    """Write an archive of the site, then forget those that are too old. Raises `WentWrong`, and keeps why."""
    with running(Run.Act.BACKUP) as run:
        if not settings.BUTRT_BACKUP_RECIPIENTS:
            raise WentWrong(
                "BUTRT_BACKUP_RECIPIENTS est vide : sans clé publique, rien n’est sauvegardé. "
                "« create_backup_key » en fait une."
            )
        try:
            path, manifest = _write(timezone.now())
            gone = rotate(path.parent, settings.BUTRT_BACKUPS_KEPT)
        except OSError as error:
            raise WentWrong(
                f"La sauvegarde ne peut pas être écrite dans {settings.BUTRT_BACKUPS_DIR} : "
                f"{error.strerror or error}. Les archives d’avant sont intactes."
            ) from error
        size = path.stat().st_size
        run.details = {"archive": path.name, "bytes": size, "rows": manifest.contents.rows}
        run.summary = (
            f"{path.name} ({filesizeformat(size)}) : {_holds(manifest)}. "
            f"{several(len(archives_of(path.parent)), 'archive gardée', 'archives gardées')}"
            f"{', ' + several(len(gone), 'effacée') if gone else ''}."
        )
        return path


def _write(at: datetime) -> tuple[Path, Manifest]:
    database = site_database()
    with _room() as aside:
        pieces = {DATABASE: Path(aside, DATABASE)} | _files()
        contents = database.save(pieces[DATABASE])
        manifest = Manifest.of(
            made_at=at, vendor=database.vendor, server=database.version(), contents=contents, pieces=pieces
        )
        path = Path(settings.BUTRT_BACKUPS_DIR, named(at))
        archives.write(path, manifest, pieces, settings.BUTRT_BACKUP_RECIPIENTS)
    return path, manifest


def _room() -> tempfile.TemporaryDirectory:
    """Where pieces lie meanwhile, for the site's user alone: where there is room for archives."""
    folder = Path(settings.BUTRT_BACKUPS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".pieces-", dir=folder)


def _files() -> dict[str, Path]:
    """Certificates and settings, by the names that they have in the archive."""
    certificates = Path(settings.BUTRT_CERTIFICATES_DIR)
    pieces = {
        f"{CERTIFICATES}/{path.relative_to(certificates).as_posix()}": path
        for path in sorted(certificates.rglob("*"))
        if path.is_file()
    }
    kept = {"butrt.env": Path(settings.BUTRT_ENV_FILE), "secret_key": settings.DATA_DIR / "secret_key"}
    return pieces | {f"{SETTINGS}/{name}": path for name, path in kept.items() if path.is_file()}


@contextmanager
def restored(archive: Path, identity: Path) -> Iterator[Copy]:
    """An archive's copy, in an empty database made beside the site's: looked at, then dropped.

    Raises `WentWrong` if it does not open, is not whole, or is of another kind of database.
    """
    database = site_database()
    with _room() as folder:
        manifest = archives.read(archive, Path(folder), identity)
        if manifest.vendor != database.vendor:
            raise WentWrong(
                f"L’archive est d’une base {manifest.versions['database']}, celle du site est "
                f"{database.version()} : BUTRT_DATABASE_URL doit désigner une base de la même sorte."
            )
        with database.scratch() as scratch:
            scratch.load(Path(folder, DATABASE))
            yield Copy(archive, manifest, scratch, Path(folder))


def restore(archive: Path, identity: Path, *, replace: bool = False) -> Iterator[str]:
    """Have the site be what an archive holds: checked first, then put in place at once; what was is kept.

    Says what it does, a sentence each. Raises `WentWrong`, and nothing is changed.
    """
    database = site_database()
    certificates = Path(settings.BUTRT_CERTIFICATES_DIR)
    if not replace and (database.occupied() or _holds_files(certificates)):
        raise WentWrong(
            f"Le site n’est pas vide (base {database.name}, certificats {certificates}). Rien n’est changé. "
            "« --replace » met de côté ce qui y est et prend sa place."
        )
    with restored(archive, identity) as copy:
        yield f"Archive du {french.moment(copy.manifest.made_at)}, entière : {_holds(copy.manifest)}."
        if differences := copy.differences():
            raise WentWrong(f"La copie n’est pas ce qui a été sauvegardé : {' '.join(differences)}")
        yield "La copie est, ligne pour ligne, ce qui a été sauvegardé."
        connections.close_all()
        aside = f"avant_{timezone.now():%Y%m%d_%H%M%S}"
        former = _put_certificates(copy.folder / CERTIFICATES, certificates, aside)
        try:
            kept = database.replace_with(copy.database, aside=aside)
        except (WentWrong, OSError):
            _take_back(certificates, former)
            raise
        yield f"Base en place. Celle d’avant est gardée : {kept}."
        if former:
            yield f"Certificats en place. Ceux d’avant sont gardés : {former}."
        for path in _put_settings(copy.folder / SETTINGS, aside):
            yield f"Réglages de l’archive écrits dans {path} : à comparer avec ceux de ce site, qui restent."
    yield "Reste à faire : « prepare_site », puis relancer le site et ses ouvriers."


def _put_certificates(source: Path, target: Path, aside: str) -> Path | None:
    """The folder takes the other's place; where what was there is kept."""
    if not source.is_dir():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    ready = target.with_name(f"{target.name}.{aside}.pret")
    shutil.copytree(source, ready)
    former = target.with_name(f"{target.name}.{aside}") if target.exists() else None
    if former:
        os.replace(target, former)
    os.replace(ready, target)
    return former


def _take_back(certificates: Path, former: Path | None) -> None:
    if former:
        shutil.rmtree(certificates)
        os.replace(former, certificates)


def _put_settings(source: Path, aside: str) -> Iterator[Path]:
    """Beside the archives, for a person to compare: the address of the database is of this machine."""
    folder = Path(settings.BUTRT_BACKUPS_DIR, f"reglages_{aside}")
    for path in sorted(source.glob("*")):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / path.name
        target.touch(mode=0o600)
        shutil.copyfile(path, target)
        yield target


def _holds_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))


def _holds(manifest: Manifest) -> str:
    parts = [
        several(len(manifest.contents.tables), "table"),
        several(manifest.contents.rows, "ligne"),
        several(manifest.certificates(), "fichier de certificat", "fichiers de certificats"),
    ]
    parts.append(f"{several(manifest.contents.entries, 'entrée')} du journal")
    if not any(name.startswith(f"{SETTINGS}/") for name in manifest.pieces):
        parts.append("aucun réglage : ils ne sont pas dans un fichier")
    return ", ".join(parts)


def last_archive() -> Path:
    """The last that was made. Raises `WentWrong` when there is none."""
    path = next(iter(archives_of(Path(settings.BUTRT_BACKUPS_DIR))), None)
    if path is None:
        raise WentWrong(f"Aucune archive dans {settings.BUTRT_BACKUPS_DIR}.")
    return path
