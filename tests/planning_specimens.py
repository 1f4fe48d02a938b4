"""One call of every command of the planning desk that must succeed."""

from __future__ import annotations

from typing import Any, Final

from tests.company import Company
from tests.planning_makers import forecast_run, plan_run, policy_run
from tests.specimen import Specimen


def _forecast_cell(works: Company, **more: Any) -> dict[str, Any]:
    number = works.do("record_forecast_run", **forecast_run(works)).number
    cell = {"item": "GOOD", "period_start": "2026-06-22", **more}
    return {"forecast_run": number, "reason": "a tender that we shall win", "cells": [cell]}


def _overridden_cell(works: Company) -> dict[str, Any]:
    said = _forecast_cell(works, quantity=20)
    works.do("override_forecast", **said)
    return {**said, "cells": [{"item": "GOOD", "period_start": "2026-06-22"}]}


def _proposed_line(works: Company) -> dict[str, Any]:
    number = works.do("record_policy_run", **policy_run(works)).number
    return {"policy_run": number, "parameters": ["safety_stock", "lead_time_days"], "lines": [{"item": "PART"}]}


def _planned_orders(works: Company) -> dict[str, Any]:
    number = works.do("record_plan_run", **plan_run(works)).number
    return {"plan_run": number, "planned_orders": ["P1"]}


PLANNING: Final[dict[str, Specimen]] = {
    "record_plan_run": Specimen(plan_run),
    "record_policy_run": Specimen(policy_run),
    "accept_policies": Specimen(_proposed_line),
    "record_forecast_run": Specimen(forecast_run),
    "override_forecast": Specimen(lambda works: _forecast_cell(works, quantity=20)),
    "withdraw_forecast_override": Specimen(_overridden_cell),
    "publish_forecast": Specimen(
        lambda works: {"forecast_run": works.do("record_forecast_run", **forecast_run(works)).number}
    ),
    "release_planned_orders": Specimen(_planned_orders),
}
