"""Searching the threads of the lines whose keys the member holds."""
