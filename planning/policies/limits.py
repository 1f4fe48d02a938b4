"""What the arguments of a policy formula may be: finite, not negative, above zero, a share; the refusal names the value.

Formulas of a single item raise; a batch looks for such values before and names the rows (`proposals.py`).
"""

import math


def require_not_negative(**values: float) -> None:
    """Raise ValueError for a value that is no finite number >= 0.

    >>> require_not_negative(holding_cost=-1.0)
    Traceback (most recent call last):
    ValueError: holding_cost must be a finite number of at least 0, not -1.0
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            message = f"{name} must be a finite number of at least 0, not {value}"
            raise ValueError(message)


def require_above_zero(**values: float) -> None:
    """Raise ValueError for a value that is no finite number > 0.

    >>> require_above_zero(order_quantity=float("nan"))
    Traceback (most recent call last):
    ValueError: order_quantity must be a finite number above 0, not nan
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            message = f"{name} must be a finite number above 0, not {value}"
            raise ValueError(message)


def require_share(**values: float) -> None:
    """Raise ValueError for a value that does not lie strictly between 0 and 1.

    >>> require_share(service_level=95)
    Traceback (most recent call last):
    ValueError: service_level must lie between 0 and 1, both excluded, not 95; write 95 % as 0.95
    """
    for name, value in values.items():
        if not 0 < value < 1:
            message = f"{name} must lie between 0 and 1, both excluded, not {value}; write 95 % as 0.95"
            raise ValueError(message)
