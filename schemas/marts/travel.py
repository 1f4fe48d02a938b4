"""Which operational tables and columns travel to the analytical store, and as what.

A table travels when it is fed. Columns that hold secrets, contact data or search keys stay behind: what is not there cannot
leak through a report. Decimals keep their scale; 19 digits hold every 64-bit number, so no stored value can fail to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer
from sqlalchemy.types import TypeDecorator

from schemas.operational import METADATA
from schemas.operational.types import Instant, Scaled

DECIMAL_DIGITS: Final = 19

_STAY_BEHIND: Final = frozenset(
    {
        "advance_return.note",
        "carrier.account",
        "carrier.api_key_cipher",
        "carrier.secret_cipher",
        "carrier.system_code",
        "customer_feedback.comment",
        "document.note",
        "employee.hourly_pay_cipher",
        "employee.identity_number_cipher",
        "item.barcode",
        "item.search_key",
        "line_price_reason.coupon_id",
        "order_delivery.address",
        "order_delivery.phone",
        "order_delivery.region",
        "order_line_routing.explanation",
        "order_line_routing.reason",
        "order_line_routing.routed_by",
        "parcel.tracking_number",
        "party.address",
        "party.email",
        "party.phone",
        "party.phone_digits",
        "party.search_key",
        "party.tax_number",
        "pick_event.made_by",
        "pick_event.note",
        "promotion_use.coupon_id",
        "promotion_use.created_by",
        "repair_order.accessories",
        "repair_order.answered_by",
        "repair_order.carrier_name",
        "repair_order.diagnosis",
        "repair_order.handed_to",
        "repair_order.received_at",
        "repair_order.report",
        "repair_order.tracking_number",
        "sales_order_change.address",
        "sales_order_change.new_address",
        "sales_order_change.new_phone",
        "sales_order_change.new_region",
        "sales_order_change.phone",
        "sales_order_change.reason",
        "sales_order_change.region",
        "sales_order_change.requested_by",
        "service_case.contact_name",
        "service_case.contact_phone",
        "service_case.owner_id",
        "shop.previous_secret_cipher",
        "shop.secret_cipher",
        "shop_message.body",
        "shop_order.buyer_address",
        "shop_order.buyer_email",
        "shop_order.buyer_name",
        "shop_order.buyer_phone",
        "shop_order.note",
        "shop_refund.detail",
        "tracking_event.event_hash",
        "tracking_event.made_by",
        "tracking_event.message_id",
        "tracking_event.place",
        "tracking_event.said",
    }
)


class Kind(Enum):
    """How a stored value is read."""

    WHOLE = "whole"
    DECIMAL = "decimal"
    TRUTH = "truth"
    DAY = "day"
    INSTANT = "instant"
    TEXT = "text"


@dataclass(frozen=True)
class TravelColumn:
    """A column that travels: its name, kind, and for a decimal its scale."""

    name: str
    kind: Kind
    decimals: int = 0

    @property
    def duckdb_type(self) -> str:
        """The column's type in the analytical store."""
        if self.kind is Kind.DECIMAL:
            return f"decimal({DECIMAL_DIGITS}, {self.decimals})"
        return {
            Kind.WHOLE: "bigint",
            Kind.TRUTH: "boolean",
            Kind.DAY: "date",
            Kind.INSTANT: "timestamp",
            Kind.TEXT: "varchar",
        }[self.kind]


@dataclass(frozen=True)
class TravelTable:
    """A table that travels: its columns in order, its key column, and whether its rows ever change."""

    name: str
    key: str
    columns: tuple[TravelColumn, ...]
    append_only: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)


def _kind(column: Column[object]) -> TravelColumn:
    kind = column.type
    if isinstance(kind, Scaled):
        return TravelColumn(column.name, Kind.DECIMAL, kind.decimals)
    if isinstance(kind, Instant):
        return TravelColumn(column.name, Kind.INSTANT)
    if isinstance(kind, Boolean):
        return TravelColumn(column.name, Kind.TRUTH)
    if isinstance(kind, Date):
        return TravelColumn(column.name, Kind.DAY)
    if isinstance(kind, (BigInteger, Integer)):
        return TravelColumn(column.name, Kind.WHOLE)
    assert not isinstance(kind, TypeDecorator), f"{column} has a type that the analytical store does not know"
    return TravelColumn(column.name, Kind.TEXT)


@cache
def travelling_tables() -> dict[str, TravelTable]:
    """Return the tables that travel, by name, in name order.

    >>> travelling_tables()["stock_move"].key, "party.phone" in travelling_tables()["party"].names
    ('id', False)
    """
    tables: dict[str, TravelTable] = {}
    for table in sorted(METADATA.tables.values(), key=lambda t: t.name):
        if not table.info["fed"]:
            continue
        keys = [column.name for column in table.primary_key.columns]
        assert len(keys) == 1, f"{table.name} travels, so it needs a key of one column"
        columns = tuple(_kind(c) for c in table.columns if f"{table.name}.{c.name}" not in _STAY_BEHIND)
        tables[table.name] = TravelTable(table.name, keys[0], columns, table.info["append_only"])
    return tables
