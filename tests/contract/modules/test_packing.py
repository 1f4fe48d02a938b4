"""Packing on both databases: what is in the parcels is what ships, lot by lot, once; partial, unpacked, taken back."""

from __future__ import annotations

from decimal import Decimal

from tests.company import Company
from tests.contract.modules.test_picking import lots, ordered
from tests.makers import packed, picked

D = Decimal


def test_what_is_in_the_parcels_ships_by_its_lots(works: Company) -> None:
    lots(works)
    order = ordered(works, "TEA", 8)
    works.do("release_wave", orders=[order])
    for row in works.ask("pick_lines", document=order):
        scan = {"location": row["location_code"], "scanned": row["lot_code"], "quantity": row["quantity"]}
        works.do("confirm_pick", pick_list=row["pick_list_id"], line=row["line"], **scan)
    first = works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 3, "lot": "L-DEC"}]).document
    works.do("pack_parcel", order=order)
    assert works.refused("pack_parcel", order=order) == "nothing_picked"
    works.assert_clean()
    shipment = works.do("hand_over_parcels", order=order, parcels=[first]).document
    assert [(r["lot_code"], r["quantity"]) for r in works.ask("document_lines", document=shipment)] == [("L-DEC", D(3))]
    rest = works.do("hand_over_parcels", order=order).document
    assert [(r["lot_code"], r["quantity"]) for r in works.ask("document_lines", document=rest)] == [("L-AUG", D(5))]
    assert works.refused("hand_over_parcels", order=order) == "nothing_packed"
    assert [row["state"] for row in works.ask("parcels")] == ["posted", "posted"]
    works.assert_clean()


def test_a_parcel_is_unpacked_before_it_is_handed_over_and_not_after(works: Company) -> None:
    made = packed(works)
    assert works.refused("put_back_picked", order=made["order"]) == "nothing_picked"
    works.do("unpack_parcel", parcel=made["parcel"])
    assert [row["picked_quantity"] for row in works.ask("picked_goods", document=made["order"])] == [D(7)]
    again = works.do("pack_parcel", order=made["order"]).document
    works.do("hand_over_parcels", order=made["order"])
    assert works.refused("unpack_parcel", parcel=again) == "document_state"
    works.assert_clean()


def test_a_partial_parcel_leaves_the_rest_open_for_a_later_wave(works: Company) -> None:
    order = picked(works)
    works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 4}])
    assert works.refused("pack_parcel", order=order, lines=[{"line": 1, "quantity": 4}]) == "more_than_picked"
    works.do("hand_over_parcels", order=order)
    works.do("put_back_picked", order=order)
    assert works.ask("document_lines", document=order)[0]["open_quantity"] == D(3)
    works.do("release_wave", orders=[order])
    assert works.ask("pick_lines", document=order)[-1]["quantity"] == D(3)
    works.assert_clean()


def test_a_shipment_that_is_taken_back_takes_its_parcels_back(works: Company) -> None:
    made = packed(works)
    shipment = works.do("hand_over_parcels", order=made["order"]).document
    works.do("reverse_document", document=shipment, reason="the van broke down")
    assert [row["state"] for row in works.ask("parcels")] == ["reversed"]
    works.do("release_wave", orders=[made["order"]])
    works.assert_clean()


def test_what_is_packed_for_a_customer_who_owes_too_long_stays(works: Company) -> None:
    works.do("put_credit_terms", customer="CUS", overdue_block="order_and_shipment")
    made = packed(works)
    late = {"party": "CUS", "amount": "70", "document_on": "2026-05-01", "due_on": "2026-06-01"}
    works.do("book_opening_receivable", **late, external_number="OLD-1")
    receipt = works.submit("hand_over_parcels", order=made["order"])
    assert receipt.message_key == "receipt.shipment_waits"
    assert [row["state"] for row in works.ask("parcels")] == ["open"]
    works.assert_clean()
    works.do("receive_payment", party="CUS", amount="70")
    assert works.do("hand_over_parcels", order=made["order"]).message_key == "receipt.posted"
    works.assert_clean()


def test_a_number_is_one_parcels_and_has_a_carrier(works: Company) -> None:
    made = packed(works)
    works.do("put_carrier", code="SF", name="SF")
    assert works.refused("change_parcel", parcel=made["parcel"], tracking_number="SF1000") == "number_without_carrier"
    works.do("change_parcel", parcel=made["parcel"], carrier="SF", tracking_number="sf1000", scale_weight_kg="1.5")
    other = packed(works)["parcel"]
    given = {"carrier": "SF", "tracking_number": "SF1000"}
    assert works.refused("change_parcel", parcel=other, **given) == "number_taken"
    (row,) = works.ask("order_parcels", document=made["parcel"])
    assert (row["tracking_number"], row["weight_kg"]) == ("SF1000", D("1.5"))
    works.assert_clean()


def test_a_warehouse_that_delivers_in_steps_ships_what_was_packed_and_nothing_else(works: Company) -> None:
    works.do("put_location", code="HALL", name="Hall", site="MAIN", delivery_steps="pick_pack_ship")
    works.do("put_location", code="MAIN", name="Main", site="MAIN", parent="HALL")
    works.do("put_location", code="DOOR", name="At the door", site="MAIN", parent="HALL", delivery_steps="ship")
    made = packed(works)
    other = works.do("create_sales_order", customer="CUS", lines=[{"item": "PART", "quantity": 4}]).document
    assert works.refused("ship_goods", order=other) == "ships_in_parcels"
    assert works.ask("shipments") == []
    assert [line["fulfilled_quantity"] for line in works.ask("document_lines", document=other)] == [0]
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "DOOR", "quantity": 5, "unit_cost": "3"}])
    works.do("ship_goods", order=other, location="DOOR")
    works.do("hand_over_parcels", order=made["order"])
    assert len(works.ask("shipments")) == 2
    works.assert_clean()
