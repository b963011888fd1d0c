"""The database of 0.1 that the upgrade is tested on: how `butrt-0.1.sql.gz` was made. Not run by the tests.

It speaks to the code of 0.1, never to today's, from a worktree of its last commit (see `make_0_2.py`):

    git worktree add --detach ../old 1efb6a09 && ln -s $PWD/.venv ../old/.venv && cd ../old
    export BUTRT_DEMO=1 BUTRT_DATA_DIR=$(mktemp -d) BUTRT_DATABASE_URL=sqlite:////tmp/butrt-0.1.sqlite3
    .venv/bin/python manage.py migrate
    .venv/bin/python ../main/tests/upgrade/make_0_1.py ../main/tests/upgrade

By the services of 0.1: a promotion of five students, its jury of S3, then that of S4 and the year, whose
PV is signed.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import sys
from pathlib import Path

OLD = Path.cwd()
sys.path.insert(0, str(OLD))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from butrt.documents.certificates import PRESIDENT, SEAL, make_demo_certificates  # noqa: E402
from jury import services  # noqa: E402
from jury.models import Member, Session  # noqa: E402
from tests.factories import make_session  # noqa: E402
from tests.jury.world import World, all_at, make_world  # noqa: E402

STORIES = {
    "ADMIS": all_at("12"),
    "COMPENSE": all_at("12", R32="9"),  # CMP in July
    "JURE": all_at("12", R32="8", R42="9.5"),  # the jury acquires RT2
    "REDOUBLE": all_at("7"),
    "REFUSE": all_at("5"),  # NAR, advised, heard
}


def fresh(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


def decide(session: Session, world: World, name: str, code: str, **more: str) -> None:
    services.decide(
        session=fresh(session),
        student=world.student(name),
        code=code,
        by=session.president,
        **({"kind": "year", "subject": "", "motive": "Motif du jury."} | more),
    )


def main(target: Path) -> None:
    world = make_world(STORIES, semester=3)
    february = world.session
    services.open_deliberation(session=february, by=world.president)
    services.close(session=fresh(february), by=world.president)
    july = fresh(make_session(february.cohort, world.president, regulation=february.regulation))
    Member.objects.create(session=july, name="Une membre", quality="enseignante", presence="present")
    services.open_deliberation(session=july, by=world.president)
    decide(july, world, "JURE", "ADJ", kind="rcue", subject="RT2/2")
    decide(july, world, "REDOUBLE", "RED")
    decide(july, world, "REFUSE", "NAR", hearing="Entendu le 7 juillet.", advice="Un BTS.")
    minutes = services.close(session=fresh(july), by=world.president)
    make_demo_certificates(
        Path(settings.BUTRT_CERTIFICATES_DIR),
        {PRESIDENT: str(world.president), SEAL: "IUT de Valbrume"},
        establishment="IUT de Valbrume",
    )
    services.sign(version=minutes, by=world.president)

    database = Path(settings.DATABASES["default"]["NAME"])
    connection.close()
    with sqlite3.connect(database) as source, gzip.open(target / "butrt-0.1.sql.gz", "wt") as output:
        output.writelines(f"{line}\n" for line in source.iterdump())
    (target / "autorite-0.1").mkdir(exist_ok=True)
    for path in Path(settings.BUTRT_CERTIFICATES_DIR, "roots").iterdir():
        shutil.copy(path, target / "autorite-0.1")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
