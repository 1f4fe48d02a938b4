"""Freight and other charges on a sales order: taxed as the customer is, invoiced with the first goods, in any currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.company import Company
from tests.makers import stocked

D = Decimal


def ordered(works: Company, **more: Any) -> int:
    """An order of ten parts with freight of 30 and packing of 5 without tax."""
    stocked(works)
    lines = [{"item": "PART", "quantity": 10, "unit_price": "9"}]
    charges = [
        {"description": "Freight", "amount": "30"},
        {"description": "Packing", "amount": "5", "tax_code": "VAT9"},
    ]
    document = works.do("create_sales_order", customer="CUS", lines=lines, charges=charges, **more).document
    assert document is not None
    return document


def amounts(works: Company, document: int) -> list[tuple[str, Decimal, Decimal]]:
    """Kind, net and tax of each line of a document."""
    return [
        (row["kind"], row["net_amount"], row["tax_amount"]) for row in works.ask("document_lines", document=document)
    ]


def test_charges_are_invoiced_once_with_the_first_goods(works: Company) -> None:
    works.do("put_party", code="CUS", name="Customer", is_customer=True, tax_code="VAT13")
    order = ordered(works)
    charged = [("charge", D(30), D("3.90")), ("charge", D(5), D("0.45"))]
    assert amounts(works, order)[1:] == charged
    works.do("ship_goods", order=order, lines=[{"line": 1, "quantity": 4}])
    first = works.do("issue_customer_invoice", order=order).document
    assert amounts(works, first)[1:] == charged
    works.do("ship_goods", order=order)
    last = works.do("issue_customer_invoice", order=order).document
    assert [kind for kind, _, _ in amounts(works, last)] == ["item"]
    assert works.ask("document_by_id", document=order)[0]["state"] == "closed"
    total = sum(works.ask("document_by_id", document=one)[0]["total_amount"] for one in (first, last))
    assert total == works.ask("document_by_id", document=order)[0]["total_amount"]
    works.assert_clean()


def test_a_charge_without_a_tax_code_is_taxed_as_the_goods_where_the_customer_has_none(works: Company) -> None:
    assert amounts(works, ordered(works))[1:] == [("charge", D(30), D("3.90")), ("charge", D(5), D("0.45"))]


def test_charges_stand_in_the_currency_of_the_order_and_stay_when_it_changes(works: Company) -> None:
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-01-01", rate="7.1234")
    order = ordered(works, currency="USD")
    (head,) = works.ask("document_by_id", document=order)
    net = sum(row["net_amount"] for row in works.ask("document_lines", document=order))
    assert head["net_amount"] == net
    works.do("change_sales_order", order=order, reason="less", lines=[{"line": 1, "quantity": 6}])
    assert [kind for kind, _, _ in amounts(works, order)] == ["item", "charge", "charge"]
    works.do("ship_goods", order=order)
    works.do("issue_customer_invoice", order=order)
    assert works.ask("document_by_id", document=order)[0]["state"] == "closed"
    works.assert_clean()
