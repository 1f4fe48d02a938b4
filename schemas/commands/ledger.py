"""Commands of the general ledger: accounts, periods, manual entries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import Amount, Code, Command, Day, Name, Note
from schemas.vocabulary.accounting import Role


class PutAccount(Command):
    """An account of the chart."""

    code: Code
    name_en: Name
    name_zh_hans: Name
    name_zh_hant: Name
    account_class: Literal["asset", "liability", "common", "equity", "cost", "income", "expense"]
    normal_side: Literal["debit", "credit"]
    parent: Code | None = None
    postable: bool = True
    active: bool = True


class AssignAccountRole(Command):
    """Name the account that plays a role."""

    role: Role
    account: Code


class CreateFiscalYear(Command):
    """A fiscal year of monthly periods."""

    starts_on: Day


class LockPeriod(Command):
    """Lock a period: nothing can be posted into it any more."""

    period: Code


class CloseCosts(Command):
    """Give the issues of a period the weighted average cost of the period, for items valued by month-end average."""

    period: Code


class RevalueOpenItems(Command):
    """Value what is open in foreign currencies at the rate of a period's last day, and post it then or on a day that is named."""

    period: Code
    posted_on: Day | None = None


class UnlockPeriod(Command):
    """Open a locked period again, the latest first."""

    period: Code
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class EntryLine(Command):
    """One posting of a manual entry; a negative amount is a red-letter posting on its side."""

    account: Code
    debit: Amount | None = None
    credit: Amount | None = None
    party: Code | None = None
    description: Note | None = None


class OpeningBalance(Command):
    """The balance of an account on one side; a negative amount is the other side's."""

    account: Code
    debit: Amount | None = None
    credit: Amount | None = None


class BookOpeningBalances(Command):
    """Book the balances that accounts had when the company started here, all but those that documents bring."""

    posted_on: Day | None = None
    lines: Annotated[list[OpeningBalance], Field(min_length=1, max_length=5000)]


class CloseFiscalYear(Command):
    """Carry the income and expense of a fiscal year to retained earnings, on its last day."""

    year: Code


class PostManualEntry(Command):
    """Post a balanced journal entry by hand."""

    posted_on: Day | None = None
    description: Annotated[str, Field(min_length=1, max_length=400)]
    lines: Annotated[list[EntryLine], Field(min_length=2, max_length=5000)]
