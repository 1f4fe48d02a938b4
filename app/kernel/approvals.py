"""The approvals hook: rules as data decide whether a document waits for a second person before it takes effect.

A handler that is about to confirm a document asks `must_wait`. If a rule applies and nobody has approved it yet, the document stays
a draft, a request is recorded and reaches the approvers' inbox. Maker is not checker: the database refuses the same person twice.
A rejected document stays a draft and goes back to the inbox of its asker; confirming it again asks those who rejected it again, and
their approval then counts.
"""

from __future__ import annotations

from app.kernel.bus import Context
from app.kernel.inbox import close_inbox_of, put_into_inbox
from app.kernel.unit_of_work import Row
from schemas.operational import kernel


def must_wait(ctx: Context, document: Row, command: str) -> bool:
    """Say whether a document must wait for approval, recording the request if it is the first time.

    Args:
        ctx: the running command.
        document: the document, with its amounts.
        command: the confirming command that rules name.
    """
    latest = _latest_requests(ctx, document, lock=True)
    decided = {row.rule_id for row in latest if row.state == "approved"}
    waiting = {row.rule_id for row in latest if row.state == "waiting"}
    open_rules = [
        rule
        for rule in ctx.uow.where(kernel.approval_rule, "command", command)
        if rule.active
        and rule.id not in decided
        and (rule.amount_above is None or document.total_amount > rule.amount_above)
    ]
    for rule in open_rules:
        if rule.id in waiting:
            continue
        request = ctx.uow.insert(
            kernel.approval_request,
            document_id=document.id,
            rule_id=rule.id,
            requested_by=ctx.principal.user_id,
            state="waiting",
        )
        put_into_inbox(
            ctx,
            source=approval_source(request.id),
            kind="approval",
            severity="warning",
            facts={
                "kind": document.kind,
                "amount": document.total_amount,
                "currency": document.currency,
                "by": ctx.principal.name,
            },
            role=rule.approver_role,
            document_id=document.id,
        )
    if latest:
        close_inbox_of(ctx, _rejection(document))
    return bool(open_rules)


def is_approved(ctx: Context, document: Row) -> bool:
    """Say whether every rule that asked about a document has approved it, each by its latest answer."""
    return all(row.state == "approved" for row in _latest_requests(ctx, document, lock=False))


def was_approved(ctx: Context, document: Row) -> bool:
    """Say whether somebody was asked about a document and every latest answer approved it."""
    latest = _latest_requests(ctx, document, lock=False)
    return bool(latest) and all(row.state == "approved" for row in latest)


def withdraw_requests(ctx: Context, document: Row) -> None:
    """Take a document out of the inboxes of those who were to approve it and of its asker."""
    for request in _latest_requests(ctx, document, lock=True):
        if request.state == "waiting":
            close_inbox_of(ctx, approval_source(request.id))
    close_inbox_of(ctx, _rejection(document))


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
