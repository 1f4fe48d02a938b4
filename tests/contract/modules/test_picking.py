"""Waves and picking on both databases: first expired first, in walking order, nothing held twice, nothing swapped in silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.makers import stocked, to_pick, to_ship

D = Decimal


def lots(works: Company) -> None:
    """Tea in three lots on two shelves; the far shelf comes first on the way, one lot has expired."""
    works.do("put_location", code="NEAR", name="Near shelf", site="MAIN", walk_sequence=20)
    works.do("put_location", code="FAR", name="Far shelf", site="MAIN", walk_sequence=10)
    works.do("put_item", code="TEA", name="Tea", category="RAW", unit="EA", lot_tracked=True, list_price="9")
    shelves = (
        ("NEAR", "L-OLD", 4, "2026-05-01"),
        ("NEAR", "L-AUG", 5, "2026-08-01"),
        ("FAR", "L-DEC", 6, "2026-12-01"),
    )
    works.do(
        "book_opening_stock",
        lines=[
            {"item": "TEA", "location": place, "quantity": quantity, "unit_cost": "2", "lot": lot, "expires_on": until}
            for place, lot, quantity, until in shelves
        ],
    )


def ordered(works: Company, item: str, quantity: int, **data: Any) -> int:
    """A confirmed order of one line."""
    document = works.do(
        "create_sales_order", customer="CUS", lines=[{"item": item, "quantity": quantity, "unit_price": "9"}], **data
    ).document
    assert document is not None
    return document


def test_the_first_expired_is_picked_first_along_the_way_and_the_expired_stays(works: Company) -> None:
    lots(works)
    order = ordered(works, "TEA", 8)
    works.do("release_wave", orders=[order])
    way = [
        (r["line"], r["location_code"], r["lot_code"], r["quantity"]) for r in works.ask("pick_lines", document=order)
    ]
    assert way == [(1, "FAR", "L-DEC", D(3)), (2, "NEAR", "L-AUG", D(5))]
    works.assert_clean()


def test_what_the_preview_says_is_what_the_wave_takes(works: Company) -> None:
    stocked(works, quantity=10)
    works.do("put_carrier", code="SF", name="SF")
    late, urgent, other = (
        ordered(works, "PART", 6, reserve=False, priority=5, due_on="2026-06-20"),
        ordered(works, "PART", 6, reserve=False, priority=1, due_on="2026-06-25"),
        ordered(works, "PART", 6, reserve=False, due_on="2026-08-01"),
    )
    for order in (late, urgent):
        works.do("plan_delivery", order=order, carrier="SF", region="SOUTH")
    choice: dict[str, Any] = {"due_until": "2026-06-30", "carrier": "SF", "region": "SOUTH"}
    shown = works.ask("wave_preview", on="2026-06-15", **choice)
    assert [(r["id"], r["pickable_quantity"], r["short_quantity"]) for r in shown] == [
        (urgent, D(6), D(0)),
        (late, D(4), D(2)),
    ]
    whole = works.ask("wave_preview", on="2026-06-15", complete_only=True, **choice)
    assert [row["id"] for row in whole] == [urgent]
    works.do("release_wave", **choice)
    assert {
        (r["order_id"], r["quantity"]) for o in (late, urgent, other) for r in works.ask("pick_lines", document=o)
    } == {
        (urgent, D(6)),
        (late, D(4)),
    }
    works.assert_clean()


@pytest.mark.parametrize("complete_only", [False, True])
def test_urgent_orders_without_stock_take_no_others_place(works: Company, complete_only: bool) -> None:
    stocked(works, quantity=10)
    works.do("put_item", code="SCARCE", name="Scarce", category="RAW", unit="EA", list_price="9")
    for _ in range(3):
        ordered(works, "SCARCE", 1, reserve=False, priority=1)
    ready = [ordered(works, "PART", 4, reserve=False, priority=5) for _ in range(3)]
    choice: dict[str, Any] = {"at_most": 2, "complete_only": complete_only}
    assert [row["id"] for row in works.ask("wave_preview", on="2026-06-15", **choice)] == ready[:2]
    works.do("release_wave", **choice)
    works.do("release_wave", at_most=2) if not complete_only else works.refused("release_wave", **choice)
    held = [sum(row["quantity"] for row in works.ask("pick_lines", document=order)) for order in ready]
    assert held == [D(4), D(4), D(0) if complete_only else D(2)]
    works.assert_clean()


def test_nothing_is_picked_from_a_place_that_was_blocked(works: Company) -> None:
    line = to_pick(works)
    works.do("put_location", code="MAIN", name="Main store", site="MAIN", blocked=True)
    scan = {"pick_list": line["pick_list_id"], "line": line["line"], "location": "MAIN", "scanned": "PART"}
    assert works.refused("confirm_pick", quantity=1, **scan) == "pick_place_blocked"
    works.do("confirm_pick", quantity=0, short_reason="other", **scan)
    works.assert_clean()


def test_waves_at_one_time_hold_nothing_twice(works: Company) -> None:
    stocked(works, quantity=10)
    orders = [ordered(works, "PART", 4, reserve=False) for _ in range(5)]
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda order: works.submit("release_wave", orders=[order]), orders))
    assert sorted(r.status for r in receipts) == ["done"] * 3 + ["refused"] * 2
    held = sum(row["to_pick"] for row in works.ask_table("pick_hold"))
    assert held == D(10)
    works.assert_clean()


def test_the_same_order_in_two_waves_is_picked_once(works: Company) -> None:
    order = to_ship(works)
    with ThreadPoolExecutor(2) as pool:
        receipts = list(pool.map(lambda _: works.submit("release_wave", orders=[order]), range(2)))
    assert sorted(r.status for r in receipts) == ["done", "refused"]
    works.assert_clean()


def test_what_is_held_is_nobody_elses(works: Company) -> None:
    order = to_ship(works, 100)
    works.do("release_wave", orders=[order])
    rival = ordered(works, "PART", 1)
    assert works.ask("document_lines", document=rival)[0]["reserved_quantity"] == 0
    assert works.refused("ship_goods", order=rival) == "stock_short"
    moved = [{"item": "PART", "quantity": 1, "from_location": "MAIN", "to_location": "BIN1"}]
    works.do("put_location", code="BIN1", name="First bin", site="MAIN")
    assert works.refused("transfer_stock", lines=moved) == "stock_short"
    for command in ("ship_goods", "cancel_sales_order", "close_sales_order"):
        assert works.refused(command, order=order) == "order_being_picked"
    works.do("cancel_wave", wave=works.ask("pick_waves")[0]["id"])
    works.do("cancel_sales_order", order=order)
    works.assert_clean()


def test_a_short_pick_stays_open_on_the_order_and_is_told(works: Company) -> None:
    line = to_pick(works)
    given = {"pick_list": line["pick_list_id"], "line": 1, "location": "MAIN", "scanned": "PART"}
    receipt = works.do("confirm_pick", **given, quantity=5, short_reason="not_found")
    assert (receipt.data["open"], receipt.data["state"]) == (D(0), "closed")
    (hold,) = works.ask_table("pick_hold")
    assert (hold["to_pick"], hold["picked"]) == (D(0), D(5))
    assert works.ask("document_lines", document=line["order_id"])[0]["open_quantity"] == D(7)
    events = [(e["kind"], e["quantity"], e["reason"]) for e in works.ask("pick_events", document=line["order_id"])]
    assert events == [("short", D(2), "not_found"), ("picked", D(5), None)]
    assert [row["kind"] for row in works.ask_table("inbox_item")] == ["pick_short"]
    works.do("release_wave", orders=[line["order_id"]])
    assert [r["quantity"] for r in works.ask("pick_lines", document=line["order_id"])] == [D(7), D(2)]
    works.assert_clean()


@pytest.mark.parametrize(
    ("scan", "refusal"),
    [
        ({"scanned": "GOOD"}, "lot_unknown"),
        ({"location": "FAR", "scanned": "L-DEC"}, "pick_other_place"),
        ({"location": "NEAR", "scanned": "L-OLD", "substitute_reason": "nearer"}, "lot_expired"),
        ({"location": "FAR", "scanned": "L-DEC", "quantity": 7, "substitute_reason": "x"}, "pick_too_much"),
        ({"location": "MAIN", "scanned": "L-AUG", "substitute_reason": "x"}, "stock_short"),
        ({"quantity": 0}, "pick_nothing"),
        ({"line": 9}, "line_not_found"),
    ],
)
def test_a_wrong_scan_is_refused(works: Company, scan: dict[str, Any], refusal: str) -> None:
    lots(works)
    order = ordered(works, "TEA", 5)
    works.do("release_wave", orders=[order])
    pick_list = works.ask("pick_lines", document=order)[0]["pick_list_id"]
    right = {"pick_list": pick_list, "line": 1, "location": "NEAR", "scanned": "L-AUG", "quantity": 5}
    assert works.refused("confirm_pick", **{**right, **scan}) == refusal
    works.assert_clean()


def test_another_lot_is_taken_with_a_reason_and_stays_on_record(works: Company) -> None:
    lots(works)
    order = ordered(works, "TEA", 5)
    works.do("release_wave", orders=[order])
    pick_list = works.ask("pick_lines", document=order)[0]["pick_list_id"]
    scan = {"pick_list": pick_list, "line": 1, "location": "FAR", "scanned": "L-DEC", "quantity": 5}
    works.do("confirm_pick", **scan, substitute_reason="the carton is crushed")
    (event,) = works.ask("pick_events", document=order)
    assert (event["lot_code"], event["substituted"], event["note"]) == ("L-DEC", True, "the carton is crushed")
    works.assert_clean()
    works.do("put_back_picked", order=order)
    assert works.refused("put_back_picked", order=order) == "nothing_picked"
    works.do("ship_goods", order=order)
    works.assert_clean()


def test_a_pick_of_two_scans_leaves_the_rest_of_the_line_open(works: Company) -> None:
    line = to_pick(works)
    given = {"pick_list": line["pick_list_id"], "line": 1, "location": "MAIN", "scanned": "PART"}
    works.do("confirm_pick", **given, quantity=3)
    works.do("cancel_pick_list", pick_list=line["pick_list_id"])
    assert [row["state"] for row in works.ask("pick_waves")] == ["closed"]
    (hold,) = works.ask_table("pick_hold")
    assert (hold["to_pick"], hold["picked"]) == (D(0), D(3))
    works.assert_clean()


def test_secrets_of_a_carrier_are_sealed_and_never_answered(works: Company) -> None:
    works.do("put_carrier", code="K", name="K", system="kuaidi100", secret="canary-salt", api_key="canary-key")
    (row,) = works.ask("carriers")
    assert (row["has_secret"], row["has_api_key"], row["address"]) == (True, True, "/webhooks/kuaidi100/K")
    assert "canary" not in str(works.ask_table("carrier")) + str(works.ask_table("feed"))
    assert works.refused("put_carrier", code="K", name="K", system="manual") == "carrier_system"
    assert works.refused("plan_delivery", order=to_ship(works), carrier="K", service="AIR") == "service_unknown"


def test_a_wave_is_chosen_the_same_however_many_lines_a_statement_names(
    works: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(works, quantity=10)
    lines = [{"item": "PART", "quantity": 1, "unit_price": "9"}] * 5
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    monkeypatch.setattr("app.modules.fulfilment.wave_choice._IDS_AT_ONCE", 2)
    wave = works.do("release_wave").document
    assert wave is not None
    assert [row["quantity"] for row in works.ask("pick_lines", document=order)] == [D(1)] * 5
    assert works.refused("release_wave") == "wave_nothing_to_pick"
    works.assert_clean()
