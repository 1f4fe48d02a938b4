"""The plan desk shows a run with its alerts, the records behind them and what to release, in three languages."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_screens import shown


def test_a_run_shows_its_proposals_alerts_and_records(page: Callable[..., AppTest]) -> None:
    for lang in ("en", "zh-Hans", "zh-Hant"):
        desk = page("plan_desk", login="planner", lang=lang)
        assert not desk.exception
        text = shown(desk)
        assert "tw-tile" in text
        assert "incident" not in text
        assert any(button.key and button.key.startswith("desk.alert.") for button in desk.button)
        orders = page("planned_orders", login="planner", lang=lang)
        assert not orders.exception
        assert "KETTLE-2" in set(orders.dataframe[0].value["item"])


def _newest(works: Company) -> str:
    return str(works.ask("plan_runs")[0]["number"])


def test_a_schedule_shows_its_goals_its_bars_and_its_operations_and_says_where_there_is_none(
    page: Callable[..., AppTest], plant: Plant
) -> None:
    assert "has no schedule" in shown(page("plan_schedule", login="planner"))
    works = Company(plant.gateway)
    works.do("put_work_center", code="BENCH", name="Bench")
    made = next(row["item"] for row in works.ask("planned_orders", plan_run=_newest(works), kind="make"))
    works.do(
        "put_routing", item=made, steps=[{"operation": 10, "name": "Fit", "work_center": "BENCH", "run_minutes": 5}]
    )
    asked = PlanRequest(as_of=plant.gateway.clock.today(), method="schedule", seconds=2)
    outcome = plan_company(plant.gateway, asked, principal=SYSTEM)
    number = _newest(works)
    operations = works.ask("plan_operations", plan_run=number)
    assert len(operations) == outcome.summary["counts"]["operations"] > 0
    (found,) = works.ask("plan_schedule", plan_run=number)
    assert found["makespan_bound"] <= found["makespan_minutes"]
    first = operations[0]
    assert first in works.ask("plan_operations", plan_run=number, resource="BENCH", search=first["order"])
    for lang, late in (("en", "Late orders"), ("zh-Hans", "拖期订单"), ("zh-Hant", "延遲訂單")):
        drawn = page("plan_schedule", login="planner", lang=lang)
        assert not drawn.exception
        assert late in shown(drawn)
        assert first["order"] in shown(drawn)
