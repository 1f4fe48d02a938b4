"""Orders are routed by rules kept as rows: which rule decides, what follows for stock, waves and queues, and who may overrule it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import DAY, Company
from tests.makers import CHECKER
from tests.shop_case import open_shop, shopify_order, told

D = Decimal
CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


@pytest.fixture
def selling(works: Company) -> Company:
    """Two warehouses of which one has bins: 20 parts in MAIN, 30 in the bins of EAST; a customer in Canton, and a family tree."""
    works.do("put_item_category", code="ALL", name="All")
    works.do("put_item_category", code="RAW", name="Raw", parent="ALL")
    works.do("put_site", code="CANTON", name="Canton works")
    works.do("put_location", code="EAST", name="East", site="CANTON", kind="storage", place_type="warehouse")
    for code in ("E-1", "E-2"):
        works.do("put_location", code=code, name=code, site="CANTON", kind="storage", parent="EAST", place_type="bin")
    stock = [("MAIN", 20), ("E-1", 10), ("E-2", 20)]
    lines = [{"item": "PART", "location": place, "quantity": n, "unit_cost": "3"} for place, n in stock]
    works.do("book_opening_stock", lines=lines)
    works.do(
        "put_party", code="CUS", name="Customer", is_customer=True, customer_class="A", country="CN", region="CN-GD-SZ"
    )
    return works


def rule(works: Company, code: str, **data: Any) -> None:
    """A rule that takes effect."""
    works.do("put_order_routing_rule", code=code, **{"state": "active", **data})


def order(works: Company, quantity: int = 10, **data: Any) -> int:
    """A confirmed order of parts."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "5", "tax_code": "VAT0"}]
    receipt = works.submit("create_sales_order", principal=CLERK, **{"customer": "CUS", "lines": lines, **data})
    assert receipt.document is not None, receipt
    return receipt.document


def routed(works: Company, document: int) -> list[tuple[Any, ...]]:
    """What decided each line, by which rule, and where it ships from; the decision in force first."""
    rows = works.ask("order_routings", document=document)
    return [(row["decided_by"], row["rule"], row["warehouse"]) for row in rows]


def reserved(works: Company) -> dict[str, Decimal]:
    """How much is reserved in each place."""
    places = {row["id"]: row["code"] for row in works.ask_table("location")}
    return {places[row["location_id"]]: row["reserved"] for row in works.ask_table("stock_balance") if row["reserved"]}


APPLIES: dict[str, dict[str, Any]] = {
    "family": {"family": "ALL"},
    "channel": {"channel": "phone"},
    "customer_class": {"customer_class": "A"},
    "priority_until": {"priority_until": 3},
    "country": {"country": "CN"},
    "region": {"region": "cn-gd"},
    "valid": {"valid_from": DAY.isoformat(), "valid_to": DAY.isoformat()},
}
DOES_NOT: dict[str, dict[str, Any]] = {
    "family": {"family": "FG"},
    "channel": {"channel": "fax"},
    "customer_class": {"customer_class": "B"},
    "priority_until": {"priority_until": 2},
    "country": {"country": "DE"},
    "region": {"region": "CN-GX"},
    "valid": {"valid_from": "2026-06-16"},
    "past": {"valid_to": "2026-06-14"},
    "draft": {"state": "draft"},
    "retired": {"state": "retired"},
}
FACTS: dict[str, Any] = {"channel": "phone", "priority": 3}


@pytest.mark.parametrize("condition", APPLIES)
def test_a_rule_that_holds_decides_and_says_why(selling: Company, condition: str) -> None:
    rule(selling, "R", warehouse="EAST", **APPLIES[condition])
    (row,) = selling.ask("order_routings", document=order(selling, **FACTS))
    assert (row["decided_by"], row["rule"], row["rule_version"], row["warehouse"]) == ("rule", "R", 1, "EAST")
    named = [] if condition == "valid" else [condition.replace("family", "family_id")]
    assert [reason["condition"] for reason in row["explanation"]] == named
    selling.assert_clean()


@pytest.mark.parametrize("condition", DOES_NOT)
def test_a_rule_that_does_not_hold_leaves_the_line_to_the_defaults(selling: Company, condition: str) -> None:
    rule(selling, "OTHER", warehouse="EAST", channel="no such channel")
    rule(selling, "R", warehouse="EAST", **DOES_NOT[condition])
    document = order(selling, 25, **FACTS)
    assert routed(selling, document) == [("default", None, None)]
    assert sum(reserved(selling).values()) == 25, "any place serves it"
    selling.assert_clean()


def test_the_first_rule_decides_the_whole_line(selling: Company) -> None:
    rule(selling, "LAST", rank=9, warehouse="MAIN", queue="planner")
    rule(selling, "FIRST", rank=2, region="CN-GD", warehouse="EAST")
    (row,) = selling.ask("order_routings", document=order(selling))
    assert (row["rule"], row["warehouse"], row["queue"]) == ("FIRST", "EAST", None)
    (row,) = selling.ask("order_routings", document=order(selling, region="DE"))
    assert (row["rule"], row["warehouse"], row["queue"]) == ("LAST", "MAIN", "planner")


def test_the_warehouse_alone_promises_reserves_picks_and_ships(selling: Company) -> None:
    rule(selling, "SOUTH", region="CN-GD", warehouse="EAST")
    document = order(selling, 35)
    (line,) = selling.ask("document_lines", document=document)
    assert (line["reserved_quantity"], line["promised_on"]) == (30, None), "20 in MAIN serve it not"
    assert reserved(selling) == {"E-1": 10, "E-2": 20}
    assert selling.refused("ship_goods", order=document, location="MAIN") == "ships_from_elsewhere"
    assert selling.refused("ship_goods", order=document, lines=[{"line": 1, "quantity": 31}]) == "stock_short"
    selling.do("ship_goods", order=document, lines=[{"line": 1, "quantity": 4}])
    selling.do("release_wave", orders=[document])
    rows = selling.ask("pick_lines", document=document)
    assert {row["location_code"] for row in rows} == {"E-1", "E-2"}
    assert sum(row["quantity"] for row in rows) == 26
    elsewhere = {"location": "MAIN", "scanned": "PART", "substitute_reason": "nearer"}
    pick = {"pick_list": rows[0]["pick_list_id"], "line": rows[0]["line"], "quantity": 1}
    assert selling.refused("confirm_pick", **pick, **elsewhere) == "ships_from_elsewhere"
    selling.assert_clean()


def test_a_wave_of_whole_orders_looks_into_the_warehouse_of_each_line(selling: Company) -> None:
    rule(selling, "SOUTH", region="CN-GD", warehouse="EAST")
    first = order(selling, 31, reserve=False)
    assert selling.ask("wave_preview", on=DAY.isoformat(), complete_only=True) == []
    assert selling.refused("release_wave", orders=[first], complete_only=True) == "wave_nothing_to_pick"
    selling.do("release_wave", orders=[first])
    assert reserved(selling) == {"E-1": 10, "E-2": 20}
    selling.assert_clean()


def test_every_way_into_force_routes(selling: Company) -> None:
    """By hand, from a quotation, by approval, by an approved change and from a shop, whose buyer says where it goes."""
    rule(selling, "SOUTH", region="CN-GD", warehouse="EAST")
    rule(selling, "ABROAD", country="CA", rank=1, warehouse="EAST", queue="clerk")
    lines = [{"item": "PART", "quantity": 1, "unit_price": "5", "tax_code": "VAT0"}]
    draft = selling.do("create_sales_order", customer="CUS", lines=lines, confirm=False).document
    assert draft is not None
    assert selling.ask("order_routings", document=draft) == []
    selling.do("confirm_sales_order", order=draft)
    quoted = selling.do("create_quotation", customer="CUS", lines=lines).document
    ordered = selling.do("accept_quotation", quotation=quoted).document
    assert ordered is not None
    selling.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="40")
    waiting = order(selling, 10)
    request = selling.ask("approval_requests", document=waiting)[-1]["id"]
    selling.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    for document in (draft, ordered, waiting):
        assert routed(selling, document) == [("rule", "SOUTH", "EAST")]
    added = [{"item": "PART", "quantity": 9, "unit_price": "5", "tax_code": "VAT0"}]
    change = {"order": draft, "reason": "more", "added": added}
    assert selling.submit("change_sales_order", principal=CLERK, **change).message_key == "receipt.change_waits"
    request = selling.ask("approval_requests", document=draft)[-1]["id"]
    selling.submit("decide_approval", principal=CHECKER, request=request, approve=True)
    assert routed(selling, draft) == [("rule", "SOUTH", "EAST")] * 2
    open_shop(selling)
    address = {"name": "Lin", "address1": "1 Road", "city": "Toronto", "country_code": "CA"}
    booked = told(selling, shopify_order(5, [("PART", 1, "5.00")], shipping_address=address))
    assert booked["state"] == "booked", booked
    (shop_order,) = [row for row in selling.ask_table("document") if row["channel"] == "TEA"]
    assert [row[:2] for row in routed(selling, shop_order["id"])] == [("rule", "ABROAD")]
    selling.assert_clean()


def test_a_changed_rule_moves_nothing_until_the_order_is_routed_again(selling: Company) -> None:
    rule(selling, "SOUTH", region="CN-GD", warehouse="EAST", queue="clerk")
    document = order(selling, 15)
    rule(selling, "SOUTH", region="CN-GD", warehouse="MAIN", queue="planner")
    assert routed(selling, document) == [("rule", "SOUTH", "EAST")]
    assert selling.refused("reroute_sales_order", order=document) == "routing_reserved"
    assert routed(selling, document) == [("rule", "SOUTH", "EAST")], "a refusal leaves no trace"
    assert inbox(selling, document) == ["clerk"]
    selling.do("reroute_sales_order", order=document, move_reservation=True)
    assert routed(selling, document) == [("rule", "SOUTH", "MAIN"), ("rule", "SOUTH", "EAST")]
    assert [row["rule_version"] for row in selling.ask("order_routings", document=document)] == [2, 1]
    assert reserved(selling) == {"MAIN": 15}
    assert inbox(selling, document) == ["planner"]
    assert selling.refused("reroute_sales_order", order=document) == "routing_same"
    rule(selling, "SOUTH", region="CN-GD", warehouse="MAIN", state="retired")
    selling.do("reroute_sales_order", order=document)
    assert routed(selling, document)[0] == ("default", None, None)
    assert inbox(selling, document) == []
    selling.assert_clean()


def test_a_line_is_sent_elsewhere_by_hand_with_a_reason(selling: Company) -> None:
    rule(selling, "ALL", warehouse="EAST", queue="clerk")
    document = order(selling, 5)
    override = {"order": document, "line": 1, "reason": "he fetches it", "warehouse": "MAIN"}
    assert selling.refused("override_order_routing", **override) == "routing_reserved"
    selling.do("override_order_routing", **override, move_reservation=True)
    (now, before) = selling.ask("order_routings", document=document)
    assert (now["decided_by"], now["reason"], now["warehouse"], now["queue"]) == (
        "override",
        "he fetches it",
        "MAIN",
        "clerk",
    )
    assert (now["in_force"], before["in_force"], before["rule"]) == (True, False, "ALL")
    assert reserved(selling) == {"MAIN": 5}
    assert selling.refused("override_order_routing", **override) == "routing_same"
    assert selling.refused("reroute_sales_order", order=document) == "routing_same", "his word stays"
    selling.do("release_wave", orders=[document])
    back = {**override, "warehouse": "EAST", "move_reservation": True}
    assert selling.refused("override_order_routing", **back) == "line_being_picked"
    selling.do("cancel_wave", wave=selling.ask("pick_waves")[0]["id"])
    selling.do("reroute_sales_order", order=document, lines=[1], move_reservation=True)
    assert routed(selling, document)[0] == ("rule", "ALL", "EAST")
    selling.do("ship_goods", order=document)
    assert selling.refused("override_order_routing", **override) == "routing_of_done_line"
    selling.assert_clean()


def test_a_queue_has_an_order_while_something_of_it_is_open(selling: Company) -> None:
    rule(selling, "ALL", queue="clerk")
    document = order(selling, 5)
    assert inbox(selling, document) == ["clerk"]
    assert [row["open_quantity"] for row in selling.ask("orders_by_queue", queue="clerk")] == [5]
    shipped = selling.do("ship_goods", order=document).document
    assert (inbox(selling, document), selling.ask("orders_by_queue")) == ([], [])
    selling.do("reverse_document", document=shipped, reason="not loaded")
    assert inbox(selling, document) == ["clerk"]
    selling.do("cancel_sales_order", order=document)
    assert (inbox(selling, document), selling.ask("orders_by_queue")) == ([], [])
    selling.assert_clean()


def inbox(works: Company, document: int) -> list[str]:
    """The roles in whose inbox an order waits."""
    return [row["role_code"] for row in works.ask("inbox") if row["document_id"] == document]


def test_what_is_made_for_a_line_goes_where_it_was_routed(selling: Company) -> None:
    selling.do("put_work_center", code="LINE-2", name="Line 2", site="CANTON")
    rule(selling, "GOODS", family="FG", plant="CANTON", production_line="LINE-2")
    lines = [{"item": "GOOD", "quantity": 3, "unit_price": "9"}]
    document = selling.do("create_sales_order", customer="CUS", lines=lines).document
    made = selling.do("create_production_order", item="GOOD", quantity=3, for_order=document).document
    assert made is not None
    (origin,) = selling.ask("production_origin", document=made)
    assert (origin["plant"], origin["production_line"], origin["line"]) == ("CANTON", "LINE-2", 1)
    other = selling.do(
        "create_production_order", item="GOOD", quantity=3, for_order=document, for_line=1, plant="MAIN"
    ).document
    assert other is not None
    (origin,) = selling.ask("production_origin", document=other)
    assert (origin["plant"], origin["production_line"]) == ("MAIN", None)
    wrong = {"item": "GOOD", "quantity": 1, "plant": "MAIN", "production_line": "LINE-2"}
    assert selling.refused("create_production_order", **wrong) == "line_of_another_plant"
    parts = order(selling, 1)
    wrong = {"item": "GOOD", "quantity": 1, "for_order": parts}
    assert selling.refused("create_production_order", **wrong) == "made_for_other_item"
    selling.assert_clean()


def test_drafts_are_tried_on_past_orders_and_take_effect_together(selling: Company) -> None:
    rule(selling, "ALL", warehouse="MAIN")
    first, second = order(selling, 4, channel="phone"), order(selling, 6)
    draft = {"rank": 1, "state": "draft", "channel": "phone", "warehouse": "EAST", "queue": "clerk"}
    selling.do("put_order_routing_rule", code="PHONE", **draft)
    selling.do("put_order_routing_rule", code="NEVER", rank=2, state="draft", channel="fax", queue="clerk")
    selling.do("put_order_routing_rule", code="REST", state="draft", replaces="ALL", warehouse="MAIN")
    asked = {"until": DAY.isoformat()}

    def tried(**data: Any) -> list[tuple[Any, ...]]:
        rows = selling.ask("order_routing_trial", **asked, **data)
        return [(row["code"], row["line_count"], row["moving_count"]) for row in rows]

    assert tried() == [("PHONE", 1, 1), ("NEVER", 0, 0), ("REST", 1, 0), (None, 0, 0)]
    assert tried(drafts=False) == [("ALL", 2, 0), (None, 0, 0)]
    typed = {"code": "PHONE", "rank": 1, "warehouse": "EAST"}
    assert tried(rule=typed) == [("PHONE", 2, 2), ("NEVER", 0, 0), ("REST", 0, 0), (None, 0, 0)]
    (row,) = selling.ask("order_routing_trial_lines", **asked)
    assert (row["id"], row["rule_now"], row["warehouse_now"]) == (first, "ALL", "MAIN")
    assert (row["rule"], row["warehouse"], row["queue"]) == ("PHONE", "EAST", "clerk")
    stranger = Principal(72, "x", "X", permissions=frozenset({"company.routing.read"}))
    (hidden,) = selling.gateway.query("order_routing_trial_lines", asked, principal=stranger)
    assert (hidden["id"], hidden["number"], hidden["party_name"], hidden["reasons"]) == (None, None, None, [])
    assert hidden["warehouse"] == "EAST"
    selling.do("activate_order_routing_rules")
    states = {row["code"]: row["state"] for row in selling.ask("order_routing_rules")}
    assert states == {"PHONE": "active", "NEVER": "active", "REST": "active", "ALL": "retired"}
    assert [routed(selling, document)[0][1] for document in (first, second)] == ["ALL", "ALL"]
    assert selling.refused("activate_order_routing_rules") == "no_routing_draft"
    selling.assert_clean()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({}, "routing_rule_nowhere"),
        ({"warehouse": "NONE"}, "code_unknown"),
        ({"warehouse": "EAST", "family": "NONE"}, "code_unknown"),
        ({"queue": "nobody"}, "code_unknown"),
        ({"warehouse": "EAST", "valid_from": "2026-06-02", "valid_to": "2026-06-01"}, "valid_dates"),
        ({"warehouse": "EAST", "replaces": "R"}, "code_unknown"),
        ({"warehouse": "EAST", "replaces": "DRAFT"}, "routing_replaces"),
        ({"plant": "MAIN", "production_line": "LINE-2"}, "line_of_another_plant"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(selling: Company, data: dict[str, Any], answer: str) -> None:
    selling.do("put_work_center", code="LINE-2", name="Line 2", site="CANTON")
    selling.do("put_order_routing_rule", code="DRAFT", queue="clerk")
    assert selling.refused("put_order_routing_rule", code="R", **data) == answer


def test_two_orders_of_one_batch_are_promised_one_stock_once(selling: Company) -> None:
    """What earlier commands of a transaction did is seen, though enough is free in another warehouse."""
    rule(selling, "ALL", warehouse="EAST", queue="clerk")
    first, second = order(selling, 30), order(selling, 5)
    (line,) = selling.ask("document_lines", document=second)
    assert (line["reserved_quantity"], line["promised_on"]) == (0, None)
    assert inbox(selling, first) == ["clerk"]
    selling.assert_clean()
