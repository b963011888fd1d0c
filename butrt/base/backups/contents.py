"""What a database holds, told by a fingerprint a table: two that hold the same tell the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from butrt.base.french import several

# Filled by `migrate`, by workers and by the nights: they are nobody's data.
OUR_OWN = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "django_session",
    "nights_run",
    "workers_worker",
}


class Table(NamedTuple):
    """How many rows, and the SHA-256 (hex) of all of them in the order of their key."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A database at one moment."""

    tables: dict[str, Table]
    migrations: list[str]  # "jury 0025_appreciations", in the order of their names
    journal: list[dict[str, Any]]  # the heads of its chains, as they are stored

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def entries(self) -> int:
        """Of the journal, by its heads."""
        return sum(head["count"] for head in self.journal)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        tables = {name: Table(*values) for name, values in data["tables"].items()}
        return cls(tables, data["migrations"], data["journal"])

    def differences(self, copy: Contents) -> list[str]:
        """How a copy differs from this, a French sentence each; none: it holds the same, row for row."""
        sentences = []
        for name in sorted(self.tables.keys() | copy.tables.keys()):
            here, there = self.tables.get(name), copy.tables.get(name)
            if there is None:
                sentences.append(f"La table {name} manque.")
            elif here is None:
                sentences.append(f"La table {name} est de trop.")
            elif here.rows != there.rows:
                sentences.append(f"La table {name} a {several(there.rows, 'ligne')} au lieu de {here.rows}.")
            elif here != there:
                sentences.append(f"La table {name} n’a pas le même contenu.")
        if self.migrations != copy.migrations:
            sentences.append("Les migrations ne sont pas les mêmes.")
        if self.journal != copy.journal:
            sentences.append("Les têtes du journal ne sont pas les mêmes.")
        return sentences


def rows_of(cursor: Any) -> list[dict[str, Any]]:
    """What a cursor of either database answers, by the names of its columns, whatever the release."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
