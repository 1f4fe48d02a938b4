"""Commands of the line that fill a store: the demo company, another system's files, and what comes out again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.context import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_REJECTS,
    line_of,
    opened,
    principal_named,
    print_json,
    print_rows,
    say,
)
from app.kernel.i18n import t
from app.kernel.opening import create_store, store_exists

cli = typer.Typer()
imports = typer.Typer(help="Import another system's files through commands.", no_args_is_help=True)
cli.add_typer(imports, name="import")


@cli.command()
def demo(
    context: typer.Context,
    size: Annotated[Literal["small", "medium", "large"], typer.Option(help="How many orders a day")] = "small",
    seed: Annotated[int, typer.Option(help="The same seed gives the same history")] = 7,
) -> None:
    """Build the demo company, a small Chinese-English manufacturer with 24 months of history, in a new store."""
    from app.jobs.demo import build_demo

    line = line_of(context)
    as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else None
    summary = build_demo(line.settings.address, size=size, seed=seed, as_of=as_of, settings=line.settings)
    if line.as_json:
        print_json(vars(summary))
    else:
        say(line, "cli.demo_built", store=line.settings.store)


@imports.command("adventureworks")
def adventureworks(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the AdventureWorks files")],
    report: Annotated[Path | None, typer.Option(help="Write the reconciliation report here (.md or .json)")] = None,
) -> None:
    """Import the AdventureWorks sample company, and reconcile what the files say with what was booked."""
    from app.jobs.import_adventureworks import import_adventureworks

    line = line_of(context)
    address = line.settings.address
    if not store_exists(address):
        create_store(address)
    with opened(line) as gateway:
        until = date.fromisoformat(line.settings.as_of) if line.settings.as_of else None
        result = import_adventureworks(gateway, folder, as_of=until)
    if report is not None:
        report.write_text(result.to_json() if report.suffix == ".json" else result.to_markdown(), encoding="utf-8")
    if line.as_json:
        typer.echo(result.to_json())
    else:
        typer.echo(result.to_markdown())
    if result.unexplained:
        raise typer.Exit(EXIT_FAILED)
    raise typer.Exit(EXIT_REJECTS if result.quarantined else EXIT_DONE)


@imports.command("shop-orders")
def shop_orders(
    context: typer.Context,
    shop: Annotated[str, typer.Argument(help="Code of the shop")],
    files: Annotated[
        list[Path], typer.Argument(help="JSON file of orders, or what the shop or marketplace exports (CSV, Excel)")
    ],
    as_user: Annotated[
        str | None, typer.Option(help="Login on whose behalf; the operator himself unless given")
    ] = None,
) -> None:
    """Take orders of a web shop from files: stored as its messages, booked as sales orders, each once."""
    from app.jobs.import_shop_orders import OrderFile, import_shop_orders

    line = line_of(context)
    with opened(line) as gateway:
        read = [OrderFile.read(file) for file in files]
        account = import_shop_orders(gateway, shop, read, principal=principal_named(gateway, as_user))
    if line.as_json:
        print_json(account.to_dict())
    else:
        states = ", ".join(
            f"{t(f'state.{state}', line.lang)} {count}" for state, count in sorted(account.states.items())
        )
        say(line, "cli.shop_orders", read=account.read, stored=account.stored, states=states or "-")
        print_rows(line, account.waiting)
        for refused in account.refused:
            typer.echo(refused, err=True)
    raise typer.Exit(EXIT_DONE if account.clean else EXIT_REJECTS)


@imports.command("template")
def workbook_template(
    context: typer.Context, target: Annotated[Path, typer.Argument(help="Where to write the workbook (.xlsx)")]
) -> None:
    """Write the empty going-live workbook."""
    from pipelines.connectors.workbook.template import template

    target.write_bytes(template())
    say(line_of(context), "cli.template_written", file=str(target))


@imports.command("workbook")
def workbook(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The filled workbook")],
    start_on: Annotated[str, typer.Option(help="Day from which the books are kept here (ISO date)")],
    commit: Annotated[bool, typer.Option(help="Book it if it is clean; without this it is only checked")] = False,
) -> None:
    """Check the going-live workbook as a whole, and book it in one transaction where asked."""
    from app.jobs.going_live import check_workbook, commit_workbook

    line = line_of(context)
    run = commit_workbook if commit else check_workbook
    with opened(line) as gateway:
        page = run(gateway, file.read_bytes(), start_on=date.fromisoformat(start_on))
    if line.as_json:
        print_json(page.to_dict())
    else:
        typer.echo(page.to_markdown())
    raise typer.Exit(EXIT_DONE if page.clean else EXIT_REJECTS)


@cli.command()
def export(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="New folder for the planning package")],
    forecast: Annotated[str, typer.Option(help="none, accepted, or last_year_same_weeks")] = "none",
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Export the company's planning package, as a plan run would take it."""
    from app.jobs.warehouse import refresh_store, warehouse_folder
    from app.modules.planning_desk.plan_files import FOLDER
    from pipelines.serving.mart import Mart
    from pipelines.serving.planning_package import Forecast, planning_package

    line = line_of(context)
    with opened(line) as gateway:
        refresh_store(gateway.store)
        as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else gateway.clock.today()
        files = gateway.store.folder / FOLDER
    mart = Mart(warehouse_folder(line.settings.address))
    try:
        tables, version = planning_package(mart, as_of, forecast=Forecast(forecast), run_files=files)
    finally:
        mart.close()
    target.mkdir(parents=True)
    for name, table in tables.items():
        if csv:
            table.write_csv(target / f"{name}.csv")
        else:
            table.write_parquet(target / f"{name}.parquet")
    (target / "version.json").write_text(json.dumps({"position": version.position}), encoding="utf-8")
    say(line, "cli.exported", folder=str(target), position=version.position)
