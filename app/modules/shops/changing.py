"""Carries a newer version of a shop's order into its sales order, as a whole or not at all.

A line that was shipped keeps at least what was shipped; one that was invoiced stays as it is. A line that the shop took off stays
on the order with nothing on it and is closed, so that its history can be read. A version that some rule or the customer's credit
asks about more than about the one in force waits for a person; an order that nobody has approved yet is judged again as it now is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from app.kernel.approvals import change_asks, must_wait, withdraw_approvals, withdraw_requests
from app.kernel.bus import Context
from app.kernel.documents import add_totals, follow_lines, lines_of
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import advanced_for
from app.modules.inventory.reservations import release_beyond
from app.modules.inventory.taking import hold_stock
from app.modules.master_data.currencies import DocumentCurrency, currency_of, say_again
from app.modules.sales.direct_lines import direct_supplier, quantity_on_order
from app.modules.sales.foreign_lines import go_on_from, in_books, lines_said, say_changed, write_priced
from app.modules.sales.handlers import CONFIRMING, goods_of, reserve_lines, ship_goods, take_effect
from app.modules.sales.order_routing import follow_queues, route_lines
from app.modules.sales.promises import promise_again
from app.modules.sales.versions import NOTHING, grows, keep_former_version, version_of
from app.modules.shops.wanted import Waits, Wanted
from schemas.operational import documents
from schemas.operational import shops as tables
from schemas.vocabulary.documents import DocumentState
from schemas.vocabulary.numbers import ZERO

_WRITTEN: Final = (
    "description",
    "quantity",
    "entered_quantity",
    "unit_id",
    "unit_price",
    "discount_rate",
    "tax_code_id",
    "net_amount",
    "tax_amount",
)
_NOTHING_ON_IT: Final = dict.fromkeys(("quantity", "entered_quantity", "net_amount", "tax_amount"), ZERO)


@dataclass
class _Plan:
    """What has to be done to the lines of an order, as they read in its currency."""

    kept: list[Row] = field(default_factory=list)
    changed: list[tuple[Row, Wanted]] = field(default_factory=list)
    added: list[Wanted] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether the lines are as they should be."""
        return not (self.changed or self.added or self.removed)


def write_lines(
    ctx: Context,
    shop: Row,
    document: Row,
    known: Row,
    wanted: Iterable[Wanted],
    currency: DocumentCurrency,
    *,
    after: int = 0,
) -> list[Row]:
    """Add lines to a sales order, to be reserved where the shop takes its goods, and remember which line of the shop each is."""
    rows = []
    for number, line in enumerate(wanted, start=after + 1):
        item_id = line.values["item_id"]
        direct = direct_supplier(ctx, item_id) if item_id is not None else None
        fixed = {"due_on": document.due_on, "location_id": shop.location_id, "supplier_id": direct}
        row = write_priced(ctx, document, number, line.values, currency, **fixed)
        ctx.uow.insert(
            tables.shop_order_line,
            shop_order_id=known.id,
            external_id=line.external_id,
            document_line_id=row.id,
        )
        rows.append(row)
    return rows


def total_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
    """Net and tax of lines."""
    rows = list(rows)
    return sum((row["net_amount"] for row in rows), ZERO), sum((row["tax_amount"] for row in rows), ZERO)


def change_lines(
    ctx: Context, shop: Row, document: Row, known: Row, wanted: list[Wanted], currency: DocumentCurrency
) -> None:
    """Make the lines of a sales order what its shop now says.

    Raises:
        Waits: that cannot be done any more; nothing was changed.
    """
    lines = lines_of(ctx, document)
    said = lines_said(ctx, currency, lines)
    plan = _plan(ctx, known, said.values(), wanted)
    if plan.nothing and document.state != DocumentState.CANCELLED:
        return
    _refuse_what_is_done(document, plan)
    _refuse_what_is_on_order(ctx, document, plan)
    _refuse_without_approval(ctx, document, lines, plan)
    hold_stock(ctx, {row.item_id for row in goods_of([row for row, _ in plan.changed] + plan.removed)})
    before = {row.id: version_of(row) for row in said.values()}
    go_on_from(ctx, currency, (lines[row.line] for row in plan.kept))
    for row in plan.removed:
        release_beyond(ctx, lines[row.line], ZERO)
        _write_changed(ctx, lines[row.line], {**row, **_NOTHING_ON_IT}, currency, closed=True)
    for row, line in plan.changed:
        _write_changed(ctx, lines[row.line], {**row, **_decided(line)}, currency, closed=False)
        release_beyond(ctx, lines[row.line], max(lines[row.line].quantity - row.fulfilled_quantity, ZERO))
    added = write_lines(ctx, shop, document, known, plan.added, currency, after=max(lines, default=0))
    lines = lines_of(ctx, document)
    net, tax = total_of(lines.values())
    said = lines_said(ctx, currency, lines)
    keep_former_version(
        ctx, document, before, said.values(), total=sum(total_of(said.values()), ZERO), reason=shop.name
    )
    if net + tax > document.total_amount or any(grows(before.get(row.id, NOTHING), row) for row in lines.values()):
        withdraw_approvals(ctx, document, ship_goods.__name__)
    add_totals(ctx, document, net, tax)
    say_again(ctx, document)
    if document.state == DocumentState.CONFIRMED:
        route_lines(ctx, document, added)
        reserve_lines(ctx, lines.values())
        touched = {row.id for row, _ in plan.changed} | {row.id for row in added}
        promise_again(ctx, goods_of(lines.values()), touched)
        follow_lines(ctx, document)
        follow_queues(ctx, document)
    elif not _asks_again(ctx, document):
        take_effect(ctx, document, lines.values())


def _write_changed(
    ctx: Context, row: Row, said: Mapping[str, Any], currency: DocumentCurrency, *, closed: bool
) -> None:
    """Make a line what it now says in the currency of its order."""
    values = {name: said[name] for name in _WRITTEN}
    ctx.uow.update(documents.document_line, row, **in_books(currency, values), closed=closed)
    say_changed(ctx, row, currency, values)


def _asks_again(ctx: Context, document: Row) -> bool:
    """Ask anew about a draft that has changed: what was approved or is being read by an approver was another order."""
    withdraw_requests(ctx, document, command=CONFIRMING)
    return must_wait(ctx, document, CONFIRMING, since=ctx.uow.next_id())


def _plan(ctx: Context, known: Row, lines: Iterable[Row], wanted: list[Wanted]) -> _Plan:
    """Match lines by their id in the shop, then by item, as an import names its lines otherwise than a message."""
    ids = {
        row.document_line_id: row.external_id
        for row in ctx.uow.where(tables.shop_order_line, "shop_order_id", known.id)
    }
    left = {row.id: row for row in lines}
    pairs: dict[int, Row] = {}
    for by_id in (True, False):
        for number, line in enumerate(wanted):
            if number in pairs:
                continue
            match = next((row for row in left.values() if _is_same(row, ids, line, by_id=by_id)), None)
            if match is not None:
                pairs[number] = left.pop(match.id)
    plan = _Plan(removed=[row for row in left.values() if row.quantity > 0])
    for number, line in enumerate(wanted):
        row = pairs.get(number)
        if row is None:
            plan.added.append(line)
            continue
        if (row.closed and not row.quantity) or any(row[name] != value for name, value in _decided(line).items()):
            plan.changed.append((row, line))
        else:
            plan.kept.append(row)
    return plan


def _is_same(row: Row, ids: dict[int, str], line: Wanted, *, by_id: bool) -> bool:
    alike = row.kind == line.values["kind"] and row.item_id == line.values["item_id"]
    return alike and (ids.get(row.id) == line.external_id or (not by_id and row.quantity > 0))


def _decided(line: Wanted) -> dict[str, object]:
    """What may change on a line that stays the same line."""
    return {name: value for name, value in line.values.items() if name not in {"kind", "item_id"}}


def _refuse_what_is_done(document: Row, plan: _Plan) -> None:
    if document.state not in {DocumentState.DRAFT, DocumentState.CONFIRMED}:
        raise Waits("order_not_open", f"{document.number}: {document.state}")
    fixed = [row for row in plan.removed if row.fulfilled_quantity or row.invoiced_quantity]
    fixed += [
        row for row, line in plan.changed if row.invoiced_quantity or line.values["quantity"] < row.fulfilled_quantity
    ]
    if fixed:
        raise Waits("change_shipped", f"{document.number}: " + ", ".join(str(row.line) for row in fixed[:20]))


def _refuse_what_is_on_order(ctx: Context, document: Row, plan: _Plan) -> None:
    kept = [(row, ZERO) for row in plan.removed] + [(row, line.values["quantity"]) for row, line in plan.changed]
    rows = [
        row
        for row, quantity in kept
        if quantity < row.fulfilled_quantity + quantity_on_order(ctx, row) + advanced_for(ctx, row)
    ]
    if rows:
        raise Waits("change_on_order", f"{document.number}: " + ", ".join(str(row.line) for row in rows[:20]))


def _refuse_without_approval(ctx: Context, document: Row, lines: Mapping[int, Row], plan: _Plan) -> None:
    if document.state != DocumentState.CONFIRMED:
        return
    currency = currency_of(ctx, document)
    kept = [lines[row.line] for row in plan.kept]
    go_on_from(ctx, currency, kept)
    wanted = [line.values for line in (*(line for _, line in plan.changed), *plan.added)]
    proposed: list[Mapping[str, Any]] = [*kept, *(in_books(currency, values) for values in wanted)]
    asks = change_asks(ctx, document, CONFIRMING, proposed)
    if asks:
        total = sum((values["net_amount"] + values["tax_amount"] for values in proposed), ZERO)
        rules = ", ".join(asks)
        raise Waits("needs_approval", f"{document.number}: {document.total_amount:f} → {total:f} ({rules})")
