"""What the site costs: `make bench` prints it (`__main__.py`).

The tests beside are in `make test`, few and small: what they assert holds at any size. `BUTRT_MEASURE=1`
makes them large; those marked `benchmark` then print what the table does not say.
"""

import os

MEASURED = bool(os.environ.get("BUTRT_MEASURE"))
