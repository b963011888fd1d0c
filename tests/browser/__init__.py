"""The main paths, in Debian's Chromium: its build without windows, but where people print."""

import os

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
WITH_WINDOWS = "/usr/bin/chromium"
