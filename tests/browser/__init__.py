"""The main paths, in Debian's Chromium."""

import os

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
