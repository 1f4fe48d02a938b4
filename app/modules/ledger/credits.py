"""What an invoice or a bill is credited with: the amounts of a part, and how a credit settles what is open.

A quantity that was returned is credited at the line's own price less what was allowed off it; an amount is a price allowance
without tax. Parts are taken from the running sum, the last takes what is left, so that all credits together never exceed the
line, nor its tax. A credit is reckoned in the currency of the invoice or bill; the books are credited with the same share of what
they were charged with, so that a line that is wholly credited leaves nothing in either. Which goods were returned is the goods'
side's knowledge, written on the order line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document, lines_of, need_line, new_document, new_line, open_to_credit
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from app.modules.ledger.open_items import currency_of_item, offset_in_turn, open_of
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    said_of,
    say_in_currency,
    say_line,
)
from schemas.commands import trade as commands
from schemas.operational import documents, master_data
from schemas.operational import ledger as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

Credit = commands.IssueCreditNote | commands.IssueDebitNote


@dataclass(frozen=True)
class Credited:
    """What was credited of a line before: goods by quantity and net, allowances by net, and the tax of both."""

    quantity: Decimal
    goods: Decimal
    allowances: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        """All that was credited, without tax."""
        return self.goods + self.allowances


def credited_of(lines: Sequence[Row]) -> Credited:
    """Add up the lines of the credits of one invoice line; one without a quantity is an allowance."""
    goods = [line for line in lines if line.quantity > 0]
    return Credited(
        sum((line.quantity for line in goods), ZERO),
        sum((line.net_amount for line in goods), ZERO),
        sum((line.net_amount for line in lines if line.quantity == 0), ZERO),
        sum((line.tax_amount for line in lines), ZERO),
    )


def goods_credit(line: Row, before: Credited, quantity: Decimal, decimals: int) -> Decimal:
    """The net of a returned quantity: its share of the line's net less allowances, no more than what is left of the line.

    >>> D = Decimal
    >>> line = Row(quantity=D(3), net_amount=D("10.00"))
    >>> goods_credit(line, Credited(D(0), D(0), D(0), D(0)), D(1), 2)
    Decimal('3.33')
    >>> goods_credit(line, Credited(D(1), D("3.33"), D("1.00"), D("0.56")), D(2), 2)
    Decimal('5.67')
    """
    left = line.net_amount - before.net
    upto = before.quantity + quantity
    if upto == line.quantity:
        return left
    share = rounded((line.net_amount - before.allowances) * upto / line.quantity, decimals) - before.goods
    return max(min(share, left), ZERO)


def credit_tax(line: Row, before: Credited, quantity: Decimal, net: Decimal, decimals: int) -> Decimal:
    """The tax of a credit: the line's tax in the share that is credited, from the running sum; the last part takes the rest.

    A line without a net amount shares its tax by quantity.

    >>> D = Decimal
    >>> line = Row(quantity=D(3), net_amount=D("10.00"), tax_amount=D("1.30"))
    >>> credit_tax(line, Credited(D(0), D(0), D(0), D(0)), D(1), D("3.33"), 2)
    Decimal('0.43')
    >>> credit_tax(line, Credited(D(1), D("3.33"), D(0), D("0.43")), D(2), D("6.67"), 2)
    Decimal('0.87')
    """
    upto = before.net + net
    done, whole = (upto, line.net_amount) if line.net_amount != 0 else (before.quantity + quantity, line.quantity)
    if done == whole:
        return line.tax_amount - before.tax
    return rounded(line.tax_amount * done / whole, decimals) - before.tax


def credit_lines(
    ctx: Context, note: Row, invoice: Row, data: Credit, taken_otherwise: Callable[[Row], Decimal] = lambda _: ZERO
) -> Iterator[tuple[Row, Row]]:
    """Write the lines of a credit or debit note, and yield each with the line of the invoice or bill that it credits.

    Args:
        ctx: the running command.
        note: the credit or debit note.
        invoice: the invoice or bill.
        data: the command.
        taken_otherwise: how much of a line's net something else than a credit took up.

    Raises:
        Refused: more is credited than was returned, or than the line has left; or there is nothing to credit.
    """
    lines = lines_of(ctx, invoice)
    asked = data.lines or list(_returned(ctx, lines, DocumentKind(note.kind)))
    if not asked:
        raise Refused("nothing_to_credit", number=invoice.number)
    currency = currency_of(ctx, invoice)
    for number, line in enumerate(asked, start=1):
        source = need_line(invoice, lines, line.line)
        if (line.quantity is None) == (line.amount is None):
            raise Refused("credit_quantity_or_amount", field="lines", line=line.line)
        yield _credit_line(ctx, note, number, source, line, taken_otherwise(source), currency), source


def _returned(ctx: Context, lines: dict[int, Row], kind: DocumentKind) -> Iterator[commands.CreditLine]:
    """What of each line was returned and is not credited, no more than the line has left; lines may share an order line."""
    given: dict[int, Decimal] = {}
    for row in lines.values():
        if row.kind != "item" or row.source_line_id is None:
            continue
        order_line = ctx.uow.need(documents.document_line, row.source_line_id, lock=True)
        left = row.quantity - credited_of(posted_children(ctx, row, kind)).quantity
        quantity = min(open_to_credit(order_line) - given.get(order_line.id, ZERO), left)
        if quantity > 0:
            given[order_line.id] = given.get(order_line.id, ZERO) + quantity
            yield commands.CreditLine(line=row.line, quantity=quantity)


def _credit_line(
    ctx: Context,
    note: Row,
    number: int,
    source: Row,
    line: commands.CreditLine,
    taken: Decimal,
    currency: DocumentCurrency,
) -> Row:
    noted = posted_children(ctx, source, DocumentKind(note.kind))
    said = said_of(ctx, currency, source)
    before = credited_of([said_of(ctx, currency, row) for row in noted])
    quantity = line.quantity or ZERO
    if line.quantity is not None:
        _take_returned(ctx, source, before, line.quantity)
        net = goods_credit(said, before, line.quantity, currency.decimals)
    else:
        net = rounded(line.amount or ZERO, currency.decimals)
        if taken:
            taken = rounded(taken * said.net_amount / source.net_amount, currency.decimals)
        left = said.net_amount - before.net - taken
        if net > left or net == 0:
            raise Refused("credit_exceeds_line", field="amount", line=source.line, amount=net, open=left)
    tax = credit_tax(said, before, quantity, net, currency.decimals)
    booked = credited_of(noted)
    home = ctx.company.currency_decimals
    row = new_line(
        ctx,
        note,
        number,
        kind=source.kind,
        item_id=source.item_id,
        description=source.description,
        quantity=quantity,
        unit_id=source.unit_id,
        unit_price=source.unit_price,
        discount_rate=source.discount_rate,
        tax_code_id=source.tax_code_id,
        net_amount=_share(source.net_amount, booked.net, said.net_amount, before.net + net, home),
        tax_amount=_share(source.tax_amount, booked.tax, said.tax_amount, before.tax + tax, home),
        source_line_id=source.id,
    )
    say_line(ctx, row, currency, unit_price=said.unit_price, net=net, tax=tax, net_at_order_rate=row.net_amount)
    return row


def _share(charged: Decimal, before: Decimal, said: Decimal, upto: Decimal, decimals: int) -> Decimal:
    """The next part of what the books were charged with, where credits come to so much of what the document said.

    >>> D = Decimal
    >>> _share(D("71.55"), D(0), D("10.00"), D("3.33"), 2), _share(D("71.55"), D("23.83"), D("10.00"), D("10.00"), 2)
    (Decimal('23.83'), Decimal('47.72'))
    """
    return (charged if upto == said else rounded(charged * upto / said, decimals)) - before


def _take_returned(ctx: Context, source: Row, before: Credited, quantity: Decimal) -> None:
    """Note a quantity as credited on the order line.

    Raises:
        Refused: as much was not returned, or the line has no goods.
    """
    if source.kind != "item" or source.source_line_id is None:
        raise Refused("charge_by_amount", field="quantity", line=source.line)
    order_line = ctx.uow.need(documents.document_line, source.source_line_id, lock=True)
    left = min(open_to_credit(order_line), source.quantity - before.quantity)
    if quantity > left:
        item = ctx.uow.need(master_data.item, source.item_id)
        raise Refused("more_than_returned", field="quantity", item=item.code, quantity=quantity, open=left)
    credited = order_line.credited_quantity + quantity
    ctx.uow.update(documents.document_line, order_line, credited_quantity=credited)


def uncredit_lines(ctx: Context, note: Row) -> Iterator[tuple[Row, Row]]:
    """Take a reversed note's quantities off the order lines, and yield its goods lines with those."""
    for line in lines_of(ctx, note).values():
        if line.quantity > 0 and line.kind == "item":
            source = ctx.uow.need(documents.document_line, line.source_line_id)
            order_line = ctx.uow.need(documents.document_line, source.source_line_id, lock=True)
            credited = order_line.credited_quantity - line.quantity
            ctx.uow.update(documents.document_line, order_line, credited_quantity=credited)
            yield line, order_line


def refuse_if_credited(ctx: Context, invoice: Row, kind: DocumentKind) -> None:
    """Refuse to take an invoice or bill back that a posted note credits.

    Raises:
        Refused: one does.
    """
    if any(posted_children(ctx, line, kind) for line in lines_of(ctx, invoice).values()):
        raise Refused("document_credited", number=invoice.number)


@handles(commands.ApplyCredit, permission="ledger.credit.apply")
def apply_credit(ctx: Context, data: commands.ApplyCredit) -> Outcome:
    """Settle an invoice or bill with a credit that the same party holds; only a difference of rates changes the ledger."""
    (credit, *_), items = (_open_items_of(ctx, reference) for reference in (data.credit, data.document))
    item, due = items[0], sum((open_of(ctx, row) for row in items), ZERO)
    currency = currency_of_item(ctx, credit)
    same = (credit.party_id, credit.side, currency) == (item.party_id, item.side, currency_of_item(ctx, item))
    if not same or credit.open_amount >= 0 or due <= 0:
        raise Refused("credit_does_not_fit", field="credit")
    posted_on = data.posted_on or ctx.today
    applied_in = currency_on(ctx, currency, posted_on)
    left = min(-open_of(ctx, credit), due)
    amount = left if data.amount is None else rounded(data.amount, applied_in.decimals)
    if amount > left or amount == 0:
        raise Refused("credit_too_large", field="amount", amount=amount, open=left)
    at_rate = applied_in.at_rate(amount)
    document = new_document(
        ctx,
        DocumentKind.CREDIT_APPLICATION,
        DocumentState.POSTED,
        party_id=item.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        net_amount=at_rate,
        total_amount=at_rate,
    )
    say_in_currency(ctx, document, applied_in, amount, ZERO)
    offset_in_turn(ctx, document, credit, items, amount)
    return Outcome("receipt.posted", document)


def _open_items_of(ctx: Context, reference: int | str) -> list[Row]:
    document = find_document(ctx, reference)
    rows = ctx.uow.where(tables.open_item, "document_id", document.id, lock=True)
    if not rows:
        raise Refused("no_open_item", field="document", number=document.number)
    return rows
