"""Asks about money at this moment: the entries of a document, the journal, the chart, the periods, what is open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Connection, case, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Nothing, OneDocument, Sorted, contains, may_read, page_of, rows_of
from app.kernel.documents import open_to_credit
from app.kernel.unit_of_work import Row
from app.modules.ledger.payment_schedule import payment_schedule
from schemas.operational import documents, foreign_currency, kernel, master_data
from schemas.operational import ledger as tables
from schemas.vocabulary.numbers import ZERO

_READ: Final = "ledger.read"
_SAID_BY_ITEM = frozenset({"amount", "open_amount"})


class EntryList(Sorted):
    """Which journal entries to list."""

    from_on: date | None = None
    to_on: date | None = None


class OneEntry(Arguments):
    """Which journal entry."""

    id: int


class OpenItemList(Sorted):
    """Which open items to list."""

    party: Annotated[str, Field(max_length=64)] | None = None


def _lines() -> Any:
    return (
        select(
            *tables.journal_line.c,
            tables.journal_entry.c.number.label("entry_number"),
            tables.journal_entry.c.posted_on,
            tables.account.c.code.label("account_code"),
            tables.account.c.name_en.label("account_name_en"),
            tables.account.c.name_zh_hans.label("account_name_zh_hans"),
            tables.account.c.name_zh_hant.label("account_name_zh_hant"),
            master_data.party.c.name.label("party_name"),
        )
        .join(tables.journal_entry, tables.journal_entry.c.id == tables.journal_line.c.entry_id)
        .join(tables.account, tables.account.c.id == tables.journal_line.c.account_id)
        .outerjoin(master_data.party, master_data.party.c.id == tables.journal_line.c.party_id)
    )


@answers(OneDocument, permission=_READ)
def document_postings(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The postings of a document, entry by entry."""
    query = _lines().where(tables.journal_entry.c.document_id == asked.document)
    return rows_of(connection, query.order_by(tables.journal_entry.c.id, tables.journal_line.c.line).limit(2000))


def _entries() -> Any:
    return select(
        *tables.journal_entry.c,
        documents.document.c.number.label("document_number"),
        documents.document.c.kind.label("document_kind"),
        documents.document.c.state.label("state"),
    ).join(documents.document, documents.document.c.id == tables.journal_entry.c.document_id)


@answers(EntryList, permission=_READ)
def journal_entries(connection: Connection, asked: EntryList, _principal: Principal) -> list[dict[str, Any]]:
    """Journal entries, the latest first."""
    query = _entries()
    if asked.from_on:
        query = query.where(tables.journal_entry.c.posted_on >= asked.from_on)
    if asked.to_on:
        query = query.where(tables.journal_entry.c.posted_on <= asked.to_on)
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            or_(
                tables.journal_entry.c.number.ilike(pattern, escape="\\"),
                tables.journal_entry.c.description.ilike(pattern, escape="\\"),
                documents.document.c.number.ilike(pattern, escape="\\"),
            )
        )
    return page_of(connection, query, asked, tables.journal_entry.c.id.desc())


@answers(OneEntry, permission=_READ)
def journal_entry_by_id(connection: Connection, asked: OneEntry, _principal: Principal) -> list[dict[str, Any]]:
    """One journal entry."""
    return rows_of(connection, _entries().where(tables.journal_entry.c.id == asked.id))


@answers(OneEntry, permission=_READ)
def journal_entry_lines(connection: Connection, asked: OneEntry, _principal: Principal) -> list[dict[str, Any]]:
    """The postings of one journal entry."""
    query = _lines().where(tables.journal_line.c.entry_id == asked.id).order_by(tables.journal_line.c.line)
    return rows_of(connection, query)


@answers(Nothing, permission=_READ)
def accounts(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The chart of accounts."""
    return rows_of(connection, select(*tables.account.c).order_by(tables.account.c.code))


@answers(Nothing, permission=_READ)
def account_balances(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """What stands in each account that was ever posted to: debits, credits, and debits less credits."""
    return balances_by_account(connection)


def balances_by_account(connection: Connection) -> list[dict[str, Any]]:
    """Add up the postings of each account, on a connection that may hold what is not committed yet."""
    debit, credit = func.sum(tables.journal_line.c.debit), func.sum(tables.journal_line.c.credit)
    query = (
        select(
            tables.account.c.code,
            tables.account.c.name_en,
            debit.label("debit"),
            credit.label("credit"),
            (debit - credit).label("balance"),
        )
        .join(tables.journal_line, tables.journal_line.c.account_id == tables.account.c.id)
        .group_by(tables.account.c.code, tables.account.c.name_en)
        .order_by(tables.account.c.code)
    )
    return rows_of(connection, query)


@answers(Nothing, permission=_READ)
def account_roles(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Which account plays which role."""
    query = select(tables.account_role.c.role, tables.account.c.code.label("account_code")).join(
        tables.account, tables.account.c.id == tables.account_role.c.account_id
    )
    return rows_of(connection, query.order_by(tables.account_role.c.role))


@answers(Nothing, permission=_READ)
def fiscal_periods(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The fiscal periods, the latest first."""
    return rows_of(connection, select(*tables.fiscal_period.c).order_by(tables.fiscal_period.c.code.desc()))


def _open_items(connection: Connection, asked: OpenItemList, side: str) -> list[dict[str, Any]]:
    item, document, party = tables.open_item, documents.document, master_data.party
    said = foreign_currency.foreign_item
    query = (
        select(
            *(
                func.coalesce(said.c[column.name], column).label(column.name)
                if column.name in _SAID_BY_ITEM
                else column
                for column in item.c
            ),
            case((said.c.id.is_not(None), item.c.open_amount)).label("home_open_amount"),
            document.c.number,
            document.c.kind,
            func.coalesce(said.c.currency, document.c.currency).label("currency"),
            document.c.external_number,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
        )
        .join(document, document.c.id == item.c.document_id)
        .join(party, party.c.id == item.c.party_id)
        .outerjoin(said, said.c.id == item.c.id)
        .where(item.c.side == side, item.c.open_amount != 0)
    )
    if asked.party is not None:
        query = query.where(party.c.code == asked.party)
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(
            or_(document.c.number.ilike(pattern, escape="\\"), party.c.name.ilike(pattern, escape="\\"))
        )
    return page_of(connection, query, asked, item.c.due_on, item.c.id)


@answers(Nothing, permission="documents.read")
def open_item_totals(connection: Connection, _asked: Nothing, principal: Principal) -> list[dict[str, Any]]:
    """What is open on either side in all: how many items and how much, as far as the reader may see it."""
    permitted = {"receivable": "receivables.read", "payable": "payables.read"}
    sides = [side for side, permission in permitted.items() if principal.may(permission)]
    item = tables.open_item
    query = (
        select(item.c.side, func.count().label("item_count"), func.sum(item.c.open_amount).label("open_amount"))
        .where(item.c.side.in_(sides), item.c.open_amount != 0)
        .group_by(item.c.side)
        .order_by(item.c.side.desc())
    )
    return rows_of(connection, query)


@answers(OpenItemList, permission="receivables.read")
def open_receivables(connection: Connection, asked: OpenItemList, _principal: Principal) -> list[dict[str, Any]]:
    """What customers owe, the earliest due first."""
    return _open_items(connection, asked, "receivable")


@answers(OpenItemList, permission="payables.read")
def open_payables(connection: Connection, asked: OpenItemList, _principal: Principal) -> list[dict[str, Any]]:
    """What is owed to suppliers, the earliest due first."""
    return _open_items(connection, asked, "payable")


@answers(Nothing, permission="documents.read")
def company(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """The company: its name, currency, country and chart of accounts."""
    return rows_of(connection, select(*kernel.company.c))


@answers(OneDocument, permission="documents.read")
def creditable_lines(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The lines of an invoice or bill with what is credited of them, what is left, and how much was returned to be credited."""
    line, order_line = documents.document_line, documents.document_line.alias("order_line")
    said = foreign_currency.foreign_line
    kind = connection.execute(
        select(documents.document.c.kind).where(documents.document.c.id == asked.document)
    ).scalar()
    if kind is None or not may_read(principal, kind):
        return []
    query = (
        select(
            line.c.id,
            line.c.line,
            line.c.kind.label("line_kind"),
            func.coalesce(master_data.item.c.code, "").label("item_code"),
            func.coalesce(master_data.item.c.name, line.c.description).label("item_name"),
            line.c.quantity,
            func.coalesce(said.c.net_amount, line.c.net_amount).label("net_amount"),
            *(
                order_line.c[name].label(f"order_{name}")
                for name in (
                    "kind",
                    "fulfilled_quantity",
                    "invoiced_quantity",
                    "returned_quantity",
                    "creditable_quantity",
                    "credited_quantity",
                    "closed",
                )
            ),
        )
        .outerjoin(master_data.item, master_data.item.c.id == line.c.item_id)
        .outerjoin(order_line, order_line.c.id == line.c.source_line_id)
        .outerjoin(said, said.c.id == line.c.id)
        .where(line.c.document_id == asked.document)
        .order_by(line.c.line)
    )
    rows = rows_of(connection, query)
    credited = _credits_of(connection, [row["id"] for row in rows])
    for row in rows:
        names = [name for name in row if name.startswith("order_")]
        ordered = Row({name.removeprefix("order_"): row.pop(name) for name in names})
        quantity, net = credited.get(row["id"], (ZERO, ZERO))
        returned = open_to_credit(ordered) if row["line_kind"] == "item" and ordered.closed is not None else ZERO
        row["credited_quantity"], row["credited_amount"] = quantity, net
        row["left_quantity"] = min(returned, row["quantity"] - quantity)
        row["left_amount"] = row["net_amount"] - net
    return rows


def _credits_of(connection: Connection, ids: list[int]) -> dict[int, tuple[Decimal, Decimal]]:
    line, document = documents.document_line, documents.document
    said = foreign_currency.foreign_line
    net = func.coalesce(said.c.net_amount, line.c.net_amount)
    rows = connection.execute(
        select(line.c.source_line_id, func.sum(line.c.quantity), func.sum(net))
        .join(document, document.c.id == line.c.document_id)
        .outerjoin(said, said.c.id == line.c.id)
        .where(
            line.c.source_line_id.in_(ids),
            document.c.kind.in_(("credit_note", "debit_note")),
            document.c.state == "posted",
        )
        .group_by(line.c.source_line_id)
    )
    return {line_id: (quantity, net) for line_id, quantity, net in rows}


QUERIES: Final[tuple[Query, ...]] = (
    document_postings,
    journal_entries,
    journal_entry_by_id,
    journal_entry_lines,
    accounts,
    account_balances,
    account_roles,
    fiscal_periods,
    open_item_totals,
    open_receivables,
    open_payables,
    creditable_lines,
    payment_schedule,
    company,
)
