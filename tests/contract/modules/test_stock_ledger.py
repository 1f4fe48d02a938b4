"""The past of stock: its value on any day, the card of an item, its age, and the recall of a lot, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.plain_judge import PlainJudge

D = Decimal


def bought(works: Company, item: str, quantity: int, price: str, on: str, **line: Any) -> int:
    """Goods of one item, ordered and received on a day."""
    order = works.do(
        "create_purchase_order",
        supplier="SUP",
        document_on=on,
        lines=[{"item": item, "quantity": quantity, "unit_price": price}],
    ).document
    received = works.do(
        "receive_goods", order=order, posted_on=on, lines=[{"line": 1, "quantity": quantity, **line}]
    ).document
    assert received is not None
    return received


def sold(works: Company, item: str, quantity: int, on: str, customer: str = "CUS", **line: Any) -> int:
    """Goods of one item, ordered and shipped on a day."""
    order = works.do(
        "create_sales_order",
        customer=customer,
        document_on=on,
        reserve=False,
        lines=[{"item": item, "quantity": quantity}],
    ).document
    shipped = works.do(
        "ship_goods", order=order, posted_on=on, lines=[{"line": 1, "quantity": quantity, **line}]
    ).document
    assert shipped is not None
    return shipped


def value_on(works: Company, day: str) -> dict[str, tuple[Decimal, Decimal]]:
    """Quantity and value by item at the end of a day."""
    rows = works.ask("stock_value_on", on=day, limit=1000)
    return {row["item_code"]: (row["quantity"], row["value"]) for row in rows}


@pytest.fixture
def two_years(works: Company) -> Company:
    """Ten parts at 3 in March of the year before, four sold in May, twenty at 6 in this May, one sold in June."""
    bought(works, "PART", 10, "3", "2025-03-10")
    sold(works, "PART", 4, "2025-05-20")
    bought(works, "PART", 20, "6", "2026-05-04")
    sold(works, "PART", 1, "2026-06-10")
    return works


# 10 x 3 = 30, less 4 x 3 = 18; plus 120 = 138 for 26; less one at 138 / 26 = 5.31 leaves 132.69 for 25.
DAYS = {
    "2025-03-09": {},
    "2025-03-10": {"PART": (D(10), D(30))},
    "2025-05-20": {"PART": (D(6), D(18))},
    "2026-05-03": {"PART": (D(6), D(18))},
    "2026-05-31": {"PART": (D(26), D(138))},
    "2026-06-10": {"PART": (D(25), D("132.69"))},
    "2026-12-31": {"PART": (D(25), D("132.69"))},
}


def test_the_value_of_any_day_is_the_sum_of_moves_until_it(two_years: Company) -> None:
    assert {day: value_on(two_years, day) for day in DAYS} == DAYS


def test_locked_periods_change_no_answer_and_are_verified(two_years: Company) -> None:
    for month in range(1, 13):
        two_years.do("lock_period", period=f"2025-{month:02d}")
    assert {day: value_on(two_years, day) for day in DAYS} == DAYS
    kept = two_years.ask_table("stock_period")
    assert [(row["quantity"], row["value"]) for row in kept][:3] == [(D(10), D(30)), (D(10), D(30)), (D(6), D(18))]
    two_years.assert_clean()


def test_a_period_that_was_opened_and_changed_is_kept_anew(two_years: Company) -> None:
    for month in range(1, 7):
        two_years.do("lock_period", period=f"2025-{month:02d}")
    two_years.do("unlock_period", period="2025-06", reason="a late shipment")
    sold(two_years, "PART", 6, "2025-06-11")
    two_years.do("lock_period", period="2025-06")
    # Six leave at what they cost when it was booked: 6 x 132.69 / 25 = 31.85 of the 18 that the past day had.
    assert value_on(two_years, "2025-07-15") == {"PART": (D(0), D("-13.85"))}
    assert value_on(two_years, "2025-05-31") == {"PART": (D(6), D(18))}
    two_years.assert_clean()


def test_the_screen_and_the_mart_agree_on_any_day(two_years: Company, tmp_path: Path) -> None:
    for month in range(1, 7):
        two_years.do("lock_period", period=f"2025-{month:02d}")
    refresh(two_years.gateway.store, tmp_path / "w", judge=PlainJudge())
    mart = Mart(tmp_path / "w")
    for day in DAYS:
        rows = mart.query("stock_value_as_of", as_of=date.fromisoformat(day))
        assert {row["item_code"]: (row["quantity"], row["value"]) for row in rows} == value_on(two_years, day), day


def test_a_card_tells_every_move_with_the_balance_after_it(two_years: Company) -> None:
    rows = two_years.ask("stock_card", item="PART")
    told = [(str(row["posted_on"]), row["change"], row["balance"], row["value_balance"]) for row in rows]
    assert told == [
        ("2026-06-10", D(-1), D(25), D("132.69")),
        ("2026-05-04", D(20), D(26), D(138)),
        ("2025-05-20", D(-4), D(6), D(18)),
        ("2025-03-10", D(10), D(10), D(30)),
    ]
    page = two_years.ask("stock_card", item="PART", limit=2, offset=1)
    assert [row["balance"] for row in page] == [D(26), D(6)]
    part = two_years.ask("stock_card", item="PART", from_on="2025-04-01", to_on="2026-05-04")
    assert [row["balance"] for row in part] == [D(26), D(6)]


def test_the_card_of_a_place_counts_what_came_to_it_and_left_it(two_years: Company) -> None:
    two_years.do("put_location", code="BIN1", name="First bin", site="MAIN", parent="MAIN")
    moved = {"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "BIN1"}
    two_years.do("transfer_stock", lines=[moved])
    rows = two_years.ask("stock_card", item="PART", location="BIN1")
    assert [(row["change"], row["balance"], row["value_balance"]) for row in rows] == [(D(5), D(5), None)]
    assert two_years.ask("stock_card", item="PART")[0]["change"] == D(0)


def test_a_card_of_nothing_is_refused_by_name(works: Company) -> None:
    with pytest.raises(Exception, match="code_unknown"):
        works.ask("stock_card", item="NO-SUCH")


def aged(works: Company, item: str) -> dict[str, Any]:
    """The age of an item's stock at the business day."""
    (row,) = works.ask("stock_ageing", on="2026-06-15", search=item)
    return {name: value for name, value in row.items() if value and name.startswith(("quantity_", "value_", "oldest"))}


def test_stock_is_as_old_as_the_latest_receipts_that_make_it_up(two_years: Company) -> None:
    # 25 are there: 20 of 2026-05-04 (42 days), 5 of 2025-03-10 (462 days); 132.69 x 20 / 25 = 106.15.
    assert aged(two_years, "PART") == {
        "oldest_on": date(2025, 3, 10),
        "quantity_to_60": D(20),
        "value_to_60": D("106.15"),
        "quantity_beyond": D(5),
        "value_beyond": D("26.54"),
    }


def test_stock_valued_by_layers_is_as_old_as_they_are(works: Company) -> None:
    works.do("put_item_category", code="FIFO", name="By layer", valuation_method="fifo")
    works.do("put_item", code="LAYER", name="Layered", category="FIFO", unit="EA", tax_code="VAT13", list_price="9")
    bought(works, "LAYER", 10, "2", "2026-01-05")
    bought(works, "LAYER", 10, "3", "2026-06-01")
    sold(works, "LAYER", 4, "2026-06-02")
    # 161 and 14 days.
    assert aged(works, "LAYER") == {
        "oldest_on": date(2026, 1, 5),
        "quantity_to_30": D(10),
        "value_to_30": D(30),
        "quantity_to_180": D(6),
        "value_to_180": D(12),
    }


def test_a_receipt_that_was_taken_back_makes_nothing_younger(two_years: Company) -> None:
    receipt = bought(two_years, "PART", 30, "6", "2026-06-12")
    two_years.do("reverse_document", document=receipt, reason="wrong item")
    assert aged(two_years, "PART")["quantity_to_60"] == D(20)


@pytest.fixture
def made_of_lots(works: Company) -> Company:
    """Lots P1 and P2 of a part go into lots G1 and G2 of a good; G1 is sold to two customers, P1 also as it is."""
    works.do("put_item", code="PART", lot_tracked=True)
    works.do("put_item", code="GOOD", lot_tracked=True)
    works.do("put_party", code="CUS2", name="Other customer", is_customer=True, payment_term="NET30")
    bought(works, "PART", 10, "3", "2026-05-01", lot="P1")
    bought(works, "PART", 10, "3", "2026-05-02", lot="P2")
    for lot, part in (("G1", "P1"), ("G2", "P2")):
        order = works.do("create_production_order", item="GOOD", quantity=4).document
        works.do("issue_material", order=order, lines=[{"line": 1, "quantity": 8, "lot": part}])
        works.do("complete_production", order=order, quantity=4, lot=lot)
    sold(works, "GOOD", 2, "2026-06-15", lot="G1")
    sold(works, "GOOD", 1, "2026-06-15", customer="CUS2", lot="G1")
    sold(works, "GOOD", 1, "2026-06-15", customer="CUS2", lot="G2")
    sold(works, "PART", 1, "2026-06-15", lot="P1")
    return works


def told(rows: list[dict[str, Any]], role: str) -> list[tuple[Any, ...]]:
    """What a recall says in one role: lot, other side or place, quantity."""
    return sorted(
        (row["lot_code"], row.get("party_code") or row.get("location_code"), row.get("quantity"))
        for row in rows
        if row["role"] == role
    )


def test_a_recall_finds_every_customer_of_a_lot_and_of_what_was_made_of_it(made_of_lots: Company) -> None:
    rows = made_of_lots.ask("lot_recall", item="PART", lot="P1")
    assert told(rows, "customer") == [("G1", "CUS", D(2)), ("G1", "CUS2", D(1)), ("P1", "CUS", D(1))]
    assert told(rows, "on_hand") == [("G1", "MAIN", D(1)), ("P1", "MAIN", D(1))]
    assert told(rows, "origin") == [("P1", "SUP", D(10))]
    assert told(rows, "used_in") == [("G1", None, None)]


def test_a_recall_finds_every_origin_of_what_was_sold(made_of_lots: Company) -> None:
    rows = made_of_lots.ask("lot_recall", item="GOOD", lot="G2", direction="backward")
    assert told(rows, "origin") == [("P2", "SUP", D(10))]
    assert told(rows, "made_of") == [("P2", None, None)]
    assert told(rows, "customer") == []


def test_what_was_taken_back_is_no_part_of_a_recall(made_of_lots: Company) -> None:
    shipment = sold(made_of_lots, "GOOD", 1, "2026-06-15", lot="G1")
    made_of_lots.do("reverse_document", document=shipment, reason="not loaded")
    rows = made_of_lots.ask("lot_recall", item="PART", lot="P1", direction="forward")
    assert told(rows, "customer") == [("G1", "CUS", D(2)), ("G1", "CUS2", D(1)), ("P1", "CUS", D(1))]


def test_goods_that_came_back_count_against_what_went(made_of_lots: Company) -> None:
    shipment = next(row["id"] for row in made_of_lots.ask("shipments", search="CUS") if row["party_code"] == "CUS")
    made_of_lots.do("receive_return", against=shipment, reason="defective")
    rows = made_of_lots.ask("lot_recall", item="PART", lot="P1", direction="forward")
    assert sum(row["quantity"] for row in rows if row["role"] == "customer") == D(3)


def test_a_trail_that_ends_in_goods_without_lots_says_so(works: Company) -> None:
    works.do("put_item", code="PART", lot_tracked=True)
    bought(works, "PART", 10, "3", "2026-05-01", lot="P1")
    order = works.do("create_production_order", item="GOOD", quantity=4).document
    works.do("complete_production", order=order, quantity=4, backflush=True)
    rows = works.ask("lot_recall", item="PART", lot="P1")
    assert [row["item_code"] for row in rows if row["role"] == "trail_ends"] == ["GOOD"]


def test_pages_of_stock_by_place_follow_one_another_without_gap_or_double(works: Company) -> None:
    for number in range(50):
        works.do("put_item", code=f"I{number:02d}", name=f"Item {number}", category="RAW", unit="EA")
    for number in range(3):
        works.do("put_location", code=f"BIN{number}", name="Bin", site="MAIN", parent="MAIN")
    lines = [
        {"item": f"I{number:02d}", "location": f"BIN{place}", "quantity": 1, "unit_cost": "1"}
        for number in range(50)
        for place in range(1 + number % 3)
    ]
    works.do("book_opening_stock", lines=lines)
    wanted = [(line["item"], line["location"]) for line in lines]
    told: list[tuple[str, str]] = []
    while rows := works.ask("stock_by_location", limit=7, offset=len(told)):
        told += [(row["item_code"], row["location_code"]) for row in rows]
    assert told == wanted


def test_stock_on_hand_of_one_place_counts_that_place_alone(two_years: Company) -> None:
    two_years.do("put_location", code="BIN1", name="First bin", site="MAIN", parent="MAIN")
    moved = {"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "BIN1"}
    two_years.do("transfer_stock", lines=[moved])
    assert [row["quantity"] for row in two_years.ask("stock_on_hand", location="BIN1")] == [D(5)]
    assert [row["quantity"] for row in two_years.ask("stock_on_hand")] == [D(25)]
