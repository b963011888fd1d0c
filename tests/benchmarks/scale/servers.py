"""Web groups, workers, nginx: each in a process group of its own, to be killed whole."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.db import connection
from django_tasks_db.models import DBTaskResult

ROOT = Path(__file__).parents[3]
STARTS_WITHIN = 180  # seconds, on a loaded machine
TICKS = os.sysconf("SC_CLK_TCK")  # of a second: how the system counts processor
NGINX = """
{user}
worker_processes 1;
error_log {folder}/nginx.log;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 100000;
    upstream butrt {{
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://butrt;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            # A page is asked of the other group; what changes something, only when it was not sent.
            proxy_next_upstream error timeout;
            proxy_connect_timeout 2s;
            proxy_read_timeout 130s;
        }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Server:
    """A process and its children, with a log and, unless `shared`, a data folder of their own."""

    name: str
    argv: list[str]
    folder: Path
    port: int = 0
    shared: bool = False  # its data folder is the run's, as on one machine
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        home = self.folder if self.shared else self.folder / self.name
        home.mkdir(exist_ok=True)
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=ROOT,
                env=os.environ | {"BUTRT_DATA_DIR": str(home), "BUTRT_PROXIES": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """As when the machine stops: no process of it does anything more."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wait_until_alive(self) -> None:
        """Raises TimeoutError when it does not answer."""
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/sante/vivant/", timeout=10) as answer:
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                time.sleep(0.5)
        raise TimeoutError(f"{self.name} does not answer: {self.folder / self.name}.log")


def web_group(name: str, folder: Path, processes: int = 2) -> Server:
    port = free_port()
    gunicorn = [
        sys.executable,
        "-m",
        "gunicorn",
        "butrt.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--timeout",
        "120",
    ]
    options = ["--workers", str(processes), "--threads", "4", "--no-control-socket", "--log-level", "warning"]
    return Server(name, [*gunicorn, *options], folder, port)


def worker(name: str, folder: Path, *, shared: bool = False) -> Server:
    return Server(name, [sys.executable, "manage.py", "db_worker", "-v", "0"], folder, shared=shared)


def front(groups: list[Server], folder: Path) -> Server | None:
    """nginx before the groups; None where it is not installed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        return None
    port = free_port()
    listed = [f"server 127.0.0.1:{group.port} max_fails=1 fail_timeout=3s;" for group in groups]
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            port=port,
            servers="\n        ".join(listed),
            user="user root;" if os.geteuid() == 0 else "",
        )
    )
    argv = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    return Server("nginx", argv, folder, port)


def at_work(workers: list[Server]) -> Server | None:
    """A worker that is making a document at this instant: the name of who holds a task has its process."""
    holders = {
        names[-1].rsplit("-", 2)[1]
        for names in DBTaskResult.objects.running().values_list("worker_ids", flat=True)
    }
    for server in workers:
        if server.process and server.process.poll() is None and str(server.process.pid) in holders:
            return server
    return None


def postgres() -> int:
    """The process that all those of PostgreSQL come from, on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    return int(_stat(number)[1])


def processor(root: int) -> float:
    """Seconds of processor so far of a process, its children, and those of its children that ended."""
    ticks = sum(map(int, _stat(root)[11:15]))
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = _stat(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        if int(fields[1]) == root:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def _stat(number: int) -> list[str]:
    """The fields of /proc/…/stat after the command: the state, the parent; processor from the twelfth on."""
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
