"""Tipline: an anonymous text-tip gateway. See docs/architecture.md for the rooms."""
