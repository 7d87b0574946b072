"""What stands in a message where a resident's own detail stood: [phone 1]."""

from __future__ import annotations

import re
from typing import Final

# In this order the network of the redaction learned to tell them apart: a new one goes last.
KINDS: Final = (
    "phone", "email", "name", "address", "ssn", "dl", "plate", "dob", "handle", "ip", "card",
    "account", "geo",
)  # fmt: skip
_KIND: Final = "|".join(KINDS)
PLACEHOLDER: Final = rf"\[(?:{_KIND})(?: \d{{1,6}})?\]"
_NUMBERED: Final = re.compile(rf"\[(?:{_KIND}) \d{{1,6}}\]")


def placeholder(kind: str, number: int = 0) -> str:
    """Return what stands for a detail of a kind, in any case of its letters; 0 is no number."""
    return f"[{kind.lower()} {number}]" if number else f"[{kind.lower()}]"


def looks_redacted(text: str) -> bool:
    """Tell whether a text holds what looks like a numbered placeholder.

    Who writes a message may write such words as well.
    """
    return _NUMBERED.search(text) is not None
