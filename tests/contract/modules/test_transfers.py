"""Transfers in two steps on both databases: what is on the way is nobody's, arrives once, and is taken back step by step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.makers import on_the_way, stocked, two_places

D = Decimal


def on_hand(works: Company, item: str = "PART") -> dict[str, Decimal]:
    """What lies where."""
    rows = works.ask("stock_by_location", search=item)
    return {f"{row['location_code']} {row['status']}": row["quantity"] for row in rows}


def send(works: Company, quantity: int, **data: Any) -> Any:
    """Send parts from MAIN to BIN1."""
    lines = [{"item": "PART", "quantity": quantity}]
    return works.submit("send_transfer", from_location="MAIN", to_location="BIN1", lines=lines, **data)


def test_goods_on_the_way_are_counted_and_valued_but_free_for_nobody(works: Company) -> None:
    before = stocked(works) or works.ask("stock_on_hand", search="PART")[0]
    two_places(works)
    send(works, 60)
    (now,) = works.ask("stock_on_hand", search="PART")
    assert (now["quantity"], now["value"]) == (before["quantity"], before["value"])
    (free,) = works.ask("availability", items=["PART"])
    assert (free["free"], free["in_transit"]) == (D(40), D(60))
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 100, "unit_price": "9"}])
    assert works.ask("document_lines", document=order.document)[0]["reserved_quantity"] == D(40)
    assert works.refused("ship_goods", order=order.document) == "stock_short"
    works.assert_clean()


def test_what_is_reserved_is_not_sent(works: Company) -> None:
    stocked(works)
    two_places(works)
    works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 70, "unit_price": "9"}])
    assert send(works, 31).message_key == "refusal.stock_short"
    assert send(works, 30).status == "done"


def test_a_part_arrives_a_part_is_lost_and_the_rest_stays_on_the_way(works: Company) -> None:
    transfer = on_the_way(works, 10)
    part = {"line": 1, "quantity": 4, "lost_quantity": 1, "reason": "lost", "status": "hold"}
    receipt = works.do("receive_transfer", transfer=transfer, lines=[part])
    assert on_hand(works) == {"MAIN available": D(90), "TRANSIT available": D(5), "BIN1 hold": D(4)}
    (line,) = works.ask("transfer_lines", document=transfer)
    assert (line["received_quantity"], line["lost_quantity"], line["open_quantity"]) == (D(4), D(1), D(5))
    assert [row["reason"] for row in works.ask("transfer_losses", document=receipt.document)] == ["lost"]
    works.do("receive_transfer", transfer=transfer)
    assert works.ask("open_transfers") == []
    assert works.refused("receive_transfer", transfer=transfer) == "nothing_on_the_way"
    works.assert_clean()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ({"quantity": 6}, "more_than_sent"),
        ({"quantity": 5, "lost_quantity": 1, "reason": "lost"}, "more_than_sent"),
        ({"quantity": 0}, "transfer_line_empty"),
        ({"quantity": 1, "lost_quantity": 1}, "loss_reason_needed"),
        ({"quantity": 1, "reason": "lost"}, "loss_reason_not_used"),
        ({"line": 2, "quantity": 1}, "line_not_found"),
        ({"quantity": 1, "location": "TRANSIT"}, "location_in_transit"),
    ],
)
def test_what_cannot_have_arrived_is_refused(works: Company, line: dict[str, Any], key: str) -> None:
    transfer = on_the_way(works)
    assert works.refused("receive_transfer", transfer=transfer, lines=[{"line": 1, **line}]) == key
    works.assert_clean()


def test_the_same_line_twice_in_one_receipt_arrives_no_more_than_was_sent(works: Company) -> None:
    transfer = on_the_way(works)
    twice = [{"line": 1, "quantity": 3}, {"line": 1, "quantity": 3}]
    assert works.refused("receive_transfer", transfer=transfer, lines=twice) == "more_than_sent"


def test_a_place_of_transit_is_entered_and_left_by_transfers_only(works: Company) -> None:
    on_the_way(works)
    moved = {"item": "PART", "quantity": 1, "from_location": "TRANSIT", "to_location": "MAIN"}
    assert works.refused("transfer_stock", lines=[moved]) == "location_in_transit"
    back = {**moved, "from_location": "MAIN", "to_location": "TRANSIT"}
    assert works.refused("transfer_stock", lines=[back]) == "location_in_transit"
    counted = {"item": "PART", "location": "TRANSIT", "counted_quantity": 1}
    assert works.refused("book_stock_count", lines=[counted]) == "location_in_transit"
    assert send(works, 1, transit="MAIN").message_key == "refusal.location_not_transit"


def test_a_dispatch_is_taken_back_once_its_receipts_are(works: Company) -> None:
    transfer = on_the_way(works, 10)
    part = {"line": 1, "quantity": 6, "lost_quantity": 2, "reason": "damaged"}
    receipt = works.do("receive_transfer", transfer=transfer, lines=[part]).document
    assert works.refused("reverse_document", document=transfer, reason="wrong") == "transfer_partly_received"
    works.do("reverse_document", document=receipt, reason="another pallet")
    assert works.ask("open_transfers")[0]["open_quantity"] == D(10)
    works.do("reverse_document", document=transfer, reason="wrong")
    assert on_hand(works) == {"MAIN available": D(100)}
    assert works.refused("receive_transfer", transfer=transfer) == "document_state"
    works.assert_clean()


def test_days_come_in_their_order(works: Company) -> None:
    transfer = on_the_way(works)
    early = {"transfer": transfer, "posted_on": "2026-06-14"}
    assert works.refused("receive_transfer", **early) == "arrival_before_dispatch"
    assert send(works, 1, due_on="2026-06-14").message_key == "refusal.arrival_before_dispatch"


def test_lots_are_sent_by_expiry_each_on_its_own_line(works: Company) -> None:
    two_places(works)
    works.do("put_item", code="TEA", name="Tea", category="RAW", unit="EA", lot_tracked=True)
    lots = (("LATE", 5, "2026-12-01"), ("SOON", 5, "2026-08-01"))
    lines = [
        {"item": "TEA", "location": "MAIN", "quantity": q, "unit_cost": 2, "lot": lot, "expires_on": day}
        for lot, q, day in lots
    ]
    works.do("book_opening_stock", lines=lines)
    sent = {"from_location": "MAIN", "to_location": "BIN1", "lines": [{"item": "TEA", "quantity": 7}]}
    transfer = works.do("send_transfer", **sent).document
    found = [(row["lot_code"], row["quantity"]) for row in works.ask("transfer_lines", document=transfer)]
    assert found == [("SOON", D(5)), ("LATE", D(2))]
    works.assert_clean()


def test_what_is_on_the_way_is_promised_for_the_day_it_is_expected(works: Company) -> None:
    stocked(works)
    two_places(works)
    send(works, 60, due_on="2026-06-20")
    lines = [{"item": "PART", "quantity": 70}]
    (offered,) = works.ask("promise_offers", on="2026-06-15", lines=lines)
    days = [(part["quantity"], str(part["on"])) for part in offered["offers"]]
    assert days == [(D(40), "2026-06-15"), (D(30), "2026-06-20")]


def test_only_what_can_be_taken_is_free(works: Company) -> None:
    on_the_way(works, 60)
    works.do("put_location", code="SHUT", name="Shut", site="MAIN")
    moved = {"item": "PART", "quantity": 7, "from_location": "MAIN", "to_location": "SHUT"}
    works.do("transfer_stock", lines=[moved])
    works.do("put_location", code="SHUT", name="Shut", site="MAIN", blocked=True)
    held = {"item": "PART", "location": "MAIN", "quantity": 5, "from_status": "available", "to_status": "hold"}
    works.do("change_stock_status", lines=[held])
    works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 8, "unit_price": "9"}])
    for asked in ({}, {"sort": "free"}, {"sort": "-reserved"}):
        (row,) = works.ask("stock_on_hand", search="PART", **asked)
        assert (row["quantity"], row["reserved"], row["free"]) == (D(100), D(8), D(20)), asked
    (here,) = works.ask("stock_on_hand", search="PART", location="MAIN")
    assert (here["quantity"], here["reserved"], here["free"]) == (D(33), D(8), D(20))
    (shut,) = works.ask("stock_on_hand", search="PART", location="SHUT")
    assert (shut["quantity"], shut["free"]) == (D(7), D(0))
