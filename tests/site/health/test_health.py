"""What the monitoring is told of the site, and its administrators with it."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from butrt.base.documents.certificates import SEAL, make_trial_certificates
from butrt.base.nights.models import Run
from butrt.base.workers.services import beat
from butrt.site.care import site_cares
from butrt.site.health import checks, views, waiting
from butrt.site.health.checks import State
from butrt.site.health.waiting import answer_of
from tests.base.workers.test_workers import address
from tests.factories import make_user
from tests.pages import plain

pytestmark = pytest.mark.django_db
TOKEN = "le mot de la supervision"
WATCHER = {"Authorization": f"Bearer {TOKEN}"}
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def production(settings, tmp_path, monkeypatch) -> None:
    """A site of which each thing is well, but what a test says."""
    settings.DEMO, settings.BUTRT_WATCH_TOKEN = False, TOKEN
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.BUTRT_ANCHOR_DIR, settings.BUTRT_CERTIFICATES_DIR = str(tmp_path), tmp_path / "certificates"
    make_trial_certificates(settings.BUTRT_CERTIFICATES_DIR, {SEAL: "IUT"}, establishment="IUT")
    monkeypatch.setattr(views, "kept", views.Kept())


@pytest.fixture(autouse=True)
def clock_set(monkeypatch) -> None:
    monkeypatch.setattr(checks, "synchronised", lambda: True)


def state_of(name: str) -> State:
    return next(check.state for check in checks.look() if check.name == name)


def test_anyone_is_told_one_word_and_who_watches_each_check(client, settings):
    answer = client.get("/sante/")
    assert (answer.status_code, answer.json()) == (200, {"state": "ok"})

    watched = client.get("/sante/", headers=WATCHER).json()["checks"]
    assert {check["name"]: check["state"] for check in watched} == dict.fromkeys(
        ["database", "queue", "clock", "certificates", *Run.Act.values, "disk", "seal", "mail"], "ok"
    )
    assert "checks" not in client.get("/sante/", headers={"Authorization": "Bearer autre"}).json()
    settings.BUTRT_WATCH_FROM = ["127.0.0.0/8"]
    assert "checks" in client.get("/sante/").json()
    settings.BUTRT_WATCH_FROM = ["192.0.2.7", "2001:db8::1/128"]
    assert "checks" not in client.get("/sante/").json()
    assert "checks" in client.get("/sante/", REMOTE_ADDR="2001:db8::5").json()


def test_a_database_that_does_not_answer_is_503_and_nothing_more_is_asked_of_it(client):
    def broken(*_: object) -> None:
        raise OperationalError("no")

    with connection.execute_wrapper(broken):
        answers = [client.get(page, headers=WATCHER) for page in ("/sante/", "/sante/vivant/")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert "La base de données ne répond pas." in answers[0].content.decode()
    assert client.get("/sante/vivant/").status_code == 200


def test_however_many_ask_the_site_is_looked_at_once(client):
    client.get("/sante/")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            client.get("/sante/", headers=WATCHER)

    assert len(queries) == 0


def test_tasks_that_wait_without_a_worker_are_an_alarm(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert state_of("queue") == State.WARN
    task = DBTaskResult.objects.create(
        args_kwargs={}, task_path="x", backend_name="default", run_after=timezone.now()
    )
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - datetime.timedelta(hours=3))
    assert state_of("queue") == State.FAIL
    assert "depuis 3 heures" in plain(checks.queue().sentence)
    beat("un exécutant")
    assert state_of("queue") == State.WARN


def test_a_mail_server_that_refuses_is_an_alarm_and_one_that_greets_is_well(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_PORT = server.getsockname()[1]

        def serve() -> None:
            with server.accept()[0] as line:
                for answer in (b"220 ici\r\n", b"250 ici\r\n", b"221 fini\r\n"):
                    line.sendall(answer)
                    line.recv(100)

        threading.Thread(target=serve, daemon=True).start()
        assert state_of("mail") == State.OK
    settings.EMAIL_HOST = "localhost"  # another question: nobody listens any more
    assert state_of("mail") == State.FAIL


def test_the_certificate_of_the_site_s_own_address_is_read_as_a_browser_does(settings, tmp_path, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), timezone.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "site.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.BUTRT_PUBLIC_URL = f"https://localhost:{server.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                with contextlib.suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True):
                    pass

        threading.Thread(target=serve, daemon=True).start()
        assert state_of("https") == State.FAIL  # of an authority that nobody knows
        waiting._asked.clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert state_of("https") == State.WARN
    settings.BUTRT_PUBLIC_URL = "https://localhost:9"
    assert state_of("https") == State.OK


def test_what_never_answers_is_not_waited_for_nor_asked_twice():
    asked, free = [], threading.Event()

    def mute() -> str:
        asked.append(1)
        free.wait()
        return "enfin"

    assert [answer_of(mute, within=0.01) for _ in range(3)] == [None, None, None]
    free.set()
    assert answer_of(mute) == "enfin"
    assert len(asked) == 1


def test_a_night_that_failed_or_lacks_is_on_the_administrator_s_home(client):
    now = timezone.now()
    Run.objects.create(
        act="backup",
        began_at=now,
        ended_at=now,
        summary="OSError : disque plein",
        details={},
    )
    Run.objects.create(act="drill", began_at=now - datetime.timedelta(days=4), ended_at=now, went_well=True)
    Run.objects.create(
        act="proof", began_at=now, ended_at=now, summary="MARTIN Camille", details={"where": "Jury S4"}
    )

    site = make_user(is_superuser=True)
    client.force_login(site)
    home = plain(client.get("/departements/").content.decode())
    assert "Sauvegarde Le dernier essai" in home
    assert "a échoué. OSError : disque plein" in home
    assert "Restauration d’essai En retard" in home
    assert "a trouvé une différence. Jury S4" in home
    assert "MARTIN" not in home
    answer = Client().get("/sante/", headers=WATCHER)
    assert answer.status_code == 503
    assert "disque plein" not in answer.content.decode()


def test_a_person_s_certificate_that_ends_is_told_by_name_to_administrators_alone(client, settings):
    person = make_user("president", username="b.vaucresson")
    soon = timezone.now() - datetime.timedelta(days=3 * 365 - 20)
    make_trial_certificates(
        settings.BUTRT_CERTIFICATES_DIR / "soon",
        {"people/b.vaucresson": "B", "people/parti": "P"},
        establishment="I",
        now=soon,
    )
    (settings.BUTRT_CERTIFICATES_DIR / "soon/people").rename(settings.BUTRT_CERTIFICATES_DIR / "people")

    (line,) = [line for line in site_cares() if line.title == "Certificats des personnes"]
    assert "b.vaucresson (" in line.text
    assert "parti" not in line.text.partition("avec.")[2]
    answer = client.get("/sante/", headers=WATCHER).content.decode()
    assert "1 certificat a expiré ou expire" in plain(answer)
    assert person.username not in answer
    other = make_user("administrator").departments_as("administrator")
    assert site_cares(other) == []  # of another department


def test_the_checks_cost_as_many_queries_whatever_there_is(settings):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            checks.look()
        return len(queries)

    few = asked()
    for day in range(4):
        make_user("president")
        for act in Run.Act.values:
            at = timezone.now() - datetime.timedelta(days=day)
            Run.objects.create(act=act, began_at=at, ended_at=at, went_well=True)
    assert asked() == few <= 14


def test_figures_of_two_web_processes_are_one_page_for_who_watches(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "BUTRT_DEMO": "1",
        "BUTRT_DATA_DIR": str(tmp_path),
        "BUTRT_DATABASE_URL": address(),
        "BUTRT_METRICS": "1",
        "BUTRT_WATCH_TOKEN": TOKEN,
    }
    command = [sys.executable, "-m", "gunicorn", "butrt.wsgi", "-b", f"127.0.0.1:{port}", "--workers", "2"]
    site = subprocess.Popen(
        [*command, "--preload", "--log-level", "error", "--no-control-socket"], cwd=PROJECT, env=environment
    )
    try:

        def get(page: str, **headers: str) -> str:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{page}", headers=headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode()

        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                get("/sante/vivant/")
                break
            except URLError:
                time.sleep(0.1)
        for _ in range(10):
            get("/connexion/")
        figures = [get("/metrics", **WATCHER) for _ in range(4)]
        with pytest.raises(URLError):  # 404
            get("/metrics")
    finally:
        site.terminate()
        site.wait()

    login = re.compile(r'responses_total_by_status_view_method_total\{[^}]*view="login"[^}]*\} (\S+)')
    assert [login.search(page)[1] for page in figures] == ["10.0"] * 4
    for ours in (
        "marks_saved_total",
        "documents_waiting",
        "oldest_task_seconds",
        "workers_alive",
        "juries_open",
    ):
        assert f"butrt_{ours} 0.0" in figures[0]
    assert 'butrt_check{check="database"} 0.0' in figures[0]
