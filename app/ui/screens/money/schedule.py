"""The payment schedule on the page of an order, an invoice or a bill: which part is due when, and what of it is open."""

from __future__ import annotations

from typing import Final

from app.ui.widgets.document import Section
from app.ui.widgets.values import Column

PAYMENT_SCHEDULE: Final = Section(
    "payment_schedule",
    "document.payment_schedule",
    (
        Column("due_on", "word.due_on", "date"),
        Column("amount", "word.amount", "amount", total=True),
        Column("open_amount", "word.open_amount", "amount", total=True),
    ),
)
