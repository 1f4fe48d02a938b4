"""Commands of the company itself: founding, users, roles, and what a person does with his inbox."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import Amount, Code, Command, Name, Note, Share


class FoundCompany(Command):
    """Found the company of a store: its currency, chart of accounts, fiscal years, far-side places and roles."""

    name: Name
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    currency_decimals: Annotated[int, Field(ge=0, le=4)] = 2
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "CN"
    time_zone: Annotated[str, Field(max_length=64)] = "Asia/Shanghai"
    chart: Literal["cas", "small_enterprise", "generic"] = "cas"
    language: Literal["en", "zh-Hans", "zh-Hant"] = "zh-Hans"
    first_fiscal_year: Annotated[int, Field(ge=1990, le=2200)]
    last_fiscal_year: Annotated[int, Field(ge=1990, le=2200)]


class PutCompanyProfile(Command):
    """What the company's printed documents say of itself: name, tax number, address, how to reach it, its bank and account."""

    name: Name
    tax_number: Annotated[str, Field(max_length=64)] | None = None
    address: Annotated[str, Field(max_length=1000)] | None = None
    phone: Annotated[str, Field(max_length=64)] | None = None
    email: Annotated[str, Field(max_length=200)] | None = None
    bank_account: Annotated[str, Field(max_length=200)] | None = None


class PutRole(Command):
    """A role and all the permissions it holds."""

    code: Code
    name: Name
    permissions: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=500)]


class PutUser(Command):
    """A user account with its roles; the password is set apart."""

    login: Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")]
    name: Name
    language: Literal["en", "zh-Hans", "zh-Hant"] = "en"
    roles: Annotated[list[Code], Field(max_length=50)] = []
    active: bool = True


class SetPassword(Command):
    """Set a user's password by its hash; the clear text never reaches a command."""

    login: Code
    password_hash: Annotated[str, Field(pattern=r"^\$argon2id\$", max_length=200)]


class RuleConditions(Command):
    """What must hold of a document so that it waits; conditions that are given are joined by AND.

    `new_customer_days` holds for a customer to whom nothing was shipped before or whose first order is fewer days old;
    `over_budget` for an order with which a budget that it falls under is spent and more.
    """

    command: Literal[
        "book_supplier_bill",
        "confirm_blanket_order",
        "confirm_purchase_order",
        "confirm_purchase_requisition",
        "confirm_sales_order",
        "ship_goods",
    ]
    amount_above: Amount | None = None
    discount_above: Share | None = None
    margin_below: Annotated[Decimal, Field(gt=-10, lt=1, decimal_places=8, allow_inf_nan=False)] | None = None
    customer_class: Code | None = None
    credit: Literal["exceeded", "overdue", "any"] | None = None
    new_customer_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    over_budget: bool = False
    family: Code | None = None
    channel: Code | None = None


class PutApprovalRule(RuleConditions):
    """Documents of a command for which the conditions hold wait for a role; a rule can be switched off.

    Rules of one command are told apart by name; without one the role names the rule.
    """

    name: Code | None = None
    approver_role: Code
    active: bool = True


class DecideApproval(Command):
    """Approve or reject a request."""

    request: int
    approve: bool
    reason: Note | None = None


class SetReadOnly(Command):
    """Put the company read-only with a reason, or without one let it write again."""

    reason: Annotated[str, Field(min_length=1, max_length=400)] | None = None


class CloseInboxItem(Command):
    """Mark an inbox item as done."""

    inbox_item: int
