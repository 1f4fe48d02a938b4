"""Asks what bad quality costs: what is scrapped inside, and what customers bring back, are credited, get instead or have repaired.

Failure is told in two classes, as the model of prevention, appraisal and failure does: internal, found before the customer, and
external, what cases of after-sales and warranty cost less what suppliers bear of it. Prevention and appraisal are wages, which no
document tells apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, and_, case, func, literal, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import COST, Arguments, rows_of
from app.modules.service.cases import LINK
from schemas.operational import inventory, ledger, master_data
from schemas.operational.documents import document, document_line, document_link
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_MOVED: Final = (DocumentKind.STOCK_SCRAP, DocumentKind.CUSTOMER_RETURN, DocumentKind.SHIPMENT)
_BILLED: Final = (DocumentKind.CREDIT_NOTE, DocumentKind.CUSTOMER_INVOICE)
_CATEGORY: Final = {
    DocumentKind.STOCK_SCRAP: "scrapped",
    DocumentKind.CUSTOMER_RETURN: "goods_back",
    DocumentKind.SHIPMENT: "replacements",
    DocumentKind.CREDIT_NOTE: "credited",
    DocumentKind.CUSTOMER_INVOICE: "paid_by_customers",
    DocumentKind.REPAIR_COMPLETION: "warranty_repairs",
    DocumentKind.DEBIT_NOTE: "borne_by_suppliers",
}


class QualityCost(Arguments):
    """The days, and by what the cost is counted."""

    by: Literal["month", "category", "reason", "item", "customer"] = "month"
    from_on: date
    to_on: date


@dataclass(frozen=True)
class _Entry:
    """What one document did to the result by one item: a cost is positive, what came back of it negative."""

    document_id: int
    on: date
    category: str
    internal: bool
    amount: Decimal
    reason: str
    item: tuple[str, str]
    customer: tuple[str, str]

    def group(self, by: str) -> tuple[str, str]:
        """What the entry is counted under: a code and a name."""
        if by in {"item", "customer"}:
            return self.item if by == "item" else self.customer
        return (self.on.strftime("%Y-%m") if by == "month" else self.category if by == "category" else self.reason), ""


@answers(QualityCost, permission=COST)
def cost_of_quality(connection: Connection, asked: QualityCost, _principal: Principal) -> list[dict[str, Any]]:
    """The cost of failure by month, category, reason, item or customer, internal and external, with how many documents make it up.

    External is what cases do to the result: credited and replaced less what customers paid and what came back at its cost, scrapped
    of it, and the warranty's share of repairs less what suppliers accepted of it. Internal is what was scrapped beside any case.
    All without tax.
    """
    sums: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: {"internal": ZERO, "external": ZERO, "of": set()})
    for entry in _entries(connection, asked.from_on, asked.to_on):
        row = sums[entry.group(asked.by)]
        row["internal" if entry.internal else "external"] += entry.amount
        row["of"].add(entry.document_id)
    return [
        {
            "code": code,
            "name": name,
            "internal_failure": row["internal"],
            "external_failure": row["external"],
            "total": row["internal"] + row["external"],
            "document_count": len(row["of"]),
        }
        for (code, name), row in sorted(sums.items(), reverse=asked.by == "month")
    ]


def _entries(connection: Connection, from_on: date, to_on: date) -> Iterable[_Entry]:
    for query in (_moved(), _billed(), _under_warranty()):
        within = query.where(
            document.c.posted_on >= from_on,
            document.c.posted_on <= to_on,
            document.c.state == DocumentState.POSTED.value,
            document.c.reverses_id.is_(None),
        )
        for row in rows_of(connection, within):
            kind = DocumentKind(row["kind"])
            internal = not row["of_case"]
            yield _Entry(
                document_id=row["id"],
                on=row["posted_on"],
                category=_CATEGORY[kind],
                internal=internal,
                amount=row["amount"],
                reason=row["reason_code"] or row["case_reason"] or "",
                item=(row["item_code"] or "", row["item_name"] or ""),
                customer=(row["party_code"] or "", row["party_name"] or ""),
            )


def _case_of() -> Any:
    """Each document that a case led to, with the shipments of the orders among them and the credits of its claims, by the case."""
    direct = select(document_link.c.to_id.label("id"), document_link.c.from_id.label("case_id")).where(
        document_link.c.kind == LINK
    )
    sent = document_link.alias("sent")
    shipped = (
        select(sent.c.to_id.label("id"), document_link.c.from_id.label("case_id"))
        .join(sent, and_(sent.c.from_id == document_link.c.to_id, sent.c.kind == "fulfilment"))
        .where(document_link.c.kind == LINK)
    )
    about, credit = document.alias("about"), document_link.alias("credit")
    credited = (
        select(credit.c.to_id.label("id"), document_link.c.from_id.label("case_id"))
        .join(about, and_(about.c.id == document_link.c.from_id, about.c.kind == DocumentKind.SERVICE_CASE.value))
        .join(credit, and_(credit.c.from_id == document_link.c.to_id, credit.c.kind == "credit"))
        .where(document_link.c.kind == "claim")
    )
    found = direct.union(shipped, credited).subquery()
    return select(found.c.id, func.min(found.c.case_id).label("case_id")).group_by(found.c.id).subquery()


def _base(amount: Any, item_id: Any, source: Any, on: Any) -> Select[*tuple[Any, ...]]:
    """A document with its case, its customer and an item of it, and what it did to the result."""
    of, known, party, item = _case_of(), document.alias("case_document"), master_data.party, master_data.item
    return (
        select(
            document.c.id,
            document.c.kind,
            document.c.posted_on,
            document.c.reason_code,
            known.c.reason_code.label("case_reason"),
            case((of.c.case_id.is_not(None), literal(value=True)), else_=literal(value=False)).label("of_case"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            amount.label("amount"),
        )
        .select_from(document)
        .join(source, on)
        .outerjoin(of, of.c.id == document.c.id)
        .outerjoin(known, known.c.id == of.c.case_id)
        .outerjoin(party, party.c.id == func.coalesce(known.c.party_id, document.c.party_id))
        .outerjoin(item, item.c.id == item_id)
    )


def _moved() -> Select[*tuple[Any, ...]]:
    """What scrap took from stock, and what returns and replacements of cases brought and took; at their cost."""
    move = inventory.stock_move
    moved = (
        select(move.c.document_id, move.c.item_id, (-func.sum(move.c.value)).label("amount"))
        .group_by(move.c.document_id, move.c.item_id)
        .having(func.sum(move.c.value) != ZERO)
        .subquery()
    )
    of = select(_case_of().c.id)
    query = _base(moved.c.amount, moved.c.item_id, moved, moved.c.document_id == document.c.id)
    return query.where(
        document.c.kind.in_([kind.value for kind in _MOVED]),
        (document.c.kind == DocumentKind.STOCK_SCRAP.value) | document.c.id.in_(of),
    )


def _billed() -> Select[*tuple[Any, ...]]:
    """What was credited in cases, and what customers were invoiced in them."""
    credit = document.c.kind == DocumentKind.CREDIT_NOTE.value
    amount = case((credit, document_line.c.net_amount), else_=-document_line.c.net_amount)
    query = _base(amount, document_line.c.item_id, document_line, document_line.c.document_id == document.c.id)
    return query.where(
        document.c.kind.in_([kind.value for kind in _BILLED]), document.c.id.in_(select(_case_of().c.id))
    )


def _under_warranty() -> Select[*tuple[Any, ...]]:
    """The warranty's share of what repairs cost, and what suppliers took of it, as they were posted."""
    entry, line, role = ledger.journal_entry, ledger.journal_line, ledger.account_role
    posted = (
        select(entry.c.document_id, func.sum(line.c.debit - line.c.credit).label("amount"))
        .join(line, line.c.entry_id == entry.c.id)
        .join(role, role.c.account_id == line.c.account_id)
        .where(role.c.role == "warranty_cost", entry.c.fact.in_(("RepairFinished", "WarrantyCredited")))
        .group_by(entry.c.document_id)
        .subquery()
    )
    query = _base(posted.c.amount, document.c.item_id, posted, posted.c.document_id == document.c.id)
    kinds = (DocumentKind.REPAIR_COMPLETION.value, DocumentKind.DEBIT_NOTE.value)
    return query.where(document.c.kind.in_(kinds))


QUERIES: Final[tuple[Query, ...]] = (cost_of_quality,)
