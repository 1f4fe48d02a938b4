"""Plans, forecasts and proposals asked for over HTTP: queued with the right to it, described, and refused without."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.api.cookies import form_token
from app.kernel.access import SYSTEM
from tests.api.conftest import session_cookie, signed_in
from tests.plant import Plant

pytestmark = pytest.mark.slow

ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "plan": ({"method": "mrp", "forecast": "accepted"}, "plan_jobs"),
    "forecast": ({"weeks": 26}, "forecast_jobs"),
    "policies": ({"service_a": 0.99, "measure": "fill"}, "policy_jobs"),
}


def asked(client: httpx.Client, kind: str, body: dict[str, Any]) -> httpx.Response:
    """Ask for a run as a browser's program does."""
    proof = {"x-form-token": form_token(session_cookie(client))}
    return client.post(f"/api/jobs/{kind}", json=body, headers=proof)


@pytest.mark.parametrize("kind", list(ASKED))
def test_a_planner_asks_for_a_run_and_a_cashier_may_not(base: str, plant: Plant, kind: str) -> None:
    body, query = ASKED[kind]
    with signed_in(base, "planner") as planner:
        answer = asked(planner, kind, body)
        assert answer.status_code == 202, answer.text
        jobs = plant.gateway.query(query, {}, principal=SYSTEM)
        assert answer.json()["job"] in {job["id"] for job in jobs}
        assert asked(planner, kind, {"colour": "blue"}).status_code == 422
    with signed_in(base, "till") as cashier:
        assert asked(cashier, kind, body).status_code == 403


def test_what_can_be_asked_for_is_described(base: str) -> None:
    with signed_in(base, "planner") as planner:
        paths = planner.get("/api/openapi.json").json()["paths"]
    assert {f"/api/jobs/{kind}" for kind in ASKED} <= set(paths)
