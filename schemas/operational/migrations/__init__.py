"""Brings a store's schema to the newest version, forward only, inside the caller's transaction (R15)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Apply every migration that the store lacks."""
    command.upgrade(_config(connection), "head")


def current_and_newest(connection: Connection) -> tuple[str | None, str | None]:
    """Return the store's schema version and the newest one."""
    present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory.from_config(_config(connection)).get_current_head()
