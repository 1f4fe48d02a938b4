"""Web shops on both databases: what cannot be booked waits with its reason, secrets are kept, and files bring the same orders once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.jobs.import_shop_orders import OrderFile, import_shop_orders
from app.jobs.shops import book_waiting
from app.kernel.access import Principal
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.modules.shops.door import shop_door
from tests.company import DAY, Company
from tests.makers import stocked
from tests.shop_case import deliver, inbox_kinds, lines_of, message_of, open_shop, shopify_order, told


@pytest.fixture
def shop(works: Company) -> Company:
    """A company with parts in store and a Shopify shop."""
    stocked(works)
    open_shop(works)
    return works


# What waits ----------------------------------------------------------------------------------------------------------


def test_an_unknown_product_waits_and_is_booked_when_somebody_says_what_it_is(shop: Company) -> None:
    waiting = [told(shop, shopify_order(n, [("BOX", 2, "60.00"), ("PART", 1, "5.00")])) for n in (1, 2, 3)]
    assert {(m["state"], m["reason"], m["detail"]) for m in waiting} == {("quarantined", "item_unknown", "BOX")}
    (asked,) = shop.ask("unmapped_shop_items")
    assert (asked["kind"], asked["external_id"], asked["message_count"]) == ("sku", "BOX", 3)
    assert inbox_kinds(shop) == ["shop_item_unknown"]
    assert [row for row in shop.ask_table("item") if row["code"] == "BOX"] == []
    shop.do("put_shop_item", shop="TEA", external_id="BOX", item="PART", unit_factor="12")
    assert book_waiting(shop.gateway) == 3
    assert {message_of(shop, m["id"])["state"] for m in waiting} == {"booked"}
    line = lines_of(shop, message_of(shop, waiting[0]["id"]))[0]
    assert (line["item_code"], line["quantity"], line["unit_price"], line["net_amount"]) == ("PART", 24, 5, 120)
    assert (shop.ask("unmapped_shop_items"), inbox_kinds(shop)) == ([], [])
    shop.assert_clean()


def test_a_mapped_variant_outranks_the_sku(shop: Company) -> None:
    shop.do("put_shop_item", shop="TEA", kind="variant", external_id="1001", item="GOOD")
    assert lines_of(shop, told(shop, shopify_order(1)))[0]["item_code"] == "GOOD"


def test_an_empty_sku_waits_under_its_variant(shop: Company) -> None:
    message = told(shop, shopify_order(1, [("", 1, "5.00")]))
    assert (message["state"], message["reason"]) == ("quarantined", "item_unknown")
    (asked,) = shop.ask("unmapped_shop_items")
    assert (asked["kind"], asked["external_id"]) == ("variant", "1001")


@pytest.mark.parametrize(
    ("fields", "state", "reason", "detail"),
    [
        ({"currency": "USD"}, "quarantined", "exchange_rate_missing", "USD 2026-06-15"),
        ({"currency": "USDT"}, "quarantined", "field_invalid", "currency = USDT"),
        ({"currency": None}, "quarantined", "field_missing", "currency"),
        ({"total_price": "1.00"}, "quarantined", "totals_differ", "1.00 ≠ 27.60"),
        ({"test": True}, "ignored", "test_order", "#1"),
        ({"line_items": []}, "quarantined", "no_lines", "#1"),
        ({"financial_status": "odd"}, "quarantined", "status_unknown", "financial_status = odd"),
        ({"updated_at": "soon"}, "quarantined", "field_invalid", "updated_at = soon"),
    ],
)
def test_what_cannot_be_booked_waits_with_its_reason(
    shop: Company, fields: dict[str, Any], state: str, reason: str, detail: str
) -> None:
    message = told(shop, shopify_order(1, **fields))
    assert (message["state"], message["reason"], message["detail"]) == (state, reason, detail)
    assert shop.ask("sales_orders") == []
    shop.assert_clean()


@pytest.mark.parametrize(
    ("line", "reason"),
    [(("PART", 10**13, "0.00"), "number_out_of_range"), (("PART", 1, "99999999999.00"), "number_out_of_range")],
)
def test_a_number_beyond_the_books_waits(shop: Company, line: tuple[str, int, str], reason: str) -> None:
    assert told(shop, shopify_order(1, [line], rate="0"))["reason"] == reason


def test_a_refused_booking_waits_with_the_refusal_and_holds_up_nobody(shop: Company) -> None:
    shop.do("put_item", code="HALF", name="Half", category="RAW", unit="EA")
    shop.do("put_shop_item", shop="TEA", external_id="HALF-BOX", item="HALF", unit_factor="0.5")
    bad = deliver(shop, shopify_order(1, [("HALF-BOX", 1, "5.00")]))
    good = deliver(shop, shopify_order(2))
    assert book_waiting(shop.gateway) == 2
    assert message_of(shop, good)["state"] == "booked"
    refused = message_of(shop, bad)
    assert (refused["state"], refused["reason"]) == ("quarantined", "refused")
    assert json.loads(refused["detail"])["key"] == "refusal.quantity_decimals"
    shop.assert_clean()


def test_hostile_bytes_wait_with_their_reason(shop: Company) -> None:
    for body, reason in ((b"\xff\xfe", "not_text"), (b"{", "not_json"), (b'{"id":1,"id":2}', "duplicate_key")):
        message = told(shop, body, "orders/create")
        assert (message["state"], message["reason"]) == ("quarantined", reason)
    assert told(shop, b"{}", "products/update")["state"] == "ignored"
    shop.assert_clean()


def test_only_what_was_put_aside_is_decided(shop: Company) -> None:
    message = told(shop, shopify_order(1))["id"]
    assert shop.refused("retry_shop_message", message=message) == "shop_message_state"
    assert shop.refused("discard_shop_message", message=message, reason="x") == "shop_message_state"
    assert shop.refused("retry_shop_message", message=999_999) == "not_found"


# Shops and secrets ---------------------------------------------------------------------------------------------------


def test_a_secret_is_sealed_and_the_one_before_counts_for_a_day(works: Company) -> None:
    open_shop(works, secret="first-canary")
    works.do("put_shop", code="TEA", name="Tea", system="shopify", customer="CUS", secret="second-canary")
    door = shop_door(works.gateway, "TEA")
    assert door is not None
    assert door.secrets == ("second-canary", "first-canary")
    assert "canary" not in repr(door)
    works.gateway.clock = FixedClock(DAY.replace(day=DAY.day + 2))
    assert shop_door(works.gateway, "TEA").secrets == ("second-canary",)  # pyright: ignore[reportOptionalMemberAccess]
    for table in ("shop", "feed", "command_receipt"):
        assert "canary" not in str(works.ask_table(table))
    assert "secret" not in {name for row in works.ask("shops") for name in row}
    sealed = works.ask_table("shop")[0]["secret_cipher"]
    assert sealed[:20] not in str(works.ask_table("feed"))


def test_a_shop_without_a_secret_or_closed_has_no_door(works: Company) -> None:
    works.do("put_shop", code="NEW", name="New", system="shopify", customer="CUS")
    open_shop(works, active=False)
    assert [shop_door(works.gateway, code) for code in ("NEW", "TEA", "NONE")] == [None, None, None]
    data = {"delivery_id": "d", "topic": "t", "source": "webhook", "body": "e30="}
    assert works.refused("receive_shop_message", shop="TEA", **data) == "shop_inactive"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"currency": "usd"}, "input_invalid"),
        ({"customer": "SUP"}, "party_role"),
        ({"code": "A/B"}, "input_invalid"),
        ({"location": "NOWHERE"}, "code_unknown"),
        ({"secret": "x" * 501}, "input_invalid"),
    ],
)
def test_a_shop_that_cannot_be_booked_on_is_refused(works: Company, fields: dict[str, Any], refusal: str) -> None:
    data = {"code": "TEA", "name": "Tea", "system": "shopify", "customer": "CUS", **fields}
    assert works.refused("put_shop", **data) == refusal


def test_a_shop_stays_of_its_system(works: Company) -> None:
    open_shop(works)
    data = {"code": "TEA", "name": "Tea", "system": "woocommerce", "customer": "CUS"}
    assert works.refused("put_shop", **data) == "shop_system"


def test_only_the_door_says_that_a_message_was_delivered(shop: Company) -> None:
    clerk = Principal(8, "li", "Li", permissions=frozenset({"shops.*"}))
    data = {"shop": "TEA", "delivery_id": "d", "topic": "t", "body": "e30="}
    refused = shop.submit("receive_shop_message", principal=clerk, source="webhook", **data)
    assert refused.message_key == "refusal.not_permitted"
    assert shop.submit("receive_shop_message", principal=clerk, source="file", **data).status == "done"


def test_rejected_deliveries_are_counted_and_told_once_a_day(shop: Company) -> None:
    for count in (3, 4):
        shop.do("count_rejected_deliveries", shop="TEA", delivery_count=count)
    assert shop.ask("shops")[0]["rejected_count"] == 7
    assert inbox_kinds(shop) == ["shop_rejected"]


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_file_brings_the_same_orders_once(shop: Company, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({"orders": [shopify_order(n) for n in (1, 2, 3)]}))
    told(shop, shopify_order(1))
    first = import_shop_orders(shop.gateway, "TEA", [OrderFile.read(file)])
    assert (first.read, first.stored, dict(first.states)) == (3, 3, {"booked": 2, "duplicate": 1})
    again = import_shop_orders(shop.gateway, "TEA", [OrderFile.read(file)])
    assert (again.stored, again.states, again.clean) == (0, first.states, True)
    assert len(shop.ask("sales_orders")) == 3
    shop.assert_clean()


def test_a_file_of_lines_and_its_faults_are_taken_apart(shop: Company, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text("\n".join(json.dumps(shopify_order(n, [(sku, 1, "5.00")])) for n, sku in ((1, "PART"), (2, "NO"))))
    account = import_shop_orders(shop.gateway, "TEA", [OrderFile.read(file)])
    assert dict(account.states) == {"booked": 1, "quarantined": 1}
    assert account.waiting[0]["reason"] == "item_unknown"
    assert not account.clean


@pytest.mark.parametrize("content", ["", "3", "[1]", "{"])
def test_what_is_no_file_of_orders_is_refused(shop: Company, tmp_path: Path, content: str) -> None:
    file = tmp_path / "orders.json"
    file.write_text(content)
    with pytest.raises(Refused, match="shop_export"):
        import_shop_orders(shop.gateway, "TEA", [OrderFile.read(file)])
    with pytest.raises(Refused, match="shop_unknown"):
        import_shop_orders(shop.gateway, "NONE", [OrderFile.read(file)])
