"""Places on both databases: levels, blocks, classes and room; where goods are put away; and one order of picking for all who take."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.makers import stocked

D = Decimal


def bins(works: Company, **more: dict[str, Any]) -> None:
    """Three bins in a zone; what is given changes one."""
    works.do("put_location", code="ZONE", name="Zone", site="MAIN", parent="MAIN", place_type="zone")
    for number, code in enumerate(("B1", "B2", "B3"), start=1):
        place = {"code": code, "name": code, "site": "MAIN", "parent": "ZONE", "place_type": "bin"}
        works.do("put_location", **{**place, "walk_sequence": number, **more.get(code, {})})


def put(works: Company, place: str, quantity: int, item: str = "PART", **line: Any) -> None:
    """Opening stock in a place."""
    entry = {"item": item, "location": place, "quantity": quantity, "unit_cost": 2, **line}
    works.do("book_opening_stock", lines=[entry])


def received(works: Company, quantity: int, **data: Any) -> str:
    """Where a receipt of parts went, or the key of its refusal."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "2"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    receipt = works.submit("receive_goods", order=order, **data)
    if receipt.status == "refused":
        return receipt.message_key.removeprefix("refusal.")
    return works.ask("document_lines", document=receipt.document)[0]["location_code"]


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ({"code": "ZONE", "parent": "B1", "place_type": "zone"}, "place_within_itself"),
        ({"code": "MAIN", "parent": "B1"}, "place_within_itself"),
        ({"code": "MAIN", "parent": "MAIN"}, "place_within_itself"),
        ({"code": "NEW", "parent": "B1", "place_type": "bin"}, "place_level"),
        ({"code": "NEW", "parent": "B1", "place_type": "warehouse"}, "place_level"),
        ({"code": "ZONE", "parent": "MAIN", "place_type": "bin"}, "place_level"),
        ({"code": "ROAD", "kind": "transit", "blocked": True}, "place_not_for_storage"),
        ({"code": "ROAD", "kind": "transit", "capacity_quantity": 5}, "place_not_for_storage"),
    ],
)
def test_a_place_lies_only_within_a_higher_one(works: Company, place: dict[str, Any], key: str) -> None:
    bins(works)
    assert works.refused("put_location", name="Place", **place) == key
    works.assert_clean()


@pytest.mark.parametrize(
    ("measure", "most"), [("capacity_quantity", "10"), ("capacity_weight_kg", "20"), ("capacity_volume_m3", "1")]
)
def test_a_place_takes_no_more_than_its_capacity(works: Company, measure: str, most: str) -> None:
    works.do("put_item", code="PART", weight_kg="2", volume_m3="0.1")
    bins(works, B1={measure: most})
    assert received(works, 10, location="B1") == "B1"
    assert received(works, 1, location="B1") == "place_full"
    (row,) = [row for row in works.ask("place_map", location="ZONE") if row["code"] == "B1"]
    assert row["fill_grade"] == 1
    works.assert_clean()


def test_room_that_the_same_document_takes_counts(works: Company) -> None:
    stocked(works)
    bins(works, B1={"capacity_quantity": "10"})
    line = {"item": "PART", "quantity": 6, "from_location": "MAIN", "to_location": "B1"}
    assert works.refused("transfer_stock", lines=[line, line]) == "place_full"
    works.do("transfer_stock", lines=[line])
    works.assert_clean()


def test_a_place_that_warns_takes_the_goods_and_tells_the_inbox(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "10", "capacity_policy": "warn"})
    assert received(works, 12, location="B1") == "B1"
    assert [row["kind"] for row in works.ask_table("inbox_item")] == ["place_over_capacity"]


def test_what_a_count_finds_is_there_however_full_the_place_is(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "10", "blocked": True})
    works.do("book_stock_count", lines=[{"item": "PART", "location": "B1", "counted_quantity": 12, "unit_cost": 2}])
    works.assert_clean()


def test_a_blocked_place_takes_nothing_and_gives_nothing_to_an_order(works: Company) -> None:
    bins(works)
    put(works, "B1", 5)
    place = {"code": "B1", "name": "B1", "site": "MAIN", "parent": "ZONE", "place_type": "bin"}
    works.do("put_location", **place, blocked=True)
    assert received(works, 1, location="B1") == "place_blocked"
    assert works.ask("availability", items=["PART"])[0]["free"] == D(0)
    lines = [{"item": "PART", "quantity": 3, "unit_price": "9"}]
    (offered,) = works.ask("promise_offers", on="2026-06-15", lines=[{"item": "PART", "quantity": 3}])
    assert offered["free"] == D(0)
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    assert works.ask("document_lines", document=order)[0]["reserved_quantity"] == D(0)
    assert works.refused("ship_goods", order=order) == "stock_short"
    out = {"item": "PART", "quantity": 5, "from_location": "B1", "to_location": "B2"}
    works.do("transfer_stock", lines=[out])
    works.do("ship_goods", order=order)
    works.assert_clean()


def test_goods_of_a_class_stand_only_in_places_of_it(works: Company) -> None:
    bins(works, B2={"storage_class": "COLD"})
    works.do("put_storage_rule", category="RAW", storage_class="COLD", put_away_strategy="storage_class")
    assert received(works, 1, location="B1") == "place_of_other_class"
    assert received(works, 1) == "B2"
    works.do("put_item", code="DRY", name="Dry", category="FG", unit="EA")
    works.do("put_storage_rule", item="DRY", storage_class="DRY")
    line = {"item": "DRY", "location": "B2", "counted_quantity": 1, "unit_cost": 1}
    works.do("book_stock_count", lines=[line])
    moved = {"item": "DRY", "quantity": 1, "from_location": "B2", "to_location": "B1"}
    assert works.refused("transfer_stock", lines=[moved]) == "place_of_other_class"
    works.assert_clean()


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"put_away_strategy": "same_item"}, "B3"),
        ({"put_away_strategy": "nearest_empty"}, "B2"),
        ({"put_away_strategy": "storage_class"}, "B1"),
        ({"put_away_strategy": "fixed_place", "fixed_location": "B3"}, "B3"),
        ({}, "MAIN"),
    ],
)
def test_goods_without_a_place_go_where_the_rule_says(works: Company, rule: dict[str, Any], place: str) -> None:
    bins(works)
    put(works, "B1", 1, item="GOOD")
    put(works, "B3", 1)
    works.do("put_storage_rule", item="PART", **rule)
    if rule:
        proposed = works.ask("put_away_places", item="PART", quantity="4")
        assert proposed[0]["code"] == place
    assert received(works, 4) == place
    works.assert_clean()


def test_two_lines_of_a_receipt_do_not_share_one_room(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "5"}, B2={"capacity_quantity": "5"}, B3={"capacity_quantity": "4"})
    works.do("put_storage_rule", item="PART", put_away_strategy="nearest_empty")
    lines = [{"item": "PART", "quantity": 5, "unit_price": "2"}] * 2
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    receipt = works.do("receive_goods", order=order).document
    assert [row["location_code"] for row in works.ask("document_lines", document=receipt)] == ["B1", "B2"]
    assert received(works, 5) == "no_place_fits"
    works.assert_clean()


@pytest.mark.parametrize(
    ("strategy", "first"),
    [("first_expired", "SOON"), ("first_in", "OLD"), ("last_in", "NEW"), ("fewest_places", "OLD")],
)
def test_reserving_picking_and_shipping_take_the_same(works: Company, strategy: str, first: str) -> None:
    bins(works)
    works.do("put_item", code="TEA", name="Tea", category="RAW", unit="EA", lot_tracked=True, list_price="9")
    came = (("B3", "SOON", 3, "2026-08-01", "2026-02-01"), ("B2", "NEW", 5, "2026-12-01", "2026-03-01"),
            ("B1", "OLD", 7, "2027-01-01", "2026-01-05"))  # fmt: skip
    for place, lot, quantity, until, on in came:
        line = {"item": "TEA", "location": place, "quantity": quantity, "unit_cost": 2, "lot": lot, "expires_on": until}
        works.do("book_opening_stock", posted_on=on, lines=[line])
    works.do("put_storage_rule", category="RAW", picking_strategy=strategy)
    lines = [{"item": "TEA", "quantity": 6, "unit_price": "9"}]
    later = works.do("create_sales_order", customer="CUS", lines=lines, reserve=False).document
    works.do("release_wave", orders=[later])
    waved = sorted((row["lot_code"], row["quantity"]) for row in works.ask("pick_lines", document=later))
    works.do("cancel_wave", wave=works.ask("pick_waves")[0]["id"])
    works.do("cancel_sales_order", order=later)
    reserving = works.do("create_sales_order", customer="CUS", lines=lines).document
    reserved = [row for row in works.ask("stock_by_location", search="TEA") if row["reserved"] > 0]
    assert sorted((row["lot_code"], row["reserved"]) for row in reserved) == waved
    works.do("cancel_sales_order", order=reserving)
    straight = works.do("create_sales_order", customer="CUS", lines=lines, reserve=False).document
    shipment = works.do("ship_goods", order=straight).document
    shipped = works.ask("document_lines", document=shipment)
    assert sorted((row["lot_code"], row["quantity"]) for row in shipped) == waved
    assert first in {lot for lot, _ in waved}
    if strategy == "fewest_places":
        assert len(waved) == 1
    works.assert_clean()


@pytest.mark.parametrize(("own", "first"), [(None, ["B1", "B2"]), ("B3", ["B3", "B1"])])
def test_what_ties_is_taken_from_the_own_place_then_by_the_way(
    works: Company, own: str | None, first: list[str]
) -> None:
    bins(works, B3={"walk_sequence": None})
    for place in ("B3", "B2", "B1"):
        put(works, place, 3)
    if own is not None:
        works.do("put_storage_rule", item="PART", put_away_strategy="fixed_place", fixed_location=own)
    lines = [{"item": "PART", "quantity": 6, "unit_price": "9"}]
    waved = works.do("create_sales_order", customer="CUS", lines=lines, reserve=False).document
    works.do("release_wave", orders=[waved])
    assert {row["location_code"] for row in works.ask("pick_lines", document=waved)} == set(first)
    works.do("cancel_wave", wave=works.ask("pick_waves")[0]["id"])
    shipment = works.do("ship_goods", order=waved).document
    assert [row["location_code"] for row in works.ask("document_lines", document=shipment)] == first
    works.assert_clean()


def test_what_no_place_takes_is_shared_out_over_the_places_of_the_rule(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "5"}, B2={"capacity_weight_kg": "7"}, B3={"capacity_quantity": "4"})
    works.do("put_item", code="PART", weight_kg="2")
    works.do("put_storage_rule", item="PART", put_away_strategy="storage_class")
    put(works, "B1", 1)
    proposed = works.ask("put_away_places", item="PART", quantity="8")
    assert [(row["code"], row["proposed_quantity"]) for row in proposed] == [("B1", D(4)), ("B2", D(3)), ("B3", D(1))]
    lines = [{"item": "PART", "quantity": 10, "unit_price": "3.335"}]
    order = works.do("create_purchase_order", supplier="SUP", lines=lines).document
    receipt = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 8}]).document
    rows = works.ask("document_lines", document=receipt)
    assert [(row["location_code"], row["quantity"]) for row in rows] == [("B1", D(4)), ("B2", D(3)), ("B3", D(1))]
    assert sum(row["net_amount"] for row in rows) == D("26.68")
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 2}])
    works.do("book_supplier_bill", order=order)
    works.assert_clean()
    order = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 1, "unit_price": "2"}]
    )
    whole = works.do("receive_goods", order=order.document, location="MAIN").document
    assert [row["quantity"] for row in works.ask("document_lines", document=whole)] == [D(1)]


def test_a_place_that_is_named_takes_all_or_is_refused(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "5"})
    works.do("put_storage_rule", item="PART", put_away_strategy="storage_class")
    assert received(works, 6, location="B1") == "place_full"
    works.assert_clean()


def test_what_the_places_of_a_rule_do_not_take_together_is_refused(works: Company) -> None:
    bins(works, **{code: {"capacity_quantity": "5"} for code in ("B1", "B2", "B3")})
    works.do("put_storage_rule", item="PART", put_away_strategy="nearest_empty")
    assert received(works, 16) == "no_place_fits"
    assert works.ask("put_away_places", item="PART", quantity="16") == []
    works.do("put_storage_rule", item="PART", put_away_strategy="fixed_place", fixed_location="B1")
    assert received(works, 6) == "no_place_fits"
    works.assert_clean()


def test_a_zone_shows_what_stands_within_it(works: Company) -> None:
    bins(works)
    put(works, "B1", 5)
    put(works, "B2", 6)
    put(works, "MAIN", 7)
    (row,) = works.ask("stock_of_place", location="ZONE")
    assert (row["quantity"], row["place_count"]) == (D(11), 2)
    assert works.ask("stock_of_place", location="MAIN")[0]["quantity"] == D(18)


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ({}, "rule_of_one"),
        ({"item": "PART", "category": "RAW"}, "rule_of_one"),
        ({"category": "RAW", "put_away_strategy": "fixed_place"}, "fixed_place_of_category"),
        ({"item": "PART", "put_away_strategy": "fixed_place"}, "fixed_place_needed"),
        ({"item": "PART", "fixed_location": "MAIN"}, "fixed_place_needed"),
        ({"item": "PART", "put_away_strategy": "fixed_place", "fixed_location": "TRANSIT"}, "location_not_stocked"),
    ],
)
def test_a_rule_says_one_thing_of_one_thing(works: Company, rule: dict[str, Any], key: str) -> None:
    assert works.refused("put_storage_rule", **rule) == key


def test_what_is_received_waits_at_the_dock_and_is_put_away_in_parts(works: Company) -> None:
    bins(works, B1={"capacity_quantity": "6"})
    works.do("put_storage_rule", item="PART", put_away_strategy="nearest_empty")
    dock = {"code": "DOCK", "name": "Dock", "site": "MAIN", "parent": "MAIN", "receiving": True}
    works.do("put_location", **dock)
    assert received(works, 10) == "DOCK"
    assert works.ask("availability", items=["PART"])[0]["free"] == D(0)
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 8}]).document
    assert works.ask("document_lines", document=order)[0]["reserved_quantity"] == D(0)
    (waiting,) = works.ask("to_put_away")
    assert (waiting["quantity"], waiting["location_code"], waiting["status"]) == (D(10), "DOCK", "available")
    assert waiting["proposed_location"] not in {None, "DOCK"}
    part = {"item": "PART", "from_location": "DOCK", "to_location": waiting["proposed_location"], "quantity": 4}
    works.do("transfer_stock", lines=[part])
    assert [row["quantity"] for row in works.ask("to_put_away")] == [D(6)]
    works.do("transfer_stock", lines=[{**part, "to_location": "B2"}])
    works.do("reserve_sales_order", order=order)
    assert works.ask("document_lines", document=order)[0]["reserved_quantity"] == D(8)
    back = {"item": "PART", "quantity": 3, "unit_price": "2"}
    bought = works.do("create_purchase_order", supplier="SUP", lines=[back]).document
    works.do("receive_goods", order=bought, location="B2")
    assert [row["quantity"] for row in works.ask("to_put_away")] == [D(2)]
    assert (
        works.refused("put_location", code="ROAD", name="Road", kind="transit", receiving=True)
        == "place_not_for_storage"
    )
    works.assert_clean()
