"""Tables of money: fiscal calendar, chart of accounts, posting rules as data, the append-only general ledger, open items.

Lines of an entry are written before the entry itself: inserting the entry seals it, and the seal is where both databases
check that it balances, lies in an open period and has all its lines.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Text, UniqueConstraint

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant, code, key, money

fiscal_year = table(
    "fiscal_year",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    write_rank=1,
    lookups=("code",),
    master=True,
)

fiscal_period = table(
    "fiscal_period",
    identity(),
    reference("fiscal_year_id", "fiscal_year", indexed=True),
    Column("code", code(), nullable=False, unique=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("locked_at_position", key()),
    Column("version", Integer, nullable=False),
    CheckConstraint("state in ('open', 'locked')", name="state"),
    CheckConstraint("ends_on >= starts_on", name="dates"),
    write_rank=2,
    lookups=("code",),
)

account = table(
    "account",
    identity(),
    Column("code", code(), nullable=False, unique=True),
    reference("parent_id", "account", optional=True),
    Column("name_en", String(200), nullable=False),
    Column("name_zh_hans", String(200), nullable=False),
    Column("name_zh_hant", String(200), nullable=False),
    Column("class", String(16), nullable=False),
    Column("normal_side", String(8), nullable=False),
    Column("postable", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    write_rank=1,
    lookups=("code",),
    master=True,
)

account_role = table(
    "account_role",
    identity(),
    Column("role", code(), nullable=False, unique=True),
    reference("account_id", "account"),
    write_rank=2,
    lookups=("role",),
    master=True,
)

posting_rule = table(
    "posting_rule",
    identity(),
    Column("fact", code(), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("side", String(8), nullable=False),
    Column("role", code(), nullable=False),
    Column("amount", code(), nullable=False),
    Column("by_party", Boolean, nullable=False),
    CheckConstraint("side in ('debit', 'credit')", name="side"),
    UniqueConstraint("fact", "line"),
    write_rank=1,
    lookups=("fact",),
    master=True,
)

journal_line = table(
    "journal_line",
    identity(),
    reference("entry_id", "journal_entry", indexed=True),
    Column("line", Integer, nullable=False),
    reference("account_id", "account", indexed=True),
    Column("debit", money(), nullable=False),
    Column("credit", money(), nullable=False),
    Column("party_id", key()),
    Column("currency", String(3)),
    Column("currency_amount", money()),
    Column("description", String(400)),
    CheckConstraint("debit = 0 or credit = 0", name="one_side"),
    CheckConstraint("debit <> 0 or credit <> 0", name="posts_something"),
    UniqueConstraint("entry_id", "line"),
    append_only=True,
    write_rank=6,
    lookups=("entry_id",),
)

journal_entry = table(
    "journal_entry",
    identity(),
    Column("number", String(64), nullable=False, unique=True),
    Column("posted_on", Date, nullable=False),
    reference("period_id", "fiscal_period", indexed=True),
    reference("document_id", "document", indexed=True),
    Column("fact", code(), nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("description", Text),
    reference("reverses_id", "journal_entry", optional=True),
    CheckConstraint("line_count >= 1", name="line_count"),
    append_only=True,
    write_rank=8,
    lookups=("document_id",),
)

# Like stock_move.reverses_id: found by index while SQLite checks keys that wait for their parent.
Index(
    "ix_journal_entry_reverses_id",
    journal_entry.c.reverses_id,
    sqlite_where=journal_entry.c.reverses_id.is_not(None),
    postgresql_where=journal_entry.c.reverses_id.is_not(None),
)

open_item = table(
    "open_item",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("party_id", "party", indexed=True),
    Column("side", String(16), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount", money(), nullable=False),
    Column("open_amount", money(), nullable=False),
    Column("opened_on", Date, nullable=False),
    CheckConstraint("side in ('receivable', 'payable')", name="side"),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint(
        "(amount > 0 and open_amount >= 0 and open_amount <= amount)"
        " or (amount < 0 and open_amount <= 0 and open_amount >= amount)",
        name="open_amount",
    ),
    write_rank=6,
    lookups=("document_id", "party_id"),
)

settlement = table(
    "settlement",
    identity(),
    reference("open_item_id", "open_item", indexed=True),
    reference("document_id", "document", indexed=True),
    Column("amount", money(), nullable=False),
    Column("posted_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    append_only=True,
    write_rank=7,
    lookups=("open_item_id", "document_id"),
)

order_prepayment = table(
    "order_prepayment",
    identity(),
    reference("document_id", "document", indexed=True),
    reference("order_id", "document", indexed=True),
    Column("amount", money(), nullable=False),
    Column("open_amount", money(), nullable=False),
    CheckConstraint("amount > 0 and open_amount >= 0 and open_amount <= amount", name="open_amount"),
    UniqueConstraint("document_id"),
    write_rank=8,
    lookups=("document_id", "order_id"),
)
