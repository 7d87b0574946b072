"""Prometheus' text format, version 0.0.4: names, help, figures.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "tipline_"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: figures by the value of one label, or one figure under "".

    All names, labels and values are words of ours, so nothing has to be escaped.
    """

    name: str
    kind: str
    help: str
    figures: Mapping[str, float]
    label: str = ""


def gauge(name: str, help: str, figures: Mapping[str, float], label: str = "") -> Family:
    """Return what goes up and down."""
    return Family(name, "gauge", help, figures, label)


def counter(name: str, help: str, figures: Mapping[str, float], label: str = "") -> Family:
    """Return what only grows; Prometheus wants `_total` at the end of its name."""
    return Family(f"{name}_total", "counter", help, figures, label)


def render(families: Iterable[Family]) -> str:
    """Return all families as text."""
    lines: list[str] = []
    for family in families:
        name = PREFIX + family.name
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        for value, figure in sorted(family.figures.items()):
            label = f'{{{family.label}="{value}"}}' if family.label else ""
            lines.append(f"{name}{label} {figure:.15g}")
    return "\n".join(lines) + "\n"
