"""Foreign currency on screens: an order shows dollars and its total in the books, a form shows both, what is open is in dollars."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from app.ui.screens.purchasing.sourcing import EXPORTED
from app.ui.widgets.listing import written_csv
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_returns import pressed
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]
DAY = "2026-03-09"
"""Later than every other rate of the plant, not after its today."""


def test_an_order_in_dollars_is_typed_shown_billed_and_paid(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=DAY, rate="7.25")
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


def test_a_quotation_in_dollars_is_typed_ordered_invoiced_and_paid(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=DAY, rate="7.25")
    works.do("put_item_category", code="EXPORTS", name="For abroad")
    works.do("put_item", code="BRACE", name="Brace", category="EXPORTS", unit="EA", source="buy", list_price="80")
    works.do(
        "put_party", code="AWAY", name="Away Stores", is_customer=True, currency="USD", price_list=price_list(works)
    )
    works.do(
        "book_opening_stock", lines=[{"item": "BRACE", "location": place(works), "quantity": 20, "unit_cost": "30"}]
    )
    quotation = works.do("create_quotation", customer="AWAY", lines=[{"item": "BRACE", "quantity": 10}]).document
    text = shown(page("quotation", login="clerk", id=quotation))
    assert ("USD" in text, "7.25" in text, "580" in text) == (True, True, True)
    order = works.do("accept_quotation", quotation=quotation).document
    text = shown(page("sales_order", login="clerk", id=order))
    assert ("USD" in text, "7.25" in text, "580" in text) == (True, True, True)
    works.do("ship_goods", order=order)
    invoice = works.do("issue_customer_invoice", order=order).document
    assert "USD" in shown(page("customer_invoice", login="clerk", id=invoice))
    assert "580" in shown(page("open_receivables"))
    assert "80.00" in shown(page("receive_payment", order=invoice))
    works.do("receive_payment", party="AWAY", amount="80", bank_amount="575")
    assert works.ask("open_receivables", party="AWAY") == []


def test_offers_agreements_and_freight_of_two_currencies_say_their_rate_and_its_day(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    for currency, rate in (("USD", "7.25"), ("JPY", "0.04731")):
        works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=DAY, rate=rate)
        works.do("put_party", code=f"FROM-{currency}", name=f"Far {currency}", is_supplier=True, currency=currency)
    works.do("put_item_category", code="OVERSEAS", name="From overseas")
    works.do("put_item", code="STUD", name="Stud", category="OVERSEAS", unit="EA", source="buy")
    sellers = ["FROM-USD", "FROM-JPY"]
    request = works.do("request_quotations", suppliers=sellers, lines=[{"item": "STUD", "quantity": 10}]).document
    for supplier, price in (("FROM-USD", "8.1"), ("FROM-JPY", "1300")):
        offer = {"supplier": supplier, "lines": [{"line": 1, "unit_price": price}]}
        quotation = works.do("enter_supplier_quotation", request=request, **offer).document
    assert all(said in shown(page("supplier_quotation", login="clerk", id=quotation)) for said in ("JPY", "0.04731"))
    for address in ("quotation_comparison", "award_quotation"):
        text = shown(page(address, login="clerk", order=request))
        assert all(said in text for said in ("0.04731", "7.25", "Mar 9, 2026", "58.725", "61.503")), text
    assert page("enter_quotation", login="clerk", order=request).selectbox(key="form.enter_quotation.currency")
    compared = works.ask("quotation_comparison", request=request, on="2026-03-10")
    written = written_csv(EXPORTED, compared, "en").decode("utf-8-sig").splitlines()
    assert written[0].endswith("Currency,Exchange rate,Rate of,Currency of the books")
    assert {line.split(",", 5)[4]: line.rsplit(",", 4)[1:] for line in written[1:]} == {
        "FROM-USD": ["USD", "7.25000000", DAY, "CNY"],
        "FROM-JPY": ["JPY", "0.04731000", DAY, "CNY"],
    }
    agreed = [
        {"item": "STUD", "quantity": 100, "unit_price": "8"},
        {"item": "STUD", "unit_price": "7.5", "from_quantity": 50},
    ]
    blanket = works.do("create_blanket_order", supplier="FROM-USD", valid_until="2026-12-31", lines=agreed).document
    works.do("call_off_blanket_order", blanket=blanket, lines=[{"line": 1, "quantity": 60}])
    text = shown(page("blanket_order", login="clerk", id=blanket))
    assert all(said in text for said in ("USD", "7.25", "800.00", "450.00", "320.00", "7.50")), text
    order = works.do(
        "create_purchase_order", supplier="FROM-USD", lines=[{"item": "STUD", "quantity": 5, "unit_price": "8"}]
    )
    receipt = works.do("receive_goods", order=order.document)
    form = page("book_landed_cost", login="books", order=receipt.document)
    form.selectbox(key="form.book_landed_cost.supplier").set_value("FROM-JPY")
    form.text_input(key="form.book_landed_cost.description").set_value("Sea freight")
    form.text_input(key="form.book_landed_cost.amount").set_value("1234")
    pressed(form, "book_landed_cost")
    cost = works.ask("landed_costs")[0]
    assert (cost["currency"], cost["total_amount"], cost["home_total_amount"]) == ("JPY", 1234, Decimal("58.38"))
    text = shown(page("landed_cost", login="books", id=cost["id"]))
    assert all(said in text for said in ("JPY", "0.04731", "58.38", "1,234")), text
    need = [{"item": "STUD", "quantity": 10, "estimated_price": "8"}]
    requisition = works.do("create_purchase_requisition", currency="USD", lines=need).document
    assert "580" in shown(page("purchase_requisition", login="clerk", id=requisition))


def price_list(works: Company) -> str:
    """A list of dollars."""
    prices = [{"item": "BRACE", "unit_price": "8", "valid_from": "2026-01-01"}]
    works.do("put_price_list", code="EXPORT", name="Export", currency="USD", lines=prices)
    return "EXPORT"


def place(works: Company) -> str:
    """A place where goods are stored."""
    return next(row["code"] for row in works.ask("locations") if row["kind"] == "storage")


def rate_id(plant: Plant) -> int:
    """The rate of the dollar of the day."""
    found = plant.gateway.query("exchange_rates", {"search": "USD"}, principal=SYSTEM)
    return next(int(row["id"]) for row in found if row["valid_on"].isoformat() == DAY)
