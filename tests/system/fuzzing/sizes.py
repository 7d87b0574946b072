"""How much is tried: little in every run of the tests, all of it by `make prove`."""

from __future__ import annotations

import os

# Over both databases together. The environment variable raises it.
REQUESTS = int(os.environ.get("TIPLINE_TEST_REQUESTS", "2000"))
# Another seed tries other requests; a failing one says which it was.
SEED = int(os.environ.get("TIPLINE_TEST_SEED", "20261121"))
