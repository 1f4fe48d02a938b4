"""The warehouse is the store at one feed position, on SQLite and on PostgreSQL alike (I-11, I-12)."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import func, select

from pipelines import RefreshReport, refresh
from pipelines.feed.changes import Horizon, TooManyChangesError, read_changes, read_horizon
from pipelines.feed.errors import FeedBrokenError, HistoryReplacedError
from pipelines.quality.reconciliation import digest_differences
from pipelines.serving.catalog import metrics, named_queries
from pipelines.serving.mart import Mart
from pipelines.warehouse.engine import connect
from pipelines.warehouse.files import Folder
from pipelines.warehouse.fold import fold_when_due
from schemas.operational.ledger import account, journal_line
from tests.askings import every_asking
from tests.company import DAY, Company, founded, furnish
from tests.plain_judge import PlainJudge
from tests.trading import trade

NEEDED: dict[str, Any] = {
    "as_of": date(2026, 12, 31),
    "from_on": date(2025, 1, 1),
    "to_on": date(2026, 12, 31),
    "now": datetime(2026, 12, 31, tzinfo=UTC),
}


def refreshed(company: Company, folder: Path, *, full: bool = False, whole_gate: bool = False) -> RefreshReport:
    """Refresh and expect it to be published, or to find nothing new."""
    report = refresh(company.gateway.store, folder, full, whole_gate=whole_gate, judge=PlainJudge())
    assert report.outcome != "refused", report.gate
    return report


def differences(company: Company, folder: Path, scratch: Path) -> list[str]:
    """Tables whose rows differ between warehouse and store."""
    place = Folder(folder)
    current = place.current()
    assert current is not None
    scratch.mkdir(exist_ok=True)
    with connect(
        base=place.path / current.base, recent=place.path / current.recent, read_only=True, scratch=scratch
    ) as session:
        return digest_differences(session, company.gateway.store, scratch)


def everything(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The answer of every named query and metric."""
    mart = Mart(folder)
    answers: dict[str, list[dict[str, Any]]] = {}
    for name, query in named_queries().items():
        if query.area != "quality":
            for asking in every_asking(query, NEEDED):
                answers[f"{name} {asking}"] = mart.query(name, **asking)
    for name, metric in metrics().items():
        answers["metric " + name] = mart.metric(name, **{p.name: NEEDED[p.name] for p in metric.parameters}).to_dicts()
    mart.close()
    return answers


def test_an_incremental_warehouse_equals_a_full_load(works: Company, tmp_path: Path) -> None:
    first = refreshed(works, tmp_path / "grown")
    assert first.full
    for _ in range(3):
        trade(works)
        report = refreshed(works, tmp_path / "grown")
        assert (report.outcome, report.full) == ("published", False)
        assert report.rows["stock_move"] == 4
    refreshed(works, tmp_path / "loaded", full=True)
    assert everything(tmp_path / "grown") == everything(tmp_path / "loaded")
    assert differences(works, tmp_path / "grown", tmp_path / "scratch") == []
    assert differences(works, tmp_path / "loaded", tmp_path / "scratch") == []


def test_nothing_new_publishes_nothing(works: Company, tmp_path: Path) -> None:
    refreshed(works, tmp_path / "w")
    before = sorted(file.name for file in (tmp_path / "w").iterdir())
    idle = PlainJudge()
    report = refresh(works.gateway.store, tmp_path / "w", judge=idle)
    assert report.outcome == "nothing_new"
    assert idle.starts == 0
    assert sorted(file.name for file in (tmp_path / "w").iterdir()) == before


def test_a_fold_changes_no_answer_and_empties_recent(works: Company, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    refreshed(works, folder)
    trade(works)
    refreshed(works, folder)
    assert fold_when_due(folder, above_rows=0)
    assert not fold_when_due(folder, above_rows=0), "one fold waits already"
    trade(works)
    report = refreshed(works, folder)
    assert not report.full
    current = Folder(folder).current()
    assert current is not None
    assert current.base_position == report.position - 10
    assert differences(works, folder, tmp_path / "scratch") == []
    refreshed(works, tmp_path / "loaded", full=True)
    assert everything(folder) == everything(tmp_path / "loaded")


def test_readers_see_whole_positions_while_writers_write(works: Company, tmp_path: Path) -> None:
    works.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 500, "unit_cost": "6"}])
    folder = tmp_path / "w"
    refreshed(works, folder)
    failures: list[str] = []

    def sell() -> None:
        for _ in range(8):
            receipt = works.submit(
                "create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 1}], reserve=True
            )
            shipped = works.submit("ship_goods", order=receipt.document)
            if shipped.status != "done":
                failures.append(shipped.message_key)

    writers = [threading.Thread(target=sell) for _ in range(4)]
    for writer in writers:
        writer.start()
    positions: list[int] = []
    while any(writer.is_alive() for writer in writers):
        positions.append(refreshed(works, folder).position)
        mart = Mart(folder)
        on_hand = sum(row["quantity"] for row in mart.query("stock_on_hand"))
        moved = sum(row["stock_change"] for row in mart.query("stock_ledger"))
        value = sum(row["value"] for row in mart.query("stock_value"))
        assert on_hand == moved
        assert value == mart.metric("inventory_value", as_of=NEEDED["as_of"])["value"][0]
        mart.close()
    for writer in writers:
        writer.join()
    assert failures == []
    assert positions == sorted(positions)
    assert refreshed(works, folder, whole_gate=True).position == read_position(works)
    assert differences(works, folder, tmp_path / "scratch") == []


def read_position(company: Company) -> int:
    """The store's feed position."""
    with company.gateway.store.reading() as connection:
        return read_horizon(connection).position


def test_statements_reconcile_to_the_ledger_to_the_last_minor_unit(works: Company, tmp_path: Path) -> None:
    trade(works)
    sales = works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 1}])
    works.do("ship_goods", order=sales.document)
    invoice = works.do("issue_customer_invoice", order=sales.document)
    works.do("reverse_document", document=invoice.document, reason="wrong price")
    refreshed(works, tmp_path / "w")
    mart = Mart(tmp_path / "w")

    booked = {row["account_code"]: row["closing"] for row in mart.query("trial_balance_between", **_span())}
    assert booked == stored_balances(works)
    assert sum(booked.values()) == 0

    sheet = {row["key"]: row["amount"] for row in mart.query("balance_sheet", as_of=NEEDED["as_of"])}
    assert sheet["total_assets"] == sheet["total_liabilities_and_owners_equity"] != 0
    income = {row["key"]: row["amount"] for row in mart.query("income_statement", **_span())}
    profit_accounts = [code for code in booked if code.startswith("6")]
    assert income["net_profit"] == -sum(booked[code] for code in profit_accounts)
    assert sheet["undistributed_profit"] == income["net_profit"]

    for statement, arguments in (("balance_sheet", {"as_of": NEEDED["as_of"]}), ("income_statement", _span())):
        lines = mart.frame(statement, **arguments).filter(pl.col("kind") == "line")
        accounts = mart.frame(f"{statement}_accounts", **arguments)
        column = "debit_balance" if statement == "balance_sheet" else "credit_amount"
        for line in lines.to_dicts():
            behind = accounts.filter(pl.col("line") == line["line"])
            assert abs(line["amount"]) == abs(sum(behind[column], Decimal(0))), line
    for code, balance in booked.items():
        lines = mart.query("general_ledger", account_code=code)
        assert sum(line["debit"] - line["credit"] for line in lines) == balance
        assert all(line["document_number"] for line in lines)


def _span() -> dict[str, date]:
    return {"from_on": NEEDED["from_on"], "to_on": NEEDED["to_on"]}


def stored_balances(company: Company) -> dict[str, Decimal]:
    """Debit less credit of every account, from the operational store."""
    query = select(account.c.code, func.sum(journal_line.c.debit), func.sum(journal_line.c.credit)).join(
        journal_line, journal_line.c.account_id == account.c.id
    )
    with company.gateway.store.reading() as connection:
        return {code: debit - credit for code, debit, credit in connection.execute(query.group_by(account.c.code))}


def test_stock_of_a_day_is_what_the_moves_up_to_it_leave(works: Company, tmp_path: Path) -> None:
    line = {"item": "PART", "location": "MAIN", "quantity": 10, "unit_cost": "3"}
    works.do("book_opening_stock", posted_on="2026-05-31", lines=[line])
    works.do("book_opening_stock", posted_on="2026-06-10", lines=[{**line, "quantity": 5}])
    refreshed(works, tmp_path / "w")
    mart = Mart(tmp_path / "w")
    for day, quantity in ((date(2026, 5, 30), None), (date(2026, 5, 31), 10), (date(2026, 6, 15), 15)):
        rows = mart.query("stock_on_hand_as_of", as_of=day)
        assert [row["quantity"] for row in rows] == ([] if quantity is None else [quantity])
        values = mart.query("stock_value_as_of", as_of=day)
        assert [row["value"] for row in values] == ([] if quantity is None else [quantity * 3])
    now = mart.query("stock_on_hand")
    assert [(row["item_code"], row["quantity"]) for row in now] == [("PART", 15)]


def test_a_quarantined_row_is_released_by_a_command(works: Company, tmp_path: Path) -> None:
    works.do(
        "put_supplier_item",
        supplier="SUP",
        item="PART",
        prices=[{"from_quantity": 0, "unit_price": "0", "valid_from": DAY}],
    )
    report = refreshed(works, tmp_path / "w")
    assert report.quarantined == 1
    mart = Mart(tmp_path / "w")
    (row,) = mart.query("quarantine")
    assert (row["table_name"], row["rule"], row["decision"]) == ("price_break", "supplier_price_is_a_price", None)
    works.do(
        "decide_quarantine",
        table_name="price_break",
        row_key=str(row["row_key"]),
        rule="supplier_price_is_a_price",
        decision="release",
        reason="samples are free",
    )
    refreshed(works, tmp_path / "w")
    (row,) = mart.query("quarantine")
    assert (row["decision"], row["decision_reason"]) == ("release", "samples are free")
    assert mart.metric("quarantined_rows").is_empty()


def test_another_history_is_loaded_in_full(works: Company, tmp_path: Path) -> None:
    refreshed(works, tmp_path / "w")
    with founded(str(tmp_path / "other.db"), key_file=tmp_path / "other.key", name="Other works") as other:
        furnish(other)
        trade(other)
        report = refreshed(other, tmp_path / "w")
        assert report.full
        assert {row["company"] for row in Mart(tmp_path / "w").query("item_card")} == {"Other works"}


def test_the_feed_refuses_to_guess(works: Company) -> None:
    with works.gateway.store.reading() as connection:
        horizon = read_horizon(connection)
        with pytest.raises(HistoryReplacedError):
            read_changes(connection, Horizon(horizon.position, "another hash"), at_most=10)
        with pytest.raises(HistoryReplacedError):
            read_changes(connection, Horizon(horizon.position + 1, ""), at_most=10)
        with pytest.raises(TooManyChangesError):
            read_changes(connection, Horizon(0, ""), at_most=10)
        assert read_changes(connection, horizon, at_most=0).row_count == 0


def test_a_row_that_the_feed_names_and_the_store_lacks_is_an_error(
    works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setattr(json, "loads", lambda _text: {"party": [1_000_000_000]})
    with works.gateway.store.reading() as connection:
        before = read_horizon(connection)
        with pytest.raises(FeedBrokenError, match="party"):
            read_changes(connection, Horizon(0, ""), at_most=10**9)
        assert before.position > 0
