"""Commands of the line that use the books: list commands and queries, submit from a file, ask, manage users."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import build_bus
from app.cli.context import (
    EXIT_REJECTS,
    EXIT_USAGE,
    line_of,
    opened,
    principal_named,
    print_json,
    print_rows,
    receipt_line,
    say,
)
from app.kernel.sessions import Sessions, create_user

cli = typer.Typer()
users = typer.Typer(help="Users, passwords and tokens.", no_args_is_help=True)
cli.add_typer(users, name="user")
_LONGEST_LINE = 4 * 1024 * 1024


@cli.command("commands")
def list_commands(context: typer.Context) -> None:
    """List every command with its input schema, permission and help text."""
    rows = [
        {
            "command": spec.name,
            "area": spec.area,
            "permission": spec.permission,
            "help": (spec.handler.__doc__ or "").strip().splitlines()[0],
            "schema": spec.model.model_json_schema(),
        }
        for _, spec in sorted(build_bus().commands.items())
    ]
    line = line_of(context)
    if line.as_json:
        print_json(rows)
    else:
        print_rows(line, [{k: v for k, v in row.items() if k != "schema"} for row in rows])


@cli.command("queries")
def list_queries(context: typer.Context) -> None:
    """List every query with its arguments and permission."""
    rows = [
        {
            "query": spec.name,
            "permission": spec.permission,
            "arguments": ", ".join(spec.model.model_fields),
            "help": (spec.function.__doc__ or "").strip().split("\n")[0],
        }
        for _, spec in sorted(build_bus().queries.items())
    ]
    print_rows(line_of(context), rows)


@cli.command()
def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines: {id, command, data}; - reads standard input")],
    as_user: Annotated[str | None, typer.Option("--as", help="On behalf of this user")] = None,
) -> None:
    """Run commands from a file, one JSON object a line, and print a receipt a line."""
    line = line_of(context)
    failed = 0
    with opened(line) as gateway:
        principal = principal_named(gateway, as_user)
        for number, entry in _entries(file):
            if isinstance(entry, str):
                print_json(
                    {"id": None, "status": "error", "document": None, "number": None, "message": entry, "line": number}
                )
                failed += 1
                continue
            receipt = gateway.submit(entry["command"], entry["data"], command_id=entry["id"], principal=principal)
            print_json(receipt_line(receipt, line.lang))
            failed += receipt.status != "done"
    raise typer.Exit(EXIT_REJECTS if failed else 0)


def _entries(file: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the numbered lines of a file: a command, or what is wrong with the line."""
    source = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    with source:
        number = 0
        while raw := source.readline(_LONGEST_LINE + 1):
            number += 1
            if raw.strip():
                yield number, _entry(raw)


def _entry(raw: bytes) -> dict[str, Any] | str:
    if len(raw) > _LONGEST_LINE:
        return f"line is longer than {_LONGEST_LINE} bytes"
    try:
        entry = json.loads(raw.decode("utf-8"), parse_float=str)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        return f"line is not JSON in UTF-8: {error}"
    if not isinstance(entry, dict) or set(entry) != {"id", "command", "data"}:
        return "a line needs exactly the fields id, command and data"
    if not (isinstance(entry["id"], str) and 0 < len(entry["id"]) <= 100 and isinstance(entry["command"], str)):
        return "id and command are texts; an id has 1 to 100 characters"
    if not isinstance(entry["data"], dict):
        return "data is an object"
    return entry


@cli.command()
def query(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the query")],
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments as name=value")] = None,
    as_user: Annotated[str | None, typer.Option("--as", help="On behalf of this user")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON")] = False,
) -> None:
    """Ask a query."""
    line = line_of(context)
    given: dict[str, Any] = {}
    for argument in arguments or []:
        key, equals, value = argument.partition("=")
        if not equals:
            typer.echo(f"{argument}: arguments are name=value", err=True)
            raise typer.Exit(EXIT_USAGE)
        given[key] = value
    with opened(line) as gateway:
        rows = gateway.query(name, given, principal=principal_named(gateway, as_user))
    if as_json or line.as_json:
        print_json(rows)
    else:
        print_rows(line, rows)


@users.command("add")
def add_user(
    context: typer.Context,
    login: str,
    name: Annotated[str | None, typer.Option(help="Full name")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Role; may be given several times")] = None,
    language: str = "en",
) -> None:
    """Make a user and print his generated password once."""
    line = line_of(context)
    password = secrets.token_urlsafe(15)
    with opened(line) as gateway:
        create_user(gateway, login, name or login, role or [], password, language)
    say(line, "cli.user_added", login=login, password=password)


@users.command("password")
def new_password(context: typer.Context, login: str) -> None:
    """Give a user a new generated password, print it once, and end his sessions."""
    line = line_of(context)
    password = secrets.token_urlsafe(15)
    with opened(line) as gateway:
        principal = principal_named(gateway, login)
        create_user(gateway, login, principal.name, sorted(principal.roles), password, principal.language)
    say(line, "cli.user_added", login=login, password=password)


@users.command("token")
def new_token(
    context: typer.Context,
    login: str,
    name: str,
    scope: Annotated[list[str], typer.Option(help="Permission the token carries; may be given several times")],
    days: int = 90,
) -> None:
    """Mint a bearer token for a user, limited to scopes, and print it once."""
    line = line_of(context)
    with opened(line) as gateway:
        token = Sessions(gateway, line.settings).new_api_token(login, name, scope, days=days)
    say(line, "cli.token", token=token)


@users.command("list")
def list_users(context: typer.Context) -> None:
    """List users and their roles."""
    line = line_of(context)
    with opened(line) as gateway:
        rows = gateway.query("users", {}, principal=principal_named(gateway, None))
    print_rows(line, rows)
