"""Handlers of web shops: shops and their items, and the life of a message from its arrival to its end."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from app.kernel.access import SYSTEM_USER_ID
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox, put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.master_data.terms import active_item, party_with_role
from app.modules.shops.booking import ROLE, Result, result_of
from app.modules.shops.door import PREVIOUS, ROTATION, SECRET, opened, sealed
from app.modules.shops.items import mapping, name_to_map
from schemas.commands import shops as commands
from schemas.operational import master_data
from schemas.operational import shops as tables
from schemas.vocabulary.shops import WITH_WEBHOOK

_INBOX_KINDS = frozenset({"item_unknown", "cancel_shipped", "change_shipped", "cancel_on_order", "change_on_order"})


# Shops and their items -----------------------------------------------------------------------------------------------


@handles(commands.PutShop, permission="shops.setup.write")
def put_shop(ctx: Context, data: commands.PutShop) -> Outcome:
    """Make or change a web shop; its secret is sealed and never shown again."""
    location = by_code(ctx, master_data.location, data.location, "location", field="location")
    tax_code = by_code(ctx, master_data.tax_code, data.tax_code, "tax_code", field="tax_code")
    values: dict[str, Any] = {
        "name": data.name,
        "domain": data.domain.lower() if data.domain else None,
        "customer_id": party_with_role(ctx, data.customer, "customer").id,
        "location_id": location.id if location else None,
        "tax_code_id": tax_code.id if tax_code else None,
        "currency": data.currency,
        "active": data.active,
    }
    row = ctx.uow.one(tables.shop, "code", data.code, lock=True)
    if row is not None and row.system != data.system:
        raise Refused("shop_system", field="system", code=data.code, system=row.system)
    if data.secret is not None and data.system not in WITH_WEBHOOK:
        raise Refused("shop_without_webhook", field="secret", system=data.system.value)
    row_id = row.id if row is not None else ctx.uow.next_id()
    if data.secret is not None:
        values |= _new_secret(ctx, row, row_id, data.secret.get_secret_value())
    if row is None:
        ctx.uow.insert(tables.shop, id=row_id, code=data.code, system=data.system.value, **values, version=1)
        return Outcome("receipt.created", values={"what": "shop", "code": data.code}, data={"id": row_id})
    ctx.uow.update(tables.shop, row, **values)
    return Outcome("receipt.changed", values={"what": "shop", "code": data.code}, data={"id": row_id})


def _new_secret(ctx: Context, row: Row | None, row_id: int, secret: str) -> dict[str, Any]:
    """The sealed secret, and the one before for as long as the shop may still sign with it."""
    values: dict[str, Any] = {"secret_cipher": sealed(ctx.keys, secret, row_id, SECRET)}
    if row is not None and row.secret_cipher is not None:
        before = opened(ctx.keys, row, SECRET)
        if before == secret:
            return {}
        values["previous_secret_cipher"] = sealed(ctx.keys, before, row_id, PREVIOUS)
        values["previous_until"] = ctx.now + ROTATION
    return values


@handles(commands.PutShopItem, permission="shops.mapping.write")
def put_shop_item(ctx: Context, data: commands.PutShopItem) -> Outcome:
    """Say which item a shop's product is; the orders that waited for it are booked."""
    shop = need_by_code(ctx, tables.shop, data.shop, "shop", field="shop")
    item = active_item(ctx, data.item)
    row = mapping(ctx, shop, data.kind, data.external_id, lock=True)
    values = {"item_id": item.id, "unit_factor": data.unit_factor}
    if row is None:
        ctx.uow.insert(
            tables.shop_item,
            shop_id=shop.id,
            kind=data.kind,
            external_id=data.external_id,
            title=data.title,
            **values,
        )
    else:
        ctx.uow.update(tables.shop_item, row, **values, title=data.title or row.title)
    waiting = _waiting_for(ctx, shop, data.kind, data.external_id)
    for handling in waiting:
        _again(ctx, handling)
    close_inbox(ctx, _item_source(shop, data.kind, data.external_id))
    return Outcome(
        "receipt.shop_item_mapped", values={"code": data.external_id, "item": item.code, "count": len(waiting)}
    )


def _waiting_for(ctx: Context, shop: Row, kind: str, external_id: str) -> list[Row]:
    rows = ctx.uow.where(tables.shop_unmapped, "external_id", external_id)
    ids = [row.message_id for row in rows if (row.shop_id, row.kind) == (shop.id, kind)]
    found = ctx.uow.many(tables.shop_handling, ids, lock=True).values()
    return [row for row in found if (row.state, row.reason) == ("quarantined", "item_unknown")]


# Messages ------------------------------------------------------------------------------------------------------------


@handles(commands.ReceiveShopMessage, permission="shops.message.receive")
def receive_shop_message(ctx: Context, data: commands.ReceiveShopMessage) -> Outcome:
    """Store a shop's message as it came, once for each delivery and content; only the door itself says that it was delivered."""
    if data.source == "webhook" and ctx.principal.user_id != SYSTEM_USER_ID:
        raise Refused("not_permitted", login=ctx.principal.login, permission="shops.delivery.receive")
    shop = need_by_code(ctx, tables.shop, data.shop, "shop", field="shop")
    if not shop.active:
        raise Refused("shop_inactive", field="shop", code=shop.code)
    try:
        body = base64.b64decode(data.body, validate=True)
    except binascii.Error as error:
        raise Refused("shop_body", field="body") from error
    content_hash = hashlib.sha256(body).hexdigest()
    for row in ctx.uow.where(tables.shop_message, "delivery_id", data.delivery_id):
        if (row.shop_id, row.content_hash) == (shop.id, content_hash):
            return Outcome("receipt.shop_message_known", values={"message": row.id}, data={"message": row.id})
    row = ctx.uow.insert(
        tables.shop_message,
        shop_id=shop.id,
        delivery_id=data.delivery_id,
        content_hash=content_hash,
        topic=data.topic,
        source=data.source,
        received_at=ctx.now,
        body=body,
    )
    ctx.uow.insert(tables.shop_handling, id=row.id, state="stored", attempt=0, version=1)
    return Outcome("receipt.shop_message_stored", values={"message": row.id}, data={"message": row.id})


@handles(commands.BookShopMessage, permission="shops.message.book")
def book_shop_message(ctx: Context, data: commands.BookShopMessage) -> Outcome:
    """Book what a stored message says, or put it aside with the reason; a message that was handled stays so."""
    handling = _need_handling(ctx, data.message)
    if handling.state != "stored":
        return Outcome("receipt.shop_message_handled", values={"message": handling.id, "state": handling.state})
    message = ctx.uow.need(tables.shop_message, handling.id)
    shop = ctx.uow.need(tables.shop, message.shop_id)
    result = result_of(ctx, shop, message)
    if not ctx.uow.changes and result.missing:
        ctx.uow.write_earlier()  # Another order of this transaction may have asked for the same items.
    _settle(ctx, shop, handling, result)
    values = {"message": handling.id, "state": result.state}
    data_out = {"state": result.state, "reason": result.reason, "detail": result.detail}
    return Outcome("receipt.shop_message_handled", result.document, values, data_out)


@handles(commands.SetShopMessageAside, permission="shops.message.book")
def set_shop_message_aside(ctx: Context, data: commands.SetShopMessageAside) -> Outcome:
    """Put a message that could not be booked aside for a person, with the reason."""
    handling = _need_handling(ctx, data.message)
    if handling.state == "stored":
        message = ctx.uow.need(tables.shop_message, handling.id)
        shop = ctx.uow.need(tables.shop, message.shop_id)
        _settle(ctx, shop, handling, Result("quarantined", data.reason, data.detail))
    return Outcome("receipt.shop_message_handled", values={"message": handling.id, "state": handling.state})


@handles(commands.RetryShopMessage, permission="shops.message.write")
def retry_shop_message(ctx: Context, data: commands.RetryShopMessage) -> Outcome:
    """Let a message that was put aside be booked once more."""
    handling = _need_aside(ctx, data.message)
    _again(ctx, handling)
    return Outcome("receipt.shop_message_handled", values={"message": handling.id, "state": handling.state})


@handles(commands.DiscardShopMessage, permission="shops.message.write")
def discard_shop_message(ctx: Context, data: commands.DiscardShopMessage) -> Outcome:
    """Decide that a message that was put aside will not be booked; it stays readable with the reason."""
    handling = _need_aside(ctx, data.message)
    ctx.uow.update(
        tables.shop_handling, handling, state="discarded", reason="discarded", detail=data.reason, handled_at=ctx.now
    )
    close_inbox(ctx, _message_source(handling))
    return Outcome("receipt.shop_message_handled", values={"message": handling.id, "state": handling.state})


@handles(commands.CountRejectedDeliveries, permission="shops.delivery.count")
def count_rejected_deliveries(ctx: Context, data: commands.CountRejectedDeliveries) -> Outcome:
    """Count deliveries of a day whose signature was wrong, and tell the clerks of the first."""
    shop = need_by_code(ctx, tables.shop, data.shop, "shop", field="shop")
    rows = ctx.uow.where(tables.shop_rejection, "shop_id", shop.id, lock=True)
    row = next((row for row in rows if row.day == ctx.today), None)
    if row is None:
        row = ctx.uow.insert(
            tables.shop_rejection, shop_id=shop.id, day=ctx.today, delivery_count=data.delivery_count, last_at=ctx.now
        )
        put_into_inbox(
            ctx,
            source=f"shop_rejected:{shop.id}:{ctx.today}:",
            kind="shop_rejected",
            severity="warning",
            facts={"name": shop.name},
            role=ROLE,
            due_on=ctx.today,
        )
    else:
        count = row.delivery_count + data.delivery_count
        ctx.uow.update(tables.shop_rejection, row, delivery_count=count, last_at=ctx.now)
    return Outcome("receipt.shop_rejected", values={"code": shop.code, "count": row.delivery_count})


def _need_handling(ctx: Context, message: int) -> Row:
    return ctx.uow.need(tables.shop_handling, message, lock=True, what="shop_message")


def _need_aside(ctx: Context, message: int) -> Row:
    handling = _need_handling(ctx, message)
    if handling.state != "quarantined":
        raise Refused("shop_message_state", message=message, state=handling.state)
    return handling


def _again(ctx: Context, handling: Row) -> None:
    ctx.uow.update(
        tables.shop_handling, handling, state="stored", attempt=handling.attempt + 1, reason=None, detail=None
    )


def _settle(ctx: Context, shop: Row, handling: Row, result: Result) -> None:
    """Record what became of a message; what waits for a person reaches the inbox, what no longer does leaves it."""
    ctx.uow.update(
        tables.shop_handling,
        handling,
        state=result.state,
        reason=result.reason,
        detail=result.detail or None,
        order_number=result.number or handling.order_number,
        shop_order_id=result.order.id if result.order is not None else None,
        handled_at=ctx.now,
    )
    if result.missing:
        _ask_for_items(ctx, shop, handling, result)
    elif result.state == "quarantined":
        _tell(ctx, shop, _message_source(handling), handling, result)
        return
    if handling.attempt:
        close_inbox(ctx, _message_source(handling))


def _ask_for_items(ctx: Context, shop: Row, handling: Row, result: Result) -> None:
    """One question for each unknown product, however many orders wait for it."""
    asked = {(row.kind, row.external_id) for row in ctx.uow.where(tables.shop_unmapped, "message_id", handling.id)}
    for kind, external_id, title in dict.fromkeys(name_to_map(line) for line in result.missing):
        if (kind, external_id) in asked:
            continue
        asked.add((kind, external_id))
        ctx.uow.insert(
            tables.shop_unmapped,
            message_id=handling.id,
            shop_id=shop.id,
            kind=kind,
            external_id=external_id,
            title=title,
        )
        _tell(ctx, shop, _item_source(shop, kind, external_id), handling, result, item=external_id)


def _tell(ctx: Context, shop: Row, source: str, handling: Row, result: Result, *, item: str = "") -> None:
    kind = result.reason if result.reason in _INBOX_KINDS else "message_waits"
    document = result.document
    put_into_inbox(
        ctx,
        source=source,
        kind=f"shop_{kind}",
        severity="warning",
        facts={
            "kind": "sales_order" if document is not None else "",
            "name": shop.name,
            "order": result.number or f"#{handling.id}",
            "product": item,
        },
        role=ROLE,
        document_id=document.id if document is not None else None,
    )


def _message_source(handling: Row) -> str:
    return f"shop_message:{handling.id}:"


def _item_source(shop: Row, kind: str, external_id: str) -> str:
    digest = hashlib.sha256(f"{kind}:{external_id}".encode()).hexdigest()[:32]
    return f"shop_item:{shop.id}:{digest}:"
