"""Credit that blocks and is released, an approval by margin, and a promise with a substitute, told as facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import DAY, Company
from tests.makers import CHECKER
from tests.scenarios.buying.facts import Story

CLERK = Principal(70, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


def story_of(works: Company, name: str) -> Story:
    """A story whose page lies in this folder."""
    story = Story(works, name)
    story.page = Path(__file__).parent / f"{name}.tsv"
    return story


@pytest.fixture
def selling(works: Company) -> Company:
    """Forty parts that cost 3 and sell at 5."""
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 40, "unit_cost": "3"}])
    return works


def sell(works: Company, story: Story, **line: Any) -> int:
    """The clerk takes an order; the story tells what the product answers."""
    lines = [{"item": "PART", "tax_code": "VAT0", **line}]
    receipt = works.submit("create_sales_order", principal=CLERK, customer="CUS", channel="phone", lines=lines)
    assert receipt.document is not None, receipt
    story.tell("ordered", receipt.number, line["quantity"], receipt.message_key.removeprefix("receipt."))
    return receipt.document


def tell_reasons(works: Company, story: Story, order: int) -> int:
    """The story tells why the latest request waits; its id is returned."""
    request = works.ask("approval_requests", document=order)[-1]
    for reason in request["explanation"]:
        values = [f"{name} {value}" for name, value in reason.items() if name != "condition"]
        story.tell("waits for", request["approver_role"], reason["condition"], *values)
    return request["id"]


def tell_credit(works: Company, story: Story) -> None:
    """The story tells how the customer stands."""
    columns = ("open_orders", "shipped", "receivables", "credits", "exposure", "left", "overdue", "blocked")
    story.rows("credit", works.ask("customer_credit", party="CUS", on=DAY.isoformat()), *columns)


def answer(works: Company, story: Story, request: int, order: int, **data: Any) -> None:
    """The executive answers."""
    works.submit("decide_approval", principal=CHECKER, request=request, **data)
    state = works.ask("document_by_id", document=order)[0]["state"]
    story.tell("answered", "approved" if data["approve"] else "rejected", data.get("reason"), "the order is", state)


def test_credit_blocks_and_is_released(selling: Company) -> None:
    story = story_of(selling, "credit")
    selling.do("put_credit_terms", customer="CUS", credit_limit="150", overdue_grace_days=3, overdue_block="order")
    first = sell(selling, story, quantity=20)
    selling.do("ship_goods", order=first, lines=[{"line": 1, "quantity": 12}])
    selling.do("issue_customer_invoice", order=first, due_on="2026-06-16")
    selling.do("ship_goods", order=first, lines=[{"line": 1, "quantity": 3}])
    tell_credit(selling, story)
    second = sell(selling, story, quantity=11)
    request = tell_reasons(selling, story, second)
    own = selling.submit("decide_approval", principal=CLERK, request=request, approve=True)
    story.tell("the clerk himself", own.message_key)
    answer(selling, story, request, second, approve=False, reason="collect first")
    selling.do("receive_payment", party="CUS", amount="60")
    tell_credit(selling, story)
    again = selling.submit("confirm_sales_order", principal=CLERK, order=second)
    story.tell("confirmed again", again.message_key.removeprefix("receipt."))
    selling.do(
        "book_opening_receivable",
        party="CUS",
        external_number="OLD-1",
        amount="10",
        document_on="2026-05-01",
        due_on="2026-06-11",
    )
    third = sell(selling, story, quantity=1)
    answer(selling, story, tell_reasons(selling, story, third), third, approve=True, reason="he paid yesterday")
    tell_credit(selling, story)
    rows = selling.ask("credit_history", party="CUS")
    story.rows("history", rows, "number", "state", "reason")
    assert story.as_kept()
    selling.assert_clean()


def test_a_thin_margin_waits_for_approval(selling: Company) -> None:
    story = story_of(selling, "margin")
    for price in ("5", "4", "3.2"):
        sell(selling, story, quantity=4, unit_price=price)
    rule = {"command": "confirm_sales_order", "margin_below": "0.2", "channel": "phone"}
    for row in selling.ask("approval_rule_trial", until=DAY.isoformat(), **rule):
        story.tell("tried on", row["number"], "would wait" if row["waits"] else "would pass")
    selling.do("put_approval_rule", name="thin", approver_role="executive", **rule)
    good = sell(selling, story, quantity=4, unit_price="4")
    assert selling.ask("approval_requests", document=good) == []
    thin = sell(selling, story, quantity=4, unit_price="3.2")
    answer(selling, story, tell_reasons(selling, story, thin), thin, approve=True)
    assert story.as_kept()
    selling.assert_clean()


def test_a_promise_with_a_substitute(selling: Company) -> None:
    story = story_of(selling, "promise")
    selling.do("put_item", code="PART-B", name="Part, blue", category="RAW", unit="EA", list_price="6")
    selling.do("book_opening_stock", lines=[{"item": "PART-B", "location": "MAIN", "quantity": 90, "unit_cost": "3"}])
    selling.do("put_item_substitute", item="PART", substitute="PART-B", ratio="1.5")
    bought = [{"item": "PART", "quantity": 60, "unit_price": "3", "due_on": "2026-07-12"}]
    selling.do("create_purchase_order", supplier="SUP", lines=bought)

    def ask(quantity: int) -> None:
        (row,) = selling.ask("promise_offers", on=DAY.isoformat(), lines=[{"item": "PART", "quantity": quantity}])
        for part in row["offers"]:
            story.tell("offered", quantity, part["quantity"], "on", part["on"])
        story.tell("all of it", quantity, row["promised_on"])
        columns = ("item_code", "quantity", "free", "promised_on")
        story.rows("instead", row["substitutes"], *columns)

    ask(70)
    order = sell(selling, story, quantity=70)
    story.rows("kept", selling.ask("document_lines", document=order), "quantity", "reserved_quantity", "promised_on")
    ask(40)
    lines = [{"item": "PART", "quantity": 40, "promised_on": "2026-07-12"}]
    refused = selling.submit("create_sales_order", principal=CLERK, customer="CUS", lines=lines)
    story.tell("promised nevertheless", refused.message_key)
    lines = [{"item": "PART-B", "quantity": 60}]
    instead = selling.submit("create_sales_order", principal=CLERK, customer="CUS", lines=lines)
    assert instead.document is not None
    columns = ("item_code", "quantity", "reserved_quantity", "promised_on")
    story.rows("sold instead", selling.ask("document_lines", document=instead.document), *columns)
    assert story.as_kept()
    selling.assert_clean()


def test_an_order_is_changed_and_keeps_its_versions(selling: Company) -> None:
    story = story_of(selling, "change")
    selling.do(
        "put_approval_rule", name="large", command="confirm_sales_order", approver_role="executive", amount_above=100
    )
    order = sell(selling, story, quantity=15)

    def change(reason: str, **data: Any) -> None:
        receipt = selling.submit("change_sales_order", principal=CLERK, order=order, reason=reason, **data)
        story.tell("asked", reason, receipt.message_key)
        columns = ("line", "quantity", "reserved_quantity", "unit_price", "net_amount", "promised_on")
        story.rows("in force", selling.ask("document_lines", document=order), *columns)

    change("he rang: 18", lines=[{"line": 1, "quantity": 18}])
    selling.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 5}])
    change("he rang: 4", lines=[{"line": 1, "quantity": 4}])
    change("for the fair", lines=[{"line": 1, "quantity": 30, "discount_rate": "0.05"}])
    answer(selling, story, tell_reasons(selling, story, order), order, approve=True, reason="a good customer")
    story.rows(
        "then", selling.ask("document_lines", document=order), "line", "quantity", "reserved_quantity", "net_amount"
    )
    added = [{"item": "PART", "quantity": 2, "unit_price": "4", "tax_code": "VAT0"}]
    change("two to try", lines=[{"line": 1, "quantity": 28}], added=added)
    columns = (
        "change_number",
        "state",
        "reason",
        "what",
        "line",
        "quantity",
        "new_quantity",
        "net_amount",
        "new_net_amount",
    )
    story.rows("history", selling.ask("order_changes", document=order), *columns)
    assert story.as_kept()
    selling.assert_clean()
