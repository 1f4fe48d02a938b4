"""Handlers of a case as a whole: opened against a document or a customer, talked about, turned down, taken a step back, closed.

A line of a case names the order line that was sold and, where it is known, the shipment line that brought the goods; what was not
sold here can be complained about, and cannot be taken in or credited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    find_document,
    lines_of,
    link,
    need_by_code,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import existing_lot
from app.modules.master_data.terms import party_with_role
from app.modules.service.clocks import end_wait, follow_clocks, levels_of, start_clocks
from app.modules.service.standing_claims import standing_claim
from schemas.commands import service as commands
from schemas.operational import documents, inventory, kernel, master_data
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

WRITE: Final = "service.case.write"
LINK: Final = "service"
_DESK: Final = "clerk"
_SETTLING: Final = "accountant"
_URGENT: Final = 2
_AGAINST: Final = (DocumentKind.SALES_ORDER, DocumentKind.SHIPMENT, DocumentKind.CUSTOMER_INVOICE)
MONEY: Final = (DocumentKind.CREDIT_NOTE, DocumentKind.CUSTOMER_INVOICE, DocumentKind.CREDIT_APPLICATION)
_LIVING: Final = (DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.DECIDED, DocumentState.SETTLED)


@dataclass(frozen=True)
class _Sold:
    """What a line of a case is about: the item, its lot, and the lines that sold and brought it."""

    item: Row
    lot_id: int
    order_line_id: int | None
    shipment_line_id: int | None


@handles(commands.OpenServiceCase, permission=WRITE)
def open_service_case(ctx: Context, data: commands.OpenServiceCase) -> Outcome:
    """Open a case and put it before whoever looks after it."""
    levels = levels_of(ctx)
    against = find_document(ctx, data.against, *_AGAINST) if data.against is not None else None
    customer = _customer(ctx, data, against)
    owner = named_user(ctx, data.owner)
    case = new_document(
        ctx,
        DocumentKind.SERVICE_CASE,
        DocumentState.OPEN,
        party_id=customer.id,
        document_on=data.document_on or ctx.today,
        external_number=data.external_number,
        reason_code=data.reason.value,
        priority=data.priority,
        note=data.note,
    )
    ctx.uow.insert(
        tables.service_case,
        id=case.id,
        case_kind=data.kind,
        against_id=against.id if against else None,
        owner_id=owner.id if owner else None,
        contact_name=data.contact_name,
        contact_phone=data.contact_phone,
        version=1,
    )
    if against is not None:
        link(ctx, against, case, LINK)
    _put_lines(ctx, case, against, data.lines)
    start_clocks(ctx, case, levels)
    tell(ctx, case)
    return Outcome("receipt.created_document", case)


def _customer(ctx: Context, data: commands.OpenServiceCase, against: Row | None) -> Row:
    """The customer of a case.

    Raises:
        Refused: nobody is named, or another than the document's.
    """
    if against is None:
        if data.customer is None:
            raise Refused("case_without_customer", field="customer")
        return party_with_role(ctx, data.customer, "customer")
    party = ctx.uow.need(master_data.party, against.party_id)
    if data.customer is not None and data.customer != party.code:
        raise Refused("case_of_another_customer", field="customer", number=against.number, customer=party.code)
    return party


def named_user(ctx: Context, login: str | None) -> Row | None:
    """The person who is to look after something, where one is named.

    Raises:
        Refused: nobody signs in by this name, or nobody does any more.
    """
    if login is None:
        return None
    row = ctx.uow.one(kernel.user_account, "login", login)
    if row is None:
        raise Refused("code_unknown", field="owner", what="user", code=login)
    if row.state != "active":
        raise Refused("case_owner_gone", field="owner", code=login)
    return row


def _put_lines(ctx: Context, case: Row, against: Row | None, asked: list[commands.CaseLine]) -> None:
    """Write the lines of a case.

    Raises:
        Refused: two lines are about the same goods.
    """
    seen: set[tuple[int, int | None, int]] = set()
    for number, line in enumerate(asked, start=1):
        sold = _sold(ctx, against, line)
        place = (sold.item.id, sold.order_line_id, sold.lot_id)
        if place in seen:
            raise Refused("case_line_twice", field="lines", line=number, item=sold.item.code)
        seen.add(place)
        row = new_line(
            ctx,
            case,
            number,
            item_id=sold.item.id,
            description=line.fault,
            quantity=line.quantity,
            unit_id=sold.item.unit_id,
            lot_id=sold.lot_id,
        )
        ctx.uow.insert(
            tables.case_line,
            id=row.id,
            order_line_id=sold.order_line_id,
            shipment_line_id=sold.shipment_line_id,
        )


def _sold(ctx: Context, against: Row | None, line: commands.CaseLine) -> _Sold:
    """Find what a line is about.

    Raises:
        Refused: it names neither a line nor an item, a line of nothing, or more than the line has.
    """
    if line.line is None:
        if line.item is None:
            raise Refused("case_line_names_nothing", field="lines")
        item = need_by_code(ctx, master_data.item, line.item, "item", field="lines")
        return _Sold(item, existing_lot(ctx, item, line.lot) if line.lot else 0, None, None)
    if against is None:
        raise Refused("case_line_of_nothing", field="lines", line=line.line)
    source = need_line(against, lines_of(ctx, against), line.line)
    if source.item_id is None:
        raise Refused("line_is_charge", field="lines", number=against.number, line=line.line)
    item = ctx.uow.need(master_data.item, source.item_id)
    if line.item is not None and line.item != item.code:
        raise Refused("case_line_item", field="lines", line=line.line, item=item.code, given=line.item)
    if line.quantity > source.quantity:
        raise Refused("case_above_line", field="lines", line=line.line, quantity=line.quantity, most=source.quantity)
    shipped = against.kind == DocumentKind.SHIPMENT
    order_line_id = source.id if against.kind == DocumentKind.SALES_ORDER else source.source_line_id
    lot_id = existing_lot(ctx, item, line.lot) if line.lot else (source.lot_id if shipped else 0)
    if shipped and source.lot_id not in {0, lot_id}:
        lot = ctx.uow.need(inventory.lot, source.lot_id)
        raise Refused("case_line_lot", field="lines", line=line.line, lot=lot.code, given=line.lot)
    return _Sold(item, lot_id, order_line_id, source.id if shipped else None)


def tell(ctx: Context, case: Row) -> None:
    """Put a case before whoever has to go on with it: who looks after it, then who settles it, then nobody."""
    source = f"case:{case.id}"
    if case.state not in {DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.DECIDED}:
        close_inbox_of(ctx, source)
        return
    decided = case.state == DocumentState.DECIDED
    owner_id = None if decided else ctx.uow.need(tables.service_case, case.id).owner_id
    customer = ctx.uow.need(master_data.party, case.party_id)
    put_into_inbox(
        ctx,
        source=source,
        kind="service_case_settle" if decided else "service_case",
        severity="critical" if case.priority <= _URGENT else "warning",
        facts={"kind": case.kind, "party": customer.name, "priority": case.priority},
        role=_SETTLING if decided else (None if owner_id else _DESK),
        user_id=owner_id,
        document_id=case.id,
    )


def find_case(ctx: Context, reference: int | str, *states: DocumentState) -> Row:
    """Lock and return a case that is in one of these states."""
    case = find_document(ctx, reference, DocumentKind.SERVICE_CASE)
    need_state(case, *states)
    return case


def move_case(ctx: Context, case: Row, state: DocumentState) -> None:
    """Put a case into a state, where it is in another, and before whoever has to go on with it."""
    if case.state != state:
        ctx.uow.update(documents.document, case, state=state.value)
        ctx.uow.insert(tables.case_step, document_id=case.id, state=state.value, made_on=ctx.today)
        end_wait(ctx, case)
        follow_clocks(ctx, case)
        tell(ctx, case)


@handles(commands.ChangeServiceCase, permission=WRITE)
def change_service_case(ctx: Context, data: commands.ChangeServiceCase) -> Outcome:
    """Say anew who looks after a case, how urgent it is, and whom to talk to."""
    levels = levels_of(ctx)
    case = find_case(ctx, data.case, *_LIVING)
    owner = named_user(ctx, data.owner)
    row = ctx.uow.need(tables.service_case, case.id, lock=True)
    if case.priority != data.priority:
        ctx.uow.update(documents.document, case, priority=data.priority)
        start_clocks(ctx, case, levels)
    ctx.uow.update(
        tables.service_case,
        row,
        owner_id=owner.id if owner else None,
        contact_name=data.contact_name,
        contact_phone=data.contact_phone,
    )
    tell(ctx, case)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


@handles(commands.AddCaseNote, permission=WRITE)
def add_case_note(ctx: Context, data: commands.AddCaseNote) -> Outcome:
    """Write down what was said or seen; a note is never changed."""
    case = find_document(ctx, data.case, DocumentKind.SERVICE_CASE)
    write_note(ctx, case, data.text)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


def write_note(ctx: Context, case: Row, text: str, *, said_to_customer: bool = False) -> None:
    """Keep what was said or seen in a case."""
    ctx.uow.insert(
        tables.case_note,
        document_id=case.id,
        text=text,
        said_to_customer=said_to_customer,
        made_by=ctx.principal.user_id,
        made_at=ctx.now,
    )


@handles(commands.RejectServiceCase, permission=WRITE)
def reject_service_case(ctx: Context, data: commands.RejectServiceCase) -> Outcome:
    """Turn a case down that holds no goods and has led to nothing; the reason becomes a note of it."""
    case = find_case(ctx, data.case, DocumentState.OPEN)
    _need_nothing_done(ctx, case)
    write_note(ctx, case, data.reason)
    move_case(ctx, case, DocumentState.REJECTED)
    return Outcome("receipt.state_changed", case, {"state": case.state})


@handles(commands.CaseAction, permission=WRITE)
def reopen_service_case(ctx: Context, data: commands.CaseAction) -> Outcome:
    """Take a step of a case back that led to no document, or whose documents were all taken back."""
    case = find_case(ctx, data.case, DocumentState.INSPECTED, DocumentState.DECIDED, DocumentState.REJECTED)
    step_back(ctx, case)
    return Outcome("receipt.state_changed", case, {"state": case.state})


def step_back(ctx: Context, case: Row) -> None:
    """Put a case one step back: what was decided is open again, what was found is to be found again.

    Raises:
        Refused: goods are led on, or money is booked, by a document that still stands.
    """
    if any(row.received_line_id is not None for row in live_goods(ctx, case)):
        raise Refused("case_step_stands", number=case.number)
    findings = live_findings(ctx, case)
    if case.state == DocumentState.DECIDED:
        need_no_replacement(ctx, case)
        need_no_money(ctx, case)
        row = ctx.uow.need(tables.service_case, case.id, lock=True)
        ctx.uow.update(tables.service_case, row, outcome=None)
        move_case(ctx, case, DocumentState.INSPECTED if findings else DocumentState.OPEN)
        return
    for finding in findings:
        ctx.uow.update(tables.case_finding, finding, superseded=True)
    move_case(ctx, case, DocumentState.OPEN)


def need_no_replacement(ctx: Context, case: Row) -> None:
    """Refuse while an order that replaces goods of the case stands."""
    for order in made_of(ctx, case, DocumentKind.SALES_ORDER):
        if order.state != DocumentState.CANCELLED:
            raise Refused("case_has_led", number=case.number, document=order.number)


def need_no_money(ctx: Context, case: Row) -> None:
    """Refuse while money that was booked for the case stands."""
    for document in made_of(ctx, case, *MONEY):
        if document.state == DocumentState.POSTED:
            raise Refused("case_has_led", number=case.number, document=document.number)


def _need_nothing_done(ctx: Context, case: Row) -> None:
    if live_goods(ctx, case):
        raise Refused("case_holds_goods", number=case.number)
    standing = [row for row in made_of(ctx, case) if row.state not in {"cancelled", "reversed"}]
    if standing:
        raise Refused("case_has_led", number=case.number, document=standing[0].number)
    claim = standing_claim(ctx, case)
    if claim is not None:
        raise Refused("case_claimed", number=case.number, claim=claim.number)


def made_of(ctx: Context, case: Row, *kinds: DocumentKind) -> list[Row]:
    """Lock and return the documents that were made out of a case, of some kinds or of all."""
    links = [row.to_id for row in ctx.uow.where(documents.document_link, "from_id", case.id) if row.kind == LINK]
    rows = ctx.uow.many(documents.document, links, lock=True).values()
    return [row for row in rows if not kinds or row.kind in kinds]


def live_findings(ctx: Context, case: Row) -> list[Row]:
    """What was found last of the goods of a case."""
    return [
        row
        for line in lines_of(ctx, case).values()
        for row in ctx.uow.where(tables.case_finding, "document_line_id", line.id, lock=True)
        if not row.superseded
    ]


def live_goods(ctx: Context, case: Row) -> list[Row]:
    """The steps that the goods of a case have taken, by documents that stand."""
    return [row for line in lines_of(ctx, case).values() for row in goods_of_line(ctx, line)]


def goods_of_line(ctx: Context, case_line: Row) -> list[Row]:
    """The steps that the goods of a line have taken, by documents that stand, in their order."""
    return [
        row
        for row in ctx.uow.where(tables.case_goods, "case_line_id", case_line.id)
        if _document_of(ctx, row.document_line_id).state == DocumentState.POSTED
    ]


def _document_of(ctx: Context, line_id: int) -> Row:
    line = ctx.uow.need(documents.document_line, line_id)
    return ctx.uow.need(documents.document, line.document_id)


@handles(commands.CaseAction, permission=WRITE)
def close_service_case(ctx: Context, data: commands.CaseAction) -> Outcome:
    """Close a settled case for good."""
    case = find_case(ctx, data.case, DocumentState.SETTLED)
    move_case(ctx, case, DocumentState.CLOSED)
    return Outcome("receipt.state_changed", case, {"state": case.state})


def lot_code(ctx: Context, lot_id: int) -> str | None:
    """The code of a lot; none where the goods have no lots."""
    row = ctx.uow.get(inventory.lot, lot_id) if lot_id else None
    return row.code if row is not None else None


def location_code(ctx: Context, location_id: int) -> str:
    """The code of a location."""
    return str(ctx.uow.need(master_data.location, location_id).code)
