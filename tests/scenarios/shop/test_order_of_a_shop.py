"""The story of a tea shop on the web: an order comes in, is changed, shipped, invoiced and paid; others go astray and are found again.

Told in the order in which an accountant meets it, on both databases. Prices are without tax; VAT is 13 %.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest

from app.jobs.shops import book_waiting
from app.modules.shops.door import shop_door
from pipelines.connectors.shopify.signature import is_signed
from tests.company import Company
from tests.scenarios.first_round.test_buy_make_sell import trial_balance
from tests.shop_case import SECRET, body_of, deliver, message_of, shopify_order, told

D = Decimal
MONDAY_NOON = "2026-06-15T12:00:00+08:00"
TUESDAY = "2026-06-16T09:00:00+08:00"


@pytest.fixture
def tea(works: Company) -> Company:
    """A company that sells from its web shop: 100 pots at 8.00 in store, a customer for the shop's sales."""
    works.do("put_item", code="POT", name="Tea pot", category="FG", unit="EA", tax_code="VAT13", list_price="20")
    works.do("book_opening_stock", lines=[{"item": "POT", "location": "MAIN", "quantity": 100, "unit_cost": "8"}])
    works.do("put_party", code="WEB", name="Sales of the web shop", is_customer=True)
    works.do("put_shop", code="TEA", name="Tea shop", system="shopify", customer="WEB", tax_code="VAT13", secret=SECRET)
    return works


def document(works: Company, number_or_id: int) -> dict[str, Any]:
    """A document."""
    return works.ask("document_by_id", document=number_or_id)[0]


def test_an_order_from_the_web_to_the_bank(tea: Company) -> None:
    # Monday morning: Lin Wei orders five pots at 20.00, post 6.00. 100.00 + 13.00 VAT + 6.00 = 119.00.
    first = told(tea, shopify_order(1001, [("POT", 5, "20.00")], shipping="6.00"), "orders/create")
    order = first["document_id"]
    assert document(tea, order)["total_amount"] == D("119.00")
    assert document(tea, order)["party_name"] == "Sales of the web shop"
    assert tea.ask("shop_orders")[0]["buyer_name"] == "Lin Wei"

    # The five pots are his from now on: 95 are free for others.
    assert [row["reserved"] for row in tea.ask_table("stock_balance")] == [D(5)]

    # At noon he wants four. 80.00 + 10.40 + 6.00 = 96.40. One pot is free again.
    told(tea, shopify_order(1001, [("POT", 4, "20.00")], shipping="6.00", updated=MONDAY_NOON))
    assert document(tea, order)["total_amount"] == D("96.40")
    assert [row["reserved"] for row in tea.ask_table("stock_balance")] == [D(4)]

    # The network brings the shop's first message once more, and an older one late: neither changes anything.
    again = told(tea, shopify_order(1001, [("POT", 5, "20.00")], shipping="6.00"), "orders/paid")
    assert (again["state"], again["reason"]) == ("stale", "older")
    assert document(tea, order)["total_amount"] == D("96.40")

    # The pots leave, the invoice goes out with the post on it, and the shop's payment provider pays.
    tea.do("ship_goods", order=order)
    invoice = tea.do("issue_customer_invoice", order=order).document
    assert document(tea, invoice or 0)["total_amount"] == D("96.40")
    tea.do("receive_payment", party="WEB", amount="96.40", external_number="PAYOUT-1")
    assert document(tea, order)["state"] == "closed"

    # The books: 96.40 in the bank, nothing owed, 80.00 sales and 6.00 post as revenue, 10.40 VAT, four pots at 8.00 sold.
    balances = {row["account"]: row["debit"] - row["credit"] for row in trial_balance(tea)}
    assert balances["1002"] == D("96.40")
    assert balances["1122"] == 0
    assert balances["6001"] + balances.get("6051", D(0)) == D("-86.00")
    assert balances["22210108"] == D("-10.40")
    assert balances["640101"] == D("32.00")
    tea.assert_clean()


def test_an_order_that_is_cancelled_before_and_after_it_left(tea: Company) -> None:
    early = told(tea, shopify_order(1, [("POT", 1, "20.00")]))
    late = told(tea, shopify_order(2, [("POT", 1, "20.00")]))
    tea.do("ship_goods", order=late["document_id"])
    for number in (1, 2):
        told(tea, shopify_order(number, [("POT", 1, "20.00")], updated=TUESDAY, cancelled_at=TUESDAY))
    assert document(tea, early["document_id"])["state"] == "cancelled"
    assert document(tea, late["document_id"])["state"] == "confirmed"

    # The second has left already: the clerk finds it in the inbox, takes the shipment back, and lets the word count.
    (asked,) = tea.ask("inbox")
    assert (asked["kind"], asked["facts"]["order"]) == ("shop_cancel_shipped", "#2")
    shipment = next(row["id"] for row in tea.ask("shipments"))
    tea.do("reverse_document", document=shipment, reason="the parcel came back")
    (waiting,) = tea.ask("shop_messages", state="quarantined")
    tea.do("retry_shop_message", message=waiting["id"])
    book_waiting(tea.gateway)
    assert document(tea, late["document_id"])["state"] == "cancelled"
    assert tea.ask("inbox") == []
    tea.assert_clean()


def test_a_product_that_nobody_knew_is_booked_when_somebody_says_what_it_is(tea: Company) -> None:
    orders = [told(tea, shopify_order(number, [("GIFT-SET", 1, "39.00")])) for number in (1, 2)]
    assert tea.ask("sales_orders") == []
    (asked,) = tea.ask("unmapped_shop_items")
    assert (asked["external_id"], asked["message_count"]) == ("GIFT-SET", 2)

    # A gift set is two pots. Both orders are booked, each for two pots at 19.50.
    tea.do("put_shop_item", shop="TEA", external_id="GIFT-SET", item="POT", unit_factor="2")
    book_waiting(tea.gateway)
    for message in (message_of(tea, entry["id"]) for entry in orders):
        line = tea.ask("document_lines", document=message["document_id"])[0]
        assert (line["item_code"], line["quantity"], line["unit_price"]) == ("POT", D(2), D("19.50"))
    tea.assert_clean()


def test_a_delivery_that_the_shop_did_not_sign_is_not_taken(tea: Company) -> None:
    door = shop_door(tea.gateway, "TEA")
    assert door is not None
    body = body_of(shopify_order(1, [("POT", 99, "0.01")]))
    forged = base64.b64encode(hmac.new(b"guessed", body, hashlib.sha256).digest()).decode()
    true = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert not is_signed(body, forged, door.secrets)
    assert is_signed(body, true, door.secrets)
    assert not is_signed(body.replace(b"99", b"98"), true, door.secrets)


def test_a_day_of_deliveries_in_any_order_books_each_order_once(tea: Company) -> None:
    """Forty orders, each delivered twice, a quarter changed before the original came."""
    for number in range(1, 41):
        original = shopify_order(number, [("POT", 1, "20.00")])
        if number % 4 == 0:
            deliver(tea, shopify_order(number, [("POT", 2, "20.00")], updated=MONDAY_NOON))
        deliver(tea, original, "orders/create", delivery=f"d-{number}")
        deliver(tea, original, "orders/create", delivery=f"d-{number}")
    assert book_waiting(tea.gateway) == 50
    states = [row["state"] for row in tea.ask("shop_messages", limit=100)]
    assert (states.count("booked"), states.count("stale")) == (40, 10)
    orders = tea.ask("sales_orders", limit=100)
    assert len(orders) == 40
    assert sum(row["total_amount"] for row in orders) == 30 * D("27.60") + 10 * D("50.20")
    assert json.dumps(sorted(row["external_number"] for row in orders)) == json.dumps(
        sorted(f"#{number}" for number in range(1, 41))
    )
    tea.assert_clean()
