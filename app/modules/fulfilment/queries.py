"""Asks about fulfilment: carriers, what a wave would hold, what is to be picked in walking order, and what pickers reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import Connection, and_, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, OneDocument, Sorted, Text, contains, page_of, parcels_of, rows_of
from app.modules.fulfilment.sharing import ORDER_PAGE
from app.modules.fulfilment.wave_choice import ChosenOrder, choose_orders, region
from schemas.commands import fulfilment as commands
from schemas.operational import documents, inventory, kernel, master_data
from schemas.operational import fulfilment as tables
from schemas.operational.shops import shop, shop_order
from schemas.vocabulary.numbers import ZERO

READ: Final = "fulfilment.read"
_PATHS: Final = {"kuaidi100": "kuaidi100", "webhook": "tracking"}


class CarrierList(Sorted):
    """Which carriers to list."""

    active: bool | None = None


class OfCarrier(Arguments):
    """Of which carrier."""

    carrier: Text


class WaveChoice(Arguments):
    """Which orders a wave would take on a day; the same as the command's fields."""

    due_until: date | None = None
    priority_until: Annotated[int, Field(ge=1, le=9)] | None = None
    carrier: Text | None = None
    region: Text | None = None
    channel: Text | None = None
    at_most: Annotated[int, Field(ge=1, le=500)] = 50
    complete_only: bool = False
    on: date


@answers(CarrierList, permission=READ)
def carriers(connection: Connection, asked: CarrierList, _principal: Principal) -> list[dict[str, Any]]:
    """Carriers with what is set up for them; secrets are never answered."""
    carrier = tables.carrier
    names = ("id", "code", "name", "system", "system_code", "account", "quiet_days", "active")
    query: Any = select(
        *(carrier.c[name] for name in names),
        carrier.c.secret_cipher.is_not(None).label("has_secret"),
        carrier.c.api_key_cipher.is_not(None).label("has_api_key"),
    )
    if asked.active is not None:
        query = query.where(carrier.c.active.is_(asked.active))
    if asked.search:
        pattern = contains(asked.search)
        query = query.where(carrier.c.code.ilike(pattern, escape="\\") | carrier.c.name.ilike(pattern, escape="\\"))
    rows = page_of(connection, query, asked, carrier.c.code)
    for row in rows:
        row["address"] = None if row["system"] == "manual" else f"/webhooks/{_PATHS[row['system']]}/{row['code']}"
    return rows


@answers(OfCarrier, permission=READ)
def carrier_services(connection: Connection, asked: OfCarrier, _principal: Principal) -> list[dict[str, Any]]:
    """The services of a carrier that can be chosen."""
    service = tables.carrier_service
    query = (
        select(service.c.code, service.c.name, service.c.transit_days)
        .join(tables.carrier, tables.carrier.c.id == service.c.carrier_id)
        .where(tables.carrier.c.code == asked.carrier, service.c.active.is_(True))
        .order_by(service.c.code)
    )
    return rows_of(connection, query)


# Waves ---------------------------------------------------------------------------------------------------------------


@answers(WaveChoice, permission=READ)
def wave_preview(connection: Connection, asked: WaveChoice, _principal: Principal) -> list[dict[str, Any]]:
    """The orders that a wave would take now, in their order, with what could be picked of each and what would stay open."""
    chosen = choose_orders(connection, asked, asked.on)
    ids, items = [order.id for order in chosen], {line.item_id for order in chosen for line in order.lines}
    orders = {row["id"]: row for row in rows_of(connection, _orders().where(documents.document.c.id.in_(ids)))}
    item = master_data.item
    weights: dict[int, Decimal | None] = {
        row.id: row.weight_kg
        for row in connection.execute(select(item.c.id, item.c.weight_kg).where(item.c.id.in_(items)))
    }
    return [{**orders[order.id], **_offer(order, weights)} for order in chosen]


def _offer(order: ChosenOrder, weights: Mapping[int, Decimal | None]) -> dict[str, Any]:
    """What can be picked of an order and what stays open."""
    wanted, pickable = sum((line.rest for line in order.lines), ZERO), sum(order.picked.values(), ZERO)
    return {
        "line_count": len(order.lines),
        "open_quantity": wanted,
        "pickable_quantity": pickable,
        "short_quantity": wanted - pickable,
        "weight_kg": sum(((weights[line.item_id] or ZERO) * order.picked[line.id] for line in order.lines), ZERO),
    }


def _orders() -> Any:
    order, delivery, party = documents.document, tables.order_delivery, master_data.party
    return (
        select(
            order.c.id,
            order.c.number,
            order.c.due_on,
            order.c.priority,
            order.c.channel,
            party.c.name.label("party_name"),
            tables.carrier.c.code.label("carrier"),
            region().label("region"),
        )
        .outerjoin(delivery, delivery.c.id == order.c.id)
        .outerjoin(tables.carrier, tables.carrier.c.id == delivery.c.carrier_id)
        .outerjoin(shop_order, shop_order.c.document_id == order.c.id)
        .outerjoin(party, party.c.id == order.c.party_id)
    )


# Pick lists ----------------------------------------------------------------------------------------------------------


@answers(OneDocument, permission=READ)
def pick_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What is to be picked: the lines of a pick list, of a wave or of an order, in walking order, with what was picked of each."""
    line, ordered = documents.document_line, documents.document_line.alias("ordered")
    pick_list, order = documents.document.alias("pick_list"), documents.document.alias("sales_order")
    link, item = documents.document_link, master_data.item
    of_wave = select(link.c.to_id).where(link.c.from_id == asked.document, link.c.kind == "picking")
    wanted = (
        (pick_list.c.id == asked.document) | pick_list.c.id.in_(of_wave) | (ordered.c.document_id == asked.document)
    )
    query = (
        select(
            line.c.id,
            line.c.line,
            pick_list.c.id.label("pick_list_id"),
            pick_list.c.number.label("pick_list_number"),
            order.c.id.label("order_id"),
            order.c.number.label("order_number"),
            item.c.id.label("item_id"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            item.c.barcode,
            master_data.unit.c.code.label("unit_code"),
            master_data.location.c.code.label("location_code"),
            master_data.location.c.name.label("location_name"),
            inventory.lot.c.code.label("lot_code"),
            inventory.lot.c.expires_on,
            line.c.quantity,
            line.c.fulfilled_quantity.label("picked_quantity"),
            line.c.closed,
        )
        .join(pick_list, and_(pick_list.c.id == line.c.document_id, pick_list.c.kind == "pick_list"))
        .join(ordered, ordered.c.id == line.c.source_line_id)
        .join(order, order.c.id == ordered.c.document_id)
        .join(item, item.c.id == line.c.item_id)
        .join(master_data.location, master_data.location.c.id == line.c.location_id)
        .outerjoin(master_data.unit, master_data.unit.c.id == line.c.unit_id)
        .outerjoin(inventory.lot, inventory.lot.c.id == line.c.lot_id)
        .where(wanted)
        .order_by(pick_list.c.id, line.c.line)
    )
    rows = rows_of(connection, query)
    for row in rows:
        row["open_quantity"] = ZERO if row["closed"] else row["quantity"] - row["picked_quantity"]
    return rows


@answers(OneDocument, permission=READ)
def pick_events(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What pickers reported for a pick list or an order, the latest first: taken, short, put back, and what was substituted."""
    event, balance = tables.pick_event, inventory.stock_balance
    picked, ordered = documents.document_line.alias("picked"), documents.document_line.alias("ordered")
    query = (
        select(
            event.c.id,
            event.c.kind,
            event.c.made_at,
            kernel.user_account.c.name.label("made_by_name"),
            picked.c.line,
            documents.document.c.number.label("order_number"),
            master_data.item.c.code.label("item_code"),
            master_data.location.c.code.label("location_code"),
            inventory.lot.c.code.label("lot_code"),
            event.c.quantity,
            event.c.substituted,
            event.c.reason,
            event.c.note,
        )
        .join(ordered, ordered.c.id == event.c.order_line_id)
        .join(documents.document, documents.document.c.id == ordered.c.document_id)
        .join(balance, balance.c.id == event.c.balance_id)
        .join(master_data.item, master_data.item.c.id == balance.c.item_id)
        .join(master_data.location, master_data.location.c.id == balance.c.location_id)
        .outerjoin(inventory.lot, inventory.lot.c.id == balance.c.lot_id)
        .outerjoin(picked, picked.c.id == event.c.pick_line_id)
        .outerjoin(kernel.user_account, kernel.user_account.c.id == event.c.made_by)
        .where((picked.c.document_id == asked.document) | (ordered.c.document_id == asked.document))
        .order_by(event.c.made_at.desc(), event.c.id.desc())
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=READ)
def order_delivery(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """Who brings an order, by which service and where; no row where nobody said."""
    delivery = tables.order_delivery
    query = (
        select(
            documents.document.c.number.label("order"),
            tables.carrier.c.code.label("carrier"),
            tables.carrier.c.name.label("carrier_name"),
            tables.carrier_service.c.code.label("service"),
            delivery.c.region,
            delivery.c.phone,
            delivery.c.address,
        )
        .join(documents.document, documents.document.c.id == delivery.c.id)
        .outerjoin(tables.carrier, tables.carrier.c.id == delivery.c.carrier_id)
        .outerjoin(tables.carrier_service, tables.carrier_service.c.id == delivery.c.service_id)
        .where(delivery.c.id == asked.document)
    )
    return rows_of(connection, query)


# Parcels -------------------------------------------------------------------------------------------------------------


class ParcelList(Sorted):
    """Which parcels to list."""

    state: Literal["open", "posted", "cancelled", "reversed"] | None = None
    tracking_state: commands.TrackingState | None = None
    problem: Literal["failed", "returned", "refused", "quiet", "late"] | None = None
    carrier: Text | None = None


@answers(OneDocument, permission=READ)
def picked_goods(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What is picked of an order and in no parcel yet, by line, place and lot."""
    hold, line, balance = tables.pick_hold, documents.document_line, inventory.stock_balance
    query = (
        select(
            line.c.line,
            master_data.item.c.code.label("item_code"),
            master_data.location.c.code.label("location_code"),
            inventory.lot.c.code.label("lot_code"),
            hold.c.picked.label("picked_quantity"),
        )
        .join(line, line.c.id == hold.c.order_line_id)
        .join(balance, balance.c.id == hold.c.balance_id)
        .join(master_data.item, master_data.item.c.id == balance.c.item_id)
        .join(master_data.location, master_data.location.c.id == balance.c.location_id)
        .outerjoin(inventory.lot, inventory.lot.c.id == balance.c.lot_id)
        .where(line.c.document_id == asked.document, hold.c.picked > 0)
        .order_by(line.c.line, hold.c.id)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=READ)
def order_parcels(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The parcels of an order or a shipment, or one parcel, with who brings them."""
    return parcels_of(connection, asked.document)


@answers(ParcelList, permission=READ)
def parcels(connection: Connection, asked: ParcelList, _principal: Principal) -> list[dict[str, Any]]:
    """Parcels with their order, who brings them and when they are promised, the latest first."""
    parcel, document, link = tables.parcel, documents.document, documents.document_link
    tracking = tables.parcel_tracking
    order = documents.document.alias("sales_order")
    query: Any = (
        select(
            *parcel.c,
            document.c.number,
            document.c.state,
            document.c.document_on,
            document.c.posted_on,
            master_data.party.c.name.label("party_name"),
            order.c.id.label("order_id"),
            order.c.number.label("order_number"),
            order.c.due_on.label("promised_on"),
            tables.carrier.c.code.label("carrier"),
            tables.carrier.c.name.label("carrier_name"),
            tracking.c.state.label("tracking_state"),
            tracking.c.state_at,
            tracking.c.expected_on,
            tracking.c.delivered_on,
            tracking.c.problem,
        )
        .join(document, document.c.id == parcel.c.id)
        .outerjoin(tracking, tracking.c.id == parcel.c.id)
        .join(link, and_(link.c.to_id == document.c.id, link.c.kind == "packing"))
        .join(order, order.c.id == link.c.from_id)
        .outerjoin(master_data.party, master_data.party.c.id == document.c.party_id)
        .outerjoin(tables.carrier, tables.carrier.c.id == parcel.c.carrier_id)
    )
    if asked.state is not None:
        query = query.where(document.c.state == asked.state)
    for column, wanted in (
        (tables.carrier.c.code, asked.carrier),
        (tracking.c.state, asked.tracking_state),
        (tracking.c.problem, asked.problem),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if asked.search:
        pattern = contains(asked.search)
        named = (document.c.number, parcel.c.tracking_number, order.c.number, master_data.party.c.name)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in named)))
    rows = page_of(connection, query, asked, document.c.id.desc())
    for row in rows:
        scale = row["scale_weight_kg"]
        row["weight_kg"] = scale if scale is not None else row["computed_weight_kg"] or None
    return rows


@answers(OneDocument, permission=READ)
def parcel_events(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What happened to a parcel, the latest first, each thing once."""
    event = tables.tracking_event
    query = (
        select(
            event.c.happened_at,
            func.max(event.c.state).label("state"),
            event.c.said,
            event.c.place,
            func.max(event.c.id).label("id"),
        )
        .where(event.c.parcel_id == asked.document)
        .group_by(event.c.happened_at, event.c.said, event.c.place)
        .order_by(event.c.happened_at.desc(), func.max(event.c.id).desc())
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=READ)
def parcel_requests(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What we asked a carrier's system about a parcel, and what came of it."""
    request = tables.carrier_request
    query = select(*request.c).where(request.c.parcel_id == asked.document).order_by(request.c.id.desc())
    return rows_of(connection, query)


class CarrierMessages(Sorted):
    """Which messages of carriers to list."""

    state: Literal["stored", "applied", "unmatched", "unreadable"] | None = None


@answers(CarrierMessages, permission=READ)
def carrier_messages(connection: Connection, asked: CarrierMessages, _principal: Principal) -> list[dict[str, Any]]:
    """Messages of carriers' systems with what became of them, the latest first."""
    message, handling = tables.carrier_message, tables.carrier_handling
    query: Any = (
        select(
            message.c.id,
            tables.carrier.c.code.label("carrier"),
            message.c.source,
            message.c.received_at,
            handling.c.state,
            handling.c.reason,
            handling.c.detail,
            handling.c.tracking_number,
            handling.c.parcel_id,
            documents.document.c.number.label("parcel_number"),
        )
        .join(handling, handling.c.id == message.c.id)
        .join(tables.carrier, tables.carrier.c.id == message.c.carrier_id)
        .outerjoin(documents.document, documents.document.c.id == handling.c.parcel_id)
    )
    if asked.state is not None:
        query = query.where(handling.c.state == asked.state)
    if asked.search:
        query = query.where(handling.c.tracking_number.ilike(contains(asked.search), escape="\\"))
    return page_of(connection, query, asked, message.c.id.desc())


class ShopDeliveries(Sorted):
    """Of which shop, and handed over from which day on."""

    shop: Text | None = None
    from_on: date | None = None


@answers(ShopDeliveries, permission=READ)
def shop_deliveries(connection: Connection, asked: ShopDeliveries, _principal: Principal) -> list[dict[str, Any]]:
    """Parcels of web shops' orders as the shop is to be told of them: its order, carrier, number, day, state."""
    link, order = documents.document_link, shop_order
    query: Any = (
        select(
            shop.c.code.label("shop"),
            order.c.external_id,
            order.c.number.label("order_number"),
            documents.document.c.number.label("parcel_number"),
            tables.carrier.c.name.label("carrier_name"),
            tables.parcel.c.tracking_number,
            documents.document.c.posted_on,
            tables.parcel_tracking.c.state.label("tracking_state"),
            tables.parcel_tracking.c.delivered_on,
        )
        .join(shop, shop.c.id == order.c.shop_id)
        .join(link, and_(link.c.from_id == order.c.document_id, link.c.kind == "packing"))
        .join(documents.document, and_(documents.document.c.id == link.c.to_id, documents.document.c.state == "posted"))
        .join(tables.parcel, tables.parcel.c.id == documents.document.c.id)
        .outerjoin(tables.carrier, tables.carrier.c.id == tables.parcel.c.carrier_id)
        .outerjoin(tables.parcel_tracking, tables.parcel_tracking.c.id == tables.parcel.c.id)
    )
    if asked.shop is not None:
        query = query.where(shop.c.code == asked.shop)
    if asked.from_on is not None:
        query = query.where(documents.document.c.posted_on >= asked.from_on)
    return page_of(connection, query, asked, documents.document.c.id.desc())


@answers(OneDocument, permission=READ)
def order_links(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The customer's links to the page of an order that were not taken back."""
    return ORDER_PAGE.living(connection, asked.document)


QUERIES: Final[tuple[Query, ...]] = (
    carriers,
    carrier_services,
    wave_preview,
    pick_lines,
    pick_events,
    order_delivery,
    picked_goods,
    order_parcels,
    parcels,
    parcel_events,
    parcel_requests,
    carrier_messages,
    shop_deliveries,
    order_links,
)
