"""Alembic migrations, one history a store."""
