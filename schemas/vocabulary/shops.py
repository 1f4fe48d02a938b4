"""Systems of web shops and marketplaces, by how their orders come."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ShopSystem(StrEnum):
    """What runs a shop."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    TAOBAO = "taobao"
    JD = "jd"
    PINDUODUO = "pinduoduo"


WITH_WEBHOOK: Final = frozenset({ShopSystem.SHOPIFY, ShopSystem.WOOCOMMERCE})
"""Those that deliver by webhook; the others' orders come in files alone."""
