"""Whose identifier is it: finds what tells who sent a text, and spares the evidence."""

import os

# Of numpy's: for matrices as small as these a second thread costs more than it does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tipline.redaction.finder import find_identifiers
from tipline.redaction.identifiers import TYPES, Identifier
from tipline.redaction.placeholders import replaced
from tipline.redaction.threads import Thread, open_end

__all__ = ["TYPES", "Identifier", "Thread", "find_identifiers", "open_end", "replaced"]
