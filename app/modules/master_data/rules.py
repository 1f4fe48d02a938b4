"""Pure rules of master data: search keys that find Chinese names by pinyin, unit conversion, the cycle check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal
from unicodedata import normalize

from pypinyin import Style, lazy_pinyin

from app.kernel.errors import Refused
from schemas.vocabulary.numbers import QUANTITY_DECIMALS, rounded, split_proportionally

_COUNTRY_CODE: Final = "86"
_LONGEST_WITHOUT_COUNTRY: Final = 11


def phone_digits(phone: str | None) -> str:
    """A phone number as its digits alone, without the country code of China, so that it is found however it was typed.

    >>> phone_digits("+86 138-0013 8000"), phone_digits("0086 (13800138000)"), phone_digits("13800138000")
    ('13800138000', '13800138000', '13800138000')
    >>> phone_digits("+86 021 5555 1234"), phone_digits("+86 21 5555 1234"), phone_digits("+1 (212) 555-0100")
    ('2155551234', '2155551234', '12125550100')
    """
    written = normalize("NFKC", phone or "").strip()
    digits = "".join(sign for sign in written if sign in "0123456789")
    international = written.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00")
    if digits.startswith(_COUNTRY_CODE) and (international or len(digits) > _LONGEST_WITHOUT_COUNTRY):
        digits = digits.removeprefix(_COUNTRY_CODE)
    return digits.lstrip("0")


def search_key(*texts: str | None) -> str:
    """Build what type-ahead searches: the texts in lower case and the pinyin initials of the Chinese ones.

    >>> search_key("A-1", "不锈钢管")
    'a-1 不锈钢管 bxgg'
    """
    parts: list[str] = []
    for text in texts:
        if not text:
            continue
        parts.append(text.lower())
        if any("\u4e00" <= letter <= "\u9fff" for letter in text):
            parts.append("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower())
    return " ".join(parts)[:300]


def converted(quantity: Decimal, numerator: int, denominator: int) -> Decimal:
    """Convert a quantity by a fraction, rounded half up to 6 decimals once.

    >>> converted(Decimal(3), 12, 1), converted(Decimal(1), 1, 3)
    (Decimal('36.000000'), Decimal('0.333333'))
    """
    return rounded(quantity * numerator / denominator, QUANTITY_DECIMALS)


def refuse_cycle(
    parent: int, components: Iterable[int], components_of: Callable[[int], list[int]], name: Callable[[int], str]
) -> None:
    """Refuse a bill of material that would contain its own parent, naming the path.

    Args:
        parent: the item that gets the new bill.
        components: items on the new bill.
        components_of: the items on the present bills of an item.
        name: an item's code, for the message.

    Raises:
        Refused: a component leads back to the parent.
    """
    seen: set[int] = set()
    stack: list[tuple[int, tuple[int, ...]]] = [(component, (parent, component)) for component in components]
    while stack:
        item, path = stack.pop()
        if item == parent:
            raise Refused("bom_cycle", path=" > ".join(name(step) for step in path))
        if item in seen:
            continue
        seen.add(item)
        stack.extend((component, (*path, component)) for component in components_of(item))


@dataclass(frozen=True)
class InstalmentPart:
    """A share of what is to be paid, due some days after the order or after the invoice."""

    share: Decimal
    due_days: int
    due_from: Literal["order", "invoice"]


@dataclass(frozen=True, order=True)
class InstalmentDue:
    """An amount that is due on a day, counted from the order or from the invoice."""

    due_on: date
    amount: Decimal
    due_from: Literal["order", "invoice"]


def instalments_in(written: str) -> list[InstalmentPart]:
    """Read the instalments of a payment term as its row holds them.

    >>> instalments_in('[{"due_days": 30, "due_from": "invoice", "share": "1"}]')
    [InstalmentPart(share=Decimal('1'), due_days=30, due_from='invoice')]
    """
    return [
        InstalmentPart(Decimal(str(part["share"])), int(part["due_days"]), part["due_from"])
        for part in json.loads(written)
    ]


def instalments_due(
    total: Decimal, parts: Sequence[InstalmentPart], *, ordered_on: date, invoiced_on: date, decimals: int
) -> list[InstalmentDue]:
    """Split an invoice into its instalments, the earliest due first; they come to it exactly.

    A deposit that the order asked for is due with the invoice at the earliest; what was paid of it settles that part first.

    Args:
        total: of the invoice, on `decimals`.
        parts: shares that come to one; none give none.
        ordered_on: the day of the order.
        invoiced_on: the day of the invoice.
        decimals: of the currency.

    Returns:
        The instalments; those of no amount are left out.

    >>> parts = [InstalmentPart(Decimal("0.3"), 0, "order"), InstalmentPart(Decimal("0.6"), 30, "invoice")]
    >>> parts.append(InstalmentPart(Decimal("0.1"), 365, "invoice"))
    >>> days = {"ordered_on": date(2026, 3, 1), "invoiced_on": date(2026, 4, 1)}
    >>> [(str(due.due_on), str(due.amount)) for due in instalments_due(Decimal("100.01"), parts, decimals=2, **days)]
    [('2026-04-01', '30.00'), ('2026-05-01', '60.01'), ('2027-04-01', '10.00')]
    """
    if not parts:
        return []
    amounts = split_proportionally(total, [part.share for part in parts], decimals)
    days = [
        invoiced_on + timedelta(days=part.due_days)
        if part.due_from == "invoice"
        else max(invoiced_on, ordered_on + timedelta(days=part.due_days))
        for part in parts
    ]
    return sorted(
        InstalmentDue(day, amount, part.due_from)
        for day, amount, part in zip(days, amounts, parts, strict=True)
        if amount
    )
