"""Stock now: by item with what is free, by place and lot, and piece by piece where there are serial numbers."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens.page import Page
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column

_ITEM: Final = Column("item_code", "term.item_number", "code", opens="item")
_NAME: Final = Column("item_name", "term.item")
_UNIT: Final = Column("unit_code", "word.unit")

ON_HAND: Final = ListScreen(
    path="stock_on_hand",
    title="nav.stock_on_hand",
    query="stock_on_hand",
    columns=(
        _ITEM,
        _NAME,
        Column("quantity", "term.on_hand", "quantity"),
        Column("reserved", "term.reserved", "quantity"),
        Column("free", "term.available", "quantity"),
        _UNIT,
        Column("safety_stock", "term.safety_stock", "quantity"),
        Column("value", "word.value", "amount", total=True),
    ),
    empty="empty.stock_on_hand",
)
BY_LOCATION: Final = ListScreen(
    path="stock_by_location",
    title="nav.stock_by_location",
    query="stock_by_location",
    columns=(
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        _NAME,
        Column("location_code", "term.bin_location", "code"),
        Column("location_name", "word.location_name"),
        Column("lot_code", "term.lot_batch", "code"),
        Column("expires_on", "word.expires_on", "date"),
        Column("owner_name", "word.owner_of_goods"),
        Column("status", "word.stock_status", "word", family="stock_status"),
        Column("quantity", "term.on_hand", "quantity"),
        Column("reserved", "term.reserved", "quantity"),
        _UNIT,
    ),
    filters=(Filter("owner", "word.owner_of_goods", ("ours", "others"), "owner_role"),),
    empty="empty.stock_on_hand",
)

SERIAL_COLUMNS: Final = (
    Column("serial", "word.serial", "code"),
    Column("standing", "word.serial_standing", "word", family="serial", sorts=False),
    Column("location_code", "term.bin_location", "code", sorts=False),
    Column("party_name", "term.customer", sorts=False),
    Column("kind", "word.document", "word", family="kind", sorts=False),
    Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id", sorts=False),
    Column("since", "word.since", "date", sorts=False),
    Column("warranty_until", "word.warranty_until", "date", sorts=False),
)
SERIALS: Final = ListScreen(
    path="serial_numbers",
    title="nav.serial_numbers",
    query="serial_numbers",
    columns=(
        Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
        _NAME,
        *SERIAL_COLUMNS,
    ),
    empty="empty.serial_numbers",
)

STOCK_PAGES: Final = tuple(
    Page(screen.path, screen.title, icon, partial(draw_list, screen), query=screen.query)
    for screen, icon in ((ON_HAND, "warehouse"), (BY_LOCATION, "shelves"), (SERIALS, "qr_code_2"))
)
