"""The public keys that processes publish for others to seal to, and their daily change.

A row in the database is believed only because it is signed by the publishing process's key, which
every reader has pinned in its own key folder.
"""
