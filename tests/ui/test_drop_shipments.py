"""Drop shipments on screens: a line is marked, ordered and booked by forms, and either order shows the other."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown
from tests.ui.test_set_up import pressed

Run = Callable[..., AppTest]


def test_a_line_is_ordered_and_booked_by_forms_and_either_order_shows_the_other(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_party", code="WHARF", name="Wharf traders", is_customer=True)
    works.do("put_party", code="FOUNDRY", name="Foundry at the lake", is_supplier=True)
    works.do("put_item_category", code="ANCHORS", name="Anchors")
    works.do("put_item", code="ANCHOR", name="Anchor", category="ANCHORS", unit="EA", list_price="90")
    prices = [{"unit_price": "70"}]
    works.do("put_supplier_item", supplier="FOUNDRY", item="ANCHOR", drop_ships=True, prices=prices)
    sold = works.do("create_sales_order", customer="WHARF", lines=[{"item": "ANCHOR", "quantity": 6}]).document
    assert sold is not None
    assert "Foundry at the lake" in shown(page("sales_order", login="clerk", id=sold))
    assert "ANCHOR" in shown(page("mark_drop_shipment", login="clerk", order=sold))
    pressed(page("order_drop_shipment", login="clerk", order=sold), "order_drop_shipment").run()
    (row,) = plant.gateway.query("drop_shipment_lines", {"document": sold}, principal=SYSTEM)
    bought = row["purchase_order_id"]
    assert row["ordered_quantity"] == 6
    assert "Wharf traders" in shown(page("purchase_order", login="clerk", id=bought))
    pressed(page("confirm_drop_shipment", login="clerk", order=bought), "confirm_drop_shipment").run()
    (left,) = plant.gateway.query("drop_shipments_booked", {"document": sold}, principal=SYSTEM)
    for screen, document in (("shipment", "shipment_id"), ("goods_receipt", "goods_receipt_id")):
        text = shown(page(screen, login="clerk", id=left[document]))
        assert left["shipment_number"] in text
        assert left["goods_receipt_number"] in text
