"""Asks who was asked to approve a document and why, and what a rule would have held up before it is switched on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.kernel.access import Principal
from app.kernel.approval_rules import BudgetUse, Standing, Submitted, reasons_of
from app.kernel.approvals import families_of, margin_of, unit_cost
from app.kernel.bus import Query, answers
from app.kernel.credit import Exposure
from app.kernel.document_queries import COST, OneDocument, may_read, rows_of
from app.kernel.errors import Refused
from app.modules.company.handlers import rule_values
from app.modules.receivables.exposure import CreditSweep, credit_history
from schemas.commands.company import RuleConditions
from schemas.operational import documents, inventory, kernel, master_data, purchasing
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_DAYS: Final = 30
_MOST_ORDERS: Final = 5000
_KINDS: Final[Mapping[str, DocumentKind]] = {
    "book_supplier_bill": DocumentKind.SUPPLIER_BILL,
    "confirm_blanket_order": DocumentKind.BLANKET_ORDER,
    "confirm_purchase_order": DocumentKind.PURCHASE_ORDER,
    "confirm_purchase_requisition": DocumentKind.PURCHASE_REQUISITION,
    "confirm_sales_order": DocumentKind.SALES_ORDER,
    "ship_goods": DocumentKind.SALES_ORDER,
}
_COSTLY: Final = "margin_below"
_CREDIT: Final = "receivables.read"
_SHOWN: Final = ("id", "number", "document_on", "party_name", "total_amount", "currency")


class RuleTrial(RuleConditions):
    """A rule as it would be written, and the days of the documents to try it on; without them the last 30 up to `until`."""

    since: date | None = None
    until: date


@answers(OneDocument, permission="documents.read")
def approval_requests(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """Who was asked to approve a document, by which rule and for which reasons, and what was decided; the first first."""
    request, rule, user = kernel.approval_request.c, kernel.approval_rule.c, kernel.user_account.c
    query = (
        select(
            request.id,
            request.state,
            request.decided_at,
            request.reason,
            request.explanation,
            rule.name.label("rule"),
            rule.approver_role,
            user.name.label("decided_by"),
            documents.document.c.kind,
        )
        .join(kernel.approval_rule, rule.id == request.rule_id)
        .join(documents.document, documents.document.c.id == request.document_id)
        .outerjoin(kernel.user_account, user.id == request.decided_by)
        .where(request.document_id == asked.document)
        .order_by(request.id)
    )
    rows = [row for row in rows_of(connection, query) if may_read(principal, row["kind"])]
    return [{**row, "explanation": _shown(json.loads(row["explanation"]), principal)} for row in rows]


def _shown(reasons: list[dict[str, Any]], principal: Principal) -> list[dict[str, Any]]:
    """The reasons, without the margin found for one who may not see what things cost."""
    if principal.may(COST):
        return reasons
    return [{**reason, "value": None} if reason["condition"] == _COSTLY else reason for reason in reasons]


@answers(RuleTrial, permission="company.approvals.read")
def approval_rule_trial(connection: Connection, asked: RuleTrial, principal: Principal) -> list[dict[str, Any]]:
    """Every document of a past period with whether it would have waited under a rule, and the reasons in figures.

    Credit and the age of a customer are judged as they were on the document's day, margins at what the goods cost now. Which
    documents a rule holds up tells what it looks at: who may not read those documents, or the costs or receivables that a
    condition looks at, is told of each only whether it would have waited, those that would first.

    Raises:
        Refused: a condition has no meaning for these documents, or there is no such item family.
    """
    family = _family(connection, asked.family)
    rule = rule_values(asked, family)
    rows = rows_of(connection, _documents_of(asked))
    facts = _Facts(
        connection,
        rows,
        credit=asked.credit is not None,
        age=asked.new_customer_days is not None,
        budgets=asked.over_budget,
    )
    answered = []
    for row in rows:
        reasons = reasons_of(rule, facts.submitted(row), shipping=asked.command == "ship_goods")
        shown = {name: row[name] for name in _SHOWN}
        answered.append({**shown, "waits": reasons is not None, "reasons": reasons or []})
    if _may_see(asked, principal):
        return answered
    nothing = {**dict.fromkeys(_SHOWN), "reasons": []}
    return [{**nothing, "waits": waits} for waits in sorted((row["waits"] for row in answered), reverse=True)]


def _may_see(asked: RuleTrial, principal: Principal) -> bool:
    """Whether a reader may see the documents of a trial and what its conditions look at."""
    watched = {COST: asked.margin_below, _CREDIT: asked.credit}
    needed = [permission for permission, condition in watched.items() if condition is not None]
    return may_read(principal, _KINDS[asked.command]) and all(principal.may(permission) for permission in needed)


def _family(connection: Connection, code: str | None) -> dict[str, Any] | None:
    if code is None:
        return None
    category = master_data.item_category
    found = rows_of(connection, select(*category.c).where(category.c.code == code))
    if not found:
        raise Refused("code_unknown", field="family", what="item_category", code=code)
    return found[0]


def _documents_of(asked: RuleTrial) -> Any:
    document, party = documents.document.c, master_data.party
    since = asked.since or asked.until - timedelta(days=_DAYS)
    return (
        select(*documents.document.c, party.c.name.label("party_name"), *(party.c[name] for name in _PARTY))
        .outerjoin(party, party.c.id == document.party_id)
        .where(
            document.kind == _KINDS[asked.command].value,
            document.state != DocumentState.CANCELLED.value,
            document.document_on >= since,
            document.document_on <= asked.until,
        )
        .order_by(document.document_on.desc(), document.id.desc())
        .limit(_MOST_ORDERS)
    )


_PARTY: Final = ("customer_class", "credit_limit", "overdue_grace_days", "overdue_block")


class _Facts:
    """What the rules look at, read once for all documents of a trial."""

    def __init__(
        self, connection: Connection, rows: list[dict[str, Any]], *, credit: bool, age: bool, budgets: bool
    ) -> None:
        self._connection = connection
        self._credit, self._age = credit, age
        ids = [row["id"] for row in rows]
        self._lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for start in range(0, len(ids), 500):
            line = documents.document_line
            chosen = select(*line.c).where(line.c.document_id.in_(ids[start : start + 500]))
            for row in rows_of(connection, chosen):
                self._lines[row["document_id"]].append(row)
        category = master_data.item_category.c
        self._parents = {row.id: row.parent_id for row in connection.execute(select(category.id, category.parent_id))}
        self._categories: dict[int, int] = {}
        self._costs = self._read_costs()
        self._exposures = self._read_exposures(rows) if credit else {}
        self._firsts = self._read_firsts() if age else {}
        self._uses = self._read_budget_uses(ids) if budgets else {}

    def _read_exposures(self, rows: list[dict[str, Any]]) -> dict[int, Exposure]:
        """The exposure of each document's customer at its beginning, each customer's in one pass."""
        sweeps: dict[int, CreditSweep] = {}
        found = {}
        for row in sorted(rows, key=lambda row: (row["document_on"], row["id"])):
            party = row["party_id"]
            if party not in sweeps:
                grace = row["overdue_grace_days"]
                sweeps[party] = CreditSweep(credit_history(self._connection, party), grace_days=grace)
            found[row["id"]] = sweeps[party].on(row["document_on"], before=row["id"])
        return found

    def _read_costs(self) -> dict[int, Any]:
        item = master_data.item.c
        held = {row["item_id"]: row for row in rows_of(self._connection, select(*inventory.item_value.c))}
        costs = {}
        for row in rows_of(self._connection, select(item.id, item.category_id, item.standard_cost)):
            self._categories[row["id"]] = row["category_id"]
            costs[row["id"]] = unit_cost(row, held.get(row["id"]))
        return costs

    def _read_firsts(self) -> dict[tuple[int, str], date]:
        """The first order and the first shipment of each customer."""
        document = documents.document.c
        query = (
            select(document.party_id, document.kind, func.min(document.document_on).label("first"))
            .where(
                document.kind.in_((DocumentKind.SALES_ORDER.value, DocumentKind.SHIPMENT.value)),
                document.state.in_(("confirmed", "closed", "posted")),
            )
            .group_by(document.party_id, document.kind)
        )
        return {(row.party_id, row.kind): row.first for row in self._connection.execute(query)}

    def _read_budget_uses(self, ids: list[int]) -> dict[int, list[BudgetUse]]:
        """What each order committed of its budgets and how much others had committed of them before."""
        budget, note, line = purchasing.budget, purchasing.budget_commitment, documents.document_line
        query = (
            select(budget.c.code, budget.c.amount.label("holds"), note.c.amount, line.c.document_id)
            .join(budget, budget.c.id == note.c.budget_id)
            .join(line, line.c.id == note.c.document_line_id)
            .order_by(note.c.id)
        )
        committed: dict[str, Decimal] = defaultdict(lambda: ZERO)
        uses: dict[int, dict[str, BudgetUse]] = defaultdict(dict)
        wanted = set(ids)
        for row in self._connection.execute(query):
            if row.document_id in wanted and row.amount > 0:
                first = BudgetUse(row.code, row.holds, committed[row.code], ZERO)
                use = uses[row.document_id].setdefault(row.code, first)
                uses[row.document_id][row.code] = replace(use, added=use.added + row.amount)
            committed[row.code] += row.amount
        return {document: list(found.values()) for document, found in uses.items()}

    def submitted(self, row: dict[str, Any]) -> Submitted:
        """A document as the rules would have seen it."""
        lines = self._lines[row["id"]]
        categories = {self._categories[line["item_id"]] for line in lines if line["item_id"] is not None}
        return Submitted(
            amount=row["total_amount"],
            added=row["total_amount"],
            discount_rate=max((line["discount_rate"] for line in lines), default=ZERO),
            margin=margin_of(lines, self._costs),
            customer_class=row["customer_class"],
            families=families_of(categories, self._parents.__getitem__),
            channel=row["channel"],
            budgets=tuple(self._uses.get(row["id"], ())),
            standing=self._standing(row) if self._credit or self._age else None,
        )

    def _standing(self, row: dict[str, Any]) -> Standing:
        party, on = row["party_id"], row["document_on"]
        shipped, first = self._firsts.get((party, "shipment")), self._firsts.get((party, "sales_order"))
        known = (on - first).days if shipped is not None and shipped < on and first is not None else None
        if not self._credit:
            return Standing(days_known=known)
        terms = (row["credit_limit"], row["overdue_grace_days"], row["overdue_block"])
        return Standing(self._exposures[row["id"]], *terms, known)


QUERIES: Final[tuple[Query, ...]] = (approval_requests, approval_rule_trial)
