"""Turns the rows of a marketplace's order into the common shape of shop orders.

Prices hold their tax and no file states it: it is taken out at the rate of each line's tax code. What the lines and the freight
come to beyond the order's total is the discount. The total is what the seller is paid: a marketplace's vouchers do not lower it.
Where no column names a currency it is the yuan. Instants are Chinese time. The latest instant on an order says how new it is; a
state may change without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipelines.connectors.marketplace.layouts import Cells, Layout, layout
from pipelines.connectors.reading_json import read_object
from schemas.exchange.shop_order import (
    LONGEST_TEXT,
    MOST_LINES,
    Buyer,
    NotAnOrder,
    NotTranslatable,
    ShopCharge,
    ShopLine,
    ShopOrder,
    Translate,
    Translated,
)
from schemas.vocabulary.currencies import is_currency_code, minor_unit_decimals
from schemas.vocabulary.numbers import LARGEST_MONEY, RATE_DECIMALS, ZERO, rounded

IMPORTED: Final = "orders/import"
_CURRENCY: Final = "CNY"
_YUAN: Final = frozenset({"人民币", "人民币元", "元", "RMB", "￥", "¥"})
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_FORMATS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def translator(system: str) -> Translate:
    """The translation of a marketplace's messages."""
    return partial(_translate, layout(system))


def _translate(of: Layout, body: bytes, topic: str) -> Translated:
    if topic != IMPORTED:
        return NotAnOrder(topic)
    said = read_object(body)
    if said.text("marketplace") != of.system:
        raise NotTranslatable("field_invalid", f"marketplace = {said.text('marketplace')} ≠ {of.system}")
    rows = [_cells(said.raw("lines"), number) for number in range(_count(said.raw("lines")))]
    if not rows:
        raise NotTranslatable("no_lines")
    return _order(of, _cells([said.raw("order") or {}], 0), rows)


def _count(rows: Any) -> int:
    if not isinstance(rows, list):
        raise NotTranslatable("field_missing", "lines")
    if len(rows) > MOST_LINES:
        raise NotTranslatable("too_many_lines", f"{len(rows)} > {MOST_LINES}")
    return len(rows)


def _cells(rows: list[Any], number: int) -> dict[str, str]:
    row = rows[number]
    if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
        raise NotTranslatable("field_invalid", f"lines[{number}]")
    return row


def _order(of: Layout, own: Cells, rows: list[dict[str, str]]) -> ShopOrder:
    """The order of its goods' rows and, where the marketplace has one, its own row."""
    head = {**rows[0], **own}
    number = of.first(head, "order")
    if not number or len(number) > 64:
        raise NotTranslatable("field_missing", of.columns["order"][0])
    state = of.first(head, "state")
    status = of.status(state)
    if status is None:
        raise NotTranslatable("status_unknown", f"{of.columns['state'][0]} = {state}")
    currency = _currency(of, [head, *rows])
    decimals = minor_unit_decimals(currency)
    lines = tuple(_line(of, place, row, decimals) for place, row in enumerate(rows, start=1))
    goods, freight, total = _sums(of, [own] if own else rows, lines)
    created = _instant(of, head, "created_at")
    return ShopOrder(
        external_id=number,
        number=number,
        ordered_at=created,
        updated_at=max([created, *_instants(of, [head, *rows])]),
        currency=currency,
        status=status,
        state=state[:32],
        prices_include_tax=True,
        lines=lines,
        charges=(ShopCharge("运费", freight),) if freight else (),
        discount=goods + freight - total,
        tax=None,
        total=total,
        buyer=Buyer(
            name=of.first(head, "buyer")[:LONGEST_TEXT],
            phone=of.first(head, "phone")[:64],
            address=" ".join(of.all(head, "address"))[:1000],
            country="CN",
        ),
        note=of.first(head, "note")[:1000],
    )


def _currency(of: Layout, rows: Sequence[Cells]) -> str:
    """The currency of an order: yuan where its file does not say it.

    Raises:
        NotTranslatable: it is no code of a currency, or differs between rows.
    """
    said = {text.strip() for row in rows if (text := of.first(row, "currency"))}
    found = {_CURRENCY if text.upper() in _YUAN else text.upper() for text in said} or {_CURRENCY}
    if len(found) > 1 or not all(map(is_currency_code, found)):
        raise NotTranslatable("field_invalid", f"{of.columns['currency'][0]} = {' ≠ '.join(sorted(said))[:60]}")
    return found.pop()


def _sums(of: Layout, rows: Sequence[Cells], lines: Iterable[ShopLine]) -> tuple[Decimal, Decimal, Decimal]:
    """What the goods come to, the freight, and what the seller is paid.

    Args:
        of: the marketplace.
        rows: those that state amounts of the order; a total stands on each of them, what is payable for goods is summed.
        lines: the goods.

    Raises:
        NotTranslatable: the total is more than its parts, differs between rows, or is not there.
    """
    goods = sum((line.amount for line in lines), ZERO)
    freight = _amount(of, rows[0], "freight") or ZERO
    totals = {found for row in rows if (found := _amount(of, row, "total")) is not None}
    if len(totals) > 1:
        raise NotTranslatable("field_invalid", f"{of.columns['total'][0]} = {' ≠ '.join(map(str, sorted(totals)))}")
    if not totals:
        payable = [_amount(of, row, "goods_amount") for row in rows]
        if any(part is None for part in payable):
            raise NotTranslatable("field_missing", " / ".join((*of.columns["total"], *of.columns["goods_amount"])))
        totals = {sum((part or ZERO for part in payable), freight)}
    (total,) = totals
    if total > goods + freight:
        raise NotTranslatable("field_invalid", f"{of.columns['total'][0]} = {total} > {goods} + {freight}")
    return goods, freight, total


def _line(of: Layout, place: int, row: Cells, decimals: int) -> ShopLine:
    quantity = _amount(of, row, "quantity")
    if not quantity:
        raise NotTranslatable("field_missing", f"{place}: {of.columns['quantity'][0]}")
    price, amount = _amount(of, row, "price"), _amount(of, row, "line_amount")
    if amount is None:
        if price is None:
            raise NotTranslatable("field_missing", f"{place}: {' / '.join(of.columns['price'])}")
        amount = rounded(quantity * price, decimals)
    return ShopLine(
        external_id=of.first(row, "line")[:64] or str(place),
        sku=of.first(row, "sku")[:64],
        product_id=of.first(row, "product")[:64],
        variant_id=of.first(row, "variant")[:64],
        title=of.first(row, "title")[:LONGEST_TEXT],
        quantity=quantity,
        unit_price=price if price is not None else rounded(amount / quantity, RATE_DECIMALS),
        amount=amount,
    )


def _amount(of: Layout, row: Cells, field: str) -> Decimal | None:
    """A number that is not below zero; None where it is not said.

    Raises:
        NotTranslatable: it is no number, or out of range.
    """
    text = of.first(row, field)
    if not text:
        return None
    plain = text.replace(",", "").removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    try:
        value = Decimal(plain) if plain.isascii() and "_" not in plain else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or value < 0:
        raise NotTranslatable("field_invalid", f"{of.columns[field][0]} = {text[:60]}")
    if value >= LARGEST_MONEY or value != round(value, RATE_DECIMALS):
        raise NotTranslatable("number_out_of_range", f"{of.columns[field][0]} = {text[:60]}")
    return value


def _instants(of: Layout, rows: Iterable[Cells]) -> list[datetime]:
    return [_read(text, of.columns["changed_at"][0]) for row in rows for text in of.all(row, "changed_at")]


def _instant(of: Layout, row: Cells, field: str) -> datetime:
    text = of.first(row, field)
    if not text:
        raise NotTranslatable("field_missing", of.columns[field][0])
    return _read(text, of.columns[field][0])


def _read(text: str, title: str) -> datetime:
    for form in _FORMATS:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=_ZONE)
        except ValueError:
            continue
        if 1970 < found.year < 2200:
            return found.astimezone(UTC)
    raise NotTranslatable("field_invalid", f"{title} = {text[:60]}")
