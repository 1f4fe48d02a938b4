"""The invariants as queries that return rows only where one is broken, deriving every balance again from the ledgers.

Each query runs on SQLite and on PostgreSQL; amounts in them are the stored scaled integers. Window sums take the
stock ledger in the order in which it was recorded: by id on SQLite, which has one writer; by feed position on
PostgreSQL, where transactions take blocks of ids before they wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Invariant:
    """One invariant.

    Attributes:
        code: its number in the list of invariants.
        says: what must hold.
        query: SQL whose rows are violations; the columns name the thing and the difference.
        on_postgresql: the same for PostgreSQL, where it must be said in another way.
    """

    code: str
    says: str
    query: str
    on_postgresql: str | None = None


_STOCKED: Final = "('storage', 'transit', 'subcontractor')"
_SIGNED_MOVES: Final = f"""
    select m.id, m.item_id, m.to_location_id as location_id, m.lot_id, m.owner_id,
        coalesce(m.to_status, m.status) as status, m.quantity
    from stock_move m join location l on l.id = m.to_location_id where l.kind in {_STOCKED}
    union all
    select m.id, m.item_id, m.from_location_id, m.lot_id, m.owner_id, m.status, -m.quantity
    from stock_move m join location l on l.id = m.from_location_id where l.kind in {_STOCKED}
"""
_ROLE_BALANCE: Final = """
    select coalesce(sum(j.debit - j.credit), 0) from journal_line j
    join account_role r on r.account_id = j.account_id and r.role = '{role}'
"""

INVARIANTS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-01",
        "every journal entry balances and has all its lines",
        """select e.id, e.number, coalesce(sum(l.debit - l.credit), 0) as difference, e.line_count, count(l.id) as found
        from journal_entry e left join journal_line l on l.entry_id = e.id
        group by e.id, e.number, e.line_count
        having coalesce(sum(l.debit - l.credit), 0) <> 0 or count(l.id) <> e.line_count""",
    ),
    Invariant(
        "I-02",
        "the trial balance of every period is zero",
        """select p.code, sum(l.debit - l.credit) as difference from journal_line l
        join journal_entry e on e.id = l.entry_id join fiscal_period p on p.id = e.period_id
        group by p.code having sum(l.debit - l.credit) <> 0""",
    ),
    Invariant(
        "I-03",
        "on hand is the sum of moves",
        f"""select item_id, location_id, lot_id, status, sum(moved) as moved, sum(held) as held from (
            select item_id, location_id, lot_id, owner_id, status, quantity as moved, 0 as held from ({_SIGNED_MOVES}) s
            union all
            select item_id, location_id, lot_id, owner_id, status, 0, quantity from stock_balance) both_sides
        group by item_id, location_id, lot_id, owner_id, status having sum(moved) <> sum(held)""",
    ),
    Invariant(
        "I-03b",
        "on hand was never negative at any point of the stock ledger",
        f"""select item_id, location_id, lot_id, id as move_id, running from (
            select item_id, location_id, lot_id, id, sum(quantity) over (
                partition by item_id, location_id, lot_id, owner_id, status order by id) as running
            from ({_SIGNED_MOVES}) s) prefixes where running < 0""",
        f"""select item_id, location_id, lot_id, id as move_id, running from (
            select item_id, location_id, lot_id, id, sum(quantity) over (
                partition by item_id, location_id, lot_id, owner_id, status order by r.position, id) as running
            from ({_SIGNED_MOVES}) s join (
                select f.position, cast(listed.move_id as bigint) as move_id from feed f
                cross join lateral jsonb_array_elements_text(cast(f.changes as jsonb) -> 'stock_move') as listed(move_id)
            ) r on r.move_id = s.id) prefixes where running < 0""",
    ),
    Invariant(
        "I-04",
        "reserved is the sum of open reservations and no more than on hand",
        """select b.id, b.item_id, b.reserved, coalesce(sum(r.quantity), 0) as reservations, b.quantity
        from stock_balance b left join reservation_move r on r.balance_id = b.id
        group by b.id, b.item_id, b.reserved, b.quantity
        having b.reserved <> coalesce(sum(r.quantity), 0) or b.reserved > b.quantity""",
    ),
    Invariant(
        "I-04b",
        "every reservation has a live demand",
        """select l.id, l.reserved_quantity, coalesce(sum(r.quantity), 0) as reservations, d.state
        from document_line l join document d on d.id = l.document_id
        left join reservation_move r on r.demand_line_id = l.id
        group by l.id, l.reserved_quantity, d.state
        having l.reserved_quantity <> coalesce(sum(r.quantity), 0)
            or (coalesce(sum(r.quantity), 0) <> 0 and d.state <> 'confirmed')""",
    ),
    Invariant(
        "I-05",
        "the value of stock is the balance of its account",
        """select account_id, sum(stock) as stock, sum(ledger) as ledger from (
            select r.account_id, m.value as stock, 0 as ledger from stock_move m
            join item i on i.id = m.item_id join item_category c on c.id = i.category_id
            join account_role r on r.role = c.inventory_role
            union all
            select j.account_id, 0, j.debit - j.credit from journal_line j where j.account_id in (
                select account_id from account_role where role like 'inventory_%')) both_sides
        group by account_id having sum(stock) <> sum(ledger)""",
    ),
    Invariant(
        "I-05b",
        "an item's value and quantity are the sums of its moves",
        f"""select item_id, sum(moved) as moved, sum(held) as held, sum(quantity) as quantity_difference from (
            select item_id, value as moved, 0 as held, 0 as quantity from stock_move
            union all select item_id, 0, 0, quantity from ({_SIGNED_MOVES}) s
            union all select item_id, 0, value, -quantity from item_value) both_sides
        group by item_id having sum(moved) <> sum(held) or sum(quantity) <> 0""",
    ),
    Invariant(
        "I-05c",
        "the layers of a FIFO item sum to its value and quantity",
        """select v.item_id, v.value, coalesce(sum(l.remaining_value), 0) as layers, v.quantity,
            coalesce(sum(l.remaining_quantity), 0) as layer_quantity
        from item_value v join item i on i.id = v.item_id join item_category c on c.id = i.category_id
        left join cost_layer l on l.item_id = v.item_id where c.valuation_method = 'fifo'
        group by v.item_id, v.value, v.quantity
        having v.value <> coalesce(sum(l.remaining_value), 0) or v.quantity <> coalesce(sum(l.remaining_quantity), 0)""",
    ),
    Invariant(
        "I-05d",
        "open receivables are the balance of trade receivables",
        f"""select ledger, items from (select ({_ROLE_BALANCE.format(role="trade_receivable")}) as ledger,
            (select coalesce(sum(open_amount), 0) from open_item where side = 'receivable') as items) both_sides
        where ledger <> items""",
    ),
    Invariant(
        "I-05e",
        "open payables are the balance of trade payables",
        f"""select ledger, items from (select -({_ROLE_BALANCE.format(role="trade_payable")}) as ledger,
            (select coalesce(sum(open_amount), 0) from open_item where side = 'payable') as items) both_sides
        where ledger <> items""",
    ),
    Invariant(
        "I-05f",
        "goods received and not billed, less returns not debited, are the balance of their account",
        f"""select ledger, receipts from (
            select -({_ROLE_BALANCE.format(role="goods_received_not_invoiced")}) as ledger,
            (select coalesce(sum(case when d.kind = 'goods_receipt' then l.net_amount - l.invoiced_amount
                    else l.invoiced_amount - l.net_amount end), 0)
                from document_line l join document d on d.id = l.document_id
                where d.kind in ('goods_receipt', 'supplier_return') and d.state = 'posted') as receipts) both_sides
        where ledger <> receipts""",
    ),
    Invariant(
        "I-05g",
        "value in process by order is the balance of work in process",
        f"""select ledger, orders from (select ({_ROLE_BALANCE.format(role="work_in_process")}) as ledger,
            (select coalesce(sum(input_value - output_value - settled_value), 0) from order_in_process) as orders) both_sides
        where ledger <> orders""",
    ),
    Invariant(
        "I-05h",
        "an open item is its amount less what was settled",
        """select o.id, o.amount, o.open_amount, coalesce(sum(s.amount), 0) as settled
        from open_item o left join settlement s on s.open_item_id = o.id
        group by o.id, o.amount, o.open_amount having o.open_amount <> o.amount - coalesce(sum(s.amount), 0)""",
    ),
    Invariant(
        "I-05i",
        "a prepayment or deposit is open for what no bill or invoice has taken up",
        """select d.number, p.amount, p.open_amount, coalesce(sum(j.debit), 0) as applied
        from order_prepayment p join document d on d.id = p.document_id
        left join journal_entry e on e.document_id = p.document_id and e.fact in ('PrepaymentApplied', 'DepositApplied')
        left join journal_line j on j.entry_id = e.id
        group by d.number, d.state, p.amount, p.open_amount
        having (d.state = 'posted' and p.open_amount <> p.amount - coalesce(sum(j.debit), 0))
            or (d.state <> 'posted' and p.open_amount <> 0)""",
    ),
    Invariant(
        "I-06",
        "every document that moves goods has moves, and every move has a posted document",
        """select d.id, d.number, d.state, 'no moves' as fault from document d
        where d.kind in ('goods_receipt', 'shipment', 'stock_transfer', 'transfer_dispatch', 'transfer_receipt',
                'opening_stock', 'material_issue', 'customer_return', 'supplier_return', 'status_change', 'stock_scrap',
                'cost_closing')
            and not exists (select 1 from stock_move m where m.document_id = d.id)
        union all
        select d.id, d.number, d.state, 'moves without posting' from document d
        where d.state not in ('posted', 'reversed') and exists (select 1 from stock_move m where m.document_id = d.id)""",
    ),
    Invariant(
        "I-06b",
        "a document whose moves change the value of an inventory account has a journal entry",
        """select m.document_id, c.inventory_role, sum(m.value) as value from stock_move m
        join item i on i.id = m.item_id join item_category c on c.id = i.category_id
        where not exists (select 1 from journal_entry e where e.document_id = m.document_id)
        group by m.document_id, c.inventory_role having sum(m.value) <> 0""",
    ),
    Invariant(
        "I-06c",
        "every posted invoice, bill and payment has its journal entry",
        """select d.id, d.number, d.total_amount from document d
        where d.kind in ('supplier_bill', 'customer_invoice', 'payment_in', 'payment_out', 'manual_entry',
                'credit_note', 'debit_note', 'landed_cost', 'freight_bill') and d.state in ('posted', 'reversed')
            and d.total_amount <> 0 and not exists (select 1 from journal_entry e where e.document_id = d.id)""",
    ),
    Invariant(
        "I-06d",
        "a document's amounts are the sums of its lines, and its open item is its total",
        """select d.id, d.number, d.net_amount, d.tax_amount, d.total_amount, sum(l.net_amount) as net, sum(l.tax_amount) as tax
        from document d join document_line l on l.document_id = d.id
        where d.kind in ('purchase_requisition', 'supplier_quotation', 'blanket_order', 'purchase_order', 'sales_order',
            'quotation', 'supplier_bill', 'customer_invoice', 'credit_note', 'debit_note', 'supplier_claim',
            'freight_bill')
        group by d.id, d.number, d.net_amount, d.tax_amount, d.total_amount
        having d.net_amount <> sum(l.net_amount) or d.tax_amount <> sum(l.tax_amount)
            or d.total_amount <> d.net_amount + d.tax_amount
        union all
        select d.id, d.number, d.net_amount, d.tax_amount, d.total_amount, o.amount, 0
        from open_item o join document d on d.id = o.document_id
        where (d.kind in ('supplier_bill', 'customer_invoice', 'landed_cost', 'freight_bill') and o.amount <> d.total_amount)
            or (d.kind in ('credit_note', 'debit_note') and o.amount <> -d.total_amount)""",
    ),
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
        "I-08",
        "every receipt's document is there with its number",
        """select r.command_id, r.document_id, r.number from command_receipt r
        where r.document_id is not null and not exists (
            select 1 from document d where d.id = r.document_id and d.number = r.number)
            and not exists (select 1 from plan_run p where p.id = r.document_id and p.number = r.number)""",
    ),
    Invariant(
        "I-11",
        "feed positions are dense, and every one has its receipt",
        """select max_position, row_count, receipts from (select coalesce(max(position), 0) as max_position,
            count(*) as row_count, (select count(*) from command_receipt) as receipts from feed) counted
        where max_position <> row_count or receipts <> row_count""",
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
        where x.state = 'posted' and x.kind in ('credit_note', 'debit_note')
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
        "I-57",
        "from one locked period to the next the stock that was kept of each item changes by its moves",
        f"""select item_id, period_id, sum(quantity) as quantity_difference, sum(value) as value_difference from (
            select k.item_id, k.period_id, k.quantity, k.value from stock_period k
            join fiscal_period p on p.id = k.period_id and p.state = 'locked' and p.locked_at_position = k.locked_at_position
            union all
            select k.item_id, n.id, -k.quantity, -k.value from stock_period k
            join fiscal_period p on p.id = k.period_id and p.state = 'locked' and p.locked_at_position = k.locked_at_position
            join fiscal_period n on n.state = 'locked' and n.starts_on = (
                select min(x.starts_on) from fiscal_period x where x.starts_on > p.ends_on)
            union all
            select m.item_id, m.period_id, 0, -m.value from stock_move m
            join fiscal_period p on p.id = m.period_id and p.state = 'locked'
            union all
            select s.item_id, m.period_id, -s.quantity, 0 from ({_SIGNED_MOVES}) s join stock_move m on m.id = s.id
            join fiscal_period p on p.id = m.period_id and p.state = 'locked') changes
        group by item_id, period_id having sum(quantity) <> 0 or sum(value) <> 0""",
    ),
    Invariant(
        "I-58",
        "a count sheet was booked when it was closed, and only then, with what was counted on it",
        """select d.number, d.state, 0 as line from document d
        where d.kind = 'count_sheet' and (d.state = 'closed') <> exists (
            select 1 from document_link k join document x on x.id = k.to_id
            where k.from_id = d.id and k.kind = 'count' and x.kind = 'stock_count')
        union all
        select d.number, d.state, l.line from document d join document_line l on l.document_id = d.id
        left join count_line c on c.document_line_id = l.id
        left join document_line b on b.source_line_id = l.id left join count_snapshot s on s.document_line_id = b.id
        where d.kind = 'count_sheet' and (c.id is null or (d.state = 'closed' and (s.id is null
            or s.counted_quantity <> c.counted_quantity or s.book_quantity <> c.book_quantity)))""",
    ),
    Invariant(
        "I-59",
        "a count moves what was counted less what the books said",
        """select s.document_line_id, s.counted_quantity - s.book_quantity as difference, coalesce(sum(
            case when l.kind = 'count_difference' then m.quantity else -m.quantity end), 0) as moved
        from count_snapshot s
        left join stock_move m on m.document_line_id = s.document_line_id and m.reverses_id is null
        left join location l on l.id = m.from_location_id
        group by s.document_line_id, s.counted_quantity, s.book_quantity
        having s.counted_quantity - s.book_quantity <> coalesce(sum(
            case when l.kind = 'count_difference' then m.quantity else -m.quantity end), 0)""",
    ),
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
        "goods are provided where they stand at a supplier's place, and only there",
        """select b.id, b.item_id, p.code, b.status, b.quantity from stock_balance b join location p on p.id = b.location_id
        where b.quantity <> 0 and (p.kind = 'subcontractor') <> (b.status = 'provided')""",
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
        "I-06f",
        "a bill that waits has touched no order, no stock and no ledger",
        """select d.number, d.state, d.posted_on from document d
        where d.kind = 'supplier_bill' and d.state in ('draft', 'cancelled') and (d.posted_on is not null
            or exists (select 1 from journal_entry e where e.document_id = d.id)
            or exists (select 1 from open_item o where o.document_id = d.id)
            or exists (select 1 from stock_move m where m.document_id = d.id))""",
    ),
    Invariant(
        "I-15",
        "nothing lies outside its period, and nothing was posted into a period after its lock",
        """select e.number, e.posted_on, p.code from journal_entry e join fiscal_period p on p.id = e.period_id
        where e.posted_on < p.starts_on or e.posted_on > p.ends_on
        union all
        select cast(m.id as text), m.posted_on, p.code from stock_move m join fiscal_period p on p.id = m.period_id
        where m.posted_on < p.starts_on or m.posted_on > p.ends_on""",
    ),
    Invariant(
        "I-16",
        "nobody approved what he asked for or entered himself",
        """select r.id, r.requested_by, d.created_by from approval_request r join document d on d.id = r.document_id
        where r.decided_by in (r.requested_by, d.created_by)""",
    ),
    Invariant(
        "I-50",
        "no sales order took effect while somebody was still asked about it",
        """select d.number, d.state, r.id, r.state as answer from approval_request r
        join approval_rule u on u.id = r.rule_id and u.command = 'confirm_sales_order'
        join document d on d.id = r.document_id and d.kind = 'sales_order' and d.state in ('confirmed', 'closed')
        where r.state = 'waiting' and not exists (
            select 1 from approval_request l where l.document_id = r.document_id and l.rule_id = r.rule_id and l.id > r.id)""",
    ),
    Invariant(
        "I-17",
        "a closed production order leaves no value in process and no more than its quantity",
        """select d.number, p.input_value - p.output_value - p.settled_value as left_over,
            p.completed_quantity + p.scrapped_quantity - d.quantity as excess
        from order_in_process p join document d on d.id = p.document_id
        where (d.state = 'closed' and p.input_value <> p.output_value + p.settled_value)
            or p.completed_quantity + p.scrapped_quantity > d.quantity
            or p.completed_quantity <> d.fulfilled_quantity""",
    ),
    Invariant(
        "I-18",
        "the feed's instants increase with its positions",
        """select position, recorded_at, before from (select position, recorded_at,
            lag(recorded_at) over (order by position) as before from feed) f where recorded_at <= before""",
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
        "I-53",
        "what is held of an order is what its pick lists, pickers and parcels say, and is reserved for its line",
        """select h.id, h.to_pick, h.picked, h.packed, p.open_quantity, e.taken, r.reserved
        from pick_hold h join stock_balance b on b.id = h.balance_id
        left join (select l.source_line_id, l.item_id, l.location_id, l.lot_id,
                sum(l.quantity - l.fulfilled_quantity) as open_quantity
            from document_line l join document d on d.id = l.document_id and d.kind = 'pick_list' and d.state = 'released'
            where not l.closed group by l.source_line_id, l.item_id, l.location_id, l.lot_id) p
            on p.source_line_id = h.order_line_id and p.item_id = b.item_id and p.location_id = b.location_id
            and p.lot_id = b.lot_id and b.status = 'available' and b.owner_id = 0
        left join (select order_line_id, balance_id,
                sum(case kind when 'picked' then quantity when 'put_back' then -quantity else 0 end)
            as taken from pick_event group by order_line_id, balance_id) e
            on e.order_line_id = h.order_line_id and e.balance_id = h.balance_id
        left join (select l.source_line_id, l.item_id, l.location_id, l.lot_id,
                sum(case d.state when 'open' then l.quantity else 0 end) as packed,
                sum(case d.state when 'open' then 0 else l.quantity end) as handed_over
            from document_line l join document d on d.id = l.document_id and d.kind = 'parcel' and d.state <> 'cancelled'
            group by l.source_line_id, l.item_id, l.location_id, l.lot_id) s
            on s.source_line_id = h.order_line_id and s.item_id = b.item_id and s.location_id = b.location_id
            and s.lot_id = b.lot_id and b.status = 'available' and b.owner_id = 0
        left join (select demand_line_id, balance_id, sum(quantity) as reserved from reservation_move
            group by demand_line_id, balance_id) r on r.demand_line_id = h.order_line_id and r.balance_id = h.balance_id
        where h.to_pick <> coalesce(p.open_quantity, 0) or h.picked + h.packed + coalesce(s.handed_over, 0) <> coalesce(e.taken, 0)
            or h.packed <> coalesce(s.packed, 0)
            or h.to_pick + h.picked + h.packed > coalesce(r.reserved, 0)""",
    ),
    Invariant(
        "I-53b",
        "an open line of a pick list is held for its order",
        """select l.id, d.number from document_line l join document d on d.id = l.document_id
        where d.kind = 'pick_list' and d.state = 'released' and not l.closed and l.quantity > l.fulfilled_quantity
            and not exists (select 1 from pick_hold h join stock_balance b on b.id = h.balance_id
                where h.order_line_id = l.source_line_id and b.item_id = l.item_id and b.location_id = l.location_id
                    and b.lot_id = l.lot_id and h.to_pick > 0)""",
    ),
    Invariant(
        "I-54",
        "what is in the parcels of a shipment is what it ships, by order line, place and lot",
        """select shipment_id, source_line_id, location_id, lot_id, sum(packed) as packed, sum(shipped) as shipped from (
            select k.to_id as shipment_id, l.source_line_id, l.location_id, l.lot_id, l.quantity as packed, 0 as shipped
            from document_link k join document p on p.id = k.from_id and p.kind = 'parcel'
            join document_line l on l.document_id = p.id where k.kind = 'packing'
            union all
            select l.document_id, l.source_line_id, l.location_id, l.lot_id, 0, l.quantity from document_line l
            where l.document_id in (select k.to_id from document_link k join document p on p.id = k.from_id
                where p.kind = 'parcel' and k.kind = 'packing')) both_sides
        group by shipment_id, source_line_id, location_id, lot_id having sum(packed) <> sum(shipped)""",
    ),
    Invariant(
        "I-54b",
        "a parcel is handed over with its shipment and taken back with it",
        """select p.number, p.state, s.number as shipment from document p
        left join document_link k on k.from_id = p.id and k.kind = 'packing' left join document s on s.id = k.to_id
        where p.kind = 'parcel' and ((p.state in ('posted', 'reversed')) <> (s.id is not null) or s.state <> p.state)""",
    ),
    Invariant(
        "I-55",
        "a parcel stands as its newest event says",
        """select t.id, t.state, e.state as said from parcel_tracking t join (
            select parcel_id, state, row_number() over (partition by parcel_id order by happened_at desc, id desc) as place
            from tracking_event where state is not null) e on e.parcel_id = t.id and e.place = 1
        where e.state <> t.state or (t.state = 'delivered') <> (t.delivered_on is not null)""",
    ),
    Invariant(
        "I-55b",
        "every message of a carrier was applied, waits or is kept, and one that was applied names its parcel",
        """select m.id, h.state from carrier_message m left join carrier_handling h on h.id = m.id
        where h.id is null or (h.state = 'applied') <> (h.parcel_id is not null)""",
    ),
    Invariant(
        "I-62",
        "no more of a case's goods was led on than came back for it, return line by return line",
        """select l.id, d.number, l.quantity, coalesce(sum(g.quantity), 0) as led from case_goods r
        join document_line l on l.id = r.document_line_id join document d on d.id = l.document_id and d.state = 'posted'
        left join (select c.received_line_id, c.quantity from case_goods c join document_line x on x.id = c.document_line_id
            join document y on y.id = x.document_id where y.state = 'posted') g on g.received_line_id = l.id
        where r.step = 'received'
        group by l.id, d.number, l.quantity, r.quantity
        having coalesce(sum(g.quantity), 0) > l.quantity or r.quantity <> l.quantity""",
    ),
    Invariant(
        "I-63",
        "goods of a case stand as far as the case does: none led on before it is decided, all of them from then on",
        """select d.number, d.state, l.line, coalesce(sum(case when g.step = 'received' then g.quantity else 0 end), 0) as came,
            coalesce(sum(case when g.step <> 'received' then g.quantity else 0 end), 0) as led
        from document d join document_line l on l.document_id = d.id
        join case_goods g on g.case_line_id = l.id join document_line x on x.id = g.document_line_id
        join document y on y.id = x.document_id and y.state = 'posted'
        where d.kind = 'service_case' group by d.number, d.state, l.line
        having (d.state in ('decided', 'settled', 'closed')
                and sum(case when g.step = 'received' then g.quantity else -g.quantity end) <> 0)
            or (d.state in ('open', 'rejected') and sum(case when g.step <> 'received' then 1 else 0 end) > 0)""",
    ),
    Invariant(
        "I-64",
        "money of a case is booked only once it is decided, and a decided case says what the customer gets",
        """select d.number, d.state, c.outcome, y.number as booked from document d join service_case c on c.id = d.id
        left join document_link k on k.from_id = d.id and k.kind = 'service'
        left join document y on y.id = k.to_id and y.state = 'posted'
            and y.kind in ('credit_note', 'customer_invoice', 'credit_application')
        where d.kind = 'service_case' and ((d.state in ('decided', 'settled', 'closed')) <> (c.outcome is not null)
            or (y.id is not null and d.state not in ('decided', 'settled', 'closed')))""",
    ),
    Invariant(
        "I-65",
        "a file of a case is as long as it was when it was kept",
        """select id, name, byte_count from case_file where byte_count <> length(content_base64) / 4 * 3
            - (length(content_base64) - length(replace(content_base64, '=', '')))""",
    ),
    Invariant(
        "I-60",
        "what stands in places of transit is what transfers have on the way",
        """select location_id, item_id, lot_id, sum(held) as held, sum(on_the_way) as on_the_way from (
            select b.location_id, b.item_id, b.lot_id, b.quantity as held, 0 as on_the_way from stock_balance b
            join location p on p.id = b.location_id and p.kind = 'transit'
            union all
            select m.to_location_id, l.item_id, l.lot_id, 0, l.quantity - l.fulfilled_quantity from document_line l
            join document d on d.id = l.document_id and d.kind = 'transfer_dispatch' and d.state = 'posted'
            join stock_move m on m.document_id = d.id and m.document_line_id = l.id) both_sides
        group by location_id, item_id, lot_id having sum(held) <> sum(on_the_way)""",
    ),
    Invariant(
        "I-61",
        "a line of a transfer has received what its receipts brought and wrote off, which is no more than was sent",
        """select d.number, l.line, l.quantity, l.fulfilled_quantity, coalesce(sum(case when r.id is not null
                then x.quantity end), 0) as received
        from document_line l join document d on d.id = l.document_id and d.kind = 'transfer_dispatch'
        left join document_line x on x.source_line_id = l.id
        left join document r on r.id = x.document_id and r.kind = 'transfer_receipt' and r.state = 'posted'
        group by d.number, l.line, l.quantity, l.fulfilled_quantity
        having l.fulfilled_quantity > l.quantity
            or l.fulfilled_quantity <> coalesce(sum(case when r.id is not null then x.quantity end), 0)""",
    ),
    Invariant(
        "I-61b",
        "what a receipt of a transfer writes off went to the count difference and has its reason",
        """select d.number, l.line, p.kind, w.reason from document_line l
        join document d on d.id = l.document_id and d.kind = 'transfer_receipt'
        join location p on p.id = l.to_location_id left join transfer_loss w on w.document_line_id = l.id
        where (p.kind = 'count_difference') <> (w.id is not null)""",
    ),
    Invariant(
        "I-66",
        "no place lies within itself, and none within a place of its own or a lower level",
        """with recursive above(id, ancestor_id) as (
            select id, parent_id from location where parent_id is not null
            union select a.id, p.parent_id from above a join location p on p.id = a.ancestor_id where p.parent_id is not null)
        select l.code, p.code as above_code from above a join location l on l.id = a.id join location p on p.id = a.ancestor_id
        where a.id = a.ancestor_id or (l.place_type is not null and p.place_type is not null
            and not (p.place_type = 'warehouse' and l.place_type in ('zone', 'bin'))
            and not (p.place_type = 'zone' and l.place_type = 'bin'))""",
    ),
    Invariant(
        "I-66b",
        "an item has a place of its own exactly where it is put away there, and it is a storage place",
        """select i.code, i.put_away_strategy, p.code as place from item i left join location p on p.id = i.fixed_location_id
        where (coalesce(i.put_away_strategy, '') = 'fixed_place') <> (p.id is not null) or p.kind <> 'storage'""",
    ),
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
