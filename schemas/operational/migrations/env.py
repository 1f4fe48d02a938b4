"""Runs migrations on the connection that was handed in; batch rebuilds of tables are not used (R15)."""

from alembic import context

from schemas.operational import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=False, transactional_ddl=False)
context.run_migrations()
