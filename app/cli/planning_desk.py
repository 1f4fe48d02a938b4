"""Commands of the line that plan: a planning package with no store, or the company itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import EXIT_REJECTS, EXIT_USAGE, line_of, opened, principal_named, print_json, say

cli = typer.Typer()


@cli.command()
def plan(
    context: typer.Context,
    package: Annotated[
        Path | None, typer.Option(help="Folder of a planning package; without it the store is planned")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the plan of a package")] = None,
    method: Annotated[str, typer.Option(help="mrp, constrained, optimize or schedule")] = "mrp",
    seconds: Annotated[float | None, typer.Option(help="Time limit of a solver")] = None,
    seed: Annotated[int, typer.Option(help="Seed of a solver")] = 0,
    objective: Annotated[str | None, typer.Option(help="Of schedule for a package: makespan alone")] = None,
    forecast: Annotated[str, typer.Option(help="none, or last_year_same_weeks")] = "none",
    strict: Annotated[bool, typer.Option("--strict", help="Plan nothing if any row is rejected")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Plan a planning package, or the company of the store as of its business day."""
    if package is not None:
        from planning.command import plan_package

        if out is None:
            typer.echo("--package needs --out", err=True)
            raise typer.Exit(EXIT_USAGE)
        status = plan_package(
            package, out, method=method, seconds=seconds, seed=seed, strict=strict, csv=csv, objective=objective
        )
        raise typer.Exit(status)
    from app.jobs.planning import PlanRequest, plan_company
    from pipelines.serving.planning_package import Forecast

    line = line_of(context)
    with opened(line) as gateway:
        as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else gateway.clock.today()
        request = PlanRequest(as_of, method, forecast=Forecast(forecast), seconds=seconds, seed=seed)
        outcome = plan_company(gateway, request, principal_named(gateway, None))
    if line.as_json:
        print_json({"plan_run": outcome.receipt.number, "summary": outcome.summary})
    else:
        say(line, outcome.receipt.message_key, **outcome.receipt.values)
    raise typer.Exit(EXIT_REJECTS if outcome.rejects else 0)


@cli.command()
def forecast(
    history: Annotated[
        Path, typer.Option(help="Folder with a table history, and analogues and overrides where there are any")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the forecast")],
    period: Annotated[str, typer.Option(help="day, week, month, quarter or year")] = "week",
    horizon: Annotated[int, typer.Option(help="How many periods ahead")] = 13,
    strict: Annotated[bool, typer.Option("--strict", help="Forecast nothing if any row is rejected")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Forecast a history of demand, with no store; `python -m planning forecast` has every option."""
    from planning.forecast.command import main

    flags = [name for name, given in (("--strict", strict), ("--csv", csv)) if given]
    places = ["--history", str(history), "--out", str(out)]
    raise typer.Exit(main([*places, "--period", period, "--horizon", str(horizon), *flags]))


@cli.command()
def promise(
    package: Annotated[Path, typer.Option(help="Folder of a planning package")],
    item: Annotated[str, typer.Option(help="What is asked for")],
    quantity: Annotated[str, typer.Option(help="How much, in the item's stock unit")],
    wanted: Annotated[str, typer.Option(help="The day it is wanted, YYYY-MM-DD")],
    location: Annotated[str, typer.Option(help="Where")] = "MAIN",
    first: Annotated[
        bool, typer.Option("--first", help="Also say whom it would hurt to serve this order first")
    ] = False,
) -> None:
    """Say when a quantity can be had beside everything that a constrained plan has promised; with no store."""
    from planning.capable.command import promise_package

    raise typer.Exit(promise_package(package, item, quantity, wanted, location, first=first))
