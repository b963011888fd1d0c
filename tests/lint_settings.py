"""The settings under which `make lint` judges migrations: may they run while the site of before still serves?

Django-migration-linter reads the SQL that PostgreSQL is given. Those of the releases up to 0.8 have run, the
site stopped: they are not judged again, nor any 0001_initial, which only makes tables that nobody reads yet.
What is refused in a new one is mended (a column has a `db_default`, what goes away does so a release after
the code that read it), or named with its reason in `butrt/production/stopped`: the site is stopped for it.
"""

import re
from pathlib import Path

from tests.settings import *  # noqa: F403

# The last migration of each app in 0.8.
LAST = {"accounts": 4, "curriculum": 7, "grades": 19, "journal": 2, "jury": 25, "workers": 1}
STOPPED = re.findall(r"^\w+\.(\w+) # ", (BASE_DIR / "butrt/production/stopped").read_text(), re.M)  # noqa: F405

FOLDERS = [path.parent for path in BASE_DIR.glob("[!.]*/**/migrations/__init__.py")]  # noqa: F405


def _judged_before(folder: Path) -> list[str]:
    last = LAST.get(folder.parent.name, 0)
    return [path.stem for path in folder.glob("[0-9]*.py") if int(path.stem[:4]) <= last]


INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]  # noqa: F405
MIGRATION_LINTER_OPTIONS = {
    "include_apps": [folder.parent.name for folder in FOLDERS],
    "ignore_name": [*STOPPED, *(name for folder in FOLDERS for name in _judged_before(folder))],
    "no_cache": True,
    "quiet": ["ok", "ignore"],
}
