"""The approvals hook: rules as data decide whether a document waits for a second person before it takes effect.

A handler that is about to confirm a document asks `must_wait`. If a rule applies and nobody has approved it yet, the document stays
a draft, a request is recorded with its reasons and reaches the approvers' inbox. Maker is not checker: the database refuses the
same person twice. A rejected document stays a draft and goes back to the inbox of its asker; confirming it again asks those who
rejected it again, and their approval then counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from app.kernel.approval_rules import (
    CREDIT_OVERDUE,
    BudgetUse,
    Reason,
    Standing,
    Submitted,
    covers,
    credit_reasons,
    reasons_of,
)
from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from schemas.operational import documents, kernel, master_data
from schemas.operational.inventory import item_value
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

_SHIPPING: Final = "ship_goods"
_MARGIN_DECIMALS: Final = 4
_COUNTED: Final = frozenset({DocumentState.CONFIRMED.value, DocumentState.CLOSED.value})
"""States of an order whose amount stands in the exposure of its customer already, by what is open, shipped or invoiced of it."""

Proposed = Sequence[Mapping[str, Any]]
"""Lines as a change would leave them: kind, item, quantity, amounts and discount by the names of their columns."""


def must_wait(
    ctx: Context,
    document: Row,
    command: str,
    *,
    proposed: Proposed | None = None,
    since: int | None = None,
    asker: int | None = None,
    budgets: Sequence[BudgetUse] = (),
) -> bool:
    """Say whether a document, or a change of one, must wait for approval, recording each request with its reasons.

    Args:
        ctx: the running command; for a customer's document `prepare_standing` was called before anything was changed.
        document: the document, with its amounts and lines.
        command: the command that rules name.
        proposed: its lines as a change would leave them; what stands against the version in force holds no change up.
        since: an id; only what was asked after it was minted counts, because what was approved before was another document.
        asker: the user who asks, where it is not the one who runs the command; he approves nothing of it.
        budgets: those that an order falls under, as they stand without it.

    Raises:
        Refused: the customer's credit stands against it, and no rule names who could release it.
    """
    latest = {row.rule_id: row for row in _latest_requests(ctx, document, lock=True) if row.id > (since or 0)}
    if not latest and document.party_id not in ctx.standings and not _rules_in_question(ctx, command, document):
        return False
    submitted = replace(submitted_of(ctx, document, proposed), budgets=tuple(budgets))
    asked = _rules_that_apply(ctx, command, document, submitted)
    approved = [json.loads(row.explanation) for row in latest.values() if row.state == "approved"]
    if proposed is not None:
        asked, standing = _beyond_what_stands(ctx, command, document, asked, submitted)
        approved.append(standing)
    _refuse_unanswered_credit(ctx, document, command, submitted, [*approved, *(reasons for _, reasons in asked)])
    waits = False
    for rule, reasons in asked:
        request = latest.get(rule.id)
        if request is not None and request.state == "approved" and covers(json.loads(request.explanation), reasons):
            continue
        waits = True
        explanation = json.dumps(reasons, ensure_ascii=False)
        if request is None or request.state != "waiting":
            request = ctx.uow.insert(
                kernel.approval_request,
                document_id=document.id,
                rule_id=rule.id,
                requested_by=ctx.principal.user_id if asker is None else asker,
                state="waiting",
                explanation=explanation,
            )
        elif request.explanation != explanation:
            ctx.uow.update(kernel.approval_request, request, explanation=explanation)
        _ask_approver(ctx, document, rule, request, reasons, submitted.amount)
    _withdraw_what_is_asked_no_more(ctx, command, latest, {rule.id for rule, _ in asked})
    if latest:
        close_inbox_of(ctx, _rejection(document))
    return waits


def _withdraw_what_is_asked_no_more(ctx: Context, command: str, latest: dict[int, Row], asked: set[int]) -> None:
    """Requests of rules that were switched off or changed since, so that they hold nothing up."""
    for rule_id, request in latest.items():
        rule = ctx.uow.need(kernel.approval_rule, rule_id)
        if request.state == "waiting" and rule.command == command and rule_id not in asked:
            _withdraw(ctx, request)


def _withdraw(ctx: Context, request: Row) -> None:
    ctx.uow.update(kernel.approval_request, request, state="withdrawn")
    close_inbox_of(ctx, approval_source(request.id))


def _ask_approver(ctx: Context, document: Row, rule: Row, request: Row, reasons: list[Reason], amount: Decimal) -> None:
    put_into_inbox(
        ctx,
        source=approval_source(request.id),
        kind="approval",
        severity="warning",
        facts={
            "kind": document.kind,
            "amount": amount,
            "currency": document.currency,
            "by": _name_of(ctx, request.requested_by),
            "rule": rule.name,
            "reasons": reasons,
        },
        role=rule.approver_role,
        document_id=document.id,
    )


def _name_of(ctx: Context, user_id: int) -> str:
    user = ctx.uow.get(kernel.user_account, user_id) if user_id != ctx.principal.user_id else None
    return user.name if user is not None else ctx.principal.name


def change_asks(ctx: Context, document: Row, command: str, proposed: Proposed) -> dict[str, list[Reason]]:
    """What would hold a change of a document up: rules by name with their reasons, and credit that no rule asks about."""
    submitted = submitted_of(ctx, document, proposed)
    asked = _rules_that_apply(ctx, command, document, submitted)
    asked, standing = _beyond_what_stands(ctx, command, document, asked, submitted)
    found = {rule.name: reasons for rule, reasons in asked}
    for reason in credit_reasons(submitted, shipping=command == _SHIPPING):
        if not covers(standing, [reason]):
            found.setdefault(reason["condition"], [reason])
    return found


def _beyond_what_stands(
    ctx: Context, command: str, document: Row, asked: Iterable[tuple[Row, list[Reason]]], submitted: Submitted
) -> tuple[list[tuple[Row, list[Reason]]], list[Reason]]:
    """The rules that a change would bring up, without those that the version in force has borne with at least as much at stake.

    Also what the customer's credit says against the version in force. What is overdue is the same before and after, so it is
    borne only where the change adds nothing to what he owes.
    """
    present = submitted_of(ctx, document)
    before = {rule.id: reasons for rule, reasons in _rules_that_apply(ctx, command, document, present)}
    exceeds = submitted.exceeds(present)
    left = [
        (rule, reasons)
        for rule, reasons in asked
        if exceeds or rule.id not in before or not covers(before[rule.id], reasons)
    ]
    standing = credit_reasons(present, shipping=command == _SHIPPING)
    return left, [reason for reason in standing if submitted.added <= 0 or reason["condition"] != CREDIT_OVERDUE]


def prepare_standing(ctx: Context, command: str, party_id: int, *, written: bool = True) -> None:
    """Read how a customer stands and hold him, where his terms or a rule of a command need it.

    Two commands that draw on one customer's credit wait for each other here, so that both together stay within his limit. What
    earlier commands of the transaction did is written first: call it before the running command changes anything.

    Args:
        ctx: the running command.
        command: the command that rules name.
        party_id: the customer.
        written: false where nothing is going to be judged and the customer is only to be held.
    """
    customer = ctx.uow.need(master_data.party, party_id)
    rules = [rule for rule in ctx.uow.where(kernel.approval_rule, "command", command) if rule.active]
    watched = any(rule.new_customer_days is not None for rule in rules)
    if customer.credit_limit is None and customer.overdue_block == "none" and not watched:
        return
    if not written:
        ctx.uow.need(master_data.party, party_id, lock=True)
        return
    ctx.uow.write_earlier()
    customer = ctx.uow.need(master_data.party, party_id, lock=True)
    assert ctx.credit_exposure is not None, "no module answers for the exposure of customers"
    grace = customer.overdue_grace_days
    ctx.standings[party_id] = Standing(
        ctx.credit_exposure(ctx.uow.connection, party_id, on=ctx.today, grace_days=grace),
        customer.credit_limit,
        grace,
        customer.overdue_block,
        _days_known(ctx, party_id),
    )


def _days_known(ctx: Context, party_id: int) -> int | None:
    """Days since a customer's first order, where something was shipped to him."""
    document = documents.document.c
    own = select(func.min(document.document_on)).where(document.party_id == party_id)
    shipped = own.where(document.kind == DocumentKind.SHIPMENT, document.state == DocumentState.POSTED)
    if ctx.uow.connection.execute(shipped).scalar() is None:
        return None
    live = (DocumentState.CONFIRMED.value, DocumentState.CLOSED.value)
    first = own.where(document.kind == DocumentKind.SALES_ORDER, document.state.in_(live))
    return (ctx.today - ctx.uow.connection.execute(first).scalar_one()).days


def submitted_of(ctx: Context, document: Row, proposed: Proposed | None = None) -> Submitted:
    """A document of the running command as the rules see it, or as they would see it with the lines that are proposed."""
    lines: Sequence[Mapping[str, Any]]
    if proposed is None:
        lines, amount = ctx.uow.where(documents.document_line, "document_id", document.id), document.total_amount
    else:
        lines = proposed
        amount = sum((line["net_amount"] + line["tax_amount"] for line in proposed), ZERO)
    items = ctx.uow.many(master_data.item, {row["item_id"] for row in lines if row["item_id"] is not None})
    values = ctx.uow.many(item_value, items)
    party = ctx.uow.get(master_data.party, document.party_id) if document.party_id is not None else None
    return Submitted(
        amount=amount,
        added=amount - (document.total_amount if document.state in _COUNTED else ZERO),
        discount_rate=max((row["discount_rate"] for row in lines), default=ZERO),
        discount_amount=sum((row["quantity"] * row["unit_price"] * row["discount_rate"] for row in lines), ZERO),
        margin=margin_of(lines, {item_id: unit_cost(items[item_id], values.get(item_id)) for item_id in items}),
        customer_class=party.customer_class if party is not None else None,
        families=families_of({item.category_id for item in items.values()}, lambda key: _parent(ctx, key)),
        channel=document.channel,
        standing=ctx.standings.get(document.party_id) if document.party_id is not None else None,
    )


def _parent(ctx: Context, category_id: int) -> int | None:
    return ctx.uow.need(master_data.item_category, category_id).parent_id


def unit_cost(item: Mapping[str, Any], value: Mapping[str, Any] | None) -> Decimal:
    """What a unit of an item costs: the average of what is held, else the last cost, else the standard cost; zero is unknown."""
    if value is None:
        return item["standard_cost"]
    return value["value"] / value["quantity"] if value["quantity"] else value["last_unit_cost"] or item["standard_cost"]


def margin_of(lines: Iterable[Mapping[str, Any]], costs: Mapping[int, Decimal]) -> Decimal | None:
    """Share of the net of goods that is above their cost, four decimals; None where a cost is unknown or the net is zero.

    >>> line = {"kind": "item", "item_id": 1, "quantity": Decimal(10), "net_amount": Decimal(200)}
    >>> margin_of([line], {1: Decimal(15)}), margin_of([line], {1: Decimal(0)})
    (Decimal('0.2500'), None)
    """
    goods = [line for line in lines if line["item_id"] is not None and line["quantity"] > 0]
    net = sum((line["net_amount"] for line in goods), ZERO)
    if net <= 0 or any(costs[line["item_id"]] == 0 for line in goods):
        return None
    cost = sum((line["quantity"] * costs[line["item_id"]] for line in goods), ZERO)
    return rounded((net - cost) / net, _MARGIN_DECIMALS)


def families_of(categories: Iterable[int], parent_of: Callable[[int], int | None]) -> frozenset[int]:
    """Item categories with all that stand above them."""
    found: set[int] = set()
    for category in categories:
        above: int | None = category
        while above is not None and above not in found:
            found.add(above)
            above = parent_of(above)
    return frozenset(found)


def _rules_in_question(ctx: Context, command: str, document: Row) -> list[Row]:
    """The active rules of a command, those about credit only where the customer's is watched."""
    watched = document.party_id in ctx.standings
    rules = ctx.uow.where(kernel.approval_rule, "command", command)
    return [rule for rule in rules if rule.active and (watched or rule.credit is None)]


def _rules_that_apply(
    ctx: Context, command: str, document: Row, submitted: Submitted
) -> list[tuple[Row, list[Reason]]]:
    found = []
    for rule in _rules_in_question(ctx, command, document):
        reasons = reasons_of(rule, submitted, shipping=command == _SHIPPING)
        if reasons is not None:
            found.append((rule, reasons))
    return found


def _refuse_unanswered_credit(
    ctx: Context, document: Row, command: str, submitted: Submitted, answered: list[list[Reason]]
) -> None:
    """Refuse what a customer's credit stands against where neither a rule asks about it nor somebody released it."""
    for reason in credit_reasons(submitted, shipping=command == _SHIPPING):
        if any(covers(reasons, [reason]) for reasons in answered):
            continue
        customer = ctx.uow.need(master_data.party, document.party_id)
        facts = {name: value for name, value in reason.items() if name not in {"condition", "value", "threshold"}}
        figures = {"party": customer.code, "total": reason["value"], "limit": reason["threshold"], **facts}
        if reason["condition"] == CREDIT_OVERDUE:
            raise Refused("credit_overdue", field="customer", **figures)
        raise Refused("credit_exceeded", field="customer", **figures)


def is_approved(ctx: Context, document: Row, command: str, *, since: int | None = None) -> bool:
    """Say whether every rule of a command that asked about a document has approved it, each by its latest answer.

    Args:
        ctx: the running command.
        document: what was asked about.
        command: the command that the rules name.
        since: an id; only what was asked after it was minted counts, because what was answered before was another document.
    """
    rules = {rule.id for rule in ctx.uow.where(kernel.approval_rule, "command", command)}
    asked = [row for row in _asked(ctx, document) if row.rule_id in rules and row.id > (since or 0)]
    return all(row.state == "approved" for row in asked)


def was_approved(ctx: Context, document: Row) -> bool:
    """Say whether somebody was asked about a document and every latest answer approved it."""
    asked = _asked(ctx, document)
    return bool(asked) and all(row.state == "approved" for row in asked)


def _asked(ctx: Context, document: Row) -> list[Row]:
    return [row for row in _latest_requests(ctx, document, lock=False) if row.state != "withdrawn"]


def withdraw_requests(ctx: Context, document: Row, *, command: str | None = None, tells_asker: bool = False) -> None:
    """Take a document out of the inboxes of those who were to approve it and of its asker.

    Args:
        ctx: the running command.
        document: what nobody is to be asked about any more.
        command: only by the rules of this command; None is all.
        tells_asker: whether its asker still has to be told that somebody rejected it.
    """
    for request in _latest_requests(ctx, document, lock=True):
        rule = ctx.uow.need(kernel.approval_rule, request.rule_id)
        if request.state == "waiting" and command in {None, rule.command}:
            _withdraw(ctx, request)
    if not tells_asker:
        close_inbox_of(ctx, _rejection(document))


def withdraw_approvals(ctx: Context, document: Row, command: str) -> None:
    """Take back what was asked and approved by the rules of a command, because more is at stake now than its approvers saw."""
    for request in _latest_requests(ctx, document, lock=True):
        rule = ctx.uow.need(kernel.approval_rule, request.rule_id)
        if rule.command == command and request.state in {"waiting", "approved"}:
            _withdraw(ctx, request)


def approval_source(request_id: int) -> str:
    """The name of a request in the inbox."""
    return f"approval:{request_id}"


def tell_asker(ctx: Context, request: Row, document: Row) -> None:
    """Put a rejected document back into the inbox of the person who asked for it."""
    if ctx.uow.get(kernel.user_account, request.requested_by) is None:
        return  # The system asked, and reads no inbox.
    put_into_inbox(
        ctx,
        source=_rejection(document),
        kind="approval_rejected",
        severity="warning",
        facts={"kind": document.kind, "number": document.number, "reason": request.reason or "-"},
        user_id=request.requested_by,
        document_id=document.id,
    )


def _rejection(document: Row) -> str:
    return f"rejection:{document.id}"


def _latest_requests(ctx: Context, document: Row, *, lock: bool) -> list[Row]:
    rows = ctx.uow.where(kernel.approval_request, "document_id", document.id, lock=lock)
    return list({row.rule_id: row for row in sorted(rows, key=lambda row: row.id)}.values())
