"""Asks about warranty that is claimed from suppliers: the claims of a repair or a case, and how each ended."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, may_read, rows_of
from app.modules.service.repair_queries import READ
from schemas.operational import master_data
from schemas.operational import purchasing as claim_tables
from schemas.operational.documents import document, document_link
from schemas.operational.foreign_currency import foreign_document
from schemas.vocabulary.documents import DocumentKind, DocumentState


@answers(OneDocument, permission=READ)
def warranty_claims(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The claims on suppliers of a repair or a case, each in its currency, with what was credited of it and how it ended."""
    if not may_read(principal, DocumentKind.SUPPLIER_CLAIM):
        return []
    party, settled = master_data.party, claim_tables.claim_settlement
    claims = select(document_link.c.to_id).where(
        document_link.c.from_id == asked.document, document_link.c.kind == "claim"
    )
    query = (
        select(
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.state,
            document.c.document_on,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            func.coalesce(foreign_document.c.net_amount, document.c.net_amount).label("net_amount"),
            _credited().scalar_subquery().label("accepted_amount"),
            func.coalesce(foreign_document.c.currency, document.c.currency).label("currency"),
            settled.c.outcome,
            settled.c.settled_on,
        )
        .join(party, party.c.id == document.c.party_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(settled, settled.c.document_id == document.c.id)
        .where(document.c.id.in_(claims), document.c.kind == DocumentKind.SUPPLIER_CLAIM.value)
        .order_by(document.c.document_on, document.c.id)
    )
    return rows_of(connection, query)


def _credited() -> Select[*tuple[Any, ...]]:
    """What credits that stand come to without tax, in their currency, of the claim of the query around."""
    note, said, credit = document.alias("note"), foreign_document.alias("said"), document_link.alias("credit")
    return (
        select(func.sum(func.coalesce(said.c.net_amount, note.c.net_amount)))
        .select_from(credit)
        .join(note, note.c.id == credit.c.to_id)
        .outerjoin(said, said.c.id == note.c.id)
        .where(
            credit.c.from_id == document.c.id,
            credit.c.kind == "credit",
            note.c.kind == DocumentKind.DEBIT_NOTE.value,
            note.c.state == DocumentState.POSTED.value,
        )
    )


QUERIES: Final[tuple[Query, ...]] = (warranty_claims,)
