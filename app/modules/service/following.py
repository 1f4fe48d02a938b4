"""A case follows its documents: one that is taken back takes its case a step back, and only in the order of the steps."""

from __future__ import annotations

from typing import Final

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.service.cases import (
    LINK,
    MONEY,
    live_findings,
    live_goods,
    move_case,
    need_no_money,
    need_no_replacement,
)
from app.modules.service.giving import RECEIVED
from schemas.facts import DocumentReversed
from schemas.operational import documents
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

_LED: Final = (DocumentKind.STATUS_CHANGE, DocumentKind.STOCK_SCRAP, DocumentKind.SUPPLIER_RETURN)


def follow_case_back(ctx: Context, fact: DocumentReversed) -> None:
    """Take the case of a reversed document a step back.

    Raises:
        Refused: the case is closed, or a later step stands on the document.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    for origin in ctx.uow.where(documents.document_link, "to_id", document.id):
        case = ctx.uow.need(documents.document, origin.from_id, lock=True)
        if origin.kind == LINK and case.kind == DocumentKind.SERVICE_CASE:
            _step_back(ctx, case, document)


def _step_back(ctx: Context, case: Row, document: Row) -> None:
    if document.kind in MONEY:
        _need(case, document, DocumentState.SETTLED, DocumentState.DECIDED)
        move_case(ctx, case, DocumentState.DECIDED)
    elif document.kind in _LED:
        _need(case, document, DocumentState.DECIDED, DocumentState.INSPECTED)
        need_no_money(ctx, case)
        need_no_replacement(ctx, case)
        row = ctx.uow.need(tables.service_case, case.id, lock=True)
        ctx.uow.update(tables.service_case, row, outcome=None)
        move_case(ctx, case, DocumentState.INSPECTED)
    elif document.kind == DocumentKind.CUSTOMER_RETURN:
        _need(case, document, DocumentState.OPEN, DocumentState.INSPECTED)
        if any(row.step != RECEIVED for row in live_goods(ctx, case)):
            raise Refused("case_step_stands", number=case.number)
        for finding in live_findings(ctx, case):
            ctx.uow.update(tables.case_finding, finding, superseded=True)
        move_case(ctx, case, DocumentState.OPEN)


def _need(case: Row, document: Row, *states: DocumentState) -> None:
    if case.state not in states:
        raise Refused("case_stands_on_document", number=case.number, state=case.state, document=document.number)
