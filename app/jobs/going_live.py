"""Starts a company from the going-live workbook: reads it, checks it as a whole, ties it out, and commits it once or not at all.

A check runs every command in one transaction and rolls it back, so that what the business would refuse is found with its row,
and the accounts are compared as they would stand. Committing does the same and keeps it if nothing is wrong. What the sheets and
columns mean is the connector's to say.
"""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from app.jobs.receipts import receipt_words
from app.jobs.reconciliation import table_text
from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Receipt
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, Submission
from app.modules.ledger.queries import balances_by_account
from pipelines.connectors.workbook.layout import SHEETS
from pipelines.connectors.workbook.read import WorkbookError, read_workbook
from pipelines.connectors.workbook.translate import Commands, RowError, Staged, located, stage
from schemas.vocabulary.accounting import CONTROL_ROLES
from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class SheetTotal:
    """How much a sheet holds: rows, and the amount they stand for where they stand for one."""

    sheet: str
    rows: int
    amount: Decimal | None


@dataclass(frozen=True)
class TieLine:
    """One account: what the trial balance says, and what it would stand at after all sheets are booked."""

    account: str
    roles: tuple[str, ...]
    trial_balance: Decimal
    booked: Decimal

    @property
    def difference(self) -> Decimal:
        """Trial balance less booked; zero where the account ties out."""
        return self.trial_balance - self.booked


@dataclass
class GoingLive:
    """The page on which a workbook is judged: row errors, totals by sheet, the tie-out by account."""

    errors: list[RowError] = field(default_factory=list)
    sheets: list[SheetTotal] = field(default_factory=list)
    ties: list[TieLine] = field(default_factory=list)
    trial_balance: Decimal = ZERO
    committed: bool = False

    @property
    def differences(self) -> list[TieLine]:
        """Accounts that do not tie out."""
        return [line for line in self.ties if line.difference != 0]

    @property
    def clean(self) -> bool:
        """Whether it can be committed."""
        return not self.errors and not self.differences and self.trial_balance == 0

    def to_dict(self) -> dict[str, Any]:
        """The page as plain data."""
        return {
            "clean": self.clean,
            "committed": self.committed,
            "errors": [asdict(error) for error in self.errors],
            "sheets": [asdict(total) for total in self.sheets],
            "trial_balance": self.trial_balance,
            "ties": [{**asdict(line), "difference": line.difference} for line in self.ties],
        }

    def to_markdown(self) -> str:
        """The page to read."""
        state = "booked" if self.committed else "clean, not booked" if self.clean else "not clean, nothing booked"
        parts = [
            f"# Going live: {state}",
            table_text(("sheet", "row", "column", "value", "reason"), (astuple(error) for error in self.errors)),
            table_text(
                ("sheet", "rows", "amount"),
                ((t.sheet, t.rows, "" if t.amount is None else t.amount) for t in self.sheets),
            ),
            f"Trial balance, debits less credits: {self.trial_balance}",
            table_text(
                ("account", "roles", "trial balance", "booked", "difference"),
                ((t.account, ", ".join(t.roles), t.trial_balance, t.booked, t.difference) for t in self.ties),
            ),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def check_workbook(gateway: Gateway, content: bytes, *, start_on: date, principal: Principal = SYSTEM) -> GoingLive:
    """Check a workbook and change nothing.

    Args:
        gateway: the store of a founded company.
        content: the uploaded file.
        start_on: the day from which the company's books are kept here.
        principal: who uploads; what he may not do shows as row errors.

    Raises:
        Refused: the file is no workbook or goes beyond a limit.
    """
    return _run(gateway, content, start_on, principal, keep=False)


def commit_workbook(gateway: Gateway, content: bytes, *, start_on: date, principal: Principal = SYSTEM) -> GoingLive:
    """Check a workbook and book all of it in one transaction if it is clean; a row that is booked already is not booked again.

    Raises:
        Refused: the file is no workbook or goes beyond a limit.
    """
    return _run(gateway, content, start_on, principal, keep=True)


def _run(gateway: Gateway, content: bytes, start_on: date, principal: Principal, *, keep: bool) -> GoingLive:
    try:
        staged = stage(read_workbook(content))
    except WorkbookError as error:
        raise Refused("workbook_unreadable", reason=str(error)) from error
    page = GoingLive(errors=staged.errors, sheets=_totals(staged))
    page.trial_balance = sum((_balance(values) for values in staged.of("trial_balance")), ZERO)
    if page.errors:
        return page
    roles = _roles(gateway)
    control = frozenset(account for account, played in roles.items() if set(played) & set(CONTROL_ROLES))
    commands = Commands(staged, start_on=start_on, control_accounts=control)
    clock = FixedClock(start_on)
    submissions = [Submission(c.name, c.data, c.command_id, principal, clock=clock) for c in commands.all()]

    def accepted(connection: Connection, receipts: list[Receipt]) -> bool:
        page.errors += [_error(receipt, commands, staged) for receipt in receipts if receipt.status != "done"]
        page.ties = _ties(staged, balances_by_account(connection), roles)
        return keep and page.clean

    receipts = gateway.submit_together(submissions, accepted)
    page.committed = keep and page.clean and all(receipt.status == "done" for receipt in receipts)
    return page


def _error(receipt: Receipt, commands: Commands, staged: Staged) -> RowError:
    sheet, row = commands.origin[receipt.command_id]
    number, column, value = located(staged, sheet, row, receipt.field, receipt.values)
    return RowError(sheet, number, column, value, receipt_words(receipt))


def _totals(staged: Staged) -> list[SheetTotal]:
    amounts = {
        "stock": lambda v: (
            v["quantity"] * v["unit_cost"] if v["quantity"] is not None and v["unit_cost"] is not None else ZERO
        ),
        "receivables": lambda v: v["booked_amount"] or v["amount"] or ZERO,
        "payables": lambda v: v["booked_amount"] or v["amount"] or ZERO,
        "trial_balance": lambda v: v["debit"] or ZERO,
    }
    totals = []
    for sheet in SHEETS:
        rows = staged.of(sheet.name)
        measure = amounts.get(sheet.name)
        totals.append(SheetTotal(sheet.name, len(rows), sum(map(measure, rows), ZERO) if measure else None))
    return totals


def _balance(values: dict[str, Any]) -> Decimal:
    return (values["debit"] or ZERO) - (values["credit"] or ZERO)


def _roles(gateway: Gateway) -> dict[str, tuple[str, ...]]:
    roles: dict[str, tuple[str, ...]] = {}
    for row in gateway.query("account_roles", {}, principal=SYSTEM):
        roles[row["account_code"]] = (*roles.get(row["account_code"], ()), row["role"])
    return roles


def _ties(staged: Staged, booked: list[dict[str, Any]], roles: dict[str, tuple[str, ...]]) -> list[TieLine]:
    wanted = {values["account"]: _balance(values) for values in staged.of("trial_balance")}
    stands = {row["code"]: row["balance"] for row in booked}
    return [
        TieLine(account, roles.get(account, ()), wanted.get(account, ZERO), stands.get(account, ZERO))
        for account in sorted({*wanted, *stands})
        if wanted.get(account) or stands.get(account)
    ]
