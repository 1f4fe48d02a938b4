"""A company with two warehouses routes its orders by rules that were tried first, told as facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.kernel.access import Principal
from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story

CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
PLANNER = Principal(71, "wu", "Wu", roles=frozenset({"planner"}), permissions=frozenset({"*"}))
_ROUTED = ("line", "item_code", "in_force", "decided_by", "rule", "warehouse", "plant", "production_line", "queue")


def _tell_inboxes(works: Company, story: Story) -> None:
    """What waits in the queues of the two roles."""
    for principal in (CLERK, PLANNER):
        who = (principal.user_id, principal.login, principal.name)
        role = Principal(*who, roles=principal.roles, permissions=frozenset({"desk.inbox"}))
        for row in works.gateway.query("inbox", {}, principal=role):
            story.tell("inbox", min(principal.roles), row["kind"], row["document_number"], row["facts"]["count"])


def _two_warehouses(works: Company) -> None:
    """A works in the north with 40 parts, a warehouse in the south with 25 in a bin, and a production line of its own."""
    works.do("put_site", code="SOUTH", name="Southern works")
    works.do("put_work_center", code="LINE-S", name="Southern line", site="SOUTH")
    works.do("put_location", code="S-HALL", name="Southern hall", site="SOUTH", kind="storage", place_type="warehouse")
    works.do("put_location", code="S-BIN", name="Bin", site="SOUTH", kind="storage", place_type="bin", parent="S-HALL")
    stock = [("MAIN", 40), ("S-BIN", 25)]
    lines = [{"item": "PART", "location": place, "quantity": n, "unit_cost": "3"} for place, n in stock]
    works.do("book_opening_stock", lines=lines)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, country="CN", region="CN-GD-SZ")
    works.do("put_party", code="FAR", name="Far away", is_customer=True, country="CN", region="CN-HL")


def _sell(works: Company, story: Story, customer: str, **data: Any) -> int:
    """The clerk takes an order of both items; the story tells where its lines go."""
    wanted = (("PART", 10), ("GOOD", 2))
    lines = [{"item": item, "quantity": n, "unit_price": "9", "tax_code": "VAT0"} for item, n in wanted]
    receipt = works.submit("create_sales_order", principal=CLERK, customer=customer, lines=lines, **data)
    assert receipt.document is not None, receipt
    story.tell("ordered", receipt.number, customer)
    story.rows("goes", works.ask("order_routings", document=receipt.document), *_ROUTED)
    return receipt.document


def _try_and_activate(works: Company, story: Story) -> None:
    """Three drafts are tried on the orders there are, and take effect."""
    makes = {"plant": "SOUTH", "production_line": "LINE-S", "queue": "planner"}
    works.do("put_order_routing_rule", code="GOODS-S", rank=10, family="FG", region="CN-GD", **makes)
    works.do("put_order_routing_rule", code="SOUTH", rank=20, region="CN-GD", warehouse="S-HALL", queue="clerk")
    works.do("put_order_routing_rule", code="FAX", rank=30, channel="fax", queue="clerk")
    until = DAY.isoformat()
    story.rows("tried", works.ask("order_routing_trial", until=until), "code", "line_count", "moving_count")
    columns = ("number", "line", "rule", "warehouse", "queue")
    story.rows("moves", works.ask("order_routing_trial_lines", until=until), *columns)
    works.do("activate_order_routing_rules")


def _override_and_reroute(works: Company, story: Story, order: int) -> None:
    """One line is sent elsewhere by hand; the rule of the other changes, and the order is routed again."""
    override = {"order": order, "line": 1, "reason": "fetched in the north", "warehouse": "MAIN"}
    asked = works.submit("override_order_routing", principal=CLERK, **override)
    story.tell("sent elsewhere", asked.message_key)
    asked = works.submit("override_order_routing", principal=CLERK, **override, move_reservation=True)
    story.tell("with its reservation", asked.message_key)
    story.rows("goes", works.ask("order_routings", document=order), *_ROUTED)
    changed = {"code": "GOODS-S", "rank": 10, "family": "FG", "plant": "SOUTH", "queue": "clerk"}
    works.do("put_order_routing_rule", **changed, state="active")
    works.submit("reroute_sales_order", principal=CLERK, order=order)
    columns = ("line", "in_force", "decided_by", "rule", "rule_version", "queue")
    story.rows("again", works.ask("order_routings", document=order), *columns)


def test_orders_find_their_way(works: Company) -> None:
    story = Story(works, "way")
    story.page = Path(__file__).parent / "way.tsv"
    _two_warehouses(works)
    _sell(works, story, "CUS")
    _sell(works, story, "FAR", priority=1)
    _try_and_activate(works, story)
    order = _sell(works, story, "CUS")
    _tell_inboxes(works, story)
    story.rows("reserved", works.ask("document_lines", document=order), "line", "reserved_quantity")
    one = [{"line": 1, "quantity": 1}]
    elsewhere = works.submit("ship_goods", principal=CLERK, order=order, location="MAIN", lines=one)
    story.tell("shipped from MAIN", elsewhere.message_key)
    made = works.do("create_production_order", item="GOOD", quantity=2, for_order=order, for_line=2)
    assert made.document is not None
    columns = ("plant", "production_line", "order_number", "line")
    story.rows("made", works.ask("production_origin", document=made.document), *columns)
    _override_and_reroute(works, story, order)
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 10}])
    columns = ("queue", "number", "line", "item_code", "open_quantity")
    story.rows("in a queue", works.ask("orders_by_queue"), *columns)
    _tell_inboxes(works, story)
    assert story.as_kept()
    works.assert_clean()
