"""Orders of both sides: what they wait for, what was done for them, returned, credited and billed."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import ROLE_BALANCE, Invariant

ORDERS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-06e",
        "an order is closed when it waits for nothing, and only then",
        """select d.number, d.state from document d
        where d.kind in ('sales_order', 'purchase_order') and d.state in ('confirmed', 'closed')
            and (d.state = 'closed') = exists (select 1 from document_line l where l.document_id = d.id and not l.closed
                and ((l.kind = 'charge' and l.invoiced_quantity < l.quantity) or (l.kind <> 'charge' and (
                    l.fulfilled_quantity < l.quantity or l.invoiced_quantity
                        < l.fulfilled_quantity - l.returned_quantity + l.creditable_quantity))))""",
    ),
    Invariant(
        "I-14",
        "an order's progress is the sum of what was done for its lines",
        """select l.id, d.number, l.fulfilled_quantity, coalesce(sum(s.quantity), 0) as done
        from document_line l join document d on d.id = l.document_id
        left join (select x.source_line_id, x.quantity from document_line x join document y on y.id = x.document_id
            where y.state = 'posted' and y.kind in ('goods_receipt', 'shipment', 'material_issue')
            union all
            select x.source_line_id, -z.quantity from document_line z join document y on y.id = z.document_id
            join document_line x on x.id = z.source_line_id
            join document_link k on k.to_id = y.id and k.kind = 'replacement'
            where y.state = 'posted' and y.kind in ('customer_return', 'supplier_return')) s
            on s.source_line_id = l.id
        where d.kind in ('purchase_order', 'sales_order', 'production_order')
        group by l.id, d.number, l.fulfilled_quantity
        having l.fulfilled_quantity <> coalesce(sum(s.quantity), 0)""",
    ),
    Invariant(
        "I-14c",
        "no more of a delivery was returned than was delivered, and what came back did so at the cost it had left at",
        """select l.id, d.number, l.quantity, sum(r.quantity) as returned, l.stock_value, sum(r.stock_value) as value
        from document_line l join document d on d.id = l.document_id
        join document_line r on r.source_line_id = l.id join document x on x.id = r.document_id
        where x.state = 'posted' and x.kind in ('customer_return', 'supplier_return')
        group by l.id, d.number, d.kind, d.state, l.quantity, l.stock_value
        having sum(r.quantity) > l.quantity or d.state <> 'posted'
            or (d.kind = 'shipment' and sum(r.quantity) = l.quantity and sum(r.stock_value) <> -l.stock_value)""",
    ),
    Invariant(
        "I-14d",
        "an order line's returned and credited quantities are the sums of its returns and credits",
        """select l.id, d.number, l.returned_quantity, l.credited_quantity, coalesce(sum(s.returned), 0) as returned,
            coalesce(sum(s.credited), 0) as credited
        from document_line l join document d on d.id = l.document_id
        left join (
            select x.source_line_id, z.quantity as returned, 0 as credited from document_line z
            join document y on y.id = z.document_id join document_line x on x.id = z.source_line_id
            where y.state = 'posted' and y.kind in ('customer_return', 'supplier_return') and not exists (
                select 1 from document_link k where k.to_id = y.id and k.kind = 'replacement')
            union all
            select x.source_line_id, 0, z.quantity from document_line z
            join document y on y.id = z.document_id join document_line x on x.id = z.source_line_id
            where y.state = 'posted' and y.kind in ('credit_note', 'debit_note') and z.kind = 'item') s
            on s.source_line_id = l.id
        where d.kind in ('purchase_order', 'sales_order')
        group by l.id, d.number, l.returned_quantity, l.credited_quantity
        having l.returned_quantity <> coalesce(sum(s.returned), 0) or l.credited_quantity <> coalesce(sum(s.credited), 0)""",
    ),
    Invariant(
        "I-14e",
        "no line of an invoice or bill is credited beyond its quantity, its net amount or its tax",
        """select l.id, d.number, l.quantity, l.net_amount, l.tax_amount, sum(c.quantity) as quantity_credited,
            sum(c.net_amount) as net_credited, sum(c.tax_amount) as tax_credited
        from document_line l join document d on d.id = l.document_id
        join document_line c on c.source_line_id = l.id join document x on x.id = c.document_id
        where x.state = 'posted' and x.kind in ('credit_note', 'debit_note') and d.kind <> 'supplier_claim'
        group by l.id, d.number, d.state, l.quantity, l.net_amount, l.tax_amount
        having sum(c.quantity) > l.quantity or sum(c.net_amount) > l.net_amount or sum(c.tax_amount) > l.tax_amount
            or d.state <> 'posted'""",
    ),
    Invariant(
        "I-14f",
        "a landed cost is shared out whole, and no charge of a bill is shared or debited beyond its amount",
        """select d.id, d.number, d.net_amount, sum(l.net_amount) as shared from document d
        join document_line l on l.document_id = d.id and l.kind = 'item'
        where d.kind = 'landed_cost' group by d.id, d.number, d.net_amount having d.net_amount <> sum(l.net_amount)
        union all
        select l.id, d.number, l.net_amount, sum(c.net_amount) from document_line l join document d on d.id = l.document_id
        join document_line c on c.source_line_id = l.id join document x on x.id = c.document_id
        where d.kind = 'supplier_bill' and l.kind = 'charge' and x.state = 'posted'
            and x.kind in ('landed_cost', 'debit_note')
        group by l.id, d.number, l.net_amount having sum(c.net_amount) > l.net_amount""",
    ),
    Invariant(
        "I-22",
        "what is ordered of a quotation is the sum of the orders given on it",
        """select l.id, d.number, l.fulfilled_quantity, coalesce(sum(s.quantity), 0) as ordered
        from document_line l join document d on d.id = l.document_id
        left join (select x.source_line_id, x.quantity from document_line x join document y on y.id = x.document_id
            where y.kind = 'sales_order' and y.state <> 'cancelled') s on s.source_line_id = l.id
        where d.kind = 'quotation'
        group by l.id, d.number, l.fulfilled_quantity, l.quantity
        having l.fulfilled_quantity <> coalesce(sum(s.quantity), 0) or l.fulfilled_quantity > l.quantity""",
    ),
    Invariant(
        "I-50",
        "no sales order took effect while somebody was still asked about it",
        """select d.number, d.state, r.id, r.state as answer from approval_request r
        join approval_rule u on u.id = r.rule_id and u.command = 'confirm_sales_order'
        join document d on d.id = r.document_id and d.kind = 'sales_order' and d.state in ('confirmed', 'closed')
        where r.state = 'waiting' and not exists (
            select 1 from approval_request l where l.document_id = r.document_id and l.rule_id = r.rule_id and l.id > r.id)
            and not exists (select 1 from sales_order_change c
                where c.order_id = d.id and c.state = 'waiting' and c.id < r.id)""",
    ),
    Invariant(
        "I-73",
        "a line of a sales order says what its newest change in force made of it",
        """select l.id, d.number, l.line, l.quantity, x.new_quantity, l.net_amount, x.new_net_amount
        from sales_order_change_line x join sales_order_change c on c.id = x.change_id and c.state = 'applied'
        join document_line l on l.id = x.line_id join document d on d.id = l.document_id
        left join foreign_line f on f.id = l.id
        where not exists (select 1 from sales_order_change_line y join sales_order_change b on b.id = y.change_id
                where y.line_id = x.line_id and b.state = 'applied' and b.change_number > c.change_number)
            and (l.quantity <> x.new_quantity or coalesce(f.unit_price, l.unit_price) <> x.new_unit_price
                or l.discount_rate <> x.new_discount_rate or coalesce(f.net_amount, l.net_amount) <> x.new_net_amount
                or coalesce(f.tax_amount, l.tax_amount) <> x.new_tax_amount
                or coalesce(l.due_on, '1900-01-01') <> coalesce(x.new_due_on, '1900-01-01'))""",
    ),
    Invariant(
        "I-74",
        "a change of a sales order in force came from what the change before it had made",
        """select x.id, c.order_id, x.line, x.quantity, p.new_quantity
        from sales_order_change_line x join sales_order_change c on c.id = x.change_id and c.state = 'applied'
        join sales_order_change_line p on p.line_id = x.line_id
        join sales_order_change b on b.id = p.change_id and b.state = 'applied' and b.change_number < c.change_number
        where not exists (select 1 from sales_order_change_line y join sales_order_change e on e.id = y.change_id
                where y.line_id = x.line_id and e.state = 'applied' and e.change_number > b.change_number
                and e.change_number < c.change_number)
            and (x.quantity is null or x.quantity <> p.new_quantity or x.unit_price <> p.new_unit_price
                or x.discount_rate <> p.new_discount_rate or x.net_amount <> p.new_net_amount
                or x.tax_amount <> p.new_tax_amount)""",
    ),
    Invariant(
        "I-75",
        "one change of an order waits at most, and only while somebody is asked about it",
        """select c.id, c.order_id, c.change_number from sales_order_change c where c.state = 'waiting' and (
            exists (select 1 from sales_order_change b where b.order_id = c.order_id and b.state = 'waiting' and b.id <> c.id)
            or not exists (select 1 from approval_request r where r.document_id = c.order_id and r.state = 'waiting'
                and r.id > c.id))""",
    ),
    Invariant(
        "I-05f",
        "goods received and not billed, less returns not debited, are the balance of their account",
        f"""select ledger, receipts from (
            select -({ROLE_BALANCE.format(role="goods_received_not_invoiced")}) as ledger,
            (select coalesce(sum(case when d.kind = 'goods_receipt' then l.net_amount - l.invoiced_amount
                    else l.invoiced_amount - l.net_amount end), 0)
                from document_line l join document d on d.id = l.document_id
                where d.kind in ('goods_receipt', 'supplier_return') and d.state = 'posted') as receipts) both_sides
        where ledger <> receipts""",
    ),
)
