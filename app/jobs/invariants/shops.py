"""Shops: their messages, orders and refunds."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

SHOPS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-26",
        "every message of a shop was handled or waits, and one that was booked names its order",
        """select m.id, h.state from shop_message m left join shop_handling h on h.id = m.id
        where h.id is null or (h.state = 'booked' and h.shop_order_id is null)""",
    ),
    Invariant(
        "I-27",
        "the order of a shop is a sales order that comes to the shop's total in the shop's currency",
        """select o.id, o.number, d.kind, o.total_amount as shop_total, coalesce(f.total_amount, d.total_amount) as booked,
            o.currency, coalesce(f.currency, d.currency) as booked_in
        from shop_order o join document d on d.id = o.document_id left join foreign_document f on f.id = d.id
        where d.kind <> 'sales_order' or coalesce(f.total_amount, d.total_amount) <> o.total_amount
            or o.currency is null or coalesce(f.currency, d.currency) <> o.currency""",
    ),
    Invariant(
        "I-102",
        "a discount of a shop that is in force stands on a line of the sales order that its order is booked as",
        """select o.number, d.code, l.line, d.amount, l.document_id, o.document_id as wanted
        from shop_discount d join shop_order o on o.id = d.shop_order_id join document_line l on l.id = d.document_line_id
        where d.in_force and (o.document_id is null or l.document_id <> o.document_id)""",
    ),
    Invariant(
        "I-28",
        "what a shop refunded is the sum of its refunds",
        """select o.id, o.number, o.refunded_amount, coalesce(sum(r.amount), 0) as refunds
        from shop_order o left join shop_refund r on r.shop_order_id = o.id
        group by o.id, o.number, o.refunded_amount having o.refunded_amount <> coalesce(sum(r.amount), 0)""",
    ),
)
