"""A closed session in one ZIP, and what tells that one was altered."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.canonical import canonical
from butrt.base.journal.models import Entry
from jury.documents.archive import MANIFEST, archive_name, archive_session, open_archive
from jury.documents.checking.attached import unlike_its_minutes
from jury.documents.minutes import services
from tests.jury.documents.test_signing import Jury, certificates, certificates_once  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
NAMES = [
    "donnees/version-1/cohorte.json",
    "donnees/version-1/contenu.json",
    "donnees/version-1/decisions.json",
    MANIFEST,
    "pv/version-1.pdf",
    "pv/version-1/etape-0.pdf",
    "pv/version-1/etape-1.pdf",
    "pv/version-1/etape-2.pdf",
    "resultats.xlsx",
]


@pytest.fixture(scope="module")
def sealed_once(once: Callable[[Callable], Any], certificates_once: Path) -> Jury:  # noqa: F811
    def make() -> Jury:
        jury = Jury()
        services.sign(version=jury.minutes, by=jury.president)
        services.seal(version=jury.minutes, by=jury.president)
        return jury

    with override_settings(BUTRT_CERTIFICATES_DIR=certificates_once):
        return once(make)


@pytest.fixture
def sealed(db: None, sealed_once: Jury, certificates: Path) -> Jury:  # noqa: F811
    return deepcopy(sealed_once)


def with_files(content: bytes, **changes: bytes | None) -> bytes:
    """The same archive with files replaced, added, or (None) taken away."""
    given = {name.replace("__", "/").replace("_dot_", "."): value for name, value in changes.items()}
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w") as new:
        files = {name: old.read(name) for name in old.namelist()} | given
        for name, value in files.items():
            if value is not None:
                new.writestr(name, value)
    return output.getvalue()


def test_an_archive_holds_everything_and_is_whole(sealed: Jury):
    content = archive_session(sealed.session, by=sealed.secretary)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == NAMES
        assert archive.read("pv/version-1.pdf") == sealed.last
    report = open_archive(content)

    assert (report.whole, report.problems, report.files) == (True, (), 8)
    assert [(name, each.verdict) for name, each in report.minutes] == [("pv/version-1.pdf", "in_force")]
    assert Entry.objects.filter(act="session.archive", by=sealed.secretary).count() == 1


def test_an_archive_waits_for_the_seal(sealed: Jury):
    sealed.minutes.revisions.get(field="sig-seal").delete()
    with pytest.raises(ValidationError, match="après le cachet"):
        archive_session(sealed.session)


def test_what_was_altered_is_named(sealed: Jury):
    content = archive_session(sealed.session)
    flipped = bytearray(sealed.last)
    flipped[len(flipped) // 3] ^= 1

    assert open_archive(with_files(content, resultats_dot_xlsx=b"autre")).problems == (
        "resultats.xlsx a été modifié.",
        "resultats.xlsx n’est pas un classeur lisible.",
    )
    assert open_archive(with_files(content, resultats_dot_xlsx=None)).problems == ("resultats.xlsx manque.",)
    assert open_archive(with_files(content, pv__ajout_dot_pdf=b"x")).problems == (
        "pv/ajout.pdf a été ajouté.",
    )
    swapped = open_archive(with_files(content, **{"pv/version-1.pdf": bytes(flipped)})).problems
    assert swapped[0] == "pv/version-1.pdf a été modifié."
    assert "pv/version-1.pdf : modifié, ou fabriqué ailleurs." in swapped[1]


@pytest.mark.parametrize("junk", [b"", b"PK", b"PK\x05\x06" + bytes(18)])
def test_another_file_is_no_archive(junk: bytes):
    assert open_archive(junk).problems == ("Ce fichier n’est pas une archive de session, ou il est abîmé.",)


def test_the_page_and_the_commands(sealed: Jury, tmp_path: Path, capsys):
    client = Client()
    client.force_login(sealed.secretary, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("jury:archive_zip", args=[sealed.session.pk]))
    call_command("archive_session", sealed.session.pk, to=tmp_path)
    path = tmp_path / archive_name(sealed.session)

    assert f'filename="{path.name}"' in answer["Content-Disposition"]
    assert open_archive(answer.content).whole
    call_command("verify_archive", path)
    assert "Archive entière." in capsys.readouterr().out
    path.write_bytes(with_files(path.read_bytes(), resultats_dot_xlsx=b"autre"))
    with pytest.raises(SystemExit) as ended:
        call_command("verify_archive", path)
    assert ended.value.code == 2
    assert "✗ resultats.xlsx a été modifié." in capsys.readouterr().out


def forged(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one file changed, and a manifest that says so."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest, made = json.loads(archive.read(MANIFEST)), change(archive.read(name))
    manifest["files"][name] = hashlib.sha256(made).hexdigest()
    return with_files(content, **{name: made, MANIFEST: json.dumps(manifest).encode()})


def in_workbook(sheet: str, header: str, value: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        book, output = load_workbook(io.BytesIO(data)), io.BytesIO()
        tab = book[sheet]
        column = next(cell.column for cell in tab[3] if cell.value == header)
        tab.cell(4, column).value = value
        book.save(output)
        return output.getvalue()

    return change


def in_json(path: str, value: object) -> Callable[[bytes], bytes]:
    """Change the value at "students.0.year" of a JSON file."""

    def change(data: bytes) -> bytes:
        whole = at = json.loads(data)
        *keys, last = path.split(".")
        for key in keys:
            at = at[int(key) if isinstance(at, list) else key]
        assert at[last] != value
        at[last] = value
        return canonical(whole).encode()

    return change


DATA = "donnees/version-1"
FORGED = [
    (
        f"{DATA}/decisions.json",
        in_json("students.0.year.code", "AJ"),
        f"{DATA}/decisions.json, DUPONT Camille, année code : l’archive dit AJ, le PV signé ADM.",
    ),
    (
        f"{DATA}/decisions.json",
        in_json("students.0.units.UE31.code", "AJ"),
        f"{DATA}/decisions.json, DUPONT Camille, UE UE31 code : l’archive dit AJ, le PV signé ADM.",
    ),
    (
        f"{DATA}/contenu.json",
        in_json("decisions.students.0.rcues.RT1/2.code", "AJ"),
        f"{DATA}/contenu.json, DUPONT Camille, RCUE RT1/2 code : l’archive dit AJ, le PV signé ADM.",
    ),
    (
        f"{DATA}/contenu.json",
        in_json("session.place", "ailleurs"),
        f"{DATA}/contenu.json, session place : l’archive dit ailleurs, le PV signé salle B204.",
    ),
    (
        "resultats.xlsx",
        in_workbook("BUT2", "Année", "AJ"),
        "resultats.xlsx, feuille BUT2, DUPONT Camille, Année : l’archive dit AJ, le PV signé ADM.",
    ),
    (
        "resultats.xlsx",
        in_workbook("S4", "UE41 moyenne", "19"),
        "resultats.xlsx, feuille S4, DUPONT Camille, UE41 moyenne : l’archive dit 19, le PV signé 12.",
    ),
    ("resultats.xlsx", lambda data: b"autre", "resultats.xlsx n’est pas un classeur lisible."),
]


def test_what_the_manifest_hides_the_signed_pv_betrays(sealed: Jury):
    content = archive_session(sealed.session)

    assert open_archive(forged(content, *FORGED[0][:2])).problems == (FORGED[0][2],)
    for name, change, told in FORGED:
        with zipfile.ZipFile(io.BytesIO(forged(content, name, change))) as archive:
            files = {each: archive.read(each) for each in archive.namelist()}
        assert list(unlike_its_minutes(files, json.loads(files[MANIFEST])["versions"])) == [told]


def test_an_archive_without_its_signed_pv_proves_nothing(sealed: Jury):
    content = archive_session(sealed.session)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    gone = [name for name in manifest["files"] if name.startswith("pv/")]
    for name in gone:
        del manifest["files"][name]
    manifest["versions"][0]["revisions"] = []
    bare = with_files(content, **dict.fromkeys(gone), **{MANIFEST: json.dumps(manifest).encode()})

    assert open_archive(bare).problems == (
        "pv/version-1.pdf manque ou n’a pas de données jointes : rien ne garantit celles de l’archive.",
    )
