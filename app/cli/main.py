"""Entry point of the command line: global options, and the commands of each theme."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from app.cli import books, filling, marts, operating, papers, planning_desk, serving
from app.cli.context import EXIT_FAILED, EXIT_USAGE, Line
from app.kernel.errors import Refused
from app.kernel.i18n import negotiated, t
from app.kernel.settings import load_settings

_FLAGS: Final = frozenset({"--json"})
_VALUED: Final = frozenset({"--store", "--lang", "--as-of"})

cli = typer.Typer(
    name="tallyworks",
    help="ERP and MES with a planner inside, on one set of books.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for theme in (operating.cli, books.cli, marts.cli, papers.cli, filling.cli, planning_desk.cli, serving.cli):
    cli.registered_commands += theme.registered_commands
    cli.registered_groups += theme.registered_groups


@cli.callback()
def options(
    context: typer.Context,
    store: Annotated[str | None, typer.Option(help="File of the store, or a PostgreSQL URL")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of answers: en, zh-Hans, zh-Hant")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON")] = False,
    as_of: Annotated[str | None, typer.Option(help="Business day (ISO date) instead of today")] = None,
) -> None:
    """ERP and MES with a planner inside, on one set of books."""
    context.obj = Line(load_settings(store=store, as_of=as_of), negotiated(lang), as_json)


def run() -> None:
    """Run the command line; a refusal is printed in words and ends with status 1, wrong usage with 2."""
    lang = _asked_language(sys.argv)
    try:
        cli(global_options_first(sys.argv[1:]), standalone_mode=True)
    except Refused as refusal:
        typer.echo(t(f"refusal.{refusal.key}", lang, **refusal.values), err=True)
        sys.exit(EXIT_FAILED)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        typer.echo(f"{'.'.join(map(str, first['loc']))} = {first['input']}: {first['msg']}", err=True)
        sys.exit(EXIT_USAGE)


def global_options_first(arguments: list[str]) -> list[str]:
    """Put the global options before the command, wherever on the line they stand, up to a bare `--`.

    >>> global_options_first(["commands", "--json"])
    ['--json', 'commands']
    >>> global_options_first(["query", "stock", "--lang=en", "--store", "a.db", "item=1"])
    ['--lang=en', '--store', 'a.db', 'query', 'stock', 'item=1']
    """
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, has_value, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in _FLAGS or (name in _VALUED and has_value):
            first.append(argument)
        elif argument in _VALUED:
            first += [argument, *islice(waiting, 1)]
        else:
            rest.append(argument)
    return first + rest


def _asked_language(arguments: list[str]) -> str:
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            return negotiated(arguments[index + 1])
        if argument.startswith("--lang="):
            return negotiated(argument.partition("=")[2])
    return negotiated(None)
