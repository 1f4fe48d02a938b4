"""Terms of delivery on both databases: agreed with a party in general or for one document, from the quotation to the printed order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company

PART: list[dict[str, Any]] = [{"item": "PART", "quantity": 4, "unit_price": "5"}]


def terms(works: Company, document: int | None) -> tuple[str | None, str | None]:
    """The terms of delivery that stand on a document."""
    (row,) = works.ask("document_by_id", document=document)
    return row["incoterm"], row["incoterm_place"]


def test_what_is_agreed_with_a_supplier_holds_unless_an_order_says_otherwise(works: Company) -> None:
    supplier = {"code": "MILL", "name": "Mill", "is_supplier": True, "incoterm": "FOB", "incoterm_place": "Ningbo"}
    works.do("put_party", **supplier)
    order = works.do("create_purchase_order", supplier="MILL", lines=PART).document
    assert terms(works, order) == ("FOB", "Ningbo")
    order = works.do("create_purchase_order", supplier="MILL", incoterm_place="Shanghai", lines=PART).document
    assert terms(works, order) == ("FOB", "Shanghai")
    order = works.do("create_purchase_order", supplier="MILL", incoterm="EXW", lines=PART).document
    assert terms(works, order) == ("EXW", None)
    (printed,) = works.ask("printed_document", document=order)
    assert printed["delivery_terms"] == "EXW"


def test_a_quotation_hands_its_terms_to_its_order(works: Company) -> None:
    quotation = works.do("create_quotation", customer="CUS", incoterm="DAP", incoterm_place="Hamburg", lines=PART)
    order = works.do("accept_quotation", quotation=quotation.document).document
    assert terms(works, order) == ("DAP", "Hamburg")
    works.assert_clean()


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("create_sales_order", {"customer": "CUS", "lines": PART}),
        ("put_party", {"code": "NEW", "name": "New", "is_customer": True}),
    ],
)
def test_a_place_without_a_term_is_refused(works: Company, command: str, data: dict[str, Any]) -> None:
    assert works.refused(command, incoterm_place="Hamburg", **data) == "place_without_incoterm"
    assert works.refused(command, incoterm="FOX", **data)
