"""A small market: an item kept by lot, three suppliers, and a past with one of them, so that a record can be told."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from schemas.operational.ledger import account, journal_line
from tests.company import Company


def a_market(works: Company) -> None:
    """Give a furnished company brass that is kept by lot, and three who sell it; Cinder was late once and whole once."""
    works.do(
        "put_item", code="BRASS", name="Brass sheet", category="RAW", unit="EA", lot_tracked=True, tax_code="VAT13"
    )
    for code, name in (("ANVIL", "Anvil Metals"), ("BELLOWS", "Bellows Trading"), ("CINDER", "Cinder Brass")):
        works.do("put_party", code=code, name=name, is_supplier=True, payment_term="NET30")
    for due_on in ("2026-05-20", "2026-06-10"):
        order = works.do(
            "create_purchase_order",
            supplier="CINDER",
            document_on="2026-05-01",
            lines=[{"item": "PART", "quantity": 10, "unit_price": "2", "due_on": due_on}],
        )
        works.do("receive_goods", order=order.document, posted_on="2026-05-30")
        works.do("book_supplier_bill", order=order.document, posted_on="2026-06-01")
    works.do("pay_supplier", party="CINDER", amount="45.2", posted_on="2026-06-02")


def balances(works: Company) -> dict[str, Decimal]:
    """Debit less credit of every account that was posted to and is not empty, by code."""
    debit, credit = func.sum(journal_line.c.debit), func.sum(journal_line.c.credit)
    query = select(account.c.code, debit, credit).join(journal_line, journal_line.c.account_id == account.c.id)
    with works.gateway.store.reading() as connection:
        rows = connection.execute(query.group_by(account.c.code).order_by(account.c.code))
        return {row[0]: row[1] - row[2] for row in rows if row[1] != row[2]}
