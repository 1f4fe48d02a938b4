"""What the queued jobs of a served store do, and how a person asks for one of them.

A job runs as the person who asked for it, with the rights he has when it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app.bootstrap import build_bus
from app.jobs.schedule import backup_job, verify_job
from app.jobs.verify import verify
from app.kernel.access import SYSTEM, SYSTEM_USER_ID, Principal
from app.kernel.gateway import Gateway
from app.kernel.jobs import Claim, JobQueue
from app.kernel.opening import key_file_of, open_gateway
from app.kernel.sessions import principal_of_user
from app.kernel.settings import Settings
from app.kernel.store import StoreAddress


def runners(gateway: Gateway, settings: Settings) -> dict[str, Callable[[Claim], str]]:
    """What runs each kind of job."""

    def plan(claim: Claim) -> str:
        from app.jobs.planning import plan_job  # noqa: PLC0415 - the planner loads with the first plan, not with the server

        return plan_job(gateway, claim, _asker(gateway, claim))

    def forecast(claim: Claim) -> str:
        from app.jobs.forecasting import forecast_job  # noqa: PLC0415 - the library of forecasts loads with the first forecast

        return forecast_job(gateway, claim, _asker(gateway, claim))

    def policies(claim: Claim) -> str:
        from app.jobs.policies import policy_job  # noqa: PLC0415 - the planner's kernels load with the first proposals

        return policy_job(gateway, claim, _asker(gateway, claim))

    def verify_store(claim: Claim) -> str:
        return verify_job(gateway, settings, claim)

    def back_up(claim: Claim) -> str:
        return backup_job(gateway, settings, claim, lambda address: findings_in_copy(settings, address))

    return {"plan": plan, "forecast": forecast, "policies": policies, "verify": verify_store, "backup": back_up}


def ask_for_plan(
    queue: JobQueue, principal: Principal, *, as_of: date, method: str = "mrp", forecast: str = "none"
) -> int:
    """Queue a plan of the company and return the job's id.

    Raises:
        Refused: the person may not plan.
    """
    principal.demand("planning.run.write")
    payload: dict[str, Any] = {"as_of": as_of.isoformat(), "method": method, "forecast": forecast}
    return queue.add("plan", payload, principal_id=principal.user_id)


def ask_for_forecast(queue: JobQueue, principal: Principal, *, as_of: date, weeks: int = 13) -> int:
    """Queue a forecast of the company's demand and return the job's id.

    Raises:
        Refused: the person may not forecast.
    """
    principal.demand("planning.forecast.write")
    payload: dict[str, Any] = {"as_of": as_of.isoformat(), "weeks": weeks}
    return queue.add("forecast", payload, principal_id=principal.user_id)


def ask_for_policies(queue: JobQueue, principal: Principal, *, as_of: date, **settings: Any) -> int:
    """Queue proposals for inventory policies and return the job's id.

    Args:
        queue: the store's jobs.
        principal: who asks.
        as_of: the first day that is not known yet.
        settings: what else a `PolicyRequest` takes.

    Raises:
        Refused: the person may not propose policies.
    """
    principal.demand("planning.policy.write")
    return queue.add("policies", {"as_of": as_of.isoformat(), **settings}, principal_id=principal.user_id)


def findings_in_copy(settings: Settings, address: StoreAddress) -> list[str]:
    """Open a copy of the store with the store's own keys and return what verify finds in it."""
    keys = settings.key_file or key_file_of(settings.address)
    gateway = open_gateway(settings.model_copy(update={"store": address.text, "key_file": keys}), build_bus())
    try:
        return [f"{finding.code} {finding.says}: {finding.row}" for finding in verify(gateway).findings]
    finally:
        gateway.close()


def _asker(gateway: Gateway, claim: Claim) -> Principal:
    if claim.principal_id == SYSTEM_USER_ID:
        return SYSTEM
    with gateway.store.reading() as connection:
        return principal_of_user(connection, claim.principal_id)
