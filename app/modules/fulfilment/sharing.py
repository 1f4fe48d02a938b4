"""The customer's page of his order: a signed link that nobody guesses, which expires and can be taken back.

What the page may show is chosen here, column by column: nothing of cost, notes, users or other customers.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.document_queries import parcels_of, rows_of
from app.kernel.documents import find_document, need_state
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.links import LinkedPage
from schemas.commands import fulfilment as commands
from schemas.operational import documents, kernel, master_data
from schemas.operational import fulfilment as tables
from schemas.operational.shops import shop_order
from schemas.vocabulary.documents import DocumentKind, DocumentState

ORDER_PAGE: Final = LinkedPage("order_page", "/o/", "document_id")
_SHOWN_OF_A_PARCEL: Final = (
    "carrier_name",
    "tracking_number",
    "tracking_state",
    "expected_on",
    "delivered_on",
    "posted_on",
)


@handles(commands.ShareOrder, permission="fulfilment.link.write")
def share_order(ctx: Context, data: commands.ShareOrder) -> Outcome:
    """Make the customer's link to the page of an order."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED, DocumentState.CLOSED)
    return Outcome(
        "receipt.order_shared", order, data={"path": ORDER_PAGE.shared(ctx, order.id, valid_days=data.valid_days)}
    )


@handles(commands.OrderLinks, permission="fulfilment.link.write")
def revoke_order_links(ctx: Context, data: commands.OrderLinks) -> Outcome:
    """Take back every link of an order; who has one sees nothing any more."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    if not ORDER_PAGE.revoked(ctx, order.id):
        raise Refused("order_not_shared", field="order", number=order.number)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


def order_page(gateway: Gateway, token: str) -> dict[str, Any] | None:
    """What the holder of a link may see of his order; None where the link is none, expired or taken back."""
    with gateway.store.reading() as connection:
        link = ORDER_PAGE.opened(gateway, connection, token)
        if link is None:
            return None
        order_id = link.document_id
        order, line, item = documents.document, documents.document_line, master_data.item
        (head,) = rows_of(
            connection,
            select(
                order.c.number,
                order.c.document_on,
                order.c.due_on,
                order.c.state,
                shop_order.c.number.label("shop_number"),
                kernel.company.c.name.label("company_name"),
                kernel.company.c.phone.label("company_phone"),
                kernel.company.c.email.label("company_email"),
                kernel.company.c.time_zone,
            )
            .select_from(order)
            .join(kernel.company, kernel.company.c.id == 1)
            .outerjoin(shop_order, shop_order.c.document_id == order.c.id)
            .where(order.c.id == order_id),
        )
        lines = rows_of(
            connection,
            select(
                item.c.name,
                item.c.name_zh,
                line.c.quantity,
                line.c.fulfilled_quantity.label("shipped_quantity"),
                master_data.unit.c.code.label("unit"),
            )
            .join(item, item.c.id == line.c.item_id)
            .outerjoin(master_data.unit, master_data.unit.c.id == line.c.unit_id)
            .where(line.c.document_id == order_id, line.c.kind == "item")
            .order_by(line.c.line),
        )
        parcels = [row for row in parcels_of(connection, order_id) if row["document_state"] == "posted"]
        event = tables.tracking_event
        told: dict[int, list[dict[str, Any]]] = {}
        ids = [row["id"] for row in parcels]
        chosen = select(event.c.parcel_id, event.c.happened_at, event.c.said, event.c.place, event.c.state)
        for row in rows_of(
            connection, chosen.where(event.c.parcel_id.in_(ids)).order_by(event.c.happened_at.desc(), event.c.id.desc())
        ):
            told.setdefault(row["parcel_id"], []).append(row)
        direct = _sent_direct(connection, order_id)
    shown = [{**{name: row[name] for name in _SHOWN_OF_A_PARCEL}, "events": told.get(row["id"], [])} for row in parcels]
    return {**head, "lines": lines, "parcels": shown, "direct": direct}


def _sent_direct(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """What suppliers sent straight to the customer of an order: the day, and the waybill by which he finds it."""
    shipment = documents.document
    of_order, booked = documents.document_link.alias("of_order"), documents.document_link.alias("booked")
    query = (
        select(shipment.c.posted_on, shipment.c.external_number.label("waybill"))
        .join(of_order, (of_order.c.to_id == shipment.c.id) & (of_order.c.from_id == order_id))
        .join(booked, (booked.c.to_id == shipment.c.id) & (booked.c.kind == "drop_shipment"))
        .where(shipment.c.kind == DocumentKind.SHIPMENT.value, shipment.c.state == DocumentState.POSTED.value)
        .order_by(shipment.c.id)
    )
    return rows_of(connection, query)
