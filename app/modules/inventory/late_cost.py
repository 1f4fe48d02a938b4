"""Lets a cost that came late join the stock it was paid for, in the share that is still there.

By FIFO a receipt's cost belongs to the layer of that receipt; by an average to the item's stock as a whole; at standard cost to
none. What did not join is the caller's to book as a variance. Nothing that was posted is valued again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from app.modules.inventory.places import is_stocked
from app.modules.inventory.stock import adjust_value, layer_of, method_of
from app.modules.inventory.valuation import late_price_share
from schemas.operational import inventory, master_data
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.numbers import ZERO


@dataclass(frozen=True)
class LateCost:
    """What one receipt's line cost more, or less where negative, on the minor unit.

    Attributes:
        units: how many units of the receipt the cost is for; what went back before it was billed bears no late price.
    """

    receipt_line: Row
    amount: Decimal
    units: Decimal


def join_stock(
    ctx: Context, document: Row, item: Row, costs: Sequence[LateCost], posted_on: date, *, line_id: int
) -> Decimal:
    """Add late costs of an item's receipts to its stock as far as that is still there, and return what joined.

    Args:
        ctx: the running command.
        document: the document that brings the costs.
        item: whose receipts.
        costs: by receipt line.
        posted_on: the posting date.
        line_id: the document's line that the move stands for, where no layer bears the cost.
    """
    costs = [cost for cost in costs if _came_here(ctx, cost.receipt_line)]
    method = method_of(ctx, item)
    held = ctx.uow.get(inventory.item_value, item.id, lock=True)
    if method == ValuationMethod.STANDARD or held is None or held.quantity <= 0:
        return ZERO
    if method == ValuationMethod.FIFO:
        return sum((_join_layer(ctx, document, item, cost, posted_on) for cost in costs), ZERO)
    units = sum((cost.units for cost in costs), ZERO)
    if units == 0:
        return ZERO
    amount = late_price_share(
        sum((cost.amount for cost in costs), ZERO),
        still_there=held.quantity,
        received=units,
        value=held.value,
        decimals=ctx.company.currency_decimals,
    )
    if amount != 0:
        adjust_value(ctx, document, item, amount, posted_on, line_id=line_id)
    return amount


def _came_here(ctx: Context, receipt_line: Row) -> bool:
    """Whether a receipt brought its goods into stock; what a supplier shipped straight to a customer never was there."""
    place = ctx.uow.get(master_data.location, receipt_line.location_id) if receipt_line.location_id else None
    return place is None or is_stocked(place)


def _join_layer(ctx: Context, document: Row, item: Row, cost: LateCost, posted_on: date) -> Decimal:
    layer = layer_of(ctx, item, cost.receipt_line.id)
    if layer is None or layer.remaining_quantity == 0 or cost.units == 0:
        return ZERO
    amount = late_price_share(
        cost.amount,
        still_there=layer.remaining_quantity,
        received=cost.units,
        value=layer.remaining_value,
        decimals=ctx.company.currency_decimals,
    )
    if amount != 0:
        adjust_value(ctx, document, item, amount, posted_on, line_id=cost.receipt_line.id, layer=layer)
    return amount
