"""The pages of shipping in the order in which the work is done."""

from __future__ import annotations

from typing import Final

from app.ui.screens.shipping.carriers import CARRIER_PAGES
from app.ui.screens.shipping.parcels import PARCEL_PAGES
from app.ui.screens.shipping.waves import PICK_LISTS, WAVES

SHIP_PAGES: Final = (*WAVES.pages(), *PICK_LISTS.pages(), *PARCEL_PAGES, *CARRIER_PAGES)
