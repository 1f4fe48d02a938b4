"""Asking for long work over HTTP: a plan, a forecast or proposals are queued and its job named; how far it is, queries tell.

A job runs as the person who asked, with the rights that he has when it runs.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.api.routes import refusal_answer
from app.jobs.running import ask_for_forecast, ask_for_plan, ask_for_policies
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.jobs import JobQueue


class PlanAsked(BaseModel):
    """How to plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date | None = None
    method: Literal["mrp", "constrained", "optimize", "schedule"] = "mrp"
    forecast: Literal["none", "accepted", "last_year_same_weeks"] = "none"


class ForecastAsked(BaseModel):
    """How to forecast."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date | None = None
    weeks: Annotated[int, Field(ge=1, le=104)] = 13


class PoliciesAsked(BaseModel):
    """How to propose inventory policies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date | None = None
    service_a: Annotated[float, Field(gt=0, lt=1)] = 0.98
    service_b: Annotated[float, Field(gt=0, lt=1)] = 0.95
    service_c: Annotated[float, Field(gt=0, lt=1)] = 0.90
    measure: Literal["cycle", "fill"] = "cycle"
    order_cost: Annotated[float, Field(ge=0)] | None = None


def _described(name: str, summary: str, permission: str, model: type[BaseModel], query: str) -> dict[str, Any]:
    return {
        "tags": ["planning_desk"],
        "operationId": name,
        "summary": summary,
        "description": f"Permission: `{permission}`. How far the job is, the query `{query}` tells.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}},
        "responses": {"202": {"description": "The id of the job"}},
    }


JOBS: dict[str, dict[str, Any]] = {
    "/api/jobs/plan": {
        "post": _described(
            "ask_for_plan", "Plan the company in the background", "planning.run.write", PlanAsked, "plan_jobs"
        )
    },
    "/api/jobs/forecast": {
        "post": _described(
            "ask_for_forecast",
            "Forecast the company's demand in the background",
            "planning.forecast.write",
            ForecastAsked,
            "forecast_jobs",
        )
    },
    "/api/jobs/policies": {
        "post": _described(
            "ask_for_policies",
            "Propose inventory policies in the background",
            "planning.policy.write",
            PoliciesAsked,
            "policy_jobs",
        )
    },
}


def job_routes(gateway: Gateway, queue: JobQueue) -> APIRouter:
    """The routes under /api/jobs."""
    router = APIRouter(prefix="/api/jobs")

    async def queued(request: Request, ask: Any, asked: PlanAsked | ForecastAsked | PoliciesAsked) -> Response:
        principal: Principal = request.state.principal
        day = asked.as_of or gateway.clock.today()
        given = asked.model_dump(exclude={"as_of"})
        try:
            job = await run_in_threadpool(ask, queue, principal, as_of=day, **given)
        except Refused as refusal:
            return refusal_answer(refusal, request)
        return JSONResponse({"job": job}, status_code=202)

    @router.post("/plan", include_in_schema=False)
    async def plan(asked: PlanAsked, request: Request) -> Response:
        return await queued(request, ask_for_plan, asked)

    @router.post("/forecast", include_in_schema=False)
    async def forecast(asked: ForecastAsked, request: Request) -> Response:
        return await queued(request, ask_for_forecast, asked)

    @router.post("/policies", include_in_schema=False)
    async def policies(asked: PoliciesAsked, request: Request) -> Response:
        return await queued(request, ask_for_policies, asked)

    return router
