"""Rows of stock are locked in one order: balances by item, then places, then values; so no two commands wait for each other in a circle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.kernel import unit_of_work
from app.modules.inventory import places
from tests.company import Company
from tests.makers import COUNTER, count_sheet, counted_line, on_the_way, outside_order, stocked, two_places

_RANK = {"stock_balance": 0, "location": 1, "item_value": 2, "cost_layer": 3}
Locked = list[tuple[int, Any]]


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Locked]:
    """What is locked of stock, in the order in which it is; a row that was made just now follows those of its item."""
    found: Locked = []
    read = unit_of_work.read_rows

    def noting(driver: Any, table: Any, columns: Any, values: list[Any], *, lock: Any) -> Any:
        if lock == "change" and table.name in _RANK:
            found.extend((_RANK[table.name], value) for value in values if not isinstance(value, tuple))
        return read(driver, table, columns, values, lock=lock)

    monkeypatch.setattr(unit_of_work, "read_rows", noting)
    yield found


def goods(works: Company) -> None:
    """Items whose later code has the lower id, a bin with room for twenty, and stock of all of them."""
    two_places(works)
    works.do("put_location", code="BIN1", name="First bin", site="MAIN", capacity_quantity="200")
    for code in ("ZED", "ACE"):
        works.do("put_item", code=code, name=code, category="RAW", unit="EA", list_price="5", tax_code="VAT13")
        stocked(works, code)
    stocked(works)


def bought(works: Company, *items: str) -> int:
    """An order for some of each."""
    lines = [{"item": item, "quantity": 5, "unit_price": "2"} for item in items]
    document = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    assert document is not None
    return document


def in_one_order(found: Locked) -> bool:
    """Whether nothing was locked after what comes behind it; values of balances are their items or ids."""
    ranks = [rank for rank, _ in found]
    balances = [value for rank, value in found if rank == 0]
    return ranks == sorted(ranks) and balances == sorted(balances)


def test_a_receipt_locks_in_order(works: Company, locked: Locked) -> None:
    goods(works)
    order = bought(works, "ACE", "ZED", "PART")
    locked.clear()
    works.do("receive_goods", order=order, location="BIN1")
    assert locked
    assert in_one_order(locked), locked


def test_a_return_to_a_supplier_locks_components_and_goods_at_once(works: Company, locked: Locked) -> None:
    goods(works)
    order = outside_order(works, sent=True)
    receipt = works.do("receive_goods", order=order).document
    locked.clear()
    works.do("return_to_supplier", against=receipt, reason="defective", lines=[{"line": 1, "quantity": 2}])
    assert in_one_order(locked), locked


def test_counts_lock_in_order(works: Company, locked: Locked) -> None:
    goods(works)
    sheet = count_sheet(works)
    lines = [counted_line(item, 101) for item in ("ACE", "PART", "ZED")]
    locked.clear()
    assert works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=lines).status == "done"
    assert in_one_order(locked), locked
    locked.clear()
    works.do("finish_count", sheet=sheet)
    assert in_one_order(locked), locked
    locked.clear()
    counted = [{"item": item, "location": "MAIN", "counted_quantity": 99} for item in ("PART", "ACE", "ZED")]
    works.do("book_stock_count", lines=counted)
    assert in_one_order(locked), locked


def test_what_is_made_of_parts_is_held_with_them(works: Company, locked: Locked) -> None:
    goods(works)
    works.do("put_item", code="LATE", name="Late", category="RAW", unit="EA")
    stocked(works, "LATE")
    lines = [{"component": item, "quantity_per": 1} for item in ("LATE", "PART")]
    works.do("create_bom_revision", item="GOOD", revision="2", effective_from="2026-01-01", lines=lines)
    order = works.do("create_production_order", item="GOOD", quantity=2).document
    locked.clear()
    works.do("complete_production", order=order, quantity=2, backflush=True, location="BIN1")
    balances = [entry for entry in locked if entry[0] == 0]
    assert in_one_order(balances), locked


def test_taking_back_locks_in_order(works: Company, locked: Locked) -> None:
    goods(works)
    order = bought(works, "ACE", "ZED")
    receipt = works.do("receive_goods", order=order, location="BIN1").document
    sent = on_the_way(works)
    locked.clear()
    works.do("reverse_document", document=receipt, reason="wrong")
    assert in_one_order(locked), locked
    locked.clear()
    works.do("receive_transfer", transfer=sent)
    assert in_one_order(locked), locked


def test_two_receipts_at_once_do_not_fill_one_room(works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look for room before either has moved in, if nothing makes the second wait."""
    for number in (1, 2):
        place = {
            "code": f"B{number}",
            "name": "Bin",
            "site": "MAIN",
            "walk_sequence": number,
            "capacity_quantity": "10",
        }
        works.do("put_location", **place)
    works.do("put_item", code="ACE", name="Ace", category="RAW", unit="EA")
    works.do("put_location", code="MAIN", name="Main store", site="MAIN", capacity_quantity="1")
    works.do("put_storage_rule", category="RAW", put_away_strategy="storage_class")
    together = threading.Barrier(2)
    propose = places.proposed_place

    def proposed(*given: Any) -> Any:
        found = propose(*given)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(timeout=1)
        return found

    monkeypatch.setattr(places, "proposed_place", proposed)
    orders = [bought(works, item) for item in ("ACE", "PART")]
    lines = [{"line": 1, "quantity": 5}]
    held = [{"item": "PART", "location": "B1", "quantity": 2, "unit_cost": "1"}]
    works.do("book_opening_stock", lines=held)
    receipts: list[Any] = []
    threads = [
        threading.Thread(target=lambda o=order: receipts.append(works.submit("receive_goods", order=o, lines=lines)))
        for order in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [receipt.status for receipt in receipts] == ["done", "done"], receipts
    grades = {row["code"]: row["quantity"] for row in works.ask("place_map")}
    assert sorted((grades["B1"], grades["B2"])) == [5, 7]
    works.assert_clean()
