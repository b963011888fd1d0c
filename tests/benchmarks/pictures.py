"""Prove that a change of templates, CSS or JavaScript changes nothing on screen, nor on paper.

    python -m tests.benchmarks.pictures take BEFORE --code OLD      each page and document of a worktree
    python -m tests.benchmarks.pictures take AFTER --like BEFORE    the same addresses, this code
    python -m tests.benchmarks.pictures compare BEFORE AFTER        what differs, seen in AFTER/differences

The demonstration is loaded once (--data), a jury opened in it; the clocks of the server and of the page
stand still. Each account follows all the links that its pages hold; an address is kept when it shows an
element or a class that no page of its kind showed before. Each is taken wide and narrow, light and dark,
and as printed, its foldings open. A frame of focus or a scaled drawing may differ by a pixel between two
runs of the same code.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

from tests.browser import CHROMIUM

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
PASSWORD = "valbrume-demo"
NOBODY = "personne"  # who is not signed in
AT = datetime.fromisoformat("2026-11-29T09:30:00+00:00")
WIDTHS = (1440, 390)
NOWHERE = "/rien/"
START = ["/", "/connexion/", "/connexion/compte/", "/verifier/", NOWHERE]
ALIKE = 5  # addresses of one kind that an account opens while it looks for others
TAG = re.compile(r"<(\w+)([^>]*)>")
ADDRESS = re.compile(r'\s(?:href|action|src|data-[a-z-]+)="(/[^"#]*)"')
STANDING_STILL = """
* { scrollbar-width: none !important }
*, ::before, ::after { animation: none !important; transition: none !important }
"""


def served():
    """The WSGI application for gunicorn, its clock stopped."""
    from django.utils import timezone

    # The codes of documents, as they would be drawn.
    timezone.now, secrets.choice = lambda: AT, random.Random(16).choice
    from butrt.wsgi import application

    return application


# ---------- the demonstration ----------


def manage(code: Path, data: Path, *words: str) -> str:
    run = [ROOT / ".venv/bin/python", "manage.py", *words]
    said = subprocess.run(run, cwd=code, env=surroundings(data), capture_output=True, text=True, check=True)
    return said.stdout


def surroundings(data: Path) -> dict[str, str]:
    return os.environ | {"BUTRT_DEMO": "1", "BUTRT_DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def site(code: Path, data: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    words = [
        "--bind",
        address,
        "--workers",
        "1",
        "--threads",
        "4",
        "--timeout",
        "300",
        "--log-level",
        "warning",
    ]
    server = subprocess.Popen(
        [ROOT / ".venv/bin/gunicorn", "pictures:served()", "--pythonpath", f"{code},{HERE.parent}", *words],
        cwd=code,
        env=surroundings(data),
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                urlopen(f"http://{address}/connexion/", timeout=30).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def load(code: Path, data: Path, browser) -> None:
    """The demonstration with one jury open and a first decision asked."""
    manage(code, data, "migrate", "-v", "0")
    manage(code, data, "make_demo_certificates")
    manage(code, data, "load_demo")
    with site(code, data) as home:
        context = enter(browser, home, "b.vaucresson")
        page = context.new_page()
        page.goto(f"{home}/jurys/")
        page.get_by_role("link", name="Jury S4 et année BUT2").first.click()
        page.get_by_label("Motif").fill("La note de R405 parviendra plus tard.")
        page.get_by_role("button", name="Ouvrir la délibération").click()
        page.wait_for_url("**/salle/")
        context.close()


def accounts(code: Path, data: Path) -> list[str]:
    said = manage(code, data, "load_demo")
    return [NOBODY, *re.findall(r"^  \S.*?\s{2,}([a-z.-]+\.[a-z.-]+) ", said, flags=re.M)]


def enter(browser, home: str, account: str):
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", bypass_csp=True, base_url=home)
    if account != NOBODY:
        page = context.new_page()
        page.goto("/connexion/")
        page.locator("[name=username]").fill(account)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda address: "/connexion/" not in address)
        page.close()
    return context


# ---------- what there is to see ----------


def kind_of(address: str) -> str:
    """Addresses that differ by a number, a token or a value are of one kind."""
    path, _, query = address.partition("?")
    path = re.sub(r"/(?=[^/]*\d)[^/]{4,}(?=/|$)", "/…", path)
    return re.sub(r"\d+", "N", path) + "?" + "&".join(sorted(re.findall(r"([\w-]+)=", query)))


def pages_of(context, home: str, start: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each page or document that links lead to: its address, its type, its text."""
    queue, seen, opened = list(start), set(start), defaultdict(int)
    while queue:
        address = queue.pop(0)
        if opened[kind := kind_of(address)] >= (1 if ".pdf" in kind else ALIKE):
            continue
        opened[kind] += 1
        answer = context.request.get(f"{home}{address}", max_redirects=0, fail_on_status_code=False)
        found = [answer.headers["location"]] if 300 <= answer.status < 400 else []
        media = answer.headers.get("content-type", "").partition(";")[0]
        text = answer.text() if media == "text/html" else ""
        if answer.status < 300 or address == NOWHERE:
            yield address, media, text
        elif answer.status >= 400:
            opened[kind] = ALIKE  # posted to, or another's
        found += [each.replace("&amp;", "&") for each in ADDRESS.findall(text)]
        # From one page to another in no order: the first sessions are all closed.
        for each in sorted(set(found), key=lambda each: hashlib.sha1(each.encode()).digest()):
            if each.startswith("/") and not each.startswith("/static/") and each not in seen:
                seen.add(each)
                queue.append(each)


def classes(text: str) -> set[str]:
    marks = set()
    for tag, attributes in TAG.findall(text):
        named = re.search(r'\sclass="([^"]*)"', attributes)
        marks |= {f"{tag}.{each}" for each in (named[1].split() if named else [""])}
    return marks


def choose(browser, home: str, people: list[str]) -> list[dict[str, str]]:
    """One address for each thing that a kind of page may show; one document of each kind."""
    shown, kept = defaultdict(set), []
    for account in people:
        context = enter(browser, home, account)
        for address, media, text in pages_of(context, home, START):
            marks = classes(text) if media == "text/html" else {media}
            if media in ("text/html", "application/pdf") and not marks <= shown[kind_of(address)]:
                shown[kind_of(address)] |= marks
                kept.append({"account": account, "address": address, "media": media})
        context.close()
        print(f"{account} : {len(kept)} adresses", flush=True)
    return kept


# ---------- pictures ----------


def picture_page(page, address: str, name: Path) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address, wait_until="load")
    page.add_style_tag(content=STANDING_STILL)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
            take(page, f"{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1000, "height": 900})
    page.emulate_media(media="print", color_scheme="light")
    take(page, f"{name}-print.png")
    page.emulate_media(media="screen")


def take(page, path: str) -> None:
    page.screenshot(path=path, full_page=True, animations="disabled", caret="hide", scale="css")


def picture_document(context, address: str, name: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(context.request.get(address).body())
        file.flush()
        subprocess.run(["pdftoppm", "-r", "80", "-png", file.name, f"{name}-page"], check=True)


def pictures(browser, home: str, chosen: list[dict[str, str]], folder: Path) -> None:
    people = defaultdict(list)
    for each in chosen:
        people[each["account"]].append(each)
    for account, addresses in people.items():
        context = enter(browser, home, account)
        context.clock.install(time=AT - timedelta(seconds=1))
        context.clock.pause_at(AT)
        page = context.new_page()
        (folder / account).mkdir(parents=True, exist_ok=True)
        for each in addresses:
            name = (
                folder / account / (re.sub(r"[^\w=-]+", ".", each["address"]).strip(".")[:150] or "accueil")
            )
            if each["media"] == "text/html":
                picture_page(page, each["address"], name)
            else:
                picture_document(context, each["address"], name)
        context.close()
        print(f"{account} : {len(addresses)} adresses en images", flush=True)


# ---------- two folders ----------


def compare(before: Path, after: Path) -> list[str]:
    from PIL import Image, ImageChops

    shutil.rmtree(after / "differences", ignore_errors=True)
    names = sorted(
        {str(path.relative_to(folder)) for folder in (before, after) for path in folder.rglob("*.png")}
    )
    different = []
    for name in names:
        if not (before / name).exists() or not (after / name).exists():
            different.append(f"{name} : n’est que d’un côté")
            continue
        if (before / name).read_bytes() == (after / name).read_bytes():
            continue
        with Image.open(before / name) as one, Image.open(after / name) as two:
            old, new = one.convert("RGB"), two.convert("RGB")
        size = (max(old.width, new.width), max(old.height, new.height))
        both = [Image.new("RGB", size, "magenta") for _ in range(2)]
        both[0].paste(old), both[1].paste(new)
        changed = ImageChops.difference(*both)
        if (box := changed.getbbox()) is None:
            continue
        different.append(f"{name} : {old.size} {new.size}, diffère dans {box}")
        sheet = Image.new("RGB", (size[0] * 3, size[1]))
        for place, each in enumerate([*both, changed.point(lambda level: min(255, level * 8))]):
            sheet.paste(each, (place * size[0], 0))
        path = after / "differences" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.crop((0, max(0, box[1] - 60), sheet.width, min(size[1], box[3] + 60))).save(path)
    print(*different, f"{len(names)} images, {len(different)} différentes", sep="\n")
    return different


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(dest="act", required=True)
    taking = acts.add_parser("take")
    taking.add_argument("folder", type=Path)
    taking.add_argument("--code", type=Path, default=ROOT, help="the worktree whose pages are taken")
    taking.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "pictures-demo")
    taking.add_argument("--like", type=Path, help="the folder whose addresses are taken again")
    comparing = acts.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    asked = parser.parse_args()
    if asked.act == "compare":
        sys.exit(bool(compare(asked.before, asked.after)))

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"],
        )
        if not asked.data.exists():
            load(asked.code, asked.data, browser)

        def fresh(name: str) -> Path:
            """A copy of the demonstration: what one visit leaves in the journal, another does not find."""
            data = Path(scratch) / name
            shutil.copytree(asked.data, data)
            manage(asked.code, data, "migrate", "-v", "0")
            return data

        asked.folder.mkdir(parents=True, exist_ok=True)
        if asked.like:
            chosen = json.loads((asked.like / "addresses.json").read_text())
        else:
            visited = fresh("visited")
            with site(asked.code, visited) as home:
                chosen = choose(browser, home, accounts(asked.code, visited))
        (asked.folder / "addresses.json").write_text(json.dumps(chosen, indent=1))
        with site(asked.code, fresh("pictured")) as home:
            pictures(browser, home, chosen, asked.folder)
        browser.close()


if __name__ == "__main__":
    main()
