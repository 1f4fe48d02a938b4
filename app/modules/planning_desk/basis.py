"""What a plan was based on, item by item: stock, supply ordered, requested, made or on the way, open demand, the item's version.

A planned order is stale when its item's basis differs now from what it was when the plan was made.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, and_, case, func, or_, select

from schemas.operational.advance_issues import advance_line
from schemas.operational.documents import document, document_line
from schemas.operational.inventory import stock_balance
from schemas.operational.master_data import item, location
from schemas.operational.purchasing import subcontract_component
from schemas.vocabulary.documents import AdvancePurpose
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind


@dataclass(frozen=True)
class Basis:
    """The quantities that a plan for an item rests on, in its stocking unit."""

    on_hand: Decimal = ZERO
    open_supply: Decimal = ZERO
    open_demand: Decimal = ZERO
    item_version: int = 0

    def differs_from(self, other: Basis) -> list[str]:
        """Name what is not the same."""
        names = ("on_hand", "open_supply", "open_demand", "item_version")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def present_basis(
    connection: Connection, item_ids: Collection[int] | None = None, *, but_for: str | None = None
) -> dict[int, Basis]:
    """Read the basis of items as it is now.

    Args:
        connection: a snapshot of the store.
        item_ids: the items; None means every active item.
        but_for: leave out documents with this cause, so that releasing some lines of a run does not make its others stale.
    """
    foreign = or_(document.c.caused_by.is_(None), document.c.caused_by != (but_for or ""))
    wanted = item.c.active.is_(True) if item_ids is None else item.c.id.in_(item_ids)
    versions = {row.id: row.version for row in connection.execute(select(item.c.id, item.c.version).where(wanted))}
    on_hand = _sums(
        connection,
        select(stock_balance.c.item_id, func.sum(stock_balance.c.quantity))
        .join(location, location.c.id == stock_balance.c.location_id)
        .where(location.c.kind != LocationKind.TRANSIT.value, stock_balance.c.owner_id == 0)
        .group_by(stock_balance.c.item_id),
    )
    open_quantity = func.sum(
        case(
            (
                document_line.c.quantity > document_line.c.fulfilled_quantity,
                document_line.c.quantity - document_line.c.fulfilled_quantity,
            ),
            else_=0,
        )
    )
    lines = (
        select(document_line.c.item_id, open_quantity.label("open"))
        .join(document, document.c.id == document_line.c.document_id)
        .where(document_line.c.closed.is_(False), foreign)
        .group_by(document_line.c.item_id)
    )
    to_us = document_line.c.to_location_id.is_(None)
    from_us = document_line.c.supplier_id.is_(None)
    ordered = and_(document.c.kind == "purchase_order", document.c.state == "confirmed", to_us)
    requested = and_(document.c.kind == "purchase_requisition", document.c.state.in_(("draft", "confirmed")))
    on_the_way = and_(document.c.kind == "transfer_dispatch", document.c.state == "posted")
    coming = _sums(connection, lines.where(or_(ordered, requested, on_the_way)))
    sold = _sums(connection, lines.where(document.c.kind == "sales_order", document.c.state == "confirmed", from_us))
    issued = _sums(connection, lines.where(document.c.kind == "production_order", document.c.state == "released"))
    provided = _sums(
        connection,
        select(
            subcontract_component.c.item_id,
            func.sum(subcontract_component.c.required_quantity - subcontract_component.c.expected_quantity),
        )
        .join(document_line, document_line.c.id == subcontract_component.c.order_line_id)
        .join(document, document.c.id == document_line.c.document_id)
        .where(document_line.c.closed.is_(False), ordered, foreign)
        .group_by(subcontract_component.c.item_id),
    )
    left = document_line.c.quantity - document_line.c.fulfilled_quantity - document_line.c.returned_quantity
    taken = _sums(
        connection,
        select(document_line.c.item_id, func.sum(left))
        .join(document, document.c.id == document_line.c.document_id)
        .join(advance_line, advance_line.c.document_line_id == document_line.c.id)
        .where(document.c.state == "open", advance_line.c.purpose == AdvancePurpose.INTERNAL_USE.value)
        .group_by(document_line.c.item_id),
    )
    made = _sums(
        connection,
        select(document.c.item_id, func.sum(document.c.quantity - document.c.fulfilled_quantity))
        .where(document.c.kind == "production_order", document.c.state == "released", foreign)
        .group_by(document.c.item_id),
    )
    return {
        item_id: Basis(
            on_hand.get(item_id, ZERO),
            coming.get(item_id, ZERO) + made.get(item_id, ZERO),
            sum((demand.get(item_id, ZERO) for demand in (sold, issued, provided, taken)), ZERO),
            version,
        )
        for item_id, version in versions.items()
    }


def _sums(connection: Connection, query: object) -> dict[int, Decimal]:
    """Run a two-column query of item and sum; a sum that the database returns as its stored integer is scaled back."""
    rows = connection.execute(query)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return {
        item_id: total if isinstance(total, Decimal) else Decimal(int(total)).scaleb(-6)
        for item_id, total in rows
        if total
    }
