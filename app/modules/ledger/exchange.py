"""Realised exchange differences: what a settled item was carried at, less what was given for it in the company's currency.

Dr  Trade payable         what the settled part was carried at beyond what was given for it
Cr  Exchange difference   the same, a gain; a loss is posted on the other sides
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from schemas.facts import ExchangeDifferenceRealised, FactLine


def realise_difference(
    ctx: Context, evidence: Row, side: str, difference: Decimal, party_id: int, posted_on: date
) -> None:
    """Post what open items were carried at beyond what was given for them; nothing where both agree.

    Args:
        ctx: the running command.
        evidence: the document that settled them.
        side: `receivable` or `payable`.
        difference: carried amount less given amount, company currency.
        party_id: whose items.
        posted_on: the posting date.
    """
    if difference != 0:
        line = FactLine({side: difference}, party_id=party_id)
        ctx.emit(ExchangeDifferenceRealised(evidence.id, posted_on, (line,)))
