"""Figures for Prometheus, from a process without keys (docs/decisions/0017-metrics.md)."""
