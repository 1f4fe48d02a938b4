"""Turns facts into balanced journal entries by posting rules that name roles.

One function posts everything. A rule line takes the amount it names from each line of the fact; equal accounts and parties are
added up; a negative sum changes sides, except in a reversal, which repeats the sides of the entry it mirrors in red.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import open_period
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.facts import DocumentReversed, Fact, RevaluationTakenBack
from schemas.operational import ledger as tables
from schemas.vocabulary.numbers import ZERO

_PLACEHOLDER = "$"


@dataclass(frozen=True)
class Posting:
    """One leg of an entry: debit and credit of which one is zero."""

    account_id: int
    debit: Decimal
    credit: Decimal
    party_id: int | None = None
    description: str | None = None


def account_of_role(ctx: Context, role: str) -> int:
    """Return the account that plays a role.

    Raises:
        Refused: no account is assigned to the role.
    """
    row = ctx.uow.one(tables.account_role, "role", role)
    if row is None:
        raise Refused("role_without_account", role=role)
    return row.account_id


def post_fact(ctx: Context, fact: Fact) -> Row | None:
    """Post the journal entry that a fact means, or none where all its amounts are zero."""
    name = type(fact).__name__
    rules = sorted(ctx.uow.where(tables.posting_rule, "fact", name), key=lambda rule: rule.line)
    if not rules:
        raise Refused("posting_rule_missing", fact=name)
    sums: dict[tuple[int, int | None, str], Decimal] = defaultdict(lambda: ZERO)
    for line in fact.lines:
        for rule in rules:
            amount = line.amounts.get(rule.amount, ZERO)
            if amount == 0:
                continue
            role = line.roles[rule.role[1:]] if rule.role.startswith(_PLACEHOLDER) else rule.role
            party = line.party_id if rule.by_party else None
            sums[(account_of_role(ctx, role), party, rule.side)] += amount
    postings = [_posting(account, party, side, amount) for (account, party, side), amount in sums.items() if amount]
    if not postings:
        return None
    return post_entry(ctx, fact.document_id, fact.posted_on, name, postings, description=fact.description)


def post_entry(
    ctx: Context,
    document_id: int,
    posted_on: date,
    fact: str,
    postings: list[Posting],
    *,
    description: str | None = None,
    reverses_id: int | None = None,
) -> Row:
    """Write a journal entry. Its lines go first; the entry seals them.

    Raises:
        Refused: the entry does not balance, or the period is locked.
    """
    difference = sum((p.debit - p.credit for p in postings), ZERO)
    if difference != 0:
        raise Refused("entry_unbalanced", difference=difference)
    period = open_period(ctx, posted_on)
    entry_id = ctx.uow.next_id()
    for number, posting in enumerate(postings, start=1):
        ctx.uow.insert(
            tables.journal_line,
            entry_id=entry_id,
            line=number,
            account_id=posting.account_id,
            debit=posting.debit,
            credit=posting.credit,
            party_id=posting.party_id,
            description=posting.description,
        )
    return ctx.uow.insert(
        tables.journal_entry,
        id=entry_id,
        posted_on=posted_on,
        period_id=period.id,
        document_id=document_id,
        fact=fact,
        line_count=len(postings),
        description=description,
        reverses_id=reverses_id,
    )


def mirror_entries(ctx: Context, fact: DocumentReversed) -> None:
    """Mirror every entry of a reversed document in red: the same accounts and sides, negative amounts.

    What a revaluation took back in the next period is mirrored on that day, so that neither period keeps anything of it.
    """
    for entry in ctx.uow.where(tables.journal_entry, "document_id", fact.reverses_id):
        lines = sorted(ctx.uow.where(tables.journal_line, "entry_id", entry.id), key=lambda row: row.line)
        postings = [Posting(row.account_id, -row.debit, -row.credit, row.party_id, row.description) for row in lines]
        post_entry(
            ctx,
            fact.document_id,
            entry.posted_on if entry.fact == RevaluationTakenBack.__name__ else fact.posted_on,
            "DocumentReversed",
            postings,
            description=fact.description,
            reverses_id=entry.id,
        )


def _posting(account: int, party: int | None, side: str, amount: Decimal) -> Posting:
    debit = (side == "debit") == (amount > 0)
    size = abs(amount)
    return Posting(account, size if debit else ZERO, ZERO if debit else size, party)
