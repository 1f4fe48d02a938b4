"""The warehouse on screens: pieces by their serial numbers, and where a receipt that fits into no bin will be put."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def a_delivered_piece(plant: Plant) -> int:
    """Three pieces with serial numbers, one of them delivered; the item's id."""
    works = Company(plant.gateway)
    works.do("put_item_category", code="GEAR", name="Gear")
    item = {"code": "GAUGE", "name": "Gauge", "category": "GEAR", "unit": "EA", "list_price": "90"}
    made = works.do("put_item", **item, serial_tracked=True, warranty_months=12)
    works.do("put_party", code="LAB", name="Laboratory", is_customer=True)
    came = {"item": "GAUGE", "location": "MAIN", "quantity": 3, "unit_cost": "40", "serials": "G-01..G-03"}
    works.do("book_opening_stock", lines=[came])
    order = works.do("create_sales_order", customer="LAB", lines=[{"item": "GAUGE", "quantity": 1}]).document
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 1, "serials": "G-02"}])
    return made.data["id"]


def test_pieces_are_listed_with_customer_and_warranty_also_on_their_item(page: Run, plant: Plant) -> None:
    item = a_delivered_piece(plant)
    listed = shown(page("serial_numbers", login="clerk"))
    on_item = shown(page("item", login="clerk", id=item))
    for text in (listed, on_item):
        assert "G-02" in text
        assert "Laboratory" in text
        assert "2027" in text


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_the_list_of_pieces_speaks_chinese(page: Run, plant: Plant, lang: str) -> None:
    assert {"zh-Hans": "序列号", "zh-Hant": "序號"}[lang] in shown(page("serial_numbers", login="clerk", lang=lang))


def test_the_receiving_form_says_into_which_bins_goods_will_go(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    for number in (1, 2):
        place = {
            "code": f"ROOM{number}",
            "name": "Room",
            "site": "MAIN",
            "storage_class": "BULKY",
            "walk_sequence": number,
        }
        works.do("put_location", **place, capacity_quantity=6)
    works.do("put_item_category", code="CRATES", name="Crates")
    works.do("put_item", code="CRATE", name="Crate", category="CRATES", unit="EA")
    works.do("put_storage_rule", category="CRATES", storage_class="BULKY", put_away_strategy="storage_class")
    works.do("put_party", code="JOINER", name="Joiner", is_supplier=True)
    lines = [{"item": "CRATE", "quantity": 10, "unit_price": "1"}]
    order = works.do("create_purchase_order", supplier="JOINER", lines=lines).document
    text = shown(page("receive", login="clerk", order=order))
    assert "ROOM1" in text
    assert "ROOM2" in text
