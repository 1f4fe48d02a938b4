"""Links that we give to customers: what each opens, until when, and whether it was taken back."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String

from schemas.operational.base import identity, reference, table
from schemas.operational.types import Instant

customer_link = table(
    "customer_link",
    identity(),
    Column("page", String(40), nullable=False),
    reference("document_id", "document", optional=True, indexed=True),
    reference("party_id", "party", optional=True, indexed=True),
    Column("token", String(100), nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("version", Integer, nullable=False),
    CheckConstraint("(document_id is null) <> (party_id is null)", name="opens_one"),
    write_rank=9,
    lookups=("document_id", "party_id"),
    fed=False,
)
