"""The marts are asked over HTTP and by the command line, by who may, with what fits, and say as of when they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.jobs.warehouse import refresh_store
from pipelines.serving.catalog import named_queries
from tests.api.conftest import signed_in
from tests.company import Company, environment
from tests.plant import Plant

_DAYS = {"from_on": "2026-01-01", "to_on": "2026-12-31"}


@pytest.fixture(autouse=True, scope="module")
def refreshed(plant: Plant) -> None:
    """The marts of the plant as it is."""
    refresh_store(plant.gateway.store)


def test_a_board_can_be_asked_over_http(base: str) -> None:
    with signed_in(base, "boss") as client:
        answer = client.get("/api/marts/fulfilment_performance", params={**_DAYS, "by": "customer", "limit": "5"})
        unknown = client.get("/api/marts/secrets")
        wrong = [
            client.get("/api/marts/fulfilment_performance", params={**_DAYS, **more})
            for more in (
                {"by": "colour"},
                {"limit": "many"},
                {"limit": "0"},
                {"offset": "-1"},
                {"from_on": "soon"},
                {"sql": "select 1"},
            )
        ]
        wrong.append(client.get("/api/marts/clocks_kept", params={**_DAYS, "now": "0001-01-01T00:00:00+14:00"}))
        paths = client.get("/api/openapi.json").json()["paths"]
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["as_of"]
    assert said["rows"]
    assert all(isinstance(row["freight_cost"], str) for row in said["rows"])
    assert unknown.status_code == 404
    assert [one.status_code for one in wrong] == [422] * len(wrong), [one.text for one in wrong]
    assert "colour" in wrong[0].json()["message"]
    assert {f"/api/marts/{name}" for name in named_queries()} <= set(paths)


def test_the_marts_are_closed_to_who_may_not_read_them(base: str, plant: Plant) -> None:
    with signed_in(base, "clerk") as client:
        assert client.get("/api/marts/fulfilment_performance", params=_DAYS).status_code == 403
    with signed_in(base, "boss") as client:
        assert client.get("/api/marts/quality_cost_by", params=_DAYS).status_code == 200
    token = plant.sessions.new_api_token("boss", "bi", ["marts.operations.read"], days=1)
    with httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}) as client:
        assert client.get("/api/marts/cases_by", params=_DAYS).status_code == 200
        assert client.get("/api/marts/quality_cost_by", params=_DAYS).status_code == 403
    with httpx.Client(base_url=base) as client:
        assert client.get("/api/marts/cases_by", params=_DAYS).status_code == 401


def test_the_command_line_asks_the_same(small_works: Company, tmp_path: Path) -> None:
    refresh_store(small_works.gateway.store)
    days = [f"{name}={value}" for name, value in _DAYS.items()]
    asked = [sys.executable, "-m", "app.cli", "--json", "mart", "return_rates", *days, "all=true"]
    env = environment(small_works, tmp_path / "store.key")
    done = subprocess.run(asked, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == []
    refused = subprocess.run([*asked[:-1], "all=perhaps"], env=env, capture_output=True, check=False)
    assert refused.returncode == 1
    assert b"all must be true or false" in refused.stderr
