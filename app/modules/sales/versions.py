"""The versions of a sales order: what a change made of each line, and what stood there before.

A version is kept as the change that ended it. Lines that stay the same are not repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import total_said
from app.modules.sales.line_prices import PricedLine
from schemas.operational import sales as tables

VERSIONED: Final = ("quantity", "unit_price", "discount_rate", "net_amount", "tax_amount", "due_on")
HEADER: Final = ("due_on", "region", "phone", "address")
NOTHING: Final[Mapping[str, Any]] = MappingProxyType(dict.fromkeys(VERSIONED))


@dataclass(frozen=True)
class LineChange:
    """What becomes of a line.

    Attributes:
        line: its number.
        row: the line; None where it is added.
        before: what stands there, by the names of `VERSIONED`; nothing where it is added.
        after: what is to stand there, with what else a new line needs: item, unit, tax code, entered quantity.
    """

    line: int
    row: Row | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass
class Change:
    """What becomes of an order: its lines, and of its header by the names of `HEADER` what stands there and what is to.

    `prices` says by line number how those come to their price whose quantity, price or discount changes.
    """

    lines: list[LineChange] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    prices: dict[int, PricedLine] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether all stays as it is."""
        return not self.lines and self.before == self.after


def version_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a version keeps of a line."""
    return {name: row[name] for name in VERSIONED}


def grows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether more of a line is ordered than before, or it is added."""
    return after["quantity"] > (before["quantity"] or 0)


def keep_change(
    ctx: Context, order: Row, change: Change, *, reason: str, state: str, total: Decimal, reserve: bool = True
) -> Row:
    """Keep a change of an order beside it, whether it is in force or waits.

    Args:
        ctx: the running command.
        order: the order as it stands before the change takes effect.
        change: what becomes of it.
        reason: why.
        state: `applied` or `waiting`.
        total: what the order comes to with the change, in its currency like its lines.
        reserve: whether stock is to be reserved when it takes effect.
    """
    number = 1 + max((row.change_number for row in changes_of(ctx, order)), default=0)
    row = ctx.uow.insert(
        tables.sales_order_change,
        order_id=order.id,
        change_number=number,
        state=state,
        reason=reason,
        total_amount=total_said(ctx, order),
        new_total_amount=total,
        reserve=reserve,
        requested_by=ctx.principal.user_id,
        requested_at=ctx.now,
        applied_at=ctx.now if state == "applied" else None,
        version=1,
        **change.before,
        **{f"new_{name}": value for name, value in change.after.items()},
    )
    for line in change.lines:
        ctx.uow.insert(
            tables.sales_order_change_line,
            change_id=row.id,
            line=line.line,
            line_id=line.row.id if line.row is not None else None,
            item_id=line.after["item_id"],
            unit_id=line.after["unit_id"],
            tax_code_id=line.after["tax_code_id"],
            new_entered_quantity=line.after["entered_quantity"],
            **line.before,
            **{f"new_{name}": line.after[name] for name in VERSIONED},
        )
    return row


def changes_of(ctx: Context, order: Row) -> list[Row]:
    """The changes of an order, locked, the first first."""
    rows = ctx.uow.where(tables.sales_order_change, "order_id", order.id, lock=True)
    return sorted(rows, key=lambda row: row.change_number)


def waiting_change(ctx: Context, order: Row) -> Row | None:
    """The change of an order that waits for approval, locked."""
    return next((row for row in changes_of(ctx, order) if row.state == "waiting"), None)


def withdraw_change(ctx: Context, order: Row) -> bool:
    """End the change of an order that waits for approval, if one does, and say so; its requests are the caller's."""
    waiting = waiting_change(ctx, order)
    if waiting is not None:
        ctx.uow.update(tables.sales_order_change, waiting, state="withdrawn")
    return waiting is not None


def keep_former_version(
    ctx: Context,
    order: Row,
    before: Mapping[int, Mapping[str, Any]],
    lines: Iterable[Row],
    *,
    total: Decimal,
    reason: str,
) -> None:
    """Keep what lines were before somebody changed them where no approval was needed.

    Args:
        ctx: the running command.
        order: the order, its totals still as they were.
        before: `version_of` each line that was there, by its id.
        lines: the lines as they now are.
        total: what the order now comes to.
        reason: why.
    """
    changed = [
        LineChange(row.line, row, before.get(row.id, NOTHING), row)
        for row in lines
        if before.get(row.id) != version_of(row)
    ]
    if changed:
        keep_change(ctx, order, Change(changed), reason=reason, state="applied", total=total)
