"""Goods travel between two places: they are the company's all the way, and what does not arrive is written off in the end."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.buying.market import balances


def test_a_truck_arrives_in_parts_and_one_case_never(works: Company) -> None:
    story = Story(works, "two_step_transfer")
    story.page = Path(__file__).parent / "two_step_transfer.tsv"
    works.do("put_item_category", code="FIFO", name="By layers", valuation_method="fifo")
    works.do("put_item", code="LAMP", name="Lamp", category="FIFO", unit="EA", tax_code="VAT13")
    works.do("put_location", code="SOUTH", name="South store", site="MAIN")
    for quantity, cost in ((10, "2"), (10, "3")):
        line = {"item": "LAMP", "location": "MAIN", "quantity": quantity, "unit_cost": cost}
        works.do("book_opening_stock", lines=[line])

    def tell(what: str) -> None:
        works.assert_clean()
        story.tell(what)
        story.rows("lies", works.ask("stock_by_location"), "location_code", "status", "quantity", "reserved")
        story.rows("in transit", works.ask("open_transfers"), "number", "to_location", "due_on", "open_quantity")
        story.rows("worth", works.ask("stock_on_hand"), "quantity", "value")
        story.tell("books", *(f"{code} {value.normalize():f}" for code, value in balances(works).items()))

    tell("ten lamps at 2 and ten at 3 lie in the main store")
    sent = {"from_location": "MAIN", "to_location": "SOUTH", "lines": [{"item": "LAMP", "quantity": 12}]}
    transfer = works.do("send_transfer", due_on="2026-06-18", **sent).document
    tell("twelve leave for the south")
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "LAMP", "quantity": 9, "unit_price": "8"}])
    tell("a customer orders nine: eight are reserved, and none of those on the road")
    part = [{"line": 1, "quantity": 8}, {"line": 1, "quantity": 1, "status": "hold"}]
    works.do("receive_transfer", transfer=transfer, posted_on="2026-06-18", lines=part)
    tell("nine arrive, one of them scratched and held; three are missing")
    found = works.do("receive_transfer", transfer=transfer, posted_on="2026-06-20", lines=[{"line": 1, "quantity": 1}])
    lost = [{"line": 1, "quantity": 0, "lost_quantity": 2, "reason": "lost"}]
    works.do("receive_transfer", transfer=transfer, posted_on="2026-06-25", lines=lost)
    tell("one more is found, and two are given up: the oldest layer pays 2 each")
    works.do("reverse_document", document=found.document, reason="it was another truck's")
    tell("the one that was found belonged to another truck: it is in transit again")
    works.do("ship_goods", order=order.document)
    tell("the order is shipped from both stores")
    assert story.as_kept()
