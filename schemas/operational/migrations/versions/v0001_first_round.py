"""The first schema: every table of the first round, the guards, and the head of the feed."""

from alembic import op
from sqlalchemy import text

from schemas.operational import METADATA
from schemas.operational.guards import guard_statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create tables and guards."""
    connection = op.get_bind()
    METADATA.create_all(connection)
    for statement in guard_statements(connection.dialect.name):
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text("create sequence id_block minvalue 1 start 1"))
    connection.execute(
        text(
            "insert into store_head (id, position, master_position, chain_hash, last_id, recorded_at)"
            " values (1, 0, 0, :genesis, 100, 0)"
        ),
        {"genesis": "0" * 64},
    )
