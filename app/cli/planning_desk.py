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
    forecast: Annotated[str, typer.Option(help="none, accepted, or last_year_same_weeks")] = "none",
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
    context: typer.Context,
    history: Annotated[
        Path | None,
        typer.Option(
            help="Folder with a table history, and analogues and overrides where there are any; "
            "without it the company of the store is forecast by week"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the forecast of a folder")] = None,
    period: Annotated[str, typer.Option(help="day, week, month, quarter or year")] = "week",
    horizon: Annotated[int, typer.Option(help="How many periods ahead")] = 13,
    strict: Annotated[bool, typer.Option("--strict", help="Forecast nothing if any row is rejected")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Forecast a folder of history, or the company's demand; `python -m planning forecast` has every option for a folder."""
    if history is None:
        _forecast_store(context, horizon)
        return
    from planning.forecast.command import main

    if out is None:
        typer.echo("--history needs --out", err=True)
        raise typer.Exit(EXIT_USAGE)
    flags = [name for name, given in (("--strict", strict), ("--csv", csv)) if given]
    places = ["--history", str(history), "--out", str(out)]
    raise typer.Exit(main([*places, "--period", period, "--horizon", str(horizon), *flags]))


def _forecast_store(context: typer.Context, weeks: int) -> None:
    """Forecast the company as of its business day, and record the run."""
    from app.jobs.forecasting import ForecastRequest, forecast_company

    line = line_of(context)
    with opened(line) as gateway:
        as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else gateway.clock.today()
        request = ForecastRequest(as_of, weeks=weeks)
        outcome = forecast_company(gateway, request, principal_named(gateway, None))
    if line.as_json:
        print_json({"forecast_run": outcome.receipt.number, "summary": outcome.summary})
    else:
        say(line, outcome.receipt.message_key, **outcome.receipt.values)


@cli.command()
def policies(
    context: typer.Context,
    service_a: Annotated[float, typer.Option(help="Service target of class A, between 0 and 1")] = 0.98,
    service_b: Annotated[float, typer.Option(help="Service target of class B")] = 0.95,
    service_c: Annotated[float, typer.Option(help="Service target of class C")] = 0.90,
    measure: Annotated[str, typer.Option(help="cycle (no cycle ends short) or fill (share met at once)")] = "cycle",
    order_cost: Annotated[float | None, typer.Option(help="Money an order, for items without a set-up cost")] = None,
) -> None:
    """Propose inventory policies for the company: safety stock, reorder points, lots; nothing changes until lines are accepted."""
    from app.jobs.policies import PolicyRequest, propose_for_company

    line = line_of(context)
    with opened(line) as gateway:
        as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else gateway.clock.today()
        request = PolicyRequest(as_of, service_a, service_b, service_c, measure, order_cost)
        outcome = propose_for_company(gateway, request, principal_named(gateway, None))
    if line.as_json:
        print_json({"policy_run": outcome.receipt.number, "summary": outcome.summary})
    else:
        say(line, outcome.receipt.message_key, **outcome.receipt.values)
    raise typer.Exit(EXIT_REJECTS if outcome.summary["rejects"] else 0)


@cli.command()
def scenarios(
    context: typer.Context,
    scenarios_file: Annotated[Path, typer.Option("--scenarios", help="Table of scenarios, .csv or .parquet")],
    out: Annotated[Path, typer.Option(help="Folder for comparison and statements")],
    package: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a planning package; without it the company of the store, its package put into OUT"
        ),
    ] = None,
    method: Annotated[str, typer.Option(help="mrp, constrained, optimize or schedule")] = "mrp",
    workers: Annotated[int, typer.Option(min=0, help="Processes at a time; 0 for one a processor")] = 0,
    draws: Annotated[int, typer.Option(min=0, help="Worlds in which each plan is carried out; 0 for none")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws and of a solver")] = 0,
    seconds: Annotated[float | None, typer.Option(help="Time limit of a solver, each plan")] = None,
    forecast: Annotated[str, typer.Option(help="Of the company: none, last_year_same_weeks, or accepted")] = "none",
    plans: Annotated[bool, typer.Option("--plans", help="Write each scenario's plan too")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Plan nothing if any row is rejected")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Compare scenarios of a planning package, or of the company: measures, statements and changes beside the base's."""
    from planning.scenarios.command import Asked, compare_scenarios
    from planning.scenarios.work import How

    if package is None:
        package = out / "package"
        _write_package(context, forecast, package)
    kept = str(out / "plans") if plans else None
    how = How(method, seconds, seed, plans=kept, csv=csv)
    asked = Asked(workers, draws, strict=strict, csv=csv)
    raise typer.Exit(compare_scenarios(package, scenarios_file, out, how, asked))


def _write_package(context: typer.Context, forecast: str, folder: Path) -> None:
    """Write the package of the store's company, as of its business day."""
    from app.jobs.planning import PlanRequest, write_company_package
    from pipelines.serving.planning_package import Forecast

    line = line_of(context)
    with opened(line) as gateway:
        as_of = date.fromisoformat(line.settings.as_of) if line.settings.as_of else gateway.clock.today()
        write_company_package(gateway, PlanRequest(as_of, forecast=Forecast(forecast)), folder)


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
