"""The command of the line that asks the marts, as the boards do."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.context import EXIT_USAGE, line_of, opened, principal_named, print_json, print_rows
from app.jobs.boards import boards_of

cli = typer.Typer()


@cli.command()
def mart(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the question, as under /api/marts")],
    arguments: Annotated[list[str] | None, typer.Argument(help="Parameters as name=value")] = None,
    as_user: Annotated[str | None, typer.Option("--as", help="On behalf of this user")] = None,
) -> None:
    """Ask the marts as they were last refreshed."""
    line = line_of(context)
    given: dict[str, str] = {}
    for argument in arguments or []:
        key, equals, value = argument.partition("=")
        if not equals:
            typer.echo(f"{argument}: arguments are name=value", err=True)
            raise typer.Exit(EXIT_USAGE)
        given[key] = value
    with opened(line) as gateway:
        principal = principal_named(gateway, as_user)
        boards = boards_of(gateway.store.address)
    try:
        answer = boards.ask_in_text(name, principal, given)
    finally:
        boards.close()
    if line.as_json:
        print_json({"as_of": answer.published_at, "position": answer.position, "rows": answer.dicts()})
    else:
        print_rows(line, answer.dicts())
