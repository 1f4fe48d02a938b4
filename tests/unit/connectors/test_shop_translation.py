"""Orders of shops in one shape: what the shops' own examples say, what hostile bodies are answered, and that amounts add up."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.modules.shops.amounts import TotalsDiffer, booked_amounts, rounded_together, spread
from pipelines.connectors.shopify.export_csv import orders_of_export
from pipelines.connectors.shopify.translate import translate as translate_shopify
from pipelines.connectors.woocommerce.translate import translate as translate_woo
from schemas.exchange.shop_order import (
    NotAnOrder,
    NotTranslatable,
    ShopDeletion,
    ShopOrder,
    ShopRefund,
    ShopStatus,
    Translate,
)
from tests.conftest import shared_folder
from tests.shop_case import body_of, shopify_order, woo_order

PAYLOADS = shared_folder() / "data" / "payloads"
D = Decimal


def read(name: str) -> Any:
    """A payload of shared data; a fresh clone may lack it."""
    if not (PAYLOADS / name).exists():
        # A fresh clone may lack the shared folder; the cases of our own in this file run everywhere.
        pytest.skip(f"{PAYLOADS / name} is not here; set TALLYWORKS_SHARED")
    return json.loads((PAYLOADS / name).read_text(encoding="utf-8"))


def shopify(order: dict[str, Any]) -> ShopOrder:
    """Translate an order of Shopify."""
    said = translate_shopify(body_of(order), "orders/updated")
    assert isinstance(said, ShopOrder)
    return said


def woo(order: dict[str, Any]) -> ShopOrder:
    """Translate an order of WooCommerce."""
    said = translate_woo(body_of(order), "order.updated")
    assert isinstance(said, ShopOrder)
    return said


def booked(order: ShopOrder, decimals: int = 2) -> list[tuple[Decimal, Decimal]]:
    """Net and tax of each line and charge."""
    return [(amount.net, amount.tax) for amount in booked_amounts(order, decimals)]


# The shops' own examples ---------------------------------------------------------------------------------------------


def test_shopifys_example_has_no_total_that_its_lines_come_to() -> None:
    order = shopify(read("shopify/order.json"))
    assert (order.external_id, order.number, order.currency) == ("450789469", "#1001", "USD")
    assert order.updated_at == datetime(2008, 1, 10, 16, tzinfo=UTC)
    assert [line.sku for line in order.lines] == ["IPOD2008GREEN", "IPOD2008RED", "IPOD2008BLACK"]
    assert (order.buyer.name, order.buyer.country) == ("Bob Norman", "US")
    with pytest.raises(TotalsDiffer) as differs:
        booked(order)
    assert (differs.value.stated, differs.value.computed) == (D("409.94"), D("608.94"))


def test_shopifys_refund_names_its_goods_and_its_money() -> None:
    refund = translate_shopify(body_of(read("shopify/refund.json")), "refunds/create")
    assert isinstance(refund, ShopRefund)
    assert (refund.external_id, refund.order_id, refund.amount) == ("509562969", "450789469", D("209.00"))
    assert "IPOD2008BLACK" in refund.detail


def test_woocommerces_examples_come_to_their_totals() -> None:
    for said in read("woocommerce/orders.json"):
        order = woo(said)
        assert sum((net + tax for net, tax in booked(order)), D(0)) == D(said["total"])
        assert order.status is ShopStatus.ORDER
        assert len(order.refunds) == len(said["refunds"])


# Prices, discounts, taxes --------------------------------------------------------------------------------------------


def test_prices_with_tax_are_booked_without_it() -> None:
    order = shopify_order(1, [("A", 1, "113.00")], rate="0", shipping="11.30", taxes_included=True)
    order["line_items"][0]["tax_lines"] = [{"price": "13.00"}]
    order["shipping_lines"][0]["tax_lines"] = [{"price": "1.30"}]
    order |= {"total_tax": "14.30", "total_price": "124.30"}
    assert booked(shopify(order)) == [(D("100.00"), D("13.00")), (D("10.00"), D("1.30"))]


@pytest.mark.parametrize("allocated", [True, False], ids=["allocated to lines", "stated for the order"])
def test_a_discount_on_the_order_is_spread_over_its_goods(*, allocated: bool) -> None:
    order = shopify_order(1, [("A", 1, "30.00"), ("B", 2, "5.00")], rate="0", shipping="0.00", total_discounts="4.00")
    order["total_price"] = "36.00"
    if allocated:
        for line, amount in zip(order["line_items"], ("3.00", "1.00"), strict=True):
            line["discount_allocations"] = [{"amount": amount}]
    assert booked(shopify(order)) == [(D("27.00"), D(0)), (D("9.00"), D(0))]


def test_a_discount_on_shipping_lowers_the_charge_alone() -> None:
    order = shopify_order(1, [("A", 1, "30.00")], rate="0", shipping="5.00", total_discounts="5.00")
    order["shipping_lines"][0]["discounted_price"] = "0.00"
    order["total_price"] = "30.00"
    assert booked(shopify(order)) == [(D("30.00"), D(0))]


def test_a_tax_stated_for_the_order_alone_goes_to_its_goods() -> None:
    order = shopify_order(1, [("A", 1, "10.00"), ("B", 1, "20.00")], shipping="0.00")
    for line in order["line_items"]:
        del line["tax_lines"]
    order |= {"total_tax": "1.00", "total_price": "31.00"}
    assert booked(shopify(order)) == [(D("10.00"), D("0.33")), (D("20.00"), D("0.67"))]


def test_tips_and_duties_are_charges() -> None:
    order = shopify_order(1, [("A", 1, "10.00")], rate="0", shipping="0.00", total_tip_received="2.00")
    order["original_total_duties_set"] = {"shop_money": {"amount": "3.00", "currency_code": "CNY"}}
    order["total_price"] = "15.00"
    assert [net for net, _ in booked(shopify(order))] == [D("10.00"), D("2.00"), D("3.00")]


def test_a_fee_is_a_charge_and_a_fee_below_zero_a_discount() -> None:
    order = woo_order(1, [("A", 1, "10.00"), ("B", 1, "30.00")], rate="0", shipping="0.00")
    order["fee_lines"] = [
        {"name": "Gift wrap", "total": "2.00", "total_tax": "0.00"},
        {"name": "Voucher", "total": "-4.00", "total_tax": "0.00"},
    ]
    order["total"] = "38.00"
    assert [net for net, _ in booked(woo(order))] == [D("9.00"), D("27.00"), D("2.00")]


def test_a_line_discount_of_woocommerce_is_its_subtotal_less_its_total() -> None:
    order = woo_order(1, [("A", 3, "10.00")], rate="0", shipping="0.00")
    order["line_items"][0]["total"] = order["total"] = "27.00"
    (line,) = woo(order).lines
    assert (line.unit_price, line.amount) == (D("10"), D("27.00"))


def test_a_shop_that_rounds_tax_once_an_order_still_comes_to_its_total() -> None:
    order = woo_order(1, [("A", 1, "0.33")] * 3, rate="0", shipping="0.00")
    for line in order["line_items"]:
        line["total_tax"] = "0.04"
    order |= {"total_tax": "0.13", "total": "1.12"}
    assert sum((net + tax for net, tax in booked(woo(order))), D(0)) == D("1.12")


def test_a_total_that_its_parts_do_not_come_to_is_said_with_both_numbers() -> None:
    with pytest.raises(TotalsDiffer) as differs:
        booked(shopify(shopify_order(1, total_price="1.00")))
    assert (differs.value.stated, differs.value.computed) == (D("1.00"), D("27.60"))


@given(
    lines=st.lists(
        st.tuples(st.just("A"), st.integers(1, 50), st.integers(0, 10**6).map(lambda n: f"{D(n) / 100:.2f}")),
        min_size=1,
        max_size=8,
    ),
    rate=st.sampled_from(["0", "0.06", "0.0825", "0.13", "0.2"]),
    shipping=st.integers(0, 10_000).map(lambda n: f"{D(n) / 100:.2f}"),
    cut=st.fractions(0, 1),
)
def test_what_is_booked_is_the_shops_total_to_the_cent(
    lines: list[tuple[str, int, str]], rate: str, shipping: str, cut: Any
) -> None:
    whole = sum(D(price) * pieces for _, pieces, price in lines)
    discount = (whole * cut.numerator / cut.denominator).quantize(D("0.01"))
    order = shopify_order(1, lines, rate=rate, shipping=shipping, total_discounts=f"{discount}")
    order["total_price"] = f"{D(order['total_price']) - discount:.2f}"
    amounts = booked(shopify(order))
    assert sum((net + tax for net, tax in amounts), D(0)) == D(order["total_price"])
    assert all(net >= 0 and tax >= 0 and net == net.quantize(D("0.01")) for net, tax in amounts)
    same = woo(woo_order(1, lines, rate=rate, shipping=shipping))
    assert sum((net + tax for net, tax in booked(same)), D(0)) == same.total


@given(st.lists(st.decimals("0", "1000", places=4), max_size=20), st.integers(0, 3))
def test_rounding_together_loses_nothing(values: list[Decimal], decimals: int) -> None:
    assert sum(rounded_together(values, decimals)) == sum(rounded_together([sum(values, D(0))], decimals))


@given(st.decimals("0", "1000", places=2), st.lists(st.decimals("0", "1000", places=2), min_size=1, max_size=20))
def test_spreading_gives_out_the_whole(amount: Decimal, weights: list[Decimal]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == (amount if sum(weights) else 0)


# States and topics ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", "waiting"),
        ("checkout-draft", "waiting"),
        ("on-hold", "order"),
        ("processing", "order"),
        ("wc-completed", "order"),
        ("cancelled", "cancelled"),
        ("failed", "cancelled"),
        ("trash", "cancelled"),
        ("refunded", "refunded"),
    ],
)
def test_a_state_of_woocommerce_says_whether_it_is_an_order(state: str, status: str) -> None:
    assert woo(woo_order(1, status=state)).status == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"financial_status": "pending"}, "order"),
        ({"financial_status": "paid", "cancelled_at": "2026-06-15T10:00:00Z"}, "cancelled"),
        ({"financial_status": "refunded"}, "refunded"),
        ({"financial_status": "voided"}, "waiting"),
        ({"financial_status": None}, "order"),
    ],
)
def test_a_state_of_shopify_says_whether_it_is_an_order(fields: dict[str, Any], status: str) -> None:
    assert shopify(shopify_order(1, **fields)).status == status


def test_messages_about_other_things_are_told_apart() -> None:
    assert translate_shopify(b"{}", "products/update") == NotAnOrder("products/update")
    assert translate_woo(b"garbage", "customer.created") == NotAnOrder("customer.created")
    assert translate_woo(b'{"id": 7}', "order.deleted") == ShopDeletion("7")
    assert translate_shopify(b'{"id": 7}', "orders/delete") == ShopDeletion("7")


def test_an_id_keeps_all_its_digits() -> None:
    order = shopify_order(1)
    order["id"], order["line_items"][0]["id"] = 2**63 - 25, 9_007_199_254_740_993
    said = shopify(order)
    assert (said.external_id, said.lines[0].external_id) == ("9223372036854775783", "9007199254740993")


# Hostile bodies ------------------------------------------------------------------------------------------------------


def changed(order: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """An order with one field of another value; None as `...` takes the field away."""
    order = deepcopy(order)
    *way, last = path.split(".")
    at: Any = order
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return order


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("id", ..., "field_missing"),
        ("id", [1], "field_invalid"),
        ("id", 1.5, "field_invalid"),
        ("updated_at", ..., "field_missing"),
        ("updated_at", "yesterday", "field_invalid"),
        ("updated_at", "2026-06-15T10:00:00", "field_invalid"),
        ("updated_at", 5, "field_invalid"),
        ("total_price", ..., "field_missing"),
        ("total_price", "NaN", "field_invalid"),
        ("total_price", "Infinity", "field_invalid"),
        ("total_price", "1e400", "number_out_of_range"),
        ("total_price", "1" * 30, "number_out_of_range"),
        ("total_price", "1_000", "field_invalid"),
        ("total_price", {"amount": 1}, "field_invalid"),
        ("taxes_included", "yes", "field_invalid"),
        ("financial_status", "half_paid", "status_unknown"),
        ("line_items", "none", "field_invalid"),
        ("line_items", [1], "field_invalid"),
        ("line_items", [{}] * 100_000, "too_many_lines"),
        ("line_items.0.quantity", -1, "field_invalid"),
        ("line_items.0.quantity", "two", "field_invalid"),
        ("line_items.0.quantity", True, "field_invalid"),
        ("line_items.0.price", "-5.00", "field_invalid"),
        ("line_items.0.price", ..., "field_missing"),
        ("line_items.0.total_discount", "99.00", "field_invalid"),
        ("line_items.0.sku", {"a": 1}, "field_invalid"),
        ("line_items.0.tax_lines", {"price": 1}, "field_invalid"),
        ("shipping_lines.0.price", None, "field_missing"),
        ("shipping_address", [1], "field_invalid"),
        ("refunds", [{"id": 1, "transactions": [{"kind": "refund", "status": "success"}]}], "field_missing"),
    ],
)
def test_a_field_that_is_wrong_is_named(path: str, value: Any, reason: str) -> None:
    with pytest.raises(NotTranslatable) as refused:
        translate_shopify(body_of(changed(shopify_order(1), path, value)), "orders/create")
    assert refused.value.reason == reason
    named = refused.value.detail
    assert any(word in named for word in (path.rpartition(".")[2], "line_items", "amount", "financial_status"))


@pytest.mark.parametrize("translate", [translate_shopify, translate_woo])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe{}", "not_text"),
        (b"[]", "not_json"),
        (b'{"id": 1', "not_json"),
        (b'{"id": NaN}', "not_json"),
        (b'{"id": -Infinity}', "not_json"),
        (b'{"id": 1, "id": 2}', "duplicate_key"),
        (b'{"id": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"id": 1e99999999999999999999}', "number_out_of_range"),
        (b"[" * 200_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"{}", "field_missing"),
    ],
)
def test_what_is_no_order_is_said_to_be_none(translate: Translate, body: bytes, reason: str) -> None:
    topic = "orders/create" if translate is translate_shopify else "order.created"
    with pytest.raises(NotTranslatable) as refused:
        translate(body, topic)
    assert refused.value.reason == reason


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, at: str = "") -> list[str]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [at] if at else []
    for name, inner in entries:
        found += _paths(inner, f"{at}.{name}" if at else str(name))
    return found


@pytest.mark.parametrize(
    ("translate", "order", "topic"),
    [(translate_shopify, shopify_order(1), "orders/create"), (translate_woo, woo_order(1), "order.created")],
    ids=["shopify", "woocommerce"],
)
@settings(max_examples=300)
@given(data=st.data())
def test_any_value_in_any_field_is_translated_or_refused_in_words(
    translate: Translate, order: dict[str, Any], topic: str, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([p for p in _paths(order) if not p.split(".")[-1].isdigit()]))
    body = json.dumps(changed(order, path, data.draw(_JSON))).encode()
    try:
        said = translate(body, topic)
    except NotTranslatable:
        return  # In words: a reason that is not one of the known ones fails where it is raised.
    assert isinstance(said, ShopOrder)
    try:
        amounts = booked(said)
    except TotalsDiffer:
        return
    assert sum((net + tax for net, tax in amounts), D(0)) == said.total


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(body: bytes) -> None:
    for translate, topic in ((translate_shopify, "orders/create"), (translate_woo, "order.created")):
        with pytest.raises(NotTranslatable):
            translate(body, topic)


# The exported file ---------------------------------------------------------------------------------------------------

_HEAD = (
    "Name,Id,Email,Financial Status,Created at,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name"
)


def test_the_lines_of_an_exported_order_become_one_message() -> None:
    rows = [
        "#5,55,a@b.c,paid,2026-06-10 10:00:00 +0800,2026-06-10 10:05:00 +0800,CNY,30.00,5.00,2.00,37.00,0.00,2,Pot,10.00,POT,Lin",
        "#5,,,,,,,,,,,,1,Cup,10.00,CUP,",
        "#6,66,a@b.c,paid,2026-06-10 10:00:00 +0800,,CNY,10.00,0.00,1.00,10.00,0.00,1,Pot,10.00,POT,Lin",
    ]
    first, second = (
        translate_shopify(body, "orders/import") for body in orders_of_export("\n".join([_HEAD, *rows]).encode())
    )
    assert isinstance(first, ShopOrder)
    assert isinstance(second, ShopOrder)
    assert ([line.sku for line in first.lines], first.updated_at.minute) == (["POT", "CUP"], 5)
    assert sum((net + tax for net, tax in booked(first)), D(0)) == D("37.00")
    assert second.prices_include_tax
    assert booked(second) == [(D("9.00"), D("1.00"))]


@pytest.mark.parametrize(
    ("content", "reason"), [(b"Name,Total\n#1,3\n", "field_missing"), (b"\xff\xff", "not_text"), (b"", "field_missing")]
)
def test_a_file_that_is_no_export_is_said_to_be_none(content: bytes, reason: str) -> None:
    with pytest.raises(NotTranslatable) as refused:
        orders_of_export(content)
    assert refused.value.reason == reason
