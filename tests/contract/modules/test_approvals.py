"""A document that waits for a second person: rejected, sent again, approved, and never by the one who made it."""

from __future__ import annotations

from typing import Any

import pytest

from app.kernel.access import Principal
from tests.company import Company
from tests.makers import CHECKER

COMMANDS = {
    "purchase": ("create_purchase_order", "supplier", "SUP"),
    "sales": ("create_sales_order", "customer", "CUS"),
}


@pytest.fixture
def asker(works: Company) -> Principal:
    """A clerk with an account, in a company where orders need an executive."""
    for side in COMMANDS:
        works.do("put_approval_rule", command=f"confirm_{side}_order", approver_role="executive", amount_above="1")
    user = works.do("put_user", login="li", name="Li", roles=["clerk"]).data["id"]
    return Principal(user, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))


def asked(works: Company, asker: Principal, side: str = "purchase") -> int:
    """An order that waits for approval."""
    command, role, party = COMMANDS[side]
    lines = [{"item": "PART", "quantity": 4, "unit_price": "3"}]
    document = works.submit(command, principal=asker, lines=lines, **{role: party}).document
    assert document is not None
    return document


def decide(works: Company, *, approve: bool, principal: Principal = CHECKER) -> str:
    """Answer the latest request."""
    request = works.ask_table("approval_request")[-1]["id"]
    receipt = works.submit(
        "decide_approval", principal=principal, request=request, approve=approve, reason="" if approve else "too dear"
    )
    return receipt.message_key


def state(works: Company, order: int) -> str:
    """The state of a document."""
    return next(row["state"] for row in works.ask_table("document") if row["id"] == order)


def open_inbox(works: Company) -> list[dict[str, Any]]:
    """What waits in somebody's inbox."""
    return [row for row in works.ask_table("inbox_item") if row["state"] == "open"]


@pytest.mark.parametrize("side", COMMANDS)
def test_a_rejected_order_that_is_sent_again_is_confirmed_by_its_approval(
    works: Company, asker: Principal, side: str
) -> None:
    order = asked(works, asker, side)
    assert decide(works, approve=False) == "receipt.decided"
    waiting = open_inbox(works)
    assert [(row["kind"], row["user_id"]) for row in waiting] == [("approval_rejected", asker.user_id)]
    assert "too dear" in waiting[0]["facts"]
    again = works.submit(f"confirm_{side}_order", principal=asker, order=order)
    assert again.message_key == "receipt.waits_for_approval"
    assert [row["kind"] for row in open_inbox(works)] == ["approval"]
    decide(works, approve=True)
    assert state(works, order) == "confirmed"
    assert open_inbox(works) == []
    works.assert_clean()


def test_a_rejected_order_stays_a_draft_until_it_is_sent_again(works: Company, asker: Principal) -> None:
    order = asked(works, asker)
    decide(works, approve=False)
    assert state(works, order) == "draft"
    assert decide(works, approve=True) == "refusal.approval_decided"
    assert state(works, order) == "draft"


def test_who_approved_is_not_asked_again_when_another_rejected(works: Company, asker: Principal) -> None:
    works.do("put_approval_rule", command="confirm_purchase_order", approver_role="accountant", amount_above="1")
    order = asked(works, asker)
    books = Principal(10, "sun", "Sun", roles=frozenset({"accountant"}), permissions=frozenset({"*"}))
    first, second = works.ask_table("approval_request")
    roles = {row["id"]: row["approver_role"] for row in works.ask_table("approval_rule")}
    for request in (first, second):
        accountant = roles[request["rule_id"]] == "accountant"
        who = books if accountant else CHECKER
        works.submit("decide_approval", principal=who, request=request["id"], approve=accountant)
    works.submit("confirm_purchase_order", principal=asker, order=order)
    assert len(works.ask_table("approval_request")) == 3
    decide(works, approve=True)
    assert state(works, order) == "confirmed"


def test_nobody_approves_what_he_entered_even_if_another_asked(works: Company, asker: Principal) -> None:
    maker = Principal(11, "qian", "Qian", roles=frozenset({"executive"}), permissions=frozenset({"*"}))
    lines = [{"item": "PART", "quantity": 4, "unit_price": "3"}]
    order = works.submit("create_purchase_order", principal=maker, supplier="SUP", lines=lines, confirm=False).document
    works.submit("confirm_purchase_order", principal=asker, order=order)
    assert decide(works, approve=True, principal=maker) == "refusal.own_request"
    assert decide(works, approve=True) == "receipt.decided"
    works.assert_clean()
