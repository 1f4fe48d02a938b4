"""Drop shipments: what passes us does so whole and at one cost, and no more is ordered for a line than it takes."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

DROP_SHIPPING: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-78",
        "what a supplier ships straight to a customer is received and shipped at once, whole and at one cost",
        """select m.item_id, m.lot_id, sum(case when e.kind = 'drop_shipment' then m.quantity else 0 end) as came,
            sum(case when s.kind = 'drop_shipment' then m.quantity else 0 end) as left_again
        from stock_move m join location s on s.id = m.from_location_id join location e on e.id = m.to_location_id
        where s.kind = 'drop_shipment' or e.kind = 'drop_shipment' group by m.item_id, m.lot_id
        having sum(case when e.kind = 'drop_shipment' then m.quantity else 0 end)
            <> sum(case when s.kind = 'drop_shipment' then m.quantity else 0 end)
        union all
        select r.id, s.id, r.net_amount, sum(l.stock_value) from document_link k
        join document r on r.id = k.from_id and r.kind = 'goods_receipt'
        join document s on s.id = k.to_id and s.kind = 'shipment'
        join document_line l on l.document_id = s.id where k.kind = 'drop_shipment'
        group by r.id, r.state, r.posted_on, s.id, s.state, s.posted_on, r.net_amount
        having r.state <> s.state or r.posted_on <> s.posted_on or r.net_amount <> -sum(l.stock_value)""",
    ),
    Invariant(
        "I-79",
        "a line that a supplier ships reserves nothing, and no more is ordered for it than it takes",
        """select l.id, l.line, l.quantity, l.reserved_quantity, l.fulfilled_quantity, coalesce(sum(o.rest), 0) as on_order
        from document_line l join document d on d.id = l.document_id and d.kind = 'sales_order'
        left join (select b.source_line_id,
                case when b.quantity > b.fulfilled_quantity then b.quantity - b.fulfilled_quantity else 0 end as rest
            from document_line b join document p on p.id = b.document_id
            where p.kind = 'purchase_order' and p.state in ('draft', 'confirmed') and not b.closed) o
            on o.source_line_id = l.id
        where l.supplier_id is not null
        group by l.id, l.line, l.quantity, l.reserved_quantity, l.fulfilled_quantity
        having l.reserved_quantity <> 0 or l.fulfilled_quantity + coalesce(sum(o.rest), 0) > l.quantity
        union all
        select b.id, b.line, b.quantity, 0, 0, 0 from document_line b
        join document p on p.id = b.document_id and p.kind = 'purchase_order'
        join document_line l on l.id = b.source_line_id join document d on d.id = l.document_id and d.kind = 'sales_order'
        where b.to_location_id is null""",
    ),
)
