"""The invariants of the store, by area."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.advance_issues import ADVANCE_ISSUES
from app.jobs.invariants.drop_shipping import DROP_SHIPPING
from app.jobs.invariants.foreign_currency import FOREIGN_CURRENCY
from app.jobs.invariants.fulfilment import FULFILMENT
from app.jobs.invariants.invariant import Invariant
from app.jobs.invariants.ledger import LEDGER
from app.jobs.invariants.order_routing import ORDER_ROUTING
from app.jobs.invariants.orders import ORDERS
from app.jobs.invariants.production import PRODUCTION
from app.jobs.invariants.promotions import PROMOTIONS
from app.jobs.invariants.purchasing import PURCHASING
from app.jobs.invariants.repairs import REPAIRS
from app.jobs.invariants.service import SERVICE
from app.jobs.invariants.shops import SHOPS
from app.jobs.invariants.statistics import STATISTICS
from app.jobs.invariants.stock import STOCK
from app.jobs.invariants.third_party import THIRD_PARTY
from app.jobs.invariants.warranty import WARRANTY

INVARIANTS: Final[tuple[Invariant, ...]] = (
    *LEDGER,
    *FOREIGN_CURRENCY,
    *STOCK,
    *THIRD_PARTY,
    *ORDERS,
    *ORDER_ROUTING,
    *PROMOTIONS,
    *PURCHASING,
    *PRODUCTION,
    *FULFILMENT,
    *SHOPS,
    *SERVICE,
    *REPAIRS,
    *WARRANTY,
    *DROP_SHIPPING,
    *ADVANCE_ISSUES,
    *STATISTICS,
)
