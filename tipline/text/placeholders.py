"""What stands in a message where a resident's own detail stood: [phone 1]."""

from __future__ import annotations

import re
from typing import Final

KINDS: Final = (
    "phone", "email", "name", "address", "ssn", "dl", "plate", "dob", "handle", "ip", "card",
    "account", "geo",
)  # fmt: skip
PLACEHOLDER: Final = rf"\[(?:{'|'.join(KINDS)})(?: \d{{1,6}})?\]"
_PLACEHOLDER: Final = re.compile(PLACEHOLDER)


def has_placeholder(text: str) -> bool:
    """Tell whether a detail was taken out of a message."""
    return _PLACEHOLDER.search(text) is not None
