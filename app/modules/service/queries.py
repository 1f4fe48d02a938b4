"""Asks about cases: the list, one case with its goods, findings, notes and files, and its stock and money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import COST, Arguments, OneDocument, Sorted, Text, contains, page_of, rows_of
from app.modules.inventory.recall import OneLot, lot_recall
from app.modules.service.cases import LINK
from app.modules.service.level_queries import NEXT_DUE, WAITING_SINCE, with_time_left
from schemas.operational import inventory, kernel, master_data
from schemas.operational import service as tables
from schemas.operational.documents import document, document_line, document_link
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

READ: Final = "service.read"
_OPEN: Final = ("open", "inspected", "decided")


class CaseList(Sorted):
    """Which cases to list."""

    state: DocumentState | None = None
    case_kind: Literal["return", "exchange", "repair", "complaint"] | None = None
    party: Text | None = None
    owner: Text | None = None
    open_only: bool = False


def _cases() -> Select[*tuple[Any, ...]]:
    owner, against = kernel.user_account, document.alias("against")
    return (
        select(
            *document.c,
            master_data.party.c.code.label("party_code"),
            master_data.party.c.name.label("party_name"),
            tables.service_case.c.case_kind,
            tables.service_case.c.outcome,
            tables.service_case.c.contact_name,
            tables.service_case.c.contact_phone,
            owner.c.login.label("owner"),
            owner.c.name.label("owner_name"),
            against.c.id.label("against_id"),
            against.c.kind.label("against_kind"),
            against.c.number.label("against_number"),
            NEXT_DUE.label("due_at"),
            WAITING_SINCE.label("waiting_since"),
        )
        .select_from(document)
        .join(tables.service_case, tables.service_case.c.id == document.c.id)
        .join(master_data.party, master_data.party.c.id == document.c.party_id)
        .outerjoin(owner, owner.c.id == tables.service_case.c.owner_id)
        .outerjoin(against, against.c.id == tables.service_case.c.against_id)
    )


@answers(CaseList, permission=READ, reads_clock=True)
def service_cases(
    connection: Connection, asked: CaseList, _principal: Principal, now: datetime
) -> list[dict[str, Any]]:
    """Cases of after-sales, the latest first, each with the clock that has the least time left."""
    query = _cases()
    if asked.state is not None:
        query = query.where(document.c.state == asked.state.value)
    if asked.open_only:
        query = query.where(document.c.state.in_(_OPEN))
    if asked.case_kind is not None:
        query = query.where(tables.service_case.c.case_kind == asked.case_kind)
    if asked.party:
        query = query.where(master_data.party.c.code == asked.party)
    if asked.owner:
        query = query.where(kernel.user_account.c.login == asked.owner)
    if asked.search:
        pattern = contains(asked.search)
        found = (document.c.number, document.c.external_number, master_data.party.c.name)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in found)))
    rows = page_of(connection, query, asked, document.c.document_on.desc(), document.c.id.desc())
    return with_time_left(connection, rows, now)


@answers(OneDocument, permission=READ, reads_clock=True)
def case_details(
    connection: Connection, asked: OneDocument, _principal: Principal, now: datetime
) -> list[dict[str, Any]]:
    """What a case is: its kind, whom to talk to, who looks after it, what it is against, what the customer gets, and by when."""
    return with_time_left(connection, rows_of(connection, _cases().where(document.c.id == asked.document)), now)


@answers(OneDocument, permission=READ)
def case_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The lines of a case with what came back of each and where it went, by documents that stand."""
    rows = rows_of(connection, _lines(asked.document))
    moved = {(row.case_line_id, row.step): row.quantity for row in connection.execute(_steps(asked.document))}
    for row in rows:
        for step in ("received", "restock", "rework", "scrap", "to_supplier"):
            row[f"{step}_quantity"] = moved.get((row["id"], step), ZERO)
    return rows


def _lines(case_id: int) -> Select[*tuple[Any, ...]]:
    item, lot, unit = master_data.item, inventory.lot, master_data.unit
    return (
        select(
            document_line.c.id,
            document_line.c.line,
            item.c.id.label("item_id"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            document_line.c.quantity,
            unit.c.code.label("unit_code"),
            lot.c.code.label("lot_code"),
            document_line.c.description.label("fault"),
        )
        .join(item, item.c.id == document_line.c.item_id)
        .join(unit, unit.c.id == document_line.c.unit_id)
        .outerjoin(lot, lot.c.id == document_line.c.lot_id)
        .where(document_line.c.document_id == case_id)
        .order_by(document_line.c.line)
    )


def _steps(case_id: int) -> Select[*tuple[Any, ...]]:
    goods, case_line, of_document = tables.case_goods, document_line.alias("case_line"), document_line.alias("moved")
    return (
        select(goods.c.case_line_id, goods.c.step, func.sum(goods.c.quantity).label("quantity"))
        .join(case_line, case_line.c.id == goods.c.case_line_id)
        .join(of_document, of_document.c.id == goods.c.document_line_id)
        .join(document, document.c.id == of_document.c.document_id)
        .where(case_line.c.document_id == case_id, document.c.state == "posted")
        .group_by(goods.c.case_line_id, goods.c.step)
    )


@answers(OneDocument, permission=READ)
def case_findings(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What was found last of the goods of a case."""
    found, line, item, user = tables.case_finding, document_line, master_data.item, kernel.user_account
    query = (
        select(
            line.c.line,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            found.c.quantity,
            found.c.finding,
            found.c.note,
            user.c.name.label("made_by_name"),
            found.c.made_at,
        )
        .join(line, line.c.id == found.c.document_line_id)
        .join(item, item.c.id == line.c.item_id)
        .outerjoin(user, user.c.id == found.c.made_by)
        .where(line.c.document_id == asked.document, found.c.superseded.is_(False))
        .order_by(line.c.line, found.c.id)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=READ)
def case_notes(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What was said and seen in a case, the oldest first."""
    note, user = tables.case_note, kernel.user_account
    query = (
        select(note.c.text, note.c.said_to_customer, user.c.name.label("made_by_name"), note.c.made_at)
        .outerjoin(user, user.c.id == note.c.made_by)
        .where(note.c.document_id == asked.document)
        .order_by(note.c.id)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=READ)
def case_files(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The files of a case without their contents."""
    file, user = tables.case_file, kernel.user_account
    shown = (file.c.id, file.c.name, file.c.media_type, file.c.byte_count, file.c.sha256, file.c.made_at)
    query = (
        select(*shown, user.c.name.label("made_by_name"))
        .outerjoin(user, user.c.id == file.c.made_by)
        .where(file.c.document_id == asked.document)
        .order_by(file.c.id)
    )
    return rows_of(connection, query)


class OneFile(Arguments):
    """Which file."""

    file: int


@answers(OneFile, permission=READ)
def case_file_content(connection: Connection, asked: OneFile, _principal: Principal) -> list[dict[str, Any]]:
    """One file of a case with its content, base64."""
    file = tables.case_file
    shown = (file.c.id, file.c.name, file.c.media_type, file.c.sha256, file.c.content_base64)
    return rows_of(connection, select(*shown).where(file.c.id == asked.file))


@answers(OneDocument, permission=READ)
def case_documents(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The documents that a case led to, with what each moved of stock value and of money; a credit counts negative."""
    rows = rows_of(connection, _documents_of(asked.document))
    for row in rows:
        if not principal.may(COST):
            row["stock_value"] = None
    return rows


def _documents_of(case_id: int) -> Select[*tuple[Any, ...]]:
    """The documents linked to a case, and the shipments of the orders among them."""
    direct = select(document_link.c.to_id).where(document_link.c.from_id == case_id, document_link.c.kind == LINK)
    shipped = select(document_link.c.to_id).where(
        document_link.c.from_id.in_(direct), document_link.c.kind == "fulfilment"
    )
    moved = (
        select(inventory.stock_move.c.document_id, func.sum(inventory.stock_move.c.value).label("stock_value"))
        .where(inventory.stock_move.c.document_id.in_(direct.union(shipped)))
        .group_by(inventory.stock_move.c.document_id)
        .subquery()
    )
    credit = document.c.kind == DocumentKind.CREDIT_NOTE.value
    billed = document.c.kind.in_((DocumentKind.CREDIT_NOTE.value, DocumentKind.CUSTOMER_INVOICE.value))
    return (
        select(
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.state,
            func.coalesce(document.c.posted_on, document.c.document_on).label("on_day"),
            document.c.currency,
            _signed(document.c.net_amount, credit, billed).label("net_amount"),
            _signed(document.c.total_amount, credit, billed).label("total_amount"),
            moved.c.stock_value,
        )
        .outerjoin(moved, moved.c.document_id == document.c.id)
        .where(or_(document.c.id.in_(direct), document.c.id.in_(shipped)))
        .order_by(document.c.created_at, document.c.id)
    )


def _signed(amount: Any, credit: Any, billed: Any) -> Any:
    return case((and_(billed, credit), -amount), (billed, amount), else_=None)


@answers(OneDocument, permission=READ)
def case_totals(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Stock and money of a case in one row, of documents that stand.

    `customer_balance` is what the customer pays for it, negative where he is owed. `result` is what it does to the company's
    result, without tax: invoiced less credited, less what the replacement and the scrap cost, plus the goods that came back.
    """
    found = connection.execute(_cases().where(document.c.id == asked.document)).first()
    if found is None:
        return []
    rows = [row for row in rows_of(connection, _documents_of(asked.document)) if row["state"] == "posted"]

    def total(kind: DocumentKind, column: str) -> Decimal:
        return sum((row[column] or ZERO for row in rows if row["kind"] == kind), ZERO)

    credited, invoiced = DocumentKind.CREDIT_NOTE, DocumentKind.CUSTOMER_INVOICE
    net = total(invoiced, "net_amount") + total(credited, "net_amount")
    goods_back = total(DocumentKind.CUSTOMER_RETURN, "stock_value")
    scrapped = -total(DocumentKind.STOCK_SCRAP, "stock_value")
    sent = -total(DocumentKind.SHIPMENT, "stock_value")
    costs = {
        "goods_back": goods_back,
        "scrapped": scrapped,
        "to_supplier": -total(DocumentKind.SUPPLIER_RETURN, "stock_value"),
        "replacement_cost": sent,
        "result": net - sent + goods_back - scrapped,
    }
    return [
        {
            "currency": found.currency,
            "credited_net": -total(credited, "net_amount"),
            "credited_total": -total(credited, "total_amount"),
            "invoiced_net": total(invoiced, "net_amount"),
            "invoiced_total": total(invoiced, "total_amount"),
            "customer_balance": total(invoiced, "total_amount") + total(credited, "total_amount"),
            **{name: value if principal.may(COST) else None for name, value in costs.items()},
        }
    ]


@answers(OneDocument, permission="inventory.read")
def case_recall(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Where the lots of a case went and still lie, through every step of production; nothing for a case without lots."""
    item, lot = master_data.item, inventory.lot
    lots = (
        select(item.c.code, lot.c.code)
        .select_from(document_line)
        .join(document, document.c.id == document_line.c.document_id)
        .join(item, item.c.id == document_line.c.item_id)
        .join(lot, lot.c.id == document_line.c.lot_id)
        .where(document_line.c.document_id == asked.document, document.c.kind == DocumentKind.SERVICE_CASE.value)
        .distinct()
        .order_by(item.c.code, lot.c.code)
    )
    return [
        row
        for code, name in connection.execute(lots).all()
        for row in lot_recall(connection, OneLot(item=code, lot=name, direction="forward"), principal)
    ]


QUERIES: Final[tuple[Query, ...]] = (
    service_cases,
    case_details,
    case_lines,
    case_findings,
    case_notes,
    case_files,
    case_file_content,
    case_documents,
    case_totals,
    case_recall,
)
