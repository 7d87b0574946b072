"""Reading findings."""

from __future__ import annotations

from collections.abc import Sequence

from tipline.doctor.findings import Finding, Level


def levels(findings: Sequence[Finding]) -> list[str]:
    return [finding.level.value for finding in findings]


def worst(findings: Sequence[Finding]) -> Finding:
    """The one that matters; each that is not well says what to do, and no other does."""
    assert findings
    for finding in findings:
        assert bool(finding.advice) == (finding.level is not Level.OK), finding
    order = [Level.OK, Level.WARNING, Level.FAILURE]
    return max(findings, key=lambda finding: order.index(finding.level))


def is_well(findings: Sequence[Finding]) -> bool:
    return worst(findings).level is Level.OK


def said(findings: Sequence[Finding], level: Level) -> str:
    """What the worst finding says was looked at; it must be of this level."""
    found = worst(findings)
    assert found.level is level, found
    return found.looked_at
