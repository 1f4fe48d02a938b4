"""A shop that is paid in other currencies than the books': its orders are booked in them to the minor unit, at the rate of their day."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.jobs.import_shop_orders import OrderFile, import_shop_orders
from app.jobs.shops import book_waiting
from tests.company import Company
from tests.makers import stocked
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances
from tests.shop_case import message_of, open_shop, shopify_order, told, woo_order

D = Decimal
NOON, TUESDAY = "2026-06-15T12:00:00+08:00", "2026-06-16T09:00:00+08:00"
USD = {"currency": "USD"}
AMOUNTS = ("unit_price", "discount_rate", "net_amount", "tax_amount")


@pytest.fixture
def shop(works: Company) -> Company:
    """A company in yuan with parts in store and a shop that may be paid in anything."""
    stocked(works, quantity=100)
    open_shop(works)
    return works


def rate(works: Company, currency: str, worth: str, on: str = "2026-06-01") -> None:
    works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=on, rate=worth)


def document(works: Company, order: int) -> dict[str, Any]:
    return works.ask("document_by_id", document=order)[0]


def discounted(updated: str = "2026-06-15T10:00:00+08:00", pieces: int = 3, **more: Any) -> dict[str, Any]:
    """Pieces at 9.99 dollars less 10 % by a code, 13 % tax of the shop, post 4.50 of which the buyer in London saw pounds."""
    order = shopify_order(1, [("PART", pieces, "9.99")], shipping="4.50", updated=updated, **USD, **more)
    (line,) = order["line_items"]
    off = (pieces * D("0.999")).quantize(D("0.01"))
    tax = ((pieces * D("9.99") - off) * D("0.13")).quantize(D("0.01"))
    line["discount_allocations"] = [{"amount": f"{off}", "discount_application_index": 0}]
    line["tax_lines"] = [{"title": "VAT", "rate": 0.13, "price": f"{tax}"}]
    total = pieces * D("9.99") - off + tax + D("4.50")
    sides = {"shop_money": {"amount": f"{total}", "currency_code": "USD"},
             "presentment_money": {"amount": "27.77", "currency_code": "GBP"}}  # fmt: skip
    order |= {"total_discounts": f"{off}", "total_tax": f"{tax}", "total_price": f"{total}", "total_price_set": sides}
    return order | {"presentment_currency": "GBP"}


def test_a_dollar_order_waits_for_its_rate_and_is_changed_shipped_invoiced_refunded_and_paid(shop: Company) -> None:
    story = Story(shop, "shop_abroad")
    story.page = Path(__file__).with_name("shop_abroad.tsv")

    def tell(what: str, order: int) -> None:
        row = document(shop, order)
        story.rows(what, [row], "state", "currency", "foreign_exchange_rate", "total_amount", "home_total_amount")
        story.rows("", shop.ask("document_lines", document=order), "line", "quantity", *AMOUNTS)
        (of_shop,) = shop.ask("shop_orders")
        names = ("currency", "total_amount", "refunded_amount", "presented_currency", "presented_amount")
        story.rows("the shop says", [of_shop], *names)

    waits = told(shop, discounted())
    story.tell("no rate is known", waits["state"], waits["reason"], waits["detail"])
    rate(shop, "USD", "7.3", "2026-06-16")
    book_waiting(shop.gateway)
    story.tell("a rate of the day after does not help", message_of(shop, waits["id"])["state"])
    rate(shop, "USD", "7.1234", "2026-06-12")
    book_waiting(shop.gateway)
    assert [row for row in shop.ask("inbox") if row["kind"] == "shop_message_waits"] == []
    order = message_of(shop, waits["id"])["document_id"]
    tell("booked by itself at the rate of its day", order)
    told(shop, discounted(NOON, pieces=4))
    tell("he wants one more", order)
    shop.assert_clean()
    shop.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 1}], posted_on="2026-06-15")
    first = shop.do("issue_customer_invoice", order=order, posted_on="2026-06-15").document
    shop.do("ship_goods", order=order)
    second = shop.do("issue_customer_invoice", order=order).document
    for invoice in (first, second):
        story.rows("invoice", [document(shop, invoice or 0)], "currency", "total_amount", "home_total_amount")
    refund = {"id": 7, "transactions": [{"kind": "refund", "status": "success", "amount": "1.51", "currency": "GBP",
              "amount_set": {"shop_money": {"amount": "2.01", "currency_code": "USD"}}}]}  # fmt: skip
    told(shop, {"order_id": 1, **refund}, "refunds/create")
    told(shop, discounted(TUESDAY, pieces=4, refunds=[refund]))
    total = document(shop, order)["total_amount"]
    shop.do("receive_payment", party="CUS", amount=total, currency="USD", external_number="PAYOUT-1")
    tell("refunded in part and paid", order)
    story.tell("the books", *(f"{code} {value.normalize():f}" for code, value in balances(shop).items()))
    assert [row["open_amount"] for row in shop.ask("open_receivables")] == []
    assert story.as_kept()
    shop.assert_clean()


@pytest.mark.parametrize(
    ("currency", "worth", "price", "total", "home"),
    [
        ("JPY", "0.0473", "1050", "2378", "112.48"),
        ("KWD", "23.4567", "10.125", "22.883", "536.76"),
        ("USD", "7.1234", "10.25", "23.17", "165.05"),
    ],
)
def test_a_currency_keeps_its_own_decimals(
    works: Company, currency: str, worth: str, price: str, total: str, home: str
) -> None:
    """Two pieces with 13 % tax and post 5: 2100 + 273 + 5; 20.250 + 2.633 (with post 0 in dinars); 20.50 + 2.67."""
    stocked(works)
    rate(works, currency, worth)
    open_shop(works, "WOO", "woocommerce")
    order = woo_order(9, [("PART", 2, price)], shipping="5" if currency == "JPY" else "0", currency=currency)
    tax = D(total) - 2 * D(price) - (5 if currency == "JPY" else 0)
    order["line_items"][0] |= {"total_tax": f"{tax}", "subtotal_tax": f"{tax}"}
    order |= {"total": total, "total_tax": f"{tax}"}
    refunds = [{"id": 3, "reason": "late", "total": f"-{price}"}]
    message = told(works, order, "order.created", shop="WOO")
    told(works, order | {"refunds": refunds, "date_modified_gmt": "2026-06-15T05:00:00"}, "order.updated", shop="WOO")
    row = document(works, message["document_id"])
    assert (row["currency"], row["total_amount"], row["home_total_amount"]) == (currency, D(total), D(home))
    assert works.ask("shop_orders")[0]["refunded_amount"] == D(price)
    works.do("ship_goods", order=row["id"])
    invoice = works.do("issue_customer_invoice", order=row["id"]).document
    assert document(works, invoice or 0)["total_amount"] == D(total)
    works.assert_clean()


def test_an_order_abroad_is_cancelled_and_taken_up_again(shop: Company) -> None:
    rate(shop, "USD", "7.1")
    first = told(shop, shopify_order(1, **USD))
    told(shop, shopify_order(1, updated=NOON, cancelled_at=NOON, **USD))
    assert document(shop, first["document_id"])["state"] == "cancelled"
    again = told(shop, shopify_order(1, [("PART", 1, "10.00")], updated=TUESDAY, **USD))
    row = document(shop, again["document_id"])
    assert (row["state"], row["currency"], row["total_amount"]) == ("confirmed", "USD", D("16.30"))
    shop.assert_clean()


def test_lines_that_come_and_go_leave_the_others_and_no_cent_behind(shop: Company) -> None:
    stocked(shop, "GOOD", 50)
    rate(shop, "USD", "7.1237")
    lines = [("PART", 3, "0.33"), ("GOOD", 7, "1.11")]
    message = told(shop, shopify_order(1, lines, shipping="0.05", **USD))
    for number, wanted in enumerate(([lines[1]], [lines[1], ("PART", 1, "0.35")], lines[:1], lines), start=1):
        updated = f"2026-06-15T1{number}:00:00+08:00"
        order = shopify_order(1, wanted, shipping="0.05", updated=updated, **USD)
        assert told(shop, order)["state"] == "booked"
        row = document(shop, message["document_id"])
        assert (row["total_amount"], row["currency"]) == (D(order["total_price"]), "USD")
        shop.assert_clean()
    history = shop.ask("order_changes", document=message["document_id"])
    assert len(history) >= 4


@pytest.mark.parametrize(
    ("expected", "said", "reason", "detail"),
    [
        ("CNY", {"currency": "USD"}, "currency_differs", "USD ≠ CNY"),
        ("USD", {}, "currency_differs", "CNY ≠ USD"),
        (None, {"currency": "US"}, "field_invalid", "currency = US"),
        (None, {"currency": "ＵＳＤ"}, "field_invalid", "currency = ＵＳＤ"),
        (None, {"currency": ["USD"]}, "field_invalid", "currency = ['USD']"),
        (None, {"total_price_set": {"shop_money": {"amount": "27.60", "currency_code": "EUR"}}, "currency": "USD"},
         "field_invalid", "total_price_set.shop_money.currency_code = EUR ≠ USD"),
        (None, {"currency": "JPY", "total_price": "27.60"}, "totals_differ", "27.60 ≠ 28"),
        (None, {"currency": "USD", "refunds": [{"id": 1, "transactions": [
            {"kind": "refund", "status": "success", "amount": "1", "currency": "EUR"}]}]}, "currency_differs", "EUR ≠ USD"),
        (None, {"currency": "USD", "refunds": [{"id": 1, "transactions": [
            {"kind": "refund", "status": "success", "amount": "1", "currency": code} for code in ("EUR", "USD")]}]},
         "field_invalid", "refund 1: currency EUR ≠ USD"),
        (None, {"currency": "BIG"}, "number_out_of_range", "200000.00 BIG"),
    ],
)  # fmt: skip
def test_what_is_in_no_currency_that_can_be_booked_waits(
    shop: Company, expected: str | None, said: dict[str, Any], reason: str, detail: str
) -> None:
    for currency, worth in (("USD", "7.1"), ("JPY", "0.05"), ("BIG", "999999999")):
        rate(shop, currency, worth)
    open_shop(shop, currency=expected)
    order = shopify_order(1, **said)
    if reason == "number_out_of_range":
        order = shopify_order(1, [("PART", 1, "200000.00")], rate="0", shipping="0", **said)
    message = told(shop, order)
    assert (message["state"], message["reason"], message["detail"]) == ("quarantined", reason, detail)
    assert shop.ask("sales_orders") == []
    shop.assert_clean()


def test_an_order_keeps_the_currency_that_it_was_booked_or_refunded_in(shop: Company) -> None:
    rate(shop, "USD", "7.1")
    told(shop, {"id": 5, "order_id": 2, "transactions": [
        {"kind": "refund", "status": "success", "amount": "1.00", "currency": "USD"}]}, "refunds/create")  # fmt: skip
    told(shop, shopify_order(1, **USD))
    for number in (1, 2):
        message = told(shop, shopify_order(number, updated=NOON))
        assert (message["state"], message["reason"], message["detail"]) == (
            "quarantined", "currency_changed", "USD → CNY")  # fmt: skip
    late = {"id": 6, "order_id": 1, "transactions": [
        {"kind": "refund", "status": "success", "amount": "1.00", "currency": "CNY"}]}  # fmt: skip
    assert told(shop, late, "refunds/create")["reason"] == "currency_differs"
    shop.assert_clean()


def test_a_larger_order_abroad_is_judged_in_the_currency_of_the_books(shop: Company) -> None:
    rate(shop, "USD", "7.1")
    shop.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="250")
    small = told(shop, shopify_order(1, **USD))
    assert document(shop, small["document_id"])["state"] == "confirmed"
    grown = told(shop, shopify_order(1, [("PART", 4, "10.00")], updated=NOON, **USD))
    assert (grown["state"], grown["reason"]) == ("quarantined", "needs_approval")
    large = told(shop, shopify_order(2, [("PART", 4, "10.00")], **USD))
    assert document(shop, large["document_id"])["state"] == "draft"
    changed = told(shop, shopify_order(2, [("PART", 3, "10.00")], updated=NOON, **USD))
    assert document(shop, changed["document_id"])["total_amount"] == D("38.90")
    shop.assert_clean()


def test_files_of_marketplaces_and_shops_name_their_currency(shop: Company) -> None:
    rate(shop, "USD", "7.1")
    open_shop(shop, "TAO", "taobao", secret=None, tax_code="VAT13")
    head = "订单编号,订单状态,订单创建时间,宝贝标题,商家编码,购买数量,价格,买家应付邮费,总金额,币种\n"
    rows = "".join(
        f"{number},等待卖家发货,2026-06-15 09:00:00,Part,PART,3,11.33,5,{total},{currency}\n"
        for number, total, currency in (
            ("88001", "36.99", "USD"),
            ("88002", "38.99", "人民币"),
            ("88003", "38.99", "US$"),
        )
    )
    account = import_shop_orders(shop.gateway, "TAO", [OrderFile("orders.csv", (head + rows).encode())])
    assert dict(account.states) == {"booked": 2, "quarantined": 1}
    assert [row["detail"] for row in account.waiting] == ["币种 = US$"]
    found = {row["external_number"]: row for row in shop.ask("sales_orders")}
    assert [(found[n]["currency"], found[n]["total_amount"]) for n in ("88001", "88002")] == [
        ("USD", D("36.99")), ("CNY", D("38.99"))]  # fmt: skip
    list_of = json.dumps([shopify_order(3, **USD), shopify_order(4)]).encode()
    assert dict(import_shop_orders(shop.gateway, "TEA", [OrderFile("o.json", list_of)]).states) == {"booked": 2}
    shop.assert_clean()
