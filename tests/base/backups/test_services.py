"""A site is backed up while it runs, and given back as it was; on both databases."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from environ import Env

from butrt.base.accounts.models import User
from butrt.base.backups import services
from butrt.base.backups.databases import postgresql, site_database
from butrt.base.backups.services import back_up, last_archive, restore, restored
from butrt.base.journal.models import Head
from butrt.base.journal.services import record
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, last_runs
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(folders: Path) -> Path:
    """Two accounts and an entry of the journal."""
    make_user(username="anne")
    with transaction.atomic():
        record(act="account.site", about="anne", by=make_user(username="bruno"))
    return folders


@pytest.fixture
def away() -> Iterator[None]:
    """What a restoration puts aside is removed, for the next test."""
    yield
    database = site_database()
    connections.close_all()
    if connection.vendor == "sqlite":
        for path in database.path.parent.glob(f"{database.path.name}.avant*"):
            path.unlink()
        return
    with database._connected(autocommit=True, dbname=postgresql.MAINTENANCE) as server:
        names = server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", ["%avant_2%"])
        for (name,) in names.fetchall():
            server.execute(f'DROP DATABASE "{name}"')


def names() -> set[str]:
    return set(User.objects.values_list("username", flat=True))


def test_a_backup_says_what_it_holds_and_is_its_owners_alone(site, capsys):
    call_command("backup")

    archive = last_archive()
    run = last_runs()[Run.Act.BACKUP]
    assert run.went_well
    assert run.summary.startswith(f"{archive.name} (")
    assert "1 fichier de certificat, 1 entrée du journal. 1 archive gardée." in run.summary
    assert run.summary in capsys.readouterr().out
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_the_site_is_given_back_and_what_was_there_is_kept(site, away, capsys):
    archive = back_up()
    User.objects.filter(username="bruno").update(username="altered")
    make_user(username="later")
    (site / "certificates" / "roots" / "authority.crt").write_text("another")

    with pytest.raises(CommandError, match=r"n’est pas vide.*Rien n’est changé"):
        call_command("restore", str(archive))
    assert names() == {"anne", "altered", "later"}
    call_command("restore", str(archive), "--replace")

    assert names() == {"anne", "bruno"}
    assert [head.count for head in Head.objects.all() if head.count] == [1]
    assert (site / "certificates" / "roots" / "authority.crt").read_text() == "an authority"
    assert [path.read_text() for path in site.glob("certificates.avant*/roots/authority.crt")] == ["another"]
    (settings_kept,) = site.glob("backups/reglages_*/butrt.env")
    assert settings_kept.read_text() == "BUTRT_HOSTS=jury.iut.example\n"
    output = capsys.readouterr().out
    assert "ligne pour ligne, ce qui a été sauvegardé" in output
    assert "Celle d’avant est gardée" in output


def test_an_empty_site_takes_an_archive_without_being_told(site, away):
    """Moving to another machine: it is installed there, then restored."""
    archive = back_up()
    with connection.cursor() as cursor:
        for table in ("journal_entry", "journal_head", "accounts_user"):
            cursor.execute(f"DELETE FROM {table}")
    shutil.rmtree(site / "certificates")

    assert "Base en place" in " ".join(restore(archive, site / "key"))
    assert names() == {"anne", "bruno"}
    assert (site / "certificates" / "roots" / "authority.crt").read_text() == "an authority"


def test_a_site_that_runs_is_not_replaced(site, away):
    archive = back_up()
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("SELECT * FROM accounts_user").fetchone()
    else:
        other = psycopg.connect(**connections["default"].get_connection_params())
    try:
        with pytest.raises(WentWrong, match=r"sert encore.*Rien n’est changé"):
            list(restore(archive, site / "key", replace=True))
    finally:
        other.close()
    assert names() == {"anne", "bruno"}
    assert (site / "certificates" / "roots" / "authority.crt").exists()
    assert not list(site.glob("certificates.avant*"))


def test_one_changed_row_of_a_copy_is_seen_and_refused(site, monkeypatch):
    archive = back_up()
    with restored(archive, site / "key") as copy:
        assert copy.differences() == []
        with copy.connected() as alias:
            User.objects.using(alias).filter(username="bruno").update(first_name="Bruna")
        assert copy.differences() == ["La table accounts_user n’a pas le même contenu."]
        monkeypatch.setattr(services.Copy, "differences", lambda _: ["La table accounts_user manque."])
    with pytest.raises(WentWrong, match="La table accounts_user manque"):
        list(restore(archive, site / "key", replace=True))
    assert names() == {"anne", "bruno"}


def test_a_full_disk_is_said_and_costs_no_archive(site, monkeypatch):
    kept = back_up()
    monkeypatch.setattr(services, "named", lambda _: "butrt-20261129-020000.tar.age")
    (site / "backups" / ".butrt-20261129-020000.tar.age.partial").symlink_to("/dev/full")

    with pytest.raises(CommandError, match="Les archives d’avant sont intactes"):
        call_command("backup")

    run = last_runs()[Run.Act.BACKUP]
    assert not run.went_well
    assert "No space left on device" in run.summary
    assert list((site / "backups").iterdir()) == [kept]


def test_without_a_public_key_nothing_is_written(site, settings):
    settings.BUTRT_BACKUP_RECIPIENTS = []

    with pytest.raises(CommandError, match="create_backup_key"):
        call_command("backup")
    assert not (site / "backups").exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's copy is fingerprinted itself")
def test_what_is_written_meanwhile_is_in_neither_the_dump_nor_the_fingerprints(site, monkeypatch):
    run = postgresql.PostgreSQL._run

    def meanwhile(database: postgresql.PostgreSQL, *command: str) -> None:
        if command[0] == "pg_dump":
            make_user(username="meanwhile")
        run(database, *command)

    monkeypatch.setattr(postgresql.PostgreSQL, "_run", meanwhile)
    with restored(back_up(), site / "key") as copy, copy.connected() as alias:
        assert copy.differences() == []
        assert not User.objects.using(alias).filter(username="meanwhile").exists()
    assert "meanwhile" in names()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="about the tools of PostgreSQL")
def test_a_dump_that_fails_says_why(site, monkeypatch):
    monkeypatch.setattr(postgresql.PostgreSQL, "name", "nowhere")

    with pytest.raises(WentWrong, match="pg_restore a échoué"):
        site_database().load(site / "key")


def test_what_dumps_reaches_the_server_that_the_site_reads():
    """By all that names one: a folder of sockets, a certificate, the one of several that writes."""
    other = {
        "postgres:///butrt?host=/run/other&port=5433": {"PGHOST": "/run/other", "PGPORT": "5433"},
        "postgres://anne:secret@db.iut.example/butrt?sslmode=verify-full&target_session_attrs=read-write": {
            **{"PGUSER": "anne", "PGPASSWORD": "secret", "PGHOST": "db.iut.example"},
            **{"PGSSLMODE": "verify-full", "PGTARGETSESSIONATTRS": "read-write"},
        },
        "postgres:///butrt?isolation_level=3": {},  # Django's own
    }
    for address, variables in other.items():
        database = postgresql.PostgreSQL.of(Env.db_url_config(address))
        assert database.environment == variables | {
            "PGDATABASE": "butrt",
            "BUTRT_DATABASE_URL": "postgres:///butrt",
        }


@pytest.mark.skipif(connection.vendor != "postgresql", reason="about the rights of PostgreSQL")
def test_an_account_that_may_not_make_a_database_is_told_what_to_ask(site):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE modest LOGIN")
    database = postgresql.PostgreSQL({**site_database().parameters, "user": "modest"})
    try:
        with pytest.raises(WentWrong, match="CREATEDB"), database.scratch():
            pass
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE modest")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="pg_dump says its own")
def test_a_database_that_cannot_be_copied_is_said(site, tmp_path):
    with pytest.raises(WentWrong, match="n’a pas pu être copiée"):
        site_database().save(tmp_path / "nowhere" / "copy")
