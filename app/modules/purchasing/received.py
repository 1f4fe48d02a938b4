"""What was received and is neither billed nor sent back: how bills and returns clear it, and how it is opened again.

The value stands in goods received not invoiced at what each receipt was booked with. Clearing takes the oldest receipts first;
the last part of a receipt takes what is left of its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import posted_children
from schemas.operational import documents
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO, rounded


@dataclass(frozen=True)
class Cleared:
    """What is taken from one receipt: the quantity, and the value it was booked with."""

    receipt_line: Row
    quantity: Decimal
    value: Decimal


def receipts_of(ctx: Context, order_line: Row) -> list[Row]:
    """The lines of posted receipts of an order line, the oldest first."""
    return posted_children(ctx, order_line, DocumentKind.GOODS_RECEIPT)


def unbilled_of(ctx: Context, order_line: Row) -> Decimal:
    """How much of an order line was received and is neither billed nor sent back."""
    return sum((row.quantity - row.invoiced_quantity for row in receipts_of(ctx, order_line)), ZERO)


def clear_receipts(ctx: Context, order_line: Row, quantity: Decimal, *, first: Row | None = None) -> list[Cleared]:
    """Take a quantity from the receipts of an order line at the value they were booked with.

    Args:
        ctx: the running command.
        order_line: whose receipts.
        quantity: no more than is unbilled.
        first: the receipt line that is taken from before the others, which follow by age.
    """
    cleared: list[Cleared] = []
    wanted = quantity
    rows = receipts_of(ctx, order_line)
    for row in sorted(rows, key=lambda r: (first is not None and r.id != first.id, r.id)):
        taken = min(wanted, row.quantity - row.invoiced_quantity)
        if taken <= 0:
            continue
        left = row.net_amount - row.invoiced_amount
        whole = taken == row.quantity - row.invoiced_quantity
        share = left if whole else rounded(row.net_amount * taken / row.quantity, ctx.company.currency_decimals)
        ctx.uow.update(
            documents.document_line,
            row,
            invoiced_quantity=row.invoiced_quantity + taken,
            invoiced_amount=row.invoiced_amount + share,
        )
        cleared.append(Cleared(row, taken, share))
        wanted -= taken
    assert wanted == 0, f"receipts lack {wanted}"
    return cleared


def reopen_receipts(ctx: Context, order_line: Row, quantity: Decimal, value: Decimal) -> None:
    """Give receipts back what was cleared of them: the quantity of the newest first, and exactly the value that was cleared.

    Other receipts than those that were cleared may be the ones that are open again; what their shares differ by from the value, a
    part of a minor unit, stays with one that is still cleared.
    """
    left, returned = quantity, ZERO
    rows = receipts_of(ctx, order_line)
    for row in reversed(rows):
        taken = min(left, row.invoiced_quantity)
        if taken <= 0:
            continue
        remaining = row.invoiced_quantity - taken
        amount = rounded(row.net_amount * remaining / row.quantity, ctx.company.currency_decimals)
        returned += row.invoiced_amount - amount
        ctx.uow.update(documents.document_line, row, invoiced_quantity=remaining, invoiced_amount=amount)
        left -= taken
    still_cleared = next((row for row in rows if row.invoiced_quantity > 0), None)
    if still_cleared is not None and returned != value:
        amount = still_cleared.invoiced_amount + returned - value
        ctx.uow.update(documents.document_line, still_cleared, invoiced_amount=amount)


def claimed_of(ctx: Context, order_line: Row) -> Decimal:
    """How much of an order line went back billed and is not debited."""
    return sum((whole - row.credited_quantity for row, whole, _ in _claims(ctx, order_line)), ZERO)


def clear_claims(ctx: Context, order_line: Row, quantity: Decimal) -> Decimal:
    """Take a quantity from the claims that returns of billed goods left, the oldest first, and return its value."""
    decimals = ctx.company.currency_decimals
    wanted, cleared = quantity, ZERO
    for row, whole, amount in _claims(ctx, order_line):
        taken = min(wanted, whole - row.credited_quantity)
        if taken <= 0:
            continue
        credited = row.credited_quantity + taken
        share = row.net_amount - row.invoiced_amount
        if credited < whole:
            left = amount - rounded(amount * credited / whole, decimals)
            share -= left
        ctx.uow.update(
            documents.document_line, row, credited_quantity=credited, invoiced_amount=row.invoiced_amount + share
        )
        cleared += share
        wanted -= taken
    assert wanted == 0, f"claims lack {wanted}"
    return cleared


def reopen_claims(ctx: Context, order_line: Row, quantity: Decimal, value: Decimal) -> None:
    """Open again what a debit note took from claims: the quantity of the newest first, and exactly the value that was taken."""
    decimals = ctx.company.currency_decimals
    left, returned = quantity, ZERO
    claims = _claims(ctx, order_line)
    for row, whole, amount in reversed(claims):
        taken = min(left, row.credited_quantity)
        if taken <= 0:
            continue
        remaining = row.credited_quantity - taken
        cleared = row.net_amount - amount + rounded(amount * remaining / whole, decimals)
        returned += row.invoiced_amount - cleared
        ctx.uow.update(documents.document_line, row, credited_quantity=remaining, invoiced_amount=cleared)
        left -= taken
    still_cleared = next((row for row, _, _ in claims if row.credited_quantity > 0), None)
    if still_cleared is not None and returned != value:
        amount = still_cleared.invoiced_amount + returned - value
        ctx.uow.update(documents.document_line, still_cleared, invoiced_amount=amount)


def _claims(ctx: Context, order_line: Row) -> list[tuple[Row, Decimal, Decimal]]:
    """The lines that sent billed goods of an order line back, oldest first, each with the quantity and the value of its claim."""
    decimals = ctx.company.currency_decimals
    found: list[tuple[Row, Decimal, Decimal]] = []
    for received in receipts_of(ctx, order_line):
        for row in posted_children(ctx, received, DocumentKind.SUPPLIER_RETURN):
            whole = row.quantity - row.invoiced_quantity
            if whole > 0:
                found.append((row, whole, rounded(received.net_amount * whole / received.quantity, decimals)))
    return sorted(found, key=lambda claim: claim[0].id)
