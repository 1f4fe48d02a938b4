"""Asks for the other side of a drop shipment: the suppliers' orders of a sales order, the sale of a purchase order, what left."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, may_read, rows_of
from app.modules.drop_shipping.ordering import LINK
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind

_READ: Final = "documents.read"
_DOCUMENT: Final = documents.document
_LINE: Final = documents.document_line


def _sees_either(principal: Principal) -> bool:
    """Whether a reader may read one of the two orders, which name each other."""
    return any(may_read(principal, kind) for kind in (DocumentKind.SALES_ORDER, DocumentKind.PURCHASE_ORDER))


@answers(OneDocument, permission=_READ)
def drop_shipment_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Lines that a supplier ships straight to the customer, by either order: sold, ordered of whom, by when, and how much left.

    A line of which nothing is ordered yet has no purchase order; one that was ordered in parts has a row for each.
    """
    order, purchase = _DOCUMENT.alias("sale"), _DOCUMENT.alias("purchase")
    sold, bought = _LINE.alias("sold"), _LINE.alias("bought")
    item, unit = master_data.item, master_data.unit
    supplier, customer = master_data.party.alias("supplier"), master_data.party.alias("customer")
    ordered = bought.join(purchase, and_(purchase.c.id == bought.c.document_id, purchase.c.kind == "purchase_order"))
    query = (
        select(
            sold.c.line,
            sold.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
            sold.c.quantity,
            order.c.id.label("sales_order_id"),
            order.c.number.label("sales_order_number"),
            order.c.state.label("sales_order_state"),
            customer.c.name.label("customer_name"),
            supplier.c.name.label("supplier_name"),
            purchase.c.id.label("purchase_order_id"),
            purchase.c.number.label("purchase_order_number"),
            purchase.c.state.label("purchase_order_state"),
            bought.c.quantity.label("ordered_quantity"),
            bought.c.fulfilled_quantity.label("left_quantity"),
            bought.c.due_on,
            bought.c.promised_on,
        )
        .select_from(sold)
        .join(order, order.c.id == sold.c.document_id)
        .join(item, item.c.id == sold.c.item_id)
        .join(unit, unit.c.id == item.c.unit_id)
        .join(supplier, supplier.c.id == sold.c.supplier_id)
        .outerjoin(customer, customer.c.id == order.c.party_id)
        .outerjoin(ordered, bought.c.source_line_id == sold.c.id)
        .where(order.c.kind == "sales_order", or_(order.c.id == asked.document, purchase.c.id == asked.document))
        .order_by(sold.c.line, bought.c.id)
    )
    return rows_of(connection, query) if _sees_either(principal) else []


@answers(OneDocument, permission=_READ)
def drop_shipments_booked(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """What left suppliers for the customer, by either order, the receipt or the shipment: both documents, the day, the waybill."""
    receipt, shipment = _DOCUMENT.alias("receipt"), _DOCUMENT.alias("shipment")
    booked, before = documents.document_link.alias("booked"), documents.document_link.alias("before")
    of_order = select(before.c.to_id).where(before.c.from_id == asked.document, before.c.kind == "fulfilment")
    query = (
        select(
            receipt.c.id.label("goods_receipt_id"),
            receipt.c.number.label("goods_receipt_number"),
            receipt.c.state.label("goods_receipt_state"),
            shipment.c.id.label("shipment_id"),
            shipment.c.number.label("shipment_number"),
            shipment.c.state.label("shipment_state"),
            shipment.c.posted_on,
            shipment.c.external_number.label("waybill"),
            shipment.c.note,
        )
        .select_from(booked)
        .join(receipt, and_(receipt.c.id == booked.c.from_id, receipt.c.kind == "goods_receipt"))
        .join(shipment, and_(shipment.c.id == booked.c.to_id, shipment.c.kind == "shipment"))
        .where(
            booked.c.kind == LINK,
            or_(
                receipt.c.id == asked.document,
                shipment.c.id == asked.document,
                receipt.c.id.in_(of_order),
                shipment.c.id.in_(of_order),
            ),
        )
        .order_by(shipment.c.id)
    )
    return rows_of(connection, query) if _sees_either(principal) else []


QUERIES: Final[tuple[Query, ...]] = (drop_shipment_lines, drop_shipments_booked)
