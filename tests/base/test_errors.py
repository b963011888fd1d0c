"""What an error tells, to the logs and to Sentry: where it happened, never about whom."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import brotli
import pytest

PROJECT = Path(__file__).resolve().parents[2]
# What broken_site.py is given, and its words.
PERSONAL = ["GUENNIC", "Erwan", "22996066", "e.leguennic", "valbrume", "07,25", "un jeton"]


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """A server that takes envelopes as Sentry does: its DSN, and what it was sent."""
    received: list[str] = []

    class Envelopes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
            received.append(unpack[self.headers["Content-Encoding"]](body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Envelopes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", received
    server.shutdown()


def broken(tmp_path: Path, **settings: str) -> str:
    """What the broken site writes on its console."""
    (tmp_path / "static").mkdir(exist_ok=True)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "PYTHONPATH": str(PROJECT),
        "BUTRT_DEMO": "1",
        "BUTRT_HOSTS": "testserver",
        "BUTRT_DATA_DIR": str(tmp_path),
    }
    asked = "import django; django.setup(); from tests.base.broken_site import run; run()"
    command = [sys.executable, "-c", asked]
    site = subprocess.run(
        command, cwd=PROJECT, env=environment | settings, capture_output=True, text=True, check=False
    )
    assert site.returncode == 0, site.stderr
    return site.stderr


def held(text: str) -> list[str]:
    return [word for word in PERSONAL if re.search(re.escape(word), text, re.I)]


def test_sentry_and_the_console_are_given_the_stack_and_nothing_of_the_person(sentry, tmp_path):
    dsn, received = sentry
    console = broken(tmp_path, BUTRT_SENTRY_DSN=dsn)

    events = [json.loads(line) for envelope in received for line in envelope.splitlines()]
    events = [event for event in events if "exception" in event or "logentry" in event]
    (error,) = [event for event in events if event.get("exception", {}).get("values")]
    cause, last = error["exception"]["values"]
    assert (cause["type"], last["type"]) == ("IntegrityError", "ValueError")
    frame = last["stacktrace"]["frames"][-1]
    assert (frame["function"], "raise ValueError" in frame["context_line"]) == ("broken", True)
    assert re.fullmatch(r"butrt@\d+\.\d+\.\d+", error["release"])
    assert "jurys" in error["transaction"]
    assert "butrt.essai: The mail of … did not leave." in [
        event.get("logentry", {}).get("message") for event in events
    ]
    assert held("\n".join(received)) == []
    assert "ERROR django.request Internal Server Error: … [POST jurys/<str:number>/ account -]" in console
    assert "    tests/base/broken_site.py" in console
    assert held(console) == []


def test_logs_are_lines_of_json_with_the_stack_and_nothing_of_the_person(tmp_path):
    lines = [
        json.loads(line) for line in broken(tmp_path, BUTRT_LOG_JSON="1", BUTRT_LOG_REQUESTS="1").splitlines()
    ]

    mail, error, answered = lines
    assert (mail["message"], mail["level"]) == ("The mail of … did not leave.", "error")
    assert (error["route"], error["method"], error["account"]) == ("jurys/<str:number>/", "POST", None)
    assert [raised["class"] for raised in error["error"]] == [
        "ValueError",
        "django.db.utils.IntegrityError",
    ]
    assert re.fullmatch(r"tests/base/broken_site.py:\d+ broken", error["error"][0]["stack"][-1])
    assert re.fullmatch(r"Answered 500 in \d+ ms", answered["message"])
    assert held(json.dumps(lines, ensure_ascii=False)) == []
