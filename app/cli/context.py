"""What every command of the line shares: global options, the opened store, and how answers are printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.bootstrap import build_bus
from app.cli.handing_over import handed_over
from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from app.kernel.gateway import Gateway
from app.kernel.i18n import t
from app.kernel.opening import open_gateway
from app.kernel.sessions import principal_of_login
from app.kernel.settings import Settings

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REJECTS, EXIT_STRICT, EXIT_INFEASIBLE = range(6)


@dataclass(frozen=True)
class Line:
    """The global options of one call."""

    settings: Settings
    lang: str
    as_json: bool


def line_of(context: typer.Context) -> Line:
    """Return the global options of the running call."""
    assert isinstance(context.obj, Line)
    return context.obj


@contextmanager
def opened(line: Line) -> Iterator[Gateway]:
    """Open the store for one call and close it afterwards; commands go to the store's server where one is running."""
    gateway = handed_over(open_gateway(line.settings, build_bus()))
    try:
        yield gateway
    finally:
        gateway.close()


def principal_named(gateway: Gateway, login: str | None) -> Principal:
    """Return a user's principal; without a name, the machine's operator himself.

    Raises:
        Refused: there is no active user of that name.
    """
    if login is None:
        return SYSTEM
    return principal_of_login(gateway, login)


def receipt_line(receipt: Receipt, lang: str) -> dict[str, Any]:
    """A receipt as one JSON object."""
    return {
        "id": receipt.command_id,
        "status": receipt.status,
        "document": receipt.document,
        "number": receipt.number,
        "message": t(receipt.message_key, lang, **receipt.values),
        **({"data": receipt.data} if receipt.data else {}),
    }


def say(line: Line, key: str, **values: Any) -> None:
    """Print a text in the reader's language; with --json, as an object."""
    message = t(key, line.lang, **values)
    if line.as_json:
        print_json({"message": message, **values})
    else:
        typer.echo(message)


def print_json(value: Any) -> None:
    """Print a value as JSON, decimals and dates as text."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_rows(line: Line, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table; with --json, as a list of objects."""
    if line.as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("-")
        return
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)
