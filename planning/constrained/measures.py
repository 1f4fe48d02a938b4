"""What a plan is measured by: units on time, late unit-days, mean value of stock. Defined once, for summary and benchmark.

- On-time units: share of the quantity of orders (demand of kind `order`, due inside the horizon) delivered on or before
  the due date; what is due before plan_start can be on time on no day.
- Late unit-days: sum of quantity x days late of these orders; what is not delivered counts to the horizon's end.
- Mean stock value: mean over the days of the horizon of the stock at the day's end x unit cost (the item's, or that of
  its first source), over all items and locations, opening stock included. Stock is what is physically there: what was
  issued to an order that is not due yet (work in process) is not counted, nor is stock on hold.
"""

from typing import NamedTuple

import numpy as np

from planning.mrp.model import Problem, Rows
from schemas.planning import QUANTITY_SCALE


class Measures(NamedTuple):
    """See the head of this module. Units are stock units, money is the package's."""

    ordered_units: float
    on_time_share: float | None
    late_unit_days: float
    undelivered_units: float
    mean_stock_value: float


def service_measures(
    ordered: np.ndarray, due: np.ndarray, deliveries: tuple[np.ndarray, np.ndarray, np.ndarray], horizon: int
) -> tuple[float, float | None, float, float]:
    """Ordered units, on-time share, late unit-days and undelivered units.

    Args:
        ordered: int64[D] millionths, by order. due: day of each, offset from plan_start, negative before it.
        deliveries: place of the order, day and quantity (millionths) of each delivery.
        horizon: days of the horizon.

    >>> ordered, due = np.array([4_000_000, 6_000_000]), np.array([3, 5])
    >>> delivered = np.array([0, 1, 1]), np.array([3, 5, 9]), np.array([4_000_000, 1_000_000, 3_000_000])
    >>> service_measures(ordered, due, delivered, 10)
    (10.0, 0.5, 22.0, 2.0)
    """
    order, day, quantity = deliveries
    late = np.maximum(day - due[order], 0)
    units = quantity / QUANTITY_SCALE
    left = ordered / QUANTITY_SCALE
    total = float(left.sum())
    left = left - np.bincount(order, weights=units, minlength=ordered.size)
    left = np.where(left < 1e-9, 0.0, left)
    unit_days = float((units * late).sum() + (left * np.maximum(horizon - due, 0)).sum())
    on_time = float(units[late == 0].sum())
    return total, on_time / total if total else None, unit_days, float(left.sum())


def stock_value(balance_sum: np.ndarray, problem: Problem) -> float:
    """Mean value of stock from the sum of each node's stock over the days, float64[N] units."""
    return float((balance_sum * problem.nodes["unit_cost"]).sum() / problem.bucket_of.size)


def order_rows(problem: Problem) -> np.ndarray:
    """Rows of Problem.demands that are customers' orders."""
    return np.nonzero(problem.demands["firm"] == 1)[0]


def measured(problem: Problem, due: np.ndarray, deliveries: Rows, balance_sum: np.ndarray) -> Measures:
    """The measures of a plan.

    Args:
        due: day of every row of Problem.demands as the package says it, negative before plan_start.
        deliveries: DELIVERY records. balance_sum: see `stock_value`.
    """
    rows = order_rows(problem)
    place = np.full(problem.demands.size, -1, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    mine = deliveries[place[deliveries["demand"]] >= 0]
    given = (place[mine["demand"]], mine["day"], mine["quantity"])
    service = service_measures(problem.demands["quantity"][rows], due[rows], given, problem.bucket_of.size)
    return Measures(*service, stock_value(balance_sum, problem))
