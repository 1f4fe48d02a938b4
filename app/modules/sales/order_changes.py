"""Handlers of changing a confirmed sales order: planned, judged, and in force at once or when it is approved.

Nothing goes below what is shipped or invoiced, and what a wave holds stays. A change is judged as the order it would make: what
the version in force has borne already asks nobody. While it waits, the order goes on as it is; when it takes effect it must
still fit what was done meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select

from app.kernel.approvals import must_wait, prepare_standing, withdraw_approvals, withdraw_requests
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    CHARGE,
    add_totals,
    find_document,
    follow_lines,
    lines_of,
    need_line,
    need_state,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import still_to_give
from app.modules.inventory.reservations import held_for, release_beyond
from app.modules.inventory.taking import hold_stock
from app.modules.master_data.currencies import DocumentCurrency, currency_of, say_again
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import stocking_quantity, tax_of
from app.modules.sales.change_prices import hold_drawn, keep_change_prices, price_change
from app.modules.sales.direct_lines import direct_supplier, refuse_below_order
from app.modules.sales.foreign_lines import (
    amounts_of,
    go_on_from,
    in_books,
    lines_said,
    proposed_in_books,
    repriced,
    say_changed,
    write_priced,
)
from app.modules.sales.handlers import CONFIRMING, goods_of, reserve_lines, ship_goods
from app.modules.sales.order_routing import follow_queues, route_lines
from app.modules.sales.promises import hold_supply, prepare_promises, promise_again
from app.modules.sales.promotions import drawn_in_force, settle_uses
from app.modules.sales.quoted import follow_quotation, left_of, take_from_quotation
from app.modules.sales.versions import (
    HEADER,
    VERSIONED,
    Change,
    LineChange,
    changes_of,
    grows,
    keep_change,
    version_of,
    waiting_change,
    withdraw_change,
)
from schemas.commands import sales as commands
from schemas.commands.trade import OrderAction
from schemas.facts import DocumentApproved, DocumentRejected
from schemas.operational import documents, fulfilment, master_data, shops
from schemas.operational import sales as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO

_MOST_LINES: Final = 5000
_FIXED: Final = ("kind", "item_id", "unit_id", "tax_code_id", "entered_quantity")


@handles(commands.ChangeSalesOrder, permission="sales.order.write")
def change_sales_order(ctx: Context, data: commands.ChangeSalesOrder) -> Outcome:
    """Change quantities, prices, days and the destination of a confirmed order, add and cancel lines, with the history.

    Raises:
        Refused: nothing changes, it goes below what is done, a line is being picked, or nobody could approve it.
    """
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    need_state(order, DocumentState.CONFIRMED)
    _refuse_unseen(ctx, order, data.change_seen)
    prepare_standing(ctx, CONFIRMING, order.party_id)
    currency, rows = currency_of(ctx, order), lines_of(ctx, order)
    lines = lines_said(ctx, currency, rows)
    change = _planned(ctx, order, lines, data, currency)
    if change.nothing:
        raise Refused("change_nothing", number=order.number)
    _refuse_undoable(ctx, order, change.lines)
    proposed = _proposed(lines, change.lines)
    goods = [line for line in proposed if line["kind"] != CHARGE]
    prepare_promises(ctx, ((line["item_id"], line["quantity"]) for line in goods), reserves=data.reserve)
    withdraw_change(ctx, order)
    withdraw_requests(ctx, order, command=CONFIRMING)
    total = sum((line["net_amount"] + line["tax_amount"] for line in proposed), ZERO)
    kept = keep_change(ctx, order, change, reason=data.reason, state="waiting", total=total, reserve=data.reserve)
    keep_change_prices(ctx, order, change, kept)
    booked = proposed_in_books(ctx, currency, rows, proposed, repriced(change.lines))
    if must_wait(ctx, order, CONFIRMING, proposed=booked, since=kept.id):
        return Outcome("receipt.change_waits", order)
    _apply(ctx, order, kept)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


@handles(OrderAction, permission="sales.order.write")
def withdraw_order_change(ctx: Context, data: OrderAction) -> Outcome:
    """Take back the change of an order that waits for approval; the order stays as it is."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    if not withdraw_change(ctx, order):
        raise Refused("no_change_waits", number=order.number)
    withdraw_requests(ctx, order, command=CONFIRMING)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


def apply_approved_change(ctx: Context, fact: DocumentApproved) -> None:
    """The last approval puts a change of a sales order in force.

    Raises:
        Refused: it does not fit the order any more.
    """
    order = _order_of(ctx, fact.document_id, fact.command)
    waiting = waiting_change(ctx, order) if order is not None else None
    if order is None or waiting is None:
        return
    currency, rows = currency_of(ctx, order), lines_of(ctx, order)
    lines = lines_said(ctx, currency, rows)
    planned = _as_kept(ctx, order, lines, waiting)
    _refuse_undoable(ctx, order, planned)
    proposed = _proposed(lines, planned)
    proposed = proposed_in_books(ctx, currency, rows, proposed, repriced(planned))
    if must_wait(ctx, order, CONFIRMING, proposed=proposed, since=waiting.id, asker=waiting.requested_by):
        return  # More stands against it now than was approved; who may release that is asked.
    hold_drawn(ctx, order)
    hold_supply(ctx, ((line["item_id"], line["quantity"]) for line in proposed if line["kind"] != CHARGE))
    _apply(ctx, order, waiting)


def end_rejected_change(ctx: Context, fact: DocumentRejected) -> None:
    """A change that somebody rejected is over; the order stays as it is, and nobody else is asked any more."""
    order = _order_of(ctx, fact.document_id, fact.command)
    waiting = waiting_change(ctx, order) if order is not None else None
    if order is not None and waiting is not None:
        ctx.uow.update(tables.sales_order_change, waiting, state="rejected")
        withdraw_requests(ctx, order, command=CONFIRMING, tells_asker=True)


def _order_of(ctx: Context, document_id: int, command: str) -> Row | None:
    order = ctx.uow.need(documents.document, document_id, lock=True)
    return order if order.kind == DocumentKind.SALES_ORDER and command == CONFIRMING else None


# Planning ------------------------------------------------------------------------------------------------------------


def _planned(
    ctx: Context, order: Row, lines: dict[int, Row], data: commands.ChangeSalesOrder, currency: DocumentCurrency
) -> Change:
    """What a command makes of an order, in its currency; nothing is written."""
    change = Change()
    asked = {line.line: line for line in data.lines}
    if len(lines) + len(data.added) > _MOST_LINES:
        count = len(lines) + len(data.added)
        raise Refused("order_lines_too_many", field="added", number=order.number, count=count, most=_MOST_LINES)
    if len(asked) != len(data.lines):
        raise Refused("change_line_twice", field="lines", number=order.number)
    for number in asked:
        need_line(order, lines, number)
    for number, row in sorted(lines.items()):
        after = _after(ctx, order, row, asked.get(number), data, currency.decimals)
        if version_of(after) != version_of(row):
            change.lines.append(LineChange(number, row, version_of(row), after))
    price_change(ctx, order, lines, change, data, currency)
    delivery = ctx.uow.get(fulfilment.order_delivery, order.id)
    change.before = {"due_on": order.due_on, **{name: delivery and delivery[name] for name in HEADER[1:]}}
    given = {name: getattr(data, name) for name in HEADER}
    change.after = {name: change.before[name] if value is None else value for name, value in given.items()}
    return change


def _after(
    ctx: Context,
    order: Row,
    row: Row,
    asked: commands.ChangedLine | None,
    data: commands.ChangeSalesOrder,
    decimals: int,
) -> dict[str, Any]:
    """What a line is to be; one that nobody names follows the day of the order where it had that."""
    after: dict[str, Any] = {**version_of(row), **{name: row[name] for name in _FIXED}}
    if data.due_on is not None and not row.closed and row.due_on == order.due_on:
        after["due_on"] = data.due_on
    if asked is None:
        return after
    if row.closed:
        raise Refused("change_closed_line", field="lines", number=order.number, line=row.line)
    if asked.cancel and (asked.quantity is not None or asked.unit is not None):
        raise Refused("cancel_with_quantity", field="lines", number=order.number, line=row.line)
    if asked.unit is not None and asked.quantity is None:
        raise Refused("unit_without_quantity", field="lines", number=order.number, line=row.line, unit=asked.unit)
    if asked.due_on is not None:
        after["due_on"] = asked.due_on
    if asked.cancel:
        after["quantity"] = after["entered_quantity"] = max(row.fulfilled_quantity, row.invoiced_quantity)
        after["unit_id"] = ctx.uow.need(master_data.item, row.item_id).unit_id if row.kind != CHARGE else None
    elif asked.quantity is not None:
        after |= _quantity(ctx, order, row, asked)
    for name in ("unit_price", "discount_rate"):
        if getattr(asked, name) is not None:
            after[name] = getattr(asked, name)
    if any(after[name] != row[name] for name in ("quantity", "unit_price", "discount_rate")):
        rate = tax_of(ctx, None, row.tax_code_id)[1]
        terms = (after["quantity"], after["unit_price"], after["discount_rate"], rate)
        after["net_amount"], after["tax_amount"] = line_amounts(*terms, decimals)
    return after


def _quantity(ctx: Context, order: Row, row: Row, asked: commands.ChangedLine) -> dict[str, Any]:
    assert asked.quantity is not None
    if row.kind == CHARGE:
        raise Refused("line_is_charge", field="lines", number=order.number, line=row.line)
    item = ctx.uow.need(master_data.item, row.item_id)
    quantity, unit_id = stocking_quantity(ctx, item, asked.quantity, asked.unit)
    return {"quantity": quantity, "unit_id": unit_id, "entered_quantity": asked.quantity}


def _as_kept(ctx: Context, order: Row, lines: Mapping[int, Row], change: Row) -> list[LineChange]:
    """The lines of a change that was kept, against the order as it is now.

    Raises:
        Refused: a line is no more what the change came from.
    """
    found = []
    by_id = {row.id: row for row in lines.values()}
    for kept in ctx.uow.where(tables.sales_order_change_line, "change_id", change.id, lock=True):
        row = by_id.get(kept.line_id)
        before = {name: kept[name] for name in VERSIONED}
        if row is not None and version_of(row) != before:
            raise Refused("change_outdated", number=order.number, change=change.change_number)
        after = {name: kept[f"new_{name}"] for name in VERSIONED}
        after |= {name: kept[name] for name in ("item_id", "unit_id", "tax_code_id")}
        after |= {"kind": row.kind if row is not None else "item", "entered_quantity": kept.new_entered_quantity}
        found.append(LineChange(kept.line, row, before, after))
    return sorted(found, key=lambda line: line.line)


def _proposed(lines: Mapping[int, Row], changed: Collection[LineChange]) -> list[Mapping[str, Any]]:
    """The lines of the order as a change would leave them."""
    by_row = {change.row.id: change for change in changed if change.row is not None}
    kept = [{**row, **by_row[row.id].after} if row.id in by_row else row for row in lines.values()]
    return [*kept, *(change.after for change in changed if change.row is None)]


# What stands in the way ----------------------------------------------------------------------------------------------


def _refuse_unseen(ctx: Context, order: Row, seen: int | None) -> None:
    """Refuse a change whose author did not know the newest one of the order.

    Raises:
        Refused: he did not.
    """
    newest = max((change.change_number for change in changes_of(ctx, order)), default=0)
    if seen is not None and seen != newest:
        raise Refused("change_outdated", field="change_seen", number=order.number, change=newest)


def _refuse_undoable(ctx: Context, order: Row, changed: Collection[LineChange]) -> None:
    """Refuse what goes below what is done, what a wave holds, what only the shop may change, and more instead of a case's goods.

    Raises:
        Refused: the change does so.
    """
    of_shop = select(shops.shop_order.c.number).where(shops.shop_order.c.document_id == order.id)
    external = ctx.uow.connection.execute(of_shop).scalar()
    case = _case_of(ctx, order)
    for change in changed:
        row, before, after = change.row, change.before, change.after
        amounts = any(before[name] != after[name] for name in VERSIONED if name != "due_on")
        if external is not None and amounts:
            raise Refused("change_of_shop_order", number=order.number, external=external)
        priced = any(before[name] != after[name] for name in ("unit_price", "discount_rate"))
        if case is not None and (priced or grows(before, after)):
            raise Refused("change_of_replacement", field="lines", number=order.number, case=case)
        if row is None:
            continue
        if held_for(ctx, row):
            raise Refused("line_being_picked", field="lines", number=order.number, line=row.line)
        done = max(row.fulfilled_quantity, row.invoiced_quantity)
        if after["quantity"] < done:
            facts = {"number": order.number, "line": row.line, "quantity": after["quantity"], "done": done}
            raise Refused("change_below_done", field="quantity", **facts)
        refuse_below_order(ctx, order, row, after["quantity"])
        if row.invoiced_quantity > 0 and priced:
            raise Refused("change_invoiced_price", field="unit_price", number=order.number, line=row.line)


def _case_of(ctx: Context, order: Row) -> str | None:
    """The number of the service case whose goods an order replaces."""
    link, case = documents.document_link.c, documents.document.c
    query = (
        select(case.number)
        .join(documents.document_link, link.from_id == case.id)
        .where(link.to_id == order.id, link.kind == "service", case.kind == DocumentKind.SERVICE_CASE.value)
    )
    return ctx.uow.connection.execute(query).scalar()


# Taking effect -------------------------------------------------------------------------------------------------------


def _apply(ctx: Context, order: Row, change: Row) -> None:
    """Put a change in force: lines, quotation, totals, destination, where new lines go, reservations and promises."""
    currency, rows = currency_of(ctx, order), lines_of(ctx, order)
    planned = _as_kept(ctx, order, lines_said(ctx, currency, rows), change)
    hold_stock(ctx, {line.after["item_id"] for line in planned if line.after["item_id"] is not None})
    kept = {row.line: row for row in ctx.uow.where(tables.sales_order_change_line, "change_id", change.id, lock=True)}
    priced = repriced(planned)
    go_on_from(ctx, currency, (row for number, row in rows.items() if number not in priced))
    touched = {_write_line(ctx, order, line, kept[line.line], currency, priced=line.line in priced) for line in planned}
    _follow_quotations(ctx, planned)
    rows = lines_of(ctx, order).values()
    net, tax = (sum((row[name] for row in rows), ZERO) for name in ("net_amount", "tax_amount"))
    add_totals(ctx, order, net, tax)
    say_again(ctx, order)
    _write_header(ctx, order, change)
    known = {line.row.id for line in planned if line.row is not None}
    route_lines(ctx, order, [row for row in rows if row.id in touched - known])
    take_from_quotation(ctx, [row for row in rows if row.id in touched and not row.closed])
    if change.reserve:
        reserve_lines(ctx, [row for row in rows if row.id in touched and not row.closed])
    promise_again(ctx, goods_of(rows), touched)
    follow_lines(ctx, order)
    follow_queues(ctx, order)
    ctx.uow.update(tables.sales_order_change, change, state="applied", applied_at=ctx.now)
    settle_uses(ctx, order, drawn_in_force(ctx, order))
    if change.new_total_amount > change.total_amount or any(grows(line.before, line.after) for line in planned):
        withdraw_approvals(ctx, order, ship_goods.__name__)


def _write_line(
    ctx: Context, order: Row, line: LineChange, kept: Row, currency: DocumentCurrency, *, priced: bool
) -> int:
    """Make a line what it is to be, and return its id; one whose price and amounts stay keeps them in the books."""
    values = {name: line.after[name] for name in (*VERSIONED, "entered_quantity", "unit_id")}
    if line.row is None:
        fixed = {name: line.after[name] for name in ("item_id", "tax_code_id")}
        direct = direct_supplier(ctx, fixed["item_id"])
        row = write_priced(ctx, order, line.line, values, currency, **fixed, supplier_id=direct)
        ctx.uow.update(tables.sales_order_change_line, kept, line_id=row.id)
        return row.id
    row = ctx.uow.need(documents.document_line, line.row.id, lock=True)
    booked = in_books(currency, values) if priced else {**values, **amounts_of(row)}
    ctx.uow.update(documents.document_line, row, **booked, closed=values["quantity"] == 0)
    say_changed(ctx, row, currency, values)
    if row.kind != CHARGE:
        release_beyond(ctx, row, still_to_give(ctx, row))
    return row.id


def _follow_quotations(ctx: Context, planned: Collection[LineChange]) -> None:
    """Lines that were quoted take more of their quotation, or give back to it.

    Raises:
        Refused: one would take more than is left of the quotation.
    """
    quotations: set[int] = set()
    for line in planned:
        row = line.row
        if row is None or row.source_line_id is None or line.after["quantity"] == line.before["quantity"]:
            continue
        quoted = ctx.uow.need(documents.document_line, row.source_line_id, lock=True)
        more = line.after["quantity"] - line.before["quantity"]
        if more > left_of(quoted):
            item = ctx.uow.need(master_data.item, row.item_id)
            facts = {"item": item.code, "quantity": line.after["quantity"]}
            raise Refused("more_than_quoted", field="quantity", **facts, open=line.before["quantity"] + left_of(quoted))
        ctx.uow.update(documents.document_line, quoted, fulfilled_quantity=quoted.fulfilled_quantity + more)
        quotations.add(quoted.document_id)
    for quotation_id in sorted(quotations):
        follow_quotation(ctx, ctx.uow.need(documents.document, quotation_id, lock=True))


def _write_header(ctx: Context, order: Row, change: Row) -> None:
    """Write of the header what the change changes.

    Raises:
        Refused: what it changes is no more what it came from.
    """
    row = ctx.uow.get(fulfilment.order_delivery, order.id, lock=True)
    present = {"due_on": order.due_on, **{name: row and row[name] for name in HEADER[1:]}}
    values = {name: change[f"new_{name}"] for name in HEADER if change[name] != change[f"new_{name}"]}
    if any(present[name] != change[name] for name in values):
        raise Refused("change_outdated", number=order.number, change=change.change_number)
    if "due_on" in values:
        ctx.uow.update(documents.document, order, due_on=values.pop("due_on"))
    if not values:
        return
    if row is None:
        ctx.uow.insert(fulfilment.order_delivery, id=order.id, **values, version=1)
    else:
        ctx.uow.update(fulfilment.order_delivery, row, **values)
