"""Gapless legal numbers by series and period, issued as late as the transaction allows.

A series counts within a year or a month. The counter row is the last lock but one that a command takes, and a number is part of
the transaction: what rolls back leaves no gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.kernel.unit_of_work import UnitOfWork
from schemas.operational import kernel
from schemas.vocabulary.documents import DocumentKind


@dataclass(frozen=True)
class Series:
    """How the numbers of one kind of document look."""

    prefix: str
    reset: Literal["year", "month"]
    width: int

    def period(self, on: date) -> str:
        """The counting period that a date falls in."""
        return f"{on.year}" if self.reset == "year" else f"{on.year}{on.month:02d}"

    def text(self, period: str, number: int) -> str:
        """The number as people see it."""
        return f"{self.prefix}-{period}-{number:0{self.width}d}"


JOURNAL: Final = "journal_entry"
PLAN_RUN: Final = "plan_run"
FORECAST_RUN: Final = "forecast_run"
POLICY_RUN: Final = "policy_run"
SERIES: Final[dict[str, Series]] = {
    DocumentKind.PURCHASE_REQUISITION: Series("REQ", "year", 5),
    DocumentKind.REQUEST_FOR_QUOTATION: Series("RFQ", "year", 5),
    DocumentKind.SUPPLIER_QUOTATION: Series("SQ", "year", 5),
    DocumentKind.BLANKET_ORDER: Series("BO", "year", 5),
    DocumentKind.PURCHASE_ORDER: Series("PO", "year", 5),
    DocumentKind.ORDER_CONFIRMATION: Series("OC", "year", 5),
    DocumentKind.DELIVERY_NOTICE: Series("AN", "year", 5),
    DocumentKind.GOODS_RECEIPT: Series("GR", "year", 5),
    DocumentKind.SUPPLIER_CLAIM: Series("CL", "year", 5),
    DocumentKind.SUPPLIER_BILL: Series("SB", "year", 5),
    DocumentKind.QUOTATION: Series("QT", "year", 5),
    DocumentKind.SALES_ORDER: Series("SO", "year", 5),
    DocumentKind.SHIPMENT: Series("SH", "year", 5),
    DocumentKind.PICK_WAVE: Series("WV", "year", 5),
    DocumentKind.PICK_LIST: Series("PL", "year", 5),
    DocumentKind.PARCEL: Series("PK", "year", 5),
    DocumentKind.CUSTOMER_INVOICE: Series("CI", "year", 5),
    DocumentKind.PAYMENT_IN: Series("PI", "year", 5),
    DocumentKind.PAYMENT_OUT: Series("PY", "year", 5),
    DocumentKind.STOCK_TRANSFER: Series("ST", "year", 5),
    DocumentKind.TRANSFER_DISPATCH: Series("TD", "year", 5),
    DocumentKind.TRANSFER_RECEIPT: Series("TR", "year", 5),
    DocumentKind.STOCK_COUNT: Series("SC", "year", 5),
    DocumentKind.COUNT_SHEET: Series("CS", "year", 5),
    DocumentKind.OPENING_STOCK: Series("OS", "year", 5),
    DocumentKind.OPENING_RECEIVABLE: Series("OR", "year", 5),
    DocumentKind.OPENING_PAYABLE: Series("OP", "year", 5),
    DocumentKind.PRODUCTION_ORDER: Series("MO", "year", 5),
    DocumentKind.MATERIAL_ISSUE: Series("MI", "year", 5),
    DocumentKind.PRODUCTION_COMPLETION: Series("PC", "year", 5),
    DocumentKind.CUSTOMER_RETURN: Series("CR", "year", 5),
    DocumentKind.CREDIT_NOTE: Series("CN", "year", 5),
    DocumentKind.SUPPLIER_RETURN: Series("SR", "year", 5),
    DocumentKind.DEBIT_NOTE: Series("DN", "year", 5),
    DocumentKind.CREDIT_APPLICATION: Series("CA", "year", 5),
    DocumentKind.LANDED_COST: Series("LC", "year", 5),
    DocumentKind.FREIGHT_BILL: Series("FB", "year", 5),
    DocumentKind.COST_CLOSING: Series("CC", "year", 5),
    DocumentKind.REVALUATION: Series("XR", "year", 5),
    DocumentKind.STATUS_CHANGE: Series("SS", "year", 5),
    DocumentKind.STOCK_SCRAP: Series("SX", "year", 5),
    DocumentKind.ADVANCE_ISSUE: Series("AI", "year", 5),
    DocumentKind.INTERNAL_ISSUE: Series("IU", "year", 5),
    DocumentKind.THIRD_PARTY_RECEIPT: Series("TPR", "year", 5),
    DocumentKind.THIRD_PARTY_RETURN: Series("TPB", "year", 5),
    DocumentKind.SERVICE_CASE: Series("SV", "year", 5),
    DocumentKind.REPAIR_ORDER: Series("RO", "year", 5),
    DocumentKind.MATERIAL_RETURN: Series("MR", "year", 5),
    DocumentKind.LABOUR_REPORT: Series("LR", "year", 5),
    DocumentKind.REPAIR_COMPLETION: Series("RC", "year", 5),
    DocumentKind.MANUAL_ENTRY: Series("ME", "year", 5),
    DocumentKind.REVERSAL: Series("RV", "year", 5),
    JOURNAL: Series("记", "month", 4),
    PLAN_RUN: Series("PR", "year", 4),
    FORECAST_RUN: Series("FC", "year", 4),
    POLICY_RUN: Series("IP", "year", 4),
}


def issue_numbers(uow: UnitOfWork, wanted: Sequence[tuple[str, date]]) -> list[str]:
    """Take the next number of each of these series, which are locked together in one order.

    Only the first document of a counting period makes its series' row, which may collide with another that does the same; the
    command is then run again.

    Args:
        uow: the running unit of work.
        wanted: a key of `SERIES` and the date that decides the counting period, for each number.
    """
    keys = [(series, SERIES[series].period(on)) for series, on in wanted]
    rows = uow.ensure(kernel.number_series, ("series", "period"), keys, last_number=0)
    numbers: list[str] = []
    for key in keys:
        row = rows[key]
        uow.update(kernel.number_series, row, last_number=row.last_number + 1)
        numbers.append(SERIES[key[0]].text(key[1], row.last_number))
    return numbers
