"""The pure rules of approval: whether a rule's conditions hold for a document, and the reasons in figures.

The conditions of one rule are joined by AND; several rules are asked each on its own. A condition that cannot be judged, such as
the margin of goods whose cost nobody knows, holds: what is unknown is shown to a person. An approval covers what its giver saw:
where a figure is worse than that by now, he is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.kernel.credit import Exposure
from schemas.vocabulary.numbers import ZERO

Reason = dict[str, Any]
"""A condition that holds: `condition`, the `value` found, the `threshold` of the rule, and what else explains it."""

_SALES: Final = frozenset(
    {
        "amount_above",
        "discount_above",
        "margin_below",
        "customer_class",
        "credit",
        "new_customer_days",
        "family_id",
        "channel",
    }
)
_BUYING: Final = frozenset({"amount_above", "discount_above", "family_id"})
_BUDGET: Final = "over_budget"
EVERY_CONDITION: Final = _SALES | {_BUDGET}
CONDITIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "book_supplier_bill": frozenset({"amount_above"}),
        "confirm_blanket_order": _BUYING,
        "confirm_purchase_order": _BUYING | {_BUDGET},
        "confirm_purchase_requisition": frozenset({"amount_above", "family_id"}),
        "confirm_sales_order": _SALES,
        "ship_goods": frozenset({"amount_above", "customer_class", "credit", "channel"}),
    }
)
"""The conditions that have a meaning for the documents of each command."""

CREDIT_EXCEEDED: Final = "credit_exceeded"
CREDIT_OVERDUE: Final = "credit_overdue"
_CREDIT: Final = MappingProxyType(
    {
        "exceeded": frozenset({CREDIT_EXCEEDED}),
        "overdue": frozenset({CREDIT_OVERDUE}),
        "any": frozenset({CREDIT_EXCEEDED, CREDIT_OVERDUE}),
    }
)
_WORSE_ABOVE: Final = frozenset({"amount_above", "discount_above", CREDIT_EXCEEDED, CREDIT_OVERDUE, _BUDGET})
_WORSE_BELOW: Final = frozenset({"margin_below", "new_customer_days"})


@dataclass(frozen=True)
class Standing:
    """What is known of a customer before an order of his is judged.

    Attributes:
        exposure: what his credit is drawn for without the order.
        credit_limit: None is no limit.
        grace_days: how long after its due date an invoice is borne with.
        overdue_block: `none`, `order` or `order_and_shipment`.
        days_known: days since his first order, where something was shipped to him before; None where nothing was.
    """

    exposure: Exposure = field(default_factory=Exposure)
    credit_limit: Decimal | None = None
    grace_days: int = 0
    overdue_block: str = "none"
    days_known: int | None = None


@dataclass(frozen=True)
class BudgetUse:
    """What a budget holds, what is committed of it before a document, and what the document adds; without tax."""

    code: str
    amount: Decimal
    committed: Decimal
    added: Decimal

    @property
    def excess(self) -> Decimal:
        """How far the budget is exceeded with the document; zero where it is not.

        >>> D = Decimal
        >>> [int(BudgetUse("RAW", D(100), D(before), D(30)).excess) for before in (60, 90)]
        [0, 20]
        """
        return max(self.committed + self.added - self.amount, ZERO)


@dataclass(frozen=True)
class Submitted:
    """A document as the rules see it.

    Attributes:
        amount: its total with tax.
        added: what it adds to the customer's exposure.
        discount_rate: the highest of its lines.
        discount_amount: what the discounts of all its lines come to.
        margin: share of net that is above the cost of the goods; None where a cost is unknown.
        families: the item categories of its lines with all that stand above them.
        budgets: those that it falls under.
        standing: the customer's; None where nothing of it is needed or it is no customer's document.
    """

    amount: Decimal
    added: Decimal = ZERO
    discount_rate: Decimal = ZERO
    discount_amount: Decimal = ZERO
    margin: Decimal | None = None
    customer_class: str | None = None
    families: frozenset[int] = frozenset()
    channel: str | None = None
    budgets: tuple[BudgetUse, ...] = ()
    standing: Standing | None = None

    def exceeds(self, other: Submitted) -> bool:
        """Whether more is at stake than with another version: a higher amount, more given away, or less left above the cost.

        >>> D = Decimal
        >>> Submitted(D(90), margin=D("0.2")).exceeds(Submitted(D(100), margin=D("0.3")))
        True
        >>> Submitted(D(90), margin=D("0.3")).exceeds(Submitted(D(100), margin=D("0.3")))
        False
        """
        higher = (
            self.amount > other.amount
            or self.discount_rate > other.discount_rate
            or self.discount_amount > other.discount_amount
        )
        if other.margin is None:
            return higher
        return higher or self.margin is None or self.margin < other.margin


def credit_reasons(submitted: Submitted, *, shipping: bool = False) -> list[Reason]:
    """Why a customer's credit stands against an order, or against a shipment, with all figures.

    >>> D = Decimal
    >>> drawn = Exposure(open_orders=D(300), shipped=D(100), receivables=D(500), credits=D(50))
    >>> asked = Submitted(D(200), added=D(200), standing=Standing(drawn, credit_limit=D(1000)))
    >>> [(r["condition"], r["value"], r["threshold"]) for r in credit_reasons(asked)]
    [('credit_exceeded', '1050', '1000')]
    """
    standing = submitted.standing
    if standing is None:
        return []
    exposure, found = standing.exposure, []
    after = exposure.total + submitted.added
    if not shipping and standing.credit_limit is not None and after > standing.credit_limit:
        parts = {name: str(getattr(exposure, name)) for name in ("open_orders", "shipped", "receivables", "credits")}
        found.append(reason_of(CREDIT_EXCEEDED, after, standing.credit_limit, order=str(submitted.added), **parts))
    blocking = {"order_and_shipment"} if shipping else {"order", "order_and_shipment"}
    if exposure.overdue > 0 and standing.overdue_block in blocking:
        since = exposure.overdue_since
        found.append(reason_of(CREDIT_OVERDUE, exposure.overdue, standing.grace_days, since=str(since)))
    return found


def reasons_of(rule: Mapping[str, Any], submitted: Submitted, *, shipping: bool = False) -> list[Reason] | None:
    """Why a rule applies to a document: a reason for each of its conditions, or None where one does not hold.

    Args:
        rule: the conditions by name; None is not asked. A rule without conditions applies to every document.
        submitted: the document.
        shipping: whether goods are to leave, for which only what is overdue counts.

    >>> D = Decimal
    >>> rule = {"amount_above": D(100), "discount_above": D("0.1")}
    >>> reasons_of(rule, Submitted(D(120), discount_rate=D("0.05"))) is None
    True
    >>> [reason["condition"] for reason in reasons_of(rule, Submitted(D(120), discount_rate=D("0.2")))]
    ['amount_above', 'discount_above']
    """
    found: list[Reason] = []
    for condition in sorted(EVERY_CONDITION):
        asked = rule.get(condition)
        if asked is None:
            continue
        reasons = _held(condition, asked, submitted, shipping=shipping)
        if not reasons:
            return None
        found += reasons
    return found


def _held(condition: str, asked: Any, submitted: Submitted, *, shipping: bool) -> list[Reason]:
    """The reasons of one condition; none where it does not hold."""
    match condition:
        case "credit":
            wanted = _CREDIT[asked]
            return [r for r in credit_reasons(submitted, shipping=shipping) if r["condition"] in wanted]
        case "over_budget":
            return _budget_reasons(submitted)
        case "amount_above":
            value, holds = submitted.amount, submitted.amount > asked
        case "discount_above":
            value, holds = submitted.discount_rate, submitted.discount_rate > asked
        case "margin_below":
            value = submitted.margin
            holds = value is None or value < asked
        case "customer_class":
            value, holds = submitted.customer_class, submitted.customer_class == asked
        case "new_customer_days":
            value = submitted.standing.days_known if submitted.standing is not None else None
            holds = value is None or value < asked
        case "family_id":
            value, holds = asked, asked in submitted.families
        case _:
            assert condition == "channel", condition
            value, holds = submitted.channel, submitted.channel == asked
    return [reason_of(condition, value, asked)] if holds else []


def _budget_reasons(submitted: Submitted) -> list[Reason]:
    """By how much a document exceeds the budgets that it falls under, in all and each."""
    exceeded = [use for use in submitted.budgets if use.excess > 0]
    if not exceeded:
        return []
    told = ", ".join(f"{use.code} {use.committed + use.added:f}/{use.amount:f}" for use in exceeded)
    excess = {use.code: str(use.excess) for use in exceeded}
    return [reason_of(_BUDGET, sum((use.excess for use in exceeded), ZERO), 0, budgets=told, excess=excess)]


def reason_of(condition: str, value: Any, threshold: Any, **more: Any) -> Reason:
    """A condition that holds, as it is kept and shown: what was found, what the rule says, and what else explains it."""
    return {
        "condition": condition,
        "value": None if value is None else str(value),
        "threshold": str(threshold),
        **more,
    }


def covers(approved: Sequence[Reason], reasons: Sequence[Reason]) -> bool:
    """Whether an approval that was given for some reasons holds for those of now.

    It does where no condition is new, no figure is worse, and family, class and channel are the ones that were approved.

    >>> seen, now = {"condition": "amount_above", "value": "120"}, {"condition": "amount_above", "value": "130"}
    >>> covers([seen], [seen]), covers([seen], [now]), covers([now], [seen])
    (True, False, True)
    >>> covers([{"condition": "channel", "value": "web"}], [{"condition": "channel", "value": "phone"}])
    False
    >>> one, other = ({"condition": "over_budget", "value": "5", "excess": {code: "5"}} for code in ("RAW", "TOOLS"))
    >>> covers([one], [one]), covers([one], [other])
    (True, False)
    """
    known = {reason["condition"]: reason for reason in approved}
    return all(
        reason["condition"] in known
        and not _worse(reason["condition"], before=known[reason["condition"]]["value"], now=reason["value"])
        and _within(reason.get("excess", {}), known[reason["condition"]].get("excess", {}))
        for reason in reasons
    )


def _within(now: Mapping[str, str], approved: Mapping[str, str]) -> bool:
    """Whether no budget is exceeded by more than was approved of it."""
    return all(Decimal(excess) <= Decimal(approved.get(budget, 0)) for budget, excess in now.items())


def _worse(condition: str, *, before: str | None, now: str | None) -> bool:
    """Whether the value of a condition is another than was approved; of a figure, whether it is worse or known no more."""
    if condition not in _WORSE_ABOVE | _WORSE_BELOW:
        return now != before
    if now is None or before is None:
        return before is not None
    return Decimal(now) > Decimal(before) if condition in _WORSE_ABOVE else Decimal(now) < Decimal(before)
