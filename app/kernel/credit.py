"""The port through which sales asks how far a customer's credit is drawn, without knowing receivables (ruling 8).

Exposure is what the company would lose if the customer paid nothing more: confirmed orders that are not invoiced yet, goods
shipped and not invoiced, and open receivables, less credits and advances that are not applied. A line of an order stands in
exactly one of these parts with each of its pieces: what is invoiced is a receivable, what is shipped beyond that is shipped, the
rest is ordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection

from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class Exposure:
    """What a customer's credit is drawn for, with tax, company currency; every part is zero or more.

    Attributes:
        open_orders: confirmed and neither shipped nor invoiced.
        shipped: shipped and not invoiced.
        receivables: open items that he owes.
        credits: credit notes and advances that are not applied.
        overdue: the receivables past their due date and the days of grace.
        overdue_since: the earliest due date of these.
    """

    open_orders: Decimal = ZERO
    shipped: Decimal = ZERO
    receivables: Decimal = ZERO
    credits: Decimal = ZERO
    overdue: Decimal = ZERO
    overdue_since: date | None = None

    @property
    def total(self) -> Decimal:
        """The exposure as a whole; below zero where the customer holds more than he owes."""
        return self.open_orders + self.shipped + self.receivables - self.credits


class CreditExposure(Protocol):
    """Reads a customer's exposure in the transaction of the connection; bound in `app/bootstrap.py`."""

    def __call__(self, connection: Connection, party_id: int, *, on: date, grace_days: int) -> Exposure:
        """Return the exposure of a customer on a business day."""
        ...
