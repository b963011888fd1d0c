"""PostgreSQL: pg_dump and pg_restore, and fingerprints of the very snapshot that was dumped."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import psycopg
from django.utils.crypto import get_random_string
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from butrt.base.backups.contents import OUR_OWN, Contents, Table, rows_of
from butrt.base.backups.databases.database import Database
from butrt.base.journal.models import Head
from butrt.base.nights.services import WentWrong

# What a value is written like must not depend on who asks.
SAME_WORDS = (
    "-c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c extra_float_digits=1 -c bytea_output=hex"
)
MAINTENANCE = "postgres"  # a database that every server has: none can be renamed by who uses it
TEXTS = ("text", "character varying", "character")

# The variable of the environment by which a program is given each parameter of libpq.
VARIABLES = {
    option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar
}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
KEYS = """
    SELECT i.indrelid::regclass::text, a.attname, format_type(a.atttypid, NULL)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, position)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace ORDER BY 1, k.position
"""
SAME_KIND = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s"

HEADS = f"SELECT * FROM {Head._meta.db_table} ORDER BY id"


@dataclass(frozen=True)
class PostgreSQL(Database):
    """A database of a server, by the parameters of libpq: dbname, host, port, user, password, sslmode…"""

    parameters: Mapping[str, str]
    vendor: ClassVar = "postgresql"

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """From an entry of DATABASES; of its options, those of libpq: another `host` is another database."""
        names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        given = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
        options = settings.get("OPTIONS", {})
        return cls(given | {key: str(value) for key, value in options.items() if key in VARIABLES})

    @property
    def name(self) -> str:
        return self.parameters["dbname"]

    @property
    def environment(self) -> dict[str, str]:
        """libpq reads there what an address does not say: no password on a command line."""
        given = {VARIABLES[key]: value for key, value in self.parameters.items()}
        return given | {"BUTRT_DATABASE_URL": f"postgres:///{self.name}"}

    def version(self) -> str:
        with self._connected() as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}"

    def save(self, target: Path) -> Contents:
        with self._connected() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
            return _contents(connection)

    def contents(self) -> Contents:
        with self._connected() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _contents(connection)

    def occupied(self) -> bool:
        with self._connected() as connection:
            for (table,) in connection.execute(TABLES).fetchall():
                if table in OUR_OWN:
                    continue
                row = connection.execute(
                    sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
                )
                if row.fetchone() == (True,):
                    return True
        return False

    @contextmanager
    def scratch(self) -> Iterator[Self]:
        other = self._named(f"{self.name}_essai_{get_random_string(6, 'abcdefghijkmnpqrstuvwxyz')}")
        with self._connected(autocommit=True) as connection:
            kind = connection.execute(SAME_KIND, [self.name]).fetchone() or ()
            encoding, collate, ctype = (sql.Literal(value) for value in kind)
            try:
                connection.execute(
                    sql.SQL(
                        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
                    ).format(sql.Identifier(other.name), encoding, collate, ctype)
                )
            except psycopg.errors.InsufficientPrivilege as error:
                raise WentWrong(
                    "Le compte de la base ne peut pas créer la base d’essai : qui administre PostgreSQL "
                    "l’y autorise par « ALTER ROLE … CREATEDB »."
                ) from error
        try:
            yield other
        finally:
            with self._connected(autocommit=True, dbname=MAINTENANCE) as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(other.name))
                )

    def load(self, dump: Path) -> None:
        self._run(
            "pg_restore",
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            f"--dbname={self.name}",
            str(dump),
        )

    def replace_with(self, other: Self, *, aside: str) -> str:
        kept = f"{self.name[: 60 - len(aside)]}_{aside}"
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        try:
            with self._connected(dbname=MAINTENANCE) as connection:  # both in one transaction
                for old, new in ((self.name, kept), (other.name, self.name)):
                    connection.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
        except psycopg.errors.ObjectInUse as error:
            raise WentWrong(
                f"La base {self.name} sert encore : arrêter d’abord le site et ses ouvriers. "
                "Rien n’est changé."
            ) from error
        return kept

    def _named(self, name: str) -> Self:
        return replace(self, parameters={**self.parameters, "dbname": name})

    @contextmanager
    def _connected(self, *, autocommit: bool = False, **changed: str) -> Iterator[psycopg.Connection]:
        words = f"{self.parameters.get('options', '')} {SAME_WORDS}"
        address = make_conninfo(**{**self.parameters, "options": words, **changed})
        with psycopg.connect(address, autocommit=autocommit) as connection:
            yield connection

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            why = done.stderr.strip().splitlines()
            raise WentWrong(f"{command[0]} a échoué : {why[0] if why else f'code {done.returncode}'}")


def _contents(connection: psycopg.Connection) -> Contents:
    """Inside the transaction of who asks, whose snapshot it reads."""
    keys: dict[str, list[sql.Composable]] = {}
    for table, column, kind in connection.execute(KEYS).fetchall():
        order = sql.Identifier(column)
        keys.setdefault(table.strip('"'), []).append(
            sql.SQL('{} COLLATE "C"').format(order) if kind in TEXTS else order
        )
    tables = [name for (name,) in connection.execute(TABLES).fetchall()]
    return Contents(
        tables={name: _table(connection, name, keys.get(name, [])) for name in tables},
        migrations=[
            f"{app} {name}"
            for app, name in connection.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2")
        ]
        if "django_migrations" in tables
        else [],
        journal=rows_of(connection.execute(HEADS)) if Head._meta.db_table in tables else [],
    )


def _table(connection: psycopg.Connection, name: str, key: list[sql.Composable]) -> Table:
    """As COPY writes it, by blocks: never in memory whole."""
    order = sql.SQL(" ORDER BY ") + sql.SQL(", ").join(key) if key else sql.SQL("")
    query = sql.SQL("COPY (SELECT * FROM {}{}) TO STDOUT").format(sql.Identifier(name), order)
    digest, rows = hashlib.sha256(), 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            digest.update(block)
            rows += bytes(block).count(b"\n")  # one a row: those of a text are written \n
    return Table(rows, digest.hexdigest())
