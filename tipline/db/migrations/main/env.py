"""Alembic's entry point for this store."""

from tipline.db.migrations.environment import migrate

migrate()
