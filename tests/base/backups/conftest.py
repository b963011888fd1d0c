"""A site to back up: its folders, its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from butrt.base.backups.keys import new_key


@pytest.fixture
def folders(settings, tmp_path: Path) -> Path:
    """Where archives, a certificate and the settings are; the key that opens the archives is `key`."""
    settings.BUTRT_BACKUP_RECIPIENTS = [new_key(tmp_path / "key")]
    settings.BUTRT_BACKUP_IDENTITY = str(tmp_path / "key")
    settings.BUTRT_BACKUPS_DIR = tmp_path / "backups"
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    settings.BUTRT_ENV_FILE = tmp_path / "butrt.env"
    settings.BUTRT_ENV_FILE.write_text("BUTRT_HOSTS=jury.iut.example\n")
    (tmp_path / "certificates" / "roots").mkdir(parents=True)
    (tmp_path / "certificates" / "roots" / "authority.crt").write_text("an authority")
    return tmp_path
