"""The command line compares scenarios of a package with no store, and says by its status how it went."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from app.cli.planning_desk import cli
from tests.unit.planning.scenarios.small_company import financial_tables, package_tables


def test_scenarios_of_a_folder_are_compared_into_a_folder(tmp_path: Path) -> None:
    folder, out = tmp_path / "package", tmp_path / "out"
    folder.mkdir()
    for name, table in (package_tables() | financial_tables()).items():
        table.write_parquet(folder / f"{name}.parquet")
    what_if = tmp_path / "what_if.csv"
    what_if.write_text("scenario,kind,item,operation,value\nboom,demand,BIKE,factor,2\n", encoding="utf-8")
    arguments = [
        "scenarios",
        "--package",
        str(folder),
        "--scenarios",
        str(what_if),
        "--out",
        str(out),
        "--csv",
        "--plans",
    ]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert set(pl.read_csv(out / "comparison.csv")["scenario"]) == {"base", "boom"}
    assert (out / "plans" / "boom" / "planned_orders.csv").is_file()
    arguments[4] = str(tmp_path / "nothing.csv")
    assert CliRunner().invoke(cli, arguments).exit_code == 2
