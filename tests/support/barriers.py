"""Barriers that axe-core finds on a page (vendored in axe/, by scripts/vendor-uswds)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
# WCAG 2.2 AA holds what 2.0 and 2.1 asked for at A and AA.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# In wcag22aa, but off unless it is named.
TOO = {"target-size": {"enabled": True}}


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page that is shown, one line for each element."""
    # The page's policy keeps foreign script out; the browser's own console lets a tester in.
    if not page.evaluate("() => typeof window.axe === 'object'"):
        page.evaluate(SOURCE)
    options = {"runOnly": TAGS, "rules": TOO, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['html'][:160]} ({' '.join(node['failureSummary'].split())})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
