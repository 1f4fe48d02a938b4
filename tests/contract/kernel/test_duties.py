"""Segregation of duties: rights that no role holds together, and what nobody may do by way of another's rights."""

from __future__ import annotations

import json

import pytest

from app.bootstrap import build_bus
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.modules.company.handlers import REFERENCE
from tests.company import Company
from tests.makers import shipped
from tests.specimens import HASH

ROLES: dict[str, list[str]] = {
    code: part["permissions"] for code, part in json.loads((REFERENCE / "roles.json").read_text("utf-8")).items()
}
# Who does the one may not do the other, and what could be hidden if he did both.
CONFLICTS = {
    "a bill is not paid by him who booked it": ("payables.bill.write", "payables.payment.write"),
    "an invoice is not collected by him who wrote it": ("receivables.invoice.write", "receivables.payment.write"),
    "who touches money keeps no ledger": ("payables.payment.write", "ledger.entry.post"),
    "who takes money in takes no document back": ("receivables.payment.write", "ledger.reverse"),
    "who orders books no bills": ("purchasing.order.write", "payables.bill.write"),
    "who orders makes no suppliers": ("purchasing.order.write", "master_data.supplier.write"),
    "who receives makes no suppliers": ("purchasing.receipt.write", "master_data.supplier.write"),
    "who pays makes no suppliers": ("payables.payment.write", "master_data.supplier.write"),
    "who moves stock does not count it": ("inventory.transfer.write", "inventory.count.write"),
    "who ships stock does not count it": ("sales.shipment.write", "inventory.count.write"),
    "who plans does not choose how stock is valued": ("planning.run.write", "master_data.category.write"),
    "who locks a period does not open it": ("ledger.period.lock", "ledger.period.unlock"),
    "who approves does not order": ("desk.approve", "purchasing.order.write"),
    "who approves does not sell": ("desk.approve", "sales.order.write"),
    "who sells grants no credit": ("sales.order.write", "master_data.credit.write"),
    "who scraps does not sell": ("inventory.scrap.write", "sales.order.write"),
    "who decides cases promises no levels": ("service.case.write", "service.level.write"),
    "who decides a case does not settle it": ("service.case.write", "service.case.settle"),
    "who approves writes no rules of approval": ("desk.approve", "company.approvals.write"),
}
OF_THE_ADMINISTRATOR = ("company", "documents", "desk")


def holder(role: str) -> Principal:
    """Somebody with just this role."""
    return Principal(70, role, role, roles=frozenset({role}), permissions=frozenset(ROLES[role]))


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_no_role_holds_both_rights(conflict: str) -> None:
    first, second = CONFLICTS[conflict]
    known = {spec.permission for spec in build_bus().commands.values()} | {"master_data.supplier.write"}
    assert {first, second} <= known
    assert [role for role in ROLES if holder(role).may(first) and holder(role).may(second)] == []


def test_the_administrator_keeps_users_and_posts_nothing() -> None:
    admin = holder("administrator")
    assert {s.permission for s in build_bus().commands.values() if admin.may(s.permission)} == {
        "company.approvals.write", "company.found", "company.profile.write", "company.read_only.write", "company.routing.write",
            "company.users.write",
        "desk.inbox",
    }  # fmt: skip
    assert {permission.split(".")[0] for permission in ROLES["administrator"]} == set(OF_THE_ADMINISTRATOR)


def test_only_personnel_enters_pay() -> None:
    assert [role for role in ROLES if holder(role).may("people.employee.write")] == ["personnel"]


# Given by the booker of shop messages, by the desk of carriers and by the doors that take messages, which act as the system.
_THE_MACHINES = {
    "book_shop_message",
    "count_rejected_deliveries",
    "set_shop_message_aside",
    "receive_carrier_message",
    "apply_carrier_message",
    "set_carrier_message_aside",
    "record_carrier_answer",
    "watch_parcels",
    "watch_service_levels",
    "release_expired_reservations",
    "order_by_form",
    "confirm_service_alert",
    "give_feedback",
    "answer_repair_by_link",
}


def test_every_command_is_somebodys() -> None:
    orphans = {
        name
        for name, spec in build_bus().commands.items()
        if not any(holder(role).may(spec.permission) for role in ROLES)
    }
    assert orphans == _THE_MACHINES


def test_a_clerk_keeps_customers_and_no_suppliers(works: Company) -> None:
    clerk = holder("clerk")
    done = works.submit("put_party", principal=clerk, code="NEW", name="New", is_customer=True)
    assert done.status == "done"
    for data in (
        {"code": "MINE", "name": "Mine", "is_supplier": True},
        {"code": "NEW", "name": "New", "is_customer": True, "is_supplier": True},
        {"code": "SUP", "name": "Other bank", "is_customer": True},
    ):
        assert works.submit("put_party", principal=clerk, **data).message_key == "refusal.not_permitted", data
    assert works.submit("put_party", principal=holder("accountant"), **data).status == "done"


def test_an_administrator_gives_rights_that_he_does_not_have_and_none_to_himself(works: Company) -> None:
    user = works.do("put_user", login="admin", name="Admin", roles=["administrator"]).data["id"]
    admin = Principal(
        user, "admin", "Admin", roles=frozenset({"administrator"}), permissions=frozenset(ROLES["administrator"])
    )
    assert works.submit("put_user", principal=admin, login="sun", name="Sun", roles=["accountant"]).status == "done"
    assert works.submit("set_password", principal=admin, login="sun", password_hash=HASH).status == "done"
    for command, data in (
        ("put_user", {"login": "admin", "name": "Admin", "roles": ["accountant"]}),
        ("put_role", {"code": "administrator", "name": "Admin", "permissions": ["*"]}),
    ):
        assert works.submit(command, principal=admin, **data).message_key == "refusal.own_rights", command
    order = {"customer": "CUS", "lines": [{"item": "GOOD", "quantity": 1}]}
    assert works.submit("create_sales_order", principal=admin, **order).message_key == "refusal.not_permitted"


@pytest.mark.parametrize(("role", "sees"), [("clerk", False), ("accountant", True)])
def test_what_things_cost_is_for_those_who_may_see_it(works: Company, role: str, sees: bool) -> None:
    works.do("put_item", code="PART", name="Part", category="RAW", unit="EA", tax_code="VAT13", standard_cost="3")
    shipped(works)
    shipment = next(row["id"] for row in works.ask_table("document") if row["kind"] == "shipment")
    part = next(row["id"] for row in works.ask_table("item") if row["code"] == "PART")
    shown = [
        *((row, "standard_cost") for row in works.gateway.query("items", {"search": "PART"}, principal=holder(role))),
        *((row, "standard_cost") for row in works.gateway.query("item_by_id", {"id": part}, principal=holder(role))),
        *((row, "stock_value") for row in works.gateway.query("document_lines", {"document": shipment}, principal=holder(role))),
        *((row, "value") for row in works.gateway.query("document_moves", {"document": shipment}, principal=holder(role))),
    ]  # fmt: skip
    assert len(shown) == 6
    assert {(row[column] is not None) for row, column in shown} == {sees}


def test_nobody_learns_costs_from_the_order_of_a_list(works: Company) -> None:
    with pytest.raises(Refused, match="not_permitted"):
        works.gateway.query("items", {"sort": "-standard_cost"}, principal=holder("clerk"))
    assert works.gateway.query("items", {"sort": "-standard_cost"}, principal=holder("accountant"))
