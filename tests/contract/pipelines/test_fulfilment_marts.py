"""The marts of fulfilment tell the way of goods to customers, on both databases: how soon, whole, in time, with what trouble."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.jobs.carriers import apply_waiting
from pipelines.warehouse.models import read_models
from schemas.marts import travelling_tables
from tests.company import Company
from tests.contract.pipelines.test_service_marts import picked, published
from tests.makers import pushed, stocked, tracker

D = Decimal
JUNE: dict[str, Any] = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)}


def sold(works: Company, quantity: int, due_on: str, **more: Any) -> int:
    """An order of parts of the first of June."""
    lines = [{"item": "PART", "quantity": quantity, "unit_price": "10", "due_on": due_on}]
    given = {"customer": "CUS", "document_on": "2026-06-01", "lines": lines, **more}
    order = works.do("create_sales_order", **given).document
    assert order is not None
    return order


def shipped_in_parcels(works: Company, order: int) -> None:
    """Two of the parts are damaged on the shelf; the rest goes in two parcels."""
    works.do("release_wave", orders=[order])
    (line,) = works.ask("pick_lines", document=order)
    place = {"pick_list": line["pick_list_id"], "line": line["line"], "location": line["location_code"]}
    works.do("confirm_pick", **place, scanned="PART", quantity=4, short_reason="damaged")
    weights = {"carrier": "SF", "scale_weight_kg": "1.5"}
    works.do("pack_parcel", order=order, lines=[{"line": 1, "quantity": 3}], tracking_number="SF01", **weights)
    works.do("pack_parcel", order=order, tracking_number="SF02", **weights)
    works.do("hand_over_parcels", order=order)


def told_by_carrier(works: Company) -> None:
    """The first parcel is turned away and then delivered; the second has trouble still."""
    for status, number, at in (
        ("failure", "SF01", "2026-06-16T02:00:00Z"),
        ("delivered", "SF01", "2026-06-18T02:00:00Z"),
        ("failure", "SF02", "2026-06-17T02:00:00Z"),
    ):
        pushed(works, tracker(status, number, at))
    apply_waiting(works.gateway)


def test_the_way_of_goods_is_told_by_day_warehouse_carrier_and_customer(works: Company, tmp_path: Path) -> None:
    stocked(works, quantity=50)
    works.do("put_party", code="SF", name="SF", is_supplier=True, tax_code="VAT13")
    works.do("put_carrier", code="SF", name="SF Express", system="webhook", secret="salt")
    short, late = sold(works, 6, "2026-06-15"), sold(works, 5, "2026-06-15", channel="phone")
    shipped_in_parcels(works, short)
    works.do("ship_goods", order=late, posted_on="2026-06-17")
    told_by_carrier(works)
    freight = [{"tracking_number": "SF01", "amount": "12"}]
    works.do("book_freight_bill", supplier="SF", external_number="F-1", lines=freight)
    charges = [{"description": "Delivery", "amount": "7"}]
    works.do("issue_customer_invoice", order=short, charges=charges)
    mart = published(works, tmp_path / "w")

    (month,) = mart.query("fulfilment_performance", **JUNE)
    names = ("shipment_count", "days_to_ship", "delivered_count", "line_count", "on_time_count", "in_full_count")
    assert picked([month], "code", *names) == [("2026-06", 2, D(15), 0, 2, 0, 1)]
    assert picked([month], "parcel_count", "weight_kg", "freight_cost", "freight_charged") == [(2, D(3), D(12), D(7))]
    by_carrier = mart.query("fulfilment_performance", by="carrier", **JUNE)
    assert picked(by_carrier, "code", "name", "shipment_count", "line_count") == [
        ("SF", "SF Express", 1, 1),
        (None, None, 1, 1),
    ]
    by_day = mart.query("fulfilment_performance", by="day", **JUNE)
    assert picked(by_day, "code", "shipment_count", "line_count") == [("2026-06-15", 1, 2), ("2026-06-17", 1, 0)]
    (place,) = mart.query("fulfilment_performance", by="warehouse", **JUNE)
    assert picked([place], "code", "shipment_count", "line_count") == [("MAIN", 2, 2)]
    (customer,) = mart.query("fulfilment_performance", by="customer", carrier_code="SF", **JUNE)
    assert picked([customer], "code", "shipment_count") == [("CUS", 1)]

    exceptions = mart.query("exceptions_by_kind", **JUNE)
    assert sorted(picked(exceptions, "source", "kind", "exception_count", "still_count")) == [
        ("parcel", "failed", 2, 1),
        ("pick", "damaged", 1, 0),
    ]
    missed = mart.query("promises_missed", **JUNE)
    assert picked(missed, "document_id", "on_time", "in_full") == [(late, False, True), (short, False, False)]
    (picking,) = mart.query("picking_by_month", **JUNE)
    assert picked([picking], "month", "warehouse_code", "line_count", "short_count") == [("2026-06", "MAIN", 1, 1)]
    assert round(picking["picked_rate"], 2) == D("0.67")
    mart.close()

    pushed(works, tracker("delivered", "SF02", "2026-06-19T02:00:00Z"))
    apply_waiting(works.gateway)
    mart = published(works, tmp_path / "w")
    (month,) = mart.query("fulfilment_performance", **JUNE)
    assert picked([month], "delivered_count", "days_to_deliver") == [(1, D(4))]
    assert not any(row["still"] for row in mart.query("fulfilment_exceptions", kind="failed", **JUNE))
    mart.close()
    works.assert_clean()


def test_the_marts_have_one_row_for_each_of_their_grain(busy_works: Company, tmp_path: Path) -> None:
    mart = published(busy_works, tmp_path / "w")
    areas = ("fulfilment", "service")
    models = [
        m for m in read_models().values() if m.layer == "marts" and (m.area in areas or m.name == "promoted_line")
    ]
    with mart.pinned() as reader:
        for model in models:
            values = ", ".join(f"date '{value}'" for value in model.page.get("parameters", {}).values())
            called = f"{model.full_name}({values})" if model.kind == "as_of" else model.full_name
            rows = reader.select(f"select * from {called}")
            assert rows.height > 0 or model.name == "fulfilment_exception", model.full_name
            assert rows.select(model.page["grain"]).is_unique().all(), model.full_name
            for name in model.page["tests"]["not_null"]:
                assert rows[name].null_count() == 0, (model.full_name, name)
    mart.close()


def test_what_says_who_and_where_stays_in_the_store() -> None:
    private = {"phone", "phone_digits", "address", "contact_name", "contact_phone", "comment", "said", "token"}
    secret = {"secret_cipher", "api_key_cipher", "body", "content_base64", "tracking_number", "event_hash"}
    for name, table in travelling_tables().items():
        own = {"phone", "address"} if name == "company" else set[str]()
        assert not (private | secret) & set(table.names) - own, name
