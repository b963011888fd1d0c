"""A department in production: installed in a folder, served over TLS, installed again, taken away.

What a container has not (a service manager) is left out by the installer, which says so; its units are
verified by systemd itself, then started here as they say.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

PRODUCTION = Path(settings.BASE_DIR, "butrt", "production")
DOMAIN = "jury.iut.example"
PATIENCE = 60  # seconds, for a loaded machine

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="production runs on PostgreSQL")


@dataclass
class Installed:
    root: Path
    options: tuple[str, ...]
    output: str
    database: str
    http: int
    https: int

    def again(self, *more: str) -> str:
        return run(PRODUCTION / "install", DOMAIN, *self.options, *more)

    def command(self, *words: str) -> str:
        return run(self.root / "usr/local/sbin/butrt", *words)

    def unit(self, name: str) -> dict[str, list[str]]:
        """What a unit says: {key: its values}."""
        text = (self.root / "etc/systemd/system" / name).read_text()
        lines = re.findall(r"^(\w+)=(.*)$", text, re.M)
        return {key: [value for name, value in lines if name == key] for key, _ in lines}

    def tree(self) -> dict[str, tuple[int, str]]:
        """Every file: when it was written (collectstatic writes some again, the same), and its content."""
        return {
            path.relative_to(self.root).as_posix(): (
                0 if "static" in path.parts else path.lstat().st_mtime_ns,
                hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            for path in self.root.rglob("*")
            if path.is_file() and ".venv" not in path.parts and "__pycache__" not in path.parts
        }


def run(*command: object) -> str:
    """As somebody at a terminal would: nothing of the settings of the tests."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("BUTRT", "DJANGO"))
    }
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def wait_for(happens: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not happens():
        assert time.monotonic() - start < PATIENCE, "it never happened"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Once for the module, in an empty base: here alone all the migrations are run on PostgreSQL."""
    server = connection.settings_dict
    name = f"butrt_production_{os.getpid()}"
    address = "postgres://{USER}@/{}?host={OPTIONS[host]}&connect_timeout=9".format
    with psycopg.connect(address("postgres", **server), autocommit=True) as postgres:
        postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    root, ports = tmp_path_factory.mktemp("root"), (free_port(), free_port())
    options = ("--root", root, "--venv", sys.prefix, "--database", address(name, **server))
    options = tuple(map(str, (*options, "--http", ports[0], "--https", ports[1])))
    try:
        output = run(PRODUCTION / "install", DOMAIN, *options)
        yield Installed(root, options, output, address(name, **server), *ports)
    finally:
        with psycopg.connect(address("postgres", **server), autocommit=True) as postgres:
            postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_it_says_what_it_does_and_what_it_leaves_out(installed):
    assert "ATTENTION : certificat fait ici, que les navigateurs refusent." in installed.output
    assert "(passé) rien n’est démarré (sans systemd)" in installed.output
    assert "En garder une copie AILLEURS" in installed.output
    assert f"Le site : https://{DOMAIN}/" in installed.output
    assert "butrt create_site" in installed.output


def test_secrets_are_made_and_nobody_else_reads_them(installed):
    root = installed.root
    kept = dict(re.findall(r"^(\w+)=(.*)$", (root / "etc/butrt/butrt.env").read_text(), re.M))

    assert len(kept["BUTRT_SECRET_KEY"]) > 60
    assert kept["BUTRT_BACKUP_RECIPIENTS"].startswith("age1")
    modes = {
        path: (root / path).stat().st_mode & 0o777
        for path in ("etc/butrt", "etc/butrt/butrt.env", "etc/butrt/backup.key", "var/lib/butrt/backups")
    }
    assert list(modes.values()) == [0o750, 0o640, 0o640, 0o700]
    assert (root / "etc/butrt/tls/self-signed.key").stat().st_mode & 0o777 == 0o600


def test_a_second_run_changes_nothing(installed):
    before = installed.tree()

    output = installed.again()

    assert "Tout était déjà en place : rien n’est changé." in output
    assert installed.tree() == before
    assert len(before) > 500


def test_systemd_finds_nothing_to_say_of_the_units(installed):
    folder = installed.root / "etc/systemd/system"
    units = [path.name for path in folder.iterdir()]

    assert run("systemd-analyze", "verify", "--man=no", *folder.iterdir()) == ""
    assert sorted(units) == [
        "butrt-anchor.timer",
        "butrt-backup.timer",
        "butrt-drill.timer",
        "butrt-night@.service",
        "butrt-proof.timer",
        "butrt-worker@.service",
        "butrt.service",
    ]
    # 0: shut in, 100: free; a service that says nothing of it has 96.
    run("systemd-analyze", "security", "--offline=yes", "--threshold=25", folder / "butrt.service")


def test_each_timer_starts_a_command_of_the_site(installed):
    commands = {
        timer: installed.unit(f"butrt-{timer}.timer")["Unit"]
        for timer in ("backup", "drill", "proof", "anchor")
    }

    assert commands == {
        "backup": ["butrt-night@backup.service"],
        "drill": ["butrt-night@drill.service"],
        "proof": ["butrt-night@prove_night.service"],
        "anchor": ["butrt-night@anchor_journal.service"],
    }
    (start,) = installed.unit("butrt-night@.service")["ExecStart"]
    assert start.endswith("manage.py %i")


# ---------- served ----------


@contextmanager
def started(installed: Installed, unit: str) -> Iterator[None]:
    """A unit's command, with its environment, in its folder; ready when it says so, if it is to say it."""
    says = installed.unit(unit)
    given = dict(word.split("=", 1) for line in says["Environment"] for word in shlex.split(line))
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory() as folder, datagrams as notified:
        notified.bind(f"{folder}/notify")
        notified.settimeout(PATIENCE)
        process = subprocess.Popen(
            shlex.split(says["ExecStart"][0]),
            cwd=says["WorkingDirectory"][0],
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": f"{folder}/notify"}
            | given
            | {"WEB_CONCURRENCY": "1"},  # each takes seconds to start
            start_new_session=True,
        )
        try:
            if says.get("Type") == ["notify"]:
                assert b"READY=1" in notified.recv(1000)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


@contextmanager
def nginx(installed: Installed) -> Iterator[None]:
    """Debian's nginx on the site's file alone."""
    folder = installed.root / "nginx"
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"pid {folder}/pid; error_log stderr warn; daemon off; worker_processes 1;\n"
        f"{'user root;' if os.getuid() == 0 else ''}"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
        f"include {installed.root}/etc/nginx/sites-enabled/*; }}\n"
    )
    command = ["nginx", "-c", str(configuration), "-p", str(folder), "-e", "stderr"]
    assert "test is successful" in run(*command, "-t")
    process = subprocess.Popen(command)
    try:
        wait_for(lambda: listens(installed.https))
        yield
    finally:
        process.terminate()
        process.wait()


def asked(installed: Installed, path: str) -> http.client.HTTPResponse:
    """Over TLS, its certificate trusted, by its name."""
    trusted = ssl.create_default_context(cafile=installed.root / "etc/butrt/tls/certificate.pem")
    trusted.check_hostname = False  # reached by its address; the name is looked at below
    client = http.client.HTTPSConnection("127.0.0.1", installed.https, context=trusted, timeout=PATIENCE)
    client.request("GET", path, headers={"Host": DOMAIN})
    return client.getresponse()


def workers_alive(installed: Installed) -> int:
    with psycopg.connect(installed.database) as database:
        row = database.execute("SELECT count(*) FROM workers_worker").fetchone()
    return row[0] if row else 0


def test_the_site_answers_over_tls_and_a_worker_is_alive(installed):
    with started(installed, "butrt.service"), started(installed, "butrt-worker@.service"), nginx(installed):
        page = asked(installed, "/connexion/")
        body = page.read().decode()
        assert page.status == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "Secure" in page.headers["Set-Cookie"]

        address = re.search(r'href="(/static/[^"]+\.css)"', body)
        assert address is not None
        assert asked(installed, address[1]).status == 200

        plain = http.client.HTTPConnection("127.0.0.1", installed.http, timeout=PATIENCE)
        plain.request("GET", "/connexion/", headers={"Host": DOMAIN})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{DOMAIN}/connexion/")
        plain = http.client.HTTPConnection("127.0.0.1", installed.http, timeout=PATIENCE)
        plain.request("GET", "/api/v1/students", headers={"Host": DOMAIN})  # a token would be read by all
        assert plain.getresponse().status == 403

        wait_for(lambda: workers_alive(installed) > 0)
    names = run(
        "openssl",
        "x509",
        "-in",
        installed.root / "etc/butrt/tls/certificate.pem",
        "-noout",
        "-ext",
        "subjectAltName",
    )
    assert f"DNS:{DOMAIN}" in names


def test_the_second_command_opens_the_administrators_account(installed):
    output = installed.command("create_site", "prenom.nom@iut.example", "--first-name", "Anne")

    assert "Compte créé : prenom.nom, administration du site." in output


def test_a_migration_that_stops_the_site_exists():
    names = re.findall(r"^(\w+)\.(\w+) # .+", (PRODUCTION / "stopped").read_text(), re.M)

    assert names
    for app, name in names:
        assert (Path(apps.get_app_config(app).path) / "migrations" / f"{name}.py").exists()


def test_what_cannot_be_done_is_refused_before_anything(tmp_path):
    for words, why in (
        ((), "Quel est le nom du site ?"),
        (("jury; rm -rf /",), "n’est pas un nom de domaine"),
        ((DOMAIN, "--certificate", "/etc/hostname"), "va avec --key"),
        ((DOMAIN, "--root", str(tmp_path / "root")), "en donner une (--database)"),
    ):
        done = subprocess.run(
            [PRODUCTION / "install", *words], capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 1
        assert why in done.stderr
    assert not any((tmp_path / "root").iterdir())


def test_taken_away_and_installed_again_then_erased(installed, tmp_path):
    """The last one: nothing is left to look at."""
    root = installed.root
    given, key = tmp_path / "given.pem", tmp_path / "given.key"
    given.write_bytes((root / "etc/butrt/tls/self-signed.pem").read_bytes())
    key.write_bytes((root / "etc/butrt/tls/self-signed.key").read_bytes())
    secret = (root / "etc/butrt/butrt.env").read_bytes()

    output = run(PRODUCTION / "uninstall", "--root", root)
    assert "Restent, et une nouvelle installation les reprendra" in output
    gone = ("srv/butrt", "usr/local/sbin/butrt", "etc/nginx/sites-enabled/butrt")
    assert not any((root / path).exists() for path in gone)
    assert not list((root / "etc/systemd/system").iterdir())
    assert (root / "etc/butrt/backup.key").exists()
    assert (root / "var/lib/butrt/backups").is_dir()

    output = installed.again("--certificate", str(given), "--key", str(key))
    assert f"celui qui est donné : {given}" in output
    assert "ATTENTION" not in output
    assert (root / "etc/butrt/tls/certificate.pem").readlink() == given
    assert (root / "etc/butrt/butrt.env").read_bytes() == secret

    assert "Effacés" in run(PRODUCTION / "uninstall", "--root", root, "--erase")
    assert not (root / "etc/butrt").exists()
    assert not (root / "var/lib/butrt").exists()
