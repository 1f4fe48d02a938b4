"""The approvals hook: rules as data decide whether a document waits for a second person before it takes effect.

A handler that is about to confirm a document asks `must_wait`. If a rule applies and nobody has approved it yet, the document stays
a draft, a request is recorded and reaches the approvers' inbox. Maker is not checker: the database refuses the same person twice.
"""

from __future__ import annotations

from app.kernel.bus import Context
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from schemas.operational import kernel


def must_wait(ctx: Context, document: Row, command: str) -> bool:
    """Say whether a document must wait for approval, recording the request if it is the first time.

    Args:
        ctx: the running command.
        document: the document, with its amounts.
        command: the confirming command that rules name.
    """
    requests = ctx.uow.where(kernel.approval_request, "document_id", document.id, lock=True)
    decided = {row.rule_id for row in requests if row.state == "approved"}
    waiting = {row.rule_id for row in requests if row.state == "waiting"}
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
            source=f"approval:{request.id}",
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
    return bool(open_rules)
