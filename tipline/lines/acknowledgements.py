"""The words of the first answer. A line may have its own; it is in clear, because it is public."""

from __future__ import annotations

# Two GSM-7 segments. California Evidence Code 1040 and 1041 protect what was given in confidence.
DEFAULT_ACKNOWLEDGEMENT = (
    "Thank you. Your tip was received in confidence under an alias. In an emergency call 911. "
    "We may ask questions here. Reply STOP and we can no longer reach you. Your carrier and the "
    "messaging provider know your number; staff here do not see it."
)
