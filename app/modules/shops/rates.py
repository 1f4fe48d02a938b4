"""In which currency and at which rate a shop's order is booked, and what waits until a rate is known.

An order is booked in the currency in which its shop is paid, at the rate of its day; it keeps both. A shop may name the one
currency that it expects. An order whose day has no rate waits for one, and is booked when somebody enters it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, or_, select

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency, currency_of, currency_on, rate_on
from app.modules.shops.wanted import Waits
from schemas.exchange.shop_order import ShopOrder, ShopRefund
from schemas.operational import kernel, master_data
from schemas.operational import shops as tables
from schemas.vocabulary.currencies import minor_unit_decimals
from schemas.vocabulary.numbers import MONEY_DECIMALS

RATE_MISSING: Final = "exchange_rate_missing"
DIFFERS: Final = "currency_differs"


def day_of(ctx: Context, order: ShopOrder) -> date:
    """The company's day on which an order was given."""
    return order.ordered_at.astimezone(ZoneInfo(ctx.company.time_zone)).date()


def currency_wanted(ctx: Context, shop: Row, order: ShopOrder, document: Row | None) -> DocumentCurrency:
    """The currency that an order is booked in; one that is booked already keeps its rate.

    Raises:
        Waits: the shop expects another, or no rate of its day is known.
    """
    if shop.currency is not None and order.currency != shop.currency:
        raise Waits(DIFFERS, f"{order.currency} ≠ {shop.currency}")
    if document is not None:
        return currency_of(ctx, document)
    on = day_of(ctx, order)
    try:
        return currency_on(ctx, order.currency, on)
    except Refused as refused:
        raise Waits(RATE_MISSING, waits_for(order.currency, on)) from refused


def waits_for(currency: str, on: date) -> str:
    """What a message waits for: the currency and the day."""
    return f"{currency} {on}"


def refuse_changed_currency(order: ShopOrder, known: Row | None) -> None:
    """Let an order wait that was booked or refunded in another currency.

    Raises:
        Waits: it was.
    """
    settled = known is not None and (known.document_id is not None or known.refunded_amount)
    if known is not None and settled and known.currency not in {None, order.currency}:
        raise Waits("currency_changed", f"{known.currency} → {order.currency}")


def refuse_other_currency(wanted: str | None, refund: ShopRefund) -> None:
    """Let a refund wait that is in another currency than is wanted of it.

    Raises:
        Waits: it is.
    """
    if refund.currency and wanted is not None and refund.currency != wanted:
        raise Waits(DIFFERS, f"{refund.currency} ≠ {wanted}")


def decimals_of(ctx: Context, currency: str | None) -> int:
    """Digits of the minor unit of an amount; all that are kept where nobody has said its currency yet."""
    if currency is None:
        return MONEY_DECIMALS
    return ctx.company.currency_decimals if currency == ctx.company.currency else minor_unit_decimals(currency)


def rated_by_now(connection: Connection) -> list[tuple[int, int]]:
    """Messages that waited for a rate which is there by now, the first first: id and attempt."""
    handling, rates = tables.shop_handling, master_data.exchange_rate
    waiting = (
        select(handling.c.id, handling.c.attempt, handling.c.detail)
        .where(handling.c.state == "quarantined", handling.c.reason == RATE_MISSING)
        .order_by(handling.c.id)
    )
    rows = connection.execute(waiting).all()
    if not rows:
        return []
    home = connection.execute(select(kernel.company.c.currency)).scalar_one()
    wanted = sorted({row.detail.split()[0] for row in rows})
    pairs = or_(
        and_(rates.c.from_currency.in_(wanted), rates.c.to_currency == home),
        and_(rates.c.to_currency.in_(wanted), rates.c.from_currency == home),
    )
    kept = [dict(row) for row in connection.execute(select(rates).where(pairs)).mappings()]
    known = {detail: _is_known(kept, detail, home) for detail in {row.detail for row in rows}}
    return [(row.id, row.attempt) for row in rows if known[row.detail]]


def _is_known(rates: Iterable[Mapping[str, Any]], detail: str, home: str) -> bool:
    currency, on = detail.split()
    return bool(rate_on(rates, currency, home, date.fromisoformat(on)))
