"""Repairs: what went into them, who bears what they cost, and where the piece is."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.foreign_currency import MINOR_UNIT_OF
from app.jobs.invariants.invariant import Invariant

REPAIRS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-94",
        "what a repair used is what was issued less put back and reported for it, move by move and to the value in process",
        """select d.number, l.line, l.fulfilled_quantity as said, coalesce(sum(s.quantity), 0) as done
        from document_line l join document d on d.id = l.document_id and d.kind = 'repair_order'
        left join (select x.source_line_id, x.quantity from document_line x join document y on y.id = x.document_id
            where y.state = 'posted' and y.kind in ('material_issue', 'labour_report')
            union all
            select x.source_line_id, -z.quantity from document_line z join document y on y.id = z.document_id
            join document_line x on x.id = z.source_line_id where y.state = 'posted' and y.kind = 'material_return') s
            on s.source_line_id = l.id
        where l.kind = 'component' or exists (select 1 from repair_labour h where h.id = l.id)
        group by d.number, l.line, l.id, l.fulfilled_quantity having l.fulfilled_quantity <> coalesce(sum(s.quantity), 0)
        union all
        select d.number, l.line, l.quantity, coalesce(sum(m.quantity), 0)
        from document_line l join document d on d.id = l.document_id and d.kind in ('material_issue', 'material_return')
        left join stock_move m on m.document_id = d.id and m.document_line_id = l.id
        group by d.number, l.line, l.id, l.quantity having l.quantity <> coalesce(sum(m.quantity), 0)
        union all
        select d.number, l.line, l.quantity, sum(b.quantity) from document_line l join document d on d.id = l.document_id
        join document_line b on b.source_line_id = l.id
        join document y on y.id = b.document_id and y.kind = 'material_return' and y.state = 'posted'
        group by d.number, d.state, l.line, l.id, l.quantity having sum(b.quantity) > l.quantity or d.state <> 'posted'
        union all
        select d.number, 0, p.input_value, coalesce(sum(v.value), 0) from document d
        join order_in_process p on p.document_id = d.id
        left join (select k.from_id, case y.kind when 'labour_report' then x.net_amount else -x.stock_value end as value
            from document_link k join document y on y.id = k.to_id and y.state = 'posted'
                and y.kind in ('material_issue', 'material_return', 'labour_report')
            join document_line x on x.document_id = y.id where k.kind in ('issue', 'return')) v on v.from_id = d.id
        where d.kind = 'repair_order' group by d.number, d.id, p.input_value
        having p.input_value <> coalesce(sum(v.value), 0)""",
    ),
    Invariant(
        "I-95",
        "a repair that is over leaves nothing in process, and what it cost is borne by the customer's share and the warranty's",
        """select d.number, d.state, p.input_value, p.output_value, p.settled_value, coalesce(c.cost, 0) as borne
        from document d join order_in_process p on p.document_id = d.id
        left join (select k.from_id, sum(b.customer_cost + b.warranty_cost) as cost from repair_cost b
            join document_line l on l.id = b.id join document y on y.id = l.document_id and y.state = 'posted'
            join document_link k on k.to_id = y.id and k.kind = 'fulfilment' group by k.from_id) c on c.from_id = d.id
        where d.kind = 'repair_order' and (p.output_value <> coalesce(c.cost, 0)
            or (d.state in ('finished', 'rejected', 'settled', 'cancelled')
                and p.input_value <> p.output_value + p.settled_value))""",
    ),
    Invariant(
        "I-96",
        "the customer is invoiced his share of a repair and no more, and a settled repair is invoiced and its piece given back",
        f"""select d.number, d.state, l.line, l.net_amount, l.invoiced_amount, coalesce(sum(i.net_amount), 0) as invoiced
        from document_line l join document d on d.id = l.document_id and d.kind = 'repair_order'
        left join foreign_line f on f.id = l.id left join foreign_document h on h.id = d.id
        left join (select x.source_line_id, coalesce(g.net_at_order_rate, x.net_amount) as net_amount
            from document_line x join document y on y.id = x.document_id left join foreign_line g on g.id = x.id
            where y.kind = 'customer_invoice' and y.state = 'posted') i on i.source_line_id = l.id
        group by d.number, d.state, l.line, l.id, l.net_amount, l.invoiced_amount, l.closed, l.quantity,
            l.fulfilled_quantity, l.unit_price, l.discount_rate, f.id, f.net_amount, f.unit_price, h.currency
        having l.invoiced_amount <> coalesce(sum(i.net_amount), 0) or l.invoiced_amount > l.net_amount
            or (d.state = 'settled' and l.invoiced_amount <> l.net_amount)
            or (not l.closed and abs(coalesce(f.net_amount, l.net_amount) / 10000.0 - 1.0 * (case
                    when d.state in ('finished', 'settled') and l.fulfilled_quantity < l.quantity then l.fulfilled_quantity
                    else l.quantity end) / 1000000 * coalesce(f.unit_price, l.unit_price) / 100000000
                    * (100000000 - l.discount_rate) / 100000000)
                > case when f.id is not null then {MINOR_UNIT_OF.format(currency="h.currency")} * 0.000051
                    else case (select min(currency_decimals) from company) when 0 then 0.51 else 0.0051 end end)
        union all
        select d.number, d.state, l.line, f.net_amount, sum(g.net_amount), 0
        from document_line l join document d on d.id = l.document_id and d.kind = 'repair_order'
        join foreign_line f on f.id = l.id join document_line x on x.source_line_id = l.id
        join foreign_line g on g.id = x.id
        join document y on y.id = x.document_id and y.kind = 'customer_invoice' and y.state = 'posted'
        group by d.number, d.state, l.id, l.line, f.net_amount having sum(g.net_amount) <> f.net_amount
        union all
        select d.number, d.state, 0, r.lot_id, 0, 0 from document d join repair_order r on r.id = d.id
        where d.state = 'settled' and r.returned_on is null
        union all
        select d.number, d.state, 0, 0, 0, c.id from document d join repair_order r on r.id = d.id
        join document_line l on l.id = r.case_line_id
        join document c on c.id = l.document_id and c.state in ('settled', 'closed')
        where d.state not in ('settled', 'cancelled')""",
    ),
)
