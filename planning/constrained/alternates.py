"""Every way to get an item: all sources, and for each set of alternate components a way to make it.

A bill with alternate groups is made in as many ways as its groups can be combined, best priorities first, so that which
components an order takes is a choice of its option, like that of a supplier, and holds on the days on which those components are
effective. `loading` chooses by availability.
"""

from itertools import islice, product
from typing import NamedTuple

import numpy as np
import polars as pl

from planning.mrp.model import FAR_DAY, MAKE
from planning.mrp.network import Places
from planning.package import Package

MOST_WAYS = 32
"""Ways to make one item that are looked at; those of lowest priority beyond are left out, with a notice."""

MOST_COMBINATIONS = 65_536
"""Combinations that are gone through in search of ways whose components are effective together."""

CHOICES = {"parent": pl.Int32, "bom_row": pl.Int32, "option": pl.Int32}


def alternate_rows(package: Package) -> pl.DataFrame:
    """Rows of bom in alternate groups, best first within parent and group."""
    bom = package.table("bom").filter(pl.col("alternate_group").is_not_null() & (pl.col("kind") == "component"))
    return bom.sort("parent_index", "alternate_group", "priority", "component", "row")


class Choice(NamedTuple):
    """A row of an alternate group, or None where none of the group is effective, and the days on which it holds."""

    row: int | None
    from_day: int
    to_day: int


def with_gaps(rows: list[Choice], horizon: int) -> list[Choice]:
    """The rows of one group that hold on some day of the horizon, and the spans in which none does: these take nothing.

    >>> [(choice.row, choice.from_day) for choice in with_gaps([Choice(7, 0, 20), Choice(8, 30, 99)], 56)]
    [(7, 0), (8, 30), (None, 20)]
    """
    kept = [row for row in rows if row.from_day < min(row.to_day, horizon) and row.to_day > 0]
    gaps, reached = [], 0
    for row in sorted(kept, key=lambda row: row.from_day):
        if row.from_day > reached:
            gaps.append(Choice(None, reached or -FAR_DAY, row.from_day))
        reached = max(reached, row.to_day)
    if reached < horizon:
        gaps.append(Choice(None, reached or -FAR_DAY, FAR_DAY))
    return [*kept, *gaps]


Way = tuple[Choice, ...]
"""One choice of each alternate group."""


def _span(way: Way) -> tuple[int, int]:
    return max(choice.from_day for choice in way), min(choice.to_day for choice in way)


def ways_to_make(groups: list[list[Choice]]) -> list[Way]:
    """Combinations of one choice of each group that hold on a common day, best priorities first, at most MOST_WAYS; and
    beyond these what each day needs that none of them serves.

    Args:
        groups: choices of each alternate group, best first; each day is served by one of each group.

    >>> old, new, other, none = Choice(7, -9, 10), Choice(8, -9, 99), Choice(3, 10, 99), Choice(None, -9, 10)
    >>> [tuple(choice.row for choice in way) for way in ways_to_make([[old, new], [other, none]])]
    [(7, None), (8, 3), (8, None)]
    """
    ranked = [range(len(rows)) for rows in groups]

    def way_of(places: tuple[int, ...]) -> Way:
        return tuple(rows[k] for rows, k in zip(groups, places, strict=True))

    def lives(places: tuple[int, ...]) -> bool:
        begin, end = _span(way_of(places))
        return begin < end

    first = list(islice(filter(lives, islice(product(*ranked), MOST_COMBINATIONS)), MOST_WAYS * MOST_WAYS))
    first.sort(key=lambda places: (sum(places), places))
    kept = first[:MOST_WAYS]
    days = sorted({choice.from_day for rows in groups for choice in rows})
    for day in days:
        best = tuple(
            next((k for k, row in enumerate(rows) if row.from_day <= day < row.to_day), None) for rows in groups
        )
        places = tuple(k for k in best if k is not None)
        if len(places) == len(groups) and not any(_holds(way_of(own), day) for own in kept):
            kept.append(places)
    return [way_of(places) for places in kept]


def _holds(way: Way, day: int) -> bool:
    begin, end = _span(way)
    return begin <= day < end


def too_many_ways(package: Package) -> list[str]:
    """A notice where some bill has more ways than are looked at."""
    counts = alternate_rows(package).group_by("parent", "alternate_group").len().group_by("parent")
    wide = counts.agg(pl.col("len").cast(pl.Float64).log().sum().alias("ways")).filter(
        pl.col("ways") > np.log(MOST_WAYS) + 1e-9
    )
    sentence = f"{wide.height} bills have more than {MOST_WAYS} combinations of alternates; the first were looked at"
    return [sentence] if wide.height else []


def expand_ways(
    package: Package, places: Places, options: np.ndarray, facts: pl.DataFrame
) -> tuple[np.ndarray, pl.DataFrame, pl.DataFrame]:
    """Options, facts and choices in which each set of alternates is a way to make.

    Returns:
        options and facts with the ways, node by node in order of preference; parent (node), bom_row and option for
        every alternate that a way takes.
    """
    rows = alternate_rows(package)
    if rows.height == 0:
        return options, facts, pl.DataFrame(schema=CHOICES)
    plan_start, horizon = package.parameters.plan_start, package.parameters.horizon_days
    grouped: dict[int, dict[str, list[Choice]]] = {}
    for item, group, row, begin, end in rows.select(
        "parent_index", "alternate_group", "row", "effective_from", "effective_to"
    ).iter_rows():
        from_day = -FAR_DAY if begin is None else max(begin - plan_start, -FAR_DAY)
        to_day = FAR_DAY if end is None else min(end - plan_start, FAR_DAY)
        grouped.setdefault(item, {}).setdefault(group, []).append(Choice(row, int(from_day), int(to_day)))
    ways = {
        item: ways_to_make([with_gaps(choices, horizon) for choices in groups.values()])
        for item, groups in grouped.items()
    }
    phantom = package.table("items")["phantom"].to_numpy()
    item_of = places.item[options["node"]]
    makes = (options["kind"] == MAKE) | phantom[item_of]
    count = np.array([len(ways.get(int(item), (0,))) if made else 1 for item, made in zip(item_of, makes, strict=True)])
    source = np.repeat(np.arange(options.size), count)
    ordinal = np.arange(source.size) - np.repeat(np.cumsum(count) - count, count)
    expanded, taken = options[source], []
    for new, (old, place) in enumerate(zip(source, ordinal, strict=True)):
        if not makes[old] or int(item_of[old]) not in ways:
            continue
        way = ways[int(item_of[old])][place]
        begin, end = _span(way)
        expanded["from_day"][new] = max(int(expanded["from_day"][new]), begin)
        expanded["to_day"][new] = min(int(expanded["to_day"][new]), end)
        taken += [(int(options["node"][old]), choice.row, new) for choice in way if choice.row is not None]
    return expanded, facts[source], pl.DataFrame(taken, schema=CHOICES, orient="row")
