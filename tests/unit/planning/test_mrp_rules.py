"""Rules of netting, one by one, on the least data that shows them; numbers worked by hand from the package's page."""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from planning import plan, read_package
from planning.command import PLANNED, PLANNED_WITH_REJECTS, REFUSED, USAGE, plan_package

START = date(2026, 1, 5)


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def package(parameters: dict | None = None, **tables: list[dict]) -> dict[str, pl.DataFrame]:
    keys = {"plan_start": START.isoformat(), "horizon_days": "28", **(parameters or {})}
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return {"parameters": pl.DataFrame({"key": list(keys), "value": list(keys.values())}), **frames}


def need(item: str, quantity: float, offset: int, name: str = "D1", **more) -> dict:
    return {"demand": name, "item": item, "quantity": quantity, "due_on": day(offset), **more}


def planned(tables: dict[str, pl.DataFrame]):
    source = read_package(tables)
    assert source.rejects.is_empty(), source.rejects
    return plan(source)


def orders(result) -> list[tuple]:
    columns = ("item", "location", "kind", "supplier", "good_quantity", "release_on", "due_on")
    return [
        (item, location, kind, supplier, float(good), (release - START).days, (due - START).days)
        for item, location, kind, supplier, good, release, due in result.table("planned_orders").select(columns).rows()
    ]


def alerts(result, kind: str) -> list[dict]:
    return result.table("alerts").filter(pl.col("alert") == kind).to_dicts()


def test_a_phantom_uses_its_stock_and_passes_the_rest_to_its_components_on_the_same_day() -> None:
    result = planned(package(
        items=[{"item": "TOP", "lead_time_days": 2, "phantom": False},
               {"item": "PH", "lead_time_days": 9, "phantom": True},
               {"item": "PART", "lead_time_days": 3, "phantom": False}],
        bom=[{"parent": "TOP", "component": "PH", "quantity_per": 1},
             {"parent": "PH", "component": "PART", "quantity_per": 2}],
        stock=[{"item": "PH", "quantity": 4}],
        demand=[need("TOP", 10, 14)],
    ))  # fmt: skip
    assert orders(result) == [("PART", "MAIN", "buy", None, 12.0, 9, 12), ("TOP", "MAIN", "make", None, 10.0, 12, 14)]
    edges = result.table("pegging").filter(pl.col("item") == "PART")
    assert edges["parent_supply"].to_list() == ["TOP@MAIN/2026-01-19/1"]


def test_the_first_effective_alternate_by_priority_is_used_on_its_days() -> None:
    alternate = {"parent": "TOP", "quantity_per": 1, "alternate_group": "G"}
    result = planned(package(
        items=[{"item": item} for item in ("TOP", "OLD", "NEW")],
        bom=[{**alternate, "component": "NEW", "priority": 1, "effective_from": day(10)},
             {**alternate, "component": "OLD", "priority": 2, "effective_from": None}],
        demand=[need("TOP", 5, 9), need("TOP", 7, 10, "D2")],
    ))  # fmt: skip
    got = [(item, good, due) for item, _, _, _, good, _, due in orders(result) if item != "TOP"]
    assert got == [("NEW", 7.0, 10), ("OLD", 5.0, 9)]


def test_a_by_product_arrives_with_its_parent_and_saves_an_order() -> None:
    result = planned(package(
        items=[{"item": "TOP", "lead_time_days": 3}, {"item": "CHIPS", "lead_time_days": 0}],
        bom=[{"parent": "TOP", "component": "CHIPS", "quantity_per": 0.5, "kind": "by_product"}],
        demand=[need("TOP", 10, 10), need("CHIPS", 8, 12, "D2")],
    ))  # fmt: skip
    assert [o for o in orders(result) if o[0] == "CHIPS"] == [("CHIPS", "MAIN", "buy", None, 3.0, 12, 12)]
    kinds = result.table("pegging").filter(pl.col("item") == "CHIPS")["supply_kind"].to_list()
    assert kinds == ["by_product", "buy"]


def test_sources_share_a_quantity_or_pass_on_what_exceeds_their_capacity() -> None:
    shares = [{"item": "X", "method": "buy", "supplier": s, "share": share} for s, share in (("S1", 0.7), ("S2", 0.3))]
    result = planned(package(items=[{"item": "X"}], sources=shares, demand=[need("X", 10, 7)]))
    assert [(o[3], o[4]) for o in orders(result)] == [("S1", 7.0), ("S2", 3.0)]
    capped = [
        {"item": "X", "method": "buy", "supplier": "S1", "priority": 1, "capacity_per_bucket": 6},
        {"item": "X", "method": "buy", "supplier": "S2", "priority": 2, "capacity_per_bucket": None},
    ]
    result = planned(package(items=[{"item": "X"}], sources=capped, demand=[need("X", 10, 7)]))
    assert [(o[3], o[4]) for o in orders(result)] == [("S1", 6.0), ("S2", 4.0)]


def test_a_transfer_draws_on_the_other_location_a_lead_time_earlier() -> None:
    result = planned(package(
        items=[{"item": "X", "lead_time_days": 4}],
        sources=[{"item": "X", "location": "SHOP", "method": "transfer", "from_location": "MAIN", "lead_time_days": 2}],
        stock=[{"item": "X", "location": "MAIN", "quantity": 3}],
        demand=[need("X", 10, 14, location="SHOP")],
    ))  # fmt: skip
    assert orders(result) == [("X", "MAIN", "buy", None, 7.0, 8, 12), ("X", "SHOP", "transfer", None, 10.0, 12, 14)]
    assert dict(result.table("planned_orders").select("location", "level").rows()) == {"MAIN": 1, "SHOP": 0}


def test_lot_limits_apply_in_order_and_split_full_orders_first() -> None:
    item = {"item": "X", "min_lot": 5, "lot_multiple": 4, "max_lot": 10}
    result = planned(package(items=[item], demand=[need("X", 17, 7)]))
    assert [o[4] for o in orders(result)] == [8.0, 8.0, 8.0]  # 17 -> 20; 8 + 8, and the last 4 grows to min_lot: 8.
    assert result.table("planned_orders")["planned_order"].to_list() == [f"X@MAIN/2026-01-12/{i}" for i in (1, 2, 3)]


def test_a_release_before_plan_start_is_past_due_and_the_demand_late() -> None:
    result = planned(package(items=[{"item": "X", "lead_time_days": 10}], demand=[need("X", 5, 4)]))
    order = result.table("planned_orders").row(0, named=True)
    assert (order["release_on"], order["due_on"], order["past_due"]) == (day(0), day(4), True)
    promise = result.table("promises").row(0, named=True)
    assert (promise["promised_on"], promise["late_days"]) == (day(10), 6)
    assert "X" in promise["cause"]
    shortage = alerts(result, "shortage")[0]
    assert (shortage["on"], shortage["to"], shortage["order"], float(shortage["quantity"])) == (
        day(4),
        day(10),
        "D1",
        5.0,
    )
    assert alerts(result, "past_due_release")[0]["on"] == day(-6)


def test_receipts_are_told_to_move_and_never_moved() -> None:
    receipts = [{"order": f"R{i}", "item": "X", "quantity": 5, "due_on": day(due)} for i, due in enumerate((2, 20, 22))]
    result = planned(package(items=[{"item": "X"}], receipts=receipts, demand=[need("X", 5, 4), need("X", 5, 9, "D2")]))
    assert [(a["order"], a["to"]) for a in alerts(result, "defer")] == [("R0", day(4))]
    assert [(a["order"], a["to"]) for a in alerts(result, "expedite")] == [("R1", day(9))]
    assert [a["order"] for a in alerts(result, "cancel")] == ["R2"]


def test_a_shortage_waits_for_a_receipt_inside_the_window() -> None:
    tables = {
        "items": [{"item": "X"}],
        "receipts": [{"order": "R", "item": "X", "quantity": 5, "due_on": day(8)}],
        "demand": [need("X", 5, 5)],
    }
    assert orders(planned(package({"receipt_window_days": "3"}, **tables))) == []
    assert len(orders(planned(package({"receipt_window_days": "2"}, **tables)))) == 1


def test_orders_consume_forecast_and_inside_the_demand_fence_only_orders_count() -> None:
    result = planned(package(
        items=[{"item": "X", "demand_fence_days": 5}],
        demand=[need("X", 9, 2, "F1", kind="forecast"), need("X", 10, 8, "F2", kind="forecast"),
                need("X", 4, 10, "O1", kind="order")],
    ))  # fmt: skip
    assert [(o[4], o[6]) for o in orders(result)] == [(6.0, 8), (4.0, 10)]


def test_expiring_and_held_stock_do_not_count() -> None:
    lots = [
        {"item": "X", "lot": "L1", "quantity": 5, "expires_on": day(6), "status": "available"},
        {"item": "X", "lot": "L2", "quantity": 9, "expires_on": None, "status": "hold"},
    ]
    result = planned(package(items=[{"item": "X"}], stock=lots, demand=[need("X", 2, 3), need("X", 4, 6, "D2")]))
    assert [(o[4], o[6]) for o in orders(result)] == [(4.0, 6)]
    assert [(a["order"], float(a["quantity"])) for a in alerts(result, "expiring")] == [("L1", 3.0)]


def test_working_days_count_by_the_locations_calendar() -> None:
    week = [{"calendar": "C", "weekday": w, "from_time": "08:00", "to_time": "16:00"} for w in ("monday", "wednesday")]
    result = planned(package(
        {"working_days_only": "true"},
        items=[{"item": "X", "lead_time_days": 2}],
        calendars=week,
        locations=[{"location": "MAIN", "calendar": "C"}],
        demand=[need("X", 1, 16)],
    ))  # fmt: skip
    assert orders(result)[0][5:] == (9, 16)  # Back from Wednesday the 21st: Monday the 19th, Wednesday the 14th.


def test_a_firm_planned_order_explodes_and_keeps_its_name() -> None:
    result = planned(package(
        items=[{"item": "TOP", "lead_time_days": 2}, {"item": "PART", "lead_time_days": 1}],
        bom=[{"parent": "TOP", "component": "PART", "quantity_per": 3}],
        receipts=[{"order": "FPO-1", "item": "TOP", "quantity": 4, "due_on": day(9), "kind": "production",
                   "status": "planned_firm"}],
        demand=[need("TOP", 4, 12)],
    ))  # fmt: skip
    assert result.table("planned_orders").select("planned_order", "status").rows() == [
        ("PART@MAIN/2026-01-12/1", "planned"), ("FPO-1", "firm")]  # fmt: skip
    assert orders(result)[0][4:] == (12.0, 6, 7)


def test_a_reorder_point_releases_on_the_day_it_is_reached() -> None:
    item = {"item": "X", "lead_time_days": 5, "reorder_point": 10, "lot_policy": "fixed_quantity", "lot_size": 20}
    result = planned(package(items=[item], stock=[{"item": "X", "quantity": 15}], demand=[need("X", 6, 3)]))
    assert orders(result) == [("X", "MAIN", "buy", None, 20.0, 3, 8)]


def test_a_reorder_point_counts_what_is_ordered_beyond_the_horizon() -> None:
    item = {"item": "X", "lead_time_days": 100, "reorder_point": 10, "min_lot": 20}
    result = planned(package(items=[item], stock=[{"item": "X", "quantity": 15}], demand=[need("X", 6, 3)]))
    assert orders(result) == [("X", "MAIN", "buy", None, 20.0, 3, 103)]


def test_what_goes_beyond_the_largest_quantity_is_cut_off_and_named() -> None:
    tables = package(items=[{"item": "X", "yield": 0.000001}], demand=[need("X", 10**12, 3)])
    result = plan(read_package(tables))
    assert result.rejects["reason"].to_list() == ["quantities of the item go beyond 10^12 and were cut off"]


def test_load_beyond_capacity_is_alerted_by_bucket() -> None:
    result = planned(package(
        items=[{"item": "X", "source": "make", "lead_time_days": 1}],
        resources=[{"resource": "M1"}],
        capacity=[{"resource": "M1", "bucket": day(7 * i), "minutes": 100} for i in range(4)],
        routings=[{"item": "X", "resource": "M1", "setup_minutes": 20, "run_minutes": 10}],
        demand=[need("X", 10, 9)],
    ))  # fmt: skip
    assert [(a["order"], a["on"], float(a["quantity"])) for a in alerts(result, "capacity_overload")] == [
        ("M1", day(7), 20.0)
    ]


def write(folder: Path, tables: dict[str, pl.DataFrame]) -> Path:
    folder.mkdir()
    for name, frame in tables.items():
        frame.write_csv(folder / f"{name}.csv")
    return folder


def test_the_command_says_by_its_status_how_it_went(tmp_path: Path, capsys) -> None:
    good = write(tmp_path / "good", package(items=[{"item": "X"}], demand=[need("X", 1, 7)]))
    faulty = write(tmp_path / "faulty", package(items=[{"item": "X"}], demand=[need("Y", 1, 7)]))
    assert plan_package(good, tmp_path / "a") == PLANNED
    assert plan_package(good, tmp_path / "b", csv=True) == PLANNED
    assert (
        (tmp_path / "b" / "planned_orders.csv").read_text().splitlines()[1].startswith("X@MAIN/2026-01-12/1,X,MAIN,buy")
    )
    assert plan_package(faulty, tmp_path / "c") == PLANNED_WITH_REJECTS
    assert plan_package(faulty, tmp_path / "d", strict=True) == REFUSED
    assert not (tmp_path / "d" / "planned_orders.parquet").exists()
    assert plan_package(tmp_path / "nowhere", tmp_path / "e") == USAGE
    assert plan_package(good, tmp_path / "f", "guesswork") == USAGE
    assert "not available" in capsys.readouterr().err
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["status"] == "planned"


def test_the_same_package_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", package(items=[{"item": "X"}], demand=[need("X", 1, 7)]))
    for out in ("a", "b"):
        plan_package(folder, tmp_path / out)
    for path in sorted((tmp_path / "a").iterdir()):
        if path.name != "timings.json":
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_stock_that_the_reorder_point_holds_back_or_that_expires_is_no_excess() -> None:
    result = planned(package(
        items=[{"item": "HELD", "reorder_point": 20, "min_lot": 25}, {"item": "MILK"}, {"item": "OLD"}],
        stock=[{"item": "HELD", "quantity": 30, "expires_on": None}, {"item": "MILK", "quantity": 10, "expires_on": day(9)},
               {"item": "OLD", "quantity": 10, "expires_on": None}],
        demand=[need("HELD", 22, 5, "D1"), need("MILK", 3, 5, "D2"), need("OLD", 3, 5, "D3")],
    ))  # fmt: skip
    assert [(alert["item"], float(alert["quantity"])) for alert in alerts(result, "excess")] == [("OLD", 7.0)]
    assert [(alert["item"], float(alert["quantity"])) for alert in alerts(result, "expiring")] == [("MILK", 7.0)]


def test_the_economic_lot_is_the_published_one() -> None:
    """Worked case POL-01: 8,000 a year, 12,000 an order, 0.30 a unit and year give 25,298.2213."""
    result = planned(package(
        parameters={"horizon_days": "365"},
        items=[{"item": "X", "lot_policy": "economic", "setup_cost": 12000, "holding_cost": 0.3 / 52, "decimals": 0}],
        demand=[need("X", 8000, 7)],
    ))  # fmt: skip
    assert [row[4] for row in orders(result)] == [25299.0]
