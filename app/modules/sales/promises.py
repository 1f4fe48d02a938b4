"""What an order can be promised: stock that is free, dated supply, what others were promised of both, and substitutes.

Supply is purchase orders by the days that their suppliers confirmed, released production orders, and transfers on the way; what is
late is expected tomorrow at the earliest. Promised already is what confirmed orders and released production orders still take and
have not reserved. What a supplier ships straight to the customer is neither: its day is his. Supply that names no place arrives in
the company's first storage place; demand that names none may take from any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, null, select

from app.kernel.bus import Context
from app.kernel.document_queries import rows_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import Owed, owed, read_advances, still_to_give
from app.modules.inventory.demand import TAKES_STOCK
from app.modules.inventory.taking import hold_stock, takeable
from app.modules.inventory.warehouses import places_of, stands_in
from app.modules.sales.direct_lines import supplier_day
from app.modules.sales.order_routing import routes_orders
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind, StockStatus

if TYPE_CHECKING:
    from planning.promising.offers import Offer

_DOCUMENT, _LINE = documents.document.c, documents.document_line.c
_LATE: Final = timedelta(days=1)
Dated = tuple[date, Decimal]


@dataclass(frozen=True)
class Supply:
    """What is on its way: when, how much in the stocking unit, and by which document."""

    on: date
    quantity: Decimal
    kind: str
    number: str


@dataclass
class Position:
    """An item in some places: its stock, what is on its way, and what others were promised and have not reserved."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    places: list[dict[str, Any]] = field(default_factory=list)
    supply: list[Supply] = field(default_factory=list)
    committed: list[Dated] = field(default_factory=list)

    @property
    def free(self) -> Decimal:
        """What nobody has reserved."""
        return self.on_hand - self.reserved

    def offers(self, quantity: Decimal, today: date) -> list[Offer]:
        """What can be had of a quantity by which day, and note it as promised."""
        from planning.promising.offers import offers  # noqa: PLC0415 - numba is loaded where something is promised.

        supply = [(entry.on, entry.quantity) for entry in self.supply]
        found = offers(self.free, supply, self.committed, quantity, today=today)
        self.committed += [(offer.on, offer.quantity) for offer in found]
        return found


def whole_on(offers: Sequence[Offer], quantity: Decimal) -> date | None:
    """The day on which offers come to the whole quantity; None where they do not reach it."""
    return offers[-1].on if offers and sum((offer.quantity for offer in offers), ZERO) >= quantity else None


def positions(
    connection: Connection,
    item_ids: Iterable[int],
    *,
    today: date,
    places: frozenset[int] | None = None,
    without: int | None = None,
) -> dict[int, Position]:
    """Read the position of items, in all places or in some.

    Args:
        connection: where to read.
        item_ids: the items.
        today: the business day.
        places: ids of locations; None is all of them.
        without: the order that is being promised, of which nothing counts as promised to others.
    """
    ids = sorted(set(item_ids))
    found = {item_id: Position() for item_id in ids}
    if not ids:
        return found
    _add_stock(connection, found, places)
    first = connection.execute(_first_storage()).scalar()
    here = places is None or first in places
    taken = owed(connection, ids)
    for row in without_advanced(_supply_rows(connection, ids), taken):
        if here if row["location_id"] is None else places is None or row["location_id"] in places:
            expected = row["on"] if row["on"] > today else today + _LATE
            found[row["item_id"]].supply.append(Supply(expected, row["quantity"], row["kind"], row["number"]))
    given: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for entry in taken:
        given[entry.target_line_id] += entry.quantity
    for row in rows_of(connection, _demand(ids, without)):
        wanted = row["quantity"] - row["fulfilled"] - row["reserved"] - given[row["id"]]
        if wanted > 0 and (places is None or row["location_id"] is None or row["location_id"] in places):
            found[row["item_id"]].committed.append((row["on"], wanted))
    for position in found.values():
        position.supply.sort(key=lambda entry: entry.on)
    return found


def _add_stock(connection: Connection, found: Mapping[int, Position], places: frozenset[int] | None) -> None:
    balance, location, site = inventory.stock_balance.c, master_data.location.c, master_data.site.c
    query = (
        select(
            balance.item_id,
            balance.location_id,
            location.code.label("location"),
            site.code.label("site"),
            func.sum(balance.quantity).label("on_hand"),
            func.sum(balance.reserved).label("reserved"),
        )
        .join(master_data.location, location.id == balance.location_id)
        .outerjoin(master_data.site, site.id == location.site_id)
        .where(
            balance.item_id.in_(list(found)),
            balance.owner_id == 0,
            balance.status == StockStatus.AVAILABLE.value,
            location.kind == LocationKind.STORAGE.value,
            location.blocked.is_(False),
            location.receiving.is_(False),
        )
        .group_by(balance.item_id, balance.location_id, location.code, site.code)
        .having(func.sum(balance.quantity) > 0)
        .order_by(location.code)
    )
    for row in rows_of(connection, query):
        if places is not None and row["location_id"] not in places:
            continue
        position = found[row["item_id"]]
        position.on_hand += row["on_hand"]
        position.reserved += row["reserved"]
        shown = {name: row[name] for name in ("location", "site", "on_hand", "reserved")}
        position.places.append({**shown, "free": row["on_hand"] - row["reserved"]})


def _first_storage() -> Any:
    location = master_data.location.c
    return select(func.min(location.id)).where(location.kind == LocationKind.STORAGE.value)


def _supply_rows(connection: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """Open purchase order lines by confirmed day, released production orders, and transfers on the way."""
    rows = []
    ordered = rows_of(connection, _ordered(ids))
    confirmed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(connection, _confirmed([row["id"] for row in ordered])):
        confirmed[row["source_line_id"]].append(row)
    for row in ordered:
        left, last = row["quantity"] - row["fulfilled"], row["due_on"]
        for part in confirmed[row["id"]]:
            taken = min(part["quantity"] - part["fulfilled"], left)
            last = max(last, part["on"])
            if taken > 0:
                rows.append({**row, "on": part["on"], "quantity": taken})
                left -= taken
        if left > 0:
            rows.append({**row, "on": last, "quantity": left})
    coming = [*rows_of(connection, _in_production(ids)), *rows_of(connection, _in_transit(ids))]
    return [*rows, *({**row, "quantity": row["quantity"] - row["fulfilled"]} for row in coming)]


def without_advanced(supply: list[dict[str, Any]], taken: Iterable[Owed]) -> list[dict[str, Any]]:
    """What of supply is left for others: what was taken in advance is gone from what it is expected on, else from the earliest."""
    rows = sorted(supply, key=lambda row: row["on"])
    for entry in taken:
        rest = entry.quantity
        for row in rows:
            by_line = entry.expected_line_id is None or row.get("id") == entry.expected_line_id
            by_order = entry.expected_order_id is None or row.get("order_id") == entry.expected_order_id
            if row["item_id"] == entry.item_id and by_line and by_order:
                part = min(rest, row["quantity"])
                row["quantity"], rest = row["quantity"] - part, rest - part
    return [row for row in rows if row["quantity"] > 0]


def _ordered(ids: list[int]) -> Any:
    return (
        select(
            _LINE.id,
            _LINE.item_id,
            _LINE.location_id,
            _LINE.quantity,
            _LINE.fulfilled_quantity.label("fulfilled"),
            func.coalesce(_LINE.due_on, _DOCUMENT.due_on, _DOCUMENT.document_on).label("due_on"),
            _DOCUMENT.kind,
            _DOCUMENT.number,
        )
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _LINE.item_id.in_(ids),
            _DOCUMENT.kind == DocumentKind.PURCHASE_ORDER.value,
            _DOCUMENT.state == DocumentState.CONFIRMED.value,
            _LINE.closed.is_(False),
            _LINE.to_location_id.is_(None),
            _LINE.quantity > _LINE.fulfilled_quantity,
        )
    )


def _confirmed(line_ids: list[int]) -> Any:
    """What suppliers confirmed of order lines and has not come, the earliest first."""
    on = func.coalesce(_LINE.promised_on, _LINE.due_on)
    return (
        select(_LINE.source_line_id, _LINE.quantity, _LINE.fulfilled_quantity.label("fulfilled"), on.label("on"))
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _LINE.source_line_id.in_(line_ids),
            _DOCUMENT.kind == DocumentKind.ORDER_CONFIRMATION.value,
            _LINE.closed.is_(False),
            _LINE.quantity > _LINE.fulfilled_quantity,
            on.is_not(None),
        )
        .order_by(on, _LINE.id)
    )


def _in_production(ids: list[int]) -> Any:
    return select(
        _DOCUMENT.id.label("order_id"),
        _DOCUMENT.item_id,
        _DOCUMENT.quantity,
        _DOCUMENT.fulfilled_quantity.label("fulfilled"),
        func.coalesce(_DOCUMENT.due_on, _DOCUMENT.document_on).label("on"),
        _DOCUMENT.kind,
        _DOCUMENT.number,
        null().label("location_id"),
    ).where(
        _DOCUMENT.item_id.in_(ids),
        _DOCUMENT.kind == DocumentKind.PRODUCTION_ORDER.value,
        _DOCUMENT.state == DocumentState.RELEASED.value,
        _DOCUMENT.quantity > _DOCUMENT.fulfilled_quantity,
    )


def _in_transit(ids: list[int]) -> Any:
    return (
        select(
            _LINE.item_id,
            _LINE.quantity,
            _LINE.fulfilled_quantity.label("fulfilled"),
            func.coalesce(_DOCUMENT.due_on, _DOCUMENT.document_on).label("on"),
            _DOCUMENT.kind,
            _DOCUMENT.number,
            _LINE.to_location_id.label("location_id"),
        )
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _LINE.item_id.in_(ids),
            _DOCUMENT.kind == DocumentKind.TRANSFER_DISPATCH.value,
            _DOCUMENT.state == DocumentState.POSTED.value,
            _LINE.quantity > _LINE.fulfilled_quantity,
        )
    )


def _demand(ids: list[int], without: int | None) -> Any:
    """What confirmed sales orders, but for one, and released production orders still take and have not reserved."""
    on = func.coalesce(_LINE.promised_on, _LINE.due_on, _DOCUMENT.start_on, _DOCUMENT.due_on, _DOCUMENT.document_on)
    return (
        select(
            _LINE.id,
            _LINE.item_id,
            _LINE.location_id,
            _LINE.quantity,
            _LINE.fulfilled_quantity.label("fulfilled"),
            _LINE.reserved_quantity.label("reserved"),
            on.label("on"),
        )
        .join(documents.document, _DOCUMENT.id == _LINE.document_id)
        .where(
            _LINE.item_id.in_(ids),
            TAKES_STOCK,
            _LINE.document_id != (without or 0),
            _LINE.quantity > _LINE.fulfilled_quantity + _LINE.reserved_quantity,
        )
    )


def prepare_promises(ctx: Context, wanted: Iterable[tuple[int, Decimal]], *, reserves: bool = True) -> None:
    """Lock the stock of items, and write what earlier commands of the transaction did where it does not reach.

    Where nothing is going to be reserved, what is in stock may be promised already though it is free, and where orders are routed,
    what is free may stand in another warehouse: then that is written always.

    Two orders that draw on one item's supply wait for each other here, so that it is promised once. Call it before the running
    command changes anything.
    """
    if hold_supply(ctx, wanted) or not reserves or routes_orders(ctx):
        ctx.uow.write_earlier()


def hold_supply(ctx: Context, wanted: Iterable[tuple[int, Decimal]]) -> bool:
    """Lock the stock of items, and the items themselves where it does not reach; say whether it does not.

    For what follows from a command that wrote what earlier ones did before it changed anything.
    """
    quantities: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item_id, quantity in wanted:
        quantities[item_id] += quantity
    hold_stock(ctx, quantities)
    short = any(_free(ctx, item_id, None) < quantity for item_id, quantity in quantities.items())
    if short:
        ctx.uow.many(master_data.item, quantities, lock=True)
    return short


def _free(ctx: Context, item_id: int, warehouse_id: int | None) -> Decimal:
    rows = ctx.uow.where(inventory.stock_balance, "item_id", item_id, lock=True)
    usable = [row for row in takeable(ctx, rows) if stands_in(ctx, row.location_id, warehouse_id)]
    return sum((row.quantity - row.reserved for row in usable), ZERO)


def _still_short(ctx: Context, row: Row) -> Decimal:
    """What a line has neither been given nor reserved."""
    return still_to_give(ctx, row) - row.reserved_quantity


def promise_lines(ctx: Context, rows: Sequence[Row], *, keeps_chosen: bool = True) -> None:
    """Put on the goods of an order, after it has reserved what is free, the day for which all of each line is promised.

    Args:
        ctx: the running command.
        rows: the goods of the order, locked.
        keeps_chosen: whether a day that was chosen must be borne out; otherwise a later one takes its place.

    Raises:
        Refused: a day was chosen on which stock and supply that nobody else was promised do not reach.
    """
    read_advances(ctx, rows)
    waiting = [row for row in rows if _still_short(ctx, row) > 0]
    open_rows = [row for row in waiting if row.supplier_id is None]
    open_ids = {row.id for row in open_rows}
    known: dict[int | None, dict[int, Position]] = {}
    within = places_of(ctx.uow.connection, {row.location_id for row in open_rows if row.location_id is not None})
    for row in rows:
        possible: date | None = ctx.today if row.supplier_id is None else supplier_day(ctx, row)
        if row.id in open_ids:
            place = row.location_id
            if place not in known:
                places = within[place] if place is not None else None
                items = (other.item_id for other in open_rows if other.location_id == place)
                known[place] = positions(
                    ctx.uow.connection, items, today=ctx.today, places=places, without=row.document_id
                )
            left = _still_short(ctx, row)
            held = known[place][row.item_id]
            known[place][row.item_id] = held = replace(held, on_hand=_free(ctx, row.item_id, place), reserved=ZERO)
            possible = whole_on(held.offers(left, ctx.today), left)
        chosen = row.promised_on
        if chosen is not None and (possible is None or chosen < possible):
            if keeps_chosen:
                _refuse_promise(ctx, row, chosen, possible)
            chosen = None
        if row.promised_on != (chosen or possible):
            ctx.uow.update(documents.document_line, row, promised_on=chosen or possible)


def promise_again(ctx: Context, goods: Iterable[Row], touched: Collection[int]) -> None:
    """Promise an order anew of which lines have changed: those, and in their order all that wait for supply.

    Args:
        ctx: the running command.
        goods: the goods of the order, in their order.
        touched: ids of the lines that have changed.
    """
    open_rows = [row for row in goods if not row.closed and row.quantity > row.fulfilled_quantity]
    read_advances(ctx, open_rows)
    waits = [row for row in open_rows if _still_short(ctx, row) > 0]
    ids = {row.id for row in waits} | set(touched)
    promise_lines(ctx, [row for row in open_rows if row.id in ids], keeps_chosen=False)


def _refuse_promise(ctx: Context, row: Row, chosen: date, possible: date | None) -> None:
    item = ctx.uow.need(master_data.item, row.item_id)
    if possible is None:
        raise Refused("promise_without_supply", field="promised_on", item=item.code, day=chosen)
    raise Refused("promise_too_early", field="promised_on", item=item.code, day=chosen, possible=possible)
