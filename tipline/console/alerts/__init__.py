"""Alerts: what a member wants, and when a line's urgent tips escalate."""
