"""Whose identifier is it: finds what tells who sent a text, and spares the evidence."""

from tipline.redaction.finder import Thread, find_identifiers
from tipline.redaction.identifiers import TYPES, Identifier

__all__ = ["TYPES", "Identifier", "Thread", "find_identifiers"]
