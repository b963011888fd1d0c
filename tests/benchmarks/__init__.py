"""Figures, which `make bench` prints: large and often, on a machine that does nothing else.

`make test` runs the same acts, few and small: what they assert beside their time holds at any size.
"""

import os

MEASURED = bool(os.environ.get("BUTRT_MEASURE"))
