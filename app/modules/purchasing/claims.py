"""Handlers of claims on suppliers: goods that were short, damaged, wrong or too many, what is asked, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from schemas.commands import purchasing as commands
from schemas.operational import documents, master_data
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded

_WRITE = "purchasing.claim.write"
_BUYER: Final = "clerk"
DEFECTIVE: Final = "defective"


@dataclass(frozen=True)
class Fault:
    """What is wrong with the goods of an order line, and what is asked for it."""

    order_line: Row
    quantity: Decimal
    reason: str
    remedy: str
    note: str | None = None


@handles(commands.CreateSupplierClaim, permission=_WRITE)
def create_supplier_claim(ctx: Context, data: commands.CreateSupplierClaim) -> Outcome:
    """Claim goods of an order by hand, whether they were received or sent back at the gate."""
    order = find_document(ctx, data.order, DocumentKind.PURCHASE_ORDER)
    need_state(order, DocumentState.CONFIRMED, DocumentState.CLOSED)
    order_lines = lines_of(ctx, order)
    faults = [
        Fault(need_line(order, order_lines, line.line), line.quantity, line.reason, line.remedy, line.note)
        for line in data.lines
    ]
    claim = open_claim(
        ctx, order, faults, data.document_on or ctx.today, external_number=data.external_number, note=data.note
    )
    return Outcome("receipt.created_document", claim)


def open_claim(
    ctx: Context,
    origin: Row,
    faults: Sequence[Fault],
    on: date,
    *,
    external_number: str | None = None,
    note: str | None = None,
) -> Row:
    """Add a claim, valued at the order's prices, and put it into the inbox of those who buy.

    Args:
        ctx: the running command.
        origin: the receipt that found the faults, or the order.
        faults: what is wrong, at least one.
        on: the day of the claim.
        external_number: the supplier's number for it.
        note: what a person says about it.
    """
    claim = new_document(
        ctx,
        DocumentKind.SUPPLIER_CLAIM,
        DocumentState.OPEN,
        party_id=origin.party_id,
        document_on=on,
        external_number=external_number,
        note=note,
    )
    link(ctx, origin, claim, "claim")
    net = ZERO
    for number, fault in enumerate(faults, start=1):
        line = fault.order_line
        value = rounded(fault.quantity * line.unit_price * (ONE - line.discount_rate), ctx.company.currency_decimals)
        row = new_line(
            ctx,
            claim,
            number,
            item_id=line.item_id,
            description=fault.note,
            quantity=fault.quantity,
            unit_id=line.unit_id,
            unit_price=line.unit_price,
            discount_rate=line.discount_rate,
            net_amount=value,
            source_line_id=line.id,
        )
        ctx.uow.insert(tables.claim_line, document_line_id=row.id, reason=fault.reason, remedy=fault.remedy)
        net += value
    add_totals(ctx, claim, net, ZERO)
    announce_claim(ctx, claim, len(faults))
    return claim


def announce_claim(ctx: Context, claim: Row, line_count: int) -> None:
    """Put a claim into the inbox of those who buy."""
    supplier = ctx.uow.need(master_data.party, claim.party_id)
    put_into_inbox(
        ctx,
        source=_source(claim),
        kind="supplier_claim",
        severity="warning",
        facts={
            "kind": claim.kind,
            "party": supplier.name,
            "count": line_count,
            "amount": claim.net_amount,
            "currency": claim.currency,
        },
        role=_BUYER,
        document_id=claim.id,
    )


@handles(commands.SettleSupplierClaim, permission=_WRITE)
def settle_supplier_claim(ctx: Context, data: commands.SettleSupplierClaim) -> Outcome:
    """Settle an open claim: replaced, credited, refused or withdrawn; what is accepted of a warranty claim is booked instead."""
    claim = find_document(ctx, data.claim, DocumentKind.SUPPLIER_CLAIM)
    need_state(claim, DocumentState.OPEN)
    if data.outcome == "credited" and is_of_warranty(ctx, claim):
        raise Refused("warranty_claim_accepted", field="outcome", number=claim.number)
    settled_on = data.settled_on or ctx.today
    if settled_on < claim.document_on:
        raise Refused("settled_before_claim", field="settled_on", number=claim.number, document_on=claim.document_on)
    end_claim(ctx, claim, data.outcome, settled_on, data.note)
    return Outcome("receipt.state_changed", claim, {"state": DocumentState.SETTLED.value})


def withdraw_claims_of(ctx: Context, receipt: Row, on: date) -> None:
    """Claims that a receipt opened and nobody has settled end with the receipt."""
    for row in ctx.uow.where(documents.document_link, "from_id", receipt.id):
        claim = ctx.uow.need(documents.document, row.to_id, lock=True)
        if row.kind == "claim" and claim.state == DocumentState.OPEN:
            end_claim(ctx, claim, "withdrawn", max(on, claim.document_on), receipt.number)


def is_of_warranty(ctx: Context, claim: Row) -> bool:
    """Whether a claim is about what proved defective later, and not about a delivery."""
    return any(
        row.reason == DEFECTIVE
        for line in lines_of(ctx, claim).values()
        for row in ctx.uow.where(tables.claim_line, "document_line_id", line.id)
    )


def end_claim(ctx: Context, claim: Row, outcome: str, settled_on: date, note: str | None) -> None:
    """Settle a claim, and take it out of the inbox."""
    ctx.uow.insert(
        tables.claim_settlement,
        document_id=claim.id,
        outcome=outcome,
        note=note,
        settled_on=settled_on,
        settled_by=ctx.principal.user_id,
        settled_at=ctx.now,
    )
    ctx.uow.update(documents.document, claim, state=DocumentState.SETTLED.value)
    close_inbox_of(ctx, _source(claim))


def _source(claim: Row) -> str:
    """The name of a claim in the inbox."""
    return f"claim:{claim.id}"
