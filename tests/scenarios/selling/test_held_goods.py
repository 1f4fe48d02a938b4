"""Ten parts that several want: a quotation holds some, an order on it gets them, an urgent one takes over, and a day ends; told as facts."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.jobs.reservations import release_expired
from app.kernel.clock import FixedClock
from tests.company import Company
from tests.scenarios.buying.facts import Story
from tests.scenarios.selling.test_selling_under_control import story_of

PARTS: list[dict[str, Any]] = [{"item": "PART", "quantity": 8, "unit_price": "9"}]


def _held(works: Company, story: Story, step: str) -> None:
    """Who holds how many parts until when, and how many are free."""
    story.tell(step)
    story.rows("held", works.ask("reservations"), "number", "lot_code", "quantity", "expires_on")
    (stock,) = [row for row in works.ask("stock_on_hand") if row["item_code"] == "PART"]
    story.rows("parts", [stock], "quantity", "reserved", "free")


def _ordered(works: Company, quantity: int, priority: int) -> int | None:
    lines = [{**PARTS[0], "quantity": quantity}]
    return works.do("create_sales_order", customer="CUS", lines=lines, priority=priority).document


def test_ten_parts_that_several_want_go_to_who_is_first_by_right(works: Company) -> None:
    story = story_of(works, "held_goods")
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 10, "unit_cost": "3"}])
    quoted = works.do("create_quotation", customer="CUS", lines=PARTS, valid_until="2026-07-10").document
    works.do("reserve_quotation", quotation=quoted)
    _held(works, story, "a quotation of eight holds them")
    patient = _ordered(works, 5, priority=7)
    _held(works, story, "an order of five gets the other two")
    works.do("accept_quotation", quotation=quoted, lines=[{"line": 1, "quantity": 6}])
    _held(works, story, "six of the quotation are ordered")
    urgent = _ordered(works, 1, priority=1)
    works.do("take_over_reservations", order=urgent, reason="the line stands still")
    _held(works, story, "an urgent order of one takes over")
    told = [row for row in works.ask_table("inbox_item") if row["kind"] == "reservation_taken"]
    story.tell("told", *sorted(works.ask("document_by_id", document=row["document_id"])[0]["number"] for row in told))
    works.gateway.clock = FixedClock(date(2026, 7, 11))
    story.tell("let go", release_expired(works.gateway))
    _held(works, story, "the quotation's day is over")
    works.do("ship_goods", order=urgent)
    works.do("reserve_open_orders")
    _held(works, story, "the urgent one has left, and what is free is shared out")
    story.rows("open", works.ask("document_lines", document=patient), "quantity", "fulfilled_quantity")
    assert story.as_kept()
    works.assert_clean()
