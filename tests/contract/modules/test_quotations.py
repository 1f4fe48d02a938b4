"""A quotation's prices hold until its day; it is ordered in parts, never beyond what was quoted, and gets back what is cancelled."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.company import DAY, Company

D = Decimal


def quoted(works: Company, **data: Any) -> int:
    """A quotation of ten parts at 8, less a tenth, and of four goods."""
    lines = [
        {"item": "PART", "quantity": 10, "unit_price": "8", "discount_rate": "0.1"},
        {"item": "GOOD", "quantity": 4, "unit_price": "33.333"},
    ]
    document = works.do("create_quotation", customer="CUS", lines=lines, **data).document
    assert document is not None
    return document


def state(works: Company, document: int | None) -> str:
    """The state of a document."""
    return works.ask("document_by_id", document=document)[0]["state"]


def left(works: Company, quotation: int) -> list[Decimal]:
    """What is not ordered yet of each line."""
    return [line["quantity"] - line["fulfilled_quantity"] for line in works.ask("document_lines", document=quotation)]


def test_a_quotation_posts_nothing_and_reserves_nothing(works: Company) -> None:
    before = {name: len(works.ask_table(name)) for name in ("stock_move", "journal_entry", "reservation_move")}
    quotation = quoted(works)
    works.do("renew_quotation", quotation=quotation, valid_until="2026-12-31")
    assert {name: len(works.ask_table(name)) for name in before} == before
    works.assert_clean()


def test_a_quotation_ordered_whole_comes_to_the_same_cent_and_is_closed(works: Company) -> None:
    quotation = quoted(works)
    order = works.do("accept_quotation", quotation=quotation, external_number="PO 7").document
    offer, taken = (works.ask("document_by_id", document=d)[0] for d in (quotation, order))
    assert [taken[name] for name in ("net_amount", "tax_amount")] == [offer["net_amount"], offer["tax_amount"]]
    assert (offer["state"], taken["state"], taken["external_number"]) == ("closed", "confirmed", "PO 7")
    assert [row["kind"] for row in works.ask("document_chain", document=order)] == ["quotation", "sales_order"]
    works.assert_clean()


def test_it_is_ordered_in_parts_at_the_quoted_price_and_never_beyond(works: Company) -> None:
    quotation = quoted(works)
    dear = [{"item": "PART", "unit_price": 99, "valid_from": "2026-01-01"}]
    works.do("put_price_list", code="DEAR", name="Dear", currency="CNY", lines=dear)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, payment_term="NET30", price_list="DEAR")
    first = works.do("accept_quotation", quotation=quotation, lines=[{"line": 1, "quantity": 4}]).document
    line = works.ask("document_lines", document=first)[0]
    assert (line["unit_price"], line["discount_rate"], line["net_amount"]) == (D(8), D("0.1"), D("28.80"))
    assert left(works, quotation) == [D(6), D(4)]
    assert (
        works.refused("accept_quotation", quotation=quotation, lines=[{"line": 1, "quantity": 7}]) == "more_than_quoted"
    )
    both = [{"line": 1, "quantity": 4}, {"line": 1, "quantity": 3}]
    assert works.refused("accept_quotation", quotation=quotation, lines=both) == "more_than_quoted"
    assert left(works, quotation) == [D(6), D(4)], "what is refused leaves nothing behind"
    works.do("accept_quotation", quotation=quotation)
    assert (left(works, quotation), state(works, quotation)) == ([D(0), D(0)], "closed")
    works.assert_clean()


def test_a_cancelled_order_gives_back_what_it_took(works: Company) -> None:
    quotation = quoted(works)
    order = works.do("accept_quotation", quotation=quotation).document
    works.do("cancel_sales_order", order=order)
    assert (left(works, quotation), state(works, quotation)) == ([D(10), D(4)], "confirmed")
    assert works.refused("cancel_sales_order", order=order) == "document_state"
    assert left(works, quotation) == [D(10), D(4)]
    works.do("accept_quotation", quotation=quotation)
    works.assert_clean()


def test_prices_hold_to_the_end_of_the_last_day(works: Company) -> None:
    quotation = quoted(works, valid_until=DAY.isoformat())
    assert works.refused("accept_quotation", quotation=quotation, document_on="2026-06-16") == "quotation_lapsed"
    assert works.refused("renew_quotation", quotation=quotation, valid_until="2026-06-14") == "valid_until_past"
    works.do("renew_quotation", quotation=quotation, valid_until="2026-06-16")
    works.do("accept_quotation", quotation=quotation, document_on="2026-06-16")
    assert (
        works.refused(
            "create_quotation", customer="CUS", valid_until="2020-01-01", lines=[{"item": "PART", "quantity": 1}]
        )
        == "valid_until_past"
    )


def test_a_draft_is_sent_before_it_is_ordered(works: Company) -> None:
    quotation = quoted(works, send=False)
    assert works.refused("accept_quotation", quotation=quotation) == "document_state"
    works.do("send_quotation", quotation=quotation)
    works.do("accept_quotation", quotation=quotation)


@pytest.mark.parametrize(("ordered", "after"), [(0, "cancelled"), (4, "closed")])
def test_what_is_declined_says_why_and_can_be_ordered_no_more(works: Company, ordered: int, after: str) -> None:
    quotation = quoted(works, note="By phone")
    if ordered:
        works.do("accept_quotation", quotation=quotation, lines=[{"line": 1, "quantity": ordered}])
    works.do("decline_quotation", quotation=quotation, reason="Bought elsewhere")
    row = works.ask("document_by_id", document=quotation)[0]
    assert (row["state"], row["note"]) == (after, "By phone\nBought elsewhere")
    assert works.refused("accept_quotation", quotation=quotation) == "document_state"
    works.assert_clean()


def test_an_order_on_a_quotation_waits_for_approval_like_any_other(works: Company) -> None:
    works.do("put_approval_rule", command="confirm_sales_order", approver_role="executive", amount_above="1")
    quotation = quoted(works)
    receipt = works.do("accept_quotation", quotation=quotation)
    assert receipt.message_key == "receipt.waits_for_approval"
    assert state(works, receipt.document) == "draft"
    works.do("cancel_sales_order", order=receipt.document)
    assert left(works, quotation) == [D(10), D(4)]
