"""From a package to the problem that netting solves, with what is needed to name its answer again.

Joins network.py (nodes), lines.py (who requires whom), supply_demand.py (dates and quantities) and levels.py (order of
netting); decides nothing itself but the grid of days and buckets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from planning.mrp.calendars import working_day_tables
from planning.mrp.levels import low_level_codes
from planning.mrp.lines import build_lines
from planning.mrp.model import FAR_DAY, Problem
from planning.mrp.network import (
    Places,
    assign_rows,
    bucket_costs,
    build_nodes,
    build_options,
    find_places,
    resolved_sources,
    safety_profiles,
)
from planning.mrp.supply_demand import build_demands, build_supplies, ref_starts, too_large_sums
from planning.package import Package


@dataclass(frozen=True)
class Network:
    """A package as a netting problem.

    Attributes:
        places: item and location of every node.
        facts: supplier, from_node and costs of every option, row for row.
        net_demand: int64 by row of the table demand: what is left after forecast consumption and fences.
        excluded: nodes whose stock and receipts add up beyond what can be computed; these were left out.
    """

    package: Package
    problem: Problem
    places: Places
    facts: pl.DataFrame
    net_demand: np.ndarray
    notices: list[str]
    excluded: np.ndarray


ExpandWays = Callable[[Package, Places, np.ndarray, pl.DataFrame], tuple[np.ndarray, pl.DataFrame, pl.DataFrame]]
"""From options and facts to options, facts and choices in which each set of alternates is a way to make."""


def build_problem(
    package: Package, expand_ways: ExpandWays | None = None, *, room: int = 0, places: Places | None = None
) -> Network:
    """Turn a package into arrays; see `Problem` for shapes and units.

    Args:
        expand_ways: keep all sources of a node, and make each set of alternates a way of its own; without it a node has
            the sources and alternates that `mrp` may use.
        room: references kept free behind those of demand, receipts and lots, for rows that come later.
        places: the nodes; found in the package if not given.
    """
    horizon = package.parameters.horizon_days
    sources = resolved_sources(package)
    places = places or find_places(package, sources)
    options, facts = build_options(package, places, sources, every=expand_ways is not None)
    choices = None
    if expand_ways is not None:
        options, facts, choices = expand_ways(package, places, options, facts)
    starts = np.array([*package.parameters.bucket_starts(), horizon], dtype=np.int64)
    bucket_of = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    nodes = build_nodes(package, places, options, facts)
    lines, line_node = build_lines(package, places, nodes, options, facts, choices)
    nodes["level"] = low_level_codes(nodes.size, lines["parent"].astype(np.int64), line_node.astype(np.int64))
    demands, demand_node, net_demand, notices = build_demands(package, places, horizon)
    supplies, more = build_supplies(package, places, horizon, room)
    levels, level_node = safety_profiles(package, places)
    costs, cost_node = bucket_costs(package, places, bucket_of)
    for name, node in (
        ("line", line_node),
        ("demand", demand_node),
        ("receipt", supplies.receipt_node),
        ("lot", supplies.lot_node),
        ("safety", level_node),
        ("cost", cost_node),
    ):
        assign_rows(nodes, name, node)
    nodes["expires"] = nodes["shelf_life"] < horizon
    nodes["expires"][supplies.lot_node[supplies.lots["expiry"] < horizon]] = 1
    nodes["shelf_life"][nodes["shelf_life"] >= horizon] = FAR_DAY
    excluded = too_large_sums(places, supplies)
    supplies.receipts["quantity"][np.isin(supplies.receipt_node, excluded)] = 0
    supplies.lots["quantity"][np.isin(supplies.lot_node, excluded)] = 0
    before, days, origin = _working_days(package, places, options)
    numbers = _numbers(package, origin, room)
    problem = Problem(
        nodes, options, lines, demands, supplies.receipts, supplies.lots, levels, costs,
        numbers, bucket_of, starts, before, days,
    )  # fmt: skip
    return Network(package, problem, places, facts, net_demand, [*notices, *more], excluded)


def _numbers(package: Package, origin: int, room: int) -> np.ndarray:
    """Problem.numbers, in the order of their places."""
    parameters = package.parameters
    closest = parameters.part_period_rule == "closest"
    scalars = (parameters.horizon_days, parameters.receipt_window_days, parameters.buckets_per_year, closest, origin)
    return np.array([*scalars, *ref_starts(package, room)], dtype=np.int64)


def _working_days(package: Package, places: Places, options: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The working-day tables of every location, and the place of plan_start in them (-1: calendar days count)."""
    parameters = package.parameters
    if not parameters.working_days_only:
        return np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int64), -1
    origin = int(options["lead_days"].max(initial=0)) * 7 + 30
    table = package.table("locations")
    calendar_of = dict(zip(table["location"], table["calendar"], strict=True))
    names = [calendar_of.get(name) for name in places.locations]
    count = origin + parameters.horizon_days + origin
    before, days = working_day_tables(package.table("calendars"), names, parameters.plan_start - origin, count)
    return before, days, origin
