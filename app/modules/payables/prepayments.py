"""Handlers of prepayments to suppliers: money paid against a purchase order before its bill."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.modules.ledger.prepayments import BUYING, apply_by_hand
from schemas.commands import trade as commands


@handles(commands.ApplyPrepayment, permission="payables.payment.write")
def apply_prepayment(ctx: Context, data: commands.ApplyPrepayment) -> Outcome:
    """Apply what is left of a prepayment to another bill of the same supplier."""
    payment, bill, applied = apply_by_hand(ctx, BUYING, data.payment, data.bill, data.amount)
    return Outcome("receipt.prepayment_applied", bill, {"payment": payment.number, "amount": applied})
