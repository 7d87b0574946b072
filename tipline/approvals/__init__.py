"""Approvals: the one way in which a second person agrees to what a first one asks."""
