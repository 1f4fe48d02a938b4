"""Kinds of documents, the states each may be in, and the only moves between states.

A state moves along `TRANSITIONS` or not at all: the unit of work refuses anything else, so no handler can skip a step.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class DocumentKind(StrEnum):
    """What a document is."""

    PURCHASE_REQUISITION = "purchase_requisition"
    REQUEST_FOR_QUOTATION = "request_for_quotation"
    SUPPLIER_QUOTATION = "supplier_quotation"
    BLANKET_ORDER = "blanket_order"
    PURCHASE_ORDER = "purchase_order"
    ORDER_CONFIRMATION = "order_confirmation"
    DELIVERY_NOTICE = "delivery_notice"
    GOODS_RECEIPT = "goods_receipt"
    SUPPLIER_CLAIM = "supplier_claim"
    SUPPLIER_BILL = "supplier_bill"
    QUOTATION = "quotation"
    SALES_ORDER = "sales_order"
    SHIPMENT = "shipment"
    PICK_WAVE = "pick_wave"
    PICK_LIST = "pick_list"
    PARCEL = "parcel"
    CUSTOMER_INVOICE = "customer_invoice"
    PAYMENT_IN = "payment_in"
    PAYMENT_OUT = "payment_out"
    STOCK_TRANSFER = "stock_transfer"
    TRANSFER_DISPATCH = "transfer_dispatch"
    TRANSFER_RECEIPT = "transfer_receipt"
    STOCK_COUNT = "stock_count"
    COUNT_SHEET = "count_sheet"
    OPENING_STOCK = "opening_stock"
    OPENING_RECEIVABLE = "opening_receivable"
    OPENING_PAYABLE = "opening_payable"
    PRODUCTION_ORDER = "production_order"
    MATERIAL_ISSUE = "material_issue"
    PRODUCTION_COMPLETION = "production_completion"
    CUSTOMER_RETURN = "customer_return"
    CREDIT_NOTE = "credit_note"
    SUPPLIER_RETURN = "supplier_return"
    DEBIT_NOTE = "debit_note"
    CREDIT_APPLICATION = "credit_application"
    LANDED_COST = "landed_cost"
    FREIGHT_BILL = "freight_bill"
    COST_CLOSING = "cost_closing"
    REVALUATION = "revaluation"
    STATUS_CHANGE = "status_change"
    STOCK_SCRAP = "stock_scrap"
    ADVANCE_ISSUE = "advance_issue"
    INTERNAL_ISSUE = "internal_issue"
    THIRD_PARTY_RECEIPT = "third_party_receipt"
    THIRD_PARTY_RETURN = "third_party_return"
    SERVICE_CASE = "service_case"
    REPAIR_ORDER = "repair_order"
    MATERIAL_RETURN = "material_return"
    LABOUR_REPORT = "labour_report"
    REPAIR_COMPLETION = "repair_completion"
    MANUAL_ENTRY = "manual_entry"
    REVERSAL = "reversal"


class DocumentState(StrEnum):
    """Where a document stands in its life."""

    DRAFT = "draft"
    SENT = "sent"
    OFFERED = "offered"
    AWARDED = "awarded"
    OPEN = "open"
    INSPECTED = "inspected"
    DECIDED = "decided"
    SETTLED = "settled"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    FINISHED = "finished"
    POSTED = "posted"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"
    REJECTED = "rejected"


class ReturnReason(StrEnum):
    """Why goods went back."""

    DEFECTIVE = "defective"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    SURPLUS = "surplus"
    LATE = "late"
    NOT_WANTED = "not_wanted"
    OTHER = "other"


class AdvancePurpose(StrEnum):
    """What goods were taken for before their receipt was booked."""

    PRODUCTION = "production"
    SALE = "sale"
    INTERNAL_USE = "internal_use"


class AdvanceReturnReason(StrEnum):
    """Why an advance issue does not wait for its receipt any more."""

    BROUGHT_BACK = "brought_back"
    ENTERED_IN_ERROR = "entered_in_error"
    BOOKED_OTHERWISE = "booked_otherwise"
    OTHER = "other"


class AllocationBasis(StrEnum):
    """By what a landed cost is shared over the goods it was paid for."""

    VALUE = "value"
    QUANTITY = "quantity"
    WEIGHT = "weight"
    VOLUME = "volume"
    EQUAL = "equal"


_ORDER: Final = {
    DocumentState.DRAFT: frozenset({DocumentState.CONFIRMED, DocumentState.CANCELLED}),
    DocumentState.CONFIRMED: frozenset({DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CLOSED: frozenset({DocumentState.CONFIRMED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}
_PRODUCTION: Final = {
    DocumentState.DRAFT: frozenset({DocumentState.RELEASED, DocumentState.CANCELLED}),
    DocumentState.RELEASED: frozenset({DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CLOSED: frozenset({DocumentState.RELEASED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}
_POSTED: Final = {
    DocumentState.POSTED: frozenset({DocumentState.REVERSED}),
    DocumentState.REVERSED: frozenset[DocumentState](),
}
_BILL: Final = {
    DocumentState.DRAFT: frozenset({DocumentState.POSTED, DocumentState.CANCELLED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
    **_POSTED,
}
_REQUEST: Final = {
    DocumentState.SENT: frozenset({DocumentState.CLOSED}),
    DocumentState.CLOSED: frozenset({DocumentState.SENT}),
}
_QUOTATION: Final = {
    DocumentState.OFFERED: frozenset({DocumentState.AWARDED, DocumentState.CANCELLED}),
    DocumentState.AWARDED: frozenset({DocumentState.OFFERED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}
_PROMISE: Final = {
    DocumentState.CONFIRMED: frozenset({DocumentState.CLOSED}),
    DocumentState.CLOSED: frozenset[DocumentState](),
}
_NOTICE: Final = {
    DocumentState.CONFIRMED: frozenset({DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CLOSED: frozenset({DocumentState.CONFIRMED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}
_CLAIM: Final = {
    DocumentState.OPEN: frozenset({DocumentState.SETTLED}),
    DocumentState.SETTLED: frozenset[DocumentState](),
}
_SHEET: Final = {
    DocumentState.OPEN: frozenset({DocumentState.CONFIRMED, DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CONFIRMED: frozenset({DocumentState.OPEN, DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CLOSED: frozenset[DocumentState](),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}

_PICKING: Final = {
    DocumentState.RELEASED: frozenset({DocumentState.CLOSED, DocumentState.CANCELLED}),
    DocumentState.CLOSED: frozenset[DocumentState](),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}
_PARCEL: Final = {
    DocumentState.OPEN: frozenset({DocumentState.POSTED, DocumentState.CANCELLED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
    **_POSTED,
}
_CASE: Final = {
    DocumentState.OPEN: frozenset({DocumentState.INSPECTED, DocumentState.DECIDED, DocumentState.REJECTED}),
    DocumentState.INSPECTED: frozenset({DocumentState.OPEN, DocumentState.DECIDED}),
    DocumentState.DECIDED: frozenset({DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.SETTLED}),
    DocumentState.SETTLED: frozenset({DocumentState.DECIDED, DocumentState.CLOSED}),
    DocumentState.CLOSED: frozenset[DocumentState](),
    DocumentState.REJECTED: frozenset({DocumentState.OPEN}),
}
_REPAIR: Final = {
    DocumentState.DRAFT: frozenset({DocumentState.OFFERED, DocumentState.RELEASED, DocumentState.CANCELLED}),
    DocumentState.OFFERED: frozenset(
        {DocumentState.DRAFT, DocumentState.RELEASED, DocumentState.REJECTED, DocumentState.CANCELLED}
    ),
    DocumentState.RELEASED: frozenset({DocumentState.DRAFT, DocumentState.FINISHED, DocumentState.CANCELLED}),
    DocumentState.FINISHED: frozenset({DocumentState.RELEASED, DocumentState.SETTLED}),
    DocumentState.REJECTED: frozenset({DocumentState.SETTLED}),
    DocumentState.SETTLED: frozenset({DocumentState.FINISHED, DocumentState.REJECTED}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}

_ADVANCE: Final = {
    DocumentState.OPEN: frozenset({DocumentState.SETTLED, DocumentState.CANCELLED}),
    DocumentState.SETTLED: frozenset({DocumentState.OPEN}),
    DocumentState.CANCELLED: frozenset[DocumentState](),
}

_LIVES: Final = {
    DocumentKind.PURCHASE_REQUISITION: _ORDER,
    DocumentKind.REQUEST_FOR_QUOTATION: _REQUEST,
    DocumentKind.SUPPLIER_QUOTATION: _QUOTATION,
    DocumentKind.BLANKET_ORDER: _ORDER,
    DocumentKind.PURCHASE_ORDER: _ORDER,
    DocumentKind.ORDER_CONFIRMATION: _PROMISE,
    DocumentKind.DELIVERY_NOTICE: _NOTICE,
    DocumentKind.SUPPLIER_CLAIM: _CLAIM,
    DocumentKind.SUPPLIER_BILL: _BILL,
    DocumentKind.QUOTATION: _ORDER,
    DocumentKind.SALES_ORDER: _ORDER,
    DocumentKind.PRODUCTION_ORDER: _PRODUCTION,
    DocumentKind.PICK_WAVE: _PICKING,
    DocumentKind.PICK_LIST: _PICKING,
    DocumentKind.PARCEL: _PARCEL,
    DocumentKind.COUNT_SHEET: _SHEET,
    DocumentKind.SERVICE_CASE: _CASE,
    DocumentKind.REPAIR_ORDER: _REPAIR,
    DocumentKind.ADVANCE_ISSUE: _ADVANCE,
}

TRANSITIONS: Final[dict[DocumentKind, dict[DocumentState, frozenset[DocumentState]]]] = {
    kind: _LIVES.get(kind, _POSTED) for kind in DocumentKind
}


def may_move(kind: str, before: str, after: str) -> bool:
    """Say whether a document of a kind may go from one state to another.

    >>> may_move("sales_order", "confirmed", "closed"), may_move("sales_order", "cancelled", "confirmed")
    (True, False)
    """
    return DocumentState(after) in TRANSITIONS[DocumentKind(kind)].get(DocumentState(before), frozenset())
