"""How many decimals the amounts of a currency have, by ISO 4217."""

from __future__ import annotations

import re
from typing import Final

_USUAL: Final = 2
_CODES_BY_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
UNUSUAL_DECIMALS: Final = {code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()}
"""The currencies that have not two."""


def minor_unit_decimals(currency: str) -> int:
    """Digits after the point that amounts of a currency have; two unless ISO 4217 lists it otherwise.

    >>> minor_unit_decimals("USD"), minor_unit_decimals("JPY"), minor_unit_decimals("KWD")
    (2, 0, 3)
    """
    return UNUSUAL_DECIMALS.get(currency, _USUAL)


def is_currency_code(text: str) -> bool:
    """Whether a text has the form of a currency's code by ISO 4217.

    >>> is_currency_code("USD"), is_currency_code("USDT"), is_currency_code("usd")
    (True, False, False)
    """
    return _CODE.fullmatch(text) is not None
