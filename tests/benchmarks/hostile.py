"""Does one still sign in while hostile PDFs are examined, or many documents asked? By hand, over a server:

    .venv/bin/python -m tests.benchmarks.hostile [attacks] [directory of the code to run]

A demonstration (2 workers of 4 threads) is started; 24 hostile files are sent at once, twice (the page takes
30 from one address); meanwhile somebody signs in every 0.2 s, for 30 s. Each answer's status and time is
counted. "transcripts": somebody signed in asks 60 transcripts at once instead.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import django
import requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.base.outside import bombs  # noqa: E402

ATTACKERS, ROUNDS, LASTS = 24, 2, 30.0
TRANSCRIPTS, GIVES_UP = 60, 300
FILES: dict[str, Callable[[], bytes]] = {
    "graph": bombs.name_tree,
    "memory": bombs.flate,
    "processor": lambda: bombs.drawn_flate(200),
}


def main() -> None:
    kinds = (sys.argv[1:2] or ["graph,memory,processor"])[0].split(",")
    code = Path(sys.argv[2] if len(sys.argv) > 2 else ".").resolve()
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            _measure(kind, code, folder)


def _measure(kind: str, code: Path, folder: str) -> None:
    environment = {"BUTRT_DEMO": "1", "BUTRT_DATA_DIR": folder, "PATH": os.environ["PATH"]}
    python = str(code / ".venv/bin/python")
    for command in ("migrate", "load_demo"):
        subprocess.run(
            [python, "manage.py", command], cwd=code, env=environment, check=True, capture_output=True
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(python, "-m", "gunicorn", "butrt.wsgi", "-b", f"127.0.0.1:{port}"),
            *("-w", "2", "--threads", "4"),
        ],
        cwd=code,
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    site = f"http://127.0.0.1:{port}"
    try:
        _rush(site) if kind == "transcripts" else _attack(kind, site, FILES[kind]())
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # workers that loop do not end when asked
        server.wait()


def _attack(kind: str, site: str, file: bytes) -> None:
    _wait_for(site)
    answers: Counter[str] = Counter()
    took: list[float] = []
    calm = statistics.median(_sign_in(site)[1] for _ in range(5))
    began = time.monotonic()

    def attack() -> None:
        with requests.Session() as browser:
            try:
                browser.get(f"{site}/verifier/", timeout=LASTS)
                for _ in range(ROUNDS):
                    began = time.monotonic()
                    answer = browser.post(
                        f"{site}/verifier/",
                        {"csrfmiddlewaretoken": browser.cookies["csrftoken"]},
                        files={"file": ("x.pdf", file)},
                        timeout=LASTS,
                    )
                    answers[str(answer.status_code)] += 1
                    took.append(time.monotonic() - began)
            except requests.RequestException as error:
                answers[type(error).__name__] += 1

    attackers = [threading.Thread(target=attack, daemon=True) for _ in range(ATTACKERS)]
    for each in attackers:
        each.start()
    signed: Counter[str] = Counter()
    times = []
    time.sleep(0.3)
    while time.monotonic() - began < LASTS:
        state, spent = _sign_in(site)
        signed[state] += 1
        times.append(spent)
        time.sleep(0.2)
    times.sort()
    said = ", ".join(
        f"{name} {value:.2f} s"
        for name, value in (
            ("au calme", calm),
            ("médiane", statistics.median(times)),
            ("p95", times[int(len(times) * 0.95)]),
            ("pire", times[-1]),
        )
    )
    print(f"{kind} ({len(file):,} o) : connexions {dict(signed)}, {said}", flush=True)
    print(f"  attaques {dict(answers)}, pire réponse {max(took, default=0):.1f} s", flush=True)


def _wait_for(site: str) -> None:
    while True:
        try:
            requests.get(f"{site}/verifier/", timeout=60)
            return
        except requests.RequestException:
            time.sleep(0.3)


def _rush(site: str) -> None:
    """60 transcripts asked in 5 s by who may read them, until each is there; what other pages take."""
    _wait_for(site)
    with requests.Session() as browser:
        page = f"{site}/connexion/"
        browser.get(page, timeout=30)
        who = {"username": "b.vaucresson", "password": "valbrume-demo"}
        browser.post(page, who | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}, timeout=30)
        addresses = [
            site + link
            for session in (1, 2, 3, 4)
            for link in re.findall(
                r'href="([^"]+releve/[^"]+\.pdf)"',
                browser.get(f"{site}/jurys/{session}/apres/", timeout=30).text,
            )
        ][:TRANSCRIPTS]
        cookies = browser.cookies.get_dict()
    answers: Counter[str] = Counter()
    again: Counter[int] = Counter()
    took: list[float] = []

    def ask(place: int) -> None:
        """As a browser does: a page 503 asks again by itself, when it was told to."""
        time.sleep(5 * place / TRANSCRIPTS)
        began, asked, state = time.monotonic(), 0, "503"
        while state == "503" and time.monotonic() - began < GIVES_UP:
            try:
                answer = requests.get(addresses[place], cookies=cookies, timeout=120)
            except requests.RequestException as error:
                state = type(error).__name__
            else:
                state, asked = str(answer.status_code), asked + 1
                if state == "503":
                    time.sleep(float(answer.headers["Retry-After"]))
        answers[state] += 1
        again[asked - 1] += 1
        took.append(time.monotonic() - began)

    for name in ("jamais imprimés", "déjà imprimés"):
        answers.clear()
        again.clear()
        took.clear()
        askers = [threading.Thread(target=ask, args=(place,)) for place in range(len(addresses))]
        for each in askers:
            each.start()
        times = []
        while any(each.is_alive() for each in askers):
            times.append(_sign_in(site)[1])
            time.sleep(0.2)
        times.sort()
        said = f"{dict(answers)}, redemandés (fois : combien) {dict(sorted(again.items()))}"
        print(
            f"{len(addresses)} relevés, {name} : {said}, "
            f"médiane {statistics.median(took):.2f} s, pire {max(took):.2f} s ; "
            f"connexions : médiane {statistics.median(times):.2f} s, pire {times[-1]:.2f} s",
            flush=True,
        )


def _sign_in(site: str) -> tuple[str, float]:
    began = time.monotonic()
    with requests.Session() as browser:
        try:
            browser.get(f"{site}/connexion/", timeout=10)
            answer = browser.post(
                f"{site}/connexion/",
                {
                    "csrfmiddlewaretoken": browser.cookies["csrftoken"],
                    "username": "b.vaucresson",
                    "password": "valbrume-demo",
                },
                timeout=10,
                allow_redirects=False,
            )
            return str(answer.status_code), time.monotonic() - began
        except requests.RequestException as error:
            return type(error).__name__, time.monotonic() - began


if __name__ == "__main__":
    main()
