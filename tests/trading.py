"""A little trade through commands: what tests of the warehouse want to find in it."""

from __future__ import annotations

from tests.company import Company


def trade(company: Company) -> None:
    """Buy parts, make goods, ship some of an order, invoice it, take some money and pay the supplier."""
    order = company.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 100, "unit_price": "3.07"}]
    )
    company.do("receive_goods", order=order.document)
    company.do("book_supplier_bill", order=order.document)
    made = company.do("create_production_order", item="GOOD", quantity=20)
    company.do("complete_production", order=made.document, quantity=13, backflush=True)
    sold = company.do("create_sales_order", customer="CUS", lines=[{"item": "GOOD", "quantity": 9}])
    company.do("ship_goods", order=sold.document, lines=[{"line": 1, "quantity": 7}])
    company.do("issue_customer_invoice", order=sold.document)
    company.do("receive_payment", party="CUS", amount="41.50")
    company.do("pay_supplier", party="SUP", amount="100")
