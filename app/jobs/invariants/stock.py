"""Stock and its value: balances, layers, reservations, locked periods, counts, transfers, places."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

_STOCKED: Final = "('storage', 'transit', 'subcontractor', 'consignment')"
_SIGNED_MOVES: Final = f"""
    select m.id, m.item_id, m.to_location_id as location_id, m.lot_id, m.owner_id,
        coalesce(m.to_status, m.status) as status, m.quantity
    from stock_move m join location l on l.id = m.to_location_id where l.kind in {_STOCKED}
    union all
    select m.id, m.item_id, m.from_location_id, m.lot_id, m.owner_id, m.status, -m.quantity
    from stock_move m join location l on l.id = m.from_location_id where l.kind in {_STOCKED}
"""

STOCK: Final[tuple[Invariant, ...]] = (
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
        group by l.id, l.reserved_quantity, d.kind, d.state
        having l.reserved_quantity <> coalesce(sum(r.quantity), 0)
            or (coalesce(sum(r.quantity), 0) <> 0 and d.state <> 'confirmed' and (d.kind, d.state) <> ('quotation', 'closed'))""",
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
            union all select item_id, 0, 0, quantity from ({_SIGNED_MOVES}) s where owner_id = 0
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
        "I-06",
        "every document that moves goods has moves, and every move has a posted document",
        """select d.id, d.number, d.state, 'no moves' as fault from document d
        where d.kind in ('goods_receipt', 'shipment', 'stock_transfer', 'transfer_dispatch', 'transfer_receipt',
                'opening_stock', 'material_issue', 'material_return', 'customer_return', 'supplier_return', 'status_change',
                'stock_scrap', 'internal_issue', 'cost_closing', 'third_party_receipt', 'third_party_return')
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
            select s.item_id, m.period_id, -s.quantity, 0 from ({_SIGNED_MOVES}) s
            join stock_move m on m.id = s.id and m.owner_id = 0
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
        "I-86",
        "every count sheet says for which storage place it was made",
        """select d.number from document d left join count_sheet s on s.id = d.id left join location p on p.id = s.location_id
        where d.kind = 'count_sheet' and (p.id is null or p.kind not in ('storage', 'subcontractor'))""",
    ),
    Invariant(
        "I-87",
        "a piece with a serial number moves by itself and under its number, and stands in stock once at most",
        """select i.code, m.id as move, m.lot_id, m.quantity from stock_move m join item i on i.id = m.item_id
        where i.serial_tracked = true and m.quantity > 0 and (m.quantity <> 1000000 or m.lot_id = 0)
        union all
        select i.code, 0, b.lot_id, sum(b.quantity) from stock_balance b join item i on i.id = b.item_id
        where i.serial_tracked = true group by i.code, b.lot_id having sum(b.quantity) > 1000000""",
    ),
    Invariant(
        "I-88",
        "the warranty of a piece belongs to the shipment that delivered it, and begins on its day",
        """select w.id, w.begins_on, d.kind, d.posted_on from serial_warranty w
        left join document_line l on l.id = w.document_line_id left join document d on d.id = l.document_id
        where d.id is null or d.kind <> 'shipment' or l.lot_id <> w.lot_id or d.posted_on <> w.begins_on""",
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
)
