"""A planner lets a plan ask for what it needs: a requisition with the reason, its order, and a next plan that sees both."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story

pytestmark = pytest.mark.slow


def planned_purchases(works: Company) -> tuple[str, dict[str, Decimal]]:
    """Plan the company, and give the run and what it buys by planned order."""
    run = plan_company(works.gateway, PlanRequest(DAY, horizon_days=84), SYSTEM).receipt.number
    assert run is not None
    orders = works.ask("planned_orders", plan_run=run, kind="buy")
    return run, {row["planned_order"]: row["good_quantity"] for row in orders}


def test_a_plan_asks_for_what_it_needs_and_the_next_plan_does_not_ask_again(works: Company) -> None:
    story = Story(works, "from_the_plan")
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    sold = works.do(
        "create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 20, "due_on": "2026-07-20"}]
    )
    run, names = planned_purchases(works)
    released = works.do(
        "release_planned_orders", plan_run=run, planned_orders=list(names), buy_as="purchase_requisition"
    )
    (need,) = released.data["documents"]
    row = works.ask("document_by_id", document=need)[0]
    story.tell("requisition", row["number"], row["state"], f"caused by {row['caused_by']}")
    for line in works.ask("document_lines", document=need):
        assert sold.number in line["description"]
        reason = line["description"].split("：", 1)[1]
        story.tell("line", line["item_code"], line["quantity"], line["supplier_code"], line["due_on"], reason)

    ordered = works.do("order_purchase_requisition", requisition=need, lines=[{"line": 1, "quantity": 30}])
    (order,) = ordered.data["documents"]
    row = works.ask("document_by_id", document=order)[0]
    story.tell("order", row["number"], row["party_code"], row["net_amount"], f"caused by {row['caused_by']}")
    story.tell("requisition", works.ask("document_by_id", document=need)[0]["state"])
    promised = [
        {"line": 1, "promised_on": "2026-07-13", "quantity": 20},
        {"line": 1, "promised_on": "2026-08-10", "quantity": 10},
    ]
    works.do("confirm_supplier_dates", order=order, lines=promised)

    run_again, again = planned_purchases(works)
    story.tell("the next plan buys", run_again, *again.values())
    for alert in works.ask("plan_alerts", plan_run=run_again, item="PART"):
        story.tell("alert", alert["alert"], alert["order"], alert["on"], alert["to"], alert["quantity"])
    assert story.as_kept()
    works.assert_clean()
