"""Consignment on screens: what stands here of others and at customers is listed by owner, and forms take over, send and sell it."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown
from tests.ui.test_set_up import pressed

Run = Callable[..., AppTest]


def test_goods_of_others_are_listed_with_their_owner_and_given_back_by_a_form(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_party", code="LENDER", name="Lender of gauges", is_customer=True)
    works.do("put_item_category", code="LENT", name="Lent")
    works.do("put_item", code="DEPTHER", name="Depth gauge", category="LENT", unit="EA")
    lines = [{"item": "DEPTHER", "quantity": 6, "location": "MAIN"}]
    receipt = works.do("receive_third_party_goods", owner="LENDER", lines=lines).document
    listed = shown(page("third_party_stock", login="clerk"))
    assert "Lender of gauges" in listed
    assert "DEPTHER" in listed
    assert "DEPTHER" in shown(page("third_party_receipt", login="clerk", id=receipt))
    form = page("return_third_party_goods", login="clerk", owner="LENDER")
    assert "DEPTHER" in shown(form)
    pressed(form, "return_third_party_goods").run()
    assert plant.gateway.query("third_party_stock", {"owner": "LENDER"}, principal=SYSTEM) == []


def test_goods_at_a_customer_are_listed_and_come_back_by_a_form(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_party", code="KIOSK", name="Kiosk at the quay", is_customer=True)
    works.do("put_location", code="AT-KIOSK", name="At the kiosk", kind="consignment", customer="KIOSK")
    works.do("put_item_category", code="CANDY", name="Candy")
    works.do("put_item", code="DROPS", name="Fruit drops", category="CANDY", unit="EA", list_price="2")
    stock = {"item": "DROPS", "location": "MAIN", "quantity": 20, "unit_cost": "1"}
    works.do("book_opening_stock", lines=[stock])
    works.do("send_consignment", customer="KIOSK", lines=[{"item": "DROPS", "quantity": 9}])
    listed = shown(page("consigned_at_customers", login="clerk"))
    assert "Kiosk at the quay" in listed
    assert "DROPS" in listed
    form = page("take_consignment_back", login="clerk", customer="KIOSK")
    assert "DROPS" in shown(form)
    pressed(form, "take_consignment_back").run()
    assert plant.gateway.query("consigned_at_customers", {"customer": "KIOSK"}, principal=SYSTEM) == []


def test_the_forms_that_take_over_and_sell_show_what_stands_there(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_party", code="TINNER", name="Tin works", is_supplier=True)
    works.do("put_item_category", code="TIN", name="Tin")
    works.do("put_item", code="BAR", name="Bar of tin", category="TIN", unit="EA")
    lines = [{"item": "BAR", "quantity": 6, "location": "MAIN"}]
    works.do("receive_third_party_goods", owner="TINNER", lines=lines)
    assert "BAR" in shown(page("take_over_consignment", login="clerk", supplier="TINNER"))
