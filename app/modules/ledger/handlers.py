"""Handlers of the general ledger: accounts and roles, fiscal years, period locks, manual entries, reversal."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, by_code, find_document, link, need_by_code, need_state, new_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.month_end import differences
from app.modules.ledger.posting import Posting, account_of_role, post_entry
from app.modules.ledger.revaluation import items_to_revalue
from schemas.commands import ledger as commands
from schemas.commands import trade
from schemas.facts import DocumentReversed, PeriodLocked
from schemas.operational import documents, kernel, master_data
from schemas.operational import ledger as tables
from schemas.vocabulary.accounting import CONTROL_ROLES, AccountClass
from schemas.vocabulary.documents import TRANSITIONS, DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_SETUP = "ledger.setup.write"
_RESULT_CLASSES = (AccountClass.INCOME.value, AccountClass.EXPENSE.value)


@handles(commands.PutAccount, permission=_SETUP)
def put_account(ctx: Context, data: commands.PutAccount) -> Outcome:
    """Make or change an account; its class and side stay once it exists."""
    parent = by_code(ctx, tables.account, data.parent, "account", field="parent")
    values = data.model_dump(exclude={"code", "account_class", "parent"})
    values |= {"class": data.account_class, "parent_id": parent.id if parent else None}
    present = ctx.uow.one(tables.account, "code", data.code, lock=True)
    if present is None:
        present = ctx.uow.insert(tables.account, code=data.code, **values)
    elif (present["class"], present.normal_side) != (data.account_class, data.normal_side):
        raise Refused("account_class_fixed", field="account_class", code=data.code)
    else:
        ctx.uow.update(tables.account, present, **values)
    return Outcome("receipt.changed", values={"what": "account", "code": data.code}, data={"id": present.id})


@handles(commands.AssignAccountRole, permission=_SETUP)
def assign_account_role(ctx: Context, data: commands.AssignAccountRole) -> Outcome:
    """Name the account that plays a role from now on."""
    account = need_by_code(ctx, tables.account, data.account, "account", field="account")
    if not account.postable:
        raise Refused("account_not_postable", field="account", account=data.account)
    row = ctx.uow.one(tables.account_role, "role", data.role.value, lock=True)
    if row is None:
        ctx.uow.insert(tables.account_role, role=data.role.value, account_id=account.id)
    else:
        ctx.uow.update(tables.account_role, row, account_id=account.id)
    return Outcome("receipt.changed", values={"what": "account_role", "code": data.role.value})


@handles(commands.CreateFiscalYear, permission=_SETUP)
def create_fiscal_year(ctx: Context, data: commands.CreateFiscalYear) -> Outcome:
    """Make a fiscal year of twelve calendar months, all open."""
    start = data.starts_on.replace(day=1)
    code = f"{start.year}" if start.month == 1 else f"{start.year}-{start.month:02d}"
    months = [_month(start, offset) for offset in range(12)]
    period = tables.fiscal_period.c
    overlapping = select(period.code).where(period.starts_on <= months[-1][1], period.ends_on >= start)
    if ctx.uow.connection.execute(overlapping).first():
        raise Refused("fiscal_year_exists", field="starts_on", code=code)
    year = ctx.uow.insert(tables.fiscal_year, code=code, starts_on=start, ends_on=months[-1][1])
    for first, last in months:
        ctx.uow.insert(
            tables.fiscal_period,
            fiscal_year_id=year.id,
            code=f"{first.year}-{first.month:02d}",
            starts_on=first,
            ends_on=last,
            state="open",
            version=1,
        )
    return Outcome("receipt.created", values={"what": "fiscal_year", "code": code}, data={"id": year.id})


def _month(start: date, offset: int) -> tuple[date, date]:
    index = start.month - 1 + offset
    year, month = start.year + index // 12, index % 12 + 1
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


@handles(commands.LockPeriod, permission="ledger.period.lock")
def lock_period(ctx: Context, data: commands.LockPeriod) -> Outcome:
    """Lock a period once every one before it is, its costs are closed and what is open in foreign currencies is revalued."""
    ctx.uow.write_earlier()
    period = need_by_code(ctx, tables.fiscal_period, data.period, "fiscal_period", field="period")
    period = ctx.uow.need(tables.fiscal_period, period.id, lock=True)
    table = tables.fiscal_period.c
    earlier = (
        select(table.code).where(table.starts_on < period.starts_on, table.state == "open").order_by(table.starts_on)
    )
    first_open = ctx.uow.connection.execute(earlier).scalars().first()
    if first_open is not None:
        raise Refused("earlier_period_open", field="period", period=data.period, earlier=first_open)
    if period.state == "open" and any(found.period_id == period.id for found in differences(ctx, period)):
        raise Refused("costs_not_closed", field="period", period=data.period)
    if period.state == "open" and items_to_revalue(ctx, period):
        raise Refused("items_not_revalued", field="period", period=data.period)
    head = ctx.uow.connection.execute(select(func.max(kernel.feed.c.position))).scalar() or 0
    ctx.uow.update(tables.fiscal_period, period, state="locked", locked_at_position=head)
    ctx.emit(PeriodLocked(period.id, head))
    return Outcome("receipt.changed", values={"what": "fiscal_period", "code": data.period}, data={"id": period.id})


@handles(commands.UnlockPeriod, permission="ledger.period.unlock")
def unlock_period(ctx: Context, data: commands.UnlockPeriod) -> Outcome:
    """Open the latest locked period again."""
    ctx.uow.write_earlier()
    period = need_by_code(ctx, tables.fiscal_period, data.period, "fiscal_period", field="period")
    period = ctx.uow.need(tables.fiscal_period, period.id, lock=True)
    table = tables.fiscal_period.c
    later = (
        select(table.code)
        .where(table.starts_on > period.starts_on, table.state == "locked")
        .order_by(table.starts_on.desc())
    )
    last_locked = ctx.uow.connection.execute(later).scalars().first()
    if last_locked is not None:
        raise Refused("later_period_locked", field="period", period=data.period, later=last_locked)
    ctx.uow.update(tables.fiscal_period, period, state="open", locked_at_position=None)
    return Outcome("receipt.changed", values={"what": "fiscal_period", "code": data.period}, data={"id": period.id})


@handles(commands.PostManualEntry, permission="ledger.entry.post")
def post_manual_entry(ctx: Context, data: commands.PostManualEntry) -> Outcome:
    """Post a balanced entry by hand. Control accounts of stock and open items are left to their documents."""
    postings: list[Posting] = []
    for line in data.lines:
        party = by_code(ctx, master_data.party, line.party, "party", field="lines")
        postings.append(_leg(ctx, line, party.id if party else None, line.description))
    return _post_by_hand(ctx, data.posted_on or ctx.today, data.description, "ManualEntryPosted", postings)


@handles(commands.BookOpeningBalances, permission="ledger.opening.write")
def book_opening_balances(ctx: Context, data: commands.BookOpeningBalances) -> Outcome:
    """Book the balances that accounts start with against the opening balance; stock and open items bring their own."""
    postings = [_leg(ctx, line, None, None) for line in data.lines]
    rest = sum((p.debit - p.credit for p in postings), ZERO)
    if rest != 0:
        account = account_of_role(ctx, "opening_balance")
        postings.append(Posting(account, max(-rest, ZERO), max(rest, ZERO)))
    posted_on = data.posted_on or ctx.today
    return _post_by_hand(ctx, posted_on, "Opening balances", "OpeningBalancesBooked", postings)


@handles(commands.CloseFiscalYear, permission="ledger.year.close")
def close_fiscal_year(ctx: Context, data: commands.CloseFiscalYear) -> Outcome:
    """Carry income and expense to this year's profit and that to retained earnings; closing again carries what came since."""
    ctx.uow.write_earlier()
    year = need_by_code(ctx, tables.fiscal_year, data.year, "fiscal_year", field="year")
    current, retained = (account_of_role(ctx, role) for role in ("current_profit", "retained_earnings"))
    _hold_years(ctx, year)
    balances = _balances_upto(ctx, year.ends_on)
    held = balances.pop(current, ZERO)
    result = sum(balances.values(), ZERO)
    if not balances and held == 0:
        raise Refused("nothing_to_close", field="year", year=data.year)
    note = f"结转损益 Year {data.year} closed"
    document = new_document(ctx, DocumentKind.MANUAL_ENTRY, DocumentState.POSTED, posted_on=year.ends_on, note=note)
    closing = [_emptying(account, balance) for account, balance in sorted(balances.items())]
    if result != 0:
        closing.append(_emptying(current, -result))
    if closing:
        post_entry(ctx, document.id, year.ends_on, "YearClosed", closing, description=note)
    profit = held + result
    if profit != 0:
        carried = [_emptying(current, profit), _emptying(retained, -profit)]
        post_entry(ctx, document.id, year.ends_on, "YearClosed", carried, description=note)
    add_totals(ctx, document, sum((p.debit for p in closing), ZERO) or abs(profit), ZERO)
    return Outcome("receipt.posted", document, data={"profit": str(-profit)})


def _hold_years(ctx: Context, year: Row) -> None:
    """Lock a year and those before it, so that one close at a time carries them.

    Raises:
        Refused: an earlier year still holds income, expense or profit; closing this one first would carry that twice.
    """
    column = tables.fiscal_year.c
    known = ctx.uow.connection.execute(select(column.id).where(column.ends_on <= year.ends_on)).scalars().all()
    earlier = [row for row in ctx.uow.many(tables.fiscal_year, known, lock=True).values() if row.id != year.id]
    for row in sorted(earlier, key=lambda r: r.ends_on):
        if _balances_upto(ctx, row.ends_on):
            raise Refused("earlier_year_open", field="year", year=year.code, earlier=row.code)


def _balances_upto(ctx: Context, day: date) -> dict[int, Decimal]:
    """Debit less credit of each account of income, expense and this year's profit at the end of a day, where it is not zero."""
    line, entry, account = tables.journal_line.c, tables.journal_entry.c, tables.account.c
    current = account_of_role(ctx, "current_profit")
    query = (
        select(line.account_id, func.sum(line.debit), func.sum(line.credit))
        .join(tables.journal_entry, entry.id == line.entry_id)
        .join(tables.account, account.id == line.account_id)
        .where(entry.posted_on <= day, or_(account["class"].in_(_RESULT_CLASSES), account.id == current))
        .group_by(line.account_id)
    )
    found = {row[0]: row[1] - row[2] for row in ctx.uow.connection.execute(query)}
    return {account_id: balance for account_id, balance in found.items() if balance != 0}


def _emptying(account_id: int, balance: Decimal) -> Posting:
    """The posting that takes a balance, debit positive, off an account."""
    return Posting(account_id, max(-balance, ZERO), max(balance, ZERO))


def _leg(
    ctx: Context,
    line: commands.EntryLine | commands.OpeningBalance,
    party_id: int | None,
    description: str | None,
) -> Posting:
    account = need_by_code(ctx, tables.account, line.account, "account", field="lines")
    if not (account.postable and account.active):
        raise Refused("account_not_postable", field="lines", account=line.account)
    if (line.debit is None) == (line.credit is None):
        raise Refused("entry_line_sides", field="lines", account=line.account)
    debit, credit = line.debit or ZERO, line.credit or ZERO
    decimals = ctx.company.currency_decimals
    if rounded(debit, decimals) != debit or rounded(credit, decimals) != credit or debit + credit == 0:
        raise Refused("amount_minor_unit", field="lines", amount=debit or credit, decimals=decimals)
    return Posting(account.id, debit, credit, party_id, description)


def _post_by_hand(ctx: Context, posted_on: date, description: str, fact: str, postings: list[Posting]) -> Outcome:
    document = new_document(ctx, DocumentKind.MANUAL_ENTRY, DocumentState.POSTED, posted_on=posted_on, note=description)
    _refuse_control_accounts(ctx, postings)
    post_entry(ctx, document.id, posted_on, fact, postings, description=description)
    add_totals(ctx, document, sum((p.debit for p in postings), Decimal(0)), ZERO)
    return Outcome("receipt.posted", document)


def _refuse_control_accounts(ctx: Context, postings: list[Posting]) -> None:
    for role in CONTROL_ROLES:
        row = ctx.uow.one(tables.account_role, "role", role)
        if row is not None and any(p.account_id == row.account_id for p in postings):
            account = ctx.uow.need(tables.account, row.account_id)
            raise Refused("control_account", field="lines", account=account.code, role=role)


@handles(trade.ReverseDocument, permission="ledger.reverse")
def reverse_document(ctx: Context, data: trade.ReverseDocument) -> Outcome:
    """Take a posted document back: goods move back, entries are mirrored in red, orders are open again."""
    document = find_document(ctx, data.document)
    if DocumentState.REVERSED not in TRANSITIONS[DocumentKind(document.kind)].get(DocumentState(document.state), ()):
        need_state(document, DocumentState.POSTED)
    if document.kind == DocumentKind.REVERSAL:
        raise Refused("reversal_of_reversal", number=document.number)
    on_its_day = document.kind == DocumentKind.REVALUATION
    posted_on = data.posted_on or (document.posted_on if on_its_day else max(ctx.today, document.posted_on))
    if posted_on < document.posted_on:
        raise Refused(
            "reversal_before_document", field="posted_on", number=document.number, posted_on=document.posted_on
        )
    reversal = new_document(
        ctx,
        DocumentKind.REVERSAL,
        DocumentState.POSTED,
        posted_on=posted_on,
        party_id=document.party_id,
        reverses_id=document.id,
        net_amount=-document.net_amount,
        tax_amount=-document.tax_amount,
        total_amount=-document.total_amount,
        note=data.reason,
    )
    ctx.emit(DocumentReversed(reversal.id, posted_on, (), data.reason, reverses_id=document.id))
    ctx.uow.update(documents.document, document, state=DocumentState.REVERSED.value)
    link(ctx, document, reversal, "reversal")
    return Outcome("receipt.reversed", reversal, {"reversed": document.number})
