"""A scenario applied to a base: a base again, which shares every table that no patch changed.

Patches work on the held tables, not on files, so that a package is read once for any number of scenarios. What comes out is what
reading a package with the patched rows would give: rows in canonical order, contradictions refused, content named by its own hash.
"""

from collections.abc import Callable

from planning.package import Package
from planning.package.assembling import in_canonical_order
from planning.package.checking import without_contradictions
from planning.package.findings import Findings
from planning.package.hashing import content_hash
from planning.scenarios.capacity_patches import change_capacity, close_calendar, stop_machine
from planning.scenarios.demand_patches import add_demand, change_demand, change_price
from planning.scenarios.model import Base, Patch, PatchRefused, Scenario
from planning.scenarios.state import State
from planning.scenarios.supply_patches import change_cost, change_lead_time, change_policy, take_supplier_out
from schemas.planning import INPUT_TABLES

APPLY: dict[str, Callable[[State, Patch], None]] = {
    "demand": change_demand,
    "new_demand": add_demand,
    "price": change_price,
    "lead_time": change_lead_time,
    "supplier_out": take_supplier_out,
    "machine_down": stop_machine,
    "calendar": close_calendar,
    "policy": change_policy,
    "cost": change_cost,
    "capacity": change_capacity,
}
"""What each kind of patch does."""


def applied(scenario: Scenario, base: Base) -> Base:
    """The base as the scenario would have it; the base itself where the scenario has no patch.

    Raises:
        PatchRefused: a patch names something that is not there, selects nothing, or leads to what cannot be planned.

    >>> import polars as pl
    >>> from planning.package import read_package
    >>> base = Base(read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE"], "lead_time_days": [2]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BIKE"], "quantity": [5], "due_on": ["2026-01-12"]}),
    ... }))
    >>> boom = applied(Scenario("boom", (Patch("demand", item="BIKE", operation="factor", value="1.5"),)), base)
    >>> boom.package.table("demand")["quantity"].to_list(), boom.package.table("items") is base.package.table("items")
    ([7500000], True)
    """
    if not scenario.patches:
        return base
    state = State(dict(base.package.tables), base.finances, scenario.name, base.package.parameters, base.families)
    for patch in scenario.patches:
        try:
            APPLY[patch.kind](state, patch)
            _refuse_contradictions(state)
        except PatchRefused as refusal:
            refusal.row = patch.row
            raise
    for name in sorted(state.touched):
        state.tables[name] = in_canonical_order(state.tables[name], INPUT_TABLES[name])
    package = base.package
    named = content_hash(package.parameters, state.tables, package.rejects) if state.touched else package.content_hash
    return Base(
        Package(package.parameters, state.tables, package.rejects, package.notices, named),
        state.finances,
        base.families,
    )


def _refuse_contradictions(state: State) -> None:
    """Values that a reader of the package would reject together must not come from a patch either."""
    for name in sorted(state.touched):
        findings = Findings()
        without_contradictions(state.tables[name], INPUT_TABLES[name], findings)
        if findings.rejects:
            first = findings.table().row(0, named=True)
            raise PatchRefused(first["column"], first["value"], f"{name}: {first['reason']}")
