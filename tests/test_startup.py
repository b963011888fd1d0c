"""What the site and the command line leave for later: libraries that take a second to import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

LATE = ("weasyprint", "pyhanko", "aiohttp", "openpyxl")
SITE = """
from butrt.wsgi import application
from django.urls import get_resolver
assert get_resolver().url_patterns
import gc
assert gc.get_threshold()[0] == 50_000, "rubbish is looked for as often as usual"
"""
DECIDE = """
import django
django.setup()
from django.core.management import call_command
call_command("decide", "fixtures/contract/example-cohort.json")
"""


@pytest.mark.parametrize("started", [SITE, DECIDE], ids=["site", "decide"])
def test_what_prints_signs_or_writes_workbooks_is_imported_where_it_is_used(started, tmp_path):
    loaded = f"import sys\nprint('there:', [name for name in {LATE} if name in sys.modules], file=sys.stderr)"

    here = {"BUTRT_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "butrt.settings", "BUTRT_DEMO": "1"}

    done = subprocess.run(
        [sys.executable, "-c", started + loaded],
        env=os.environ | here,
        check=False,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().endswith("there: []")
