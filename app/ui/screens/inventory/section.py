"""The pages of stock, in the order of the work."""

from __future__ import annotations

from typing import Final

from app.ui.screens.inventory.advances import ADVANCE_PAGES
from app.ui.screens.inventory.as_of import AS_OF_PAGES
from app.ui.screens.inventory.counts import COUNT_PAGES
from app.ui.screens.inventory.documents import COUNTS, OPENING, SCRAPS, STATUS_CHANGES, TRANSFERS
from app.ui.screens.inventory.past import PAST_PAGES
from app.ui.screens.inventory.places import PLACE_MAP_PAGES
from app.ui.screens.inventory.putting_away import PUT_AWAY_PAGES
from app.ui.screens.inventory.stock import STOCK_PAGES
from app.ui.screens.inventory.third_party import THIRD_PARTY_PAGES
from app.ui.screens.inventory.transfers import TRANSFER_PAGES
from app.ui.screens.inventory.turns import TURNS_PAGES

WAREHOUSE_PAGES: Final = (
    *STOCK_PAGES,
    *PLACE_MAP_PAGES,
    *PUT_AWAY_PAGES,
    *AS_OF_PAGES,
    *PAST_PAGES,
    *TURNS_PAGES,
    *TRANSFERS.pages(),
    *TRANSFER_PAGES,
    *THIRD_PARTY_PAGES,
    *STATUS_CHANGES.pages(),
    *SCRAPS.pages(),
    *ADVANCE_PAGES,
    *COUNT_PAGES,
    *COUNTS.pages(),
    *OPENING.pages(),
)
