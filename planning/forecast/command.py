"""The command `forecast`: a folder with a history in, a folder with forecasts out, and an exit status that says how it went.

`python -m planning forecast --history IN_DIR --out OUT_DIR`. The folder in has `history` and may have `analogues` and
`overrides` (schemas/planning/forecasting.py), each as Parquet or CSV; the table `demand` that comes out can be put into a
planning package as it is.
"""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

from planning.command import PLANNED, PLANNED_WITH_REJECTS, REFUSED, USAGE
from planning.forecast.history import HistoryError, read_history
from planning.forecast.method import ForecastOptions, forecast
from planning.forecast.periods import SEASONS
from planning.forecast.reconcile import WAYS


def forecast_folder(
    in_dir: str | Path,
    out_dir: str | Path,
    options: ForecastOptions,
    *,
    period: str = "week",
    until: date | None = None,
    strict: bool = False,
    csv: bool = False,
) -> int:
    """Forecast the history in one folder into another.

    Args:
        options: how to forecast.
        period, until: see `read_history`.
        strict: forecast nothing where a row was rejected.
        csv: write tables as CSV instead of Parquet.

    Returns:
        0 done, 2 usage (no history, no place to write), 3 done with rejects, 4 refused by strict.
    """
    began = time.perf_counter()
    try:
        history = read_history(in_dir, period=period, until=until)
        if strict and history.rejects.height:
            first = history.rejects.row(0, named=True)
            count = history.rejects.height
            print(
                f"refused: {count} rows were rejected, the first in {first['table']} row {first['row']}: {first['reason']}",
                file=sys.stderr,
            )
            return REFUSED
        done = forecast(history, options)
        done.write(out_dir, csv=csv)
        timings = {"seconds": {"total": round(time.perf_counter() - began, 3)}}
        (Path(out_dir) / "timings.json").write_text(json.dumps(timings, indent=2) + "\n", encoding="utf-8")
    except (HistoryError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    return PLANNED_WITH_REJECTS if done.table("rejects").height else PLANNED


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments and forecast; returns the exit status."""
    standard = ForecastOptions()
    parser = argparse.ArgumentParser(prog="python -m planning forecast", description="Forecast a history of demand.")
    parser.add_argument("--history", required=True, metavar="IN_DIR")
    parser.add_argument("--out", required=True, metavar="OUT_DIR")
    parser.add_argument("--period", choices=list(SEASONS), default="week")
    parser.add_argument("--until", type=date.fromisoformat, help="start of the last whole period, YYYY-MM-DD")
    parser.add_argument("--horizon", type=int, default=standard.horizon)
    parser.add_argument("--levels", type=float, nargs="+", default=list(standard.levels))
    parser.add_argument("--seconds", type=float, default=standard.seconds, help="effort to plan for, no clock")
    parser.add_argument("--workers", type=int, default=standard.workers)
    parser.add_argument("--reconcile", choices=WAYS, default=standard.reconcile)
    parser.add_argument("--uncleaned", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--csv", action="store_true")
    given = parser.parse_args(arguments)
    try:
        options = ForecastOptions(
            horizon=given.horizon,
            levels=tuple(sorted(given.levels)),
            seconds=given.seconds,
            workers=given.workers,
            reconcile=given.reconcile,
            cleaned=not given.uncleaned,
        )
    except ValueError as error:
        parser.error(str(error))
    return forecast_folder(
        given.history,
        given.out,
        options,
        period=given.period,
        until=given.until,
        strict=given.strict,
        csv=given.csv,
    )
