"""Column types that keep numbers exact on SQLite and PostgreSQL alike.

A decimal is stored as a scaled 64-bit integer. In SQL only comparison, sum, min, max, + and - keep their meaning on
such a column, so every other operator raises while the statement is built.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, Integer, String
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from schemas.vocabulary.numbers import MONEY_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS

LARGEST_STORED: Final = 2**63 - 1
_FORBIDDEN: Final = frozenset({operators.mul, operators.truediv, operators.floordiv, operators.mod})


class Scaled(TypeDecorator[Decimal]):
    """A decimal of fixed scale, stored as value x 10^scale in a 64-bit integer."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self.decimals = decimals
        self.step = Decimal(1).scaleb(-decimals)
        self.zero = Decimal(0).scaleb(-decimals)
        self.largest = Decimal(LARGEST_STORED).scaleb(-decimals)

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Refuses operators whose result would carry another scale."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Pass on an operator that keeps the scale."""
            if op in _FORBIDDEN:
                raise TypeError(f"'{op.__name__}' on a scaled column changes its scale; compute it in Python")
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator  # pyright: ignore[reportAssignmentType]

    def exact(self, value: Decimal | int) -> Decimal:
        """Bring a value to this column's scale, or refuse digits that it cannot hold.

        Raises:
            ValueError: the value has more decimals than the column, is not finite, or is too large.
        """
        if isinstance(value, Decimal) and value.same_quantum(self.step):
            return value
        number = Decimal(value) if isinstance(value, int) else value
        if not isinstance(number, Decimal) or not number.is_finite():
            raise ValueError(f"{value!r} is not a finite decimal")
        fixed = number.quantize(self.step)
        if fixed != number:
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return fixed

    def bind_processor(self, dialect: Dialect) -> Any:
        """Decimal to scaled integer, bound once a column and not once a value."""
        exact, decimals, zero, step = self.exact, self.decimals, self.zero, self.step

        def process(value: Decimal | int | None) -> int | None:
            if value is None:
                return None
            if value is zero:
                return 0
            fixed = value if type(value) is Decimal and value.same_quantum(step) else exact(value)
            stored = int(fixed.scaleb(decimals))
            if abs(stored) > LARGEST_STORED:
                raise ValueError(f"{value} is too large to store")
            return stored

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[..., Decimal | None]:
        """Scaled integer to Decimal."""
        decimals = self.decimals

        def process(value: Any) -> Decimal | None:
            return None if value is None else Decimal(int(value)).scaleb(-decimals)

        return process


class Instant(TypeDecorator[datetime]):
    """A UTC instant, stored as whole microseconds since 1970 so that both databases order and compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime to microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        delta = value - _EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Microseconds to aware datetime."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def money() -> Scaled:
    """An amount of money: 4 decimals."""
    return Scaled(MONEY_DECIMALS)


def quantity() -> Scaled:
    """A quantity in an item's stocking unit: 6 decimals."""
    return Scaled(QUANTITY_DECIMALS)


def rate() -> Scaled:
    """A unit cost, unit price, tax rate, exchange rate or share: 8 decimals."""
    return Scaled(RATE_DECIMALS)


def key() -> TypeEngine[int]:
    """A 64-bit identifier; on SQLite the rowid itself where it is the primary key."""
    return BigInteger().with_variant(Integer, "sqlite")


def code() -> String:
    """A short name that people type: up to 64 characters."""
    return String(64)
