"""Command of the line that prints: a document as a PDF file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import line_of, opened, principal_named, say
from app.kernel.errors import Refused
from app.printing.sheets import print_document

cli = typer.Typer()


@cli.command("print")
def print_one(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Number of the document, its own or the other side's")],
    kind: Annotated[str, typer.Option(help="Kind of document, where several bear the number")] = "any",
    sheet: Annotated[str | None, typer.Option(help="Which of its sheets; by default the first")] = None,
    language: Annotated[str | None, typer.Option(help="en, zh-Hans or zh-Hant; by default the other side's")] = None,
    output: Annotated[Path | None, typer.Option(help="File or folder to write to; by default this folder")] = None,
    as_user: Annotated[str | None, typer.Option("--as", help="On behalf of this user")] = None,
) -> None:
    """Print a document to a PDF file."""
    line = line_of(context)
    with opened(line) as gateway:
        principal = principal_named(gateway, as_user)
        found = gateway.query("documents_numbered", {"number": number, "kind": kind}, principal=principal)
        if not found:
            raise Refused("not_found", what="document", value=number)
        if len(found) > 1:
            raise Refused("number_ambiguous", number=number, kind=", ".join(sorted({row["kind"] for row in found})))
        printed = print_document(
            gateway,
            found[0]["id"],
            principal=principal,
            sheet=sheet,
            language=language,
            public_address=line.settings.public_address,
        )
    folder = output is None or output.is_dir()
    path = (output or Path.cwd()) / printed.file_name if folder else output
    assert path is not None
    path.write_bytes(printed.content)
    say(line, "cli.printed", path=str(path))
