"""Handlers of quotations: prices that hold for a customer until a day, and the sales orders that are given on them.

A quotation posts nothing, and reserves only what it is asked to hold. It may be ordered in several parts; each order takes the
prices and discounts that were quoted, in the quotation's currency at the rate of its own day. What an order that is cancelled had
taken is open on its quotation again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.kernel.approvals import prepare_standing
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of, currency_on, said_of
from app.modules.master_data.terms import delivery_terms, party_with_role
from app.modules.sales.direct_lines import direct_supplier
from app.modules.sales.foreign_lines import say_sums, write_priced
from app.modules.sales.freight import (
    charges_taxed,
    free_quoted_freight,
    freight_of,
    priced_charges,
    with_freight,
    write_charges,
)
from app.modules.sales.handlers import CONFIRMING, book_order, new_lines, price_lines
from app.modules.sales.line_prices import PricedLine, keep_reasons, priced_line, write_part
from app.modules.sales.promises import prepare_promises
from app.modules.sales.promotions import (
    Buying,
    coupons_named,
    drawn_by,
    drawn_in_force,
    for_goods,
    freeing_freight,
    hold_tallies,
    keep_coupons,
    order_coupons,
    order_reasons,
    settle_uses,
    take_promotions,
)
from app.modules.sales.quoted import follow_quotation, left_of
from app.modules.sales.reserving import end_quotation_hold, hold_longer
from schemas.commands import sales as commands
from schemas.commands.trade import OrderLine
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_DAYS_VALID: Final = 30
_LINK: Final = "order"


@handles(commands.CreateQuotation, permission="sales.quotation.write")
def create_quotation(ctx: Context, data: commands.CreateQuotation) -> Outcome:
    """Offer goods to a customer; prices default to his price list and hold for 30 days unless a day is given."""
    customer = party_with_role(ctx, data.customer, "customer")
    on = data.document_on or ctx.today
    until = data.valid_until or on + timedelta(days=_DAYS_VALID)
    _need_later(until, on)
    coupons = coupons_named(ctx, data.coupons)
    currency = currency_on(ctx, data.currency or customer.currency, on)
    lines = price_lines(ctx, customer, data.lines, on, currency, due_on=until)
    lines |= take_promotions(ctx, Buying(customer, on, currency, data.channel, coupons=for_goods(ctx, coupons)), lines)
    quotation = new_document(
        ctx,
        DocumentKind.QUOTATION,
        DocumentState.CONFIRMED if data.send else DocumentState.DRAFT,
        party_id=customer.id,
        document_on=on,
        due_on=until,
        channel=data.channel,
        external_number=data.external_number,
        note=data.note,
        **delivery_terms(customer, data),
    )
    rows = new_lines(ctx, quotation, lines, currency)
    keep_reasons(ctx, quotation, lines, coupons={key: row.id for key, row in coupons.items()})
    keep_coupons(ctx, quotation, coupons)
    add_totals(ctx, quotation, sum((r.net_amount for r in rows), ZERO), sum((r.tax_amount for r in rows), ZERO))
    return Outcome("receipt.created_document", quotation)


@handles(commands.QuotationAction, permission="sales.quotation.write")
def send_quotation(ctx: Context, data: commands.QuotationAction) -> Outcome:
    """Say that a draft was sent to the customer: from now on its prices hold."""
    quotation = find_document(ctx, data.quotation, DocumentKind.QUOTATION)
    need_state(quotation, DocumentState.DRAFT)
    _need_later(quotation.due_on, ctx.today)
    ctx.uow.update(documents.document, quotation, state=DocumentState.CONFIRMED.value)
    return Outcome("receipt.state_changed", quotation, {"state": DocumentState.CONFIRMED.value})


@handles(commands.RenewQuotation, permission="sales.quotation.write")
def renew_quotation(ctx: Context, data: commands.RenewQuotation) -> Outcome:
    """Let the prices of a sent quotation hold longer."""
    quotation = find_document(ctx, data.quotation, DocumentKind.QUOTATION)
    need_state(quotation, DocumentState.CONFIRMED)
    _need_later(data.valid_until, max(ctx.today, quotation.due_on))
    hold_longer(ctx, quotation, data.valid_until)
    ctx.uow.update(documents.document, quotation, due_on=data.valid_until)
    return Outcome("receipt.changed", quotation, {"what": "quotation", "code": quotation.number})


@handles(commands.DeclineQuotation, permission="sales.quotation.write")
def decline_quotation(ctx: Context, data: commands.DeclineQuotation) -> Outcome:
    """Record why the customer wants no more of a quotation; one that was ordered in part is closed, another cancelled."""
    quotation = find_document(ctx, data.quotation, DocumentKind.QUOTATION)
    need_state(quotation, DocumentState.DRAFT, DocumentState.CONFIRMED)
    lines = lines_of(ctx, quotation).values()
    end_quotation_hold(ctx, quotation)
    for line in lines:
        ctx.uow.update(documents.document_line, line, closed=True)
    ordered = any(line.fulfilled_quantity > 0 for line in lines)
    state = DocumentState.CLOSED if ordered else DocumentState.CANCELLED
    note = "\n".join(part for part in (quotation.note, data.reason) if part)
    ctx.uow.update(documents.document, quotation, state=state.value, note=note)
    return Outcome("receipt.state_changed", quotation, {"state": state.value})


@handles(commands.AcceptQuotation, permission="sales.order.write")
def accept_quotation(ctx: Context, data: commands.AcceptQuotation) -> Outcome:
    """Make the sales order that a customer gives on a quotation whose prices still hold."""
    quotation = find_document(ctx, data.quotation, DocumentKind.QUOTATION)
    need_state(quotation, DocumentState.CONFIRMED)
    on = data.document_on or ctx.today
    if quotation.due_on < on:
        raise Refused("quotation_lapsed", number=quotation.number, until=quotation.due_on)
    quoted_in, quoted = currency_of(ctx, quotation), lines_of(ctx, quotation)
    currency = currency_on(ctx, quoted_in.code, on)
    wanted = data.lines or [
        commands.AcceptedLine(line=row.line, quantity=left_of(row)) for row in quoted.values() if left_of(row) > 0
    ]
    if not wanted:
        raise Refused("nothing_open", number=quotation.number)
    customer = ctx.uow.need(master_data.party, quotation.party_id)
    reasons, coupons = order_reasons(ctx, quotation), order_coupons(ctx, quotation)
    if data.confirm:
        prepare_standing(ctx, CONFIRMING, customer.id)
    said = {number: said_of(ctx, quoted_in, line) for number, line in quoted.items()}
    buying = Buying(customer, on, currency, data.channel, None, coupons, typed=False)
    lines = _ordered_lines(ctx, quotation, said, wanted, data.due_on or on, reasons, buying)
    taxed = charges_taxed(customer, (line.values["tax_code_id"] for line in lines.values()))
    charges = priced_charges(ctx, data.charges, currency, taxed)
    hold_tallies(ctx, {*drawn_in_force(ctx, quotation), *(freeing_freight(ctx) if freight_of(charges) else ())})
    free_quoted_freight(ctx, buying, lines, charges)
    if data.confirm:
        goods = [(line.values["item_id"], line.values["quantity"]) for line in lines.values()]
        prepare_promises(ctx, goods, reserves=data.reserve)
    order = new_document(
        ctx,
        DocumentKind.SALES_ORDER,
        DocumentState.DRAFT,
        party_id=customer.id,
        document_on=on,
        due_on=data.due_on,
        channel=data.channel,
        priority=5,
        external_number=data.external_number,
        note=data.note,
        incoterm=quotation.incoterm,
        incoterm_place=quotation.incoterm_place,
    )
    link(ctx, quotation, order, _LINK)
    rows = []
    for number, accepted in enumerate(wanted, start=1):
        line = quoted[accepted.line]
        origin = {"source_line_id": line.id, "supplier_id": direct_supplier(ctx, line.item_id)}
        rows.append(write_priced(ctx, order, number, lines[number].values, currency, **origin))
        ctx.uow.update(documents.document_line, line, fulfilled_quantity=line.fulfilled_quantity + accepted.quantity)
    rows += write_charges(ctx, order, charges, currency, first=len(rows) + 1)
    say_sums(ctx, order, currency, [*lines.values(), *charges])
    reasoned = with_freight(lines, charges)
    drawn = drawn_by(reasoned.values(), coupons, currency)
    used = {key: coupon for key, coupon in coupons.items() if key in drawn}
    keep_reasons(ctx, order, reasoned, coupons={key: row.id for key, row in used.items()})
    keep_coupons(ctx, order, used)
    settle_uses(ctx, order, drawn)
    follow_quotation(ctx, quotation)
    return book_order(ctx, order, rows, confirm=data.confirm, reserve=data.reserve)


def _ordered_lines(
    ctx: Context,
    quotation: Row,
    quoted: dict[int, Row],
    wanted: Sequence[commands.AcceptedLine],
    due_on: date,
    reasons: Mapping[int, list[Row]],
    buying: Buying,
) -> dict[int, PricedLine]:
    """The lines of an order that is given on a quotation, by number; nothing is written.

    Raises:
        Refused: a line is unknown, or more is ordered than is left of it.
    """
    numbers = {accepted.line: number for number, accepted in enumerate(wanted, start=1)}
    taken: dict[int, Decimal] = defaultdict(lambda: ZERO)
    lines = dict[int, PricedLine]()
    for number, accepted in enumerate(wanted, start=1):
        row = need_line(quotation, quoted, accepted.line)
        line = Row({**row, "fulfilled_quantity": row.fulfilled_quantity + taken[row.line]})
        terms = (buying.on, due_on, reasons.get(row.line, []), numbers, buying.currency)
        lines[number] = _ordered(ctx, buying.customer, line, accepted, *terms)
        taken[row.line] += accepted.quantity
    return lines


def _ordered(
    ctx: Context,
    customer: Row,
    quoted: Row,
    accepted: commands.AcceptedLine,
    on: date,
    due_on: date,
    reasons: list[Row],
    numbers: Mapping[int, int],
    currency: DocumentCurrency,
) -> PricedLine:
    """A part of a quoted line, at what was quoted for it and for its reasons.

    Raises:
        Refused: more is ordered than is left of the line.
    """
    item = ctx.uow.need(master_data.item, quoted.item_id)
    if accepted.quantity > left_of(quoted):
        raise Refused(
            "more_than_quoted", field="quantity", item=item.code, quantity=accepted.quantity, open=left_of(quoted)
        )
    tax = ctx.uow.get(master_data.tax_code, quoted.tax_code_id) if quoted.tax_code_id is not None else None
    line = OrderLine(
        item=item.code,
        quantity=accepted.quantity,
        unit_price=quoted.unit_price,
        discount_rate=quoted.discount_rate,
        tax_code=tax.code if tax is not None else None,
        tax_amount=quoted.tax_amount if accepted.quantity == quoted.quantity else None,
        due_on=accepted.due_on,
    )
    priced = priced_line(ctx, customer, line, on, currency, due_on=due_on)
    if reasons:
        bought = next((row.bought_line for row in reasons if row.bought_line is not None), None)
        number = numbers.get(bought) if bought is not None else None
        write_part(priced, quoted, reasons, currency.decimals, bought_line=number)
    return priced


def _need_later(until: date, than: date) -> None:
    if until < than:
        raise Refused("valid_until_past", field="valid_until", until=until, day=than)
