"""Changes a store behind the product's back, with every guard of the database taken away first."""

from __future__ import annotations

import psycopg

from app.kernel.store import sqlite_library
from tests.company import Company

_CHECKS = """select conrelid::regclass::text, quote_ident(conname) from pg_constraint
    where contype in ('c', 'u') and connamespace = 'public'::regnamespace"""


def tamper(company: Company, *statements: str) -> None:
    """Run statements past triggers, foreign keys and checks, each of which must change something."""
    address = company.gateway.store.address
    if address.dialect == "sqlite":
        _tamper_file(str(address.path), statements)
    else:
        _tamper_server(address.url.replace("postgresql+psycopg://", "postgresql://"), statements)


def _tamper_file(path: str, statements: tuple[str, ...]) -> None:
    connection = sqlite_library().connect(path, isolation_level=None)
    try:
        connection.execute("pragma foreign_keys = off")
        connection.execute("pragma ignore_check_constraints = on")
        triggers = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            before = connection.total_changes
            connection.execute(statement)
            assert connection.total_changes > before or not _changes_rows(statement), statement
    finally:
        connection.close()


def _tamper_server(url: str, statements: tuple[str, ...]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        for table, name in connection.execute(_CHECKS).fetchall():
            connection.execute(f"alter table {table} drop constraint {name}")
        for statement in statements:
            done = connection.execute(statement)
            assert done.rowcount > 0 or not _changes_rows(statement), statement


def _changes_rows(statement: str) -> bool:
    return statement.split(maxsplit=1)[0] in {"insert", "update", "delete"}
