"""Forecast consumption: orders take the place of the forecast they were forecast as.

An order consumes the forecast of its item and location: the same day first, then backward, nearest first, then forward,
inside windows counted in days, inclusive. Orders take their turn by due date, priority and id. What of a forecast is
left counts as a requirement, outside the demand fence only.
"""

import numpy as np

from planning.compiled import inlined_kernel, kernel


@kernel
def consume_forecast(
    node_first: np.ndarray,
    day: np.ndarray,
    quantity: np.ndarray,
    is_order: np.ndarray,
    is_forecast: np.ndarray,
    window: tuple[int, int],
) -> None:
    """Reduce forecast quantities in place by the orders that consume them.

    Args:
        node_first: int64[N + 1], CSR over the rows below, each node's rows sorted by day, priority, id.
        day, quantity: int64 rows; quantity in millionths, >= 0.
        is_order, is_forecast: bool rows.
        window: days backward, days forward.

    Source: the planning package, small print on forecast consumption; ASCM dictionary, "consuming the forecast".

    >>> quantity = np.array([30, 33, 30, 20], dtype=np.int64)
    >>> forecast = np.array([True, False, True, False])
    >>> consume_forecast(np.array([0, 4]), np.array([0, 0, 7, 7]), quantity, ~forecast, forecast, (7, 0))
    >>> quantity.tolist()
    [0, 33, 10, 20]
    """
    backward, forward = window
    for node in range(node_first.shape[0] - 1):
        first, last = node_first[node], node_first[node + 1]
        for i in range(first, last):
            if not is_order[i]:
                continue
            left = quantity[i]
            same_first, same_last = i, i
            while same_first > first and day[same_first - 1] == day[i]:
                same_first -= 1
            while same_last < last and day[same_last] == day[i]:
                same_last += 1
            for k in range(same_first, same_last):
                left = _take(k, left, quantity, is_forecast)
            k = same_first - 1
            while k >= first and left > 0 and day[k] >= day[i] - backward:
                left = _take(k, left, quantity, is_forecast)
                k -= 1
            k = same_last
            while k < last and left > 0 and day[k] <= day[i] + forward:
                left = _take(k, left, quantity, is_forecast)
                k += 1


@inlined_kernel
def _take(row: int, left: int, quantity: np.ndarray, is_forecast: np.ndarray) -> int:
    if not is_forecast[row] or left <= 0:
        return left
    taken = min(left, quantity[row])
    quantity[row] -= taken
    return left - taken
