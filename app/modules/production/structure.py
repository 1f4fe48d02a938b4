"""Which components a production order needs: the bill of material that is effective on its start date, phantoms passed through."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import master_data
from schemas.vocabulary.numbers import ONE, ZERO, rounded_up

_DEPTH_LIMIT = 50


def effective_bom(ctx: Context, item: Row, on: date) -> Row | None:
    """Return the revision of an item's bill of material that is effective on a day, the latest first."""
    rows = [
        row
        for row in ctx.uow.where(master_data.bom, "item_id", item.id)
        if row.effective_from <= on and (row.effective_to is None or on < row.effective_to)
    ]
    return max(rows, key=lambda row: (row.effective_from, row.id)) if rows else None


def required_components(
    ctx: Context, item: Row, quantity: Decimal, on: date, depth: int = 0
) -> list[tuple[Row, Decimal]]:
    """List the components that making a quantity takes, scrap included, rounded up to each component's decimals.

    Args:
        ctx: the running command.
        item: what is made.
        quantity: how much, > 0.
        on: the start date, which decides effectivity.
        depth: how many phantoms were passed through.

    Returns:
        Components and quantities; a component that is needed twice is listed once.

    Raises:
        Refused: the item has no effective bill of material, or phantoms nest too deep.
    """
    bom = effective_bom(ctx, item, on)
    if bom is None:
        raise Refused("bom_missing", field="item", item=item.code, on=on)
    if depth > _DEPTH_LIMIT:
        raise Refused("bom_too_deep", item=item.code, limit=_DEPTH_LIMIT)
    needs: dict[int, Decimal] = {}
    items: dict[int, Row] = {}
    for line in _effective_lines(ctx, bom, on):
        component = ctx.uow.need(master_data.item, line.component_id)
        gross = line.quantity_per * quantity / bom.base_quantity / (ONE - line.scrap_factor) + line.fixed_quantity
        decimals = ctx.uow.need(master_data.unit, component.unit_id).decimals
        wanted = rounded_up(gross, decimals)
        found = (
            required_components(ctx, component, wanted, on, depth + 1) if component.phantom else [(component, wanted)]
        )
        for row, amount in found:
            items[row.id] = row
            needs[row.id] = needs.get(row.id, ZERO) + amount
    return [(items[item_id], amount) for item_id, amount in needs.items() if amount > 0]


def _effective_lines(ctx: Context, bom: Row, on: date) -> list[Row]:
    """Components effective on a day; of an alternate group the first by priority."""
    chosen: dict[str, Row] = {}
    lines: list[Row] = []
    for line in sorted(ctx.uow.where(master_data.bom_line, "bom_id", bom.id), key=lambda r: (r.priority, r.line)):
        starts, ends = line.effective_from, line.effective_to
        if line.kind != "component" or (starts and on < starts) or (ends and on >= ends):
            continue
        if line.alternate_group is None:
            lines.append(line)
        elif line.alternate_group not in chosen:
            chosen[line.alternate_group] = line
            lines.append(line)
    return sorted(lines, key=lambda r: r.line)
