"""How much each item is ordered at a time: the economic lot where its costs are known, by price break where prices break,
else the lot that stands, else one bucket of demand; then the lot rules of the package. The rule that decided is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planning.policies.lot_quantities import order_quantity_with_price_breaks

FloatArray = npt.NDArray[np.float64]

Breaks = Mapping[int, list[tuple[float, float]]]
"""Price breaks by the row of the item: (from quantity, unit price), ascending."""


@dataclass(frozen=True)
class LotTerms:
    """One entry an item and location; nan where something is not known."""

    yearly_demand: FloatArray
    bucket_demand: FloatArray
    day_demand: FloatArray
    order_cost: FloatArray
    yearly_unit_holding_cost: FloatArray
    holding_rate: FloatArray
    current_lot: FloatArray
    min_lot: FloatArray
    lot_multiple: FloatArray
    max_lot: FloatArray
    step: FloatArray


def order_quantities(terms: LotTerms, breaks: Breaks) -> tuple[FloatArray, list[str], list[int]]:
    """(lot, rule, rows whose breaks could not be used), one lot and rule a row.

    Rules: `economic`, `price_break`, `current_lot`, `one_bucket`. No lot is smaller than a day's mean demand, because
    stock is looked at once a day; then at least min_lot, up to the next multiple, at most max_lot, in the unit's decimals.

    >>> one = np.ones(1)
    >>> terms = LotTerms(1000 * one, 20 * one, 3 * one, 50 * one, 4 * one, 0.2 * one, 0 * one, 0 * one, 25 * one,
    ...                  np.inf * one, one)
    >>> order_quantities(terms, {})
    (array([175.]), ['economic'], [])
    >>> order_quantities(terms, {0: [(0, 20.0), (500, 18.0)]})
    (array([500.]), ['price_break'], [])
    """
    known = (terms.order_cost > 0) & (terms.yearly_unit_holding_cost > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        economic = np.sqrt(2 * terms.yearly_demand * terms.order_cost / terms.yearly_unit_holding_cost)
    lot = np.where(known, economic, np.where(terms.current_lot > 0, terms.current_lot, terms.bucket_demand))
    rule = np.where(known, "economic", np.where(terms.current_lot > 0, "current_lot", "one_bucket")).astype(object)
    unusable: list[int] = []
    for row, tiers in breaks.items():
        if not known[row]:
            continue
        rate = float(terms.holding_rate[row])
        beside = 0.0 if rate > 0 else float(terms.yearly_unit_holding_cost[row])
        try:
            found = order_quantity_with_price_breaks(
                float(terms.yearly_demand[row]),
                float(terms.order_cost[row]),
                rate if rate > 0 else 0.0,
                tiers,
                other_holding_cost=beside,
            )
        except ValueError:
            unusable.append(row)
            continue
        lot[row], rule[row] = found.quantity, "price_break"
    lot = np.maximum(np.maximum(lot, terms.day_demand), np.nan_to_num(terms.min_lot))
    lot = np.maximum(np.ceil(lot / terms.step - 1e-6), 1.0) * terms.step
    multiple = np.where(terms.lot_multiple > 0, terms.lot_multiple, terms.step)
    lot = np.maximum(np.ceil(lot / multiple - 1e-9), 1.0) * multiple
    most = np.floor(np.where(terms.max_lot > 0, terms.max_lot, np.inf) / multiple + 1e-9)
    most = np.where(np.isfinite(most), np.maximum(most, 1) * multiple, np.inf)
    return np.minimum(lot, most), list(rule), unusable
