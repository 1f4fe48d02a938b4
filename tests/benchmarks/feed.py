"""How long from a commit to its visibility in a mart, gates included, with millions of ledger rows; and a full rebuild of those.

The ledger is filled by SQL (receipts and shipments at one cost, so that every invariant holds), then documents are
posted through commands while the refresh runs as it does beside the server. Ledger rows are stock moves and journal
lines; documents, lines and entries come on top and are loaded too.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from pipelines import RefreshReport, refresh
from pipelines.quality.gate import JudgeProcess
from pipelines.quality.rules import Rule
from pipelines.serving.mart import Mart
from pipelines.warehouse.fold import fold_when_due
from schemas.operational import METADATA
from schemas.operational.guards import guard_statements
from tests.company import DAY, Company, founded, furnish

_LINES: Final = 3
_ROWS_A_DOCUMENT: Final = _LINES + 2
_COST: Final = 3


def run(ledger_rows: int = 10_000_000, commits: int = 120, folder: Path | None = None) -> list[dict[str, Any]]:
    """Measure the feed.

    Args:
        ledger_rows: stock moves and journal lines in the store.
        commits: documents posted while measuring.
        folder: where to work; a temporary folder by default.

    Returns:
        One row a figure: `figure`, `value`, `unit`, and what it was measured with; `processor` is this process's processor time in
        seconds, which a busy machine does not stretch.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="tallyworks-feed-") as temporary:
            return run(ledger_rows, commits, Path(temporary))
    with founded(str(folder / "store.db"), key_file=folder / "store.key") as company, JudgeProcess() as judge:
        furnish(company)
        fill(company, documents=ledger_rows // _ROWS_A_DOCUMENT)
        judge.judge(
            [Rule("resident", "", "warn", "the judge runs beside the server and is loaded once", {})], {"resident": 0}
        )
        warehouse = folder / "warehouse"

        def run_refresh(full: bool) -> RefreshReport:
            return refresh(company.gateway.store, warehouse, full, judge=judge, clock=lambda: datetime.now(UTC))

        start, processor = time.perf_counter(), time.process_time()
        report = run_refresh(True)
        rebuild, processor = time.perf_counter() - start, time.process_time() - processor
        assert report.outcome == "published", report
        loaded = sum(report.rows.values())
        figures = [
            _figure(
                "full rebuild", rebuild, "s", ledger_rows, loaded, processor=round(processor, 2), steps=report.seconds
            ),
            *_latency(company, warehouse, run_refresh, commits, ledger_rows, loaded),
        ]
    return figures


def _latency(
    company: Company,
    warehouse: Path,
    run_refresh: Callable[[bool], RefreshReport],
    commits: int,
    ledger_rows: int,
    loaded: int,
) -> list[dict[str, Any]]:
    """Post documents one after the other, each followed by a refresh, and time from commit to the first read that shows it."""
    mart = Mart(warehouse)
    waits: list[float] = []
    processor: list[float] = []
    steps: dict[str, list[float]] = {}
    folded = 0
    for number in range(commits):
        receipt = company.do(
            "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 5, "unit_price": "3"}]
        )
        received = company.do("receive_goods", order=receipt.document)
        committed, before = time.perf_counter(), time.process_time()
        report = run_refresh(False)
        assert report.outcome == "published", report
        found = mart.query("stock_ledger", document_id=received.document)
        waits.append(time.perf_counter() - committed)
        processor.append(time.process_time() - before)
        assert len(found) == 1, found
        for name, seconds in report.seconds.items():
            steps.setdefault(name, []).append(seconds)
        if number == commits // 2:
            folded = int(fold_when_due(warehouse, above_rows=0))
    mart.close()
    waits.sort()
    details = {name: round(statistics.median(values), 4) for name, values in steps.items()}
    with_details = {
        "processor": round(statistics.median(processor), 3),
        "load_average": round(os.getloadavg()[0], 1),
        "steps": details,
        "folds": folded,
        "commits": commits,
    }
    return [
        _figure("commit to visible, median", statistics.median(waits), "s", ledger_rows, loaded, **with_details),
        _figure("commit to visible, p99", waits[int(len(waits) * 0.99)], "s", ledger_rows, loaded, commits=commits),
        _figure("commit to visible, longest", waits[-1], "s", ledger_rows, loaded, commits=commits),
    ]


def _figure(figure: str, value: float, unit: str, ledger_rows: int, loaded: int, **details: Any) -> dict[str, Any]:
    return {
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "ledger_rows": ledger_rows,
        "rows_in_all": loaded,
        **details,
    }


def fill(company: Company, *, documents: int, items: int = 2_000) -> None:
    """Fill the ledgers by SQL: pairs of a receipt of 4 and a shipment of 3 for each of three items, all at one cost.

    Args:
        company: a furnished company on SQLite.
        documents: documents to make; half receipts, half shipments.
        items: items that move.
    """
    tables = ("document", "document_line", "stock_move", "journal_line", "journal_entry")
    store = company.gateway.store
    indexes = [index for name in tables for index in METADATA.tables[name].indexes]
    with store.writing() as connection:
        _drop_guards(connection)
        for index in indexes:
            index.drop(connection)
        known = _known_ids(connection)
        first = known["last_id"] + 1
        connection.execute(text(_ITEMS), {**known, "first": first, "items": items})
    places = {**known, "first_item": first, "items": items, "documents": documents, "cost": _COST * 10_000}
    places |= {"first": first + items, "start": DAY.isoformat(), "days": 360}
    for statement in _LEDGER:
        with store.writing() as connection:
            connection.execute(text(statement), places)
    with store.writing() as connection:
        last = first + items + documents * 16 + items + 1
        connection.execute(text("update store_head set last_id = :last, position = position + 1"), {"last": last})
        connection.execute(text(_FEED))
        for index in indexes:
            index.create(connection)
        for statement in guard_statements("sqlite"):
            connection.exec_driver_sql(statement)


def _drop_guards(connection: Connection) -> None:
    names = connection.execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all()
    for name in names:
        connection.exec_driver_sql(f'drop trigger "{name}"')


def _known_ids(connection: Connection) -> dict[str, int]:
    def one(query: str) -> int:
        return connection.execute(text(query)).scalar_one()

    return {
        "last_id": one("select last_id from store_head"),
        "part": one("select id from item where code = 'PART'"),
        "supplier": one("select id from party where code = 'SUP'"),
        "customer": one("select id from party where code = 'CUS'"),
        "store": one("select id from location where kind = 'storage'"),
        "supplier_place": one("select id from location where kind = 'supplier'"),
        "customer_place": one("select id from location where kind = 'customer'"),
        "raw": one("select account_id from account_role where role = 'inventory_raw'"),
        "received": one("select account_id from account_role where role = 'goods_received_not_invoiced'"),
        "sold": one("select account_id from account_role where role = 'cost_of_sales'"),
    }


_COUNT: Final = "with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < {limit})"
_ITEM_COLUMNS: Final = ", ".join(
    f'"{c.name}"' for c in METADATA.tables["item"].columns if c.name not in {"id", "code", "name", "search_key"}
)
_ITEMS: Final = (
    f"insert into item (id, code, name, search_key, {_ITEM_COLUMNS}) "
    + _COUNT.format(limit=":items")
    + f" select :first + i, 'B' || i, 'Bench ' || i, 'b' || i, {_ITEM_COLUMNS} from n, item where item.id = :part"
)
_HEAD: Final = ":first + d * 16"
_DAY_OF: Final = "date(:start, '-' || (:days - d * :days / :documents) || ' days')"
_LEDGER: Final = (
    "insert into document (id, kind, number, state, party_id, document_on, posted_on, currency, exchange_rate, net_amount,"
    " tax_amount, total_amount, fulfilled_quantity, created_by, created_at, version) "
    + _COUNT.format(limit=":documents").replace("(i)", "(d)").replace("i + 1", "d + 1")
    + f" select {_HEAD}, case d % 2 when 0 then 'goods_receipt' else 'shipment' end, 'X' || d, 'posted',"
    f" case d % 2 when 0 then :supplier else :customer end, {_DAY_OF}, {_DAY_OF}, 'CNY', 100000000, 0, 0, 0, 0, 1, 0, 1 from n",
    "insert into document_line (id, document_id, line, kind, item_id, quantity, unit_price, discount_rate, net_amount, tax_amount,"
    " lot_id, reserved_quantity, fulfilled_quantity, invoiced_quantity, invoiced_amount, stock_value, closed) "
    + _COUNT.format(limit=":documents").replace("(i)", "(d)").replace("i + 1", "d + 1")
    + f", l (k) as (values (0), (1), (2)) select {_HEAD} + 1 + k, {_HEAD}, k + 1, 'item', :first_item + (d / 2 * 3 + k) % :items,"
    " case d % 2 when 0 then 4000000 else 3000000 end, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
    " case d % 2 when 0 then 4 else -3 end * :cost, 0 from n, l",
    "insert into stock_move (id, document_id, document_line_id, item_id, from_location_id, to_location_id, lot_id, owner_id, status,"
    " quantity, value, posted_on, period_id) select l.id + 4, l.document_id, l.id, l.item_id,"
    " case l.stock_value > 0 when 1 then :supplier_place else :store end,"
    " case l.stock_value > 0 when 1 then :store else :customer_place end, 0, 0, 'available', l.quantity, l.stock_value, d.posted_on,"
    " p.id from document_line l cross join document d on d.id = l.document_id"
    " cross join fiscal_period p on d.posted_on between p.starts_on and p.ends_on where l.document_id >= :first",
    "insert into journal_entry (id, number, posted_on, period_id, document_id, fact, line_count) select d.id + 12, 'J' || d.id,"
    " d.posted_on, p.id, d.id, case d.kind when 'goods_receipt' then 'GoodsReceived' else 'GoodsShipped' end, 2 from document d"
    " cross join fiscal_period p on d.posted_on between p.starts_on and p.ends_on where d.id >= :first",
    "insert into journal_line (id, entry_id, line, account_id, debit, credit) select m.document_id + 10 + k, m.document_id + 12, k + 1,"
    " case when (m.kind = 'goods_receipt') = (k = 0) then :raw when m.kind = 'goods_receipt' then :received else :sold end,"
    " case k when 0 then m.amount else 0 end, case k when 1 then m.amount else 0 end"
    " from (select d.id as document_id, d.kind, case d.kind when 'goods_receipt' then 4 else 3 end * 3 * :cost as amount"
    " from document d where d.id >= :first) m, (select 0 as k union all select 1)",
    "insert into item_value (item_id, quantity, value, last_unit_cost) select item_id,"
    " sum(case when value > 0 then quantity else -quantity end), sum(value), :cost * 10000 from stock_move where document_id >= :first"
    " group by item_id",
    "insert into stock_balance (id, item_id, location_id, lot_id, owner_id, status, quantity, reserved)"
    " select :first + :documents * 16 + row_number() over (order by item_id), item_id, :store, 0, 0, 'available', quantity, 0 from item_value where item_id >= :first_item",
)
_FEED: Final = (
    "insert into feed (position, recorded_at, principal_id, command, command_id, changes, before_after, content_hash, chain_hash)"
    " select position, 0, 1, 'bench', 'bench', '{}', '[]', '', 'bench' from store_head"
)
