"""Asks what is to come and what came: lines to receive, promises with their history, differences, claims, terms, limits."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, OneDocument, Text, may_read, rows_of
from app.modules.master_data.buying_policy import policy_from
from schemas.operational import kernel, master_data
from schemas.operational import purchasing as tables
from schemas.operational.documents import document, document_line, document_link
from schemas.operational.foreign_currency import foreign_document, foreign_line
from schemas.vocabulary.numbers import ZERO

_READ: Final = "purchasing.read"
_RECEIVE: Final = "purchasing.receipt.read"


class ToReceive(Arguments):
    """Which order or delivery notice, by its id or number."""

    order: int | Text


@answers(ToReceive, permission=_RECEIVE)
def lines_to_receive(connection: Connection, asked: ToReceive, _principal: Principal) -> list[dict[str, Any]]:
    """The lines of an order or notice that goods may be received on; where the count is blind no row says how much."""
    named = _named(connection, asked.order)
    if named is None:
        return []
    notice = named["id"] if named["kind"] == "delivery_notice" else None
    order = _order_of(connection, named)
    rows = rows_of(connection, _order_lines(order["id"]))
    announced = _announced(connection, notice) if notice is not None else {}
    policies = rows_of(connection, select(*tables.purchasing_policy.c))
    shown = []
    for row in rows:
        if notice is not None and row["id"] not in announced:
            continue
        said = announced.get(row["id"], [])
        row.update(
            order=order["number"],
            named=named["number"],
            state=named["state"],
            party_name=order["party_name"],
            blind=bool(policy_from(policies, order["party_id"], row["item_id"]).blind_count),
            open_quantity=max(row["ordered_quantity"] - row["received_quantity"], ZERO),
            announced_quantity=sum((entry["quantity"] for entry in said), ZERO) if said else None,
            lot=said[0]["lot_code"] if len(said) == 1 and not row["serial_tracked"] else None,
            serials=" ".join(entry["lot_code"] for entry in said if row["serial_tracked"] and entry["lot_code"])
            or None,
            expires_on=said[0]["expires_on"] if len(said) == 1 else None,
        )
        if row["blind"]:
            row.update(ordered_quantity=None, received_quantity=None, open_quantity=None, announced_quantity=None)
        shown.append(row)
    return shown


def _named(connection: Connection, named: int | str) -> dict[str, Any] | None:
    by = document.c.id == named if isinstance(named, int) else document.c.number == named
    kinds = document.c.kind.in_(("purchase_order", "delivery_notice"))
    party = master_data.party
    query = (
        select(*document.c, party.c.name.label("party_name"))
        .join(party, party.c.id == document.c.party_id)
        .where(by, kinds)
    )
    found = rows_of(connection, query)
    return found[0] if len(found) == 1 else None


def _order_of(connection: Connection, named: dict[str, Any]) -> dict[str, Any]:
    if named["kind"] == "purchase_order":
        return named
    query = (
        select(*document.c)
        .join(document_link, document_link.c.from_id == document.c.id)
        .where(document_link.c.to_id == named["id"], document_link.c.kind == "notice")
    )
    return {**rows_of(connection, query)[0], "party_name": named["party_name"]}


def _order_lines(order_id: int) -> Any:
    line, item, unit = document_line.c, master_data.item, master_data.unit
    return (
        select(
            line.id,
            line.line,
            line.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            item.c.lot_tracked,
            item.c.serial_tracked,
            item.c.shelf_life_days,
            unit.c.code.label("unit_code"),
            line.quantity.label("ordered_quantity"),
            line.fulfilled_quantity.label("received_quantity"),
        )
        .join(item, item.c.id == line.item_id)
        .join(unit, unit.c.id == item.c.unit_id)
        .where(line.document_id == order_id, line.closed.is_(False))
        .order_by(line.line)
    )


def _announced(connection: Connection, notice_id: int) -> dict[int, list[dict[str, Any]]]:
    said, line = tables.notice_line.c, document_line.c
    query = (
        select(line.source_line_id, line.quantity, said.lot_code, said.expires_on)
        .join(tables.notice_line, said.document_line_id == line.id)
        .where(line.document_id == notice_id)
        .order_by(line.line)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows_of(connection, query):
        found.setdefault(row.pop("source_line_id"), []).append(row)
    return found


@answers(OneDocument, permission=_RECEIVE)
def receipt_differences(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a receipt found other than it was ordered, announced or stated; shown when it is booked, blind count or not."""
    check, line, item = tables.receipt_check.c, document_line.c, master_data.item
    query = (
        select(
            line.line,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            check.open_quantity,
            check.stated_quantity,
            check.received_quantity,
            check.damaged_quantity,
            check.wrong_quantity,
            check.over_quantity,
            check.blind,
        )
        .join(document_line, line.id == check.order_line_id)
        .join(item, item.c.id == line.item_id)
        .where(check.document_id == asked.document)
        .order_by(line.line)
    )
    rows = rows_of(connection, query)
    for row in rows:
        said = row["open_quantity"] if row["stated_quantity"] is None else row["stated_quantity"]
        row["difference"] = row["received_quantity"] - said
    return rows


@answers(OneDocument, permission=_READ)
def order_promises(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a supplier promised and announced for an order, line by line, the newest first; what was replaced is marked."""
    order_line, promise, source = document_line.alias("order_line"), document_line, document
    query = (
        select(
            order_line.c.line,
            master_data.item.c.code.label("item_code"),
            source.c.id.label("document_id"),
            source.c.kind,
            source.c.number,
            source.c.document_on,
            source.c.external_number,
            source.c.state,
            kernel.user_account.c.name.label("created_by_name"),
            func.coalesce(promise.c.promised_on, promise.c.due_on).label("expected_on"),
            promise.c.quantity,
            promise.c.fulfilled_quantity,
            promise.c.closed,
            order_line.c.due_on.label("asked_on"),
            tables.notice_line.c.lot_code,
            tables.notice_line.c.expires_on,
        )
        .select_from(promise)
        .join(order_line, order_line.c.id == promise.c.source_line_id)
        .join(source, source.c.id == promise.c.document_id)
        .join(master_data.item, master_data.item.c.id == order_line.c.item_id)
        .outerjoin(tables.notice_line, tables.notice_line.c.document_line_id == promise.c.id)
        .outerjoin(kernel.user_account, kernel.user_account.c.id == source.c.created_by)
        .where(order_line.c.document_id == asked.document, source.c.kind.in_(("order_confirmation", "delivery_notice")))
        .order_by(order_line.c.line, source.c.id.desc(), promise.c.line)
    )
    rows = rows_of(connection, query)
    for row in rows:
        row["standing"] = _standing(row)
    return rows


def _standing(row: dict[str, Any]) -> str:
    """Whether a promise or notice still holds, was announced or received, or was replaced."""
    if row["kind"] == "delivery_notice":
        return {"confirmed": "expected", "closed": "arrived"}.get(row["state"], "replaced")
    if row["fulfilled_quantity"] >= row["quantity"]:
        return "done"
    return "replaced" if row["closed"] else "expected"


@answers(OneDocument, permission=_READ)
def announced_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of a delivery notice with their lots."""
    query = (
        select(
            document_line.c.line,
            master_data.item.c.code.label("item_code"),
            master_data.item.c.name.label("item_name"),
            master_data.item.c.name_zh.label("item_name_zh"),
            document_line.c.quantity,
            master_data.unit.c.code.label("unit_code"),
            tables.notice_line.c.lot_code,
            tables.notice_line.c.expires_on,
        )
        .join(master_data.item, master_data.item.c.id == document_line.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == master_data.item.c.unit_id)
        .join(tables.notice_line, tables.notice_line.c.document_line_id == document_line.c.id)
        .where(document_line.c.document_id == asked.document)
        .order_by(document_line.c.line)
    )
    return rows_of(connection, query) if may_read(principal, "delivery_notice") else []


@answers(OneDocument, permission=_READ)
def claim_details(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The lines of a claim in its currency: what is wrong, how much, what is asked, what was accepted, and how it ended."""
    line, claim, settled, said = document_line.c, tables.claim_line.c, tables.claim_settlement, foreign_line.c
    credit, note, credited = document_line.alias("credit"), document.alias("note"), foreign_line.alias("credited")
    accepted = (
        select(func.sum(func.coalesce(credited.c.net_amount, credit.c.net_amount)))
        .select_from(credit)
        .join(note, note.c.id == credit.c.document_id)
        .outerjoin(credited, credited.c.id == credit.c.id)
        .where(credit.c.source_line_id == line.id, note.c.kind == "debit_note", note.c.state == "posted")
    )
    query = (
        select(
            line.line,
            line.kind,
            master_data.item.c.code.label("item_code"),
            master_data.item.c.name.label("item_name"),
            master_data.item.c.name_zh.label("item_name_zh"),
            line.quantity,
            master_data.unit.c.code.label("unit_code"),
            claim.reason,
            claim.remedy,
            line.description.label("remark"),
            func.coalesce(said.net_amount, line.net_amount).label("net_amount"),
            accepted.scalar_subquery().label("accepted_amount"),
            func.coalesce(foreign_document.c.currency, document.c.currency).label("currency"),
            settled.c.outcome,
            settled.c.settled_on,
            settled.c.note.label("settlement_note"),
        )
        .join(tables.claim_line, claim.document_line_id == line.id)
        .join(document, document.c.id == line.document_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(foreign_line, said.id == line.id)
        .outerjoin(master_data.item, master_data.item.c.id == line.item_id)
        .outerjoin(master_data.unit, master_data.unit.c.id == master_data.item.c.unit_id)
        .outerjoin(settled, settled.c.document_id == document.c.id)
        .where(document.c.id == asked.document)
        .order_by(line.line)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=_READ)
def quotation_details(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The terms of a quotation's lines: from which quantity which price, lead time, minimum and multiple."""
    line, terms, prices = document_line.c, tables.quotation_term.c, tables.quotation_price.c
    query = (
        select(
            line.id,
            line.line,
            master_data.item.c.code.label("item_code"),
            terms.first_price,
            terms.lead_time_days,
            terms.min_lot,
            terms.lot_multiple,
            line.due_on.label("delivery_on"),
        )
        .join(tables.quotation_term, terms.document_line_id == line.id)
        .join(master_data.item, master_data.item.c.id == line.item_id)
        .where(line.document_id == asked.document)
        .order_by(line.line)
    )
    rows: list[dict[str, Any]] = []
    for row in rows_of(connection, query):
        rows.append({**row, "from_quantity": ZERO, "unit_price": row["first_price"]})
        breaks = select(prices.from_quantity, prices.unit_price).where(prices.document_line_id == row["id"])
        rows += [{**row, **price} for price in rows_of(connection, breaks.order_by(prices.from_quantity))]
    return rows


@answers(OneDocument, permission=_READ)
def requested_suppliers(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """Who was asked by a request for quotation, and with which offer he answered."""
    party, quotation = master_data.party, document.alias("quotation")
    query = (
        select(
            party.c.id.label("party_id"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            quotation.c.id.label("quotation_id"),
            quotation.c.number.label("quotation"),
            quotation.c.state,
            quotation.c.document_on,
            quotation.c.due_on.label("valid_until"),
            func.coalesce(foreign_document.c.total_amount, quotation.c.total_amount).label("total_amount"),
            func.coalesce(foreign_document.c.currency, quotation.c.currency).label("currency"),
        )
        .select_from(tables.request_supplier)
        .join(party, party.c.id == tables.request_supplier.c.party_id)
        .outerjoin(
            document_link,
            and_(document_link.c.from_id == tables.request_supplier.c.document_id, document_link.c.kind == "quotation"),
        )
        .outerjoin(quotation, and_(quotation.c.id == document_link.c.to_id, quotation.c.party_id == party.c.id))
        .outerjoin(foreign_document, foreign_document.c.id == quotation.c.id)
        .where(tables.request_supplier.c.document_id == asked.document)
        .order_by(party.c.code, quotation.c.id.desc())
    )
    rows = rows_of(connection, query)
    answered = {row["party_id"] for row in rows if row["quotation_id"] is not None}
    silent: set[int] = set()
    shown = []
    for row in rows:
        if row["quotation_id"] is None:
            if row["party_id"] in answered | silent:
                continue
            silent.add(row["party_id"])
        shown.append(row)
    return shown


@answers(Nothing, permission="company.approvals.read")
def purchasing_policies(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The limits of receiving and billing, the company's first."""
    policy, party, item = tables.purchasing_policy.c, master_data.party, master_data.item
    query = (
        select(*tables.purchasing_policy.c, party.c.code.label("supplier"), item.c.code.label("item"))
        .outerjoin(party, party.c.id == policy.supplier_id)
        .outerjoin(item, item.c.id == policy.item_id)
        .order_by(policy.supplier_id.is_not(None), policy.item_id.is_not(None), party.c.code, item.c.code)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (
    lines_to_receive,
    receipt_differences,
    order_promises,
    announced_lines,
    claim_details,
    quotation_details,
    requested_suppliers,
    purchasing_policies,
)
