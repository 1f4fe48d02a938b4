"""Month-end revaluation (期末调汇): open items of a foreign currency at the closing rate of a period's last day.

Monetary items are valued at the closing rate (IAS 21.23, CAS 19): invoices, bills, notes and opening items, each as it was open on
that day; prepayments are not (IFRIC 22). What an item is worth beyond what it is carried at is posted in the period and taken
back on the first day of the next, so that an item stays carried at what its document says and settling it realises the whole
difference. Revaluing again books what changed since; every revaluation lists all items, the latest of a period tells how it ended.

Dr  Trade receivable      valued less carried
Cr  Exchange difference   the same, a gain; payables and losses on the other sides
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.document_queries import rows_of
from app.kernel.documents import add_totals, need_by_code, new_document, open_period
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import rate_on
from schemas.commands.ledger import RevalueOpenItems
from schemas.facts import DocumentReversed, FactLine, OpenItemsRevalued, RevaluationTakenBack
from schemas.operational import documents, foreign_currency, kernel, master_data
from schemas.operational import ledger as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded


def valued(item: Mapping[str, Any], rate: Decimal | None, decimals: int) -> dict[str, Decimal | None]:
    """Value an open item at a closing rate.

    Args:
        item: `open_amount` in its currency, `carried_amount` and `booked_before` in the company's, and its `side`.
        rate: what one unit of its currency is worth in the company's; None where no rate is kept.
        decimals: digits of the minor unit of the company's currency.

    Returns:
        `exchange_rate`, `valued_amount`, `difference` (what is to be added to what the books have) and `gain` (of the company: a
        receivable's difference, a payable's with the other sign); all None without a rate, which an item that is settled does
        not need.

    >>> D = Decimal
    >>> owed = {"open_amount": D(100), "carried_amount": D(710), "booked_before": D(5), "side": "payable"}
    >>> [str(value) for value in valued(owed, D("7.3"), 2).values()]
    ['7.3', '730.00', '15.00', '-15.00']
    """
    if rate is None and item["open_amount"] != 0:
        return dict.fromkeys(("exchange_rate", "valued_amount", "difference", "gain"))
    worth = rounded(item["open_amount"] * (rate or ZERO), decimals)
    difference = worth - item["carried_amount"] - item["booked_before"]
    gain = difference if item["side"] == "receivable" else -difference
    return {"exchange_rate": rate, "valued_amount": worth, "difference": difference, "gain": gain}


def valued_items(connection: Connection, period: Mapping[str, Any]) -> list[Row]:
    """Every item of a foreign currency that is open on a period's last day, or was revalued in it, at that day's rate."""
    day = period["ends_on"]
    home, decimals = connection.execute(select(kernel.company.c.currency, kernel.company.c.currency_decimals)).one()
    items = [row for row in _items_on(connection, period) if row.open_amount or row.carried_amount or row.booked_before]
    rates = _rates(connection, {row.currency for row in items}, home, day)
    return [Row({**row, **valued(row, rates[row.currency], decimals)}) for row in items]


def _items_on(connection: Connection, period: Mapping[str, Any]) -> Iterable[Row]:
    """Foreign items as they stood at the end of a period, and by how much its revaluations have valued them already."""
    item, said, document, party = tables.open_item, foreign_currency.foreign_item, documents.document, master_data.party
    settled, booked = _settled_by(period["ends_on"]), _booked_in(period)
    later = exists().where(
        tables.settlement.c.open_item_id == item.c.id, tables.settlement.c.posted_on > period["ends_on"]
    )
    query = (
        select(
            item.c.id.label("open_item_id"),
            item.c.side,
            item.c.due_on,
            item.c.party_id,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            document.c.id.label("document_id"),
            document.c.number,
            document.c.kind,
            said.c.currency,
            said.c.amount,
            item.c.amount.label("booked_amount"),
            settled.c.amount.label("settled_amount"),
            settled.c.booked.label("settled_booked"),
            booked.c.difference.label("booked_before"),
        )
        .join(said, said.c.id == item.c.id)
        .join(document, document.c.id == item.c.document_id)
        .join(party, party.c.id == item.c.party_id)
        .outerjoin(settled, settled.c.open_item_id == item.c.id)
        .outerjoin(booked, booked.c.open_item_id == item.c.id)
        .where(
            item.c.opened_on <= period["ends_on"],
            or_(item.c.open_amount != 0, later, booked.c.difference.is_not(None)),
        )
        .order_by(said.c.currency, item.c.side.desc(), item.c.id)
    )
    for row in rows_of(connection, query):
        amount, carried = row.pop("amount"), row.pop("booked_amount")
        taken, taken_booked = row.pop("settled_amount") or ZERO, row.pop("settled_booked") or ZERO
        open_then = {"open_amount": amount - taken, "carried_amount": carried - taken_booked}
        yield Row({**row, **open_then, "booked_before": row["booked_before"] or ZERO})


def _settled_by(day: date) -> Any:
    settlement, said = tables.settlement, foreign_currency.foreign_settlement
    return (
        select(
            settlement.c.open_item_id,
            func.sum(said.c.amount).label("amount"),
            func.sum(settlement.c.amount).label("booked"),
        )
        .join(said, said.c.id == settlement.c.id)
        .where(settlement.c.posted_on <= day)
        .group_by(settlement.c.open_item_id)
        .subquery()
    )


def _booked_in(period: Mapping[str, Any]) -> Any:
    line, document = foreign_currency.revaluation_line, documents.document
    return (
        select(line.c.open_item_id, func.sum(line.c.difference).label("difference"))
        .join(document, document.c.id == line.c.document_id)
        .where(
            document.c.state == DocumentState.POSTED.value,
            document.c.posted_on.between(period["starts_on"], period["ends_on"]),
        )
        .group_by(line.c.open_item_id)
        .subquery()
    )


def _rates(connection: Connection, currencies: set[str], home: str, day: date) -> dict[str, Decimal | None]:
    kept = master_data.exchange_rate
    pairs = or_(
        and_(kept.c.from_currency.in_(currencies), kept.c.to_currency == home),
        and_(kept.c.from_currency == home, kept.c.to_currency.in_(currencies)),
    )
    rows = rows_of(connection, select(*kept.c).where(kept.c.valid_on <= day, pairs)) if currencies else []
    return {currency: rate_on(rows, currency, home, day) for currency in currencies}


def items_to_revalue(ctx: Context, period: Row) -> list[Row]:
    """The items of a period where what they are worth is not in the books yet, and with them all others; none where all is.

    Raises:
        Refused: no closing rate of a currency is kept.
    """
    items = valued_items(ctx.uow.connection, period)
    for item in items:
        if item.difference is None:
            home = ctx.company.currency
            raise Refused(
                "exchange_rate_missing", field="period", currency=item.currency, home=home, day=period.ends_on
            )
    return items if any(item.difference for item in items) else []


@handles(RevalueOpenItems, permission="ledger.revalue")
def revalue_open_items(ctx: Context, data: RevalueOpenItems) -> Outcome:
    """Value what is open in foreign currencies at the closing rate of a period, and take that back on the first day of the next."""
    ctx.uow.write_earlier()
    period = need_by_code(ctx, tables.fiscal_period, data.period, "fiscal_period", field="period")
    period = ctx.uow.need(tables.fiscal_period, period.id, lock=True)
    posted_on = data.posted_on or period.ends_on
    if not period.starts_on <= posted_on <= period.ends_on:
        raise Refused("day_of_the_period", field="posted_on", day=posted_on, period=period.code, last=period.ends_on)
    if ctx.today < period.ends_on:
        raise Refused("period_not_over", field="period", period=period.code, last=period.ends_on, today=ctx.today)
    open_period(ctx, posted_on)
    items = items_to_revalue(ctx, period)
    if not items:
        return Outcome("receipt.items_stand", values={"period": period.code})
    revaluation = new_document(
        ctx,
        DocumentKind.REVALUATION,
        DocumentState.POSTED,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=period.code,
    )
    _keep_lines(ctx, revaluation, items)
    add_totals(ctx, revaluation, sum((item.gain for item in items), ZERO), ZERO)
    lines = tuple(FactLine({item.side: item.difference}, party_id=item.party_id) for item in items if item.difference)
    ctx.emit(OpenItemsRevalued(revaluation.id, posted_on, lines, period.code))
    ctx.emit(RevaluationTakenBack(revaluation.id, period.ends_on + timedelta(days=1), lines, period.code))
    return Outcome("receipt.items_revalued", revaluation, {"period": period.code, "items": len(items)})


def _keep_lines(ctx: Context, revaluation: Row, items: Sequence[Row]) -> None:
    kept = ("open_item_id", "open_amount", "carried_amount", "valued_amount", "booked_before", "difference")
    for item in items:
        values = {name: item[name] for name in kept}
        ctx.uow.insert(
            foreign_currency.revaluation_line,
            document_id=revaluation.id,
            exchange_rate=item.exchange_rate or ZERO,
            **values,
        )


def undo_revaluation(ctx: Context, fact: DocumentReversed) -> None:
    """A revaluation is reversed in its own period, and with it what was taken back in the next; the latest goes first.

    Raises:
        Refused: the reversal is dated in another period, or another revaluation of the period came after.
    """
    revaluation = ctx.uow.need(documents.document, fact.reverses_id)
    if revaluation.kind != DocumentKind.REVALUATION:
        return
    period = need_by_code(ctx, tables.fiscal_period, revaluation.external_number, "fiscal_period")
    period = ctx.uow.need(tables.fiscal_period, period.id, lock=True)
    if not period.starts_on <= fact.posted_on <= period.ends_on:
        raise Refused(
            "closing_in_its_period", field="posted_on", number=revaluation.number, posted_on=revaluation.posted_on
        )
    later = _valued_later(ctx, revaluation)
    if later is not None:
        raise Refused("later_revaluation", number=revaluation.number, later=later.number)


def _valued_later(ctx: Context, revaluation: Row) -> Row | None:
    """The last revaluation of the same period that went on from this one."""
    line = foreign_currency.revaluation_line
    items = [row.open_item_id for row in ctx.uow.where(line, "document_id", revaluation.id)]
    ctx.uow.gather(line, "open_item_id", items)
    ids = {row.document_id for item in items for row in ctx.uow.where(line, "open_item_id", item)}
    after = ctx.uow.many(documents.document, sorted(one for one in ids if one > revaluation.id)).values()
    same = [row for row in after if row.state == DocumentState.POSTED]
    same = [row for row in same if row.external_number == revaluation.external_number]
    return max(same, key=lambda row: row.id, default=None)
