"""The form of the statements: their lines, which lines a sum adds, and which line a role stands in.

Taken from `statement_lines`, `statement_sums` and the line columns of `roles`; without a form every role is a line of its own,
in the order of the classes, with the totals that make a statement one.
"""

from dataclasses import dataclass, field
from typing import Any

from planning.projection.finances import Finances

BALANCE_SHEET, INCOME_STATEMENT, CASH_FLOW = "balance_sheet", "income_statement", "cash_flow"
STATEMENTS = (BALANCE_SHEET, INCOME_STATEMENT, CASH_FLOW)
RESULT = ("income", "expense")


@dataclass
class Form:
    """One form.

    Attributes:
        lines: by statement its lines as rows of `statement_lines`, ascending.
        sums: by statement and line the (term, factor) pairs; terms are lines that carry roles, or the opening.
        balance: by role the line for a debit balance and that for a credit balance.
        group: by role those roles it is added up with before it is seen whether the balance is a debit; itself where missing.
        income: by role of the result its line.
        cash: by role the line for cash that came in for it and that for cash that went out.
    """

    lines: dict[str, list[dict[str, Any]]]
    sums: dict[str, dict[int, list[tuple[int, int]]]]
    balance: dict[str, tuple[int, int]] = field(default_factory=dict)
    group: dict[str, str] = field(default_factory=dict)
    income: dict[str, int] = field(default_factory=dict)
    cash: dict[str, tuple[int, int]] = field(default_factory=dict)


def form_of(finances: Finances) -> Form:
    """The form that the financial tables give, or the plain one."""
    roles = finances.tables["roles"].sort("role").rows(named=True)
    if finances.tables["statement_lines"].height == 0:
        return _plain(roles)
    form = Form({name: [] for name in STATEMENTS}, {name: {} for name in STATEMENTS})
    for row in finances.tables["statement_lines"].sort("statement", "line").iter_rows(named=True):
        form.lines[row["statement"]].append(row)
    for row in finances.tables["statement_sums"].sort("statement", "line", "term").iter_rows(named=True):
        form.sums.setdefault(row["statement"], {}).setdefault(row["line"], []).append((row["term"], row["factor"]))
    for row in roles:
        sides = [int(row[name]) for name in ("debit_line", "credit_line") if row[name] is not None]
        form.balance[row["role"]] = (sides[0], sides[-1])
        if row["balance_group"] is not None:
            form.group[row["role"]] = row["balance_group"]
        if row["class"] in RESULT:
            form.income[row["role"]] = row["income_line"]
        ways = [int(row[name]) for name in ("received_line", "paid_line") if row[name] is not None]
        if ways:
            form.cash[row["role"]] = (ways[0], ways[-1])
    return form


class _Writer:
    """Writes lines one under the other."""

    def __init__(self, form: Form, statement: str) -> None:
        self.form, self.statement, self.number = form, statement, 0

    def line(self, key: str, kind: str, side: str | None, terms: list[tuple[int, int]] | None = None) -> int:
        """Write one line, a sum where it has terms; returns its number."""
        self.number += 1
        name = key.replace("_", " ").capitalize()
        self.form.lines[self.statement].append(
            {"statement": self.statement, "line": self.number, "key": key, "kind": kind, "side": side,
             "indent": int(kind == "line"), "name_en": name, "name_zh_hans": None, "name_zh_hant": None}
        )  # fmt: skip
        if terms is not None:
            self.form.sums[self.statement][self.number] = terms
        return self.number


def _plain(roles: list[dict[str, Any]]) -> Form:
    form = Form({name: [] for name in STATEMENTS}, {name: {} for name in STATEMENTS})
    sheet, income, cash = (_Writer(form, name) for name in STATEMENTS)
    sides = (
        ("debit", ("asset", "common", "cost"), "total_assets"),
        ("credit", ("liability", "equity"), "total_liabilities_and_equity"),
    )
    for side, classes, total in sides:
        terms = []
        for row in (row for kind in classes for row in roles if row["class"] == kind):
            number = sheet.line(row["role"], "line", side)
            form.balance[row["role"]] = (number, number)
            terms.append((number, 1))
        if side == "credit":
            number = sheet.line("undistributed_result", "line", side)
            form.balance |= {row["role"]: (number, number) for row in roles if row["class"] in RESULT}
            terms.append((number, 1))
        sheet.line(total, "sum", side, terms)
    terms = []
    for kind, side, factor in (("income", "credit", 1), ("expense", "debit", -1)):
        for row in (row for row in roles if row["class"] == kind):
            form.income[row["role"]] = income.line(row["role"], "line", side)
            terms.append((form.income[row["role"]], factor))
    income.line("net_profit", "sum", "credit", terms)
    terms = []
    for row in (row for row in roles if not row["cash"]):
        number = cash.line(row["role"], "line", "credit")
        form.cash[row["role"]] = (number, number)
        terms.append((number, 1))
    cash.line("net_increase", "sum", "credit", terms)
    opening = cash.line("opening_cash", "opening", "debit")
    cash.line("closing_cash", "sum", "credit", [*terms, (opening, 1)])
    return form
