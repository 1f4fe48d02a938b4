"""A web shop's order goes to the buyer's door: wave, short pick, two parcels, news out of order, the back order after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.jobs.carriers import apply_waiting
from tests.company import Company
from tests.makers import pushed, stocked, tracker
from tests.scenarios.buying.facts import Story
from tests.shop_case import open_shop, shopify_order, told


def test_the_order_of_a_shop_comes_to_its_buyer_in_parcels(works: Company) -> None:
    story = Story(works, "shop_to_door")
    story.page = Path(__file__).with_name("shop_to_door.tsv")
    works.do("put_location", code="SHELF", name="Shelf", site="MAIN", walk_sequence=1)
    works.do("put_carrier", code="SF", name="SF", system="webhook", secret="salt")
    stocked(works, quantity=20)
    moved = {"item": "PART", "quantity": 3, "from_location": "MAIN", "to_location": "SHELF"}
    open_shop(works)
    works.do("transfer_stock", lines=[moved])
    order = told(works, shopify_order(501, [("PART", 5, "10.00")]))["document_id"]

    def tell(what: str) -> None:
        (line,) = [row for row in works.ask("document_lines", document=order) if row["kind"] == "item"]
        holds = [(h["to_pick"], h["picked"], h["packed"]) for h in works.ask_table("pick_hold")]
        sums = [sum(column) for column in zip(*holds, strict=True)] or [0, 0, 0]
        story.tell(what, f"shipped {line['fulfilled_quantity'].normalize():f}", "to pick, picked, packed", *sums)
        story.rows("", works.ask("parcels"), "number", "state", "tracking_number", "tracking_state", "delivered_on")

    def pick(line: dict[str, Any], quantity: int, **more: Any) -> None:
        place = {"pick_list": line["pick_list_id"], "line": line["line"], "location": line["location_code"]}
        works.do("confirm_pick", **place, scanned="PART", quantity=quantity, **more)

    works.do("release_wave", orders=[order])
    tell("a wave holds what is ordered")
    shelf, main = works.ask("pick_lines", document=order)
    pick(shelf, 2, short_reason="damaged")
    pick(main, 2)
    tell("one piece of the shelf is damaged")
    works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 1}], carrier="SF", tracking_number="SF0001")
    works.do("pack_parcel", order=order, carrier="SF", tracking_number="SF0002")
    works.do("hand_over_parcels", order=order)
    tell("two parcels are handed over")
    for status, number, at in (
        ("delivered", "SF0001", "2026-06-17T02:00:00Z"),
        ("in_transit", "SF0001", "2026-06-16T02:00:00Z"),
        ("failure", "SF0002", "2026-06-16T05:00:00Z"),
        ("delivered", "SF0003", "2026-06-18T05:00:00Z"),
    ):
        pushed(works, tracker(status, number, at))
    apply_waiting(works.gateway)
    tell("the carrier tells in any order")
    works.do("release_wave", orders=[order])
    (rest,) = [row for row in works.ask("pick_lines", document=order) if row["open_quantity"] > 0]
    pick(rest, 1)
    works.do("pack_parcel", order=order, carrier="SF", tracking_number="SF0003")
    works.do("hand_over_parcels", order=order)
    apply_waiting(works.gateway)
    tell("the back order follows, its news was kept")
    story.rows("told to the shop", works.ask("shop_deliveries"), "order_number", "carrier_name", "tracking_number")
    story.rows("waits for the clerk", works.ask_table("inbox_item"), "kind", "state")
    assert story.as_kept()
    works.assert_clean()
