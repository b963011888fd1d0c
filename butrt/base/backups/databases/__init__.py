"""PostgreSQL and SQLite, saved and restored by the same few acts (`database.py`)."""

from pathlib import Path

from django.db import connections

from butrt.base.backups.databases.database import Database
from butrt.base.backups.databases.postgresql import PostgreSQL
from butrt.base.backups.databases.sqlite import SQLite

__all__ = ["Database", "site_database"]


def site_database() -> Database:
    """The one that this process uses."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        return PostgreSQL.of(connection.settings_dict)
    return SQLite(Path(connection.settings_dict["NAME"]))
