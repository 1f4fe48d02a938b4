"""Handlers of the limits of receiving and billing, which nobody sets who works under them, and of learned lead times."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.modules.master_data.terms import party_with_role
from schemas.commands import purchasing as commands
from schemas.operational import master_data
from schemas.operational import purchasing as tables


@handles(commands.PutPurchasingPolicy, permission="company.approvals.write")
def put_purchasing_policy(ctx: Context, data: commands.PutPurchasingPolicy) -> Outcome:
    """Set the limits of the company, a supplier, an item, or an item of a supplier; all limits of that policy at once."""
    supplier = party_with_role(ctx, data.supplier, "supplier") if data.supplier is not None else None
    item = by_code(ctx, master_data.item, data.item, "item", field="item")
    supplier_id, item_id = supplier.id if supplier else None, item.id if item else None
    limits = data.model_dump(exclude={"supplier", "item"})
    rows = ctx.uow.where(tables.purchasing_policy, "item_id", item_id, lock=True)
    row = next((r for r in rows if r.supplier_id == supplier_id), None)
    if row is None:
        row = ctx.uow.insert(tables.purchasing_policy, supplier_id=supplier_id, item_id=item_id, **limits)
    else:
        ctx.uow.update(tables.purchasing_policy, row, **limits)
    code = " ".join(part for part in (data.supplier, data.item) if part) or ctx.company.name
    return Outcome("receipt.changed", values={"what": "purchasing_policy", "code": code}, data={"id": row.id})


@handles(commands.AcceptLeadTime, permission="purchasing.lead_time.write")
def accept_lead_time(ctx: Context, data: commands.AcceptLeadTime) -> Outcome:
    """Put a learned lead time into a supplier's terms; the next plan uses it, and nothing else of the terms changes."""
    supplier = party_with_role(ctx, data.supplier, "supplier")
    item = need_by_code(ctx, master_data.item, data.item, "item", field="item")
    rows = ctx.uow.where(master_data.supplier_item, "item_id", item.id, lock=True)
    terms = next((row for row in rows if row.supplier_id == supplier.id), None)
    if terms is None:
        raise Refused("terms_missing", field="supplier", supplier=data.supplier, item=data.item)
    ctx.uow.update(master_data.supplier_item, terms, lead_time_days=data.lead_time_days)
    code = f"{data.supplier} {data.item}"
    return Outcome("receipt.changed", values={"what": "supplier_item", "code": code}, data={"id": terms.id})
