"""SQLite: VACUUM INTO, which writes a file that is whole while others write."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

from django.utils.crypto import get_random_string

from butrt.base.backups.contents import OUR_OWN, Contents, Table, rows_of
from butrt.base.backups.databases.database import Database
from butrt.base.journal.models import Head
from butrt.base.nights.services import WentWrong

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"

HEADS = f"SELECT * FROM {Head._meta.db_table} ORDER BY id"


@dataclass(frozen=True)
class SQLite(Database):
    """A database in a file."""

    path: Path
    vendor: ClassVar = "sqlite"

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def environment(self) -> dict[str, str]:
        return {"BUTRT_DATABASE_URL": f"sqlite:///{self.path}"}

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def save(self, target: Path) -> Contents:
        try:
            with self._connected() as connection:
                connection.execute("VACUUM INTO ?", [str(target)])
        except sqlite3.OperationalError as error:  # a full disk, most often
            raise WentWrong(f"La base n’a pas pu être copiée : {error}.") from error
        return SQLite(target).contents()

    def contents(self) -> Contents:
        with self._connected() as connection:
            connection.execute("BEGIN")
            tables = [name for (name,) in connection.execute(TABLES)]
            return Contents(
                tables={name: _table(connection, name) for name in tables},
                migrations=[
                    f"{app} {name}"
                    for app, name in connection.execute(
                        "SELECT app, name FROM django_migrations ORDER BY 1, 2"
                    )
                ]
                if "django_migrations" in tables
                else [],
                journal=rows_of(connection.execute(HEADS)) if Head._meta.db_table in tables else [],
            )

    def occupied(self) -> bool:
        if not self.path.exists():
            return False
        with self._connected() as connection:
            tables = [name for (name,) in connection.execute(TABLES) if name not in OUR_OWN]
            return any(
                connection.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")').fetchone() == (1,)
                for name in tables
            )

    @contextmanager
    def scratch(self) -> Iterator[Self]:
        other = replace(self, path=self.path.with_name(f"{self.path.name}.essai-{get_random_string(6)}"))
        try:
            yield other
        finally:
            for path in other._files():
                path.unlink(missing_ok=True)

    def load(self, dump: Path) -> None:
        self.path.touch(mode=0o600)
        shutil.copyfile(dump, self.path)

    def replace_with(self, other: Self, *, aside: str) -> str:
        kept = self.path.with_name(f"{self.path.name}.{aside}")
        if self.path.exists():
            self._leave_alone()
            os.link(self.path, kept)  # a second name: at no moment is there no database
        os.replace(other.path, self.path)
        return str(kept)

    def _leave_alone(self) -> None:
        """Have it in one file. Only who uses it alone may: a site that runs makes this fail."""
        try:
            with self._connected(timeout=1) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise WentWrong(
                f"La base {self.path} sert encore : arrêter d’abord le site et ses ouvriers. "
                "Rien n’est changé."
            ) from error

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm", "-journal")]

    @contextmanager
    def _connected(self, timeout: float = 20) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=timeout, isolation_level=None)) as connection:
            yield connection


def _table(connection: sqlite3.Connection, name: str) -> Table:
    """Row after row: never in memory whole."""
    columns = connection.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", [name]).fetchall()
    key = [f'"{column}"' for column, place in sorted(columns, key=lambda pair: pair[1]) if place]
    order = f" ORDER BY {', '.join(key)}" if key else ""
    digest, rows = hashlib.sha256(), 0
    for row in connection.execute(f'SELECT * FROM "{name}"{order}'):
        digest.update(repr(row).encode())
        rows += 1
    return Table(rows, digest.hexdigest())
