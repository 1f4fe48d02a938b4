"""Which claims stand for a line of a repair or a case: what a supplier answers for already is not asked of him, or given, again.

A claim stands while it is open, once it was replaced, and as long as the credit of it was not taken back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.unit_of_work import Row
from schemas.operational import documents
from schemas.operational import purchasing as claim_tables
from schemas.operational import repairs as repair_tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

ACCEPTED: Final = "accepted"
ACCEPTED_IN_PART: Final = "accepted_in_part"
_STANDING: Final = frozenset({ACCEPTED, ACCEPTED_IN_PART, "replaced"})


def standing_claims(ctx: Context, source: Row) -> list[Row]:
    """The lines of claims that stand for a line of a repair or a case."""
    found = ctx.uow.by_now(documents.document_line, "source_line_id", source.id)
    return [row for row in found if _stands(ctx, ctx.uow.need(documents.document, row.document_id))]


def claimed_goods(ctx: Context, case_line: Row) -> Decimal:
    """How much of the goods of a case's line a supplier is claimed for, by claims about the case or about repairs of the line.

    Who asks holds the case; its repairs are locked after it.
    """
    opened = [row.id for row in ctx.uow.where(repair_tables.repair_order, "case_line_id", case_line.id)]
    repairs = ctx.uow.many(documents.document, opened, lock=True).values()
    of_case = sum((row.quantity for row in standing_claims(ctx, case_line)), ZERO)
    return of_case + sum((pieces_claimed(ctx, repair) for repair in repairs), ZERO)


def pieces_claimed(ctx: Context, repair: Row) -> Decimal:
    """The pieces of a repair if a claim stands for any line of it, else none."""
    claimed = any(standing_claims(ctx, line) for line in lines_of(ctx, repair).values())
    return repair.quantity if claimed else ZERO


def standing_claim(ctx: Context, about: Row) -> Row | None:
    """A claim that stands about a line of a repair or a case; None where none does."""
    lines = [row for line in lines_of(ctx, about).values() for row in standing_claims(ctx, line)]
    return ctx.uow.need(documents.document, lines[0].document_id) if lines else None


def _stands(ctx: Context, claim: Row) -> bool:
    if claim.kind != DocumentKind.SUPPLIER_CLAIM:
        return False
    settled = ctx.uow.where(claim_tables.claim_settlement, "document_id", claim.id)
    if not settled:
        return True
    if settled[0].outcome not in _STANDING:
        return False
    notes = [
        ctx.uow.need(documents.document, row.to_id)
        for row in ctx.uow.where(documents.document_link, "from_id", claim.id)
        if row.kind == "credit"
    ]
    return not notes or any(note.state == DocumentState.POSTED for note in notes)
