"""Purchasing: needs, offers, blanket orders, claims, subcontracting."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

PURCHASING: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-40",
        "a need, a request, an offer and a blanket order count what was ordered of them",
        """select l.id, d.number, l.fulfilled_quantity, coalesce(sum(o.quantity), 0) as ordered
        from document_line l join document d on d.id = l.document_id
        left join (
            select a.quantity, a.source_line_id as first_id, b.source_line_id as second_id, c.source_line_id as third_id
            from document_line a join document p on p.id = a.document_id
            left join document_line b on b.id = a.source_line_id
            left join document_line c on c.id = b.source_line_id
            where p.kind = 'purchase_order' and p.state <> 'cancelled' and a.source_line_id is not null) o
            on l.id in (o.first_id, o.second_id, o.third_id)
        where d.kind in ('purchase_requisition', 'request_for_quotation', 'supplier_quotation', 'blanket_order')
        group by l.id, d.number, l.fulfilled_quantity
        having l.fulfilled_quantity <> coalesce(sum(o.quantity), 0)""",
    ),
    Invariant(
        "I-41",
        "an open order line carries the next day on which something of it is promised or announced",
        """select l.id, d.number, l.line, l.promised_on, min(s.day) as next_day
        from document_line l join document d on d.id = l.document_id
        join (select x.source_line_id, coalesce(x.promised_on, x.due_on) as day
            from document_line x join document y on y.id = x.document_id
            where not x.closed and ((y.kind = 'order_confirmation' and x.quantity > x.fulfilled_quantity)
                or (y.kind = 'delivery_notice' and y.state = 'confirmed'))) s on s.source_line_id = l.id
        where d.kind = 'purchase_order' and d.state = 'confirmed' and not l.closed
        group by l.id, d.number, l.line, l.promised_on
        having l.promised_on is null or l.promised_on <> min(s.day)""",
    ),
    Invariant(
        "I-42",
        "a claim waits for an answer or has an outcome, never both and never neither",
        """select d.number, d.state, count(s.id) as outcomes from document d
        left join claim_settlement s on s.document_id = d.id where d.kind = 'supplier_claim'
        group by d.number, d.state having (d.state = 'settled') <> (count(s.id) = 1)""",
    ),
    Invariant(
        "I-68",
        "goods are provided at a supplier's place and consigned at a customer's, and only there",
        """select b.id, b.item_id, p.code, b.status, b.quantity from stock_balance b join location p on p.id = b.location_id
        where b.quantity <> 0 and ((p.kind = 'subcontractor') <> (b.status = 'provided')
            or (p.kind = 'consignment') <> (b.status = 'consigned'))""",
    ),
    Invariant(
        "I-69",
        "what an order line used of a component is the sum of its receipts, less what its returns gave back",
        """select c.id, c.order_line_id, c.consumed_quantity, coalesce(sum(u.quantity), 0) as used
        from subcontract_component c left join (
            select u.component_id, u.quantity from component_use u join document_line l on l.id = u.document_line_id
            join document d on d.id = l.document_id and d.state = 'posted') u on u.component_id = c.id
        group by c.id, c.order_line_id, c.consumed_quantity having c.consumed_quantity <> coalesce(sum(u.quantity), 0)""",
    ),
    Invariant(
        "I-70",
        "a receipt and a return moved the components that they say, at the value that they say",
        """select document_line_id, item_id, sum(quantity) as quantity_difference, sum(value) as value_difference from (
            select u.document_line_id, c.item_id, u.quantity, u.value from component_use u
            join subcontract_component c on c.id = u.component_id
            union all
            select m.document_line_id, m.item_id, case when p.kind = 'subcontractor' then -m.quantity else m.quantity end,
                m.value
            from stock_move m join location p on p.id = m.from_location_id
            join document d on d.id = m.document_id and d.kind in ('goods_receipt', 'supplier_return')
            join document_line l on l.id = m.document_line_id and l.item_id <> m.item_id) both_sides
        group by document_line_id, item_id having sum(quantity) <> 0 or sum(value) <> 0""",
    ),
    Invariant(
        "I-71",
        "what a supplier made of components came in at his fee and their value, unless at standard cost",
        """select l.id, d.number, l.stock_value, l.net_amount, sum(u.value) as components
        from document_line l join document d on d.id = l.document_id and d.kind = 'goods_receipt'
        join component_use u on u.document_line_id = l.id
        join item i on i.id = l.item_id join item_category c on c.id = i.category_id and c.valuation_method <> 'standard'
        group by l.id, d.number, l.stock_value, l.net_amount having l.stock_value <> l.net_amount + sum(u.value)""",
    ),
    Invariant(
        "I-72",
        "a component is expected to be used in the measure in which its order line was received",
        """select c.id, l.fulfilled_quantity, l.quantity, c.expected_quantity, c.required_quantity
        from subcontract_component c join document_line l on l.id = c.order_line_id
        where (l.fulfilled_quantity = 0 and c.expected_quantity <> 0)
            or (l.fulfilled_quantity = l.quantity and c.expected_quantity <> c.required_quantity)
            or cast(c.expected_quantity as double precision) * l.quantity
                < cast(c.required_quantity as double precision) * l.fulfilled_quantity * 0.999999999
            or (cast(c.expected_quantity as double precision) - 1000000) * l.quantity
                > cast(c.required_quantity as double precision) * l.fulfilled_quantity * 1.000000001""",
    ),
    Invariant(
        "I-51",
        "a budget is committed for what its orders say: all of what is ordered, nothing of what was cancelled",
        """select b.code, b.committed_amount as found, coalesce(sum(c.amount), 0) as wanted
        from budget b left join budget_commitment c on c.budget_id = b.id
        group by b.code, b.committed_amount having b.committed_amount <> coalesce(sum(c.amount), 0)
        union all
        select d.number, sum(c.amount), l.net_amount
        from budget_commitment c join document_line l on l.id = c.document_line_id join document d on d.id = l.document_id
        group by c.budget_id, l.id, d.number, d.state, l.net_amount, l.closed
        having sum(c.amount) > l.net_amount or sum(c.amount) < 0 or (d.state = 'cancelled' and sum(c.amount) <> 0)
            or (d.state = 'confirmed' and not l.closed and sum(c.amount) <> l.net_amount)""",
    ),
)
