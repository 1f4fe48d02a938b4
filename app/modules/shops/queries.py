"""Asks about web shops: which product is which item, what became of every message, the shops' orders with their buyers."""

from __future__ import annotations

from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Arguments, Sorted, Text, contains, page_of, rows_of
from schemas.operational import documents, master_data
from schemas.operational import shops as tables
from schemas.vocabulary.shops import WITH_WEBHOOK

_READ: Final = "shops.read"
_LONGEST_SHOWN: Final = 200_000

State = Literal["stored", "booked", "duplicate", "stale", "quarantined", "ignored", "discarded"]


class ShopList(Sorted):
    """Which shops to list."""

    active: bool | None = None


class OfShop(Sorted):
    """Of which shop; of all where none is named."""

    shop: Text | None = None


class MessageList(OfShop):
    """Which messages to list."""

    state: State | None = None


class OrderList(OfShop):
    """Which orders of shops to list."""

    status: Literal["unknown", "order", "waiting", "cancelled", "refunded"] | None = None


class OneMessage(Arguments):
    """Which message."""

    message: int


class OneShopOrder(Arguments):
    """Which order: by its id, or by the sales order it is booked as."""

    shop_order: int | None = None
    document: int | None = None


@answers(ShopList, permission=_READ)
def shops(connection: Connection, asked: ShopList, _principal: Principal) -> list[dict[str, Any]]:
    """Web shops with what they are booked on and the deliveries that were turned away; secrets are never answered."""
    shop, rejection = tables.shop, tables.shop_rejection
    turned_away = (
        select(
            rejection.c.shop_id,
            func.sum(rejection.c.delivery_count).label("count"),
            func.max(rejection.c.last_at).label("last_at"),
        )
        .group_by(rejection.c.shop_id)
        .subquery()
    )
    query: Any = (
        select(
            shop.c.id,
            shop.c.code,
            shop.c.name,
            shop.c.system,
            shop.c.domain,
            shop.c.currency,
            shop.c.active,
            shop.c.secret_cipher.is_not(None).label("has_secret"),
            shop.c.previous_until,
            master_data.party.c.code.label("customer"),
            master_data.location.c.code.label("location"),
            master_data.tax_code.c.code.label("tax_code"),
            func.coalesce(turned_away.c.count, 0).label("rejected_count"),
            turned_away.c.last_at.label("rejected_at"),
        )
        .join(master_data.party, master_data.party.c.id == shop.c.customer_id)
        .outerjoin(master_data.location, master_data.location.c.id == shop.c.location_id)
        .outerjoin(master_data.tax_code, master_data.tax_code.c.id == shop.c.tax_code_id)
        .outerjoin(turned_away, turned_away.c.shop_id == shop.c.id)
    )
    if asked.active is not None:
        query = query.where(shop.c.active.is_(asked.active))
    query = _found(query, asked.search, shop.c.code, shop.c.name, shop.c.domain)
    rows = page_of(connection, query, asked, shop.c.code)
    for row in rows:
        row["rejected_count"] = int(row["rejected_count"])
        row["address"] = f"/webhooks/{row['system']}/{row['code']}" if row["system"] in WITH_WEBHOOK else None
    return rows


@answers(OfShop, permission=_READ)
def shop_items(connection: Connection, asked: OfShop, _principal: Principal) -> list[dict[str, Any]]:
    """Which product of a shop is which item, and how many stocking units a piece holds."""
    mapped, item = tables.shop_item, master_data.item
    query: Any = (
        select(
            mapped.c.id,
            tables.shop.c.code.label("shop"),
            mapped.c.kind,
            mapped.c.external_id,
            mapped.c.title,
            mapped.c.item_id,
            item.c.code.label("item"),
            item.c.name.label("item_name"),
            mapped.c.unit_factor,
        )
        .join(tables.shop, tables.shop.c.id == mapped.c.shop_id)
        .join(item, item.c.id == mapped.c.item_id)
    )
    query = _found(query, asked.search, mapped.c.external_id, mapped.c.title, item.c.code)
    return page_of(connection, _of_shop(query, asked), asked, tables.shop.c.code, mapped.c.external_id, mapped.c.id)


@answers(OfShop, permission=_READ)
def unmapped_shop_items(connection: Connection, asked: OfShop, _principal: Principal) -> list[dict[str, Any]]:
    """Products of shops of which nobody has said the item, with how many messages wait for each, the most first."""
    unmapped, handling = tables.shop_unmapped, tables.shop_handling
    count = func.count(unmapped.c.message_id.distinct())
    query: Any = (
        select(
            tables.shop.c.code.label("shop"),
            unmapped.c.kind,
            unmapped.c.external_id,
            func.max(unmapped.c.title).label("title"),
            count.label("message_count"),
            func.min(unmapped.c.id).label("id"),
        )
        .join(handling, handling.c.id == unmapped.c.message_id)
        .join(tables.shop, tables.shop.c.id == unmapped.c.shop_id)
        .where(handling.c.state == "quarantined", handling.c.reason == "item_unknown")
        .group_by(tables.shop.c.code, unmapped.c.kind, unmapped.c.external_id)
    )
    query = _found(query, asked.search, unmapped.c.external_id, unmapped.c.title)
    return page_of(connection, _of_shop(query, asked), asked, count.desc(), unmapped.c.external_id)


@answers(MessageList, permission=_READ)
def shop_messages(connection: Connection, asked: MessageList, _principal: Principal) -> list[dict[str, Any]]:
    """Messages of shops with what became of them and why, the latest first."""
    query = _messages()
    if asked.state is not None:
        query = query.where(tables.shop_handling.c.state == asked.state)
    found = (tables.shop_handling.c.order_number, tables.shop_message.c.topic, tables.shop_message.c.delivery_id)
    query = _found(query, asked.search, *found, tables.shop_handling.c.detail)
    return page_of(connection, _of_shop(query, asked), asked, tables.shop_message.c.id.desc())


@answers(OneMessage, permission=_READ)
def shop_message_by_id(connection: Connection, asked: OneMessage, _principal: Principal) -> list[dict[str, Any]]:
    """One message with its body as it came, as far as it is text."""
    query = _messages().add_columns(tables.shop_message.c.body).where(tables.shop_message.c.id == asked.message)
    rows = rows_of(connection, query)
    for row in rows:
        row["body"] = row["body"].decode("utf-8", "replace")[:_LONGEST_SHOWN]
    return rows


@answers(OrderList, permission=_READ)
def shop_orders(connection: Connection, asked: OrderList, _principal: Principal) -> list[dict[str, Any]]:
    """Orders of shops with their buyer and the sales order they are booked as, the latest first."""
    query, order = _orders(), tables.shop_order
    if asked.status is not None:
        query = query.where(order.c.status == asked.status)
    query = _found(query, asked.search, order.c.number, order.c.buyer_name, order.c.buyer_email, order.c.external_id)
    return page_of(connection, _of_shop(query, asked), asked, order.c.id.desc())


@answers(OneShopOrder, permission=_READ)
def shop_order_by_id(connection: Connection, asked: OneShopOrder, _principal: Principal) -> list[dict[str, Any]]:
    """One order of a shop with its buyer, by its id or by its sales order; no row where there is none."""
    order = tables.shop_order
    query = _orders().where(or_(order.c.id == asked.shop_order, order.c.document_id == asked.document))
    return rows_of(connection, query.limit(1))


def waiting_messages(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Messages that were stored and not looked into, in the order in which they came: id and attempt."""
    handling = tables.shop_handling
    query = (
        select(handling.c.id, handling.c.attempt)
        .where(handling.c.state == "stored")
        .order_by(handling.c.id)
        .limit(limit)
    )
    return [(row.id, row.attempt) for row in connection.execute(query)]


def messages_after(connection: Connection, message: int, limit: int) -> list[int]:
    """The ids of messages that were stored after one, up to so many."""
    stored = tables.shop_message
    query = select(stored.c.id).where(stored.c.id > message).order_by(stored.c.id.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def _messages() -> Any:
    message, handling, order = tables.shop_message, tables.shop_handling, tables.shop_order
    return (
        select(
            message.c.id,
            tables.shop.c.code.label("shop"),
            message.c.topic,
            message.c.source,
            message.c.received_at,
            message.c.delivery_id,
            message.c.content_hash,
            handling.c.state,
            handling.c.reason,
            handling.c.detail,
            handling.c.attempt,
            handling.c.handled_at,
            handling.c.order_number,
            order.c.document_id,
            documents.document.c.number.label("document_number"),
        )
        .join(handling, handling.c.id == message.c.id)
        .join(tables.shop, tables.shop.c.id == message.c.shop_id)
        .outerjoin(order, order.c.id == handling.c.shop_order_id)
        .outerjoin(documents.document, documents.document.c.id == order.c.document_id)
    )


def _orders() -> Any:
    order, document = tables.shop_order, documents.document
    return (
        select(
            *order.c,
            tables.shop.c.code.label("shop"),
            tables.shop.c.name.label("shop_name"),
            document.c.number.label("document_number"),
            document.c.state.label("document_state"),
        )
        .join(tables.shop, tables.shop.c.id == order.c.shop_id)
        .outerjoin(document, document.c.id == order.c.document_id)
    )


def _of_shop(query: Select[Any], asked: OfShop) -> Select[Any]:
    return query.where(tables.shop.c.code == asked.shop) if asked.shop else query


def _found(query: Select[Any], search: str, *columns: Any) -> Select[Any]:
    if not search:
        return query
    pattern = contains(search)
    return query.where(or_(*(column.ilike(pattern, escape="\\") for column in columns)))


QUERIES: Final[tuple[Query, ...]] = (
    shops,
    shop_items,
    unmapped_shop_items,
    shop_messages,
    shop_message_by_id,
    shop_orders,
    shop_order_by_id,
)
