"""The whole check of a plan: which rules apply to which method, in one pass over its tables.

A netted plan (`mrp`) is checked in netting.py, by columns, for it may be large. Minutes, promises, records and money are
the promises of method `optimize`, which a plan keeps only if this returns nothing.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from planning.verify.capacity import check_capacity
from planning.verify.constrained import check_constrained
from planning.verify.cost import check_cost
from planning.verify.expectation import expectation
from planning.verify.findings import Finding
from planning.verify.materials import check_materials
from planning.verify.netting import check_netting
from planning.verify.orders import check_orders
from planning.verify.reading import read_inputs, read_outputs, read_parameters
from planning.verify.schedule import check_schedule
from planning.verify.service import check_service

WITHOUT_ORDERS = ("infeasible", "no_plan_found")
"""What a summary says of a plan that there is not."""


def check(  # noqa: PLR0911 (one return a method)
    package_tables: Mapping[str, pl.DataFrame],
    plan_tables: Mapping[str, pl.DataFrame],
    method: str,
    *,
    summary: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Check a plan against the package that it was made from.

    Args:
        package_tables: the package's tables by name, wire or held form, faulty rows left out, with `parameters`
            (key, value; wire form).
        plan_tables: the plan's tables by name, in wire form.
        method: `optimize` checks everything row by row; `mrp` orders, records, alerts and pegging by whole columns;
            `constrained` likewise, and stock by day, minutes and promises (constrained.py);
            `schedule` its operations (schedule.py).
        summary: the plan's summary; without it no money is checked.

    Returns:
        The findings; an accepted plan has none. A plan that says there is none is accepted if it orders nothing.

    >>> frames = {"parameters": pl.DataFrame({"key": ["plan_start", "horizon_days"], "value": ["2026-01-05", "14"]}),
    ...           "items": pl.DataFrame({"item": ["BOLT"]}),
    ...           "demand": pl.DataFrame({"demand": ["D1"], "item": ["BOLT"], "quantity": [3],
    ...                                   "due_on": ["2026-01-06"]})}
    >>> [finding.rule for finding in check(frames, {}, "optimize")]
    ['demand_covered']
    """
    if method == "schedule":
        if summary is not None and summary.get("status") in WITHOUT_ORDERS:
            placed = plan_tables["operations"].height if "operations" in plan_tables else 0
            return [Finding("infeasible_orders", "summary", f"{placed} operations without a plan")] if placed else []
        return check_schedule(package_tables, plan_tables, summary=summary)
    if method == "mrp":
        small = {name: table for name, table in package_tables.items() if name == "items"}
        expected = expectation(read_parameters(package_tables["parameters"]), read_inputs(small))
        return check_netting(expected, package_tables, plan_tables)
    if method == "constrained":
        small = {name: table for name, table in package_tables.items() if name == "items"}
        expected = expectation(read_parameters(package_tables["parameters"]), read_inputs(small))
        return check_constrained(expected, package_tables, plan_tables, summary)
    expected = expectation(read_parameters(package_tables["parameters"]), read_inputs(package_tables))
    outputs = read_outputs(plan_tables)
    if summary is not None and summary.get("status") in WITHOUT_ORDERS:
        ordered = len(outputs["planned_orders"])
        return [Finding("infeasible_orders", "summary", f"{ordered} orders where there is no plan")] if ordered else []
    findings = list(check_orders(expected, outputs["planned_orders"]))
    material, flows = check_materials(expected, outputs)
    findings.extend(material)
    if method != "optimize":
        return findings
    load, overtime = check_capacity(expected, outputs)
    findings.extend(load)
    findings.extend(check_service(expected, outputs, flows))
    if summary is not None:
        findings.extend(check_cost(expected, outputs, flows, overtime, summary))
    return findings
