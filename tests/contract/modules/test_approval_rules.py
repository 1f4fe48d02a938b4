"""Approval rules as data: each condition, conditions joined, reasons that the approver reads, and a rule tried before it is used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import DAY, Company
from tests.makers import CHECKER, stocked

D = Decimal
CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
# Parts cost 3.01; an order of 10 at 5 less 10 % comes to 45 net and 50.85 with tax, its margin is 14.9 of 45.
APPLIES: dict[str, dict[str, Any]] = {
    "amount_above": {"amount_above": "50.84"},
    "discount_above": {"discount_above": "0.09"},
    "margin_below": {"margin_below": "0.34"},
    "customer_class": {"customer_class": "B"},
    "family_id": {"family": "ALL"},
    "channel": {"channel": "phone"},
    "new_customer_days": {"new_customer_days": 0},
}
DOES_NOT: dict[str, dict[str, Any]] = {
    "amount_above": {"amount_above": "50.85"},
    "discount_above": {"discount_above": "0.1"},
    "margin_below": {"margin_below": "0.33"},
    "customer_class": {"customer_class": "A"},
    "family_id": {"family": "FG"},
    "channel": {"channel": "fax"},
    "credit": {"credit": "any"},
}


@pytest.fixture
def selling(works: Company) -> Company:
    """Parts in store in a family under another, and a customer of a class."""
    stocked(works)
    works.do("put_item_category", code="ALL", name="All")
    works.do("put_item_category", code="RAW", name="Raw", parent="ALL")
    works.do("put_party", code="CUS", name="Customer", is_customer=True, customer_class="B")
    return works


def rule(works: Company, **data: Any) -> None:
    """A rule for sales orders."""
    works.do(
        "put_approval_rule", **{"command": "confirm_sales_order", "name": "R", "approver_role": "executive", **data}
    )


def order(works: Company, quantity: int = 10, **data: Any) -> int:
    """An order of parts at 5 less 10 %."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "5", "discount_rate": "0.1"}]
    given = {"customer": "CUS", "channel": "phone", "lines": lines, **data}
    receipt = works.submit("create_sales_order", principal=CLERK, **given)
    assert receipt.document is not None, receipt
    return receipt.document


def reasons(works: Company, document: int) -> list[dict[str, Any]]:
    """Why the latest approver was asked."""
    return works.ask("approval_requests", document=document)[-1]["explanation"]


@pytest.mark.parametrize("condition", APPLIES)
def test_an_order_waits_and_says_which_value_met_which_threshold(selling: Company, condition: str) -> None:
    rule(selling, **APPLIES[condition])
    waiting = order(selling)
    (reason,) = reasons(selling, waiting)
    assert reason["condition"] == condition
    inbox = [row for row in selling.ask("inbox") if row["document_id"] == waiting]
    assert [row["facts"]["reasons"] for row in inbox] == [[reason]]
    selling.assert_clean()


@pytest.mark.parametrize("condition", DOES_NOT)
def test_an_order_that_keeps_the_bound_does_not_wait(selling: Company, condition: str) -> None:
    rule(selling, **DOES_NOT[condition])
    assert selling.ask("approval_requests", document=order(selling)) == []


def test_conditions_of_one_rule_must_hold_together(selling: Company) -> None:
    rule(selling, customer_class="B", amount_above="100")
    assert selling.ask("approval_requests", document=order(selling)) == []
    both = reasons(selling, order(selling, 20))
    assert [reason["condition"] for reason in both] == ["amount_above", "customer_class"]


def test_the_margin_is_what_is_left_of_the_net_above_the_cost(selling: Company) -> None:
    rule(selling, margin_below="0.34")
    (reason,) = reasons(selling, order(selling))
    assert D(reason["value"]) == D("0.3311")
    (told,) = selling.gateway.query(
        "approval_requests",
        {"document": order(selling)},
        principal=Principal(72, "x", "X", permissions=frozenset({"documents.read", "sales.read"})),
    )
    assert told["explanation"][0]["value"] is None, "who may not see costs learns no margin"


def test_goods_whose_cost_nobody_knows_wait_for_a_person(selling: Company) -> None:
    rule(selling, margin_below="0")
    lines = [{"item": "GOOD", "quantity": 1, "unit_price": "5"}]
    assert reasons(selling, order(selling, lines=lines))[0]["value"] is None


def test_a_customer_is_new_until_something_was_shipped_and_some_days_went_by(selling: Company) -> None:
    first = order(selling)
    selling.do("ship_goods", order=first)
    rule(selling, new_customer_days=0)
    assert selling.ask("approval_requests", document=order(selling)) == []
    rule(selling, new_customer_days=1)
    (reason,) = reasons(selling, order(selling))
    assert (reason["value"], reason["threshold"]) == ("0", "1")


def test_rules_of_one_role_are_told_apart_by_name(selling: Company) -> None:
    rule(selling, name="amount", amount_above="1")
    rule(selling, name="class", customer_class="B")
    waiting = order(selling)
    assert len(selling.ask("approval_requests", document=waiting)) == 2
    for request in selling.ask("approval_requests", document=waiting):
        selling.submit("decide_approval", principal=CHECKER, request=request["id"], approve=True)
    assert selling.ask("document_by_id", document=waiting)[0]["state"] == "confirmed"


def test_a_rule_that_was_switched_off_holds_nothing_up(selling: Company) -> None:
    rule(selling, customer_class="B")
    waiting = order(selling)
    rule(selling, customer_class="B", active=False)
    selling.submit("confirm_sales_order", principal=CLERK, order=waiting)
    assert selling.ask("document_by_id", document=waiting)[0]["state"] == "confirmed"
    assert [row["state"] for row in selling.ask("approval_requests", document=waiting)] == ["withdrawn"]
    assert selling.ask("inbox") == []
    selling.assert_clean()


def test_a_condition_without_meaning_for_the_document_is_refused(selling: Company) -> None:
    data = {"command": "confirm_purchase_order", "approver_role": "executive"}
    for condition in ({"margin_below": "0.1"}, {"credit": "any"}, {"channel": "phone"}, {"customer_class": "B"}):
        assert selling.refused("put_approval_rule", **data, **condition) == "condition_without_meaning"
    assert selling.refused("put_approval_rule", **data, family="NOWHERE") == "code_unknown"


def test_rules_of_buying_know_discount_and_family(selling: Company) -> None:
    buying = {"approver_role": "executive", "family": "ALL"}
    rule(selling, command="confirm_purchase_order", **buying, discount_above="0.2")
    rule(selling, command="confirm_purchase_requisition", **buying)
    lines = [{"item": "PART", "quantity": 1, "unit_price": "3", "discount_rate": "0.3"}]
    bought = selling.do("create_purchase_order", supplier="SUP", lines=lines).document
    assert bought is not None
    assert [reason["condition"] for reason in reasons(selling, bought)] == ["discount_above", "family_id"]
    needed = [{"item": "PART", "quantity": 1, "supplier": "SUP", "estimated_price": "3"}]
    asked = selling.do("create_purchase_requisition", lines=needed).document
    assert asked is not None
    assert [reason["condition"] for reason in reasons(selling, asked)] == ["family_id"]


def trial(works: Company, **conditions: Any) -> list[dict[str, Any]]:
    """The sales orders of the last days that a rule would have held up."""
    rows = works.ask("approval_rule_trial", command="confirm_sales_order", until=DAY.isoformat(), **conditions)
    return [row for row in rows if row["waits"]]


def test_a_rule_is_tried_on_past_orders_before_it_is_switched_on(selling: Company) -> None:
    small, large = order(selling), order(selling, 40)
    order(selling, 40, document_on="2026-05-01")
    every = selling.ask("approval_rule_trial", command="confirm_sales_order", until=DAY.isoformat())
    assert [row["id"] for row in every] == [large, small]
    (held,) = trial(selling, amount_above="100")
    assert (held["id"], held["reasons"][0]["value"]) == (large, "203.4000")
    assert [row["id"] for row in trial(selling, margin_below="0.34", channel="phone")] == [large, small]
    assert trial(selling, family="FG") == []
    assert selling.ask_table("approval_request") == []


def test_credit_is_tried_as_it_was_on_the_day_of_the_order(selling: Company) -> None:
    first = order(selling, document_on="2026-06-01")
    selling.do("ship_goods", order=first, posted_on="2026-06-02")
    selling.do("issue_customer_invoice", order=first, posted_on="2026-06-02")
    second = order(selling, document_on="2026-06-03")
    selling.do("receive_payment", party="CUS", amount="50.85", posted_on="2026-06-04")
    order(selling, document_on="2026-06-05", quantity=1)
    selling.do("put_credit_terms", customer="CUS", credit_limit="60")
    (held,) = trial(selling, credit="exceeded")
    assert held["id"] == second
    (reason,) = held["reasons"]
    assert (D(reason["value"]), D(reason["receivables"])) == (D("101.70"), D("50.85"))


def test_a_trial_tells_figures_only_to_who_may_see_them(selling: Company) -> None:
    order(selling)
    order(selling, 40)

    def told(*permissions: str, **conditions: Any) -> list[tuple[Any, Any, Any]]:
        rows = selling.gateway.query(
            "approval_rule_trial",
            {"command": "confirm_sales_order", "until": DAY.isoformat(), **conditions},
            principal=Principal(73, "x", "X", permissions=frozenset({"company.approvals.read", *permissions})),
        )
        return [(row["number"], row["waits"], len(row["reasons"])) for row in rows]

    assert told(amount_above="100") == [(None, True, 0), (None, False, 0)]
    assert told("sales.read", margin_below="0.34") == [(None, True, 0), (None, True, 0)]
    assert told("sales.read", credit="any") == [(None, False, 0), (None, False, 0)]
    assert [waits for _, waits, _ in told("sales.read", amount_above="100")] == [True, False]
    assert all(number for number, _, _ in told("sales.read", "inventory.cost.read", margin_below="0.34"))


@pytest.mark.parametrize(
    ("terms", "changed"),
    [({"channel": "phone"}, {"channel": "web"}), ({"family": "RAW"}, {"family": "ALL"})],
    ids=["channel", "family"],
)
def test_an_approval_covers_only_the_value_that_was_approved(
    selling: Company, terms: dict[str, str], changed: dict[str, str]
) -> None:
    """The rule is changed between two approvals of one order: what the first saw is not what stands against it now."""
    rule(selling, name="first", **terms)
    rule(selling, name="second", customer_class="B")
    waiting = order(selling, channel="phone")
    first, second = selling.ask("approval_requests", document=waiting)
    selling.submit("decide_approval", principal=CHECKER, request=first["id"], approve=True)
    rule(selling, name="first", **changed)
    selling.submit("decide_approval", principal=CHECKER, request=second["id"], approve=True)
    state = selling.ask("document_by_id", document=waiting)[0]["state"]
    assert state == ("draft" if "family" in terms else "confirmed"), "an order by phone is none of the web"
    selling.assert_clean()
