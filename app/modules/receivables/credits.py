"""Handler of credit notes to customers: for goods that came back, or as an allowance on the price or on a charge.

It is reckoned in the currency of the invoice, and the books take the same share of what they were charged with.
"""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, find_document, follow_lines, link, need_state, new_document, order_behind
from app.modules.ledger.credits import credit_lines, uncredit_lines
from app.modules.ledger.open_items import open_credit
from app.modules.master_data.currencies import currency_of, say_in_currency, sums_said, total_said
from schemas.commands import trade as commands
from schemas.facts import CustomerCredited, DocumentReversed, FactLine
from schemas.operational import documents
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO


@handles(commands.IssueCreditNote, permission="receivables.credit.write")
def issue_credit_note(ctx: Context, data: commands.IssueCreditNote) -> Outcome:
    """Credit a customer against an invoice, and settle what is open of it."""
    invoice = find_document(ctx, data.invoice, DocumentKind.CUSTOMER_INVOICE)
    need_state(invoice, DocumentState.POSTED)
    posted_on = data.posted_on or ctx.today
    note = new_document(
        ctx,
        DocumentKind.CREDIT_NOTE,
        DocumentState.POSTED,
        party_id=invoice.party_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        reason_code=data.reason.value if data.reason else None,
        note=data.note,
    )
    link(ctx, invoice, note, "credit")
    facts, currency = [], currency_of(ctx, invoice)
    lines = [line for line, _ in credit_lines(ctx, note, invoice, data)]
    for line in lines:
        name = "charge" if line.kind == "charge" else "net"
        amounts = {name: line.net_amount, "tax": line.tax_amount, "gross": line.net_amount + line.tax_amount}
        facts.append(FactLine(amounts, party_id=note.party_id))
    net = sum((f.amounts.get("net", ZERO) + f.amounts.get("charge", ZERO) for f in facts), ZERO)
    tax = sum((f.amounts["tax"] for f in facts), ZERO)
    add_totals(ctx, note, net, tax)
    say_in_currency(ctx, note, currency, *sums_said(ctx, currency, lines))
    ctx.emit(CustomerCredited(note.id, posted_on, tuple(facts), data.external_number))
    settled = open_credit(ctx, note, invoice, side="receivable", settle=data.settle)
    follow_lines(ctx, order_behind(ctx, invoice))
    return Outcome("receipt.credited", note, {"settled": settled, "credit": total_said(ctx, note) - settled})


def undo_credit_note(ctx: Context, fact: DocumentReversed) -> None:
    """A reversed credit note leaves what was returned to be credited again."""
    note = ctx.uow.need(documents.document, fact.reverses_id)
    if note.kind == DocumentKind.CREDIT_NOTE:
        for _, order_line in uncredit_lines(ctx, note):
            follow_lines(ctx, ctx.uow.need(documents.document, order_line.document_id, lock=True))
