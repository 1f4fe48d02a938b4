"""Every random schedule passes the checker, and no bound lies above what was found."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.package import read_package
from planning.scheduling.from_package import arrays_of, jobs_of, shop_of, union_of
from planning.scheduling.method import plan_schedule
from planning.scheduling.problem import NEVER, value_of
from planning.scheduling.search import search
from tests.job_shops import random_shop


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), objective=st.sampled_from([None, "makespan"]))
def test_every_random_schedule_passes_the_checker(seed: int, objective: str | None) -> None:
    plan = plan_schedule(read_package(random_shop(seed)), seconds=0.4, seed=1, threads=1, objective=objective)
    assert plan.summary["reasons"] == []
    assert plan.status in {"optimal", "feasible", "planned"}
    for name in ("makespan", "weighted_tardiness"):
        assert plan.summary[name]["bound"] <= plan.summary[name]["minutes"]


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_searching_longer_is_never_worse_than_the_dispatcher(seed: int) -> None:
    package = read_package(random_shop(seed))
    shop = shop_of(package, jobs_of(package))
    arrays = arrays_of(shop, 400)
    union = union_of(arrays)
    first = search(arrays, union, tardiness_first=True, seconds=0.0, threads=1)
    later = search(arrays, union, tardiness_first=True, seconds=0.5, threads=1)
    assert later.value <= first.value
    assert later.value == value_of(arrays, later.schedule, tardiness_first=True)
    assert later.schedule.end.max(initial=0) < NEVER
    assert later.tardiness_bound <= first.value.tardiness + 1e-6
