"""Asks about repairs: the list, one piece with its facts, the lines with their split, what it cost and who bears it, its documents.

What a repair costs is shown to who may see costs. Prices and shares are what the customer is told.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, case, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import COST, OneDocument, Sorted, Text, contains, page_of, rows_of
from schemas.operational import inventory, master_data, production
from schemas.operational import repairs as tables
from schemas.operational.documents import document, document_line, document_link
from schemas.operational.foreign_currency import foreign_document, foreign_line, foreign_repair
from schemas.operational.kernel import company
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

READ: Final = "service.read"
_OPEN: Final = ("draft", "offered", "released", "finished", "rejected")
_COSTS: Final = ("cost", "customer_cost", "warranty_cost", "margin")


class RepairList(Sorted):
    """Which repairs to list."""

    state: DocumentState | None = None
    party: Text | None = None
    open_only: bool = False


def _repairs() -> Select[*tuple[Any, ...]]:
    item, lot, party = master_data.item, inventory.lot, master_data.party
    about, case_document = document_line.alias("about"), document.alias("case_document")
    piece = [column for column in tables.repair_order.c if column.name not in {"id", "version", "diagnosis_fee"}]
    return (
        select(
            *(_said(column) for column in document.c),
            *piece,
            func.coalesce(foreign_repair.c.diagnosis_fee, tables.repair_order.c.diagnosis_fee).label("diagnosis_fee"),
            foreign_document.c.exchange_rate.label("foreign_exchange_rate"),
            case((foreign_document.c.id.is_not(None), document.c.total_amount)).label("home_total_amount"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            lot.c.code.label("lot_code"),
            about.c.line.label("case_line"),
            about.c.description.label("fault"),
            case_document.c.id.label("case_id"),
            case_document.c.number.label("case_number"),
        )
        .select_from(document)
        .join(tables.repair_order, tables.repair_order.c.id == document.c.id)
        .join(party, party.c.id == document.c.party_id)
        .join(item, item.c.id == document.c.item_id)
        .outerjoin(lot, lot.c.id == tables.repair_order.c.lot_id)
        .join(about, about.c.id == tables.repair_order.c.case_line_id)
        .join(case_document, case_document.c.id == about.c.document_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(foreign_repair, foreign_repair.c.id == document.c.id)
    )


def _said(column: Any) -> Any:
    """A column of the document as it reads in the repair's currency."""
    if column.name == "id" or column.name not in foreign_document.c:
        return column
    return func.coalesce(foreign_document.c[column.name], column).label(column.name)


@answers(RepairList, permission=READ)
def repairs(connection: Connection, asked: RepairList, _principal: Principal) -> list[dict[str, Any]]:
    """Repairs with their piece and what the customer bears in their currency, the latest first."""
    query = _repairs()
    if asked.state is not None:
        query = query.where(document.c.state == asked.state.value)
    if asked.open_only:
        query = query.where(document.c.state.in_(_OPEN))
    if asked.party:
        query = query.where(master_data.party.c.code == asked.party)
    if asked.search:
        pattern = contains(asked.search)
        found = (document.c.number, master_data.party.c.name, master_data.item.c.code, inventory.lot.c.code)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in found)))
    return page_of(connection, query, asked, document.c.document_on.desc(), document.c.id.desc())


@answers(OneDocument, permission=READ)
def repair_details(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What a repair is about: the piece, where it is, its warranty, the diagnosis, the answer, and its way back."""
    return rows_of(connection, _repairs().where(document.c.id == asked.document))


@answers(OneDocument, permission=READ)
def repair_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The estimate in force, line by line: used of it, what it comes to at price, and what the customer and the warranty bear.

    Until the repair is finished the amounts are those of the estimate, afterwards of what was used. Prices and amounts are in the
    currency of the repair, what an hour costs is in the company's.
    """
    item, unit, tax_code, center = master_data.item, master_data.unit, master_data.tax_code, master_data.work_center
    labour = tables.repair_labour
    query = (
        select(
            document_line.c.id,
            document_line.c.line,
            document_line.c.kind,
            document_line.c.item_id,
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            document_line.c.description,
            document_line.c.quantity,
            document_line.c.fulfilled_quantity.label("used_quantity"),
            unit.c.code.label("unit_code"),
            center.c.code.label("work_center_code"),
            labour.c.cost_per_hour,
            func.coalesce(foreign_line.c.unit_price, document_line.c.unit_price).label("unit_price"),
            document_line.c.discount_rate,
            tax_code.c.code.label("tax_code"),
            tax_code.c.rate.label("tax_rate"),
            func.coalesce(foreign_line.c.net_amount, document_line.c.net_amount).label("net_amount"),
            func.coalesce(foreign_line.c.tax_amount, document_line.c.tax_amount).label("tax_amount"),
            document_line.c.invoiced_quantity,
            document_line.c.invoiced_amount.label("home_invoiced_amount"),
            func.coalesce(foreign_document.c.currency, document.c.currency).label("currency"),
            document.c.state,
        )
        .join(document, document.c.id == document_line.c.document_id)
        .outerjoin(item, item.c.id == document_line.c.item_id)
        .outerjoin(unit, unit.c.id == document_line.c.unit_id)
        .outerjoin(tax_code, tax_code.c.id == document_line.c.tax_code_id)
        .outerjoin(labour, labour.c.id == document_line.c.id)
        .outerjoin(center, center.c.id == labour.c.work_center_id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(foreign_line, foreign_line.c.id == document_line.c.id)
        .where(
            document_line.c.document_id == asked.document,
            document.c.kind == DocumentKind.REPAIR_ORDER.value,
            document_line.c.closed.is_(False),
        )
        .order_by(document_line.c.line)
    )
    rows = rows_of(connection, query)
    for row in rows:
        done = row.pop("state") in {DocumentState.FINISHED, DocumentState.SETTLED, DocumentState.REJECTED}
        row["billed_quantity"] = min(row["used_quantity"], row["quantity"]) if done else row["quantity"]
        row["gross_amount"] = rounded(row["billed_quantity"] * row["unit_price"], minor_unit_decimals(row["currency"]))
        row["warranty_amount"] = row["gross_amount"] - row["net_amount"]
        row["invoiced_amount"] = row["net_amount"] if row.pop("invoiced_quantity") else ZERO
        if not principal.may(COST):
            row["cost_per_hour"] = None
    return rows


_ON_PAPER: Final = (
    "lot_code",
    "received_on",
    "warranty_until",
    "case_number",
    "diagnosis",
    "report",
    "returned_on",
    "tracking_number",
)


@answers(OneDocument, permission=READ)
def repair_sheet(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of a repair as they are printed, each with the piece; one without a line where nothing is estimated yet."""
    found = rows_of(connection, _repairs().where(document.c.id == asked.document))
    if not found:
        return []
    names = {"piece_code": "item_code", "piece_name": "item_name", "piece_name_zh": "item_name_zh"}
    piece = {name: found[0][name] for name in _ON_PAPER} | {name: found[0][column] for name, column in names.items()}
    lines = repair_lines(connection, asked, principal) or [{"line": None, "item_code": None}]
    return [{**piece, **line} for line in lines]


@answers(OneDocument, permission=READ)
def repair_totals(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """One repair in one row: its lines at price, the split of that and what is invoiced, in its currency.

    In the company's currency stands what is invoiced at the repair's rate (`home_invoiced_amount`), what it cost, who bears the
    cost, and the margin.
    """
    found = connection.execute(_repairs().where(document.c.id == asked.document)).first()
    if found is None:
        return []
    lines = repair_lines(connection, asked, principal)
    home = connection.execute(select(company.c.currency)).scalar_one()
    totals = _totals(connection, asked.document, lines, principal)
    return [{"currency": found.currency, "home_currency": home, **totals}]


def _totals(
    connection: Connection, repair_id: int, lines: list[dict[str, Any]], principal: Principal
) -> dict[str, Decimal | None]:
    def total(column: str) -> Decimal:
        return sum((row[column] for row in lines), ZERO)

    process = production.order_in_process.c
    query = select(process.input_value, process.output_value, process.settled_value).where(
        process.document_id == repair_id
    )
    cost = next((row.input_value for row in connection.execute(query)), ZERO)
    customer, warranty = _borne(connection, repair_id)
    costs = {
        "cost": cost,
        "customer_cost": customer,
        "warranty_cost": warranty,
        "margin": total("home_invoiced_amount") - cost,
    }
    return {
        "gross_amount": total("gross_amount"),
        "net_amount": total("net_amount"),
        "warranty_amount": total("warranty_amount"),
        "tax_amount": total("tax_amount"),
        "invoiced_amount": total("invoiced_amount"),
        "home_invoiced_amount": total("home_invoiced_amount"),
        **{name: costs[name] if principal.may(COST) else None for name in _COSTS},
    }


def _borne(connection: Connection, repair_id: int) -> tuple[Decimal, Decimal]:
    """What completions that stand took to the customer's share and to the warranty's."""
    cost = tables.repair_cost
    query = (
        select(func.sum(cost.c.customer_cost).label("customer"), func.sum(cost.c.warranty_cost).label("warranty"))
        .join(document_line, document_line.c.id == cost.c.id)
        .join(document, document.c.id == document_line.c.document_id)
        .join(document_link, document_link.c.to_id == document.c.id)
        .where(document_link.c.from_id == repair_id, document.c.state == DocumentState.POSTED.value)
    )
    row = connection.execute(query).one()
    return row.customer or ZERO, row.warranty or ZERO


@answers(OneDocument, permission=READ)
def repair_documents(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The documents that a repair led to: issues, parts put back, hours, completions and invoices, with what each moved."""
    moved = (
        select(inventory.stock_move.c.document_id, func.sum(inventory.stock_move.c.value).label("stock_value"))
        .group_by(inventory.stock_move.c.document_id)
        .subquery()
    )
    invoice = document.c.kind == DocumentKind.CUSTOMER_INVOICE.value
    labour = document.c.kind == DocumentKind.LABOUR_REPORT.value
    query = (
        select(
            document.c.id.label("document_id"),
            document.c.kind,
            document.c.number,
            document.c.state,
            document.c.posted_on.label("on_day"),
            case((invoice, func.coalesce(foreign_document.c.total_amount, document.c.total_amount))).label(
                "total_amount"
            ),
            func.coalesce(foreign_document.c.currency, document.c.currency).label("currency"),
            moved.c.stock_value,
            case((labour, document.c.net_amount), else_=None).label("labour_cost"),
        )
        .join(document_link, document_link.c.to_id == document.c.id)
        .outerjoin(moved, moved.c.document_id == document.c.id)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .where(document_link.c.from_id == asked.document)
        .order_by(document.c.created_at, document.c.id)
    )
    rows = rows_of(connection, query)
    for row in rows:
        if not principal.may(COST):
            row["stock_value"] = row["labour_cost"] = None
    return rows


@answers(OneDocument, permission=READ)
def case_repairs(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The repairs of a case, each with its state, its split and what it cost."""
    rows = []
    about, link = document_line.alias("about_line"), tables.repair_order
    query = (
        select(link.c.id).join(about, about.c.id == link.c.case_line_id).where(about.c.document_id == asked.document)
    )
    for repair_id in connection.execute(query.order_by(link.c.id)).scalars().all():
        one = OneDocument(document=repair_id)
        (repair,) = repair_details(connection, one, principal)
        (totals,) = repair_totals(connection, one, principal)
        rows.append({**repair, "document_id": repair_id, **totals})
    return rows


QUERIES: Final[tuple[Query, ...]] = (
    repairs,
    repair_details,
    repair_lines,
    repair_sheet,
    repair_totals,
    repair_documents,
    case_repairs,
)
