"""A supplier makes kettles of our brass: components go out, goods come back in parts, the fee is billed and differs, all is taken back."""

from __future__ import annotations

from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def a_workshop(works: Company) -> None:
    """Give a furnished company a supplier who makes the good, a second component with scrap, and stock of both."""
    works.do("put_item", code="RIVET", name="Rivet", category="RAW", unit="EA", lot_tracked=True, tax_code="VAT13")
    works.do("put_party", code="SMITH", name="Smith's workshop", is_supplier=True, payment_term="NET30")
    works.do("put_location", code="AT-SMITH", name="At Smith's", kind="subcontractor", supplier="SMITH")
    works.do(
        "create_bom_revision",
        item="GOOD",
        revision="2",
        effective_from="2026-01-01",
        lines=[
            {"component": "PART", "quantity_per": 2},
            {"component": "RIVET", "quantity_per": 5, "scrap_factor": "0.02"},
        ],
    )
    works.do(
        "put_supplier_item",
        supplier="SMITH",
        item="GOOD",
        lead_time_days=10,
        components_provided=True,
        prices=[{"unit_price": "4.5"}],
    )
    stock: list[dict[str, Any]] = [
        {"item": "PART", "location": "MAIN", "quantity": 60, "unit_cost": "3.01"},
        {"item": "RIVET", "location": "MAIN", "quantity": 60, "unit_cost": "0.11", "lot": "R-1"},
        {"item": "RIVET", "location": "MAIN", "quantity": 100, "unit_cost": "0.13", "lot": "R-2"},
    ]
    works.do("book_opening_stock", lines=stock)


def components(works: Company, story: Story, order: int) -> None:
    """Tell what the order's components are at."""
    columns = (
        "item_code",
        "required_quantity",
        "expected_quantity",
        "consumed_quantity",
        "over_quantity",
        "at_supplier",
    )
    story.rows("component", works.ask("order_components", document=order), *columns)


def books(works: Company, story: Story) -> None:
    """Tell every balance, and what each item is worth."""
    for account, balance in balances(works).items():
        story.tell("account", account, balance)


def test_a_supplier_makes_goods_of_our_components(works: Company) -> None:
    a_workshop(works)
    story = Story(works, "subcontracting")
    before = balances(works)
    order = works.do("create_purchase_order", supplier="SMITH", lines=[{"item": "GOOD", "quantity": 20}]).document
    assert order is not None
    components_go_out(works, story, order)
    receipts = goods_come_in_parts(works, story, order)
    bill = the_fee_is_billed(works, story, order)
    all_is_taken_back(works, story, order, [bill, *receipts])
    assert balances(works) == before
    works.assert_clean()
    assert story.as_kept()


def components_go_out(works: Company, story: Story, order: int) -> None:
    """What the supplier lacks is listed and sent; there it is free for nobody else."""
    components(works, story, order)
    lacking = works.ask("components_at_suppliers", supplier="SMITH")
    story.rows("shortage", lacking, "item_code", "needed_quantity", "at_supplier", "missing_quantity", "free_quantity")
    assert works.refused("receive_goods", order=order, lines=[{"line": 1, "quantity": 1}]) == "components_short"

    sent = works.do("send_components", order=order)
    story.rows("sent", works.ask("document_lines", document=sent.document), "item_code", "quantity")
    assert works.refused("send_components", order=order) == "no_components_missing"
    free = sorted(works.ask("availability", items=["PART", "RIVET"]), key=lambda row: row["code"])
    story.rows("free for other orders", free, "code", "on_hand", "free")
    home = {"item": "PART", "quantity": 1, "from_location": "AT-SMITH", "to_location": "MAIN"}
    assert works.refused("transfer_stock", lines=[home]) == "location_at_supplier"


def goods_come_in_parts(works: Company, story: Story, order: int) -> list[int | None]:
    """Seven by the bill of material, six with more rivets than it says; the receipts, the latest first."""
    first = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 7}])
    story.rows("used", works.ask("components_used", document=first.document), "item_code", "quantity", "value")
    more = [{"line": 1, "item": "RIVET", "quantity": 20, "lot": lot} for lot in ("R-1", "R-2")]
    second = works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": 6}], components=more)
    story.tell("receipt", second.message_key)
    columns = ("item_code", "lot_code", "expected_quantity", "quantity", "value")
    story.rows("used", works.ask("components_used", document=second.document), *columns)
    components(works, story, order)
    works.assert_clean()
    books(works, story)
    return [second.document, first.document]


def the_fee_is_billed(works: Company, story: Story, order: int) -> int | None:
    """The fee is dearer than ordered: what is in stock bears it."""
    billed = [{"line": 1, "quantity": 13, "unit_price": "4.7"}]
    bill = works.do("book_supplier_bill", order=order, external_number="SM-1", lines=billed)
    story.rows("match", works.ask("purchase_match", order=order), "billed_quantity", "price_difference", "match")
    books(works, story)
    return bill.document


def all_is_taken_back(works: Company, story: Story, order: int, booked: list[int | None]) -> None:
    """Two go back and bring their components to the supplier's place; then every step is reversed and what lies there comes home."""
    latest = booked[1]
    back = works.do("return_to_supplier", against=latest, reason="defective", lines=[{"line": 1, "quantity": 2}])
    columns = ("item_code", "lot_code", "expected_quantity", "quantity", "value")
    story.rows("given back", works.ask("components_used", document=back.document), *columns)
    works.assert_clean()
    for document in (back.document, *booked):
        works.do("reverse_document", document=document, reason="taken back")
    components(works, story, order)
    works.do("cancel_purchase_order", order=order)
    home = works.do("take_components_back", supplier="SMITH")
    story.rows("home again", works.ask("document_lines", document=home.document), "item_code", "quantity")
