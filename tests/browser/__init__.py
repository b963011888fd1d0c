"""The main paths, in Debian's Chromium."""

import os

# Its package without windows: the same engine, a third less of the processor.
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
