"""What an archive says of itself, in its first piece."""

from __future__ import annotations

import hashlib
import json
import platform
import socket
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import django
from django.conf import settings

from butrt.base.backups.contents import Contents
from butrt.base.nights.services import WentWrong

FORMAT = "butrt-backup/1"
NAME = "manifest.json"
DATABASE = "database"
CERTIFICATES = "certificates"
SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Manifest:
    made_at: datetime
    host: str
    versions: dict[str, str]  # of the site, of Python, of Django, of the database's server
    vendor: str  # which database wrote the dump
    contents: Contents
    pieces: dict[str, str]  # SHA-256 (hex) of each other piece

    @classmethod
    def of(
        cls, *, made_at: datetime, vendor: str, server: str, contents: Contents, pieces: dict[str, Path]
    ) -> Self:
        return cls(
            made_at=made_at,
            host=socket.gethostname(),
            versions={
                "butrt": site_version(),
                "python": platform.python_version(),
                "django": django.get_version(),
                "database": server,
            },
            vendor=vendor,
            contents=contents,
            pieces={name: sha256(path) for name, path in pieces.items()},
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises `WentWrong` for what is not ours."""
        try:
            manifest = json.loads(data)
            if manifest["format"] != FORMAT:
                raise WentWrong(f"L’archive est au format {manifest['format']}, ce site lit {FORMAT}.")
            return cls(
                made_at=datetime.fromisoformat(manifest["made_at"]),
                host=manifest["host"],
                versions=manifest["versions"],
                vendor=manifest["vendor"],
                contents=Contents.from_json(manifest["contents"]),
                pieces=manifest["pieces"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise WentWrong("Ce n’est pas une archive de ce site : son manifeste ne se lit pas.") from error

    def as_bytes(self) -> bytes:
        manifest = {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "host": self.host,
            "versions": self.versions,
            "vendor": self.vendor,
            "contents": self.contents.as_json(),
            "pieces": self.pieces,
        }
        return json.dumps(manifest, ensure_ascii=False, indent=1).encode()

    def certificates(self) -> int:
        return sum(name.startswith(f"{CERTIFICATES}/") for name in self.pieces)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def site_version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])
