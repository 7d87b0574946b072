"""Certifying lines' keys: the private side of certificates, which the gateway must not reach."""

from __future__ import annotations

from typing import Any

from tipline.crypto.signing import SigningKey
from tipline.lines.certificates import PURPOSE, SUCCESSION_PURPOSE, LineCertificate


def certified_row(
    certificate: LineCertificate, console: SigningKey, before: SigningKey | None = None
) -> dict[str, Any]:
    """Return the row of a generation: certified, and signed by the generation before, if any."""
    succession = None
    if before is not None:
        succession = before.sign(SUCCESSION_PURPOSE, *certificate.succession_fields())
    return {
        "line_id": certificate.line_id,
        "generation": certificate.generation,
        "sealing_public": certificate.sealing.raw,
        "verifying_public": certificate.verifying.raw,
        "recovery_public": certificate.recovery.raw,
        "made_at": certificate.made_at.replace(tzinfo=None),
        "certificate": console.sign(PURPOSE, *certificate.fields()),
        "succession": succession,
    }
