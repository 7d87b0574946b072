"""Intake: from a sealed envelope to a message in a thread."""
