"""The restoration tried each night tells that an archive gives the site back, or what it does not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from butrt.base.accounts.models import User
from butrt.base.backups import services
from butrt.base.backups.keys import new_key
from butrt.base.backups.services import Copy, back_up, last_archive
from butrt.base.journal.models import Entry
from butrt.base.nights.models import Run
from butrt.base.nights.services import last_runs
from jury.models import Minutes, MinutesRevision
from tests.jury.world import all_at, close_world, make_world

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7, signed"


@pytest.fixture
def saved(settings, tmp_path: Path) -> Minutes:
    """A jury closed, its PV printed, the site backed up."""
    settings.BUTRT_BACKUP_RECIPIENTS = [new_key(tmp_path / "key")]
    settings.BUTRT_BACKUP_IDENTITY = str(tmp_path / "key")
    settings.BUTRT_BACKUPS_DIR = tmp_path / "backups"
    world = make_world({"ARNAUD": all_at("12")})
    minutes = close_world(world)
    MinutesRevision.objects.create(
        minutes=minutes,
        step=1,
        label="champs",
        at=minutes.created_at,
        pdf=PDF,
        sha256=hashlib.sha256(PDF).hexdigest(),
    )
    back_up()
    return minutes


def refused() -> str:
    """What is kept of a drill that fails."""
    with pytest.raises(CommandError):
        call_command("drill")
    run = last_runs()[Run.Act.DRILL]
    assert not run.went_well
    return run.summary


def test_an_archive_gives_the_site_back_to_the_last_byte_of_its_pv(saved, monkeypatch, capsys):
    """Then what is changed since, in the site or in the copy, is found by name."""
    call_command("drill")

    run = last_runs()[Run.Act.DRILL]
    assert run.went_well
    assert run.summary in capsys.readouterr().out
    assert run.summary.startswith(last_archive().name)
    assert run.summary.endswith("journal intact, 1 version de PV et 1 PDF identiques à ceux du site.")

    monkeypatch.setattr(Copy, "manage", lambda *_: None)  # three seconds each
    MinutesRevision.objects.update(pdf=PDF + b" again")
    Minutes.objects.update(content={"version": 1})
    assert refused() == (
        f"{last_archive().name} ne rend pas le site : PV n° {saved.pk}, étape 1 : la copie et le site "
        f"diffèrent. PV n° {saved.pk} : la copie et le site diffèrent."
    )
    MinutesRevision.objects.all().delete()
    assert f"PV n° {saved.pk}, étape 1 : la copie l’a, le site ne l’a plus." in refused()


def test_a_row_that_a_restoration_changed_is_found(saved, monkeypatch):
    databases = services.site_database()
    load = type(databases).load

    def badly(database, dump: Path) -> None:
        load(database, dump)
        with Copy(dump, None, database, dump.parent).connected() as alias:
            User.objects.using(alias).update(first_name="Quelqu’un")
            MinutesRevision.objects.using(alias).update(pdf=PDF.upper())

    monkeypatch.setattr(type(databases), "load", badly)
    monkeypatch.setattr(Copy, "manage", lambda *_: None)

    assert refused() == (
        f"{last_archive().name} ne rend pas le site : La table accounts_user n’a pas le même contenu. "
        f"La table jury_minutesrevision n’a pas le même contenu. PV n° {saved.pk}, étape 1 : la copie et le "
        "site diffèrent."
    )


def test_a_journal_that_does_not_hold_is_found_in_the_copy(saved):
    """Rewritten in the site before the backup: the copy has the same rows, its chain is broken."""
    last_archive().unlink()
    Entry.objects.filter(act="session.open").update(about="another")
    back_up()

    assert "« check_journal » sur la copie : CommandError: Le journal n’est pas tel" in refused()


def test_another_key_or_a_cut_archive_is_said(saved, settings, tmp_path):
    new_key(tmp_path / "other")
    settings.BUTRT_BACKUP_IDENTITY = str(tmp_path / "other")
    with pytest.raises(CommandError):
        call_command("drill", identity=tmp_path / "other")
    assert "n’ouvre pas" in last_runs()[Run.Act.DRILL].summary

    archive = last_archive()
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(CommandError, match="n’est pas entière"):
        call_command("drill", identity=tmp_path / "key")
    archive.unlink()
    with pytest.raises(CommandError, match="Aucune archive"):
        call_command("drill", identity=tmp_path / "key")
