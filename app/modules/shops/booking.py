"""What one message of a shop does: an order is booked, changed or cancelled by the newest word of its shop, or waits for a person.

Every message ends in one state with one reason. An older word than the one that was applied is stale, the same word again a
duplicate. What cannot be booked as it stands is quarantined whole: no half order, no item made by itself, no total bent.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.kernel.approvals import must_wait, prepare_standing
from app.kernel.bus import Context
from app.kernel.documents import CHARGE, add_totals, lines_of, new_document
from app.kernel.inbox import put_into_inbox
from app.kernel.unit_of_work import Row
from app.modules.inventory.advances import advanced_for
from app.modules.master_data.currencies import DocumentCurrency, say_in_currency
from app.modules.sales.direct_lines import quantity_on_order
from app.modules.sales.handlers import CONFIRMING, cancel_sales_order, take_effect
from app.modules.sales.promises import prepare_promises
from app.modules.shops.changing import change_lines, total_of, write_lines
from app.modules.shops.discounts import keep_discounts
from app.modules.shops.rates import currency_wanted, day_of, decimals_of, refuse_changed_currency, refuse_other_currency
from app.modules.shops.wanted import Waits, Wanted, lines_wanted
from pipelines.connectors.marketplace.layouts import MARKETPLACES
from pipelines.connectors.marketplace.translate import translator
from pipelines.connectors.shopify.translate import translate as translate_shopify
from pipelines.connectors.woocommerce.translate import translate as translate_woocommerce
from schemas.commands.trade import OrderAction
from schemas.exchange.shop_order import (
    Buyer,
    NotAnOrder,
    NotTranslatable,
    ShopDeletion,
    ShopLine,
    ShopOrder,
    ShopRefund,
    ShopStatus,
    Translate,
)
from schemas.operational import documents
from schemas.operational import shops as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import LARGEST_MONEY, MONEY_DECIMALS, ZERO, rounded
from schemas.vocabulary.shops import ShopSystem

TRANSLATE: Final[Mapping[str, Translate]] = MappingProxyType(
    {
        ShopSystem.SHOPIFY.value: translate_shopify,
        ShopSystem.WOOCOMMERCE.value: translate_woocommerce,
        **{system: translator(system) for system in MARKETPLACES},
    }
)
ROLE: Final = "clerk"
_UNKNOWN: Final = "unknown"
_PRIORITY: Final = 5


@dataclass(frozen=True)
class Result:
    """What became of a message.

    Attributes:
        state: `booked`, `duplicate`, `stale`, `ignored` or `quarantined`.
        reason: named by `shop_reason.<reason>`; None where it was booked and there is nothing to say.
        detail: the values behind the reason.
        order: the shop's order that it is about.
        document: the sales order.
        missing: lines of which nobody knows the item.
        number: the number of the order that the message names.
    """

    state: str
    reason: str | None = None
    detail: str = ""
    order: Row | None = None
    document: Row | None = None
    missing: tuple[ShopLine, ...] = ()
    number: str | None = None


def result_of(ctx: Context, shop: Row, message: Row) -> Result:
    """Do what a message says, and tell what became of it.

    What it is about is locked as every command on an order locks it: the order, then its customer, then its stock.
    """
    try:
        said = TRANSLATE[shop.system](message.body, message.topic)
        match said:
            case NotAnOrder():
                return Result("ignored", "topic", said.topic)
            case ShopDeletion():
                return replace(_deleted(ctx, shop, said, message.received_at), number=said.order_id)
            case ShopRefund():
                return replace(_refunded(ctx, shop, said), number=said.order_id)
            case ShopOrder():
                return replace(_ordered(ctx, shop, said), number=said.number)
    except NotTranslatable as error:
        return Result("quarantined", error.reason, error.detail)


def find_order(ctx: Context, shop: Row, external_id: str) -> Row | None:
    """A shop's order by its id there, locked."""
    rows = ctx.uow.where(tables.shop_order, "external_id", external_id, lock=True)
    return next((row for row in rows if row.shop_id == shop.id), None)


def fingerprint(order: ShopOrder) -> str:
    """What an order says, but for when it was said."""
    return hashlib.sha256(repr(replace(order, updated_at=order.ordered_at)).encode()).hexdigest()


# Orders --------------------------------------------------------------------------------------------------------------


def _ordered(ctx: Context, shop: Row, order: ShopOrder) -> Result:
    if order.test:
        return Result("ignored", "test_order", order.number)
    known, mark = find_order(ctx, shop, order.external_id), fingerprint(order)
    if known is not None and known.updated_at is not None:
        if order.updated_at < known.updated_at:
            return Result("stale", "older", f"{order.updated_at} < {known.updated_at}", known)
        if mark == known.fingerprint and order.updated_at == known.updated_at:
            return Result("duplicate", "same", order.number, known)
    document = _document_of(ctx, known)
    prepare_standing(ctx, CONFIRMING, shop.customer_id)
    try:
        return _applied(ctx, shop, order, mark, known, document)
    except Waits as waits:
        return Result("quarantined", waits.reason, waits.detail, known, document, waits.missing)


def _document_of(ctx: Context, known: Row | None) -> Row | None:
    if known is None or known.document_id is None:
        return None
    return ctx.uow.need(documents.document, known.document_id, lock=True)


def _applied(ctx: Context, shop: Row, order: ShopOrder, mark: str, known: Row | None, document: Row | None) -> Result:
    """Apply the newest word of a shop about an order.

    Raises:
        Waits: it has to wait for a person; nothing was written.
    """
    reason = None
    _refuse_large_refunds(known, order.refunds)
    for refund in order.refunds:
        refuse_other_currency(order.currency, refund)
    refuse_changed_currency(order, known)
    if order.status is ShopStatus.ORDER:
        again = document is not None and not _revived(known, document)
        currency = currency_wanted(ctx, shop, order, document if again else None)
        wanted = lines_wanted(ctx, shop, order, currency)
        goods = (line.values for line in wanted if line.values["kind"] != CHARGE)
        prepare_promises(ctx, ((values["item_id"], values["quantity"]) for values in goods))
        if document is not None and again:
            assert known is not None
            change_lines(ctx, shop, document, known, wanted, currency)
            known = _remembered(ctx, shop, order, mark, known, document)
        else:
            document = _new_order(ctx, shop, order)
            known = _remembered(ctx, shop, order, mark, known, document)
            _fill(ctx, shop, document, known, wanted, currency)
        keep_discounts(ctx, known, order)
    else:
        reason = f"is_{order.status.value}"
        if order.status is ShopStatus.CANCELLED and document is not None:
            _cancel(ctx, document)
        known = _remembered(ctx, shop, order, mark, known, document)
    for refund in order.refunds:
        _note_refund(ctx, shop, known, refund, document)
    return Result("ignored" if document is None else "booked", reason, order.state, known, document)


def _revived(known: Row | None, document: Row) -> bool:
    """Whether the shop has taken an order up again that it had cancelled."""
    assert known is not None
    return known.status == ShopStatus.CANCELLED and document.state == DocumentState.CANCELLED


def _new_order(ctx: Context, shop: Row, order: ShopOrder) -> Row:
    on = day_of(ctx, order)
    return new_document(
        ctx,
        DocumentKind.SALES_ORDER,
        DocumentState.DRAFT,
        party_id=shop.customer_id,
        document_on=on,
        due_on=on,
        channel=shop.code,
        priority=_PRIORITY,
        external_number=order.number,
        note=order.note or None,
    )


def _fill(ctx: Context, shop: Row, document: Row, known: Row, wanted: list[Wanted], currency: DocumentCurrency) -> None:
    """Write the lines of a new order and let it take effect, or wait for its approval."""
    rows = write_lines(ctx, shop, document, known, wanted, currency)
    add_totals(ctx, document, *total_of(rows))
    say_in_currency(ctx, document, currency, *total_of(line.values for line in wanted))
    if not must_wait(ctx, document, CONFIRMING):
        take_effect(ctx, document, rows)


def _cancel(ctx: Context, document: Row) -> None:
    """Cancel a sales order that its shop has cancelled; one that is over already needs nothing.

    Raises:
        Waits: something of it was shipped or invoiced, or a supplier is to ship it.
    """
    if any(row.fulfilled_quantity or row.invoiced_quantity for row in lines_of(ctx, document).values()):
        raise Waits("cancel_shipped", str(document.number))
    if any(quantity_on_order(ctx, row) + advanced_for(ctx, row) > 0 for row in lines_of(ctx, document).values()):
        raise Waits("cancel_on_order", str(document.number))
    if document.state in {DocumentState.DRAFT, DocumentState.CONFIRMED}:
        cancel_sales_order(ctx, OrderAction(order=document.id))


def _status(order: ShopOrder, known: Row | None, document: Row | None) -> str:
    """What the shop says of an order; one that it cancelled stays so until it says that it is an order again."""
    gone = document is not None and document.state == DocumentState.CANCELLED
    was_cancelled = known is not None and known.status == ShopStatus.CANCELLED
    stays = gone and was_cancelled and order.status is not ShopStatus.ORDER
    return ShopStatus.CANCELLED.value if stays else order.status.value


def _remembered(ctx: Context, shop: Row, order: ShopOrder, mark: str, known: Row | None, document: Row | None) -> Row:
    """Keep what the shop says of an order beside its sales order."""
    values: dict[str, Any] = {
        "number": order.number,
        "document_id": document.id if document is not None else None,
        "ordered_at": order.ordered_at,
        "updated_at": order.updated_at,
        "presented_currency": order.presented.currency if order.presented is not None else None,
        "presented_amount": rounded(order.presented.total, MONEY_DECIMALS) if order.presented is not None else None,
        "status": _status(order, known, document),
        "state": order.state,
        "fingerprint": mark,
        "note": order.note or None,
        **_buyer(order.buyer),
    }
    if order.status is ShopStatus.ORDER or document is None:
        values |= {"total_amount": rounded(order.total, MONEY_DECIMALS), "currency": order.currency}
    if known is None:
        return _new_row(ctx, shop, order.external_id, **values)
    ctx.uow.update(tables.shop_order, known, **values)
    return known


def _new_row(ctx: Context, shop: Row, external_id: str, **values: Any) -> Row:
    blank = {"number": external_id, "status": _UNKNOWN, "state": "", "total_amount": ZERO}
    return ctx.uow.insert(
        tables.shop_order,
        **{**blank, **values},
        shop_id=shop.id,
        external_id=external_id,
        refunded_amount=ZERO,
        version=1,
    )


def _buyer(buyer: Buyer) -> dict[str, str | None]:
    return {f"buyer_{name}": value or None for name, value in dataclasses.asdict(buyer).items()}


# Deletions and refunds -----------------------------------------------------------------------------------------------


def _deleted(ctx: Context, shop: Row, said: ShopDeletion, at: datetime) -> Result:
    """An order that was deleted in its shop is cancelled here; the word of it counts from when it came, for it has no instant."""
    known = find_order(ctx, shop, said.order_id)
    document = _document_of(ctx, known)
    try:
        if document is not None:
            _cancel(ctx, document)
    except Waits as waits:
        return Result("quarantined", waits.reason, waits.detail, known, document)
    values = {"status": ShopStatus.CANCELLED.value, "state": "deleted", "updated_at": at, "fingerprint": None}
    if known is None:
        known = _new_row(ctx, shop, said.order_id, **values)
    else:
        ctx.uow.update(tables.shop_order, known, **values)
    return Result("ignored" if document is None else "booked", "deleted", said.order_id, known, document)


def _refunded(ctx: Context, shop: Row, refund: ShopRefund) -> Result:
    """Money that went back is noted on its order, even where that has not come yet."""
    known = find_order(ctx, shop, refund.order_id)
    try:
        _refuse_large_refunds(known, (refund,))
        refuse_other_currency((known.currency if known is not None else None) or shop.currency, refund)
    except Waits as waits:
        return Result("quarantined", waits.reason, waits.detail, known)
    if known is None:
        known = _new_row(ctx, shop, refund.order_id, currency=refund.currency or shop.currency)
    document = _document_of(ctx, known)
    if not _note_refund(ctx, shop, known, refund, document):
        return Result("duplicate", "same", refund.external_id, known, document)
    return Result("booked", "refund_noted", f"{refund.amount:f}", known, document)


def _refuse_large_refunds(known: Row | None, refunds: Iterable[ShopRefund]) -> None:
    whole = sum((refund.amount for refund in refunds), known.refunded_amount if known is not None else ZERO)
    if whole >= LARGEST_MONEY:
        raise Waits("number_out_of_range", f"{whole:f}")


def _note_refund(ctx: Context, shop: Row, known: Row, refund: ShopRefund, document: Row | None) -> bool:
    """Record a refund once, and tell the clerks of it where the order was booked; say whether it was new."""
    noted = ctx.uow.where(tables.shop_refund, "shop_order_id", known.id)
    if any(row.external_id == refund.external_id for row in noted):
        return False
    amount: Decimal = rounded(refund.amount, decimals_of(ctx, known.currency))
    row = ctx.uow.insert(
        tables.shop_refund,
        shop_order_id=known.id,
        external_id=refund.external_id,
        amount=amount,
        detail=refund.detail,
        recorded_at=ctx.now,
    )
    ctx.uow.update(tables.shop_order, known, refunded_amount=known.refunded_amount + amount)
    if document is not None:
        put_into_inbox(
            ctx,
            source=f"shop_refund:{row.id}:",
            kind="shop_refund",
            severity="warning",
            facts={
                "kind": DocumentKind.SALES_ORDER.value,
                "name": shop.name,
                "order": known.number,
                "amount": amount,
                "currency": known.currency or ctx.company.currency,
            },
            role=ROLE,
            document_id=document.id,
        )
    return True
