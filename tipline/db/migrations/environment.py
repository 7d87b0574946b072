"""What both stores' `env.py` do: migrate over the connection that the caller brings."""

from __future__ import annotations

from alembic import context


def migrate() -> None:
    """Run the migrations of the store whose folder Alembic was pointed at."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
