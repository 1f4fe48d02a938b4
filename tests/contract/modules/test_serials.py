"""Pieces with serial numbers on both databases: each is named where it comes in and goes out, and stands in stock once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest

from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from app.modules.inventory import serials, stock
from app.modules.inventory.serials import expanded
from app.modules.master_data import handlers as tracking
from app.printing.sheets import print_document
from tests.company import Company
from tests.makers import COUNTER, count_sheet, counted_line, two_places

D = Decimal
_UNTRACKED_NO_MORE = {"refusal.tracking_changed", "refusal.serial_count", "refusal.lot_needed"}


def pumps(works: Company, serials: Any = "P-01..P-05", **more: Any) -> None:
    """An item with serial numbers and a warranty of two years, and some pieces of it in the main store."""
    item = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "list_price": "90", "tax_code": "VAT13"}
    works.do("put_item", **item, serial_tracked=True, warranty_months=24, **more)
    if serials:
        count = len(expanded([serials]))
        line = {"item": "PUMP", "location": "MAIN", "quantity": count, "unit_cost": "10", "serials": serials}
        works.do("book_opening_stock", lines=[line])


def sold(works: Company, quantity: int, **data: Any) -> int:
    """A sales order for pumps."""
    lines = [{"item": "PUMP", "quantity": quantity, "unit_price": "90"}]
    document = works.do("create_sales_order", customer="CUS", lines=lines, **data).document
    assert document is not None
    return document


def ship(works: Company, order: int, quantity: int, serials: Any) -> Any:
    """Ship some pumps of an order."""
    return works.submit("ship_goods", order=order, lines=[{"line": 1, "quantity": quantity, "serials": serials}])


def standing(works: Company) -> dict[str, str]:
    """Where each pump stands."""
    return {row["serial"]: row["standing"] for row in works.ask("serial_numbers", item="PUMP")}


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        (["A-10..A-01"], "serial_range"),
        (["A-1..B-5"], "serial_range"),
        (["A..B"], "serial_range"),
        (["1.."], "serial_range"),
        (["A-01..A-011"], "serial_range"),
        (["A-1..A-5001"], "serials_too_many"),
        (["A-1..A-99999999999999999999"], "serials_too_many"),
        (["A-1..A-3", "A-2"], "serial_twice"),
        (["A" * 60 + "00001..00002"], "serial_too_long"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(entries: list[str], key: str) -> None:
    with pytest.raises(Refused) as refused:
        expanded(entries)
    assert refused.value.key == key


def test_a_range_keeps_its_leading_zeros_and_grows_where_it_must() -> None:
    assert expanded(["X9..X11", "S-008..S-010", "7..8", "K-1..3"]) == [
        "X9", "X10", "X11", "S-008", "S-009", "S-010", "7", "8", "K-1", "K-2", "K-3",
    ]  # fmt: skip
    assert len(expanded(["A-0001..A-5000"])) == 5000


def test_a_receipt_names_each_piece_and_they_come_to_the_price_of_the_order(works: Company) -> None:
    pumps(works, None)
    lines = [{"item": "PUMP", "quantity": 3, "unit_price": "3.335"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    assert works.refused("receive_goods", order=order) == "serial_count"
    short = [{"line": 1, "quantity": 3, "serials": ["S-1", "S-2"]}]
    assert works.refused("receive_goods", order=order, lines=short) == "serial_count"
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 3, "serials": "S-1, S-2；S-3"}])
    rows = works.ask("document_lines", document=receipt.document)
    assert [(row["lot_code"], row["quantity"]) for row in rows] == [("S-1", D(1)), ("S-2", D(1)), ("S-3", D(1))]
    assert sum(row["net_amount"] for row in rows) == D("10.01")
    assert standing(works) == {"S-1": "in_stock", "S-2": "in_stock", "S-3": "in_stock"}
    works.do("book_supplier_bill", order=order)
    works.assert_clean()


def test_a_piece_stands_in_stock_once(works: Company) -> None:
    pumps(works)
    again = {"item": "PUMP", "location": "MAIN", "quantity": 2, "unit_cost": "10", "serials": ["P-09", "P-03"]}
    receipt = works.submit("book_opening_stock", lines=[again])
    assert receipt.message_key == "refusal.serial_in_stock"
    assert (receipt.values["serial"], receipt.values["location"]) == ("P-03", "MAIN")
    works.do("ship_goods", order=sold(works, 1), lines=[{"line": 1, "quantity": 1, "lot": "P-03"}])
    works.do("book_opening_stock", lines=[again])
    works.assert_clean()


def test_two_who_bring_a_piece_in_at_one_time_bring_it_in_once(works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    pumps(works, "P-01..P-02")
    ship(works, sold(works, 1), 1, "P-01")
    for code in ("BIN1", "BIN2"):
        works.do("put_location", code=code, name=code, site="MAIN")
    holds, look = threading.Event(), stock.entered_places

    def slowly(*given: Any) -> Any:
        """The first holds the balances of the item long enough for the second to wait for them."""
        if not holds.is_set():
            holds.set()
            threading.Event().wait(1)
        return look(*given)

    monkeypatch.setattr(stock, "entered_places", slowly)

    def open_in(place: str) -> str:
        line = {"item": "PUMP", "location": place, "quantity": 1, "unit_cost": "10", "serials": "P-01"}
        return works.submit("book_opening_stock", lines=[line]).message_key

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(open_in, "BIN1")
        holds.wait()
        answers = [first.result, pool.submit(open_in, "BIN2").result]
        assert [answer() for answer in answers] == ["receipt.posted", "refusal.serial_in_stock"]
    works.assert_clean()


@pytest.mark.parametrize(("room", "stands"), [(None, [5]), ("3", [3, 2])])
def test_pieces_of_a_line_are_put_away_together(works: Company, room: str | None, stands: list[int]) -> None:
    pumps(works, None)
    works.do("put_storage_rule", item="PUMP", put_away_strategy="nearest_empty")
    for code in ("BIN1", "BIN2", "BIN3"):
        works.do("put_location", code=code, name=code, site="MAIN", parent="MAIN", capacity_quantity=room)
    lines = [{"item": "PUMP", "quantity": 5, "unit_price": "3.335"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 5, "serials": "S-1..S-5"}])
    held = Counter(row["location_code"] for row in works.ask("serial_numbers", item="PUMP"))
    assert [held[code] for code in sorted(held)] == stands
    works.assert_clean()


def test_one_command_takes_so_many_pieces_over_all_its_lines(works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serials, "MOST", 6)
    pumps(works, None)

    def opening(second: str, quantity: int) -> dict[str, Any]:
        line = {"item": "PUMP", "location": "MAIN", "unit_cost": "10"}
        named = ({"quantity": 3, "serials": "S-1..S-3"}, {"quantity": quantity, "serials": second})
        return {"lines": [{**line, **more} for more in named]}

    assert works.refused("book_opening_stock", **opening("S-4..S-7", 4)) == "serials_too_many"
    works.do("book_opening_stock", **opening("S-4..S-6", 3))
    order = sold(works, 6)
    named = [{"line": 1, "quantity": 4, "serials": "S-1..S-4"}, {"line": 1, "quantity": 3, "serials": "S-5..S-7"}]
    assert works.refused("ship_goods", order=order, lines=named) == "serials_too_many"
    bought = [{"item": "PUMP", "quantity": 9, "unit_price": "3"}]
    incoming = works.do("create_purchase_order", supplier="SUP", lines=bought).document
    assert works.refused("receive_goods", order=incoming, lines=named) == "serials_too_many"


def test_a_piece_that_is_named_twice_for_one_shipment_is_refused(works: Company) -> None:
    pumps(works, "P-01..P-03")
    order = sold(works, 2)
    twice = [{"line": 1, "quantity": 1, "serials": "P-01"}] * 2
    assert works.refused("ship_goods", order=order, lines=twice) == "serial_twice"
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 2, "serials": "P-01, P-02"}])
    works.assert_clean()


def test_who_ships_names_the_pieces_and_the_warranty_begins(works: Company) -> None:
    pumps(works)
    order = sold(works, 2)
    assert works.refused("ship_goods", order=order) == "serial_count"
    assert ship(works, order, 2, ["P-02", "P-77"]).message_key == "refusal.stock_short"
    shipment = ship(works, order, 2, ["P-04", "P-02"])
    assert shipment.status == "done", shipment
    delivered = [row for row in works.ask("serial_numbers", item="PUMP") if row["standing"] == "delivered"]
    assert [(row["serial"], row["party_code"], row["number"]) for row in delivered] == [
        ("P-02", "CUS", shipment.number),
        ("P-04", "CUS", shipment.number),
    ]
    assert {row["warranty_until"] for row in delivered} == {date(2028, 6, 15)}
    (told,) = [row for row in works.ask("lot_recall", item="PUMP", lot="P-04") if row["role"] == "customer"]
    assert (told["party_code"], told["number"]) == ("CUS", shipment.number)
    assert works.ask("stock_on_hand", search="PUMP")[0]["reserved"] == D(0)
    works.do("put_item", code="PUMP", warranty_months=1)
    assert works.ask("serial_numbers", item="PUMP")[1]["warranty_until"] == date(2028, 6, 15)
    works.do("receive_return", against=shipment.document, reason="defective", lines=[{"line": 1, "quantity": 1}])
    back = {row["serial"]: row for row in works.ask("serial_numbers", item="PUMP")}
    assert sorted((back[s]["standing"], back[s]["warranty_until"]) for s in ("P-02", "P-04")) == [
        ("delivered", date(2028, 6, 15)),
        ("in_stock", None),
    ]
    works.assert_clean()


def test_a_shipment_that_is_taken_back_ends_its_warranty(works: Company) -> None:
    pumps(works)
    shipment = ship(works, sold(works, 1), 1, "P-01").document
    works.do("reverse_document", document=shipment, reason="wrong")
    (row,) = [row for row in works.ask("serial_numbers", search="P-01") if row["serial"] == "P-01"]
    assert (row["standing"], row["warranty_until"]) == ("in_stock", None)
    works.assert_clean()


def test_a_return_that_is_taken_back_leaves_the_warranty(works: Company) -> None:
    pumps(works, "P-01..P-01")
    shipment = ship(works, sold(works, 1), 1, "P-01").document
    back = works.do("receive_return", against=shipment, reason="defective").document
    works.do("reverse_document", document=back, reason="wrong")
    (row,) = works.ask("serial_numbers", item="PUMP")
    assert (row["standing"], row["warranty_until"]) == ("delivered", date(2028, 6, 15))
    works.assert_clean()


@pytest.mark.parametrize("command", ["cancel_sales_order", "close_sales_order"])
def test_an_order_ends_while_its_piece_is_exchanged(
    works: Company, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    pumps(works, "P-01..P-03")
    first, second = sold(works, 1), sold(works, 1, reserve=False)
    (held,) = [row["lot_code"] for row in works.ask("stock_by_location", search="PUMP") if row["reserved"] > 0]
    holds, look = threading.Event(), stock.entered_places

    def slowly(*given: Any) -> Any:
        """The shipment holds the balances of the item long enough for the other to wait for them."""
        holds.set()
        threading.Event().wait(1)
        return look(*given)

    monkeypatch.setattr(stock, "entered_places", slowly)
    with ThreadPoolExecutor(2) as pool:
        shipped = pool.submit(ship, works, second, 1, held)
        holds.wait()
        ended = pool.submit(works.submit, command, order=first)
        assert (shipped.result().status, ended.result().status) == ("done", "done"), ended.result()
    works.assert_clean()


@pytest.mark.parametrize("reserve", [True, False])
def test_a_piece_that_another_order_reserved_is_exchanged(works: Company, reserve: bool) -> None:
    pumps(works, "P-01..P-03")
    first, second = sold(works, 1), sold(works, 1, reserve=reserve)
    assert ship(works, second, 1, "P-01").status == "done"
    (left,) = [row for row in works.ask("stock_by_location", search="PUMP") if row["reserved"] > 0]
    assert left["lot_code"] in {"P-02", "P-03"}
    works.assert_clean()
    assert ship(works, first, 1, left["lot_code"]).status == "done"
    works.assert_clean()


def test_a_piece_is_not_exchanged_where_no_other_is_there(works: Company) -> None:
    pumps(works, "P-01..P-01")
    sold(works, 1)
    refused = ship(works, sold(works, 1), 1, "P-01")
    assert refused.message_key == "refusal.serial_reserved"
    works.assert_clean()


def test_a_piece_that_is_being_picked_is_not_exchanged(works: Company) -> None:
    pumps(works, "P-01..P-02")
    picked = sold(works, 1)
    works.do("release_wave", orders=[picked])
    (line,) = works.ask("pick_lines", document=picked)
    other = sold(works, 1)
    assert ship(works, other, 1, line["lot_code"]).message_key == "refusal.serial_reserved"
    scan = {"pick_list": line["pick_list_id"], "line": 1, "location": "MAIN", "scanned": line["lot_code"]}
    works.do("confirm_pick", **scan, quantity=1)
    works.do("pack_parcel", order=picked)
    works.do("hand_over_parcels", order=picked)
    assert standing(works)[line["lot_code"]] == "delivered"
    works.assert_clean()


def test_production_issues_and_completes_pieces(works: Company) -> None:
    pumps(works)
    works.do("put_item", code="RIG", name="Rig", category="FG", unit="EA", source="make", serial_tracked=True)
    lines = [{"component": "PUMP", "quantity_per": 1}]
    works.do("create_bom_revision", item="RIG", revision="1", effective_from="2026-01-01", lines=lines)
    order = works.do("create_production_order", item="RIG", quantity=3).document
    made = {"order": order, "quantity": 3}
    assert works.refused("complete_production", **made, serials="R-1..R-3", backflush=True) == "serial_count"
    assert works.refused("issue_material", order=order) == "serial_count"
    works.do("issue_material", order=order, lines=[{"line": 1, "quantity": 3, "serials": "P-01..P-03"}])
    assert works.refused("complete_production", **made) == "serial_count"
    completion = works.do("complete_production", **made, serials=["R-1..R-3"]).document
    assert [row["stock_value"] for row in works.ask_table("document_line") if row["document_id"] == completion] == [
        D(10)
    ] * 3
    assert standing(works)["P-02"] == "used"
    origins = {row["lot_code"] for row in works.ask("lot_recall", item="RIG", lot="R-2") if row["role"] == "made_of"}
    assert origins == {"P-01", "P-02", "P-03"}
    works.assert_clean()
    works.do("reverse_document", document=completion, reason="wrong")
    works.assert_clean()
    works.do("complete_production", order=order, quantity=2, scrapped_quantity=1, serials=["R-1..R-2"], close=True)
    works.assert_clean()


def test_pieces_are_counted_one_by_one(works: Company) -> None:
    pumps(works)
    two_places(works)
    moved = {"item": "PUMP", "quantity": 2, "from_location": "MAIN", "to_location": "BIN1", "serials": "P-04..P-05"}
    works.do("transfer_stock", lines=[moved])
    sheet = count_sheet(works, "BIN1")

    def entered(*lines: dict[str, Any]) -> Any:
        return works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=list(lines))

    def found(serial: str, quantity: int = 1) -> dict[str, Any]:
        return counted_line("PUMP", quantity, "BIN1", lot=serial)

    assert entered(found("P-04", 2)).message_key == "refusal.serial_one_piece"
    assert entered(found("P-04"), found("P-04")).message_key == "refusal.serial_one_piece"
    assert entered(found("P-01")).message_key == "refusal.serial_elsewhere"
    for _ in range(2):
        assert entered(found("P-04"), found("P-05", 0), found("NEW")).status == "done"
    works.do("finish_count", sheet=sheet)
    works.do("decide_count", sheet=sheet, reason="not_booked")
    assert standing(works) == {
        "NEW": "in_stock", "P-01": "in_stock", "P-02": "in_stock", "P-03": "in_stock", "P-04": "in_stock", "P-05": "gone",
    }  # fmt: skip
    works.assert_clean()


def test_goods_without_serial_numbers_take_none(works: Company) -> None:
    line = {"item": "PART", "location": "MAIN", "quantity": 1, "unit_cost": "1", "serials": ["A"]}
    assert works.refused("book_opening_stock", lines=[line]) == "serials_not_used"


def test_how_an_item_is_tracked_changes_with_an_empty_store_only(works: Company) -> None:
    pumps(works)
    assert works.refused("put_item", code="PUMP", serial_tracked=False) == "tracking_in_use"
    assert works.refused("put_item", code="X", name="X", category="RAW", unit="KG", serial_tracked=True) == (
        "serial_unit_whole"
    )
    works.do("put_item", code="PUMP", name="Pump 2")
    works.do("put_item", code="NEW", name="New", category="RAW", unit="EA", serial_tracked=True)
    assert works.refused("put_item", code="NEW", lot_tracked=False) == "serial_is_lot"
    works.do("put_item", code="NEW", serial_tracked=False, lot_tracked=False)
    line = {"item": "NEW", "location": "MAIN", "quantity": 2, "unit_cost": "1"}
    opened = works.do("book_opening_stock", lines=[line]).document
    works.do("reverse_document", document=opened, reason="wrong")
    assert works.refused("put_item", code="NEW", serial_tracked=True) == "serial_after_moves"
    works.assert_clean()


def sent(works: Company, serials: str = "P-01..P-04") -> int:
    """A transfer of pumps that is on its way."""
    two_places(works)
    line = {"item": "PUMP", "quantity": len(expanded([serials])), "serials": serials}
    document = works.do("send_transfer", from_location="MAIN", to_location="BIN1", lines=[line]).document
    assert document is not None
    return document


def test_a_transfer_names_what_is_sent_what_arrives_and_what_is_lost(works: Company) -> None:
    pumps(works)
    transfer = sent(works)
    unnamed = {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "PUMP", "quantity": 1}]}
    assert works.refused("send_transfer", **unnamed) == "serial_count"

    def refused(**line: Any) -> str:
        return works.refused("receive_transfer", transfer=transfer, lines=[{"line": 1, **line}])

    assert refused(quantity=2, serials="P-01") == "serial_count"
    assert refused(quantity=1, serials="P-05") == "serial_not_left"
    assert refused(quantity=1, serials="P-01", lost_quantity=1, lost_serials="P-01", reason="lost") == "serial_twice"
    assert refused(quantity=1, serials="P-01", lost_quantity=1, reason="lost") == "serial_count"
    assert refused(quantity=1, serials="P-01", lost_quantity=1, lost_serials="P-02") == "loss_reason_needed"
    assert refused(quantity=1, serials="P-01", reason="lost") == "loss_reason_not_used"
    assert refused(quantity=2) == "more_than_sent"
    came = {"line": 1, "quantity": 2, "serials": "P-03 P-01", "status": "hold"}
    lost = {"lost_quantity": 1, "lost_serials": "P-02", "reason": "damaged"}
    receipt = works.do("receive_transfer", transfer=transfer, lines=[{**came, **lost}]).document
    assert [row["lot_code"] for row in works.ask("transfer_losses", document=receipt)] == ["P-02"]
    left = works.ask("transfer_lines", document=transfer)
    assert [row["lot_code"] for row in left if row["open_quantity"]] == ["P-04"]
    places = {row["serial"]: row["location_code"] for row in works.ask("serial_numbers", item="PUMP")}
    assert places == {"P-01": "BIN1", "P-02": None, "P-03": "BIN1", "P-04": "TRANSIT", "P-05": "MAIN"}
    works.do("receive_transfer", transfer=transfer)
    works.assert_clean()
    works.do("reverse_document", document=receipt, reason="wrong")
    works.do("receive_transfer", transfer=transfer, lines=[{"line": 2, "quantity": 1, "serials": "P-01..P-01"}])
    works.assert_clean()


def test_a_return_against_an_order_names_the_pieces_that_come_back(works: Company) -> None:
    pumps(works)
    order = sold(works, 4)
    ship(works, order, 2, "P-01 P-02")
    ship(works, order, 2, "P-03 P-04")

    def back(quantity: int, serials: Any = (), against: int = order) -> Any:
        line = {"line": 1, "quantity": quantity, "serials": serials}
        return works.submit("receive_return", against=against, reason="defective", lines=[line])

    assert back(2).message_key == "refusal.serial_count"
    assert back(2, "P-01").message_key == "refusal.serial_count"
    assert back(1, "P-05").message_key == "refusal.serial_not_left"
    assert back(5, "P-01..P-05").message_key == "refusal.more_than_delivered"
    assert works.ask("returnable_lines", document=order)[0]["serials"] == "P-01 P-02 P-03 P-04"
    assert back(2, "P-04, P-01").status == "done"
    stands = standing(works)
    assert [serial for serial, where in sorted(stands.items()) if where == "in_stock"] == ["P-01", "P-04", "P-05"]
    assert works.ask("returnable_lines", document=order)[0]["serials"] == "P-02 P-03"
    assert back(1, "P-04").message_key == "refusal.serial_not_left"
    assert back(2).status == "done", "nothing is guessed where all comes back"
    works.assert_clean()


def test_a_return_against_a_shipment_may_name_the_piece_of_its_line(works: Company) -> None:
    pumps(works)
    shipment = ship(works, sold(works, 2), 2, "P-01 P-02").document
    wrong = [{"line": 1, "quantity": 1, "serials": "P-02"}]
    assert works.refused("receive_return", against=shipment, reason="defective", lines=wrong) == "serial_not_left"
    right = [{"line": 2, "quantity": 1, "serials": "P-02"}]
    works.do("receive_return", against=shipment, reason="defective", lines=right)
    assert standing(works)["P-02"] == "in_stock"


def test_a_supplier_gets_the_pieces_back_that_are_named(works: Company) -> None:
    pumps(works, None)
    lines = [{"item": "PUMP", "quantity": 3, "unit_price": "3.335"}, {"item": "PART", "quantity": 2, "unit_price": "1"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    named = [{"line": 1, "quantity": 3, "serials": "S-1..S-3"}, {"line": 2, "quantity": 2}]
    works.do("receive_goods", order=order, lines=named)

    def back(**line: Any) -> Any:
        return works.submit("return_to_supplier", against=order, reason="defective", lines=[line])

    assert back(line=1, quantity=2).message_key == "refusal.serial_count"
    assert back(line=2, quantity=1, serials=["X"]).message_key == "refusal.serials_not_used"
    assert back(line=1, quantity=2, serials="S-3 S-1").status == "done"
    assert standing(works) == {"S-1": "gone", "S-2": "in_stock", "S-3": "gone"}
    works.assert_clean()


def test_a_subcontractor_gets_uses_and_gives_back_pieces_by_number(works: Company) -> None:
    pumps(works)
    works.do("put_item", code="RIG", name="Rig", category="FG", unit="EA", source="make")
    lines = [{"component": "PUMP", "quantity_per": 1}]
    works.do("create_bom_revision", item="RIG", revision="1", effective_from="2020-01-01", lines=lines)
    works.do("put_location", code="AT-SUP", name="At the supplier's", kind="subcontractor", supplier="SUP")
    works.do("put_supplier_item", supplier="SUP", item="RIG", components_provided=True)
    bought = [{"item": "RIG", "quantity": 2, "unit_price": "4"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=bought).document
    assert works.refused("send_components", order=order) == "serial_count"
    named = {"item": "PUMP", "quantity": 4, "serials": "P-01..P-04"}
    works.do("send_components", order=order, lines=[named])
    assert works.refused("receive_goods", order=order) == "serial_count"
    used = {"line": 1, "item": "PUMP", "quantity": 2}
    assert works.refused("receive_goods", order=order, components=[used]) == "serial_count"
    receipt = works.do("receive_goods", order=order, components=[{**used, "serials": "P-02 P-04"}]).document
    assert {serial: where for serial, where in standing(works).items() if where == "used"} == {
        "P-02": "used", "P-04": "used",
    }  # fmt: skip
    unnamed = {"item": "PUMP", "quantity": 1}
    assert works.refused("take_components_back", supplier="SUP", lines=[unnamed]) == "serial_count"
    works.do("take_components_back", supplier="SUP", lines=[{**unnamed, "serials": ["P-03"]}])
    works.do("take_components_back", supplier="SUP")
    places = {row["serial"]: row["location_code"] for row in works.ask("serial_numbers", item="PUMP")}
    assert (places["P-01"], places["P-03"]) == ("MAIN", "MAIN")
    works.assert_clean()
    works.do("reverse_document", document=receipt, reason="wrong")
    assert standing(works)["P-02"] == "in_stock"
    works.assert_clean()


def test_a_notice_names_the_pieces_that_the_receipt_takes(works: Company) -> None:
    pumps(works, None)
    lines = [{"item": "PUMP", "quantity": 5, "unit_price": "3.335"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document

    def announced(*lines: dict[str, Any]) -> Any:
        named = [{"line": 1, **line} for line in lines]
        return works.submit("announce_delivery", order=order, expected_on="2026-07-01", lines=named)

    assert announced({"quantity": 2, "serials": "S-1"}).message_key == "refusal.serial_count"
    assert announced({"quantity": 2, "lot": "S-1"}).message_key == "refusal.serial_count"
    twice = ({"quantity": 1, "serials": "S-1"}, {"quantity": 1, "lot": "S-1"})
    assert announced(*twice).message_key == "refusal.serial_twice"
    notice = announced({"quantity": 3, "serials": "S-1..S-3"}).document
    (line,) = works.ask("lines_to_receive", order=notice)
    assert (line["announced_quantity"], line["serials"], line["lot"]) == (D(3), "S-1 S-2 S-3", None)
    receipt = works.do("receive_goods", order=notice)
    assert receipt.message_key == "receipt.posted"
    assert standing(works) == dict.fromkeys(("S-1", "S-2", "S-3"), "in_stock")
    unnamed = announced({"quantity": 2}).document
    assert works.refused("receive_goods", order=unnamed) == "serial_count"
    works.do("receive_goods", order=unnamed, lines=[{"line": 1, "quantity": 2, "serials": "S-8 S-9"}])
    works.assert_clean()


def test_what_goes_back_or_on_its_way_has_a_note_that_names_the_pieces(works: Company) -> None:
    pumps(works, None)
    lines = [{"item": "PUMP", "quantity": 3, "unit_price": "3"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 3, "serials": "S-1..S-3"}])
    named = [{"line": 1, "quantity": 1, "serials": "S-2"}]
    back = works.do("return_to_supplier", against=order, reason="defective", lines=named).document
    for document, said in ((back, "S-2"), (sent(works, "S-3..S-3"), "S-3")):
        assert document is not None
        paper = print_document(works.gateway, document, principal=SYSTEM, language="en").content
        assert said in pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range()


@pytest.mark.parametrize("switched", ["serial_tracked", "lot_tracked"])
@pytest.mark.parametrize("first", ["receipt", "switch"])
def test_the_first_goods_and_a_change_of_tracking_do_not_pass_each_other(
    works: Company, monkeypatch: pytest.MonkeyPatch, first: str, switched: str
) -> None:
    works.do("put_item", code="NEW", name="New", category="RAW", unit="EA")
    holds, looks = threading.Event(), {"receipt": "_refuse_tracking_changed", "switch": "_refuse_tracking_of_moved"}
    room = {"receipt": stock, "switch": tracking}[first]
    look = getattr(room, looks[first])

    def slowly(*given: Any, **named: Any) -> Any:
        """The first has looked and holds what it looked at, long enough for the second to come to it."""
        seen = look(*given, **named)
        holds.set()
        threading.Event().wait(1)
        return seen

    monkeypatch.setattr(room, looks[first], slowly)
    line = {"item": "NEW", "location": "MAIN", "quantity": 2, "unit_cost": "1"}
    commands: dict[str, tuple[str, dict[str, Any]]] = {
        "receipt": ("book_opening_stock", {"lines": [line]}),
        "switch": ("put_item", {"code": "NEW", switched: True}),
    }
    second = "switch" if first == "receipt" else "receipt"

    def give(which: str) -> str:
        command, data = commands[which]
        return works.submit(command, **data).message_key

    with ThreadPoolExecutor(2) as pool:
        earlier = pool.submit(give, first)
        holds.wait()
        later = pool.submit(give, second)
        assert not earlier.result().startswith("refusal"), earlier.result()
        expected = {"switch": {"refusal.tracking_in_use"}, "receipt": _UNTRACKED_NO_MORE}[second]
        assert later.result() in expected
    works.assert_clean()


def test_a_change_of_tracking_that_was_refused_leaves_the_item_free_to_be_changed(works: Company) -> None:
    works.do("put_item", code="NEW", name="New", category="RAW", unit="EA")
    works.do("put_item", code="NEW", lot_tracked=True)
    works.do("put_item", code="NEW", serial_tracked=True)
    lent = [{"item": "NEW", "quantity": 1, "serials": "N-1"}]
    works.do("receive_third_party_goods", owner="SUP", lines=lent)
    assert works.refused("put_item", code="NEW", serial_tracked=False, lot_tracked=False) == "tracking_in_use"
    works.assert_clean()
