"""What the doctor says: for people, or as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tipline.doctor.findings import Finding, Level

STATUS = {Level.OK: 0, Level.WARNING: 1, Level.FAILURE: 2}
MARKS = {Level.OK: "ok     ", Level.WARNING: "warning", Level.FAILURE: "FAILURE"}


def exit_status(findings: Sequence[Finding]) -> int:
    """Return 0 when all is well, 1 with warnings, 2 with failures."""
    return max((STATUS[finding.level] for finding in findings), default=0)


def as_text(findings: Sequence[Finding]) -> str:
    """Return one line a finding, what to do below it, and a summary."""
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.level]}  {finding.check:<13}  {finding.looked_at}")
        if finding.advice:
            lines.append(f"{'':24}-> {finding.advice}")
    counts = {level: sum(one.level is level for one in findings) for level in Level}
    lines.append("")
    lines.append(
        f"{counts[Level.FAILURE]} failures, {counts[Level.WARNING]} warnings, "
        f"{counts[Level.OK]} well."
    )
    return "\n".join(lines) + "\n"


def as_json(findings: Sequence[Finding]) -> str:
    """Return an object with the exit status and all findings."""
    found = [asdict(finding) for finding in findings]
    return json.dumps({"status": exit_status(findings), "findings": found}, indent=2) + "\n"
