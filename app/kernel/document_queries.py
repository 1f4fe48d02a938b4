"""Reads documents from the operational store: lists by kind, one document, its lines, its chain.

Every kind is listed by a query of its own, so that its permission stands beside it and a list of sales orders is not a
door to payments. A document that the reader may not see is answered as one that is not there. Figures over many
documents are the marts' work, not these queries'.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticKnownError
from sqlalchemy import Connection, Executable, Select, and_, case, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.errors import Refused
from schemas.operational.documents import document, document_line, document_link
from schemas.operational.foreign_currency import foreign_document, foreign_item, foreign_line
from schemas.operational.fulfilment import carrier, carrier_service, order_delivery, parcel, parcel_tracking
from schemas.operational.inventory import lot
from schemas.operational.kernel import company, user_account
from schemas.operational.ledger import open_item
from schemas.operational.master_data import item, location, party, payment_term, tax_code, unit
from schemas.operational.shops import shop_order
from schemas.vocabulary.documents import DocumentKind, DocumentState

READ_PERMISSION: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.QUOTATION: "sales.read",
    DocumentKind.SALES_ORDER: "sales.read",
    DocumentKind.SHIPMENT: "sales.read",
    DocumentKind.PICK_WAVE: "fulfilment.read",
    DocumentKind.PICK_LIST: "fulfilment.read",
    DocumentKind.PARCEL: "fulfilment.read",
    DocumentKind.PURCHASE_REQUISITION: "purchasing.read",
    DocumentKind.REQUEST_FOR_QUOTATION: "purchasing.read",
    DocumentKind.SUPPLIER_QUOTATION: "purchasing.read",
    DocumentKind.BLANKET_ORDER: "purchasing.read",
    DocumentKind.PURCHASE_ORDER: "purchasing.read",
    DocumentKind.ORDER_CONFIRMATION: "purchasing.read",
    DocumentKind.DELIVERY_NOTICE: "purchasing.read",
    DocumentKind.GOODS_RECEIPT: "purchasing.receipt.read",
    DocumentKind.SUPPLIER_CLAIM: "purchasing.read",
    DocumentKind.SUPPLIER_BILL: "payables.read",
    DocumentKind.PAYMENT_OUT: "payables.read",
    DocumentKind.CUSTOMER_INVOICE: "receivables.read",
    DocumentKind.PAYMENT_IN: "receivables.read",
    DocumentKind.STOCK_TRANSFER: "inventory.read",
    DocumentKind.TRANSFER_DISPATCH: "inventory.read",
    DocumentKind.TRANSFER_RECEIPT: "inventory.read",
    DocumentKind.STOCK_COUNT: "inventory.read",
    DocumentKind.COUNT_SHEET: "inventory.count.read",
    DocumentKind.OPENING_STOCK: "inventory.read",
    DocumentKind.OPENING_RECEIVABLE: "receivables.read",
    DocumentKind.OPENING_PAYABLE: "payables.read",
    DocumentKind.PRODUCTION_ORDER: "production.read",
    DocumentKind.MATERIAL_ISSUE: "production.read",
    DocumentKind.PRODUCTION_COMPLETION: "production.read",
    DocumentKind.CUSTOMER_RETURN: "sales.read",
    DocumentKind.CREDIT_NOTE: "receivables.read",
    DocumentKind.SUPPLIER_RETURN: "purchasing.read",
    DocumentKind.DEBIT_NOTE: "payables.read",
    DocumentKind.CREDIT_APPLICATION: "ledger.read",
    DocumentKind.LANDED_COST: "payables.read",
    DocumentKind.FREIGHT_BILL: "payables.read",
    DocumentKind.COST_CLOSING: "ledger.read",
    DocumentKind.REVALUATION: "ledger.read",
    DocumentKind.STATUS_CHANGE: "inventory.read",
    DocumentKind.STOCK_SCRAP: "inventory.read",
    DocumentKind.ADVANCE_ISSUE: "inventory.read",
    DocumentKind.INTERNAL_ISSUE: "inventory.read",
    DocumentKind.THIRD_PARTY_RECEIPT: "inventory.third_party.read",
    DocumentKind.THIRD_PARTY_RETURN: "inventory.third_party.read",
    DocumentKind.SERVICE_CASE: "service.read",
    DocumentKind.REPAIR_ORDER: "service.read",
    DocumentKind.MATERIAL_RETURN: "service.read",
    DocumentKind.LABOUR_REPORT: "service.read",
    DocumentKind.REPAIR_COMPLETION: "service.read",
    DocumentKind.MANUAL_ENTRY: "ledger.read",
    DocumentKind.REVERSAL: "ledger.read",
}
_SAID_BY_LINE: Final = ("unit_price", "net_amount", "tax_amount")
_CHAIN_LIMIT: Final = 60
_OPEN_STATES: Final = ("draft", "sent", "offered", "open", "inspected", "decided", "confirmed", "released", "finished")
_TRACKED: Final = (
    ("state", "tracking_state"),
    ("state_at", "state_at"),
    ("expected_on", "expected_on"),
    ("delivered_on", "delivered_on"),
    ("problem", "problem"),
)
COST: Final = "inventory.cost.read"
_VALUED_AT_COST: Final = frozenset(
    {
        DocumentKind.OPENING_STOCK.value,
        DocumentKind.STOCK_COUNT.value,
        DocumentKind.STOCK_SCRAP.value,
        DocumentKind.TRANSFER_RECEIPT.value,
        DocumentKind.INTERNAL_ISSUE.value,
        DocumentKind.LABOUR_REPORT.value,
    }
)
_TOTALS: Final = ("net_amount", "tax_amount", "total_amount", "home_total_amount")

Text = Annotated[str, Field(max_length=200)]
_LARGEST: Final = 2**63 - 1


class Arguments(BaseModel):
    """Base of a query's arguments; what no database can compare is no argument: numbers beyond 64 bits, and texts with NUL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _comparable(cls, value: Any) -> Any:
        if isinstance(value, int) and value > _LARGEST:
            raise PydanticKnownError("less_than_equal", {"le": _LARGEST})
        if isinstance(value, int) and value < -_LARGEST:
            raise PydanticKnownError("greater_than_equal", {"ge": -_LARGEST})
        if isinstance(value, str) and "\x00" in value:
            raise PydanticKnownError("string_pattern_mismatch", {"pattern": r"^[^\x00]*$"})
        return value


class Paged(Arguments):
    """Arguments of a query that gives one page of rows."""

    search: Text = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class Sorted(Paged):
    """Arguments of a query that gives one page of rows in an order that the reader chose.

    `sort` names a column of the rows, with a minus before it for the largest first; empty keeps the query's own order.
    """

    sort: Annotated[str, Field(max_length=64, pattern=r"^(-?[a-z][a-z0-9_]*)?$")] = ""


class DocumentList(Sorted):
    """Which documents of a kind to list."""

    state: DocumentState | None = None
    party: Text | None = None
    from_on: date | None = None
    to_on: date | None = None
    open_only: bool = False


class OneDocument(Arguments):
    """Which document."""

    document: int


def contains(text: str) -> str:
    """A LIKE pattern for a text that a person typed, with its wildcards taken literally; escape character backslash."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def rows_of(connection: Connection, query: Executable) -> list[dict[str, Any]]:
    """The rows of a select as dictionaries."""
    return [dict(row) for row in connection.execute(query).mappings()]


def without_cost(rows: list[dict[str, Any]], principal: Principal, column: str) -> list[dict[str, Any]]:
    """The same rows, a column of them empty for a reader who may not see what things cost."""
    if not principal.may(COST):
        for row in rows:
            row[column] = None
    return rows


def _documents_for(principal: Principal, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same documents, the totals of those that are valued at cost empty for a reader who may not see what things cost."""
    if not principal.may(COST):
        for row in rows:
            if row["kind"] in _VALUED_AT_COST:
                row.update(dict.fromkeys(_TOTALS))
    return rows


def page_of(connection: Connection, query: Select[Any], asked: Sorted, *order: Any) -> list[dict[str, Any]]:
    """One page of a select in the order that was asked for, then in its own.

    Raises:
        Refused: the rows have no column of that name.
    """
    name = asked.sort.removeprefix("-")
    column = query.selected_columns.get(name) if name else None
    if name and column is None:
        raise Refused("input_invalid", field="sort", name="sort", value=name, reason="no_such_column", limit="")
    first = () if column is None else (column.desc() if asked.sort.startswith("-") else column.asc(),)
    return rows_of(connection, query.order_by(*first, *order).limit(asked.limit).offset(asked.offset))


def lists(name: str, kind: DocumentKind) -> Query:
    """Make the query that lists the documents of a kind."""

    def listed(connection: Connection, asked: DocumentList, principal: Principal) -> list[dict[str, Any]]:
        if kind in _VALUED_AT_COST and asked.sort.removeprefix("-") in _TOTALS:
            principal.demand(COST)  # The order of hidden numbers tells them.
        query = _documents().where(document.c.kind == kind.value)
        if asked.state is not None:
            query = query.where(document.c.state == asked.state.value)
        if asked.open_only:
            query = query.where(document.c.state.in_(_OPEN_STATES))
        if asked.party:
            query = query.where(party.c.code == asked.party)
        if asked.from_on:
            query = query.where(document.c.document_on >= asked.from_on)
        if asked.to_on:
            query = query.where(document.c.document_on <= asked.to_on)
        if asked.search:
            pattern = contains(asked.search)
            query = query.where(
                or_(
                    document.c.number.ilike(pattern, escape="\\"),
                    document.c.external_number.ilike(pattern, escape="\\"),
                    party.c.name.ilike(pattern, escape="\\"),
                    party.c.search_key.ilike(pattern, escape="\\"),
                    item.c.code.ilike(pattern, escape="\\"),
                )
            )
        rows = page_of(connection, query, asked, document.c.document_on.desc(), document.c.id.desc())
        return _documents_for(principal, rows)

    listed.__name__ = name
    listed.__doc__ = f"{name.replace('_', ' ').capitalize()} that the reader may see, the latest first."
    return answers(DocumentList, permission=READ_PERMISSION[kind])(listed)


LISTS: Final[tuple[Query, ...]] = tuple(
    lists(name, kind)
    for name, kind in (
        ("quotations", DocumentKind.QUOTATION),
        ("sales_orders", DocumentKind.SALES_ORDER),
        ("shipments", DocumentKind.SHIPMENT),
        ("pick_waves", DocumentKind.PICK_WAVE),
        ("pick_lists", DocumentKind.PICK_LIST),
        ("purchase_requisitions", DocumentKind.PURCHASE_REQUISITION),
        ("requests_for_quotation", DocumentKind.REQUEST_FOR_QUOTATION),
        ("supplier_quotations", DocumentKind.SUPPLIER_QUOTATION),
        ("blanket_orders", DocumentKind.BLANKET_ORDER),
        ("purchase_orders", DocumentKind.PURCHASE_ORDER),
        ("order_confirmations", DocumentKind.ORDER_CONFIRMATION),
        ("delivery_notices", DocumentKind.DELIVERY_NOTICE),
        ("goods_receipts", DocumentKind.GOODS_RECEIPT),
        ("supplier_claims", DocumentKind.SUPPLIER_CLAIM),
        ("supplier_bills", DocumentKind.SUPPLIER_BILL),
        ("payments_out", DocumentKind.PAYMENT_OUT),
        ("customer_invoices", DocumentKind.CUSTOMER_INVOICE),
        ("payments_in", DocumentKind.PAYMENT_IN),
        ("stock_transfers", DocumentKind.STOCK_TRANSFER),
        ("transfer_dispatches", DocumentKind.TRANSFER_DISPATCH),
        ("transfer_receipts", DocumentKind.TRANSFER_RECEIPT),
        ("stock_counts", DocumentKind.STOCK_COUNT),
        ("count_sheets", DocumentKind.COUNT_SHEET),
        ("opening_stocks", DocumentKind.OPENING_STOCK),
        ("opening_receivables", DocumentKind.OPENING_RECEIVABLE),
        ("opening_payables", DocumentKind.OPENING_PAYABLE),
        ("production_orders", DocumentKind.PRODUCTION_ORDER),
        ("material_issues", DocumentKind.MATERIAL_ISSUE),
        ("production_completions", DocumentKind.PRODUCTION_COMPLETION),
        ("customer_returns", DocumentKind.CUSTOMER_RETURN),
        ("credit_notes", DocumentKind.CREDIT_NOTE),
        ("supplier_returns", DocumentKind.SUPPLIER_RETURN),
        ("debit_notes", DocumentKind.DEBIT_NOTE),
        ("credit_applications", DocumentKind.CREDIT_APPLICATION),
        ("landed_costs", DocumentKind.LANDED_COST),
        ("freight_bills", DocumentKind.FREIGHT_BILL),
        ("cost_closings", DocumentKind.COST_CLOSING),
        ("revaluations", DocumentKind.REVALUATION),
        ("status_changes", DocumentKind.STATUS_CHANGE),
        ("stock_scraps", DocumentKind.STOCK_SCRAP),
        ("advance_issues", DocumentKind.ADVANCE_ISSUE),
        ("internal_issues", DocumentKind.INTERNAL_ISSUE),
        ("material_returns", DocumentKind.MATERIAL_RETURN),
        ("labour_reports", DocumentKind.LABOUR_REPORT),
        ("repair_completions", DocumentKind.REPAIR_COMPLETION),
        ("third_party_receipts", DocumentKind.THIRD_PARTY_RECEIPT),
        ("third_party_returns", DocumentKind.THIRD_PARTY_RETURN),
    )
)


def _said(column: str) -> Any:
    return func.coalesce(foreign_document.c[column], document.c[column]).label(column)


def _documents() -> Select[Any]:
    """Documents in the currency that each is in; of a foreign one also its rate and its total in the company's."""
    return (
        select(
            *(
                _said(column.name) if column.name in foreign_document.c and column.name != "id" else column
                for column in document.c
            ),
            foreign_document.c.exchange_rate.label("foreign_exchange_rate"),
            case((foreign_document.c.id.is_not(None), document.c.total_amount)).label("home_total_amount"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
        )
        .select_from(document)
        .outerjoin(foreign_document, foreign_document.c.id == document.c.id)
        .outerjoin(party, party.c.id == document.c.party_id)
        .outerjoin(item, item.c.id == document.c.item_id)
    )


def may_read(principal: Principal, kind: str) -> bool:
    """Whether a principal may see documents of a kind."""
    return principal.may(READ_PERMISSION[DocumentKind(kind)])


def _seen(connection: Connection, document_id: int, principal: Principal) -> dict[str, Any] | None:
    found = rows_of(connection, _documents().where(document.c.id == document_id))
    return _documents_for(principal, found)[0] if found and may_read(principal, found[0]["kind"]) else None


@answers(OneDocument, permission="documents.read")
def document_by_id(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """One document with the names of its party, item and maker; no row where it is not there or not for the reader."""
    row = _seen(connection, asked.document, principal)
    if row is None:
        return []
    maker = connection.execute(select(user_account.c.name).where(user_account.c.id == row["created_by"])).scalar()
    reversed_by = connection.execute(select(document.c.number).where(document.c.reverses_id == row["id"])).scalar()
    reverses = connection.execute(select(document.c.number).where(document.c.id == row["reverses_id"])).scalar()
    return [{**row, "created_by_name": maker, "reversed_by_number": reversed_by, "reverses_number": reverses}]


@answers(OneDocument, permission="documents.read")
def document_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of a document in their order, in the document's currency."""
    seen = _seen(connection, asked.document, principal)
    if seen is None:
        return []
    to_location = location.alias("to_location")
    supplier = party.alias("supplier")
    own = [column for column in document_line.c if column.name not in _SAID_BY_LINE]
    said = (func.coalesce(foreign_line.c[name], document_line.c[name]).label(name) for name in _SAID_BY_LINE)
    query = (
        select(
            *own,
            *said,
            case((foreign_line.c.id.is_not(None), document_line.c.net_amount)).label("home_net_amount"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            unit.c.code.label("unit_code"),
            tax_code.c.code.label("tax_code"),
            tax_code.c.rate.label("tax_rate"),
            lot.c.code.label("lot_code"),
            lot.c.expires_on.label("lot_expires_on"),
            location.c.code.label("location_code"),
            to_location.c.code.label("to_location_code"),
            supplier.c.code.label("supplier_code"),
            supplier.c.name.label("supplier_name"),
        )
        .select_from(document_line)
        .outerjoin(foreign_line, foreign_line.c.id == document_line.c.id)
        .outerjoin(item, item.c.id == document_line.c.item_id)
        .outerjoin(unit, unit.c.id == document_line.c.unit_id)
        .outerjoin(tax_code, tax_code.c.id == document_line.c.tax_code_id)
        .outerjoin(lot, lot.c.id == document_line.c.lot_id)
        .outerjoin(location, location.c.id == document_line.c.location_id)
        .outerjoin(to_location, to_location.c.id == document_line.c.to_location_id)
        .outerjoin(supplier, supplier.c.id == document_line.c.supplier_id)
        .where(document_line.c.document_id == asked.document)
        .order_by(document_line.c.line)
    )
    rows = rows_of(connection, query)
    for row in rows:
        row["open_quantity"] = max(row["quantity"] - row["fulfilled_quantity"], row["quantity"] * 0)
        row["item_name"] = row["item_name"] or row["description"]
        row["chargeable_quantity"] = row["fulfilled_quantity"] - row["returned_quantity"] + row["creditable_quantity"]
    for name in _SAID_BY_LINE if seen["kind"] in _VALUED_AT_COST else ():
        without_cost(rows, principal, name)
    return without_cost(rows, principal, "stock_value")


@answers(OneDocument, permission="documents.read")
def printed_document(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """What a printed document states beside its lines: itself, the company, the other side, terms, the order it follows."""
    row = _seen(connection, asked.document, principal)
    if row is None:
        return []
    own = ("name", "tax_number", "address", "phone", "email", "bank_account", "currency", "currency_decimals")
    theirs = ("tax_number", "address", "phone", "email", "language")
    sides = (
        select(
            *(company.c[name].label(f"company_{name}") for name in own),
            *(party.c[name].label(f"party_{name}") for name in theirs),
            payment_term.c.name.label("payment_term"),
        )
        .select_from(company)
        .outerjoin(party, party.c.id == row["party_id"])
        .outerjoin(payment_term, payment_term.c.id == party.c.payment_term_id)
    )
    order = (
        select(
            document.c.id.label("order_id"),
            document.c.number.label("order_number"),
            document.c.external_number.label("order_external_number"),
        )
        .join(document_link, document_link.c.from_id == document.c.id)
        .where(
            document_link.c.to_id == row["id"],
            document.c.kind.in_((DocumentKind.PURCHASE_ORDER.value, DocumentKind.SALES_ORDER.value)),
        )
        .order_by(document.c.id)
    )
    none = {"order_id": None, "order_number": None, "order_external_number": None}
    printed = {**row, **rows_of(connection, sides)[0], **(rows_of(connection, order.limit(1)) or [none])[0]}
    agreed = " ".join(part for part in (row["incoterm"], row["incoterm_place"]) if part)
    printed["delivery_terms"] = agreed or None
    in_books = select(document.c.tax_amount).where(document.c.id == row["id"])
    printed["home_tax_amount"] = connection.execute(in_books).scalar_one()
    return [
        {
            **printed,
            **_ship_to(connection, printed, principal),
            "parcels": parcels_of(connection, row["id"]),
            "instalments": _instalments(connection, row["id"]),
        }
    ]


def _instalments(connection: Connection, document_id: int) -> list[dict[str, Any]]:
    """The parts in which a posted document is to be paid; none where all of it is due on one day."""
    said = func.coalesce(foreign_item.c.amount, open_item.c.amount).label("amount")
    query = (
        select(open_item.c.due_on, said)
        .outerjoin(foreign_item, foreign_item.c.id == open_item.c.id)
        .where(open_item.c.document_id == document_id)
    )
    rows = rows_of(connection, query.order_by(open_item.c.due_on, open_item.c.id))
    return rows if len(rows) > 1 else []


def parcels_of(connection: Connection, document_id: int) -> list[dict[str, Any]]:
    """The parcel that a document is, or those of a shipment or an order, with who brings them."""
    to = document_link.alias("to")
    ends = (
        select(document_link.c.from_id)
        .where(document_link.c.to_id == document_id, document_link.c.kind == "packing")
        .union(select(to.c.to_id).where(to.c.from_id == document_id, to.c.kind == "packing"))
    )
    query = (
        select(
            *parcel.c,
            document.c.number,
            document.c.state.label("document_state"),
            document.c.posted_on,
            carrier.c.code.label("carrier"),
            carrier.c.name.label("carrier_name"),
            carrier_service.c.code.label("service"),
            carrier_service.c.name.label("service_name"),
            *(parcel_tracking.c[name].label(as_name) for name, as_name in _TRACKED),
        )
        .join(document, document.c.id == parcel.c.id)
        .outerjoin(parcel_tracking, parcel_tracking.c.id == parcel.c.id)
        .outerjoin(carrier, carrier.c.id == parcel.c.carrier_id)
        .outerjoin(carrier_service, carrier_service.c.id == parcel.c.service_id)
        .where(or_(parcel.c.id == document_id, parcel.c.id.in_(ends)), document.c.state != "cancelled")
        .order_by(parcel.c.id)
    )
    rows = rows_of(connection, query)
    for found in rows:
        scale = found["scale_weight_kg"]
        found["weight_kg"] = scale if scale is not None else found["computed_weight_kg"] or None
    return rows


def _ship_to(connection: Connection, printed: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
    """Where goods go: for who may ship, to the buyer of a shop's order and where it is planned to go; else to the party.

    A purchase order names the customer that it ships to for who may order, and otherwise nobody: its goods come to us.
    """
    names = ("name", "address", "phone")
    side = {f"ship_to_{name}": printed[f"party_{name}"] for name in names}
    who_ships = {
        DocumentKind.SHIPMENT: "sales.shipment.write",
        DocumentKind.PARCEL: "fulfilment.pack.write",
        DocumentKind.PURCHASE_ORDER: "purchasing.order.write",
    }
    bought = printed["kind"] == DocumentKind.PURCHASE_ORDER
    if bought and (printed["order_id"] is None or not principal.may(who_ships[printed["kind"]])):
        return dict.fromkeys(side)
    if printed["kind"] not in who_ships or not principal.may(who_ships[printed["kind"]]):
        return side
    if bought:
        theirs = (party.c[name].label(f"ship_to_{name}") for name in names)
        sold_to = select(*theirs).join(document, document.c.party_id == party.c.id)
        (side,) = rows_of(connection, sold_to.where(document.c.id == printed["order_id"]))
    buyer = (shop_order.c[f"buyer_{name}"].label(f"ship_to_{name}") for name in names)
    for row in rows_of(connection, select(*buyer).where(shop_order.c.document_id == printed["order_id"])):
        side = row if row["ship_to_name"] else side
    place = (order_delivery.c[name].label(f"ship_to_{name}") for name in ("address", "phone"))
    for row in rows_of(connection, select(*place).where(order_delivery.c.id == printed["order_id"])):
        side = {**side, **{name: value for name, value in row.items() if value}}
    return side


@answers(OneDocument, permission="documents.read")
def document_chain(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The documents before and after one, oldest first, as far as the reader may see them."""
    if _seen(connection, asked.document, principal) is None:
        return []
    known, fresh = {asked.document}, {asked.document}
    while fresh and len(known) < _CHAIN_LIMIT:
        touching = select(document_link.c.from_id, document_link.c.to_id).where(
            or_(document_link.c.from_id.in_(fresh), document_link.c.to_id.in_(fresh))
        )
        found = {end for row in connection.execute(touching) for end in row}
        fresh = found - known
        known |= found
    chosen = _documents().where(document.c.id.in_(known)).order_by(document.c.created_at, document.c.id)
    rows = [row for row in rows_of(connection, chosen.limit(_CHAIN_LIMIT)) if may_read(principal, row["kind"])]
    return _documents_for(principal, rows)


class Scan(Arguments):
    """A code that a person scanned or typed into the search box."""

    number: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Literal["any"] | DocumentKind = "any"


@answers(Scan, permission="documents.read")
def documents_numbered(connection: Connection, asked: Scan, principal: Principal) -> list[dict[str, Any]]:
    """Documents whose own or outside number is this one."""
    named = or_(document.c.number == asked.number, document.c.external_number == asked.number)
    kinds = [document.c.kind == asked.kind] if asked.kind != "any" else []
    rows = rows_of(connection, _documents().where(and_(named, *kinds)).order_by(document.c.id.desc()).limit(20))
    return _documents_for(principal, [row for row in rows if may_read(principal, row["kind"])])


class Nothing(Arguments):
    """No arguments."""


@answers(Nothing, permission="documents.read")
def waiting_work(connection: Connection, _asked: Nothing, principal: Principal) -> list[dict[str, Any]]:
    """How many orders of each kind are open, and for what amount, as far as the reader may see them."""
    kinds = [kind.value for kind in READ_PERMISSION if may_read(principal, kind)]
    query = (
        select(
            document.c.kind,
            document.c.state,
            func.count().label("document_count"),
            func.sum(document.c.total_amount).label("total_amount"),
            func.min(document.c.due_on).label("earliest_due_on"),
        )
        .where(document.c.kind.in_(kinds), document.c.state.in_(_OPEN_STATES))
        .group_by(document.c.kind, document.c.state)
        .order_by(document.c.kind, document.c.state)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (
    *LISTS,
    document_by_id,
    document_lines,
    printed_document,
    document_chain,
    documents_numbered,
    waiting_work,
)
