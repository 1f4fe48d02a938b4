"""Components at a supplier on screens: the order lists what it takes, a form sends what is lacking, a receipt says what was used."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from app.ui.screens.purchasing.receipts import FORM
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown
from tests.ui.test_set_up import pressed

Run = Callable[..., AppTest]


def an_outside_order(plant: Plant) -> int:
    """An order of boxes that a supplier folds of sheets that we provide."""
    works = Company(plant.gateway)
    works.do("put_item_category", code="PAPER", name="Paper")
    for code, source in (("SHEET", "buy"), ("BOX", "make")):
        works.do("put_item", code=code, name=f"{code} of card", category="PAPER", unit="EA", source=source)
    lines = [{"component": "SHEET", "quantity_per": 3}]
    works.do("create_bom_revision", item="BOX", revision="1", effective_from="2020-01-01", lines=lines)
    works.do("put_party", code="FOLDER", name="Folding works", is_supplier=True)
    works.do("put_location", code="AT-FOLDER", name="At the folder's", kind="subcontractor", supplier="FOLDER")
    works.do("put_supplier_item", supplier="FOLDER", item="BOX", components_provided=True)
    stock = {"item": "SHEET", "location": "MAIN", "quantity": 40, "unit_cost": "0.2"}
    works.do("book_opening_stock", lines=[stock])
    line = {"item": "BOX", "quantity": 10, "unit_price": "1"}
    order = works.do("create_purchase_order", supplier="FOLDER", lines=[line]).document
    assert order is not None
    return order


def test_what_an_order_lacks_is_listed_sent_and_consumed(page: Run, plant: Plant) -> None:
    order = an_outside_order(plant)
    assert "SHEET" in shown(page("purchase_order", login="clerk", id=order))
    assert "SHEET" in shown(page("components_at_suppliers", login="clerk"))
    form = pressed(page("send_components", login="clerk", order=order), "send_components")
    form.run().run()
    rows = plant.gateway.query("order_components", {"document": order}, principal=SYSTEM)
    assert rows[0]["at_supplier"] == 30
    receipt = Company(plant.gateway).do("receive_goods", order=order, lines=[{"line": 1, "quantity": 4}]).document
    assert "SHEET" in shown(page("goods_receipt", login="clerk", id=receipt))


def test_a_row_of_the_receiving_form_that_names_a_component_says_what_was_used() -> None:
    assert FORM.shaped is not None
    arrived = {"line": "1", "quantity": "4"}
    rows = [arrived, {"line": "1", "quantity": "13", "lot": "L", "component": "SHEET"}]
    data = FORM.shaped({"order": "PO-1", "lines": rows})
    used = [{"line": "1", "item": "SHEET", "quantity": "13", "lot": "L"}]
    assert data == {"order": "PO-1", "lines": [arrived], "components": used}
