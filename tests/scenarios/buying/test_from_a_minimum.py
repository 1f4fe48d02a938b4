"""Stock falls to its minimum, is asked for once with its figures, ordered in the supplier's lots, and lies above it again; told as facts."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story

_FIGURES = ("item_code", "in_stock", "on_order", "requisitioned", "needed", "position", "minimum", "proposed")


def _below(works: Company, story: Story, step: str) -> None:
    """What has fallen to its minimum, with its figures."""
    story.tell(step)
    story.rows("below", works.ask("items_below_minimum"), *_FIGURES, "supplier_code")


def _stocked(works: Company) -> None:
    """Bolts with a reorder point and a supplier's lots, oil with a maximum, and gaskets with a safety stock alone."""
    common: dict[str, Any] = {"category": "RAW", "unit": "EA", "source": "buy"}
    works.do("put_item", code="BOLT", name="Bolt", reorder_point="40", lot_size="60", **common)
    works.do("put_item", code="OIL", name="Oil", reorder_point="10", max_stock="30", **common)
    works.do("put_item", code="GASKET", name="Gasket", safety_stock="5", **common)
    works.do("put_item", code="PLENTY", name="Plenty", reorder_point="1", **common)
    works.do("put_supplier_item", supplier="SUP", item="BOLT", lead_time_days=7, min_lot="50", lot_multiple="25")
    lines = [
        {"item": item, "location": "MAIN", "quantity": quantity, "unit_cost": "2"}
        for item, quantity in (("BOLT", 70), ("OIL", 12), ("GASKET", 5), ("PLENTY", 2))
    ]
    works.do("book_opening_stock", lines=lines)


def test_what_falls_to_its_minimum_is_asked_for_once_and_bought(works: Company) -> None:
    story = Story(works, "from_a_minimum")
    _stocked(works)
    _below(works, story, "gaskets at their safety stock are not below it")
    assert works.refused("requisition_below_minimum") == "nothing_below_minimum"
    lines = [{"item": item, "quantity": n, "unit_price": "5"} for item, n in (("BOLT", 30), ("OIL", 5), ("GASKET", 1))]
    sold = works.do("create_sales_order", customer="CUS", lines=lines).document
    _below(works, story, "an order takes thirty bolts, five cans of oil and a gasket")
    works.do("ship_goods", order=sold)
    _below(works, story, "they have left, and nothing else has changed")
    need = works.do("requisition_below_minimum", items=["BOLT", "OIL"]).document
    story.rows(
        "asked for", works.ask("document_lines", document=need), "item_code", "quantity", "due_on", "description"
    )
    _below(works, story, "bolts and oil are asked for")
    placed = [{"line": 2, "supplier": "SUP", "unit_price": "3"}, {"line": 1, "unit_price": "2"}]
    works.do("order_purchase_requisition", requisition=need, lines=placed)
    works.do("requisition_below_minimum", confirm=False)
    _below(works, story, "they are ordered, and a draft asks for the gasket")
    for order in works.ask("purchase_orders"):
        works.do("receive_goods", order=order["id"])
    stock = {row["item_code"]: row["quantity"] for row in works.ask("stock_on_hand")}
    story.tell("in stock", *(f"{item} {stock[item].normalize():f}" for item in ("BOLT", "OIL", "GASKET")))
    assert story.as_kept()
    works.assert_clean()


def test_two_who_ask_at_once_ask_for_it_once(works: Company) -> None:
    _stocked(works)
    works.do("put_item", code="PLENTY", name="Plenty", category="RAW", unit="EA", source="buy", reorder_point="3")
    gate, answers = threading.Barrier(3), list[str]()

    def ask() -> None:
        gate.wait()
        answers.append(works.submit("requisition_below_minimum").message_key)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["receipt.created_document", *["refusal.nothing_below_minimum"] * 2]
    (need,) = works.ask("purchase_requisitions")
    (line,) = works.ask("document_lines", document=need["id"])
    assert (line["item_code"], line["quantity"]) == ("PLENTY", Decimal(1))
    works.assert_clean()
