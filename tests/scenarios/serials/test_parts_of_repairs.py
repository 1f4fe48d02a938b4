"""Motors with serial numbers are built into pumps, put back and taken out: each leads to where it is. Golden facts beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story

_GOLDEN = Path(__file__).parent / "parts_of_repairs.tsv"


def test_a_motor_leads_to_the_pump_that_it_was_built_into_and_to_its_customer(works: Company) -> None:
    story = Story(works, "parts_of_repairs")
    story.page = _GOLDEN
    for code, price in (("PUMP", "200"), ("MOTOR", "40")):
        item = {"code": code, "name": code.title(), "category": "RAW", "unit": "EA", "list_price": price}
        works.do("put_item", **item, lot_tracked=True, serial_tracked=True)
    works.do("put_party", code="SUP2", name="Motors Ltd", is_supplier=True)
    _buy(works, "SUP", "PUMP", "P-1 P-2")
    _buy(works, "SUP2", "MOTOR", "M-1..M-3")
    sold = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": 2}]).document
    named = [{"line": 1, "quantity": 2, "serials": "P-1 P-2"}]
    shipment = works.do("ship_goods", order=sold, lines=named).document
    lines = [{"line": number, "quantity": 1, "fault": "It does not turn"} for number in (1, 2)]
    case = works.do("open_service_case", kind="repair", reason="defective", against=shipment, lines=lines).document

    repair = _released(works, case, 1)
    assert works.refused("issue_repair_parts", repair=repair) == "serial_count"
    works.do("issue_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 2, "serials": "M-1..M-2"}])
    assert works.refused("return_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 1}]) == "serial_count"
    works.do("return_repair_parts", repair=repair, lines=[{"line": 1, "quantity": 1, "serials": "M-2"}])
    wrong = {"repair": repair, "lines": [{"line": 1, "serials": "M-3"}]}
    assert works.refused("put_removed_parts", **wrong) == "removed_part_in_stock"
    works.do("put_removed_parts", repair=repair, lines=[{"line": 1, "serials": "OLD-7", "whereabouts": "scrapped"}])
    works.do("finish_repair", repair=repair)
    story.rows("taken out of P-1", works.ask("removed_parts", document=repair), "item_code", "lot_code", "whereabouts")
    _tell(story, works, "the first motor is in the first pump, the second is back in stock")

    works.do("invoice_repair", repair=repair)
    works.do("return_repaired_piece", repair=repair, handed_to="Ms Li")
    about = [{"line": 1, "quantity": 1, "fault": "It hums"}]
    asked = {"kind": "repair", "reason": "defective", "against": shipment, "lines": about}
    again = works.do("open_service_case", **asked).document
    second = _released(works, again, 1, share="1")
    works.do("issue_repair_parts", repair=second, lines=[{"line": 1, "quantity": 1, "serials": "M-3"}])
    works.do("put_removed_parts", repair=second, lines=[{"line": 1, "serials": "M-1", "whereabouts": "to_supplier"}])
    works.do("finish_repair", repair=second)
    _tell(story, works, "the first motor fails and the third takes its place under warranty")
    claim = works.do("claim_warranty", repair=second).document
    (told,) = works.ask("warranty_claims", document=second)
    story.rows("claim", [told], "party_code", "net_amount")
    assert claim == told["document_id"]

    other = works.do("put_party", code="CUS2", name="Second hand", is_customer=True)
    assert other.status == "done"
    bad = {"kind": "complaint", "reason": "defective", "customer": "CUS2"}
    recalled = works.do("open_service_case", **bad, lines=[{"item": "MOTOR", "lot": "M-3", "quantity": 1}]).document
    done = works.do("recall_case_lots", case=recalled)
    story.tell("recall of M-3", *(f"{name} {done.values[name]}" for name in ("held", "opened")))
    assert story.as_kept()
    works.assert_clean()


def _buy(works: Company, supplier: str, item: str, serials: str) -> None:
    count = {"P-1 P-2": 2, "M-1..M-3": 3}[serials]
    lines = [{"item": item, "quantity": count, "unit_price": "30"}]
    order = works.do("create_purchase_order", supplier=supplier, lines=lines).document
    works.do("receive_goods", order=order, lines=[{"line": 1, "quantity": count, "serials": serials}])


def _released(works: Company, case: int | None, line: int, share: str = "0") -> int:
    repair = works.do("open_repair_order", case=case, line=line).document
    assert repair is not None
    quantity = 2 if share == "0" else 1
    takes = [{"kind": "part", "item": "MOTOR", "quantity": quantity, "unit_price": "40", "warranty_share": share}]
    works.do("put_repair_estimate", repair=repair, diagnosis="The motor is burnt", lines=takes)
    works.do("offer_repair_estimate", repair=repair)
    works.do("approve_repair_estimate", repair=repair, answered_by="Ms Li")
    return repair


def _tell(story: Story, works: Company, what: str) -> None:
    works.assert_clean()
    story.tell(what)
    pieces = works.ask("serial_numbers", item="MOTOR")
    story.rows("motor", pieces, "serial", "standing", "location_code", "kind")
    for serial in ("M-1", "M-2", "M-3"):
        _known(story, f"history {serial}", works.ask("piece_history", item="MOTOR", lot=serial), _HISTORY)
        forward = works.ask("lot_recall", item="MOTOR", lot=serial, direction="forward")
        _known(story, f"recall {serial}", forward, _RECALL)
    _known(story, "recall P-1", works.ask("lot_recall", item="PUMP", lot="P-1", direction="backward"), _RECALL)


_HISTORY = ("kind", "from_code", "to_code", "party_code", "into_code", "into_lot", "whereabouts")
_RECALL = ("role", "level", "item_code", "lot_code", "party_code", "kind", "location_code", "quantity")


def _known(story: Story, what: str, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    for row in rows:
        story.rows(what, [row], *(name for name in names if row.get(name)))
