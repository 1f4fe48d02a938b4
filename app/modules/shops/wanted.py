"""The lines that a sales order should have by the word of its shop, or why it has to wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context
from app.kernel.documents import CHARGE
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.currencies import DocumentCurrency
from app.modules.master_data.terms import stocking_quantity, tax_of
from app.modules.shops.amounts import Amounts, TotalsDiffer, booked_amounts
from app.modules.shops.items import Sold, item_of
from schemas.exchange.shop_order import ShopCharge, ShopLine, ShopOrder
from schemas.vocabulary.numbers import LARGEST_MONEY, LARGEST_QUANTITY, ONE, RATE_DECIMALS, ZERO, rounded

_LARGEST_PRICE: Final = Decimal(10) ** 10
_LONGEST_DESCRIPTION: Final = 200


class Waits(Exception):
    """A message cannot be booked as it stands and waits for a person; nothing of it has been written.

    Attributes:
        reason: named by `shop_reason.<reason>`.
        detail: the values behind the reason.
        missing: lines of which nobody knows the item.
    """

    def __init__(self, reason: str, detail: str, missing: tuple[ShopLine, ...] = ()) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.missing = missing


@dataclass(frozen=True)
class Wanted:
    """A line as it should be.

    Attributes:
        external_id: the line's id in the shop; charges are numbered.
        values: the columns of the document line that the shop decides, in the currency of its order.
    """

    external_id: str
    values: dict[str, Any]

    @property
    def is_charge(self) -> bool:
        """Whether it is no goods."""
        return self.values["kind"] == CHARGE


def lines_wanted(ctx: Context, shop: Row, order: ShopOrder, currency: DocumentCurrency) -> list[Wanted]:
    """The lines of a sales order by the word of its shop, goods first, in its currency.

    Raises:
        Waits: an item is unknown, the parts do not come to the shop's total, or a number is beyond the books.
        Refused: an item is inactive, or does not take the decimals of the quantity.
    """
    if currency.at_rate(order.total) >= LARGEST_MONEY:
        raise Waits("number_out_of_range", f"{order.total} {order.currency}")
    if not order.lines:
        raise Waits("no_lines", order.number)
    if len({line.external_id for line in order.lines}) != len(order.lines):
        raise Waits("field_invalid", "line_items.id")
    found = [(line, item_of(ctx, shop, line)) for line in order.lines]
    missing = tuple(line for line, sold in found if sold is None)
    if missing:
        names = dict.fromkeys(line.sku or line.title or line.external_id for line in missing)
        raise Waits("item_unknown", ", ".join(names)[:_LONGEST_DESCRIPTION], missing)
    rates = [tax_of(ctx, None, shop.tax_code_id, sold.item.tax_code_id)[1] for _, sold in found if sold is not None]
    rates += [tax_of(ctx, None, shop.tax_code_id)[1]] * len(order.charges)
    try:
        amounts = booked_amounts(order, currency.decimals, rates)
    except TotalsDiffer as error:
        raise Waits("totals_differ", f"{error.stated:f} ≠ {error.computed:f}") from error
    goods = [
        _goods(ctx, shop, line, sold, amount, currency)
        for (line, sold), amount in zip(found, amounts, strict=False)
        if sold is not None
    ]
    charges = [
        _charge(ctx, shop, number, charge, amount, currency)
        for number, (charge, amount) in enumerate(zip(order.charges, amounts[len(order.lines) :], strict=True), start=1)
    ]
    return [*goods, *charges]


def _goods(ctx: Context, shop: Row, line: ShopLine, sold: Sold, amount: Amounts, currency: DocumentCurrency) -> Wanted:
    item = sold.item
    if not item.active:
        raise Refused("item_inactive", field="lines", item=item.code)
    pieces = line.quantity * sold.unit_factor
    whole = line.quantity * line.unit_price
    price, rate = _price(pieces, whole, line.amount, amount)
    if pieces >= LARGEST_QUANTITY or max(price, currency.price(price)) >= _LARGEST_PRICE:
        raise Waits("number_out_of_range", f"{line.external_id}: {line.quantity} x {line.unit_price}")
    quantity, unit_id = stocking_quantity(ctx, item, pieces, None)
    return Wanted(
        line.external_id,
        {
            "kind": "item",
            "item_id": item.id,
            "description": (line.title or line.sku)[:_LONGEST_DESCRIPTION],
            "quantity": quantity,
            "entered_quantity": quantity,
            "unit_id": unit_id,
            "unit_price": price,
            "discount_rate": rate,
            "tax_code_id": tax_of(ctx, None, shop.tax_code_id, item.tax_code_id)[0],
            "net_amount": amount.net,
            "tax_amount": amount.tax,
        },
    )


def _price(pieces: Decimal, whole: Decimal, after: Decimal, amount: Amounts) -> tuple[Decimal, Decimal]:
    """Net price of a stocking unit before discount, and the discount, so that they come to the net as near as digits allow."""
    if not amount.net:
        return ZERO, ZERO
    share = after / whole if whole else ONE
    rate = rounded(ONE - share, RATE_DECIMALS) if 0 < share <= 1 else ZERO
    return rounded(amount.net / (ONE - rate) / pieces, RATE_DECIMALS), rate


def _charge(
    ctx: Context, shop: Row, number: int, charge: ShopCharge, amount: Amounts, currency: DocumentCurrency
) -> Wanted:
    if max(amount.net, currency.price(amount.net)) >= _LARGEST_PRICE:
        raise Waits("number_out_of_range", f"{charge.title}: {charge.amount}")
    return Wanted(
        f"charge:{number}",
        {
            "kind": CHARGE,
            "item_id": None,
            "description": charge.title[:_LONGEST_DESCRIPTION],
            "quantity": ONE,
            "entered_quantity": ONE,
            "unit_id": None,
            "unit_price": amount.net,
            "discount_rate": ZERO,
            "tax_code_id": tax_of(ctx, None, shop.tax_code_id)[0],
            "net_amount": amount.net,
            "tax_amount": amount.tax,
        },
    )
