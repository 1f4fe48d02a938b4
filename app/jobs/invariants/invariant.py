"""An invariant: a query that returns rows only where it is broken, deriving every balance again from the ledgers.

Each query runs on SQLite and on PostgreSQL; amounts in them are the stored scaled integers. Window sums take the
stock ledger in the order in which it was recorded: by id on SQLite, which has one writer; by feed position on
PostgreSQL, where transactions take blocks of ids before they wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Invariant:
    """One invariant.

    Attributes:
        code: its number in the list of invariants.
        says: what must hold.
        query: SQL whose rows are violations; the columns name the thing and the difference.
        on_postgresql: the same for PostgreSQL, where it must be said in another way.
    """

    code: str
    says: str
    query: str
    on_postgresql: str | None = None


ROLE_BALANCE: Final = """
    select coalesce(sum(j.debit - j.credit), 0) from journal_line j
    join account_role r on r.account_id = j.account_id and r.role = '{role}'
"""
