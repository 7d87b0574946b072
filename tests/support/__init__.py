"""Helpers that several test modules share; nothing here is imported by the product."""
