"""Handler of debit notes to suppliers: for goods that went back billed, or as a price reduction after the bill.

Goods that went back stand as a claim in goods received not invoiced; a debit note takes the claim up at what the goods were
received at, and the difference to the billed price is a variance, as the stock's value beyond the receipt was when they went. A
price reduction joins the stock that is still there, like any late price. All of it is at the rate of the bill; what that differs by
from the rate of the receipts takes back a part of the bill's exchange difference.
"""

from __future__ import annotations

from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, find_document, follow_lines, link, need_state, new_document, order_behind
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.late_cost import LateCost, join_stock
from app.modules.inventory.returns import outstanding
from app.modules.inventory.stock import inventory_role
from app.modules.ledger.credits import credit_lines, uncredit_lines
from app.modules.ledger.open_items import open_credit
from app.modules.master_data.currencies import DocumentCurrency, currency_of, said_of, say_in_currency, total_said
from app.modules.payables.at_order_rate import at_order_rate
from app.modules.payables.landed_cost import landed_of
from app.modules.purchasing.received import claimed_of, clear_claims, receipts_of, reopen_claims
from schemas.commands import trade as commands
from schemas.facts import DocumentReversed, FactLine, SupplierDebited
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, split_proportionally


@handles(commands.IssueDebitNote, permission="payables.debit.write")
def issue_debit_note(ctx: Context, data: commands.IssueDebitNote) -> Outcome:
    """Debit a supplier against his bill, and settle what is open of it."""
    bill = find_document(ctx, data.bill, DocumentKind.SUPPLIER_BILL)
    need_state(bill, DocumentState.POSTED)
    posted_on = data.posted_on or ctx.today
    note = new_document(
        ctx,
        DocumentKind.DEBIT_NOTE,
        DocumentState.POSTED,
        party_id=bill.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        reason_code=data.reason.value if data.reason else None,
        note=data.note,
    )
    link(ctx, bill, note, "credit")
    lines = credit_lines(ctx, note, bill, data, lambda source: landed_of(ctx, source))
    currency = currency_of(ctx, bill)
    written = list(lines)
    facts = [_fact_line(ctx, note, line, source, currency) for line, source in written]
    net = sum((f.amounts["gross"] - f.amounts["tax"] for f in facts), ZERO)
    tax = sum((f.amounts["tax"] for f in facts), ZERO)
    add_totals(ctx, note, net, tax)
    said = [said_of(ctx, currency, line) for line, _ in written]
    say_in_currency(
        ctx,
        note,
        currency,
        sum((line.net_amount for line in said), ZERO),
        sum((line.tax_amount for line in said), ZERO),
    )
    ctx.emit(SupplierDebited(note.id, posted_on, tuple(facts), data.external_number))
    settled = open_credit(ctx, note, bill, side="payable", settle=data.settle)
    follow_lines(ctx, order_behind(ctx, bill))
    return Outcome("receipt.credited", note, {"settled": settled, "credit": total_said(ctx, note) - settled})


def _fact_line(ctx: Context, note: Row, line: Row, source: Row, currency: DocumentCurrency) -> FactLine:
    amounts = {"tax": line.tax_amount, "gross": line.net_amount + line.tax_amount}
    if line.kind == "charge":
        return FactLine({**amounts, "charge": line.net_amount}, party_id=note.party_id)
    item = ctx.uow.need(master_data.item, line.item_id)
    order_line = ctx.uow.need(documents.document_line, source.source_line_id, lock=True)
    if line.quantity > 0:
        claimed = claimed_of(ctx, order_line)
        if line.quantity > claimed:
            raise Refused("more_than_returned", field="quantity", item=item.code, quantity=line.quantity, open=claimed)
        accrued = clear_claims(ctx, order_line, line.quantity)
        ctx.uow.update(documents.document_line, line, stock_value=accrued)
        cost = at_order_rate(ctx, order_line, line, currency).cost(accrued)
        amounts |= {"accrued": accrued, "variance": cost - accrued, "exchange": line.net_amount - cost}
    else:
        less = at_order_rate(ctx, order_line, line, currency).net
        from_stock = -_reduce_stock(ctx, note, item, order_line, line, less)
        amounts |= {
            "stock_adjustment": from_stock,
            "variance": less - from_stock,
            "exchange": line.net_amount - less,
        }
    return FactLine(amounts, {"inventory": inventory_role(ctx, item)}, note.party_id)


def _reduce_stock(ctx: Context, note: Row, item: Row, order_line: Row, line: Row, less: Decimal) -> Decimal:
    """Take a price reduction off the stock of the receipts that are billed, and return what joined it, negative."""
    receipts = [row for row in receipts_of(ctx, order_line) if row.invoiced_quantity > 0]
    if not receipts:
        return ZERO
    weights = [row.invoiced_quantity for row in receipts]
    shares = split_proportionally(-less, weights, ctx.company.currency_decimals)
    costs = [LateCost(row, share, outstanding(ctx, row)) for row, share in zip(receipts, shares, strict=True)]
    return join_stock(ctx, note, item, costs, note.posted_on, line_id=line.id)


def undo_debit_note(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed debit note leaves the claims open again."""
    note = ctx.uow.need(documents.document, fact.reverses_id)
    if note.kind == DocumentKind.DEBIT_NOTE:
        for line, order_line in uncredit_lines(ctx, note):
            reopen_claims(ctx, order_line, line.quantity, line.stock_value)
            follow_lines(ctx, ctx.uow.need(documents.document, order_line.document_id, lock=True))
