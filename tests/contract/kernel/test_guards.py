"""What the databases refuse by themselves, tried with raw SQL: changing a ledger, an unbalanced, unsealed or misdated entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.kernel.unit_of_work import UnitOfWork
from schemas.operational import METADATA
from tests.company import Company
from tests.conftest import copy_of
from tests.contract.modules.test_promotions import promotion, sold
from tests.makers import owed_abroad
from tests.specimens import SPECIMENS

_SELDOM: Final = {
    "case_note": "add_case_note",
    "freight_charge": "book_freight_bill",
    "ordered_by_form": "order_by_form",
    "plan_release": "release_planned_orders",
    "quarantine_decision": "decide_quarantine",
}
"""Ledgers that the little history leaves empty, by the command that writes them."""
LEDGERS = sorted(t.name for t in METADATA.tables.values() if t.info["append_only"])
_PATIENCE_SECONDS: Final = 30.0
_ENTRY = (
    "insert into journal_entry (id, number, posted_on, period_id, document_id, fact, line_count)"
    " select 900000000, 'X-1', {posted_on}, p.id, d.id, 'Raw', {lines}"
    " from fiscal_period p, (select min(id) as id from document) d where p.code = '{period}'"
)
_LINE = (
    "insert into journal_line (id, entry_id, line, account_id, debit, credit)"
    " select {id}, {entry}, {line}, min(id), {debit}, {credit} from account"
)


def refusal(works: Company, *statements: str) -> str:
    """Run raw SQL in one transaction with all guards in place and return the database's complaint."""
    with pytest.raises(DBAPIError) as raised, works.gateway.store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return str(raised.value.orig)


def _replace(connection: Connection, table: str) -> None:
    connection.execute(text(f"insert or replace into {table} select * from {table} limit 1"))


@pytest.fixture
def written(request: pytest.FixtureRequest, database: str, tmp_path: Path, table: str) -> Iterator[Company]:
    """A company in which a ledger has rows."""
    kind = "furnished" if table in _SELDOM or table in _MADE else "busy"
    with copy_of(request, database, kind, tmp_path) as opened:
        if table in _SELDOM:
            specimen = SPECIMENS[_SELDOM[table]]
            receipt = opened.submit(_SELDOM[table], principal=specimen.principal, **specimen.prepare(opened))
            assert receipt.status == "done", receipt
        elif table in _MADE:
            _MADE[table](opened)
        assert opened.ask_table(table), f"{table} has rows"
        yield opened


def _made_for_an_order(works: Company) -> None:
    lines = [{"item": "GOOD", "quantity": 2}]
    sold = works.do("create_sales_order", customer="CUS", lines=lines, reserve=False).document
    works.do("create_production_order", item="GOOD", quantity=2, for_order=sold)


def _ordered_with_a_coupon(works: Company) -> None:
    promotion(works, "LAST", "percent_off", rate="0.5", needs_coupon=True)
    works.do("put_coupon", code="ONE", promotion="LAST")
    sold(works, ("PART", 2), coupons=["ONE"])


def _settled_abroad(works: Company) -> None:
    owed_abroad(works)
    works.do("receive_payment", party="CUS", amount="10", currency="USD")


_MADE: Final[dict[str, Callable[[Company], None]]] = {
    "made_for_order": _made_for_an_order,
    "order_coupon": _ordered_with_a_coupon,
    "foreign_settlement": _settled_abroad,
}


@pytest.mark.parametrize("table", LEDGERS)
def test_a_ledger_refuses_update_and_delete(written: Company, table: str) -> None:
    column = next(iter(METADATA.tables[table].primary_key)).name
    assert "append-only" in refusal(written, f"update {table} set {column} = {column}")
    assert "append-only" in refusal(written, f"delete from {table}")


@pytest.mark.parametrize("table", ["document", "document_line"])
def test_a_document_is_never_deleted(busy_works: Company, table: str) -> None:
    assert "append-only" in refusal(busy_works, f"delete from {table}")


@pytest.mark.parametrize("table", LEDGERS)
def test_a_ledger_refuses_replacement(written: Company, database: str, table: str) -> None:
    """SQLite's `insert or replace` deletes without asking delete triggers; PostgreSQL's `truncate` does the same."""
    if database == "postgresql":
        assert "append-only" in refusal(written, f"truncate {table} cascade")
        return
    with pytest.raises(DBAPIError, match="append-only|is sealed"), written.gateway.store.writing() as connection:
        _replace(connection, table)


@pytest.mark.parametrize("change", ["total_amount = total_amount + 100", "posted_on = '2026-01-01'", "number = 'X'"])
def test_a_posted_document_keeps_its_number_date_and_amounts(busy_works: Company, change: str) -> None:
    assert "posted" in refusal(busy_works, f"update document set {change} where kind = 'customer_invoice'")


def test_an_unbalanced_entry_is_not_sealed(busy_works: Company) -> None:
    lines = (
        _LINE.format(id=900000001, entry=900000000, line=1, debit=10000, credit=0),
        _LINE.format(id=900000002, entry=900000000, line=2, debit=0, credit=9900),
    )
    entry = _ENTRY.format(posted_on="'2026-06-15'", period="2026-06", lines=2)
    assert "does not balance" in refusal(busy_works, *lines, entry)


def test_an_entry_without_lines_or_with_too_few_is_not_sealed(busy_works: Company) -> None:
    entry = _ENTRY.format(posted_on="'2026-06-15'", period="2026-06", lines=3)
    assert "does not balance" in refusal(busy_works, entry)
    lines = (
        _LINE.format(id=900000001, entry=900000000, line=1, debit=10000, credit=0),
        _LINE.format(id=900000002, entry=900000000, line=2, debit=0, credit=10000),
    )
    assert "lacks lines" in refusal(busy_works, *lines, entry)


def test_a_sealed_entry_takes_no_more_lines(busy_works: Company) -> None:
    line = _LINE.format(id=900000001, entry="(select min(id) from journal_entry)", line=99, debit=10000, credit=0)
    assert "is sealed" in refusal(busy_works, line)


@pytest.mark.parametrize(
    ("posted_on", "period"), [("'2025-01-15'", "2025-01"), ("'2026-07-01'", "2026-06"), ("'2026-05-31'", "2026-06")]
)
def test_nothing_is_posted_into_a_locked_period_or_outside_of_one(
    busy_works: Company, posted_on: str, period: str
) -> None:
    lines = (
        _LINE.format(id=900000001, entry=900000000, line=1, debit=10000, credit=0),
        _LINE.format(id=900000002, entry=900000000, line=2, debit=0, credit=10000),
    )
    entry = _ENTRY.format(posted_on=posted_on, period=period, lines=2)
    assert "not open" in refusal(busy_works, *lines, entry)


@pytest.mark.parametrize("column", ["debit", "credit"])
def test_money_lies_on_the_minor_unit(busy_works: Company, column: str) -> None:
    amounts = {"debit": 0, "credit": 0, column: 10001}
    line = _LINE.format(id=900000001, entry=900000000, line=1, **amounts)
    assert "minor unit" in refusal(busy_works, line)


def test_the_books_of_a_locked_period_stay_closed_to_commands(works: Company) -> None:
    works.do("lock_period", period="2025-01")
    line = {"item": "PART", "location": "MAIN", "quantity": 1, "unit_cost": 1}
    assert works.refused("book_opening_stock", posted_on="2025-01-31", lines=[line]) == "period_locked"
    assert works.refused("lock_period", period="2025-03") == "earlier_period_open"
    works.do("unlock_period", period="2025-01", reason="late")
    works.do("book_opening_stock", posted_on="2025-01-31", lines=[line])
    works.assert_clean()


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_period_is_locked_after_the_commands_that_post_into_it_and_refuses_the_next_in_words(works: Company) -> None:
    line = {"item": "PART", "location": "MAIN", "quantity": 1, "unit_cost": 1}
    works.do("book_opening_stock", posted_on="2025-01-31", lines=[line])
    with ThreadPoolExecutor(2) as people:
        with works.gateway.store.write_engine.begin() as holder:
            holder.exec_driver_sql("select 1 from stock_balance for update").all()
            first = people.submit(works.submit, "book_opening_stock", posted_on="2025-01-31", lines=[line])
            _await_waiting_locks(works, 1)
            locking = people.submit(works.submit, "lock_period", period="2025-01")
            _await_waiting_locks(works, 2)
            assert not locking.done()
        receipts = [first.result(), locking.result()]
    assert [receipt.status for receipt in receipts] == ["done", "done"], receipts
    assert receipts[0].position < receipts[1].position
    assert works.refused("book_opening_stock", posted_on="2025-01-31", lines=[line]) == "period_locked"
    works.assert_clean()


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_guard_that_sees_the_period_locked_is_answered_by_running_the_command_again(
    works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {"item": "PART", "location": "MAIN", "quantity": 1, "unit_cost": 1}
    flush = UnitOfWork.flush

    def locking_first(uow: UnitOfWork, **how: Any) -> None:
        monkeypatch.setattr(UnitOfWork, "flush", flush)
        uow.connection.exec_driver_sql("update fiscal_period set state = 'locked' where code = '2025-01'")
        flush(uow, **how)

    monkeypatch.setattr(UnitOfWork, "flush", locking_first)
    assert works.submit("book_opening_stock", posted_on="2025-01-31", lines=[line]).status == "done"
    works.assert_clean()


def _await_waiting_locks(works: Company, count: int) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with works.gateway.store.reading() as connection:
            if connection.exec_driver_sql(waiting).scalar_one() >= count:
                return
    raise AssertionError(f"{count} never came to wait for a lock")


def test_a_conversion_for_all_items_stands_once(works: Company) -> None:
    works.do("put_unit_conversion", from_unit="BOX", to_unit="EA", numerator=12)
    again = "insert into unit_conversion (id, from_unit_id, to_unit_id, numerator, denominator)"
    again += " select 900000000, from_unit_id, to_unit_id, 10, 1 from unit_conversion"
    assert "unique" in refusal(works, again).lower()


@pytest.mark.parametrize(
    "statement",
    [
        "update stock_balance set quantity = -1",
        "update stock_balance set reserved = quantity + 1",
        "update item_value set quantity = 0 where value <> 0",
        "update approval_request set decided_by = requested_by",
        "update company set currency_decimals = 7",
        "update open_item set open_amount = amount + 1",
    ],
)
def test_balances_cannot_leave_their_bounds(busy_works: Company, statement: str) -> None:
    assert "constraint" in refusal(busy_works, statement).lower()


def test_a_foreign_key_that_leads_nowhere_does_not_commit(busy_works: Company) -> None:
    assert "foreign key" in refusal(busy_works, "update document_line set item_id = 999999999").lower()


def test_the_reading_side_cannot_write(works: Company) -> None:
    with pytest.raises(DBAPIError), works.gateway.store.reading() as connection:
        connection.execute(text("update company set name = 'x'"))
