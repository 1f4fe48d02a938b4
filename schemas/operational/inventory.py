"""Tables of goods: lots, the append-only stock and reservation ledgers, and the balances derived from them.

A lot of 0 means none. An owner of 0 is the company itself; any other is a party whose goods stand here, without value and reserved
for nobody. The serial number of a piece is a lot of which never more than one is in stock. Balances exist for stocked locations
only and carry CHECKs that make overselling impossible; the value of an item is held once for the company in `item_value`. What a
locked period ended with is kept in `stock_period` by item: it holds while the period is locked at the position that it names, and
is never changed.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, String, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import code, key, money, quantity, rate

lot = table(
    "lot",
    identity(),
    reference("item_id", "item"),
    Column("code", code(), nullable=False),
    Column("expires_on", Date),
    Column("received_on", Date, nullable=False),
    UniqueConstraint("item_id", "code"),
    write_rank=4,
    lookups=("item_id",),
)

stock_move = table(
    "stock_move",
    identity(),
    reference("document_id", "document", indexed=True),
    Column("document_line_id", key()),
    reference("item_id", "item"),
    reference("from_location_id", "location"),
    reference("to_location_id", "location"),
    Column("lot_id", key(), nullable=False),
    Column("owner_id", key(), nullable=False),
    Column("status", String(16), nullable=False),
    Column("to_status", String(16)),
    Column("quantity", quantity(), nullable=False),
    Column("value", money(), nullable=False),
    Column("posted_on", Date, nullable=False),
    reference("period_id", "fiscal_period"),
    reference("reverses_id", "stock_move", optional=True),
    Column("adjusts_id", key()),
    CheckConstraint("quantity >= 0", name="quantity"),
    CheckConstraint("quantity > 0 or value <> 0", name="moves_something"),
    CheckConstraint("owner_id = 0 or value = 0", name="only_own_is_valued"),
    append_only=True,
    write_rank=6,
    lookups=("document_id",),
)
Index("ix_stock_move_item_id_posted_on", stock_move.c.item_id, stock_move.c.posted_on)
Index("ix_stock_move_posted_on", stock_move.c.posted_on)
# By the lot alone, for a recall; goods without a lot are not looked for.
Index(
    "ix_stock_move_lot_id",
    stock_move.c.lot_id,
    sqlite_where=stock_move.c.lot_id != 0,
    postgresql_where=stock_move.c.lot_id != 0,
)
# While a foreign key waits for its parent, SQLite looks for waiting children at every insert: an index spares it reading all rows.
Index(
    "ix_stock_move_reverses_id",
    stock_move.c.reverses_id,
    sqlite_where=stock_move.c.reverses_id.is_not(None),
    postgresql_where=stock_move.c.reverses_id.is_not(None),
)

stock_balance = table(
    "stock_balance",
    identity(),
    reference("item_id", "item", indexed=True),
    reference("location_id", "location", indexed=True),
    Column("lot_id", key(), nullable=False),
    Column("owner_id", key(), nullable=False),
    Column("status", String(16), nullable=False),
    Column("quantity", quantity(), nullable=False),
    Column("reserved", quantity(), nullable=False),
    CheckConstraint("quantity >= 0", name="never_negative"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("reserved <= quantity", name="never_over_reserved"),
    CheckConstraint("owner_id = 0 or reserved = 0", name="only_own_is_reserved"),
    UniqueConstraint("item_id", "location_id", "lot_id", "owner_id", "status"),
    write_rank=5,
    lookups=("item_id", "location_id"),
)

item_value = table(
    "item_value",
    Column("item_id", key(), primary_key=True, autoincrement=False),
    Column("quantity", quantity(), nullable=False),
    Column("value", money(), nullable=False),
    Column("last_unit_cost", rate(), nullable=False),
    CheckConstraint("quantity >= 0", name="quantity"),
    CheckConstraint("quantity > 0 or value = 0", name="no_value_without_goods"),
    write_rank=5,
)

stock_period = table(
    "stock_period",
    identity(),
    reference("period_id", "fiscal_period", indexed=True),
    Column("locked_at_position", key(), nullable=False),
    reference("item_id", "item"),
    Column("quantity", quantity(), nullable=False),
    Column("value", money(), nullable=False),
    UniqueConstraint("period_id", "locked_at_position", "item_id"),
    append_only=True,
    write_rank=6,
    fed=False,
)

cost_layer = table(
    "cost_layer",
    identity(),
    reference("item_id", "item", indexed=True),
    Column("document_line_id", key()),
    Column("received_on", Date, nullable=False),
    Column("quantity", quantity(), nullable=False),
    Column("remaining_quantity", quantity(), nullable=False),
    Column("remaining_value", money(), nullable=False),
    CheckConstraint("remaining_quantity >= 0 and remaining_quantity <= quantity", name="remaining"),
    CheckConstraint("remaining_quantity > 0 or remaining_value = 0", name="no_value_without_goods"),
    CheckConstraint("remaining_value >= 0", name="layer_never_negative"),
    write_rank=5,
    lookups=("item_id",),
)

reservation_move = table(
    "reservation_move",
    identity(),
    reference("demand_line_id", "document_line", indexed=True),
    reference("balance_id", "stock_balance", indexed=True),
    Column("quantity", quantity(), nullable=False),
    CheckConstraint("quantity <> 0", name="moves_something"),
    append_only=True,
    write_rank=7,
    lookups=("demand_line_id", "balance_id"),
)

serial_warranty = table(
    "serial_warranty",
    identity(),
    reference("document_line_id", "document_line"),
    reference("lot_id", "lot", indexed=True),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    CheckConstraint("ends_on > begins_on", name="lasts"),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id", "lot_id"),
)

transfer_loss = table(
    "transfer_loss",
    identity(),
    reference("document_line_id", "document_line"),
    Column("reason", String(32), nullable=False),
    UniqueConstraint("document_line_id"),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)

count_snapshot = table(
    "count_snapshot",
    identity(),
    reference("document_line_id", "document_line", indexed=True),
    Column("book_quantity", quantity(), nullable=False),
    Column("counted_quantity", quantity(), nullable=False),
    Column("unit_cost", rate(), nullable=False),
    append_only=True,
    write_rank=8,
    lookups=("document_line_id",),
)
