"""The customer's page of a repair: a link by which he follows it, sees its estimate, and says that he wants it or does not.

What the page shows is chosen here: nothing of cost, notes, users or other customers, and no estimate before it is offered. An
answer is to the version of the estimate that he saw.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles, within
from app.kernel.document_queries import OneDocument, rows_of
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.inbox import put_into_inbox
from app.kernel.links import LinkedPage
from app.kernel.unit_of_work import Row
from app.modules.service.repair_queries import READ, repair_details, repair_lines
from app.modules.service.repairs import WRITE, approve_repair_estimate, decline_repair_estimate, find_repair, is_begun
from schemas.commands import repairs as commands
from schemas.operational import kernel, master_data
from schemas.operational import repairs as tables
from schemas.operational.links import customer_link
from schemas.vocabulary.documents import DocumentState

REPAIR_PAGE: Final = LinkedPage("repair_page", "/r/", "document_id")
_LIVING: Final = (
    DocumentState.DRAFT,
    DocumentState.OFFERED,
    DocumentState.RELEASED,
    DocumentState.FINISHED,
    DocumentState.REJECTED,
)
_SHOWN: Final = (
    "number",
    "state",
    "version",
    "item_name",
    "item_name_zh",
    "lot_code",
    "fault",
    "quantity",
    "received_on",
    "warranty_until",
    "answered_on",
    "answered_by",
    "returned_on",
    "carrier_name",
    "tracking_number",
)
_OF_THE_ESTIMATE: Final = (
    "diagnosis",
    "diagnosis_fee",
    "due_on",
    "report",
    "net_amount",
    "tax_amount",
    "total_amount",
    "currency",
)
_OF_A_LINE: Final = (
    "item_name",
    "item_name_zh",
    "description",
    "billed_quantity",
    "unit_code",
    "unit_price",
    "discount_rate",
    "net_amount",
)


@handles(commands.ShareRepair, permission=WRITE)
def share_repair(ctx: Context, data: commands.ShareRepair) -> Outcome:
    """Make the customer's link to the page of a repair; links that were made before stay good until they expire."""
    repair = find_repair(ctx, data.repair, *_LIVING)
    path = REPAIR_PAGE.shared(ctx, repair.id, valid_days=data.valid_days)
    return Outcome("receipt.repair_shared", repair, data={"path": path})


@handles(commands.RepairAction, permission=WRITE)
def revoke_repair_links(ctx: Context, data: commands.RepairAction) -> Outcome:
    """Take back every link of a repair; who has one sees nothing any more.

    Raises:
        Refused: it has none.
    """
    repair = find_repair(ctx, data.repair, *DocumentState)
    if not REPAIR_PAGE.revoked(ctx, repair.id):
        raise Refused("repair_not_shared", field="repair", number=repair.number)
    return Outcome("receipt.changed", repair, {"what": "repair_order", "code": repair.number})


@handles(commands.AnswerRepairByLink, permission="repair_answer.use")
def answer_repair_by_link(ctx: Context, data: commands.AnswerRepairByLink) -> Outcome:
    """Take what the customer answers by his link, as if he had told it at the desk; who repairs learns of it.

    Raises:
        Refused: the link was taken back or expired, or the estimate is not offered any more as he saw it.
    """
    link = ctx.uow.need(customer_link, data.link)
    if link.page != REPAIR_PAGE.name:
        raise Refused("repair_link_over", field="link")
    repair = find_repair(ctx, link.document_id, *DocumentState)
    link = ctx.uow.need(customer_link, data.link, lock=True)
    if link.revoked_at is not None or link.expires_at <= ctx.now:
        raise Refused("repair_link_over", field="link")
    answered = ctx.uow.need(tables.repair_order, repair.id).answered_on is not None
    if repair.state != DocumentState.OFFERED or answered or repair.version != data.version:
        raise Refused("repair_estimate_moved", field="version", number=repair.number)
    if repair.due_on is not None and repair.due_on < ctx.today:
        raise Refused("repair_estimate_expired", field="version", number=repair.number, day=repair.due_on)
    begun = is_begun(ctx, repair)
    if data.wanted:
        told = commands.ApproveRepairEstimate(repair=repair.id, answered_by=data.answered_by)
        outcome = within(ctx, approve_repair_estimate, told)
    elif begun:
        outcome = _declined_begun(ctx, repair, data.answered_by)
    else:
        no = commands.DeclineRepairEstimate(repair=repair.id, answered_by=data.answered_by)
        outcome = within(ctx, decline_repair_estimate, no)
    put_into_inbox(
        ctx,
        source=f"repair_answer:{repair.id}",
        kind="repair_wanted" if data.wanted else "repair_declined_begun" if begun else "repair_declined",
        severity="warning" if begun and not data.wanted else "info",
        facts={"party": ctx.uow.need(master_data.party, repair.party_id).name},
        role="quality",
        document_id=repair.id,
    )
    return outcome


def _declined_begun(ctx: Context, repair: Row, answered_by: str) -> Outcome:
    """Keep the no of a customer whose piece is being worked on: who repairs has to undo that first, or to agree with him."""
    row = ctx.uow.need(tables.repair_order, repair.id, lock=True)
    ctx.uow.update(tables.repair_order, row, answered_on=ctx.today, answered_by=answered_by)
    return Outcome("receipt.changed", repair, {"what": "repair_order", "code": repair.number})


def repair_page(gateway: Gateway, token: str) -> dict[str, Any] | None:
    """What the holder of a link sees of his repair; None where the link is none, expired or taken back.

    Returns:
        The piece and how far it is, `link`, the seller as `company`, and once an estimate is offered its amounts with `lines`; one
        that may be answered now is `open`.
    """
    with gateway.store.reading() as connection:
        link = REPAIR_PAGE.opened(gateway, connection, token)
        if link is None:
            return None
        one = OneDocument(document=link.document_id)
        (repair,) = repair_details(connection, one, SYSTEM)
        own = kernel.company.c
        company = rows_of(connection, select(own.name, own.phone, own.email, own.currency))[0]
        told = {"link": link.id, "company": company, "open": False, "lines": []}
        shown = {name: repair[name] for name in _SHOWN} | told
        if repair["state"] in {DocumentState.DRAFT, DocumentState.CANCELLED}:
            return shown
        today = gateway.clock.today()
        valid = repair["due_on"] is None or repair["due_on"] >= today
        awaited = repair["state"] == DocumentState.OFFERED and repair["answered_on"] is None
        lines = [{name: line[name] for name in _OF_A_LINE} for line in repair_lines(connection, one, SYSTEM)]
        estimate = {name: repair[name] for name in _OF_THE_ESTIMATE}
        return shown | estimate | {"lines": lines, "open": valid and awaited}


@answers(OneDocument, permission=READ)
def repair_links(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The customer's links to the page of a repair that were not taken back."""
    return REPAIR_PAGE.living(connection, asked.document)


QUERIES: Final[tuple[Query, ...]] = (repair_links,)
