"""Commands of promotions: what is taken off whose lines, and the coupons that switch one on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import AmountOrZero, Code, Command, Day, Name, Portion, PositiveAmount, Quantity, UnitPrice

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Promotion(Command):
    """When a promotion holds, and what it does.

    Conditions that are given are joined by AND: an item, an item family with all below it, a customer or his class, the channel,
    what the region begins with, the least quantity of the line and the least net amount of the order before promotions. The effect
    takes a share off the line, an amount off each unit, sets the price of a unit, gives goods for each quantity that is bought, or
    takes a share off the whole order, or takes its freight to zero; freight asks one line of goods alone to meet what is asked of
    lines. An exclusive promotion stands alone on its line: where several could, the one that gives the
    customer most wins; combinable ones are taken off after each other by rank. Amounts are in the company's
    currency, and with tax where the customer's prices are.
    """

    code: Code
    name: Name
    rank: Annotated[int, Field(ge=1, le=9999)] = 100
    combinable: bool = False
    needs_coupon: bool = False
    valid_from: Day
    valid_to: Day | None = None
    item: Code | None = None
    family: Code | None = None
    customer: Code | None = None
    customer_class: Code | None = None
    channel: Code | None = None
    region: Code | None = None
    minimum_quantity: Quantity | None = None
    minimum_amount: AmountOrZero | None = None
    effect: Literal["percent_off", "amount_off", "fixed_price", "free_goods", "free_freight", "order_percent_off"]
    rate: Portion | None = None
    unit_amount: UnitPrice | None = None
    buy_quantity: Quantity | None = None
    free_quantity: Quantity | None = None
    free_item: Code | None = None
    use_limit: Count | None = None
    customer_use_limit: Count | None = None
    budget_amount: PositiveAmount | None = None


class PutPromotion(Promotion):
    """Add a promotion, or change the one of the same code whole; one that is not active is tried and takes nothing off.

    An order counts as one use when it is entered; orders that are cancelled give it back.
    """

    active: bool = False


class PutCoupon(Command):
    """Make or change a code that switches a promotion on in the order that it is typed into."""

    code: Code
    promotion: Code
    use_limit: Count | None = None
    once_per_customer: bool = False
    active: bool = True
