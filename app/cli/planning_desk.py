"""Commands of the line that plan: a planning package, or the company itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer()


@cli.command()
def plan(
    package: Annotated[Path, typer.Option(help="Folder of a planning package")],
    out: Annotated[Path, typer.Option(help="Folder for the plan")],
    method: Annotated[str, typer.Option(help="mrp, constrained, optimize or schedule")] = "mrp",
    seconds: Annotated[float, typer.Option(help="Time limit of a solver")] = 60.0,
    seed: Annotated[int, typer.Option(help="Seed of a solver")] = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Plan nothing if any row is rejected")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV instead of Parquet")] = False,
) -> None:
    """Plan a planning package."""
    from planning.command import plan_package

    raise typer.Exit(plan_package(package, out, method=method, seconds=seconds, seed=seed, strict=strict, csv=csv))
