"""The two stores: engines, base classes and migrations.

The main store may be backed up and kept. The perishable store must never be in a backup that is
kept: what is deleted there is gone (docs/architecture.md).
"""
