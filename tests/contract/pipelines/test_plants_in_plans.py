"""A line that was routed to a plant is planned at that plant, and released there for its line (decision 0039), on both databases."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import planning
from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import planning_package
from tests.company import DAY, Company
from tests.plain_judge import PlainJudge

D = Decimal


@pytest.fixture
def plants(works: Company) -> Company:
    """A plant in the south with a production line; what is ordered by phone is made there. Seven parts in the main store."""
    works.do("put_site", code="SOUTH", name="Southern works")
    works.do("put_work_center", code="LINE-S", name="Southern line", site="SOUTH")
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 7, "unit_cost": "3"}])
    rule = {"plant": "SOUTH", "production_line": "LINE-S", "channel": "phone", "state": "active"}
    works.do("put_order_routing_rule", code="PHONE", **rule)
    return works


def ordered(works: Company, channel: str, quantity: int = 4) -> tuple[int, str]:
    """An order of made goods that nothing is reserved for."""
    lines = [{"item": "GOOD", "quantity": quantity, "unit_price": "20", "due_on": "2026-07-20"}]
    receipt = works.do("create_sales_order", customer="CUS", channel=channel, lines=lines)
    assert receipt.document is not None
    assert receipt.number is not None
    return receipt.document, receipt.number


def packaged(works: Company, folder: Path) -> dict[str, pl.DataFrame]:
    """The planning package of the company as it is now."""
    report = refresh(works.gateway.store, folder, whole_gate=True, judge=PlainJudge())
    assert report.outcome != "refused", report.gate
    mart = Mart(folder)
    tables, _ = planning_package(mart, DAY)
    mart.close()
    return tables


def test_the_package_asks_where_the_routing_sent_the_line_and_the_plan_makes_it_there(
    plants: Company, tmp_path: Path
) -> None:
    (south, south_number), (_, main_number) = ordered(plants, "phone"), ordered(plants, "mail")
    tables = packaged(plants, tmp_path / "w")
    (routing,) = plants.ask("order_routings", document=south)
    asked = dict(tables["demand"].select("demand", "location").rows())
    assert asked == {f"{south_number}/1": routing["plant"], f"{main_number}/1": "MAIN"}
    drawn = tables["sources"].filter(pl.col("method") == "transfer")
    assert drawn.select("item", "location", "from_location").rows() == [("PART", "SOUTH", "MAIN")]

    plan = planning.plan(planning.read_package(tables), "mrp")
    assert plan.table("rejects").is_empty(), plan.table("rejects")
    planned = plan.table("planned_orders").select("item", "location", "kind", "good_quantity").rows()
    made = {(item, place, quantity) for item, place, kind, quantity in planned if kind == "make"}
    assert made == {("GOOD", "SOUTH", D(4)), ("GOOD", "MAIN", D(4))}
    moved = [(item, place, quantity) for item, place, kind, quantity in planned if kind == "transfer"]
    bought = [(item, place, quantity) for item, place, kind, quantity in planned if kind == "buy"]
    per = plants.ask_table("bom_line")[0]["quantity_per"]
    assert moved == [("PART", "SOUTH", 4 * per)]
    assert bought == [("PART", "MAIN", 8 * per - 7)], "the main store's parts count first, for both plants"


def test_what_is_reserved_stays_where_it_stands_and_another_decision_moves_the_rest(
    plants: Company, tmp_path: Path
) -> None:
    made = plants.do("create_production_order", item="GOOD", quantity=1).document
    plants.do("complete_production", order=made, quantity=1, backflush=True, close=True)
    order, number = ordered(plants, "phone")
    demand = packaged(plants, tmp_path / "w")["demand"].select("demand", "location", "quantity").rows()
    assert sorted(demand) == [(f"{number}/1", "SOUTH", D(3)), (f"{number}/1.2", "MAIN", D(1))]
    plants.do("put_site", code="NORTH", name="Northern works")
    plants.do("put_work_center", code="LINE-N", name="Northern line", site="NORTH")
    sent = {"plant": "NORTH", "production_line": "LINE-N", "reason": "the south is full"}
    plants.do("override_order_routing", order=order, line=1, **sent)
    tables = packaged(plants, tmp_path / "w")
    assert sorted(tables["demand"].select("location", "quantity").rows()) == [("MAIN", D(1)), ("NORTH", D(3))]
    plants.assert_clean()


def test_a_released_line_is_made_for_its_order_at_its_plant_and_the_next_plan_sees_it_there(
    plants: Company, tmp_path: Path
) -> None:
    order, _ = ordered(plants, "phone", quantity=3)
    run = plan_company(plants.gateway, PlanRequest(DAY, horizon_days=84), SYSTEM).receipt.number
    assert run is not None
    names = {row["kind"]: row["planned_order"] for row in plants.ask("planned_orders", plan_run=run)}
    receipt = plants.do("release_planned_orders", plan_run=run, planned_orders=[names["make"], names["transfer"]])
    assert receipt.data["conflicts"] == [{"planned_order": names["transfer"], "conflict": "transfer"}]
    (made,) = receipt.data["documents"]
    (origin,) = plants.ask_table("made_for_order")
    sites = {row["id"]: row["code"] for row in plants.ask_table("site")}
    centers = {row["id"]: row["code"] for row in plants.ask_table("work_center")}
    (line,) = plants.ask("document_lines", document=order)
    assert (origin["production_order_id"], origin["order_line_id"]) == (made, line["id"])
    (row,) = [row for row in plants.ask_table("document") if row["id"] == made]
    assert (sites[row["site_id"]], centers[origin["work_center_id"]]) == ("SOUTH", "LINE-S")
    tables = packaged(plants, tmp_path / "w")
    assert tables["receipts"].select("item", "location", "quantity").rows() == [("GOOD", "SOUTH", D(3))]
    plan = planning.plan(planning.read_package(tables), "mrp")
    assert plan.table("planned_orders").filter(pl.col("item") == "GOOD").is_empty()
    plants.assert_clean()
