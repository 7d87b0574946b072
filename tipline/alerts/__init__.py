"""Alerts: telling members that an urgent tip waits which nobody has opened, and nothing of it."""
