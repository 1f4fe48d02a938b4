"""A planner's review of stock: learn from the past, accept a proposal, plan with it, put it back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.jobs.planning import PlanRequest, plan_company
from app.jobs.policies import PolicyRequest, propose_for_company
from app.kernel.access import SYSTEM
from tests.company import DAY, Company
from tests.scenarios.buying.facts import Story

pytestmark = pytest.mark.slow

WEEK = timedelta(days=7)


def used(works: Company, weeks: int = 24) -> None:
    """Parts that customers wanted in every week, now ten and now thirty, and receipts twelve days after their orders."""
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 900, "unit_cost": "3"}])
    for back in range(weeks, 0, -1):
        day = DAY - back * WEEK
        line = {"item": "PART", "quantity": 10 if back % 2 else 30, "unit_price": "5", "due_on": day.isoformat()}
        order = works.do("create_sales_order", customer="CUS", document_on=day.isoformat(), lines=[line], reserve=False)
        works.do("ship_goods", order=order.document, posted_on=day.isoformat())
        if back % 4 == 0:
            bought = {"item": "PART", "quantity": 60, "unit_price": "3"}
            placed = works.do("create_purchase_order", supplier="SUP", document_on=day.isoformat(), lines=[bought])
            came = day + timedelta(days=11 + back % 3)
            works.do(
                "receive_goods", order=placed.document, posted_on=came.isoformat(), lines=[{"line": 1, "quantity": 60}]
            )


def bought_by_a_plan(works: Company) -> Decimal:
    """What a plan buys of the part, with nothing ordered by anybody."""
    plan_company(works.gateway, PlanRequest(DAY, horizon_days=56), SYSTEM)
    run = works.ask("plan_runs")[0]["number"]
    return sum((row["good_quantity"] for row in works.ask("planned_orders", plan_run=run, item="PART")), Decimal(0))


def test_a_proposal_is_accepted_planned_with_and_put_back(works: Company) -> None:
    story = Story(works, "../reviews/policy_review")
    used(works)
    works.do("book_stock_count", lines=[{"item": "PART", "location": "MAIN", "counted_quantity": 0}])
    story.tell("the plan buys", bought_by_a_plan(works))

    number = propose_for_company(works.gateway, PolicyRequest(DAY, order_cost=40), SYSTEM).receipt.number
    (row,) = works.ask("policy_proposals", policy_run=number, search="PART")
    told = ("abc", "xyz", "pattern", "lead_time_receipt_count", "lead_time_days_p50", "current_lead_time_days")
    story.rows("proposal", [row], *told, "lead_time_days_learned", "current_safety_stock", "safety_stock")
    assert row["lead_time_source"] == "receipts"
    assert row["safety_stock"] > 0

    parameters = ["safety_stock", "lead_time_days"]
    accepted = works.do("accept_policies", policy_run=number, parameters=parameters, lines=[{"item": "PART"}])
    assert accepted.data["conflicts"] == []
    (terms,) = works.ask_table("supplier_item")
    story.tell("the supplier's lead time", terms["lead_time_days"])
    bought = bought_by_a_plan(works)
    story.tell("the plan buys", bought)
    assert bought == row["safety_stock"]

    works.do("put_item", code="PART", safety_stock=0)
    story.tell("put back, the plan buys", bought_by_a_plan(works))
    assert works.refused("accept_policies", policy_run=number, lines=[{"item": "PART"}]) == "nothing_accepted"
    assert story.as_kept()
    works.assert_clean()
