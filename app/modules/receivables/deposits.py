"""Handlers of deposits: money from a customer for a sales order before its invoice."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.modules.ledger.prepayments import SELLING, apply_by_hand
from schemas.commands import trade as commands


@handles(commands.ApplyDeposit, permission="receivables.payment.write")
def apply_deposit(ctx: Context, data: commands.ApplyDeposit) -> Outcome:
    """Apply what is left of a deposit to another invoice of the same customer."""
    payment, invoice, applied = apply_by_hand(ctx, SELLING, data.payment, data.invoice, data.amount)
    return Outcome("receipt.prepayment_applied", invoice, {"payment": payment.number, "amount": applied})
