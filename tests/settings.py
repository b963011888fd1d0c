"""The project's settings as its tests want them: plain HTTP, a data folder of their own, quick passwords."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("BUTRT_DEMO", "1")
if "BUTRT_DATA_DIR" not in os.environ:
    os.environ["BUTRT_DATA_DIR"] = tempfile.mkdtemp(prefix="butrt-tests-")
    atexit.register(shutil.rmtree, os.environ["BUTRT_DATA_DIR"], ignore_errors=True)

from butrt.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405

LOGGING["loggers"]["django"]["level"] = "ERROR"  # noqa: F405  the pages refused are thousands

WHITENOISE_AUTOREFRESH = True  # each test's client is a new site, which else would go through every file
MIDDLEWARE.insert(0, "tests.pages.packing")  # noqa: F405

# Work is done at once, in the process of the test; tests/base/workers has real ones.
BUTRT_PREPARE = False  # every jury closed would print its documents
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
