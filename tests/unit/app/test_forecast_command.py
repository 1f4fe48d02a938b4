"""The command line forecasts a folder of history with no store, and says by its status how it went."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from app.cli.planning_desk import cli


def _forecast(history: Path, out: Path, *more: str) -> int:
    return CliRunner().invoke(cli, ["forecast", "--history", str(history), "--out", str(out), *more]).exit_code


def test_a_history_is_forecast_into_a_folder(tmp_path: Path) -> None:
    weeks = [date(2025, 1, 6) + timedelta(weeks=week) for week in range(60)]
    history = tmp_path / "history"
    history.mkdir()
    pl.DataFrame({"item": "BOLT", "period_start": weeks, "quantity": [20, 30] * 30}).write_csv(history / "history.csv")
    assert _forecast(history, tmp_path / "out", "--horizon", "4", "--csv") == 0
    assert pl.read_csv(tmp_path / "out" / "forecasts.csv").height == 4
    assert _forecast(tmp_path / "nowhere", tmp_path / "none") == 2
    assert not (tmp_path / "none").exists()
