"""An amount of money in Chinese capital numerals, as invoices and cheques state it so that no digit can be changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = {"zh-Hans": "零壹贰叁肆伍陆柒捌玖", "zh-Hant": "零壹貳參肆伍陸柒捌玖"}
_PLACES: Final = ("", "拾", "佰", "仟")
_MYRIADS: Final = {"zh-Hans": ("", "万", "亿", "兆"), "zh-Hant": ("", "萬", "億", "兆")}
_UNITS: Final = {"zh-Hans": ("元", "角", "分", "整", "负"), "zh-Hant": ("元", "角", "分", "整", "負")}
_LARGEST: Final = Decimal(10) ** 16


def amount_in_words(amount: Decimal, lang: str) -> str:
    """Write an amount in Chinese capital numerals.

    Args:
        amount: money with at most two decimals, below 10^16.
        lang: `zh-Hans` or `zh-Hant`.

    Raises:
        ValueError: more than two decimals, or too large.

    Source: 支付结算办法 (银发〔1997〕393号), annex 1. Zeros between digits are said once; one that ends the ten thousands or
    the yuan may be said or not, and is not; 整 follows yuan and jiao, not fen.

    >>> amount_in_words(Decimal("16409.02"), "zh-Hans")
    '壹万陆仟肆佰零玖元零贰分'
    >>> amount_in_words(Decimal("107000.53"), "zh-Hans"), amount_in_words(Decimal("1680.30"), "zh-Hant")
    ('壹拾万柒仟元伍角叁分', '壹仟陸佰捌拾元參角整')
    """
    if abs(amount) >= _LARGEST or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{amount} has more than two decimals or sixteen digits")
    yuan, jiao, fen, whole, negative = _UNITS[lang]
    digits = _DIGITS[lang]
    integer, cents = divmod(int(abs(amount) * 100), 100)
    tens, ones = divmod(cents, 10)
    said = _integer(integer, lang) + yuan if integer or not cents else ""
    if not cents:
        said += whole
    else:
        said += digits[0] if said and not tens else ""
        said += digits[tens] + jiao if tens else ""
        said += digits[ones] + fen if ones else whole
    return (negative if amount < 0 else "") + said


def _integer(number: int, lang: str) -> str:
    digits = _DIGITS[lang]
    if number == 0:
        return digits[0]
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    said = ""
    zero_due = False
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            zero_due = bool(said)
            continue
        if said and (zero_due or group < 1000):
            said += digits[0]
        said += _group(group, lang) + _MYRIADS[lang][place]
        zero_due = False
    return said


def _group(number: int, lang: str) -> str:
    """Four digits without leading zeros."""
    digits = _DIGITS[lang]
    said = ""
    zero_due = False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            zero_due = bool(said)
            continue
        said += (digits[0] if zero_due else "") + digits[digit] + _PLACES[place]
        zero_due = False
    return said
