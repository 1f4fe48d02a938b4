"""Inventory policies: proposals become item data by acceptance, stale lines come back, all can be put back, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.kernel.access import Principal
from tests.company import Company
from tests.planning_makers import policy_run

D = Decimal
LINE: dict[str, Any] = {"item": "PART"}


def recorded(works: Company) -> str:
    """The number of a run that proposes 12 pieces of safety stock for the part, and 7 days instead of 0."""
    number = works.do("record_policy_run", **policy_run(works)).number
    assert number is not None
    return number


def part(works: Company) -> dict[str, Any]:
    """The part as the books have it."""
    (row,) = (row for row in works.ask_table("item") if row["code"] == "PART")
    return row


def test_an_accepted_line_is_the_items_own_data_and_its_form_puts_it_back(works: Company) -> None:
    run = recorded(works)
    (proposal,) = works.ask("policy_proposals")
    assert (proposal["state"], proposal["safety_stock_change"], proposal["value_change"]) == ("proposed", 12, 36)
    works.do("accept_policies", policy_run=run, lines=[LINE])
    assert (part(works)["safety_stock"], part(works)["reorder_point"]) == (12, None)
    assert works.ask("policy_proposals")[0]["state"] == "accepted"
    (kept,) = works.ask_table("policy_acceptance")
    assert (kept["safety_stock_before"], kept["safety_stock_after"], kept["lead_time_days_after"]) == (0, 12, None)
    (told,) = works.ask("policy_acceptances", item="PART")
    assert (told["policy_run"], told["safety_stock_before"], told["safety_stock_after"]) == (run, 0, 12)
    works.do("put_item", code="PART", safety_stock=0)
    assert part(works)["safety_stock"] == 0
    works.assert_clean()


def test_only_what_is_named_is_taken_and_the_lead_time_is_the_mean_in_whole_days(works: Company) -> None:
    works.do(
        "accept_policies", policy_run=recorded(works), parameters=["reorder_point", "lead_time_days"], lines=[LINE]
    )
    changed = part(works)
    assert (changed["safety_stock"], changed["reorder_point"], changed["lead_time_days"]) == (0, 30, 7)


def test_another_service_is_read_from_the_curve_and_rounded_up(works: Company) -> None:
    run = recorded(works)
    at = {**LINE, "service_target": "0.95"}
    works.do("accept_policies", policy_run=run, parameters=["safety_stock", "reorder_point"], lines=[at])
    assert (part(works)["safety_stock"], part(works)["reorder_point"]) == (9, 26)
    other = {**LINE, "service_target": "0.77"}
    assert works.refused("accept_policies", policy_run=recorded(works), lines=[other]) == "no_such_target"


def test_a_line_whose_item_has_changed_since_is_named_and_not_applied(works: Company) -> None:
    run = recorded(works)
    works.do("put_item", code="PART", lead_time_days=3)
    assert works.ask("policy_proposals")[0]["state"] == "changed"
    assert works.refused("accept_policies", policy_run=run, lines=[LINE]) == "nothing_accepted"
    newer = recorded(works)
    accepted = works.do("accept_policies", policy_run=newer, lines=[LINE, {"item": "GOOD"}])
    assert accepted.data["conflicts"] == [{"item": "GOOD", "conflict": "unknown"}]
    assert works.refused("accept_policies", policy_run=newer, lines=[LINE]) == "nothing_accepted"
    assert works.refused("accept_policies", policy_run="IP-1", lines=[LINE]) == "not_found"


def test_who_may_not_change_items_accepts_nothing_and_who_may_not_see_costs_sees_none(works: Company) -> None:
    run = recorded(works)
    rights = frozenset({"planning.policy.accept", "planning.policy.read"})
    reader = Principal(77, "wang", "Wang", permissions=rights)
    refused = works.submit("accept_policies", principal=reader, policy_run=run, lines=[LINE])
    assert refused.message_key == "refusal.not_permitted"
    assert part(works)["safety_stock"] == 0
    (row,) = works.gateway.query("policy_proposals", {}, principal=reader)
    assert (row["unit_cost"], row["value_change"], row["safety_stock"]) == (None, None, 12)
