"""Open items: what a customer owes or is owed a supplier, by document, and how payments settle it.

An item of a foreign currency is settled in that currency; what it is carried at in the books goes with it in the same share,
and the last part takes what is left of both. What was paid for it instead differs by the exchange rate (`exchange.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import find_document, link, new_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.ledger.exchange import realise_difference
from app.modules.master_data.currencies import DocumentCurrency, currency_on, say_in_currency
from schemas.commands.trade import BookOpeningItem
from schemas.facts import DocumentReversed
from schemas.operational import documents, foreign_currency
from schemas.operational import ledger as tables
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import LARGEST_MONEY, ONE, RATE_DECIMALS, ZERO, rounded

_HIGHEST_RATE: Final = 10**9
_OPENING_KINDS: Final = frozenset(
    {
        DocumentKind.CUSTOMER_INVOICE,
        DocumentKind.SUPPLIER_BILL,
        DocumentKind.OPENING_RECEIVABLE,
        DocumentKind.OPENING_PAYABLE,
        DocumentKind.CREDIT_NOTE,
        DocumentKind.DEBIT_NOTE,
        DocumentKind.LANDED_COST,
        DocumentKind.FREIGHT_BILL,
    }
)


@dataclass(frozen=True)
class Settled:
    """What was settled: in the currency of the items, and what that was carried at in the books."""

    amount: Decimal
    carried: Decimal


def open_an_item(ctx: Context, document: Row, side: str, amount: Decimal, due_on: date) -> Row | None:
    """Open an item for what a posted document makes due; nothing is due on a document of zero."""
    if amount == 0:
        return None
    return ctx.uow.insert(
        tables.open_item,
        document_id=document.id,
        party_id=document.party_id,
        side=side,
        due_on=due_on,
        amount=amount,
        open_amount=amount,
        opened_on=document.posted_on,
    )


def open_items(ctx: Context, document: Row, side: str, dues: Iterable[tuple[date, Decimal]]) -> None:
    """Open an item for each part of what a posted document makes due."""
    for due_on, amount in dues:
        open_an_item(ctx, document, side, amount, due_on)


def open_items_in(
    ctx: Context,
    document: Row,
    side: str,
    dues: Iterable[tuple[date, Decimal]],
    currency: DocumentCurrency,
) -> None:
    """Open an item for each part of what a document makes due in its currency; the books take each at the document's rate."""
    home = DocumentCurrency(currency.code, currency.rate, currency.decimals, currency.home_decimals, currency.foreign)
    for due_on, amount in dues:
        item = open_an_item(ctx, document, side, home.next_amount(amount), due_on)
        if item is not None and currency.foreign:
            say_item(ctx, item, currency.code, amount)


def say_item(ctx: Context, item: Row, currency: str, amount: Decimal) -> None:
    """Keep what an open item comes to in a foreign currency."""
    ctx.uow.insert(foreign_currency.foreign_item, id=item.id, currency=currency, amount=amount, open_amount=amount)


def open_of(ctx: Context, item: Row) -> Decimal:
    """What is open of an item, in its currency."""
    said = ctx.uow.get(foreign_currency.foreign_item, item.id, lock=True)
    return item.open_amount if said is None else said.open_amount


def currency_of_item(ctx: Context, item: Row) -> str:
    """The currency that an item is settled in."""
    said = ctx.uow.get(foreign_currency.foreign_item, item.id, lock=True)
    return ctx.company.currency if said is None else said.currency


def opening_item(ctx: Context, data: BookOpeningItem, party: Row, kind: DocumentKind) -> Row:
    """Add the document of an item that was open when the company started here.

    Raises:
        Refused: the amount is zero or not on the minor unit of its currency, or what the books would carry it at is no value of it.
    """
    posted_on = data.posted_on or ctx.today
    currency, booked = _opening_amount(ctx, data, party, posted_on)
    document = new_document(
        ctx,
        kind,
        DocumentState.POSTED,
        party_id=party.id,
        document_on=data.document_on,
        posted_on=posted_on,
        due_on=data.due_on,
        external_number=data.external_number,
        net_amount=booked,
        total_amount=booked,
    )
    say_in_currency(ctx, document, currency, data.amount, ZERO)
    return document


def _opening_amount(
    ctx: Context, data: BookOpeningItem, party: Row, posted_on: date
) -> tuple[DocumentCurrency, Decimal]:
    """The currency of an opening item, and what the books carry it at."""
    code = data.currency or party.currency
    foreign, decimals = code != ctx.company.currency, ctx.company.currency_decimals
    if not foreign and (data.exchange_rate or data.booked_amount) is not None:
        raise Refused("rate_at_home", field="currency", currency=code)
    if data.exchange_rate is not None and data.booked_amount is not None:
        raise Refused("rate_or_booked_amount", field="booked_amount")
    if foreign and (data.exchange_rate or data.booked_amount) is not None:
        rate = data.exchange_rate or ONE
        currency = DocumentCurrency(code, rate, minor_unit_decimals(code), decimals, foreign=True)
    else:
        currency = currency_on(ctx, code, posted_on)
    _refuse_off_unit("amount", data.amount, currency.decimals)
    booked = currency.at_rate(data.amount)
    if data.booked_amount is not None:
        booked = data.booked_amount
        _refuse_off_unit("booked_amount", booked, decimals)
        currency.rate = rounded(booked / data.amount, RATE_DECIMALS)
    if booked == 0 or abs(booked) >= LARGEST_MONEY or not 0 < currency.rate < _HIGHEST_RATE:
        raise Refused("booked_amount_wrong", field="booked_amount", amount=data.amount, booked=booked, currency=code)
    return currency, booked


def _refuse_off_unit(field: str, amount: Decimal, decimals: int) -> None:
    if amount == 0 or rounded(amount, decimals) != amount:
        raise Refused("amount_minor_unit", field=field, amount=amount, decimals=decimals)


def open_opening_item(ctx: Context, document: Row, side: str, due_on: date) -> None:
    """Open the item of an opening document, in its currency."""
    item = open_an_item(ctx, document, side, document.total_amount, due_on)
    said = ctx.uow.get(foreign_currency.foreign_document, document.id)
    if item is not None and said is not None:
        say_item(ctx, item, said.currency, said.total_amount)


def settle(
    ctx: Context,
    payment: Row,
    side: str,
    amount: Decimal,
    allocations: list[tuple[int | str, Decimal]],
    posted_on: date,
    currency: str,
) -> Settled:
    """Settle open items of the payment's party: the allocated ones first, then the oldest.

    Args:
        ctx: the running command.
        payment: the payment document.
        side: `receivable` or `payable`.
        amount: the payment, in its currency.
        allocations: documents and amounts that were named.
        posted_on: the posting date.
        currency: of the payment; only items of the same currency are settled.

    Returns:
        How much of the payment found an item; the rest is an advance.

    Raises:
        Refused: an allocation exceeds the payment or its item, or names another party's document or one of another currency.
    """
    rows = ctx.uow.where(tables.open_item, "party_id", payment.party_id, lock=True)
    opened = [row for row in rows if row.side == side and row.open_amount > 0]
    ids = [row.id for row in opened]
    foreign = ctx.uow.many(foreign_currency.foreign_item, ids, lock=True)
    ctx.uow.expect(foreign_currency.foreign_item, set(ids) - set(foreign))
    items = [row for row in opened if currency_of_item(ctx, row) == currency]
    left, carried = amount, ZERO
    for reference, wanted in allocations:
        document = find_document(ctx, reference)
        own = [row for row in items if row.document_id == document.id]
        refuse_other_currency(ctx, document, [row for row in opened if row.document_id == document.id], currency)
        due = sum((open_of(ctx, row) for row in own), ZERO)
        if wanted > min(due, left):
            raise Refused(
                "allocation_too_large", field="allocations", number=document.number, amount=wanted, open=min(due, left)
            )
        settled = settle_in_turn(ctx, payment, own, wanted, posted_on)
        left, carried = left - settled.amount, carried + settled.carried
    if not allocations:
        settled = settle_in_turn(ctx, payment, items, left, posted_on)
        left, carried = left - settled.amount, carried + settled.carried
    return Settled(amount - left, carried)


def refuse_other_currency(ctx: Context, document: Row, items: Iterable[Row], currency: str) -> None:
    """Refuse to settle a document's items with money of another currency.

    Raises:
        Refused: they are in another.
    """
    for item in items:
        if (own := currency_of_item(ctx, item)) != currency:
            raise Refused(
                "settled_in_its_currency", field="currency", number=document.number, currency=own, given=currency
            )


def settle_in_turn(ctx: Context, payment: Row, items: Iterable[Row], amount: Decimal, posted_on: date) -> Settled:
    """Settle open items of one currency with an amount of it, the earliest due first."""
    left, carried = amount, ZERO
    for item in sorted(items, key=lambda row: (row.due_on, row.id)):
        part = min(left, open_of(ctx, item))
        if part > 0:
            carried += settle_item(ctx, payment, item, part, posted_on)
            left -= part
    return Settled(amount - left, carried)


def open_credit(ctx: Context, note: Row, invoice: Row, *, side: str, settle: bool) -> Decimal:
    """Open the item of a credit or debit note and, where asked, settle what is open of its invoice or bill with it.

    Returns:
        How much was settled; the rest stays open as a credit.
    """
    amount = note.total_amount
    item = open_an_item(ctx, note, side, -amount, note.posted_on)
    said = ctx.uow.get(foreign_currency.foreign_document, note.id)
    if item is not None and said is not None:
        say_item(ctx, item, said.currency, -said.total_amount)
    if amount == 0 or not settle:
        return ZERO
    credit = ctx.uow.where(tables.open_item, "document_id", note.id)[0]
    return offset_in_turn(ctx, note, credit, ctx.uow.where(tables.open_item, "document_id", invoice.id, lock=True))


def offset_in_turn(
    ctx: Context, evidence: Row, credit: Row, items: Iterable[Row], most: Decimal | None = None
) -> Decimal:
    """Settle open items with a credit of the same party and currency, the earliest due first, each by the same amount.

    Where both were booked at different rates, what they are carried at differs: that is an exchange difference.

    Args:
        ctx: the running command.
        evidence: the document that says so.
        credit: what the party holds; its open amount is negative.
        items: what the party owes.
        most: at most so much; all of the credit without it.

    Returns:
        How much was settled.
    """
    held = -open_of(ctx, credit)
    available = held if most is None else min(most, held)
    settled = settle_in_turn(ctx, evidence, items, available, evidence.posted_on)
    if settled.amount:
        given = settle_item(ctx, evidence, credit, -settled.amount, evidence.posted_on)
        realise_difference(ctx, evidence, credit.side, settled.carried + given, credit.party_id, evidence.posted_on)
    return settled.amount


def settle_item(ctx: Context, payment: Row, item: Row, amount: Decimal, posted_on: date) -> Decimal:
    """Settle a part of an open item by a payment; the caller has seen to it that it is open.

    Args:
        ctx: the running command.
        payment: the document that says so.
        item: the open item.
        amount: the part, in the item's currency.
        posted_on: the posting date.

    Returns:
        What the part was carried at in the company's currency.

    Raises:
        Refused: a part of a foreign item is so small that the books could not tell it from nothing.
    """
    said = ctx.uow.get(foreign_currency.foreign_item, item.id, lock=True)
    carried = amount if said is None else _carried(ctx, item, said, amount)
    ctx.uow.update(tables.open_item, item, open_amount=item.open_amount - carried)
    settlement = ctx.uow.insert(
        tables.settlement,
        open_item_id=item.id,
        document_id=payment.id,
        amount=carried,
        posted_on=posted_on,
        recorded_at=ctx.now,
    )
    if said is not None:
        ctx.uow.update(foreign_currency.foreign_item, said, open_amount=said.open_amount - amount)
        ctx.uow.insert(foreign_currency.foreign_settlement, id=settlement.id, amount=amount)
    if item.document_id != payment.id:
        link(ctx, ctx.uow.need(documents.document, item.document_id), payment, "payment")
    return carried


def _carried(ctx: Context, item: Row, said: Row, amount: Decimal) -> Decimal:
    if amount == said.open_amount:
        return item.open_amount
    carried = rounded(item.open_amount * amount / said.open_amount, ctx.company.currency_decimals)
    if carried in (ZERO, item.open_amount):
        raise Refused("settled_part_too_small", field="amount", amount=amount, currency=said.currency)
    return carried


def _reopen_said(ctx: Context, settlement: Row, mirrored: Row) -> None:
    """A settlement that is taken back leaves its amount open in the item's currency too."""
    taken = ctx.uow.get(foreign_currency.foreign_settlement, settlement.id)
    if taken is not None:
        said = ctx.uow.need(foreign_currency.foreign_item, settlement.open_item_id, lock=True)
        ctx.uow.update(foreign_currency.foreign_item, said, open_amount=said.open_amount + taken.amount)
        ctx.uow.insert(foreign_currency.foreign_settlement, id=mirrored.id, amount=-taken.amount)


def _close_said(ctx: Context, item: Row, mirrored: Row) -> None:
    """The item of a document that is taken back is open for nothing in its currency either."""
    said = ctx.uow.get(foreign_currency.foreign_item, item.id, lock=True)
    if said is not None:
        ctx.uow.update(foreign_currency.foreign_item, said, open_amount=ZERO)
        ctx.uow.insert(foreign_currency.foreign_settlement, id=mirrored.id, amount=said.amount)


def reopen_items(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed payment gives its items back; a reversed invoice or bill closes its own, unless it is partly paid.

    Raises:
        Refused: the document is partly settled.
    """
    for settlement in ctx.uow.where(tables.settlement, "document_id", fact.reverses_id):
        item = ctx.uow.need(tables.open_item, settlement.open_item_id, lock=True)
        ctx.uow.update(tables.open_item, item, open_amount=item.open_amount + settlement.amount)
        mirrored = ctx.uow.insert(
            tables.settlement,
            open_item_id=item.id,
            document_id=fact.document_id,
            amount=-settlement.amount,
            posted_on=fact.posted_on,
            recorded_at=ctx.now,
        )
        _reopen_said(ctx, settlement, mirrored)
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind not in _OPENING_KINDS:
        return
    for item in ctx.uow.where(tables.open_item, "document_id", document.id, lock=True):
        if item.open_amount != item.amount:
            raise Refused("document_partly_settled", number=document.number, open=item.open_amount, amount=item.amount)
        ctx.uow.update(tables.open_item, item, open_amount=ZERO)
        mirrored = ctx.uow.insert(
            tables.settlement,
            open_item_id=item.id,
            document_id=fact.document_id,
            amount=item.amount,
            posted_on=fact.posted_on,
            recorded_at=ctx.now,
        )
        _close_said(ctx, item, mirrored)
