"""Demand forecasts: a tidy history in; forecasts with intervals, their accuracy, and every change to the history out.

Reading order: history.py (rows to series), cleaning.py, classes.py (Syntetos-Boylan), models.py (the only door to
statsforecast), backtest.py, choice.py (which model and why), intervals.py (conformal), level.py and reconcile.py (sums),
analogue.py (new items), overrides.py (what people's changes were worth), method.py (all of it in order). Importing this
loads no model; the first forecast does.
"""

from planning.forecast.history import History, HistoryError, read_history
from planning.forecast.method import Forecast, ForecastOptions, forecast

__all__ = ["Forecast", "ForecastOptions", "History", "HistoryError", "forecast", "read_history"]
