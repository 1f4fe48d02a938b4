"""Balances by role and month laid out as a trial balance, a balance sheet, an income statement and a cash flow statement.

Every amount is an integer of minor units till the table is written. That assets equal liabilities and equity and that the cash
flow is the change of cash is true by construction, and is asserted here all the same.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from planning.projection.carrying_out import Course
from planning.projection.finances import Finances
from planning.projection.forms import BALANCE_SHEET, CASH_FLOW, INCOME_STATEMENT, Form
from planning.projection.ledger import ProjectionError

NAMES = ("name_en", "name_zh_hans", "name_zh_hant")


def month_start(month: int) -> date:
    """The first day of a month by its number, year x 12 + month - 1.

    >>> month_start(2026 * 12)
    datetime.date(2026, 1, 1)
    """
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Balances:
    """Balances by month: opening, debit, credit and closing of every role, minor units, debit positive."""

    months: list[int]
    rows: dict[tuple[int, str], tuple[int, int, int, int]]
    cash_roles: frozenset[str]

    def closing(self, month: int, role: str) -> int:
        """Balance of a role at the month's end."""
        return self.rows[month, role][3]

    def cash(self, month: int, place: int) -> int:
        """Cash at the beginning (place 0) or the end (3) of a month."""
        return sum(self.rows[month, role][place] for role in self.cash_roles)


def balances_of(course: Course, finances: Finances, opening: dict[str, int]) -> Balances:
    """Roll balances forward month by month.

    Raises:
        ProjectionError: a role was posted that `roles` lacks, so that a month does not balance.
    """
    ledger = course.ledger
    months = sorted(set(ledger.month_of.values()))
    roles = finances.tables["roles"]["role"].sort().to_list()
    rows: dict[tuple[int, str], tuple[int, int, int, int]] = {}
    before = {role: opening.get(role, 0) for role in roles}
    for month in months:
        for role in roles:
            debit, credit = ledger.movements.get((month, role), (0, 0))
            rows[month, role] = (before[role], debit, credit, before[role] + debit - credit)
            before[role] += debit - credit
        if sum(before.values()) != 0:
            strange = ", ".join(sorted({role for _, role in ledger.movements} - set(roles))) or "none"
            message = (
                f"balances of {month_start(month)} do not balance; posted roles that the table roles lacks: {strange}"
            )
            raise ProjectionError(message)
    return Balances(months, rows, ledger.cash_roles)


def trial_balance(balances: Balances, finances: Finances) -> pl.DataFrame:
    """By month and role: opening, debit, credit, closing; roles that are never used are left out."""
    told = {row["role"]: row for row in finances.tables["roles"].iter_rows(named=True)}
    used = {role for (_, role), amounts in balances.rows.items() if any(amounts)}
    rows = [
        (month_start(month), role, told[role]["account"], told[role]["class"], *amounts)
        for (month, role), amounts in balances.rows.items()
        if role in used
    ]
    columns = ("opening", "debit", "credit", "closing")
    return _table(rows, ("month", "role", "account", "class"), columns, finances.decimals)


def balance_sheet(balances: Balances, form: Form, finances: Finances) -> pl.DataFrame:
    """By month and line; a role whose balance, with its group, is a credit may stand in another line than with a debit.

    Raises:
        ProjectionError: by the form's sums assets are not what is owed for them.
    """

    def leaves(month: int) -> dict[int, int]:
        amounts: dict[int, int] = defaultdict(int)
        together: dict[str, int] = defaultdict(int)
        for role in form.balance:
            together[form.group.get(role, role)] += balances.closing(month, role)
        for role, (debit_line, credit_line) in form.balance.items():
            is_debit = together[form.group.get(role, role)] >= 0
            amounts[debit_line if is_debit else credit_line] += balances.closing(month, role)
        assert sum(amounts.values()) == 0, month
        return amounts

    table = _laid_out(BALANCE_SHEET, balances.months, form, finances, leaves)
    totals = table.filter(pl.col("key").str.starts_with("total_liabilities_and_")).select("month", "amount")
    both = (
        table.filter(pl.col("key") == "total_assets").select("month", "amount").join(totals, on="month", suffix="_owed")
    )
    unequal = both.filter(pl.col("amount") != pl.col("amount_owed"))
    if unequal.height:
        month, assets, owed = unequal.row(0)
        message = (
            f"the form of the balance sheet has {assets} of assets against {owed} in {month:%Y-%m}; correct its sums"
        )
        raise ProjectionError(message)
    return table


def income_statement(balances: Balances, form: Form, finances: Finances) -> pl.DataFrame:
    """By month and line, what happened in the month."""

    def leaves(month: int) -> dict[int, int]:
        amounts: dict[int, int] = defaultdict(int)
        for role, line in form.income.items():
            opening, _, _, closing = balances.rows[month, role]
            amounts[line] += closing - opening
        return amounts

    return _laid_out(INCOME_STATEMENT, balances.months, form, finances, leaves)


def cash_flow(balances: Balances, course: Course, form: Form, finances: Finances) -> pl.DataFrame:
    """By month and line, by the direct method: cash by what it was for; asserts that it is the change of cash.

    Raises:
        ProjectionError: a role that moves cash has no line, or the form's sums do not come to the closing cash.
    """
    legs: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (month, role, came_in), amount in course.ledger.cash_legs.items():
        if role not in form.cash:
            message = (
                f"the role {role} moves cash and has no line of the cash flow; fill received_line or paid_line in roles"
            )
            raise ProjectionError(message)
        legs[month][form.cash[role][0 if came_in else 1]] -= amount
    opening_lines = [row["line"] for row in form.lines[CASH_FLOW] if row["kind"] == "opening"]

    def leaves(month: int) -> dict[int, int]:
        change = balances.cash(month, 3) - balances.cash(month, 0)
        assert -sum(legs[month].values()) == change, (month, change)
        return dict(legs[month]) | dict.fromkeys(opening_lines, balances.cash(month, 0))

    table = _laid_out(CASH_FLOW, balances.months, form, finances, leaves)
    for month in balances.months:
        closing = table.filter((pl.col("month") == month_start(month)) & (pl.col("key") == "closing_cash"))["amount"]
        if not closing.is_empty() and closing[0] != scaled(balances.cash(month, 3), finances.decimals):
            message = (
                f"the form of the cash flow closes {month_start(month):%Y-%m} with {closing[0]}, not with its cash"
            )
            raise ProjectionError(message)
    return table


def _laid_out(statement: str, months: list[int], form: Form, finances: Finances, leaves: Any) -> pl.DataFrame:
    """Lines with amounts, positive on their own side; headers have none."""
    rows = []
    for month in months:
        found = leaves(month)
        amounts: dict[int, int | None] = {}
        for row in form.lines[statement]:
            if row["kind"] in {"line", "opening"}:
                amount = found.get(row["line"], 0)
                amounts[row["line"]] = -amount if row["side"] == "credit" else amount
        for row in form.lines[statement]:
            if row["kind"] == "sum":
                terms = form.sums[statement].get(row["line"], [])
                amounts[row["line"]] = sum(factor * (amounts.get(term) or 0) for term, factor in terms)
            rows.append(
                (month_start(month), row["line"], row["key"], row["kind"], row["indent"],
                 *(row.get(name) for name in NAMES), amounts.get(row["line"]))
            )  # fmt: skip
    return _table(rows, ("month", "line", "key", "kind", "indent", *NAMES), ("amount",), finances.decimals)


def scaled(amount: int, decimals: int) -> Decimal:
    """Minor units as money.

    >>> scaled(1235, 2)
    Decimal('12.35')
    """
    return Decimal(amount).scaleb(-decimals)


TYPES: dict[str, Any] = {"month": pl.Date, "day": pl.Date, "line": pl.Int32, "indent": pl.Int32}


def _table(rows: list[tuple[Any, ...]], names: tuple[str, ...], money: tuple[str, ...], decimals: int) -> pl.DataFrame:
    schema = {name: TYPES.get(name, pl.String) for name in names} | dict.fromkeys(money, pl.Int128)
    frame = pl.DataFrame(rows, schema=schema, orient="row", strict=False)
    return frame.with_columns(as_money(name, decimals) for name in money)


def as_money(name: str, decimals: int) -> pl.Expr:
    """A column of minor units as DECIMAL(38, decimals)."""
    return (
        pl.col(name)
        .cast(pl.Decimal(38, 0))
        .cast(pl.Decimal(38, 6))
        .mul(pl.lit(Decimal(1).scaleb(-decimals)))
        .cast(pl.Decimal(38, decimals))
        .alias(name)
    )
