"""What a scenario is: a name and patches on a base; and the base itself, a package with the financial tables beside it.

A patch is a row of the table `scenarios` (schemas/planning/scenarios.py), value as text, in Python and on file alike. A scenario
holds its patches and nothing of the base.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import polars as pl

from planning.package import Package
from planning.projection import Finances
from schemas.planning import SCENARIOS

BASE = "base"
"""The name of what is compared with: the package as it is."""


class PatchRefused(ValueError):
    """A patch that cannot be applied: which column of its row, and why; `row` is known once the patch is."""

    def __init__(self, column: str, value: object, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if value is None else f"{column} {value}: {reason}")
        self.column, self.value, self.reason = column, value, reason
        self.row = 0


@dataclass(frozen=True)
class Patch:
    """One change; see PATCH_KINDS for what a kind takes. Dates are day numbers, `value` is text as in a file.

    >>> Patch("demand", family="B", operation="factor", value="1.2").keys()
    {'family': 'B'}
    """

    kind: str
    item: str | None = None
    family: str | None = None
    customer: str | None = None
    customer_group: str | None = None
    supplier: str | None = None
    resource: str | None = None
    calendar: str | None = None
    location: str | None = None
    from_on: int | None = None
    to_on: int | None = None
    column: str | None = None
    operation: str | None = None
    value: str | None = None
    row: int = field(default=0, compare=False)

    def keys(self) -> dict[str, Any]:
        """The key columns that are filled."""
        others = {"kind", "operation", "value", "row"}
        found = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in others}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Scenario:
    """A named list of patches, applied in their order; `row` is where a table first names it."""

    name: str
    patches: tuple[Patch, ...] = ()
    row: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Base:
    """What scenarios start from, read once; a scenario applied is a base again and shares every table it does not change.

    `families` are items by the name they belong together under.
    """

    package: Package
    finances: Finances | None = None
    families: Mapping[str, frozenset[str]] = field(default_factory=dict)


def scenarios_table(scenarios: Sequence[Scenario]) -> pl.DataFrame:
    """Scenarios in wire form; `read_scenarios` gives them back.

    >>> scenarios_table([Scenario("boom", (Patch("demand", item="BIKE", operation="factor", value="1.2"),))]).select(
    ...     "scenario", "kind", "item", "operation", "value").rows()
    [('boom', 'demand', 'BIKE', 'factor', '1.2')]
    """
    rows = [
        {
            "scenario": scenario.name,
            "kind": patch.kind,
            **patch.keys(),
            "operation": patch.operation,
            "value": patch.value,
        }
        for scenario in scenarios
        for patch in scenario.patches
    ]
    rows += [{"scenario": scenario.name} for scenario in scenarios if not scenario.patches]
    dates = ("from_on", "to_on")
    schema: dict[str, Any] = {
        column.name: pl.Int32 if column.name in dates else pl.String for column in SCENARIOS.columns
    }
    return pl.DataFrame(rows, schema=schema).with_columns(pl.col(name).cast(pl.Date) for name in dates)
