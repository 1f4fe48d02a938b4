"""Fills the ledgers of a store by SQL with millions of rows that keep every invariant, for benchmarks that need the size.

Pairs of a receipt of 4 and a shipment of 3 for each of three items, all at one cost. A document takes 16 ids: itself, 3 lines,
3 moves, 2 journal lines and its entry. One row of the feed stands for all of it, since a full load does not read the feed.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text

from schemas.operational import METADATA
from schemas.operational.guards import guard_statements
from tests.company import DAY, Company

LEDGER_ROWS_A_DOCUMENT: Final = 5
_COST: Final = 30_000  # 3 in stored form, 4 decimals
_FILLED: Final = ("document", "document_line", "stock_move", "journal_line", "journal_entry")


def fill(company: Company, *, documents: int, items: int = 2_000) -> None:
    """Fill the ledgers of a furnished company on SQLite.

    Args:
        company: the company.
        documents: documents to make; half receipts, half shipments.
        items: items that move.
    """
    store = company.gateway.store
    indexes = [index for name in _FILLED for index in METADATA.tables[name].indexes]
    with store.writing() as connection:
        for trigger in (
            connection.execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all()
        ):
            connection.exec_driver_sql(f'drop trigger "{trigger}"')
        for index in indexes:
            index.drop(connection)
        known = {name: connection.execute(text(query)).scalar_one() for name, query in _KNOWN.items()}
        first_item = known["last_id"] + 1
        _insert_items(connection, first_item, items, known["part"])
    values: dict[str, Any] = {
        **known,
        "documents": documents,
        "items": items,
        "first_item": first_item,
        "first": first_item + items,
        "cost": _COST,
        "start": DAY.isoformat(),
        "days": 360,
    }
    for statement in _LEDGER:
        with store.writing() as connection:
            connection.execute(text(statement), values)
    with store.writing() as connection:
        last = first_item + items + documents * 16 + items + 1
        connection.execute(text("update store_head set last_id = :last, position = position + 1"), {"last": last})
        connection.execute(text(_FEED))
        for index in indexes:
            index.create(connection)
        for statement in guard_statements("sqlite"):
            connection.exec_driver_sql(statement)


def _insert_items(connection: Connection, first: int, count: int, like: int) -> None:
    """Copy an item under new codes."""
    own = {"id", "code", "name", "search_key"}
    columns = ", ".join(f'"{c.name}"' for c in METADATA.tables["item"].columns if c.name not in own)
    connection.execute(
        text(
            f"""
            with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < :count)
            insert into item (id, code, name, search_key, {columns})
            select :first + i, 'B' || i, 'Bench ' || i, 'b' || i, {columns} from n, item where item.id = :like
            """
        ),
        {"first": first, "count": count, "like": like},
    )


_KNOWN: Final = {
    "last_id": "select last_id from store_head",
    "part": "select id from item where code = 'PART'",
    "supplier": "select id from party where code = 'SUP'",
    "customer": "select id from party where code = 'CUS'",
    "store": "select id from location where kind = 'storage'",
    "supplier_place": "select id from location where kind = 'supplier'",
    "customer_place": "select id from location where kind = 'customer'",
    "raw": "select account_id from account_role where role = 'inventory_raw'",
    "received": "select account_id from account_role where role = 'goods_received_not_invoiced'",
    "sold": "select account_id from account_role where role = 'cost_of_sales'",
}

_DOCUMENTS: Final = """
with recursive
n (d) as (select 0 union all select d + 1 from n where d + 1 < :documents),
dated (d, day) as (select d, date(:start, '-' || (:days - d * :days / :documents) || ' days') from n)
insert into document (
    id, kind, number, state, party_id, document_on, posted_on, currency, exchange_rate, net_amount, tax_amount, total_amount,
    fulfilled_quantity, created_by, created_at, version
)
select
    :first + d * 16,
    case d % 2 when 0 then 'goods_receipt' else 'shipment' end,
    'X' || d,
    'posted',
    case d % 2 when 0 then :supplier else :customer end,
    day, day, 'CNY', 100000000, 0, 0, 0, 0, 1, 0, 1
from dated
"""

_LINES: Final = """
with recursive
n (d) as (select 0 union all select d + 1 from n where d + 1 < :documents),
l (k) as (values (0), (1), (2))
insert into document_line (
    id, document_id, line, kind, item_id, quantity, unit_price, discount_rate, net_amount, tax_amount, lot_id, reserved_quantity,
    fulfilled_quantity, invoiced_quantity, invoiced_amount, returned_quantity, creditable_quantity, credited_quantity, stock_value,
    closed
)
select
    :first + d * 16 + 1 + k,
    :first + d * 16,
    k + 1,
    'item',
    :first_item + (d / 2 * 3 + k) % :items,
    case d % 2 when 0 then 4000000 else 3000000 end,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    case d % 2 when 0 then 4 else -3 end * :cost,
    0
from n, l
"""

_MOVES: Final = """
insert into stock_move (
    id, document_id, document_line_id, item_id, from_location_id, to_location_id, lot_id, owner_id, status, quantity, value,
    posted_on, period_id
)
select
    l.id + 4, l.document_id, l.id, l.item_id,
    case l.stock_value > 0 when 1 then :supplier_place else :store end,
    case l.stock_value > 0 when 1 then :store else :customer_place end,
    0, 0, 'available', l.quantity, l.stock_value, d.posted_on, p.id
from document_line l
cross join document d on d.id = l.document_id
cross join fiscal_period p on d.posted_on between p.starts_on and p.ends_on
where l.document_id >= :first
"""

_ENTRIES: Final = """
insert into journal_entry (id, number, posted_on, period_id, document_id, fact, line_count)
select
    d.id + 12, 'J' || d.id, d.posted_on, p.id, d.id,
    case d.kind when 'goods_receipt' then 'GoodsReceived' else 'GoodsShipped' end,
    2
from document d
cross join fiscal_period p on d.posted_on between p.starts_on and p.ends_on
where d.id >= :first
"""

_JOURNAL: Final = """
insert into journal_line (id, entry_id, line, account_id, debit, credit)
select
    m.document_id + 10 + k,
    m.document_id + 12,
    k + 1,
    case when (m.kind = 'goods_receipt') = (k = 0) then :raw when m.kind = 'goods_receipt' then :received else :sold end,
    case k when 0 then m.amount else 0 end,
    case k when 1 then m.amount else 0 end
from
    (
        select d.id as document_id, d.kind, case d.kind when 'goods_receipt' then 4 else 3 end * 3 * :cost as amount
        from document d
        where d.id >= :first
    ) m,
    (select 0 as k union all select 1)
"""

_VALUES: Final = """
insert into item_value (item_id, quantity, value, last_unit_cost)
select item_id, sum(case when value > 0 then quantity else -quantity end), sum(value), :cost * 10000
from stock_move
where document_id >= :first
group by item_id
"""

_BALANCES: Final = """
insert into stock_balance (id, item_id, location_id, lot_id, owner_id, status, quantity, reserved)
select
    :first + :documents * 16 + row_number() over (order by item_id),
    item_id, :store, 0, 0, 'available', quantity, 0
from item_value
where item_id >= :first_item
"""

_LEDGER: Final = (_DOCUMENTS, _LINES, _MOVES, _ENTRIES, _JOURNAL, _VALUES, _BALANCES)

_FEED: Final = """
insert into feed (
    position, recorded_at, principal_id, command, command_id, changes, before_after, content_hash, chain_hash
)
select position, 0, 1, 'bench', 'bench', '{}', '[]', '', 'bench' from store_head
"""
