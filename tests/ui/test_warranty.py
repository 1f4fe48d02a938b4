"""After-sales on screens: a claim is accepted by its form, a piece has its history, a repair in dollars says so on every page."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.company import Company
from tests.plant import Plant
from tests.ui.test_foreign_currency import DAY, place
from tests.ui.test_returns import listed, pressed
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def test_a_claim_for_a_repair_is_shown_and_accepted_by_its_form(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    repair, number = plant.ids["repair_order"], plant.numbers["repair_order"]
    form = page("claim_warranty", order=repair)
    assert number in [field.value for field in form.text_input]
    works.do("put_party", code="MAKER", name="Kettle Makers", is_supplier=True)
    claim = works.do("claim_warranty", repair=repair, supplier="MAKER").document
    (told,) = works.ask("warranty_claims", document=repair)
    for path, document in (
        ("repair_order", repair),
        ("service_case", plant.ids["repair_case"]),
        ("supplier_claim", claim),
    ):
        text = shown(page(path, id=document))
        assert ("Kettle Makers" in text, told["number"] in text) == (True, True), path
    notes = listed(plant, "debit_notes")
    done = pressed(page("accept_warranty_claim", order=claim), "accept_warranty_claim")
    assert not done.exception
    assert len(listed(plant, "debit_notes")) == len(notes) + 1
    (after,) = works.ask("warranty_claims", document=repair)
    assert (after["outcome"], after["accepted_amount"]) == ("accepted", told["net_amount"])
    year = {"from_on": "2026-01-01", "to_on": "2026-12-31"}
    borne = {row["code"]: row["external_failure"] for row in works.ask("cost_of_quality", by="category", **year)}
    assert borne["borne_by_suppliers"] == -told["net_amount"]


def test_parts_taken_out_and_the_history_of_a_piece_are_shown(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    item = works.ask("items")[0]
    valve = {"code": "VALVE", "name": "Valve", "category": item["category_code"], "unit": item["unit_code"]}
    works.do("put_item", **valve, lot_tracked=True, serial_tracked=True)
    lines = [{"line": 1, "item": "VALVE", "serials": "V-77", "whereabouts": "scrapped", "note": "cracked"}]
    works.do("put_removed_parts", repair=plant.ids["repair_order"], lines=lines)
    text = shown(page("repair_order", id=plant.ids["repair_order"]))
    assert ("V-77" in text, "cracked" in text) == (True, True)
    form = page("put_removed_parts", order=plant.ids["repair_order"])
    assert not form.exception
    opening = {"item": "VALVE", "location": place(works), "quantity": 1, "unit_cost": "9", "serials": "V-78"}
    works.do("book_opening_stock", lines=[opening])
    assert "V-78" not in shown(page("piece_history"))
    assert "Opening stock" in shown(page("piece_history", item="VALVE", lot="V-78"))


def test_a_repair_in_dollars_says_so(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=DAY, rate="7.25")
    lines = [{"line": 1, "quantity": "1", "fault": "It drips"}]
    asked = {"kind": "repair", "reason": "defective", "against": plant.numbers["case_shipment"], "lines": lines}
    case = works.do("open_service_case", **asked).document
    repair = works.do("open_repair_order", case=case, currency="USD").document
    bench = {"kind": "labour", "description": "Bench", "quantity": "1", "unit_price": "80", "cost_per_hour": "40"}
    estimate = [{**bench, "warranty_share": "0"}]
    works.do("put_repair_estimate", repair=repair, diagnosis="Loose", lines=estimate)
    text = shown(page("repair_order", id=repair))
    assert ("USD" in text, "7.25" in text, "80.00" in text) == (True, True, True)
    assert "USD" in shown(page("service_case", id=case))
    assert not page("put_repair_estimate", order=repair).exception
