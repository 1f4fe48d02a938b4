"""Foreign currency on screens: an order shows dollars and its total in the books, a form shows both, what is open is in dollars."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def test_an_order_in_dollars_is_typed_shown_billed_and_paid(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-01-01", rate="7.25")
    assert "7.25" in str([entry.value for entry in page("edit_exchange_rate", id=rate_id(plant)).text_input])
    works.do("put_party", code="FAR", name="Far Metals", is_supplier=True, currency="USD")
    works.do("put_item_category", code="ABROAD", name="From abroad")
    works.do("put_item", code="BOLT", name="Bolt", category="ABROAD", unit="EA", source="buy")
    works.do("put_supplier_item", supplier="FAR", item="BOLT", prices=[{"unit_price": "8", "valid_from": "2026-01-01"}])
    assert "7.25" in shown(page("exchange_rates", login="clerk"))
    line = {"item": "BOLT", "quantity": 10}
    order = works.do("create_purchase_order", supplier="FAR", lines=[line]).document
    text = shown(page("purchase_order", login="clerk", id=order))
    assert ("USD" in text, "7.25" in text, "580" in text) == (True, True, True)
    works.do("receive_goods", order=order)
    bill = works.do("book_supplier_bill", order=order).document
    assert "USD" in shown(page("supplier_bill", login="clerk", id=bill))
    (owed,) = works.ask("open_payables", party="FAR")
    assert (owed["open_amount"], owed["home_open_amount"]) == (80, 580)
    assert "80.00" in shown(page("pay_supplier", order=bill))


def rate_id(plant: Plant) -> int:
    """The rate of the dollar."""
    (row,) = plant.gateway.query("exchange_rates", {"search": "USD"}, principal=SYSTEM)
    return int(row["id"])
