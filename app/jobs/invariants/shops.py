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
        "the order of a shop is a sales order that comes to the shop's total",
        """select o.id, o.number, d.kind, o.total_amount as shop_total, d.total_amount
        from shop_order o join document d on d.id = o.document_id
        where d.kind <> 'sales_order' or d.total_amount <> o.total_amount""",
    ),
    Invariant(
        "I-28",
        "what a shop refunded is the sum of its refunds",
        """select o.id, o.number, o.refunded_amount, coalesce(sum(r.amount), 0) as refunds
        from shop_order o left join shop_refund r on r.shop_order_id = o.id
        group by o.id, o.number, o.refunded_amount having o.refunded_amount <> coalesce(sum(r.amount), 0)""",
    ),
)
