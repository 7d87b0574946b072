"""Incidents: what was refused because it was not authentic, counted for the admin.

Counts only. What was refused may hold anything, so nothing of it is kept here or logged.
"""
