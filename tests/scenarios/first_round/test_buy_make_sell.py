"""The first round as a story: buy parts, make goods of them, sell the goods, get paid, on both databases."""

from __future__ import annotations

from decimal import Decimal

from tests.company import Company


def test_parts_become_goods_and_goods_become_money(works: Company) -> None:
    order = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 100, "unit_price": "3"}]
    )
    works.do("receive_goods", order=order.document)
    works.do("book_supplier_bill", order=order.number)
    made = works.do("create_production_order", item="GOOD", quantity=20)
    works.do("complete_production", order=made.document, quantity=20, backflush=True, close=True)
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 15}])
    works.do("ship_goods", order=sold.document)
    works.do("issue_customer_invoice", order=sold.document)
    works.do("receive_payment", party="CUS", amount="339.00")
    works.do("pay_supplier", party="SUP", amount="339.00")

    balances = {row["account"]: row["debit"] - row["credit"] for row in trial_balance(works)}
    assert balances == {
        "1002": Decimal("0.0000"),
        "1122": Decimal("0.0000"),
        "1403": Decimal("180.0000"),
        "140501": Decimal("30.0000"),
        "220201": Decimal("0.0000"),
        "220202": Decimal("0.0000"),
        "22210101": Decimal("39.0000"),
        "22210108": Decimal("-39.0000"),
        "500101": Decimal("0.0000"),
        "6001": Decimal("-300.0000"),
        "640101": Decimal("90.0000"),
    }
    works.assert_clean()


def test_every_posted_document_can_be_taken_back(works: Company) -> None:
    order = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 10, "unit_price": "3"}]
    )
    receipt = works.do("receive_goods", order=order.document)
    bill = works.do(
        "book_supplier_bill", order=order.document, lines=[{"line": 1, "quantity": 10, "unit_price": "3.5"}]
    )
    payment = works.do("pay_supplier", party="SUP", amount="10")
    assert works.refused("reverse_document", document=bill.document, reason="wrong") == "document_partly_settled"
    for document in (payment, bill, receipt):
        works.do("reverse_document", document=document.document, reason="wrong")
    assert all(row["debit"] == row["credit"] for row in trial_balance(works))
    works.assert_clean()
    works.do("receive_goods", order=order.document)
    works.assert_clean()


def test_an_order_ships_only_what_is_there(works: Company) -> None:
    works.do("book_opening_stock", lines=[{"item": "GOOD", "location": "MAIN", "quantity": 5, "unit_cost": "6"}])
    first = works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 4}])
    second = works.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 4}])
    assert second.values["short_lines"] == 1
    assert works.refused("ship_goods", order=second.document) == "stock_short"
    works.do("ship_goods", order=second.document, lines=[{"line": 1, "quantity": 1}])
    works.do("ship_goods", order=first.document)
    works.assert_clean()


def trial_balance(company: Company) -> list[dict[str, Decimal]]:
    """Debit and credit of every account that was posted to, by code."""
    from sqlalchemy import func, select

    from schemas.operational.ledger import account, journal_line

    debit, credit = func.sum(journal_line.c.debit).label("debit"), func.sum(journal_line.c.credit).label("credit")
    query = select(account.c.code.label("account"), debit, credit).join(
        journal_line, journal_line.c.account_id == account.c.id
    )
    with company.gateway.store.reading() as connection:
        return [dict(row) for row in connection.execute(query.group_by(account.c.code)).mappings()]
